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
        max(value) filter (where metric = 'DCGM_FI_PROF_DRAM_ACTIVE') as dram_active_frac,
        max(value) filter (where metric = 'DCGM_FI_DEV_POWER_USAGE') as power_w,
        max(value) filter (where metric = 'DCGM_FI_DEV_FB_USED') / 1024 as memory_used_gib,
        max(value) filter (where metric = 'DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION') / 3600000000 as energy_counter_kwh
    from samples
    group by gpu_uuid, mig_instance, sampled_at
),

-- A GPU cut into MIG instances is told whole too, with the meters of all of it. Of one scrape the instances speak for
-- their slices and the whole for those in none; what its meters say is everybody's.
scrapes as (
    select *, cast(floor(epoch(sampled_at) / {{ var("lone_sample_seconds") }}) as bigint) as scrape_index
    from readings
),

instances as (
    select gpu_uuid, scrape_index, sum(slices) as instance_slices, count(*) as instances_count
    from (
        select gpu_uuid, mig_instance, scrape_index, max(slices) as slices
        from scrapes
        where mig_instance is not null
        group by gpu_uuid, mig_instance, scrape_index
    ) as each_once
    group by gpu_uuid, scrape_index
),

meters as (
    select
        scrapes.gpu_uuid,
        scrapes.scrape_index,
        max(scrapes.power_w) as power_w,
        max(scrapes.energy_counter_kwh) as energy_counter_kwh
    from scrapes
    inner join instances
        on scrapes.gpu_uuid = instances.gpu_uuid and scrapes.scrape_index = instances.scrape_index
    where scrapes.mig_instance is null
    group by scrapes.gpu_uuid, scrapes.scrape_index
),

metered as (
    select
        scrapes.* exclude (power_w, energy_counter_kwh),
        coalesce(
            scrapes.power_w, case when scrapes.mig_instance is not null then meters.power_w end
        ) as power_w,
        coalesce(
            scrapes.energy_counter_kwh, case when scrapes.mig_instance is not null then meters.energy_counter_kwh end
        ) as energy_counter_kwh,
        coalesce(here.instance_slices, before.instance_slices, after.instance_slices) as instance_slices,
        coalesce(here.instances_count, before.instances_count, after.instances_count, 0) as instances_count
    from scrapes
    left join meters
        on scrapes.gpu_uuid = meters.gpu_uuid and scrapes.scrape_index = meters.scrape_index
    left join instances as here
        on scrapes.gpu_uuid = here.gpu_uuid and scrapes.scrape_index = here.scrape_index
    left join instances as before
        on scrapes.gpu_uuid = before.gpu_uuid and scrapes.scrape_index - 1 = before.scrape_index
    left join instances as after
        on scrapes.gpu_uuid = after.gpu_uuid and scrapes.scrape_index + 1 = after.scrape_index
),

in_order as (
    select
        *,
        lag(sampled_at) over device as last_sampled_at,
        epoch(sampled_at) - epoch(lag(sampled_at) over device) as seconds_since_last,
        last_value(energy_counter_kwh ignore nulls) over (
            device rows between unbounded preceding and 1 preceding
        ) as last_energy_counter_kwh,
        last_value(case when energy_counter_kwh is not null then sampled_at end ignore nulls) over (
            device rows between unbounded preceding and 1 preceding
        ) as last_counted_at,
        -- What a living device changes from one sample to the next.
        coalesce(
            power_w > 0
            and power_w is not distinct from lag(power_w) over device
            and energy_counter_kwh is not distinct from lag(energy_counter_kwh) over device,
            false
        ) as is_still
    from metered
    window device as (partition by gpu_uuid, mig_instance order by sampled_at)
),

-- An exporter that hangs repeats its last values and looks healthy: after hours of that, nobody knows what was. A run
-- begins with the sample before its first still one; runs are looked for where a device has still samples at all.
still_devices as (
    select distinct gpu_uuid, mig_instance
    from in_order
    where is_still
),

runs as (
    select
        in_order.gpu_uuid,
        in_order.mig_instance,
        in_order.sampled_at,
        in_order.last_sampled_at,
        in_order.is_still,
        sum(case when in_order.is_still then 0 else 1 end) over (
            partition by in_order.gpu_uuid, in_order.mig_instance order by in_order.sampled_at
            rows between unbounded preceding and current row
        ) as run_index
    from in_order
    inner join still_devices
        on
            in_order.gpu_uuid = still_devices.gpu_uuid
            and in_order.mig_instance is not distinct from still_devices.mig_instance
),

frozen_runs as (
    select gpu_uuid, mig_instance, run_index
    from runs
    where is_still
    group by gpu_uuid, mig_instance, run_index
    having epoch(max(sampled_at)) - epoch(min(last_sampled_at)) >= {{ var("flatline_seconds") }}
),

frozen as (
    select runs.gpu_uuid, runs.mig_instance, runs.sampled_at
    from runs
    inner join frozen_runs
        on
            runs.gpu_uuid = frozen_runs.gpu_uuid
            and runs.mig_instance is not distinct from frozen_runs.mig_instance
            and runs.run_index = frozen_runs.run_index
    where runs.is_still
),

judged as (
    select
        *,
        -- The most a device can have used since its counter was read, with a scrape to spare on either side.
        (seconds_since_counted + 2 * {{ var("lone_sample_seconds") }}) * {{ var("max_gpu_power_w") }} / 3600000
            as most_energy_kwh
    from (
        select
            in_order.*,
            -- What a run of one day reads is a day before it: what is further back would count in a longer run only.
            case
                when in_order.sampled_at - in_order.last_counted_at <= interval 1 day
                    then epoch(in_order.sampled_at) - epoch(in_order.last_counted_at)
            end as seconds_since_counted,
            frozen.sampled_at is not null as is_frozen
        from in_order
        left join frozen
            on
                in_order.gpu_uuid = frozen.gpu_uuid
                and in_order.mig_instance is not distinct from frozen.mig_instance
                and in_order.sampled_at = frozen.sampled_at
    ) as with_frozen
),

intervals as (
    select
        gpu_uuid,
        mig_instance,
        sampled_at,
        node,
        gpu_model_name,
        seconds_since_counted,
        slices,
        instance_slices,
        instances_count,
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
        is_frozen,
        case
            when not is_frozen then coalesce(gpu_util, 100 * gr_engine_active_frac) > {{ var("busy_above_gpu_util") }}
        end as is_busy,
        case when not is_frozen then coalesce(gpu_util, 100 * gr_engine_active_frac) / 100 end as gpu_util_frac,
        case when not is_frozen then sm_active_frac end as sm_active_frac,
        case when not is_frozen then tensor_active_frac end as tensor_active_frac,
        case when not is_frozen then dram_active_frac end as dram_active_frac,
        case when not is_frozen then power_w end as power_w,
        case when not is_frozen then memory_used_gib end as memory_used_gib,
        case
            when is_frozen then null
            -- A small fall is two scrapers whose clocks differ: taken off, it adds up to what was used.
            when
                abs(energy_counter_kwh - last_energy_counter_kwh) <= most_energy_kwh
                and (energy_counter_kwh >= last_energy_counter_kwh or energy_counter_kwh > most_energy_kwh)
                then energy_counter_kwh - last_energy_counter_kwh
            -- A counter that fell was reset, and what it shows was used since; if it can have been. Else nobody knows.
            when energy_counter_kwh < last_energy_counter_kwh and energy_counter_kwh <= most_energy_kwh
                then energy_counter_kwh
        end as counted_energy_kwh
    from judged
)

select
    *,
    -- A counter runs on where nobody looks: what it shows is of all the time since it was read, an hour at most.
    case
        when counted_energy_kwh is not null then greatest(covered_seconds, least(seconds_since_counted, 3600))
        when power_w is not null then covered_seconds
    end as energy_seconds
from intervals
