-- What a delivery changed of what was known before it: days that were known and say something else now, apart from days
-- that nobody had told of yet.
with

changes as (
    select
        scope, source, billing_account_id, sub_account_id, billing_period_date, charge_date, service_name,
        billing_currency, known_to_at as changed_at, replaced_by as delivery_id,
        billed_cost as before_billed, effective_cost as before_effective,
        cast(null as decimal(38, 18)) as after_billed, cast(null as decimal(38, 18)) as after_effective
    from {{ ref("stg_cost_known") }}
    where known_to_at is not null
    union all
    select
        scope, source, billing_account_id, sub_account_id, billing_period_date, charge_date, service_name,
        billing_currency, known_from_at, delivery_id,
        null, null, billed_cost, effective_cost
    from {{ ref("stg_cost_known") }}
),

-- How far each delivery told of a scope, and how far the scope was known before each change.
told as (
    select scope, known_from_at, max(charge_date) as told_until_date
    from {{ ref("stg_cost_known") }}
    group by scope, known_from_at
),

reach as (
    select changes.scope, changes.changed_at, max(told.told_until_date) as known_until_date
    from (select distinct scope, changed_at from changes) as changes
    inner join told
        on changes.scope = told.scope and changes.changed_at > told.known_from_at
    group by changes.scope, changes.changed_at
)

select
    changes.delivery_id,
    changes.changed_at,
    changes.source,
    changes.billing_account_id,
    changes.sub_account_id,
    changes.billing_period_date,
    changes.service_name,
    changes.billing_currency,
    changes.charge_date > reach.known_until_date as is_new_day,
    count(distinct changes.charge_date) as changed_days,
    coalesce(sum(changes.before_billed), 0) as before_billed_cost,
    coalesce(sum(changes.after_billed), 0) as after_billed_cost,
    coalesce(sum(changes.after_billed), 0) - coalesce(sum(changes.before_billed), 0) as change_billed_cost,
    coalesce(sum(changes.after_effective), 0) - coalesce(sum(changes.before_effective), 0) as change_effective_cost
from changes
inner join reach
    on changes.scope = reach.scope and changes.changed_at = reach.changed_at
group by
    changes.delivery_id, changes.changed_at, changes.source, changes.billing_account_id, changes.sub_account_id,
    changes.billing_period_date, changes.service_name, changes.billing_currency,
    changes.charge_date > reach.known_until_date
