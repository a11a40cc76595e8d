"""The marts as assets. One dbt invocation a run builds all models; the layers before the marts are dbt's own affair."""

from collections.abc import Iterator, Mapping
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, dbt_assets

from pipelines import progress, transform
from pipelines.assets.gates import INGESTED, run_as_of
from pipelines.assets.partitions import DAILY, ONE_RUN, begin
from pipelines.settings import Settings
from pipelines.warehouse import lock


class Translator(DagsterDbtTranslator):
    """Marts stand under their schema and depend on the raw tables, as the models between are not assets."""

    def get_asset_spec(self, manifest: Mapping[str, Any], unique_id: str, project: Any) -> dg.AssetSpec:
        """The mart's spec with its schema as prefix and the ingested tables as parents."""
        spec = super().get_asset_spec(manifest, unique_id, project)
        properties = manifest["nodes"].get(unique_id)
        if properties is None:
            return spec
        return spec.replace_attributes(
            key=dg.AssetKey([properties["schema"], properties["name"]]),
            deps=[dg.AssetDep(table.split(".")) for table in INGESTED],
            group_name="marts",
            partitions_def=DAILY if properties["config"]["materialized"] == "incremental" else None,
        )


@dbt_assets(
    # Assets are named from dbt's manifest, so it must be there, and of today, before they can be.
    manifest=transform.current_manifest(),
    select="fqn:tenure.marts.*",
    dagster_dbt_translator=Translator(),
    backfill_policy=ONE_RUN,
    name="marts",
)
def marts(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    """Realised cost and use, rebuilt for the run's days and what is due besides."""
    settings = Settings()
    as_of = run_as_of(dict(context.run.tags), settings)
    with lock.held(settings.paths, "dbt"):
        run = begin(settings, context.run.tags, as_of)
        nodes = transform.build(
            settings,
            from_date=run.first,
            to_date=run.last,
            as_of=as_of,
            full_refresh=run.is_full_refresh,
            on_node=lambda unique_id: progress.say("dbt", unique_id.split(".")[2]),
        )
    seconds = {node.unique_id.split(".")[2]: node.seconds for node in nodes}
    outcome = {node.unique_id: node for node in nodes}
    for key in sorted(context.selected_asset_keys):
        yield dg.MaterializeResult(asset_key=key, metadata={"seconds": seconds.get(key.path[-1], 0.0)})
    for spec in context.assets_def.check_specs:
        node = outcome.get(str((spec.metadata or {}).get("dagster_dbt/unique_id")))
        if spec.key in context.selected_asset_check_keys:
            yield dg.AssetCheckResult(
                asset_key=spec.asset_key,
                check_name=spec.name,
                passed=node is None or node.status in ("pass", "success", "warn"),
                metadata={"failures": dg.MetadataValue.int((node.failures or 0) if node else 0)},
            )
