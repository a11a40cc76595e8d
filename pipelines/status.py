"""What a home holds: the version that stands, what waits, how fresh the data are, whether the bill closes."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from pipelines.plan import loaded_only
from pipelines.settings import Settings
from pipelines.warehouse import ingest, landing, lock, unpublished
from pipelines.warehouse.connect import reading_published
from pipelines.warehouse.publish import standing
from pipelines.warehouse.tables import query

PUBLISHED = {
    "publication": "select version, cast(as_of_date as varchar) as as_of from meta.publication",
    "deliveries": "select distinct delivery_id from meta.deliveries",
    "freshness": "select * from meta.freshness order by all",
    "reconciliation": """
        select
            source, billing_account_id, status, count(*) as periods, sum(modelled_rows) as line_rows,
            sum(modelled_billed_cost) as billed_cost, sum(unexplained_billed_cost) as unexplained_billed_cost,
            billing_currency
        from meta.reconciliation
        group by all
        order by all
    """,
    "unknown_gpu_sku": "select * from meta.unknown_gpu_sku order by all",
}


def status(settings: Settings) -> dict[str, Any]:
    """The state of a home.

    Returns:
        home, writer (purpose, pid, host and since of a process that writes it; None where none does), version, as_of,
        deliveries (id, source, description), waiting (descriptions), unpublished (what was loaded, and days that were
        begun to be rebuilt, and no version holds), freshness and reconciliation (rows as mappings), unknown_gpu_sku
        (rows). Parts that need a published version are empty before the first; all of them are of one version. How far
        a process is that writes nobody else can tell: all that the version does not hold waits then.
    """
    home = settings.paths
    # Nobody begins to write meanwhile; who writes already may switch versions, at any moment.
    with lock.shared(home) as writer:
        version = _published(settings)
        (publication,) = version["publication"] or [{"version": None, "as_of": None}]
        published = {row["delivery_id"] for row in version["deliveries"]}
        deliveries = landing.deliveries(home)
        waiting = loaded_only(deliveries, [], published) if writer else ingest.pending(settings)
        begun = [] if writer else unpublished.runs(settings)
    return {
        "home": str(home.root),
        "writer": asdict(writer) if writer else None,
        "published_database": str(home.current) if version["publication"] else None,
        **publication,
        "deliveries": [
            {"delivery_id": item.delivery_id, "source": item.source, "description": item.description}
            for item in deliveries
        ],
        "waiting": [delivery.description for delivery in waiting],
        "unpublished": [
            *(delivery.description for delivery in loaded_only(deliveries, waiting, published)),
            *(f"days {run.first} to {run.last}" for run in begun),
        ],
        **{name: version[name] for name in ("freshness", "reconciliation", "unknown_gpu_sku")},
    }


def _published(settings: Settings) -> dict[str, list[dict[str, Any]]]:
    """What is read of the version that stands, by one connection, which stays with it; nothing before the first."""
    if standing(settings.paths) is None:
        return {name: [] for name in PUBLISHED}
    with reading_published(settings) as connection:
        return {name: query(connection, sql).to_dicts() for name, sql in PUBLISHED.items()}
