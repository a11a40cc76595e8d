-- A returned row is a workload's day whose direct, idle, shared, unallocated and over-allocated cost miss its total.
select *
from {{ ref("fct_workload_tco_daily") }}
where
    direct_cost_usd + idle_cost_usd + shared_cost_usd + unallocated_cost_usd + over_allocated_cost_usd
    <> total_cost_usd
