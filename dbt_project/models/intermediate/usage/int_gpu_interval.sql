-- What each device was seen doing between two samples. A sample speaks for the time before it: as long as its source
-- says, else since the sample before, else (first, or after a gap) one usual scrape interval. Never for longer than
-- since the sample before, so that overlapping deliveries do not create GPU-hours.
with

metered as (
    select
        readings.* exclude (power_w, energy_counter_mj),
        coalesce(readings.power_w, case when readings.is_instance then cuts.power_w end) as power_w,
        coalesce(
            readings.energy_counter_mj, case when readings.is_instance then cuts.energy_counter_mj end
        ) / 3600000000 as energy_counter_kwh,
        cuts.instance_slices,
        coalesce(cuts.instances_count, 0) as instances_count
    from {{ ref("int_gpu_reading") }} as readings
    left join {{ ref("int_gpu_mig_scrape") }} as cuts
        on
            readings.gpu_index = cuts.gpu_index
            and {{ scrape_index("readings.sampled_at") }} = cuts.scrape_index
),

in_order as (
    select
        *,
        lag(sampled_at) over device as last_sampled_at,
        epoch(sampled_at) - epoch(lag(sampled_at) over device) as seconds_since_last,
        lag(energy_counter_kwh ignore nulls) over device as last_energy_counter_kwh,
        lag(case when energy_counter_kwh is not null then sampled_at end ignore nulls) over device as last_counted_at,
        -- What a living device changes from one sample to the next. Across a longer hole nobody says that they follow
        -- one another: with the time that a standstill takes it is the day before its window that a run reads.
        coalesce(
            power_w > 0
            and epoch(sampled_at) - epoch(lag(sampled_at) over device) <= 86400 - {{ var("flatline_seconds") }}
            and power_w is not distinct from lag(power_w) over device
            and energy_counter_kwh is not distinct from lag(energy_counter_kwh) over device,
            false
        ) as is_still
    from metered
    window device as (partition by device_index order by sampled_at)
),

-- An instance that was not there for a while is counted from what its GPU showed last: others had what was used since
-- its own last reading.
counted as (
    select
        in_order.* exclude (last_energy_counter_kwh, last_counted_at),
        coalesce(cuts.last_energy_counter_mj / 3600000000, in_order.last_energy_counter_kwh)
            as last_energy_counter_kwh,
        coalesce(cuts.last_counted_at, in_order.last_counted_at) as last_counted_at,
        cuts.last_counted_at as gpu_counted_at
    from in_order
    left join {{ ref("int_gpu_mig_scrape") }} as cuts
        on
            in_order.gpu_index = cuts.gpu_index
            and {{ scrape_index("in_order.sampled_at") }} = cuts.scrape_index
            and coalesce(
                cuts.last_counted_at > in_order.last_counted_at + to_seconds({{ var("max_sample_seconds") }}), true
            )
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
        from counted
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
        energy_counter_kwh is not null as is_counted,
        gpu_counted_at,
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
    * exclude (seconds_since_counted),
    -- A counter runs on where nobody looks: what it shows is of all the time since it was read, an hour at most.
    case
        when counted_energy_kwh is not null then greatest(covered_seconds, least(seconds_since_counted, 3600))
        when power_w is not null then covered_seconds
    end as energy_seconds
from intervals
