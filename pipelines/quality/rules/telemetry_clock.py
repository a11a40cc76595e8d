"""Samples were taken in the past, and not before there was anything to sample (G14).

A host whose clock runs ahead, or never was set (1970), puts use on days when there was none.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from pipelines.quality.check import BETWEEN, Check, Gate, Look

GATE: Final[Gate] = "ingest"
NEEDS: Final = ("raw.gpu_sample",)

# No telemetry of data-centre GPUs is older; a clock that was never set stands in 1970 or 2000.
EARLIEST: Final = datetime(2010, 1, 1)
# Zones reach 14 hours; a host that is more than a day ahead is wrong in any of them.
MAX_AHEAD: Final = timedelta(days=1)


# A run may speak for a day in the past, and samples that arrived since are then no fault: the limit of a delivery is
# that day or its arrival, whichever is later.
def _judged(look: Look) -> str:
    return f"""
    with limits as (
        select delivery_id, greatest(cast($as_of as timestamp), max(received_at)) + $ahead as latest_at
        from meta.delivery
        group by delivery_id
    )
    select
        samples.node,
        samples.source_part,
        samples.source_row,
        samples.sampled_at,
        coalesce(limits.latest_at, cast($as_of as timestamp) + $ahead) as latest_at
    from {look.fresh("raw.gpu_sample")} as samples
    left join limits on samples.delivery_id = limits.delivery_id
    """


def checks(look: Look) -> list[Check]:
    """How early samples are, and how far ahead of the day the run speaks for."""
    parameters = {"as_of": look.as_of, "ahead": MAX_AHEAD}
    found = look.one(
        f"""
        select
            min(sampled_at) as earliest_at,
            max(sampled_at) as newest_at,
            max(epoch(sampled_at) - epoch(latest_at)) / 3600 as ahead_hours,
            count(*) filter (where sampled_at < $earliest) as early_rows,
            count(*) filter (where sampled_at > latest_at) as ahead_rows
        from ({_judged(look)}) as judged
        """,
        {**parameters, "earliest": EARLIEST},
    )
    next_step = "set that host's clock, correct the times in the export and add it again"
    early = _example(look, parameters, "sampled_at") if found["early_rows"] else ""
    ahead = _example(look, parameters, "latest_at - sampled_at") if found["ahead_rows"] else ""
    return [
        Check(
            table="raw.gpu_sample",
            column="sampled_at",
            expectation=BETWEEN,
            evidence=(found["earliest_at"], found["newest_at"]),
            expected=f"not before {EARLIEST:%Y}",
            observed=f"{found['early_rows']:,} rows, as {early}" if early else "none is",
            unexpected_rows=found["early_rows"],
            next_step=next_step,
            parameters={"min_value": EARLIEST},
        ),
        Check(
            table="raw.gpu_sample",
            column="sampled_ahead_hours",
            expectation=BETWEEN,
            evidence=(found["ahead_hours"], found["ahead_hours"]),
            expected=f"no sample more than a day after {look.as_of} and after its delivery came in",
            observed=f"{found['ahead_rows']:,} rows, as {ahead}" if ahead else "none is",
            unexpected_rows=found["ahead_rows"],
            next_step=next_step,
            parameters={"max_value": 0},
        ),
    ]


def _example(look: Look, parameters: dict[str, object], order: str) -> str:
    """The first sample in that order, with its host and place."""
    row = look.one(
        f"select * from ({_judged(look)}) as judged order by {order}, source_part, source_row limit 1", parameters
    )
    return f"{row['sampled_at']} of node {row['node'] or 'unknown'} in {row['source_part']} row {row['source_row']}"
