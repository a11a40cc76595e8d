{{ config(
    materialized="incremental",
    incremental_strategy="replace_window",
    on_schema_change="fail",
    meta={"window_column": "hour_at"},
) }}

select
    hour_at,
    asset_id,
    site_id,
    gpu_model,
    gpus,
    cast(gpu_energy_kwh as double) as gpu_energy_kwh,
    cast(wall_energy_kwh as double) as wall_energy_kwh,
    cast(measured_wall_energy_kwh as double) as measured_wall_energy_kwh,
    cast(fixed_energy_kwh as double) as fixed_wall_energy_kwh,
    cast(facility_energy_kwh as double) as facility_energy_kwh,
    energy_basis,
    cast(measured_seconds as double) as measured_seconds,
    cast(gpu_energy_seconds as double) as gpu_energy_seconds,
    cast(util_seconds as double) as util_seconds,
    cast(assumed_seconds as double) as assumed_seconds
from {{ ref("int_owned_energy_hourly") }}
where {{ in_window("usage_date") }}
order by hour_at, asset_id
