-- A returned row is a tag key whose cost on a day, over all its values and none, is not the leased cost of that day.
select
    keys.tag_key,
    costs.charge_date,
    costs.source,
    costs.billing_currency,
    costs.billed_cost,
    tagged.billed_cost as tagged_billed_cost,
    costs.effective_cost,
    tagged.effective_cost as tagged_effective_cost
from (
    select
        charge_date,
        source,
        billing_currency,
        sum(billed_cost) as billed_cost,
        sum(effective_cost) as effective_cost,
        sum(line_rows) as line_rows
    from {{ ref("fct_cost_daily") }}
    -- What no bill covers yet has no tags.
    where sourcing = 'leased' and cost_status is distinct from 'contract accrual' and {{ in_window("charge_date") }}
    group by charge_date, source, billing_currency
) as costs
cross join (
    select distinct tag_key
    from {{ ref("fct_cost_tag_daily") }}
    where {{ in_window("charge_date") }}
) as keys
full outer join (
    select
        tag_key,
        charge_date,
        source,
        billing_currency,
        sum(billed_cost) as billed_cost,
        sum(effective_cost) as effective_cost,
        sum(line_rows) as line_rows
    from {{ ref("fct_cost_tag_daily") }}
    where {{ in_window("charge_date") }}
    group by tag_key, charge_date, source, billing_currency
) as tagged
    on
        keys.tag_key = tagged.tag_key
        and costs.charge_date = tagged.charge_date
        and costs.source = tagged.source
        and costs.billing_currency = tagged.billing_currency
where
    (costs.billed_cost is distinct from tagged.billed_cost)
    or (costs.effective_cost is distinct from tagged.effective_cost)
    or (costs.line_rows is distinct from tagged.line_rows)
