"""How data are cut for backfills, and how a run says what it is about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import dagster as dg
from dagster._core.storage.tags import (
    ASSET_PARTITION_RANGE_END_TAG,
    ASSET_PARTITION_RANGE_START_TAG,
    PARTITION_NAME_TAG,
)

HISTORY_START = "2015-01-01"
# Bills reach to the end of their period, which may be after today.
DAILY = dg.DailyPartitionsDefinition(start_date=HISTORY_START, timezone="UTC", end_offset=62)
BILLING_PERIODS = dg.MonthlyPartitionsDefinition(start_date=HISTORY_START, timezone="UTC", end_offset=3)
# A range is one run: dbt and the loader take a range at once, and a home has one writer.
ONE_RUN = dg.BackfillPolicy.single_run()

AS_OF_TAG = "tenure/as_of"
FULL_REFRESH_TAG = "tenure/full_refresh"
NIGHTLY_TAG = "tenure/nightly"
READ_AGAIN_TAG = "tenure/read_again"


@dataclass(frozen=True, slots=True)
class Window:
    """Days of a run, half-open."""

    first: date
    last: date


def window(context: dg.AssetExecutionContext) -> Window:
    """The days of the run's partitions of the asset that asks; billing periods as whole months."""
    span = context.partition_time_window
    return Window(span.start.date(), span.end.date())


def tagged_window(tags: Mapping[str, str]) -> Window:
    """The days a run is about, from its tags: for a step whose assets are partitioned differently."""
    first = tags.get(ASSET_PARTITION_RANGE_START_TAG) or tags[PARTITION_NAME_TAG]
    last = tags.get(ASSET_PARTITION_RANGE_END_TAG) or first
    return Window(date.fromisoformat(first), date.fromisoformat(last) + timedelta(days=1))


def range_tags(first: date, last: date) -> dict[str, str]:
    """Tags of a partition range over whole days [first, last), begun at a month so that billing periods are whole."""
    return {
        ASSET_PARTITION_RANGE_START_TAG: first.replace(day=1).isoformat(),
        ASSET_PARTITION_RANGE_END_TAG: max(last - timedelta(days=1), first).isoformat(),
    }


def read_again(context: dg.AssetExecutionContext) -> Window | None:
    """The days whose deliveries the run reads again: a backfill's own, none in a nightly, else the partitions."""
    said = context.run.tags.get(READ_AGAIN_TAG)
    if said is not None:
        first, last = map(date.fromisoformat, said.split("/"))
        return Window(first, last)
    return None if context.run.tags.get(NIGHTLY_TAG) == "true" else window(context)
