-- Device time by hour and the workload its labels name; time without a label is under '__unallocated__'. A MIG instance
-- counts as its slices over the whole GPU's, as they were at each moment; power and energy are metered for the whole
-- GPU, so an instance gets its slices' part of the energy.
with

devices as (
    select devices.*, models.max_slices
    from {{ ref("int_gpu_device_daily") }} as devices
    left join {{ ref("stg_gpu_model") }} as models
        on devices.gpu_model = models.gpu_model
),

-- The part of the GPU an interval is of: a whole one, an instance's slices, or the slices in no instance. Instances
-- whose profile or model is unknown are parts alike. What nobody was given is nobody's, whatever label the whole has.
parted as (
    select
        cut.*,
        cut.is_frozen or (cut.mig_instance is null and cut.instances_count > 0) as is_nobodys,
        case
            when cut.instances_count = 0 then 1
            when cut.mig_instance is not null
                then coalesce(cut.slices * 1.0e0 / devices.max_slices, 1.0e0 / cut.instances_count)
            else greatest(0, coalesce(1 - cut.instance_slices * 1.0e0 / devices.max_slices, 0))
        end as gpu_part_ratio
    from {{ ref("int_gpu_interval_hourly") }} as cut
    inner join devices
        on cut.gpu_uuid = devices.gpu_uuid and cast(cut.hour_at as date) = devices.usage_date
),

time_shares as (
    select
        cut.hour_at,
        cut.gpu_uuid,
        cut.mig_instance,
        case when cut.is_nobodys then '__unallocated__' else coalesce(parts.workload, '__unallocated__') end
            as workload,
        case when cut.is_nobodys then 'other' else coalesce(parts.workload_kind, 'other') end as workload_kind,
        coalesce(parts.part_frac, 1) as part_frac,
        cut.gpu_part_ratio,
        cut.seconds_in_hour,
        cut.is_frozen,
        case when cut.mig_instance is not null or cut.instances_count = 0 then cut.is_busy end as is_busy,
        cut.gpu_util_frac,
        cut.sm_active_frac,
        cut.tensor_active_frac,
        cut.dram_active_frac,
        cut.power_w,
        cut.memory_used_gib,
        cut.counted_energy_kwh,
        cut.integral_energy_kwh,
        coalesce(cut.counted_energy_kwh, cut.integral_energy_kwh) as energy_kwh,
        cut.energy_seconds
    from parted as cut
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
        {{ total("gpu_part_ratio * seconds_in_hour * part_frac") }}
        / {{ total("seconds_in_hour * part_frac") }} as gpu_part_ratio,
        {{ total("case when is_frozen then 0 else seconds_in_hour * part_frac end") }} as covered_seconds,
        {{ total("case when is_frozen then seconds_in_hour * part_frac else 0 end") }} as frozen_seconds,
        {{ total("case when is_busy then seconds_in_hour * part_frac else 0 end") }} as busy_seconds,
        {{ total("case when not is_busy then seconds_in_hour * part_frac else 0 end") }} as idle_seconds,
        {% for gauge in ["gpu_util_frac", "sm_active_frac", "tensor_active_frac", "dram_active_frac", "power_w"] %}
        {{ total(gauge ~ " * seconds_in_hour") }}
        / {{ total("case when " ~ gauge ~ " is not null then seconds_in_hour end") }} as {{ gauge }},
        {% endfor %}
        max(memory_used_gib) as memory_used_gib,
        {{ total("energy_kwh * gpu_part_ratio * part_frac") }} as gpu_energy_kwh,
        {{ total("case when not is_busy then energy_kwh * gpu_part_ratio * part_frac else 0 end") }}
            as idle_gpu_energy_kwh,
        {{ total("counted_energy_kwh * gpu_part_ratio * part_frac") }} as counted_energy_kwh,
        {{ total("integral_energy_kwh * gpu_part_ratio * part_frac") }} as integral_energy_kwh,
        {{ total("coalesce(energy_seconds, 0) * part_frac") }} as energy_seconds,
        {{ total("case when energy_kwh is not null then seconds_in_hour * part_frac else 0 end") }} as known_seconds,
        {{ total("case when counted_energy_kwh is not null then seconds_in_hour * part_frac else 0 end") }}
            as counted_seconds
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
    hourly.frozen_seconds,
    hourly.busy_seconds,
    hourly.idle_seconds,
    hourly.gpu_util_frac,
    hourly.sm_active_frac,
    hourly.tensor_active_frac,
    hourly.dram_active_frac,
    hourly.power_w,
    hourly.memory_used_gib,
    hourly.gpu_energy_kwh,
    hourly.idle_gpu_energy_kwh,
    hourly.counted_energy_kwh,
    hourly.integral_energy_kwh,
    hourly.energy_seconds,
    case
        when hourly.known_seconds = 0 then null
        when hourly.counted_seconds = hourly.known_seconds then 'counter'
        when hourly.counted_seconds = 0 then 'integral'
        else 'counter and integral'
    end as energy_basis
from hourly
inner join devices
    on hourly.gpu_uuid = devices.gpu_uuid and cast(hourly.hour_at as date) = devices.usage_date
