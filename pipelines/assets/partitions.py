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

from pipelines.plan import due
from pipelines.settings import Settings
from pipelines.warehouse import outdated, unpublished
from pipelines.warehouse.connect import writing

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
DAYS_TAG = "tenure/days"


@dataclass(frozen=True, slots=True)
class Window:
    """Days of a run, half-open."""

    first: date
    last: date

    def __str__(self) -> str:
        """As a tag says it."""
        return f"{self.first}/{self.last}"


def _said(tag: str) -> Window:
    return Window(*map(date.fromisoformat, tag.split("/")))


def whole_months(first: date, last: date) -> Window:
    """The days [first, last), at least one, begun at a month's first: billing periods are read whole."""
    return Window(first.replace(day=1), max(last, first + timedelta(days=1)))


def window(context: dg.AssetExecutionContext) -> Window:
    """The days of the run's partitions of the asset that asks; billing periods as whole months."""
    span = context.partition_time_window
    return Window(span.start.date(), span.end.date())


def tagged_window(tags: Mapping[str, str]) -> Window:
    """The days a run is about, from its tags: for a step whose assets are partitioned differently."""
    if DAYS_TAG in tags:
        return _said(tags[DAYS_TAG])
    first = tags.get(ASSET_PARTITION_RANGE_START_TAG) or tags[PARTITION_NAME_TAG]
    last = tags.get(ASSET_PARTITION_RANGE_END_TAG) or first
    return Window(date.fromisoformat(first), date.fromisoformat(last) + timedelta(days=1))


def begin(settings: Settings, tags: Mapping[str, str], as_of: date) -> unpublished.Run:
    """What a run rebuilds, written down before any of it changes (`unpublished`).

    The days of its tags, those that are due of all that is loaded by now, and those that this made outdated.

    Args:
        settings: the home; what waited is loaded, and no model is built yet.
        tags: the run's.
        as_of: the day it speaks for.
    """
    days = tagged_window(tags)
    todo = due(settings, as_of=as_of, anyway=unpublished.Run(days.first, days.last))
    spans = [(todo.from_date, todo.to_date)] if todo.reasons else []
    with writing(settings) as connection:
        spans += filter(None, [outdated.span(connection)])
        for first, last in spans:
            days = whole_months(min(days.first, first), max(days.last, last))
        run = unpublished.Run(days.first, days.last, todo.full_refresh or tags.get(FULL_REFRESH_TAG) == "true")
        unpublished.begin(connection, run)
    return run


def range_tags(days: Window) -> dict[str, str]:
    """Tags of the days as a range of partitions, for a run that Dagster keeps: it shows each of them as made.

    Dagster knows no partition beyond the days ahead that `DAILY` gives it; the run's own days may reach further.
    """
    last = (days.last - timedelta(days=1)).isoformat()
    return {
        ASSET_PARTITION_RANGE_START_TAG: days.first.isoformat(),
        ASSET_PARTITION_RANGE_END_TAG: min(last, DAILY.get_last_partition_key() or last),
    }


def first_day_tag(tags: Mapping[str, str]) -> dict[str, str]:
    """Tag of the first day as the run's partition, for a run whose log nobody keeps.

    Dagster runs nothing partitioned without one, and of a range it writes events for each asset and day, which of years
    takes as long as the models.
    """
    return {PARTITION_NAME_TAG: tagged_window(tags).first.isoformat()}


def read_again(context: dg.AssetExecutionContext) -> Window | None:
    """The days whose deliveries the run reads again: a backfill's own, none in a nightly, else the partitions."""
    tags = context.run.tags
    if READ_AGAIN_TAG in tags:
        return _said(tags[READ_AGAIN_TAG])
    return None if tags.get(NIGHTLY_TAG) == "true" else window(context)
