-- What each device was seen doing between two samples. A sample speaks for the time before it: as long as its source
-- says, else since the sample before, else (first, or after a gap) one usual scrape interval. Never for longer than
-- since the sample before, so that overlapping deliveries do not create GPU-hours.
with

-- A GPU cut into MIG instances is told whole too, with the meters of all of it. Of one scrape the instances speak for
-- their slices and the whole for those in none; what its meters say is everybody's.
scrapes as not materialized (
    select
        readings.*,
        devices.is_instance,
        cast(floor(epoch(readings.sampled_at) / {{ var("lone_sample_seconds") }}) as bigint) as scrape_index
    from {{ ref("int_gpu_reading") }} as readings
    inner join (
        select distinct
            device_index,
            mig_instance is not null as is_instance
        from {{ ref("int_gpu_series") }}
    ) as devices
        on readings.device_index = devices.device_index
),

instances as (
    select gpu_index, scrape_index, sum(slices) as instance_slices, count(*) as instances_count
    from (
        select gpu_index, device_index, scrape_index, max(slices) as slices
        from scrapes
        where is_instance
        group by gpu_index, device_index, scrape_index
    ) as each_once
    group by gpu_index, scrape_index
),

meters as (
    select
        scrapes.gpu_index,
        scrapes.scrape_index,
        max(scrapes.power_w) as power_w,
        max(scrapes.energy_counter_mj) as energy_counter_mj
    from scrapes
    inner join instances
        on scrapes.gpu_index = instances.gpu_index and scrapes.scrape_index = instances.scrape_index
    where not scrapes.is_instance
    group by scrapes.gpu_index, scrapes.scrape_index
),

metered as (
    select
        scrapes.* exclude (power_w, energy_counter_mj),
        coalesce(scrapes.power_w, case when scrapes.is_instance then meters.power_w end) as power_w,
        coalesce(
            scrapes.energy_counter_mj, case when scrapes.is_instance then meters.energy_counter_mj end
        ) / 3600000000 as energy_counter_kwh,
        coalesce(here.instance_slices, before.instance_slices, after.instance_slices) as instance_slices,
        coalesce(here.instances_count, before.instances_count, after.instances_count, 0) as instances_count
    from scrapes
    left join meters
        on scrapes.gpu_index = meters.gpu_index and scrapes.scrape_index = meters.scrape_index
    left join instances as here
        on scrapes.gpu_index = here.gpu_index and scrapes.scrape_index = here.scrape_index
    left join instances as before
        on scrapes.gpu_index = before.gpu_index and scrapes.scrape_index - 1 = before.scrape_index
    left join instances as after
        on scrapes.gpu_index = after.gpu_index and scrapes.scrape_index + 1 = after.scrape_index
),

in_order as (
    select
        *,
        lag(sampled_at) over device as last_sampled_at,
        epoch(sampled_at) - epoch(lag(sampled_at) over device) as seconds_since_last,
        lag(energy_counter_kwh ignore nulls) over device as last_energy_counter_kwh,
        lag(case when energy_counter_kwh is not null then sampled_at end ignore nulls) over device as last_counted_at,
        -- What a living device changes from one sample to the next.
        coalesce(
            power_w > 0
            and power_w is not distinct from lag(power_w) over device
            and energy_counter_kwh is not distinct from lag(energy_counter_kwh) over device,
            false
        ) as is_still
    from metered
    window device as (partition by device_index order by sampled_at)
),

judged as (
    select
        *,
        -- The most a device can have used since its counter was read, with a scrape to spare on either side.
        (seconds_since_counted + 2 * {{ var("lone_sample_seconds") }}) * {{ var("max_gpu_power_w") }} / 3600000
            as most_energy_kwh
    from (
        select
            *,
            -- What a run of one day reads is a day before it: what is further back would count in a longer run only.
            case
                when sampled_at - last_counted_at <= interval 1 day then epoch(sampled_at) - epoch(last_counted_at)
            end as seconds_since_counted
        from in_order
    ) as since
),

intervals as (
    select
        device_index,
        gpu_index,
        is_instance,
        sampled_at,
        last_sampled_at,
        is_still,
        node_index,
        gpu_model_name_index,
        label_index,
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
        coalesce(gpu_util, 100 * gr_engine_active_frac) as gpu_util,
        sm_active_frac,
        tensor_active_frac,
        dram_active_frac,
        power_w,
        memory_used_mib,
        case
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
