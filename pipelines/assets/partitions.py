"""How data are cut for backfills, and how a run says what it is about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import dagster as dg

HISTORY_START = "2015-01-01"
# Bills reach to the end of their period, which may be after today.
DAILY = dg.DailyPartitionsDefinition(start_date=HISTORY_START, timezone="UTC", end_offset=62)
BILLING_PERIODS = dg.MonthlyPartitionsDefinition(start_date=HISTORY_START, timezone="UTC", end_offset=3)
# A range is one run: dbt and the loader take a range at once, and a home has one writer.
ONE_RUN = dg.BackfillPolicy.single_run()

AS_OF_TAG = "tenure/as_of"
FULL_REFRESH_TAG = "tenure/full_refresh"
NIGHTLY_TAG = "tenure/nightly"


@dataclass(frozen=True, slots=True)
class Window:
    """Days of a run, half-open."""

    first: date
    last: date


def window(context: dg.AssetExecutionContext) -> Window:
    """The days of the run's partitions."""
    span = context.partition_time_window
    return Window(span.start.date(), span.end.date())


def is_backfill(context: dg.AssetExecutionContext) -> bool:
    """Whether the run reads deliveries again: everything but a nightly, which only loads what is new."""
    return bool(context.run.tags.get(NIGHTLY_TAG) != "true")
