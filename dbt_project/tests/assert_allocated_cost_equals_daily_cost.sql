-- A returned row is a day on which the allocated cost differs from the cost of the day: money lost or made.
select
    coalesce(costs.charge_date, allocated.usage_date) as usage_date,
    coalesce(costs.sourcing, allocated.sourcing) as sourcing,
    costs.effective_cost_usd,
    allocated.total_cost_usd
from (
    select charge_date, sourcing, sum(effective_cost_usd) as effective_cost_usd
    from {{ ref("fct_cost_daily") }}
    where {{ in_window("charge_date") }}
    group by charge_date, sourcing
) as costs
full outer join (
    select usage_date, sourcing, sum(total_cost_usd) as total_cost_usd
    from {{ ref("fct_workload_tco_daily") }}
    where {{ in_window("usage_date") }}
    group by usage_date, sourcing
) as allocated
    on costs.charge_date = allocated.usage_date and costs.sourcing = allocated.sourcing
where coalesce(costs.effective_cost_usd, 0) <> coalesce(allocated.total_cost_usd, 0)
