"""The published version: what readers open."""

import dagster as dg

from pipelines import progress
from pipelines.assets.gates import run_as_of
from pipelines.assets.partitions import ONE_RUN
from pipelines.assets.projection import PROJECTIONS
from pipelines.plan import inputs_hash
from pipelines.settings import Settings, code_revision
from pipelines.warehouse import landing, lock
from pipelines.warehouse.publish import publish


@dg.asset(
    key=["published", "tenure"],
    deps=[table.split(".") for table in PROJECTIONS],
    backfill_policy=ONE_RUN,
    group_name="published",
)
def published(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
    """Marts, ledger and projections as one immutable version, switched to atomically."""
    settings = Settings()
    progress.say("publish", "building the version")
    with lock.held(settings.paths, "publish"):
        publication = publish(
            settings,
            as_of=run_as_of(dict(context.run.tags), settings),
            code_revision=code_revision(),
            inputs_hash=inputs_hash(settings.paths, landing.deliveries(settings.paths)),
        )
    return dg.MaterializeResult(
        metadata={"version": publication.version, "rows": dg.MetadataValue.json(publication.rows)}
    )
