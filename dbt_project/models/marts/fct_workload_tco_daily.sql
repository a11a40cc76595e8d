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
    direct_cost_usd,
    idle_cost_usd,
    shared_cost_usd,
    unallocated_cost_usd,
    over_allocated_cost_usd,
    total_cost_usd,
    gpu_hours_paid,
    gpu_hours_allocated,
    gpu_hours_busy,
    gpu_hours_measured,
    gpu_energy_kwh,
    wall_energy_kwh,
    facility_energy_kwh,
    operational_kgco2e,
    embodied_kgco2e,
    serving_basis,
    requests_count,
    input_tokens_count,
    output_tokens_count,
    completed_jobs_count,
    failed_jobs_count,
    cancelled_jobs_count
from {{ ref("int_workload_daily") }}
where {{ in_window("usage_date") }}
order by usage_date, workload, sourcing, location, gpu_model
