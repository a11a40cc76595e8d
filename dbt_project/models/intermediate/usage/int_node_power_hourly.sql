{{ config(materialized="view") }}

-- Energy at the wall. A reading speaks for the time until the next one, cut at the hour, and for no longer than a
-- sample may: a gap is a gap. Where none follows by then, it speaks for as long as it had to be waited for.
with

readings as (
    select
        node,
        sampled_at,
        system_power_w,
        lead(sampled_at) over (partition by node order by sampled_at) as next_at,
        sampled_at - lag(sampled_at) over (partition by node order by sampled_at) as waited,
        interval {{ var("max_sample_seconds") }} second as longest
    from {{ ref("stg_node_power_sample") }}
),

hours as (
    select
        node,
        system_power_w,
        unnest([date_trunc('hour', sampled_at), date_trunc('hour', sampled_at) + interval 1 hour]) as hour_at,
        sampled_at,
        case
            when next_at <= sampled_at + longest then next_at
            else sampled_at + least(longest, coalesce(waited, longest))
        end as until_at
    from readings
),

cut as (
    select
        node,
        hour_at,
        system_power_w,
        epoch(least(until_at, hour_at + interval 1 hour) - greatest(sampled_at, hour_at)) as covered_seconds
    from hours
    where until_at > hour_at and sampled_at < hour_at + interval 1 hour
)

select
    hour_at,
    node,
    {{ total("covered_seconds") }} as covered_seconds,
    {{ total("system_power_w * covered_seconds") }} / {{ total("covered_seconds") }} as wall_power_w,
    {{ total("system_power_w * covered_seconds / 3600000.0e0") }} as wall_energy_kwh,
    count(*) as sample_rows
from cut
where covered_seconds > 0
group by hour_at, node
