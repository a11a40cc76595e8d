-- A workload's cost in each pool, one column a class. Costs of idle time are spread; hours and energy are not: they
-- stay with the row that had them.
with

costs as (
    select
        usage_date, sourcing, location, gpu_model, workload, workload_kind, cost_class, cost_usd
    from {{ ref("int_allocated_cost_daily") }}
    where cost_class <> 'idle' and {{ in_window("usage_date") }}

    union all

    select usage_date, sourcing, location, gpu_model, workload, workload_kind, 'idle', share
    from {{ ref("int_idle_cost_daily") }}
),

by_class as (
    select
        usage_date,
        sourcing,
        location,
        gpu_model,
        workload,
        min(workload_kind) as workload_kind,
        sum(case when cost_class = 'direct' then cost_usd else 0 end) as direct_cost_usd,
        sum(case when cost_class = 'idle' then cost_usd else 0 end) as idle_cost_usd,
        sum(case when cost_class = 'shared' then cost_usd else 0 end) as shared_cost_usd,
        sum(case when cost_class = 'unallocated' then cost_usd else 0 end) as unallocated_cost_usd,
        sum(case when cost_class = 'over_allocated' then cost_usd else 0 end) as over_allocated_cost_usd,
        sum(cost_usd) as total_cost_usd
    from costs
    group by usage_date, sourcing, location, gpu_model, workload
),

held as (
    select
        usage_date,
        sourcing,
        location,
        gpu_model,
        workload,
        min(workload_kind) as workload_kind,
        string_agg(distinct allocation_basis, ', ' order by allocation_basis) as allocation_basis,
        sum(held_ms) / 3600000.0e0 as gpu_hours_paid,
        sum(case when cost_class = 'direct' then held_ms else 0 end) / 3600000.0e0 as gpu_hours_allocated
    from {{ ref("int_pool_time_daily") }}
    group by usage_date, sourcing, location, gpu_model, workload
),

used as (
    select
        cast(hour_at as date) as usage_date,
        sourcing,
        location,
        gpu_model,
        -- As in int_pool_time_daily: nobody's hour is idle, unless something ran in it.
        case when workload = '__unallocated__' and busy_seconds = 0 then '__idle__' else workload end as workload,
        min(workload_kind) as workload_kind,
        {{ total("gpu_part_ratio * (busy_seconds + idle_seconds)") }} / 3600 as gpu_hours_measured,
        -- Of time of which telemetry says neither it is not known that nothing ran.
        case when gpu_hours_measured > 0 then {{ total("gpu_part_ratio * busy_seconds") }} / 3600 end as gpu_hours_busy
    from {{ ref("int_gpu_usage_hourly") }}
    where {{ in_window("hour_at") }}
    group by 1, 2, 3, 4, 5
),

together as (
    select
        coalesce(by_class.usage_date, held.usage_date, used.usage_date) as usage_date,
        coalesce(by_class.sourcing, held.sourcing, used.sourcing) as sourcing,
        coalesce(by_class.location, held.location, used.location) as location,
        coalesce(by_class.gpu_model, held.gpu_model, used.gpu_model) as gpu_model,
        coalesce(by_class.workload, held.workload, used.workload) as workload,
        coalesce(by_class.workload_kind, held.workload_kind, used.workload_kind) as workload_kind,
        held.allocation_basis,
        by_class.direct_cost_usd,
        by_class.idle_cost_usd,
        by_class.shared_cost_usd,
        by_class.unallocated_cost_usd,
        by_class.over_allocated_cost_usd,
        by_class.total_cost_usd,
        held.gpu_hours_paid,
        held.gpu_hours_allocated,
        used.gpu_hours_busy,
        used.gpu_hours_measured
    from by_class
    full outer join held
        on
            by_class.usage_date = held.usage_date
            and by_class.sourcing = held.sourcing
            and by_class.location = held.location
            and by_class.gpu_model = held.gpu_model
            and by_class.workload = held.workload
    full outer join used
        on
            coalesce(by_class.usage_date, held.usage_date) = used.usage_date
            and coalesce(by_class.sourcing, held.sourcing) = used.sourcing
            and coalesce(by_class.location, held.location) = used.location
            and coalesce(by_class.gpu_model, held.gpu_model) = used.gpu_model
            and coalesce(by_class.workload, held.workload) = used.workload
)

select
    coalesce(together.usage_date, energy.usage_date) as usage_date,
    coalesce(together.sourcing, energy.sourcing) as sourcing,
    coalesce(together.location, energy.location) as location,
    coalesce(together.gpu_model, energy.gpu_model) as gpu_model,
    coalesce(together.workload, energy.workload) as workload,
    coalesce(together.workload_kind, 'other') as workload_kind,
    together.allocation_basis,
    together.direct_cost_usd,
    together.idle_cost_usd,
    together.shared_cost_usd,
    together.unallocated_cost_usd,
    together.over_allocated_cost_usd,
    together.total_cost_usd,
    together.gpu_hours_paid,
    together.gpu_hours_allocated,
    together.gpu_hours_busy,
    together.gpu_hours_measured,
    energy.gpu_energy_kwh,
    energy.wall_energy_kwh,
    energy.facility_energy_kwh,
    energy.operational_kgco2e,
    energy.embodied_kgco2e
from together
full outer join {{ ref("int_workload_energy_daily") }} as energy
    on
        together.usage_date = energy.usage_date
        and together.sourcing = energy.sourcing
        and together.location = energy.location
        and together.gpu_model = energy.gpu_model
        and together.workload = energy.workload
