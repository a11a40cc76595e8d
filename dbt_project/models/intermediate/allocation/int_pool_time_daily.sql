-- Who held a pool's paid GPU time: workloads, nobody (idle) or somebody unknown (unallocated). Measured by telemetry,
-- told by schedulers on days that have any of either for the pool, else by the workload the cost lines name. Time paid
-- but not seen is unknown, not idle, and so is time seen without a measure of use; time seen or claimed beyond what was
-- paid is over-allocated, a negative row, so that the sum is always what was paid.
with

seconds as (
    select
        cast(hour_at as date) as usage_date,
        sourcing,
        location,
        gpu_model,
        case when workload <> '__unallocated__' then workload else '__idle__' end as workload,
        workload_kind,
        case when workload <> '__unallocated__' then 'direct' else 'idle' end as cost_class,
        case when workload_basis = 'scheduler' then 'scheduler' else 'telemetry' end as allocation_basis,
        {{ total(
            "gpu_part_ratio * case when workload <> '__unallocated__' then covered_seconds else idle_seconds end"
        ) }} as held_seconds
    from {{ ref("int_gpu_usage_hourly") }}
    where {{ in_window("hour_at") }}
    group by 1, 2, 3, 4, 5, 6, 7, 8

    union all

    select
        cast(hour_at as date) as usage_date,
        sourcing,
        location,
        gpu_model,
        '__unallocated__' as workload,
        'other' as workload_kind,
        'unallocated' as cost_class,
        'telemetry' as allocation_basis,
        {{ total("gpu_part_ratio * (covered_seconds - idle_seconds)") }} as held_seconds
    from {{ ref("int_gpu_usage_hourly") }}
    where workload = '__unallocated__' and {{ in_window("hour_at") }}
    group by 1, 2, 3, 4

    union all

    select
        usage_date, sourcing, location, gpu_model, workload, workload_kind, cost_class, 'scheduler', held_seconds
    from {{ ref("int_job_unseen_daily") }}
),

measured as (
    select
        usage_date,
        sourcing,
        location,
        gpu_model,
        workload,
        min(workload_kind) as workload_kind,
        cost_class,
        allocation_basis,
        cast(round(1000 * sum(held_seconds)) as bigint) as held_ms
    from seconds
    group by usage_date, sourcing, location, gpu_model, workload, cost_class, allocation_basis
),

-- Hours taken back from a workload are off those it was given; what is taken back beyond them was claimed by nobody.
billed as (
    select
        charge_date as usage_date,
        'leased' as sourcing,
        service_provider_name as location,
        gpu_model,
        coalesce(workload, '__unallocated__') as workload,
        min(coalesce(workload_kind, 'other')) as workload_kind,
        case when workload is null then 'unallocated' else 'direct' end as cost_class,
        cast(round(sum(gpu_hours) * 3600000) as bigint) as held_ms
    from {{ ref("int_leased_cost") }}
    where {{ in_window("charge_date") }}
    group by 1, 2, 3, 4, 5, 7
    having sum(gpu_hours) > 0
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
                select usage_date, sourcing, location, gpu_model
                from measured
                where allocation_basis = 'telemetry'
            ) then 'telemetry'
            when (pools.usage_date, pools.sourcing, pools.location, pools.gpu_model) in (
                select usage_date, sourcing, location, gpu_model from measured
            ) then 'scheduler'
            when pools.sourcing = 'leased' then 'billing'
            else 'none'
        end as allocation_basis
    from {{ ref("int_pool_daily") }} as pools
),

held as (
    select measured.*
    from measured
    inner join basis
        using (usage_date, sourcing, location, gpu_model)

    union all

    select
        usage_date,
        sourcing,
        location,
        gpu_model,
        billed.workload,
        billed.workload_kind,
        billed.cost_class,
        'billing' as allocation_basis,
        billed.held_ms
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
    allocation_basis,
    min(workload_kind) as workload_kind,
    cast(sum(held_ms) as bigint) as held_ms
from (
    select * from held
    union all by name
    select * from closing
) as together
where held_ms <> 0
group by usage_date, sourcing, location, gpu_model, workload, cost_class, allocation_basis
