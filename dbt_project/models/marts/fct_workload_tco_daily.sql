{{ config(
    materialized="incremental",
    incremental_strategy="replace_window",
    on_schema_change="fail",
    meta={"window_column": "usage_date"},
) }}

select
    usage_date,
    workload,
    workload_kind,
    sourcing,
    location,
    gpu_model,
    allocation_basis,
    cast(coalesce(direct_cost_usd, 0) as decimal(38, 18)) as direct_cost_usd,
    cast(coalesce(idle_cost_usd, 0) as decimal(38, 18)) as idle_cost_usd,
    cast(coalesce(shared_cost_usd, 0) as decimal(38, 18)) as shared_cost_usd,
    cast(coalesce(unallocated_cost_usd, 0) as decimal(38, 18)) as unallocated_cost_usd,
    cast(coalesce(over_allocated_cost_usd, 0) as decimal(38, 18)) as over_allocated_cost_usd,
    cast(coalesce(total_cost_usd, 0) as decimal(38, 18)) as total_cost_usd,
    cast(gpu_hours_paid as double) as gpu_hours_paid,
    cast(gpu_hours_allocated as double) as gpu_hours_allocated,
    cast(gpu_hours_busy as double) as gpu_hours_busy,
    cast(gpu_energy_kwh as double) as gpu_energy_kwh,
    cast(facility_energy_kwh as double) as facility_energy_kwh,
    cast(facility_energy_kwh * grid_gco2e_per_kwh / 1000 as double) as operational_kgco2e
from {{ ref("int_workload_cost_daily") }}
where {{ in_window("usage_date") }}
order by usage_date, workload, sourcing, location, gpu_model
