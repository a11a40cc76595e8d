-- Who held a pool's paid GPU time: workloads, nobody (idle) or somebody unknown (unallocated). Measured by telemetry on
-- days that have any for the pool, else by the workload the cost lines name. Time paid but not seen is unknown, not
-- idle, and so is time seen without a measure of use; time seen beyond what was paid is over-allocated, a negative row,
-- so that the sum is always what was paid.
with

measured as (
    select
        cast(hour_at as date) as usage_date,
        sourcing,
        location,
        gpu_model,
        case
            when workload <> '__unallocated__' then workload
            else '__idle__'
        end as workload,
        workload_kind,
        case
            when workload <> '__unallocated__' then 'direct'
            else 'idle'
        end as cost_class,
        cast(
            round(
                1000
                * {{ total(
                    "gpu_part_ratio * case when workload <> '__unallocated__' then covered_seconds else idle_seconds end"
                ) }}
            ) as bigint
        ) as held_ms
    from {{ ref("int_gpu_usage_hourly") }}
    where {{ in_window("cast(hour_at as date)") }}
    group by 1, 2, 3, 4, 5, 6, 7

    union all

    select
        cast(hour_at as date) as usage_date,
        sourcing,
        location,
        gpu_model,
        '__unallocated__' as workload,
        'other' as workload_kind,
        'unallocated' as cost_class,
        cast(round(1000 * {{ total("gpu_part_ratio * (covered_seconds - idle_seconds)") }}) as bigint) as held_ms
    from {{ ref("int_gpu_usage_hourly") }}
    where workload = '__unallocated__' and {{ in_window("cast(hour_at as date)") }}
    group by 1, 2, 3, 4, 5, 6, 7
),

billed as (
    select
        charge_date as usage_date,
        'leased' as sourcing,
        service_provider_name as location,
        gpu_model,
        coalesce(workload, '__unallocated__') as workload,
        coalesce(workload_kind, 'other') as workload_kind,
        case when workload is null then 'unallocated' else 'direct' end as cost_class,
        cast(round(sum(gpu_hours) * 3600000) as bigint) as held_ms
    from {{ ref("int_leased_cost_line") }}
    where gpu_hours > 0 and {{ in_window("charge_date") }}
    group by 1, 2, 3, 4, 5, 6, 7
),

basis as (
    select
        pools.usage_date,
        pools.sourcing,
        pools.location,
        pools.gpu_model,
        pools.paid_ms,
        case
            when (pools.usage_date, pools.sourcing, pools.location, pools.gpu_model) in (
                select usage_date, sourcing, location, gpu_model from measured
            ) then 'telemetry'
            when pools.sourcing = 'leased' then 'billing'
            else 'none'
        end as allocation_basis
    from {{ ref("int_pool_daily") }} as pools
),

held as (
    select basis.allocation_basis, measured.*
    from measured
    inner join basis
        using (usage_date, sourcing, location, gpu_model)
    where basis.allocation_basis = 'telemetry'

    union all

    select basis.allocation_basis, billed.*
    from billed
    inner join basis
        using (usage_date, sourcing, location, gpu_model)
    where basis.allocation_basis = 'billing'
),

closing as (
    select
        basis.allocation_basis,
        basis.usage_date,
        basis.sourcing,
        basis.location,
        basis.gpu_model,
        case
            when basis.paid_ms < coalesce(sum(held.held_ms), 0) then '__over_allocated__'
            else '__unallocated__'
        end as workload,
        'other' as workload_kind,
        case
            when basis.paid_ms < coalesce(sum(held.held_ms), 0) then 'over_allocated'
            else 'unallocated'
        end as cost_class,
        basis.paid_ms - coalesce(sum(held.held_ms), 0) as held_ms
    from basis
    left join held
        using (usage_date, sourcing, location, gpu_model)
    group by basis.allocation_basis, basis.usage_date, basis.sourcing, basis.location, basis.gpu_model, basis.paid_ms
)

select
    usage_date,
    sourcing,
    location,
    gpu_model,
    workload,
    cost_class,
    min(workload_kind) as workload_kind,
    min(allocation_basis) as allocation_basis,
    cast(sum(held_ms) as bigint) as held_ms
from (
    select * from held
    union all by name
    select * from closing
) as together
where held_ms <> 0
group by usage_date, sourcing, location, gpu_model, workload, cost_class
