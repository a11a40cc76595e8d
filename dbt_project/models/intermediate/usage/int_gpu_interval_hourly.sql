-- Intervals cut at full hours; parts share seconds and energy by time.
with

spans as (
    select
        *,
        date_trunc('hour', started_at) as first_hour_at,
        date_trunc('hour', sampled_at - interval 1 microsecond) as last_hour_at
    from (
        select
            *,
            sampled_at - to_microseconds(cast(covered_seconds * 1000000 as bigint)) as started_at
        from {{ ref("int_gpu_interval") }}
        where covered_seconds > 0
    ) as started
),

cut as (
    select
        *,
        first_hour_at as hour_at,
        covered_seconds as seconds_in_hour
    from spans
    where first_hour_at = last_hour_at

    union all

    select
        *,
        epoch(least(sampled_at, hour_at + interval 1 hour)) - epoch(greatest(started_at, hour_at)) as seconds_in_hour
    from (
        select
            *,
            unnest(generate_series(first_hour_at, last_hour_at, interval 1 hour)) as hour_at
        from spans
        where first_hour_at <> last_hour_at
    ) as crossing
)

select
    gpu_uuid,
    mig_instance,
    sampled_at,
    hour_at,
    node,
    gpu_model_name,
    slices,
    instance_slices,
    instances_count,
    seconds_in_hour,
    is_frozen,
    is_busy,
    gpu_util_frac,
    sm_active_frac,
    tensor_active_frac,
    dram_active_frac,
    power_w,
    memory_used_gib,
    counted_energy_kwh * seconds_in_hour / covered_seconds as counted_energy_kwh,
    power_w * seconds_in_hour / 3600000 as integral_energy_kwh,
    energy_seconds * seconds_in_hour / covered_seconds as energy_seconds
from cut
where {{ in_window("hour_at") }}
