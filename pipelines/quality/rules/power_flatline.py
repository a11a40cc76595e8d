"""No device draws exactly the same power for hours (G04): a warning.

An exporter that hangs repeats its last values and looks healthy. Power of a working or resting GPU moves by tenths of a
watt; but a driver that rounds to whole watts may stand still on an idle GPU, hence no error. A device whose energy
counter rises meanwhile is alive.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from pipelines.quality.check import BETWEEN, Check, Gate, Look

GATE: Final[Gate] = "ingest"
NEEDS: Final = ("raw.gpu_sample",)

FLAT_HOURS: Final = 6

# Sorting every sample is slow: looked at sample by sample is only what has whole hours at one power, one after another.
# Six hours hold at least five whole ones. An hour without a sample (the coarsest export has one) ends the time.
RUNS: Final = """
    with still_hours as (
        select gpu_uuid, mig_instance, min(value) as power_w, date_trunc('hour', sampled_at) as hour_at
        from raw.gpu_sample
        where metric = 'DCGM_FI_DEV_POWER_USAGE' and sampled_at >= $from_at
        group by gpu_uuid, mig_instance, hour_at
        having min(value) = max(value) and min(value) > 0 and count(value) = count(*)
    ),
    placed as (
        select *, epoch(hour_at) / 3600 - row_number() over (
            partition by gpu_uuid, mig_instance, power_w order by hour_at
        ) as span_index
        from still_hours
    ),
    spans as (
        select gpu_uuid, mig_instance, min(hour_at) as from_at, max(hour_at) as until_at
        from placed
        group by gpu_uuid, mig_instance, power_w, span_index
        having count(*) >= $flat_hours - 1
    ),
    samples as (
        select spans.from_at as span_at, samples.*
        from raw.gpu_sample as samples
        inner join spans
            on samples.gpu_uuid = spans.gpu_uuid
            and samples.mig_instance is not distinct from spans.mig_instance
            and samples.sampled_at >= spans.from_at - interval 1 hour
            and samples.sampled_at < spans.until_at + interval 2 hours
        where
            samples.sampled_at >= $from_at
            and samples.metric in ('DCGM_FI_DEV_POWER_USAGE', 'DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION')
    ),
    power as (
        select *, value is distinct from lag(value) over (
            partition by gpu_uuid, mig_instance, span_at order by sampled_at
        ) as is_new
        from samples
        where metric = 'DCGM_FI_DEV_POWER_USAGE'
    ),
    numbered as (
        select *, count(*) filter (where is_new) over (
            partition by gpu_uuid, mig_instance, span_at order by sampled_at rows unbounded preceding
        ) as run_index
        from power
    ),
    runs as (
        select
            gpu_uuid,
            mig_instance,
            span_at,
            any_value(value) as power_w,
            min(sampled_at) as from_at,
            max(sampled_at) as until_at,
            count(*) as sample_rows,
            (epoch(until_at) - epoch(from_at)) / 3600 as unchanged_hours,
            list(distinct delivery_id) as delivery_ids
        from numbered
        group by gpu_uuid, mig_instance, span_at, run_index
        having unchanged_hours >= $flat_hours
    ),
    alive as (
        select runs.gpu_uuid, runs.from_at
        from runs
        inner join samples
            on runs.gpu_uuid = samples.gpu_uuid
            and runs.mig_instance is not distinct from samples.mig_instance
            and samples.sampled_at between runs.from_at and runs.until_at
        where samples.metric = 'DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION'
        group by runs.gpu_uuid, runs.mig_instance, runs.from_at
        having max(samples.value) > min(samples.value)
    )
"""


def checks(look: Look) -> list[Check]:
    """The longest time a device stood at one power above zero while its energy counter stood too, or it has none."""
    found = look.one(
        f"""
        {RUNS}
        select
            coalesce(max(unchanged_hours), 0) as high,
            cast(coalesce(sum(sample_rows), 0) as bigint) as flat_rows,
            count(distinct gpu_uuid) as devices,
            list_sort(list_distinct(flatten(coalesce(list(delivery_ids), [])))) as delivery_ids,
            max_by(
                gpu_uuid || ' at ' || power_w || ' W from ' || from_at, row(unchanged_hours, gpu_uuid, from_at)
            ) as example
        from (
            select distinct gpu_uuid, mig_instance, from_at, power_w, sample_rows, unchanged_hours, delivery_ids
            from runs
        ) as once
        where not exists (
            select 1 from alive where alive.gpu_uuid = once.gpu_uuid and alive.from_at = once.from_at
        )
        """,
        {"flat_hours": FLAT_HOURS, "from_at": _first_fresh(look)},
    )
    return [
        Check(
            table="raw.gpu_sample",
            column="unchanged_power_hours",
            expectation=BETWEEN,
            evidence=(found["high"], found["high"]),
            expected=f"power of a device changes within {FLAT_HOURS} hours",
            observed=f"{found['devices']:,} devices, longest {found['high']:.1f} hours: {found['example']}"
            if found["devices"]
            else "every device's does",
            unexpected_rows=found["flat_rows"],
            next_step="look whether the exporter on that host hangs; use in those hours is unknown, not what it says",
            parameters={"max_value": FLAT_HOURS, "strict_max": True},
            severity="warning",
            warned=tuple(found["delivery_ids"]),
        )
    ]


def _first_fresh(look: Look) -> datetime:
    """From when on to look: a day before the first sample that no gate has passed, which may go on with a still run."""
    if look.unpassed is None:
        return datetime.min
    found = look.one(
        "select min(period_start) as first_at from meta.delivery "
        "where table_name = 'raw.gpu_sample' and list_contains($fresh, delivery_id)",
        {"fresh": list(look.unpassed)},
    )
    return found["first_at"] or datetime.max
