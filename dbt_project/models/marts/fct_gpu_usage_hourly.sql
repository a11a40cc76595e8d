{{ config(
    materialized="incremental",
    incremental_strategy="replace_window",
    on_schema_change="fail",
    meta={"window_column": "hour_at"},
) }}

select
    hour_at,
    gpu_uuid,
    mig_instance,
    workload,
    workload_kind,
    workload_basis,
    sourcing,
    location,
    asset_id,
    node,
    gpu_model,
    cast(gpu_part_ratio as double) as gpu_part_ratio,
    cast(covered_seconds as double) as covered_seconds,
    cast(allocated_seconds as double) as allocated_seconds,
    cast(covered_seconds - allocated_seconds as double) as unallocated_seconds,
    cast(busy_seconds as double) as busy_seconds,
    cast(covered_seconds - busy_seconds - idle_seconds as double) as unknown_seconds,
    cast(frozen_seconds as double) as frozen_seconds,
    cast(gpu_util_frac as double) as gpu_util_frac,
    cast(sm_active_frac as double) as sm_active_frac,
    cast(tensor_active_frac as double) as tensor_active_frac,
    cast(dram_active_frac as double) as dram_active_frac,
    cast(power_w as double) as power_w,
    cast(memory_used_gib as double) as memory_used_gib,
    cast(gpu_energy_kwh as double) as gpu_energy_kwh,
    cast(counted_energy_kwh as double) as counted_energy_kwh,
    cast(integral_energy_kwh as double) as integral_energy_kwh,
    cast(energy_seconds as double) as energy_seconds,
    energy_basis
from {{ ref("int_gpu_usage_hourly") }}
where {{ in_window("hour_at") }}
order by hour_at, gpu_uuid, mig_instance, workload, workload_basis
