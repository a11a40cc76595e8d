"""Carrying a plan out in this process, as Dagster runs it."""

from __future__ import annotations

import os
import warnings
from datetime import date

from pipelines import progress
from pipelines.errors import TenureError
from pipelines.plan import Plan
from pipelines.settings import Settings
from pipelines.warehouse import lock
from pipelines.warehouse.publish import Publication, standing


def refresh(settings: Settings, todo: Plan) -> Publication:
    """Run the nightly job for a plan and return the version it published.

    Raises:
        TenureError: what went wrong, as the step said it; what is published stays as it was.
    """
    from pipelines.assets.triggers import nightly_tags

    return _run(settings, nightly_tags(todo), "refresh")


def backfill(settings: Settings, first: date, last: date, todo: Plan) -> Publication:
    """Read the deliveries of the days [first, last) again, rebuild those days and what a plan found due, and publish.

    Raises:
        TenureError: as `refresh`.
    """
    from pipelines.assets.triggers import backfill_tags

    return _run(settings, backfill_tags(todo, first, last), "backfill")


def _run(settings: Settings, tags: dict[str, str], purpose: str) -> Publication:
    # Assets read their settings from the environment, as they do under Dagster's own daemon.
    os.environ["TENURE_HOME"] = str(settings.home)
    progress.say("start", "loading Dagster and dbt")
    warnings.filterwarnings("ignore", category=UserWarning, module="dagster")
    from dagster_shared.utils.warnings import BetaWarning, PreviewWarning

    warnings.filterwarnings("ignore", category=BetaWarning)
    warnings.filterwarnings("ignore", category=PreviewWarning)
    from dagster import DagsterInstance

    from pipelines.assets.partitions import first_day_tag
    from pipelines.definitions import defs

    job = defs.resolve_implicit_global_asset_job_def()
    # Dagster's log on disk takes several commits a partition and event, minutes for a year of days. A run started here
    # is told of by the ledger and the published version; runs that Dagster starts are in its own log.
    with lock.held(settings.paths, purpose), DagsterInstance.ephemeral() as dagster_instance:
        # A step's own error comes out as it is: it says what to do.
        job.execute_in_process(
            instance=dagster_instance,
            tags={**tags, **first_day_tag(tags)},
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        )
    publication = standing(settings.paths)
    if publication is None:
        raise TenureError("the run ended without a publication", next_step="run: tenure refresh --force")
    return publication
