-- Energy of owned assets by hour, at the wall and at the facility's meter. What the node's own meter covers of the hour
-- is measured. The rest goes by the next best that is known of it: the GPUs' energy with the part of a server that does
-- not move with them; their utilisation between idle and peak; idle, which it cannot have been below.
with

hours as (
    select
        *,
        cast(usage_date as timestamp) + to_hours(unnest(generate_series(0, 23))) as hour_at
    from {{ ref("int_owned_asset_daily") }}
    where is_live
),

servers as (
    select
        hours.*,
        cast(coalesce(hours.fixed_wall_kw, kinds.fixed_wall_kw) as decimal(18, 9)) as server_kw,
        cast(coalesce(hours.wall_to_gpu_ratio, kinds.wall_to_gpu_ratio) as decimal(9, 6)) as server_ratio,
        -- A node's meter is one machine's: of several assets that claim the host, the first.
        row_number() over (partition by hours.node, hours.hour_at order by hours.gpus desc, hours.asset_id asc)
            as node_index
    from hours
    left join {{ ref("stg_node_type") }} as kinds
        on hours.gpu_model = kinds.gpu_model and hours.gpus = kinds.gpus
),

-- GPU-seconds of the hour, by what is known of them. Busy and idle time is that whose utilisation is known.
devices as (
    select
        asset_id,
        hour_at,
        sum(gpu_energy_kwh) as gpu_energy_kwh,
        {{ total("gpu_part_ratio * covered_seconds") }} as seen_seconds,
        {{ total("gpu_part_ratio * energy_seconds") }} as energy_seconds,
        {{ total("gpu_part_ratio * util_only_seconds") }} as util_only_seconds,
        {{ total("gpu_util_frac * gpu_part_ratio * util_only_seconds") }} as util_only_product,
        {{ total("gpu_part_ratio * util_seconds") }} as util_seconds,
        {{ total("gpu_util_frac * gpu_part_ratio * util_seconds") }} as util_product
    from (
        select
            *,
            busy_seconds + idle_seconds as util_seconds,
            greatest(0, least(busy_seconds + idle_seconds, covered_seconds - energy_seconds)) as util_only_seconds
        from {{ ref("int_gpu_usage_hourly") }}
        where asset_id is not null and {{ in_window("hour_at") }}
    ) as used
    group by asset_id, hour_at
),

known as (
    select
        servers.*,
        coalesce(servers.server_kw, cast(servers.idle_kw as decimal(18, 9))) as base_kw,
        servers.server_kw is not null and servers.server_ratio is not null as has_server,
        devices.gpu_energy_kwh,
        cast(coalesce(meters.covered_seconds, 0) as decimal(18, 9)) as measured_seconds,
        cast(coalesce(meters.wall_energy_kwh, 0) as decimal(18, 9)) as measured_kwh,
        coalesce(devices.seen_seconds, 0) as seen_seconds,
        coalesce(devices.energy_seconds, 0) as energy_seconds,
        coalesce(devices.util_only_seconds, 0) as util_only_seconds,
        coalesce(devices.util_only_product, 0) as util_only_product,
        coalesce(devices.util_seconds, 0) as util_seconds,
        coalesce(devices.util_product, 0) as util_product
    from servers
    left join {{ ref("int_node_power_hourly") }} as meters
        on servers.node = meters.node and servers.hour_at = meters.hour_at and servers.node_index = 1
    left join devices
        on servers.asset_id = devices.asset_id and servers.hour_at = devices.hour_at
),

-- Shares of the server's GPU time, and of the hour.
shares as (
    select
        *,
        cast((3600 - measured_seconds) / 3600.0 as decimal(10, 9)) as rest_frac,
        cast(least(1, seen_seconds / (3600.0 * nullif(gpus, 0))) as decimal(10, 9)) as seen_frac,
        case
            when gpus > 0 and has_server then cast(least(1, energy_seconds / (3600.0 * gpus)) as decimal(10, 9))
            else 0
        end as energy_frac,
        case
            when gpus = 0 then 0
            when has_server then cast(least(1, util_only_seconds / (3600.0 * gpus)) as decimal(10, 9))
            else cast(least(1, util_seconds / (3600.0 * gpus)) as decimal(10, 9))
        end as util_frac,
        coalesce(
            case when has_server then util_only_product / nullif(util_only_seconds, 0) end,
            case when not has_server then util_product / nullif(util_seconds, 0) end,
            0
        ) as gpu_util_frac
    from known
),

parts as (
    select
        *,
        cast(rest_frac * (1 - energy_frac - least(util_frac, 1 - energy_frac)) as decimal(10, 9)) as idle_frac,
        cast(
            case
                when has_server
                    then rest_frac * (
                        energy_frac * server_kw
                        + server_ratio * cast(greatest(0, coalesce(gpu_energy_kwh, 0)) as decimal(38, 9))
                    )
                else 0
            end as decimal(18, 9)
        ) as by_gpu_kwh,
        cast(
            rest_frac * least(util_frac, 1 - energy_frac) * cast(
                idle_kw + (peak_kw - idle_kw) * cast(gpu_util_frac as decimal(10, 9)) as decimal(18, 9)
            ) as decimal(18, 9)
        ) as by_util_kwh
    from shares
),

energy as (
    select
        *,
        cast(idle_frac * idle_kw as decimal(18, 9)) as by_idle_kwh,
        cast(base_kw * measured_seconds / 3600 as decimal(18, 9)) as base_measured_kwh,
        cast(base_kw * rest_frac * energy_frac as decimal(18, 9)) as base_gpu_kwh,
        cast(base_kw * rest_frac * least(util_frac, 1 - energy_frac) as decimal(18, 9)) as base_util_kwh,
        cast(base_kw * idle_frac as decimal(18, 9)) as base_idle_kwh
    from parts
),

split as (
    select
        *,
        cast(measured_kwh + by_gpu_kwh + by_util_kwh + by_idle_kwh as decimal(18, 9)) as wall_energy_kwh,
        cast(
            least(measured_kwh, base_measured_kwh) + least(by_gpu_kwh, base_gpu_kwh)
            + least(by_util_kwh, base_util_kwh) + least(by_idle_kwh, base_idle_kwh)
            as decimal(18, 9)
        ) as fixed_energy_kwh,
        cast(
            greatest(0, measured_kwh - base_measured_kwh) * coalesce(seen_frac, 0)
            + greatest(0, by_gpu_kwh - base_gpu_kwh) + greatest(0, by_util_kwh - base_util_kwh)
            as decimal(18, 9)
        ) as seen_energy_kwh
    from energy
)

select
    split.usage_date,
    split.hour_at,
    split.site_id,
    split.asset_id,
    split.gpu_model,
    split.gpus,
    split.gpu_energy_kwh,
    split.wall_energy_kwh,
    -- Wide, as above for the GPUs: a product of narrow decimals has room for 999 kWh, and one row can be a hall of
    -- machines.
    cast(cast(split.wall_energy_kwh as decimal(38, 9)) * cast(terms.pue_ratio as decimal(9, 6)) as decimal(18, 9))
        as facility_energy_kwh,
    split.measured_kwh as measured_wall_energy_kwh,
    split.fixed_energy_kwh,
    split.seen_energy_kwh,
    cast(split.wall_energy_kwh - split.fixed_energy_kwh - split.seen_energy_kwh as decimal(18, 9))
        as unseen_energy_kwh,
    split.measured_seconds,
    cast(3600 * split.rest_frac * split.energy_frac as decimal(18, 6)) as gpu_energy_seconds,
    cast(3600 * split.rest_frac * least(split.util_frac, 1 - split.energy_frac) as decimal(18, 6)) as util_seconds,
    cast(3600 * split.idle_frac as decimal(18, 6)) as assumed_seconds,
    case
        when split.gpus = 0 and split.measured_seconds = 0 then 'constant'
        else concat_ws(
            ' + ',
            case when split.measured_seconds > 0 then 'measured' end,
            case when split.rest_frac * split.energy_frac > 0 then 'gpu energy' end,
            case when split.rest_frac * least(split.util_frac, 1 - split.energy_frac) > 0 then 'utilisation' end,
            -- A millisecond is rounding.
            case when split.idle_frac > 0.0000003 then 'assumed idle' end
        )
    end as energy_basis
from split
inner join {{ ref("int_owned_site_terms_daily") }} as terms
    on split.usage_date = terms.usage_date and split.site_id = terms.site_id
