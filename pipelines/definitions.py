"""The one Definitions: what Dagster, its UI and `tenure` run."""

from __future__ import annotations

import dagster as dg

from pipelines.assets import gates, ingest, models, projection, publication, triggers

defs = dg.Definitions(
    assets=[
        ingest.cost_line,
        ingest.gpu_sample,
        ingest.price_point,
        ingest.registers,
        models.marts,
        projection.projections,
        publication.published,
    ],
    asset_checks=[gates.ingest_gate, gates.publish_gate],
    schedules=[triggers.nightly],
    sensors=[triggers.landing_sensor],
    # One process: a step in a process of its own pays for importing Dagster, dbt and Great Expectations again.
    executor=dg.in_process_executor,
)
