"""The two gates as blocking asset checks: what fails one is not built upon, or not published."""

from collections.abc import Iterator
from datetime import date
from typing import Literal

import dagster as dg

from pipelines import progress
from pipelines.assets.ingest import REGISTERS, TIMED
from pipelines.assets.partitions import AS_OF_TAG
from pipelines.assets.projection import PROJECTIONS
from pipelines.plan import newest_day
from pipelines.settings import Settings, code_revision
from pipelines.warehouse import landing, lock
from pipelines.warehouse.connect import writing
from pipelines.warehouse.load import mark_passed
from pipelines.warehouse.tables import replace_rows

INGESTED = (*TIMED, *REGISTERS)


def run_as_of(tags: dict[str, str] | object, settings: Settings) -> date:
    """The day a run speaks for: its tag, else the newest day in landing."""
    tag = tags.get(AS_OF_TAG) if isinstance(tags, dict) else None
    return date.fromisoformat(tag) if tag else newest_day(landing.deliveries(settings.paths))


def _gate(
    context: dg.AssetCheckExecutionContext, gate: Literal["ingest", "publish"], tables: tuple[str, ...]
) -> Iterator[dg.AssetCheckResult]:
    from pipelines.quality import raise_on_failure, run_gate

    settings = Settings()
    progress.say(f"{gate} gate", "checking")
    with lock.held(settings.paths, f"{gate} gate"), writing(settings) as connection:
        result = run_gate(connection, gate, as_of=run_as_of(dict(context.run.tags), settings), settings=settings)
        replace_rows(connection, "meta.quality_result", result.results, where={"gate": gate})
        if gate == "ingest" and result.passed:
            mark_passed(connection, code_revision(), result.warned)
    failures = result.failures()
    selected = {key.asset_key.to_user_string().replace("/", ".") for key in context.selected_asset_check_keys}
    # The gate looks at everything, whatever part of it a launch selects; it answers for what was selected.
    for position, table in enumerate(table for table in tables if table in selected):
        about = [text for text in failures if text.startswith(table)]
        # What concerns none of the tables by name is told once, at the first.
        about += [text for text in failures if position == 0 and not text.startswith(tables)]
        yield dg.AssetCheckResult(
            check_name=f"{gate}_gate",
            asset_key=table.split("."),
            passed=not about,
            metadata={"failures": dg.MetadataValue.json(about)},
        )
    raise_on_failure(result)


@dg.multi_asset_check(
    specs=[dg.AssetCheckSpec("ingest_gate", asset=table.split("."), blocking=True) for table in INGESTED],
    can_subset=True,
)
def ingest_gate(context: dg.AssetCheckExecutionContext) -> Iterator[dg.AssetCheckResult]:
    """Great Expectations on what was ingested, before any model is built."""
    yield from _gate(context, "ingest", INGESTED)


@dg.multi_asset_check(
    specs=[dg.AssetCheckSpec("publish_gate", asset=table.split("."), blocking=True) for table in PROJECTIONS],
    can_subset=True,
)
def publish_gate(context: dg.AssetCheckExecutionContext) -> Iterator[dg.AssetCheckResult]:
    """Great Expectations on what was made, before any of it is published."""
    yield from _gate(context, "publish", PROJECTIONS)
