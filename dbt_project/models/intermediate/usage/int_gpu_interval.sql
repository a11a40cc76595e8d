-- What each device was seen doing between two samples. A sample speaks for the time before it: as long as its source
-- says, else since the sample before, else (first, or after a gap) one usual scrape interval. Never for longer than
-- since the sample before, so that overlapping deliveries do not create GPU-hours.
with

samples as (
    select *
    from {{ ref("stg_gpu_sample") }}
    where
        sampled_at >= date '{{ var("from_date") }}' - interval 1 day
        and sampled_at < cast('{{ var("to_date") }}' as timestamp) + interval 1 day
),

readings as (
    -- One row per device and time: with time-slicing each pod's series repeats the device's value.
    select
        gpu_uuid,
        mig_instance,
        sampled_at,
        max(node) as node,
        max(gpu_model_name) as gpu_model_name,
        max(try_cast(regexp_extract(mig_profile, '^(\d+)g', 1) as integer)) as slices,
        max(covers_seconds) as covers_seconds,
        max(value) filter (where metric = 'DCGM_FI_DEV_GPU_UTIL') as gpu_util,
        max(value) filter (where metric = 'DCGM_FI_PROF_GR_ENGINE_ACTIVE') as gr_engine_active_frac,
        max(value) filter (where metric = 'DCGM_FI_PROF_SM_ACTIVE') as sm_active_frac,
        max(value) filter (where metric = 'DCGM_FI_PROF_PIPE_TENSOR_ACTIVE') as tensor_active_frac,
        max(value) filter (where metric = 'DCGM_FI_DEV_POWER_USAGE') as power_w,
        max(value) filter (where metric = 'DCGM_FI_DEV_FB_USED') / 1024 as memory_used_gib,
        max(value) filter (where metric = 'DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION') / 3600000000 as energy_counter_kwh
    from samples
    group by gpu_uuid, mig_instance, sampled_at
),

in_order as (
    select
        *,
        epoch(sampled_at) - epoch(lag(sampled_at) over device) as seconds_since_last,
        last_value(energy_counter_kwh ignore nulls) over (
            device rows between unbounded preceding and 1 preceding
        ) as last_energy_counter_kwh,
        last_value(case when energy_counter_kwh is not null then sampled_at end ignore nulls) over (
            device rows between unbounded preceding and 1 preceding
        ) as last_counted_at
    from readings
    window device as (partition by gpu_uuid, mig_instance order by sampled_at)
)

select
    gpu_uuid,
    mig_instance,
    sampled_at,
    node,
    gpu_model_name,
    slices,
    least(
        coalesce(
            covers_seconds,
            case
                when seconds_since_last <= {{ var("max_sample_seconds") }} then seconds_since_last
                else {{ var("lone_sample_seconds") }}
            end
        ),
        coalesce(seconds_since_last, covers_seconds, {{ var("lone_sample_seconds") }})
    ) as covered_seconds,
    coalesce(gpu_util, 100 * gr_engine_active_frac) > {{ var("busy_above_gpu_util") }} as is_busy,
    coalesce(gpu_util, 100 * gr_engine_active_frac) / 100 as gpu_util_frac,
    sm_active_frac,
    tensor_active_frac,
    power_w,
    memory_used_gib,
    case
        -- What a run of one day reads is a day before it: a reading further back would count in a longer run only.
        when last_counted_at is null or sampled_at - last_counted_at > interval 1 day then null
        -- A counter that fell was reset: what it shows was used since.
        when energy_counter_kwh < last_energy_counter_kwh then energy_counter_kwh
        else energy_counter_kwh - last_energy_counter_kwh
    end as counted_energy_kwh
from in_order
