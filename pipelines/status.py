"""What a home holds: the version that stands, what waits, how fresh the data are, whether the bill closes."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from pipelines.plan import loaded_only
from pipelines.settings import Settings
from pipelines.warehouse import ingest, landing, lock, unpublished
from pipelines.warehouse.connect import reading_published
from pipelines.warehouse.publish import published_deliveries, standing
from pipelines.warehouse.tables import query


def status(settings: Settings) -> dict[str, Any]:
    """The state of a home.

    Returns:
        home, writer (purpose, pid, host and since of a process that writes it; None where none does), version, as_of,
        deliveries (id, source, description), waiting (descriptions), unpublished (what was loaded, and days that were
        begun to be rebuilt, and no version holds), freshness and reconciliation (rows as mappings), unknown_gpu_sku
        (rows). Parts that need a published version are empty before the first. How far a process is that writes
        nobody else can tell: all that the version does not hold waits then.
    """
    home = settings.paths
    publication = standing(home)
    deliveries, published = landing.deliveries(home), published_deliveries(settings)
    with lock.shared(home) as writer:
        waiting = loaded_only(deliveries, [], published) if writer else ingest.pending(settings)
        begun = [] if writer else unpublished.runs(settings)
    found: dict[str, Any] = {
        "home": str(home.root),
        "writer": asdict(writer) if writer else None,
        "published_database": str(home.current) if publication else None,
        "version": publication.version if publication else None,
        "as_of": publication.as_of if publication else None,
        "deliveries": [
            {"delivery_id": item.delivery_id, "source": item.source, "description": item.description}
            for item in deliveries
        ],
        "waiting": [delivery.description for delivery in waiting],
        "unpublished": [
            *(delivery.description for delivery in loaded_only(deliveries, waiting, published)),
            *(f"days {run.first} to {run.last}" for run in begun),
        ],
        "freshness": [],
        "reconciliation": [],
        "unknown_gpu_sku": [],
    }
    if publication is None:
        return found
    with reading_published(settings) as connection:
        found["freshness"] = query(connection, "select * from meta.freshness order by all").to_dicts()
        found["reconciliation"] = query(
            connection,
            "select source, billing_account_id, status, count(*) as periods, sum(modelled_rows) as line_rows, "
            "sum(modelled_billed_cost) as billed_cost, sum(unexplained_billed_cost) as unexplained_billed_cost, "
            "billing_currency from meta.reconciliation group by all order by all",
        ).to_dicts()
        found["unknown_gpu_sku"] = query(connection, "select * from meta.unknown_gpu_sku order by all").to_dicts()
    return found
