-- A returned row is a workload's day in a pool whose runs, and time without a run, miss the direct cost of its time.
select
    costs.usage_date,
    costs.sourcing,
    costs.location,
    costs.gpu_model,
    costs.workload,
    sum(costs.direct_cost_usd) as direct_cost_usd,
    sum(costs.job_cost_usd) as job_cost_usd
from (
    select
        usage_date,
        sourcing,
        location,
        gpu_model,
        workload,
        cost_usd as direct_cost_usd,
        cast(0 as decimal(38, 18)) as job_cost_usd
    from {{ ref("int_pool_cost_daily") }}
    where cost_class = 'direct' and cost_part = 'pool'
    union all
    select
        usage_date,
        sourcing,
        location,
        gpu_model,
        workload,
        cast(0 as decimal(38, 18)) as direct_cost_usd,
        direct_cost_usd as job_cost_usd
    from {{ ref("int_job_cost_daily") }}
    where direct_cost_usd is not null and {{ in_window("usage_date") }}
) as costs
group by costs.usage_date, costs.sourcing, costs.location, costs.gpu_model, costs.workload
having sum(costs.direct_cost_usd) <> sum(costs.job_cost_usd)
