-- What two readings of a counter tell is of all the time between them. Where samples without a reading lie in it, of a
-- log of power beside the scrapes or of a scrape that came back blank, each has its part by time, and its own power is
-- not added. They are looked for where a device has such samples at all. Of an instance that is counted from what its
-- GPU showed last, samples before that have no part.
with

intervals as (
    select
        device_index,
        sampled_at,
        covered_seconds,
        is_counted,
        gpu_counted_at,
        counted_energy_kwh,
        energy_seconds,
        sum(case when is_counted then 1 else 0 end) over (
            partition by device_index order by sampled_at rows between current row and unbounded following
        ) as span_index
    from {{ ref("int_gpu_interval") }}
    where
        device_index in (
            select device_index
            from {{ ref("int_gpu_interval") }}
            group by device_index
            having bool_or(is_counted) and not bool_and(is_counted)
        )
),

counted as (
    select *
    from intervals
    qualify
        coalesce(
            sampled_at > max(case when is_counted then gpu_counted_at end) over (partition by device_index, span_index),
            true
        )
),

spans as (
    select
        *,
        count(*) over span as samples_count,
        cast({{ total("covered_seconds") }} over span as double) as span_seconds,
        max(counted_energy_kwh) over span as span_energy_kwh,
        max(case when counted_energy_kwh is not null then energy_seconds end) over span as span_energy_seconds
    from counted
    window span as (partition by device_index, span_index)
)

select
    device_index,
    sampled_at,
    span_energy_kwh * covered_seconds / span_seconds as counted_energy_kwh,
    greatest(span_seconds, span_energy_seconds) * covered_seconds / span_seconds as energy_seconds
from spans
where samples_count > 1 and span_energy_kwh is not null and span_seconds > 0
