{{ config(materialized="view") }}

-- Intervals cut at full hours; parts share seconds and energy by time. Of frozen time nothing is known, and of a sample
-- between two readings of a counter what they tell.
with

spans as (
    select
        *,
        date_trunc('hour', started_at) as first_hour_at,
        date_trunc('hour', sampled_at - interval 1 microsecond) as last_hour_at
    from (
        select
            intervals.* exclude (counted_energy_kwh, energy_seconds),
            coalesce(parts.counted_energy_kwh, intervals.counted_energy_kwh) as counted_energy_kwh,
            coalesce(parts.energy_seconds, intervals.energy_seconds) as energy_seconds,
            intervals.sampled_at - to_microseconds(cast(intervals.covered_seconds * 1000000 as bigint)) as started_at,
            frozen.sampled_at is not null as is_frozen
        from {{ ref("int_gpu_interval") }} as intervals
        left join {{ ref("int_gpu_frozen") }} as frozen
            on intervals.device_index = frozen.device_index and intervals.sampled_at = frozen.sampled_at
        left join {{ ref("int_gpu_counter_part") }} as parts
            on intervals.device_index = parts.device_index and intervals.sampled_at = parts.sampled_at
        where intervals.covered_seconds > 0
    ) as started
),

cut as (
    select
        *,
        case
            when first_hour_at = last_hour_at then covered_seconds
            else epoch(least(sampled_at, hour_at + interval 1 hour)) - epoch(greatest(started_at, hour_at))
        end as seconds_in_hour
    from (
        select
            *,
            unnest(
                case
                    when first_hour_at = last_hour_at then [first_hour_at]
                    else generate_series(first_hour_at, last_hour_at, interval 1 hour)
                end
            ) as hour_at
        from spans
    ) as crossing
)

select
    device_index,
    gpu_index,
    is_instance,
    sampled_at,
    hour_at,
    node_index,
    gpu_model_name_index,
    label_index,
    slices,
    instance_slices,
    instances_count,
    seconds_in_hour,
    is_frozen,
    case when not is_frozen then gpu_util > {{ var("busy_above_gpu_util") }} end as is_busy,
    case when not is_frozen then gpu_util / 100 end as gpu_util_frac,
    case when not is_frozen then sm_active_frac end as sm_active_frac,
    case when not is_frozen then tensor_active_frac end as tensor_active_frac,
    case when not is_frozen then dram_active_frac end as dram_active_frac,
    case when not is_frozen then power_w end as power_w,
    case when not is_frozen then memory_used_mib / 1024 end as memory_used_gib,
    case when not is_frozen then counted_energy_kwh * seconds_in_hour / covered_seconds end as counted_energy_kwh,
    case when not is_frozen then power_w * seconds_in_hour / 3600000 end as integral_energy_kwh,
    case when not is_frozen then energy_seconds * seconds_in_hour / covered_seconds end as energy_seconds
from cut
where {{ in_window("hour_at") }}
