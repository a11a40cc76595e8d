"""When runs start by themselves: every night in UTC, and when something new is in landing."""

from dataclasses import replace
from datetime import date

import dagster as dg

from pipelines.assets.partitions import (
    AS_OF_TAG,
    DAYS_TAG,
    FULL_REFRESH_TAG,
    NIGHTLY_TAG,
    READ_AGAIN_TAG,
    Window,
    range_tags,
    whole_months,
)
from pipelines.errors import LockedError
from pipelines.plan import Plan, plan
from pipelines.settings import Settings
from pipelines.warehouse import ingest

# Dagster's own job over all assets: the only kind that may hold daily and monthly partitions together.
ALL_ASSETS_JOB = "__ASSET_JOB"


def nightly_tags(todo: Plan) -> dict[str, str]:
    """Tags of the run that carries a plan out."""
    return {
        DAYS_TAG: str(whole_months(todo.from_date, todo.to_date)),
        AS_OF_TAG: todo.as_of.isoformat(),
        FULL_REFRESH_TAG: str(todo.full_refresh).lower(),
        NIGHTLY_TAG: "true",
    }


def backfill_tags(todo: Plan, first: date, last: date) -> dict[str, str]:
    """Tags of the run that reads the days [first, last) again, and carries a plan out where it has something to do."""
    from_date = min(first, todo.from_date) if todo.reasons else first
    to_date = max(last, todo.to_date) if todo.reasons else last
    return {
        **nightly_tags(replace(todo, from_date=from_date, to_date=to_date)),
        READ_AGAIN_TAG: str(Window(first, last)),
    }


def _request(name: str, todo: Plan) -> dg.RunRequest:
    """The run of a plan in Dagster's own log, where its days show as partitions."""
    days = whole_months(todo.from_date, todo.to_date)
    return dg.RunRequest(run_key=f"{name}-{todo.inputs_hash}", tags={**nightly_tags(todo), **range_tags(days)})


@dg.schedule(
    name="nightly", cron_schedule="0 2 * * *", execution_timezone="UTC", job_name=ALL_ASSETS_JOB,
    default_status=dg.DefaultScheduleStatus.STOPPED,
)  # fmt: skip
def nightly(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
    """Every night at 02:00 UTC, as of that day. The clock is read here and nowhere else."""
    day = context.scheduled_execution_time.date()
    try:
        todo = plan(Settings(), as_of=day)
    except LockedError as error:
        # Who writes does most of it anyway, and every plan reaches back to the day that the version speaks for.
        return dg.SkipReason(f"{error.message}; the next night makes it up, or now: tenure refresh --as-of {day}")
    if not todo.reasons:
        return dg.SkipReason("nothing new since the version that stands")
    return _request(f"nightly-{todo.as_of}", todo)


@dg.sensor(name="landing", job_name=ALL_ASSETS_JOB, minimum_interval_seconds=60)
def landing_sensor(context: dg.SensorEvaluationContext) -> dg.RunRequest | dg.SkipReason:
    """A delivery that is in landing and not in the warehouse starts a run."""
    settings = Settings()
    try:
        if not ingest.pending(settings):
            return dg.SkipReason("no delivery is waiting")
        todo = plan(settings)
    except LockedError as error:
        return dg.SkipReason(error.message)
    return _request("landing", todo)
