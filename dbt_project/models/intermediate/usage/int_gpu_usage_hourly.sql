{{ config(
    materialized="incremental",
    incremental_strategy="replace_window",
    on_schema_change="fail",
    meta={"window_column": "hour_at"},
) }}

-- Device time by hour and workload. Time without a workload's label is kept under '__unallocated__'. A MIG instance
-- counts as its slices over the whole GPU's.
with

slices as (
    select distinct
        mig_profile,
        try_cast(regexp_extract(mig_profile, '^(\d+)g', 1) as integer) as slices
    from {{ source("raw", "gpu_sample") }}
    where mig_profile is not null
),

instances as (
    select distinct gpu_uuid, mig_instance, mig_profile
    from {{ source("raw", "gpu_sample") }}
    where mig_instance is not null
),

time_shares as (
    select
        cut.hour_at,
        cut.gpu_uuid,
        cut.mig_instance,
        coalesce(parts.workload, '__unallocated__') as workload,
        coalesce(parts.workload_kind, 'other') as workload_kind,
        coalesce(parts.part_frac, 1) as part_frac,
        cut.seconds_in_hour,
        cut.is_busy,
        cut.gpu_util_frac,
        cut.sm_active_frac,
        cut.tensor_active_frac,
        cut.power_w,
        cut.memory_used_gib,
        cut.counted_energy_kwh,
        cut.integral_energy_kwh
    from {{ ref("int_gpu_interval_hourly") }} as cut
    left join {{ ref("int_gpu_share") }} as parts
        on
            cut.gpu_uuid = parts.gpu_uuid
            and cut.mig_instance is not distinct from parts.mig_instance
            and cut.sampled_at = parts.sampled_at
),

hourly as (
    select
        hour_at,
        gpu_uuid,
        mig_instance,
        workload,
        min(workload_kind) as workload_kind,
        sum(seconds_in_hour * part_frac) as covered_seconds,
        sum(case when is_busy then seconds_in_hour * part_frac else 0 end) as busy_seconds,
        sum(gpu_util_frac * seconds_in_hour) / sum(case when gpu_util_frac is not null then seconds_in_hour end)
            as gpu_util_frac,
        sum(sm_active_frac * seconds_in_hour) / sum(case when sm_active_frac is not null then seconds_in_hour end)
            as sm_active_frac,
        sum(tensor_active_frac * seconds_in_hour)
        / sum(case when tensor_active_frac is not null then seconds_in_hour end) as tensor_active_frac,
        sum(power_w * seconds_in_hour) / sum(case when power_w is not null then seconds_in_hour end) as power_w,
        max(memory_used_gib) as memory_used_gib,
        sum(coalesce(counted_energy_kwh, integral_energy_kwh) * part_frac) as gpu_energy_kwh,
        bool_and(counted_energy_kwh is not null) as is_energy_counted
    from time_shares
    group by hour_at, gpu_uuid, mig_instance, workload
)

select
    hourly.hour_at,
    hourly.gpu_uuid,
    hourly.mig_instance,
    hourly.workload,
    hourly.workload_kind,
    devices.sourcing,
    devices.location,
    devices.asset_id,
    devices.node,
    devices.gpu_model,
    coalesce(slices.slices * 1.0e0 / models.max_slices, 1) as gpu_part_ratio,
    hourly.covered_seconds,
    case when hourly.workload = '__unallocated__' then 0 else hourly.covered_seconds end as allocated_seconds,
    hourly.busy_seconds,
    hourly.gpu_util_frac,
    hourly.sm_active_frac,
    hourly.tensor_active_frac,
    hourly.power_w,
    hourly.memory_used_gib,
    hourly.gpu_energy_kwh,
    case when hourly.is_energy_counted then 'counter' else 'integral' end as energy_basis
from hourly
inner join {{ ref("int_gpu_device_daily") }} as devices
    on hourly.gpu_uuid = devices.gpu_uuid and cast(hourly.hour_at as date) = devices.usage_date
left join instances
    on hourly.gpu_uuid = instances.gpu_uuid and hourly.mig_instance = instances.mig_instance
left join slices
    on instances.mig_profile = slices.mig_profile
left join {{ ref("stg_gpu_model") }} as models
    on devices.gpu_model = models.gpu_model
