-- Energy and carbon of each workload, to the last watt-hour of every node. Of a server's energy in an hour the part
-- that does not move with the GPUs goes by the time each held them, the moving part by the GPUs' own energy; what moved
-- while nobody looked is unallocated. Carbon of making a server goes by the time its pool was held that day.
with

devices as (
    select
        *,
        gpu_part_ratio * covered_seconds as held_seconds,
        gpu_part_ratio * idle_seconds as idle_held_seconds,
        gpu_part_ratio * busy_seconds as busy_held_seconds
    from {{ ref("int_gpu_usage_hourly") }}
    where {{ in_window("hour_at") }}
),

-- Nobody's time is idle where nothing ran, and unallocated otherwise.
used as (
    select
        hour_at, sourcing, location, gpu_model, asset_id, workload, gpu_energy_kwh, held_seconds, busy_held_seconds
    from devices
    where workload <> '__unallocated__'

    union all

    select
        hour_at, sourcing, location, gpu_model, asset_id, '__idle__',
        case when gpu_energy_kwh is not null then idle_gpu_energy_kwh end, idle_held_seconds, 0
    from devices
    where workload = '__unallocated__' and idle_seconds > 0

    union all

    select
        hour_at, sourcing, location, gpu_model, asset_id, '__unallocated__',
        gpu_energy_kwh - idle_gpu_energy_kwh, held_seconds - idle_held_seconds, busy_held_seconds
    from devices
    where workload = '__unallocated__' and covered_seconds > idle_seconds
),

servers as (
    select *
    from {{ ref("int_owned_energy_hourly") }}
    where gpus > 0 and {{ in_window("usage_date") }}
),

held as (
    select
        asset_id,
        hour_at,
        workload,
        cast(round(1000 * {{ total("held_seconds") }}) as bigint) as held_ms,
        cast(round(1000 * {{ total("busy_held_seconds") }}) as bigint) as busy_ms,
        greatest(0, cast(round(1000000000 * {{ total("gpu_energy_kwh") }}) as bigint)) as energy_weight
    from used
    where asset_id is not null
    group by asset_id, hour_at, workload
),

-- GPU time of the server that nothing was seen of.
closed as (
    select
        asset_id, hour_at, workload, held_ms, held_ms as seen_ms, busy_ms, coalesce(energy_weight, 0) as energy_weight
    from held
    union all
    select
        servers.asset_id,
        servers.hour_at,
        '__unseen__' as workload,
        greatest(0, servers.gpus * 3600000 - coalesce(seen.held_ms, 0)) as held_ms,
        0 as seen_ms,
        0 as busy_ms,
        0 as energy_weight
    from servers
    left join (
        select asset_id, hour_at, sum(held_ms) as held_ms
        from held
        group by asset_id, hour_at
    ) as seen
        on servers.asset_id = seen.asset_id and servers.hour_at = seen.hour_at
),

weighted as (
    select
        servers.usage_date,
        servers.site_id,
        servers.gpu_model,
        servers.fixed_energy_kwh,
        servers.seen_energy_kwh,
        closed.*,
        sum(closed.energy_weight) over node_hour as all_energy_weight,
        sum(closed.busy_ms) over node_hour as all_busy_ms,
        sum(closed.seen_ms) over node_hour as all_seen_ms,
        sum(closed.held_ms) over node_hour as all_held_ms
    from closed
    inner join servers
        on closed.asset_id = servers.asset_id and closed.hour_at = servers.hour_at
    window node_hour as (partition by closed.asset_id, closed.hour_at)
),

to_split as (
    select
        usage_date, site_id, gpu_model, asset_id, hour_at, workload,
        'fixed' as energy_part,
        cast(fixed_energy_kwh as decimal(38, 18)) as amount,
        held_ms as weight,
        cast(all_held_ms as bigint) as total_weight
    from weighted

    union all

    select
        usage_date, site_id, gpu_model, asset_id, hour_at, workload,
        'seen' as energy_part,
        cast(seen_energy_kwh as decimal(38, 18)) as amount,
        case
            when all_energy_weight > 0 then energy_weight
            when all_busy_ms > 0 then busy_ms
            when all_seen_ms > 0 then seen_ms
            else held_ms
        end as weight,
        cast(
            case
                when all_energy_weight > 0 then all_energy_weight
                when all_busy_ms > 0 then all_busy_ms
                when all_seen_ms > 0 then all_seen_ms
                else all_held_ms
            end as bigint
        ) as total_weight
    from weighted
),

node_shares as (
    {{ largest_remainder("to_split", "usage_date, site_id, gpu_model, asset_id, hour_at, workload",
        "asset_id, hour_at, energy_part", "workload") }}
),

wall as (
    select usage_date, site_id, gpu_model, asset_id, workload, sum(share) as wall_energy_kwh
    from (
        select
            usage_date, site_id, gpu_model, asset_id,
            case when workload = '__unseen__' then '__unallocated__' else workload end as workload,
            share
        from node_shares

        union all

        select
            usage_date, site_id, gpu_model, asset_id, '__unallocated__', cast(unseen_energy_kwh as decimal(38, 18))
        from servers

        union all

        -- Switches and storage serve everybody.
        select
            usage_date, site_id, 'none', asset_id, '__shared__', cast(wall_energy_kwh as decimal(38, 18))
        from {{ ref("int_owned_energy_hourly") }}
        where gpus = 0 and {{ in_window("usage_date") }}
    ) as together
    group by usage_date, site_id, gpu_model, asset_id, workload
),

weighed as (
    select
        *,
        cast(round(1000000000 * wall_energy_kwh) as bigint) as energy_weight,
        cast(sum(round(1000000000 * wall_energy_kwh)) over (partition by asset_id, usage_date) as bigint)
            as all_energy_weight,
        count(*) over (partition by asset_id, usage_date) as all_workloads
    from wall
),

-- A machine that drew nothing has nothing to weigh by: its nought goes to each alike, so that it is there.
facility_to_split as (
    select
        weighed.usage_date,
        weighed.site_id,
        weighed.gpu_model,
        weighed.asset_id,
        weighed.workload,
        weighed.wall_energy_kwh,
        whole.amount,
        case when weighed.all_energy_weight > 0 then weighed.energy_weight else 1 end as weight,
        case when weighed.all_energy_weight > 0 then weighed.all_energy_weight else weighed.all_workloads end
            as total_weight
    from weighed
    inner join (
        select asset_id, usage_date, cast(sum(facility_energy_kwh) as decimal(38, 18)) as amount
        from {{ ref("int_owned_energy_hourly") }}
        where {{ in_window("usage_date") }}
        group by asset_id, usage_date
    ) as whole
        on weighed.asset_id = whole.asset_id and weighed.usage_date = whole.usage_date
),

facility_shares as (
    {{ largest_remainder("facility_to_split",
        "usage_date, site_id, gpu_model, asset_id, workload, wall_energy_kwh", "asset_id, usage_date", "workload") }}
),

owned as (
    select
        shares.usage_date,
        'owned' as sourcing,
        shares.site_id as location,
        shares.gpu_model,
        shares.workload,
        sum(shares.wall_energy_kwh) as wall_energy_kwh,
        sum(shares.share) as facility_energy_kwh,
        sum({{ scaled("terms.grid_gco2e_per_kwh", "shares.share", 1000) }}) as operational_kgco2e
    from facility_shares as shares
    inner join {{ ref("int_owned_site_terms_daily") }} as terms
        on shares.usage_date = terms.usage_date and shares.site_id = terms.site_id
    group by shares.usage_date, shares.site_id, shares.gpu_model, shares.workload
),

-- Of a leased machine only the kind is known, the largest there is, and of its data centre nothing.
kinds as (
    select *
    from (
        select
            *,
            row_number() over (partition by gpu_model order by gpus desc) as size_index
        from {{ ref("stg_node_type") }}
        where fixed_wall_kw is not null and wall_to_gpu_ratio is not null
    ) as ranked
    where size_index = 1
),

leased as (
    select
        cast(used.hour_at as date) as usage_date,
        'leased' as sourcing,
        used.location,
        used.gpu_model,
        used.workload,
        -- As wide as the shares of owned servers: a union takes the fewer places, and shares would no longer add up.
        cast({{ total("used.gpu_energy_kwh * kinds.wall_to_gpu_ratio"
            ~ " + kinds.fixed_wall_kw / kinds.gpus * used.held_seconds / 3600") }} as decimal(38, 18))
            as wall_energy_kwh
    from used
    inner join kinds
        on used.gpu_model = kinds.gpu_model
    where used.sourcing = 'leased'
    group by cast(used.hour_at as date), used.location, used.gpu_model, used.workload
),

gpu as (
    select
        cast(hour_at as date) as usage_date,
        sourcing,
        location,
        gpu_model,
        workload,
        sum(gpu_energy_kwh) as gpu_energy_kwh
    from used
    group by cast(hour_at as date), sourcing, location, gpu_model, workload
),

embodied as (
    select usage_date, sourcing, location, gpu_model, workload, sum(embodied_kgco2e) as embodied_kgco2e
    from {{ ref("int_workload_embodied_daily") }}
    group by usage_date, sourcing, location, gpu_model, workload
),

together as (
    select
        usage_date, sourcing, location, gpu_model, workload,
        cast(null as decimal(38, 12)) as gpu_energy_kwh,
        wall_energy_kwh,
        facility_energy_kwh,
        operational_kgco2e,
        cast(null as decimal(38, 18)) as embodied_kgco2e
    from owned
    union all
    select usage_date, sourcing, location, gpu_model, workload, null, wall_energy_kwh, null, null, null from leased
    union all
    select usage_date, sourcing, location, gpu_model, workload, gpu_energy_kwh, null, null, null, null from gpu
    union all
    select usage_date, sourcing, location, gpu_model, workload, null, null, null, null, embodied_kgco2e from embodied
)

select
    usage_date,
    sourcing,
    location,
    gpu_model,
    workload,
    sum(gpu_energy_kwh) as gpu_energy_kwh,
    cast(sum(wall_energy_kwh) as decimal(38, 18)) as wall_energy_kwh,
    cast(sum(facility_energy_kwh) as decimal(38, 18)) as facility_energy_kwh,
    cast(sum(operational_kgco2e) as decimal(38, 18)) as operational_kgco2e,
    cast(sum(embodied_kgco2e) as decimal(38, 18)) as embodied_kgco2e
from together
group by usage_date, sourcing, location, gpu_model, workload
