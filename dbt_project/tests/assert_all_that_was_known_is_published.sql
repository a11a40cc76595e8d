-- A returned row is a scope of which the mart knows other days, or another end of what was known, than the ledger: a
-- night that did not rebuild all days it changed.
select
    coalesce(ledger.scope, published.scope) as scope,
    ledger.days as ledger_days,
    published.days as published_days,
    ledger.billed_cost as ledger_billed_cost,
    published.billed_cost as published_billed_cost
from (
    select scope, count(*) as days, count(known_to_at) as ended_days, sum(billed_cost) as billed_cost
    from {{ ref("stg_cost_known") }}
    group by scope
) as ledger
full outer join (
    select scope, count(*) as days, count(known_to_at) as ended_days, sum(billed_cost) as billed_cost
    from {{ ref("fct_cost_known_daily") }}
    group by scope
) as published
    on ledger.scope = published.scope
where
    ledger.days is distinct from published.days
    or ledger.ended_days is distinct from published.ended_days
    or ledger.billed_cost is distinct from published.billed_cost
