-- Idle cost of each pool, carried by the workloads that held the pool that day, by the time they held; by '__idle__'
-- on days when nobody did (an idle weekend is nobody's fault but somebody's money).
with

idle as (
    select usage_date, sourcing, location, gpu_model, sum(cost_usd) as amount
    from {{ ref("int_allocated_cost_daily") }}
    where cost_class = 'idle' and {{ in_window("usage_date") }}
    group by usage_date, sourcing, location, gpu_model
),

holders as (
    select
        usage_date,
        sourcing,
        location,
        gpu_model,
        workload,
        min(workload_kind) as workload_kind,
        sum(held_ms) as weight
    from {{ ref("int_pool_time_daily") }}
    where cost_class = 'direct'
    group by usage_date, sourcing, location, gpu_model, workload
),

parts as (
    select
        idle.usage_date,
        idle.sourcing,
        idle.location,
        idle.gpu_model,
        idle.amount,
        coalesce(holders.workload, '__idle__') as workload,
        coalesce(holders.workload_kind, 'other') as workload_kind,
        cast(coalesce(holders.weight, 1) as bigint) as weight,
        cast(
            sum(coalesce(holders.weight, 1)) over (
                partition by idle.usage_date, idle.sourcing, idle.location, idle.gpu_model
            ) as bigint
        ) as total_weight
    from idle
    left join holders
        using (usage_date, sourcing, location, gpu_model)
)

{{ largest_remainder("parts", "usage_date, sourcing, location, gpu_model, workload, workload_kind",
    "usage_date, sourcing, location, gpu_model", "workload") }}
