"""What is in landing and not yet in the warehouse, by kind; and what a backfill reads again."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path

from pipelines.contracts import all_contracts
from pipelines.settings import BUNDLED, Home, Settings
from pipelines.sources import source_named
from pipelines.sources.model import Delivery
from pipelines.warehouse import landing, lock, stored, unpublished
from pipelines.warehouse.connect import reading_warehouse, writing
from pipelines.warehouse.load import Loaded, load


def known_deliveries(home: Home, settings: Settings) -> set[str]:
    """Ids of the deliveries in the ledger; none before the first load."""
    if not home.database.exists():
        return set()
    with reading_warehouse(settings) as connection:
        exists = connection.execute(
            "select 1 from information_schema.tables where table_schema = 'meta' and table_name = 'delivery'"
        ).fetchone()
        if not exists:
            return set()
        return {row[0] for row in connection.execute("select distinct delivery_id from meta.delivery").fetchall()}


def discard_outdated(settings: Settings) -> bool:
    """Drop a warehouse whose contract tables have another shape than the code's; landing holds all it was made from.

    Returns:
        Whether there was one to drop.
    """
    home = settings.paths
    if not home.database.exists():
        return False
    with reading_warehouse(settings) as connection:
        found: dict[str, list[tuple[str, str]]] = {}
        for schema, table, column, kind in connection.execute(
            "select table_schema, table_name, column_name, data_type from information_schema.columns "
            "order by table_schema, table_name, ordinal_position"
        ).fetchall():
            found.setdefault(f"{schema}.{table}", []).append((column, kind))
        is_of_old = any(stored.is_of_old(connection, contract) for contract in all_contracts().values())
    shapes = {
        table: [(column.name, column.type) for column in columns]
        for contract in all_contracts().values()
        for table, columns in stored.shapes(contract).items()
    }
    # All of them are made together: one that is not there is new since, and deliveries loaded before are not in it.
    is_outdated = is_of_old or (
        not shapes.keys().isdisjoint(found) and any(found.get(table) != shape for table, shape in shapes.items())
    )
    if is_outdated:
        with lock.held(home, "dropping a warehouse of another shape"):
            home.database.unlink()
    return is_outdated


def discard_astray(settings: Settings) -> bool:
    """Drop a warehouse that was filled with other than what landing holds, or not in the order of arrival.

    Other: a record was moved away by hand, a backup of landing was put back, a removal was killed midway. The order:
    what replaced what, and when, is written down as it is loaded. Loaded after what came later, the earlier one
    (`tenure add --received-at`) would never have been known.

    Returns:
        Whether there was one to drop.
    """
    home = settings.paths
    known = known_deliveries(home, settings)
    landed = landing.deliveries(home)
    loaded = [delivery for delivery in landed if delivery.delivery_id in known]
    waiting = [delivery for delivery in landed if delivery.delivery_id not in known]
    is_astray = len(loaded) < len(known) or any(
        later.received_at > earlier.received_at and may_replace(later, earlier)
        for earlier in waiting
        for later in loaded
    )
    if is_astray:
        with lock.held(home, "dropping a warehouse that is not what landing makes"):
            home.database.unlink()
    return is_astray


def may_replace(one: Delivery, other: Delivery) -> bool:
    """Whether one of two deliveries of a source takes rows over: bills of a common day, the same register or rates."""
    if one.source != other.source or source_named(one.source).MODE != "replace":
        return False
    if one.kind != "billing":
        return one.options.get("origin") == other.options.get("origin")
    mine, theirs = one.contents, other.contents
    if not (mine and theirs and mine.first_date and mine.last_date and theirs.first_date and theirs.last_date):
        return False
    return mine.first_date < theirs.last_date and theirs.first_date < mine.last_date


def is_built(settings: Settings) -> bool:
    """Whether models were ever built in the warehouse; not where a run ended while it filled a new one."""
    if not settings.paths.database.exists():
        return False
    with reading_warehouse(settings) as connection:
        return any(table.startswith("marts.") for table in stored.tables(connection))


def pending(settings: Settings) -> list[Delivery]:
    """Deliveries in landing that the ledger does not know, in order of arrival."""
    home = settings.paths
    known = known_deliveries(home, settings)
    return [delivery for delivery in landing.deliveries(home) if delivery.delivery_id not in known]


def add_reference(settings: Settings) -> None:
    """Put the reference registers that ship with tenure into landing, marked so that a home's own rows win."""
    files: list[Path] = sorted((BUNDLED / "reference").glob("*.csv"))
    landed = {file.sha256 for delivery in landing.deliveries(settings.paths) for file in delivery.files}
    # Seldom new: a quiet night need not import the sources to find that out.
    if {landing.sha256(file) for file in files} <= landed:
        return
    landing.add(settings, files, received_at=landing.arrival(settings.paths), options={"origin": "bundled"})


def remove(settings: Settings, delivery_id: str) -> Delivery:
    """Take a delivery out of landing and, where it was loaded, drop the warehouse.

    What it replaced has to come back, and the next refresh rebuilds all from landing. What is published stands until
    then.

    Args:
        settings: the home.
        delivery_id: its id, or the beginning of it.

    Raises:
        UsageError: no delivery, or more than one, has an id that begins so.
    """
    known = known_deliveries(settings.paths, settings)
    delivery = landing.remove(settings.paths, delivery_id)
    if delivery.delivery_id in known:
        settings.paths.database.unlink()
    return delivery


def ingest(
    settings: Settings,
    kind: str,
    *,
    again_from: date | None = None,
    again_to: date | None = None,
    progress: Callable[[Delivery], None] = lambda delivery: None,
) -> list[Loaded]:
    """Load the pending deliveries of a kind and, for a backfill, read those that touch a range of days again.

    Args:
        settings: the home.
        kind: billing, telemetry, prices or registers.
        again_from: first day of a backfill; None for none.
        again_to: first day after it.
        progress: called before each delivery that is read.

    Raises:
        InputError: a delivery cannot be loaded; it changes nothing.
        LockedError: another process writes this home.
        StorageError: landing no longer holds what was delivered.
    """

    def before_reading(delivery: Delivery) -> None:
        progress(delivery)
        landing.check(delivery)

    with lock.held(settings.paths, f"ingest {kind}"):
        waiting = [delivery for delivery in pending(settings) if delivery.kind == kind]
        with writing(settings) as connection:
            loaded = load(connection, waiting, settings, progress=before_reading)
            if again_from is not None and again_to is not None:
                fresh = {item.delivery.delivery_id for item in loaded}
                again = [
                    delivery
                    for delivery in touching(landing.deliveries(settings.paths), again_from, again_to)
                    if delivery.kind == kind and delivery.delivery_id not in fresh
                ]
                unpublished.begin(connection, unpublished.Run(again_from, again_to))
                loaded += load(connection, again, settings, again=True, progress=before_reading)
        return loaded


def touching(deliveries: Iterable[Delivery], first: date, last: date) -> list[Delivery]:
    """Bills and telemetry that hold something of the days [first, last)."""
    return [
        delivery
        for delivery in deliveries
        if delivery.kind in ("billing", "telemetry")
        and delivery.contents is not None
        and delivery.contents.first_date is not None
        and delivery.contents.last_date is not None
        and delivery.contents.first_date < last
        and delivery.contents.last_date > first
    ]
