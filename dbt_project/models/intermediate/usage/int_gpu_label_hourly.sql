-- Device time by hour and the workload its labels name; time without a label is under '__unallocated__'. A MIG instance
-- counts as its slices over the whole GPU's, as they were at each moment; power and energy are metered for the whole
-- GPU and repeated on each instance, so an instance gets its slices' part of the energy.
with

devices as (
    select devices.*, models.max_slices
    from {{ ref("int_gpu_device_daily") }} as devices
    left join {{ ref("stg_gpu_model") }} as models
        on devices.gpu_model = models.gpu_model
),

time_shares as (
    select
        cut.hour_at,
        cut.gpu_uuid,
        cut.mig_instance,
        coalesce(parts.workload, '__unallocated__') as workload,
        coalesce(parts.workload_kind, 'other') as workload_kind,
        coalesce(parts.part_frac, 1) as part_frac,
        coalesce(cut.slices * 1.0e0 / devices.max_slices, 1) as gpu_part_ratio,
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
    inner join devices
        on cut.gpu_uuid = devices.gpu_uuid and cast(cut.hour_at as date) = devices.usage_date
),

hourly as (
    select
        hour_at,
        gpu_uuid,
        mig_instance,
        workload,
        min(workload_kind) as workload_kind,
        {{ total("gpu_part_ratio * seconds_in_hour * part_frac") }}
        / {{ total("seconds_in_hour * part_frac") }} as gpu_part_ratio,
        {{ total("seconds_in_hour * part_frac") }} as covered_seconds,
        {{ total("case when is_busy then seconds_in_hour * part_frac else 0 end") }} as busy_seconds,
        {{ total("case when not is_busy then seconds_in_hour * part_frac else 0 end") }} as idle_seconds,
        {% for gauge in ["gpu_util_frac", "sm_active_frac", "tensor_active_frac", "power_w"] %}
        {{ total(gauge ~ " * seconds_in_hour") }}
        / {{ total("case when " ~ gauge ~ " is not null then seconds_in_hour end") }} as {{ gauge }},
        {% endfor %}
        max(memory_used_gib) as memory_used_gib,
        {{ total("coalesce(counted_energy_kwh, integral_energy_kwh) * gpu_part_ratio * part_frac") }}
            as gpu_energy_kwh,
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
    hourly.gpu_part_ratio,
    hourly.covered_seconds,
    hourly.busy_seconds,
    hourly.idle_seconds,
    hourly.gpu_util_frac,
    hourly.sm_active_frac,
    hourly.tensor_active_frac,
    hourly.power_w,
    hourly.memory_used_gib,
    hourly.gpu_energy_kwh,
    case when hourly.is_energy_counted then 'counter' else 'integral' end as energy_basis
from hourly
inner join devices
    on hourly.gpu_uuid = devices.gpu_uuid and cast(hourly.hour_at as date) = devices.usage_date
