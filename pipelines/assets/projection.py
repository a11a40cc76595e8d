"""Projections: scenarios on the realised history."""

from collections.abc import Iterator

import dagster as dg

from pipelines import progress
from pipelines.assets.partitions import AS_OF_TAG, ONE_RUN
from pipelines.contracts import all_contracts
from pipelines.settings import Settings

PROJECTIONS = tuple(table for table in all_contracts() if table.startswith("projections."))


@dg.multi_asset(
    specs=[
        dg.AssetSpec(
            table.split("."),
            deps=[["marts", "fct_workload_tco_daily"], ["marts", "fct_gpu_usage_hourly"], ["raw", "price_point"]],
            description=all_contracts()[table].grain,
        )
        for table in PROJECTIONS
    ],
    backfill_policy=ONE_RUN,
    group_name="projections",
)
def projections(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult[None]]:
    """Whether a shift between leasing and owning would pay off, for each scenario of the home."""
    from pipelines.decide import project_home

    progress.say("projection", "reading scenarios")
    rows = project_home(Settings(), as_of=context.run.tags.get(AS_OF_TAG))
    for table in PROJECTIONS:
        yield dg.MaterializeResult(asset_key=table.split("."), metadata={"rows": rows.get(table, 0)})
