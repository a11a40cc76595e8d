"""Deliveries into contract tables: whole, in one transaction a delivery, in the provider's order of versions.

A delivery of a "replace" source takes over its scopes (an account's billing period, a register): the rows of the
delivery before go, its ledger row says by whom. An older version that arrives late stays out. A delivery of an
"append" source adds its rows once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

import duckdb

from pipelines.contracts import Contract, all_contracts, contract_for
from pipelines.errors import StorageError
from pipelines.settings import Settings
from pipelines.sources import Source, source_named
from pipelines.sources.model import Contents, Delivery, Reading
from pipelines.sources.sql import literal
from pipelines.warehouse import history, stored
from pipelines.warehouse.connect import as_written, transaction
from pipelines.warehouse.incoming import (
    NO_PERIOD,
    PERIODS,
    Tally,
    added_up,
    check_not_empty,
    check_rejects,
    data_until,
    tally,
)
from pipelines.warehouse.mapped import KEPT, Part, opened, provider_total
from pipelines.warehouse.reader import reading_errors


@dataclass(frozen=True, slots=True)
class Loaded:
    """What one delivery did.

    Attributes:
        delivery: the delivery.
        status: current, or superseded_on_arrival when all its scopes belong to later versions.
        contents: what was in it.
    """

    delivery: Delivery
    status: str
    contents: Contents


def create_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Create every contract table that is not there yet."""
    there = stored.tables(connection)
    for contract in all_contracts().values():
        # A table where a view should be is of an older version, and to be told of.
        if contract.series or contract.table not in there:
            stored.create(connection, contract)


def mark_passed(connection: duckdb.DuckDBPyConnection, code_revision: str, warned: Iterable[str] = ()) -> None:
    """Note that the ingest gate of this code passed all rows there are. What is loaded again loses the note.

    Args:
        connection: the writer's.
        code_revision: hash of the code.
        warned: deliveries left out, since the next gate has to say the same of them again.
    """
    connection.execute(
        "update meta.delivery set passed_code_revision = $code "
        "where passed_code_revision is distinct from $code "
        "and not list_contains(cast($warned as varchar[]), delivery_id)",
        {"code": code_revision, "warned": sorted(warned)},
    )


def load(
    connection: duckdb.DuckDBPyConnection,
    deliveries: Iterable[Delivery],
    settings: Settings,
    *,
    again: bool = False,
    progress: Callable[[Delivery], None] = lambda delivery: None,
) -> list[Loaded]:
    """Load what the ledger does not know yet, each delivery whole or not at all.

    Args:
        connection: the writer's.
        deliveries: in order of arrival.
        settings: threshold of rejected cost.
        again: read deliveries that are in the ledger once more (a backfill); their rows are replaced by what the
            sources make of the same bytes today.
        progress: called before each delivery that is read.

    Raises:
        InputError: a delivery cannot be loaded; those before it stay loaded, it changes nothing.
    """
    create_tables(connection)
    results: list[Loaded] = []
    for delivery in deliveries:
        known = connection.execute(
            "select 1 from meta.delivery where delivery_id = ? limit 1", [delivery.delivery_id]
        ).fetchone()
        if known and not again:
            continue
        progress(delivery)
        try:
            with as_written(connection), transaction(connection):
                results.append(_load_one(connection, delivery, settings))
        except BaseException:
            connection.execute("reset preserve_insertion_order")
            raise
    return results


def _load_one(connection: duckdb.DuckDBPyConnection, delivery: Delivery, settings: Settings) -> Loaded:
    source = source_named(delivery.source)
    contract = contract_for(source.TABLE)
    reading = source.read(delivery)
    scratch = settings.paths.warehouse / "spill"
    places = _places(connection, delivery)
    _forget(connection, delivery, contract)
    with opened(connection, delivery, contract, reading, scratch=scratch, whole=True) as parts:
        kept = _fill(connection, contract, parts)
        # What landing counted is a fact of the bytes. Where as many rows were kept, none was refused, and the files
        # need not be read a second time to know it.
        if delivery.contents is None or kept != delivery.contents.delivered_rows:
            refused = _refuse(connection, delivery, contract, parts, settings)
            _check_kept(delivery, kept, refused.kept)
        else:
            refused = None
            check_not_empty(delivery, parts, kept)
    if reading.provider_total:
        reading = replace(reading, provider_billed_cost=provider_total(connection, reading.provider_total))
    history.note_columns(connection, delivery, reading)
    return _take_over(connection, delivery, source, contract, reading, refused, places)


def _fill(connection: duckdb.DuckDBPyConnection, contract: Contract, parts: Sequence[Part]) -> int:
    """Write the rows to keep straight to where the contract's rows lie; how many they are."""
    kept = 0
    for part in parts:
        # The order of rows costs memory, and says nothing where their numbers come with them.
        connection.execute(f"set preserve_insertion_order = {str(not part.any_order).lower()}")
        with reading_errors(part.name):
            if part.by_words:
                rows = f"select * from ({part.by_words.sql}) where {KEPT}"
                kept += stored.add_by_words(connection, contract, rows, part.by_words.table)
            else:
                kept += stored.add(connection, contract, f"select * from ({part.sql}) where {KEPT}")
    connection.execute("reset preserve_insertion_order")
    return kept


def _check_kept(delivery: Delivery, kept: int, counted: int) -> None:
    """Refuse to go on where rows to keep were not kept: none may be lost without a word.

    Raises:
        StorageError: they differ.
    """
    if kept != counted:
        raise StorageError(
            f"{kept:,} of {counted:,} rows of {delivery.description} were written",
            next_step="run: tenure refresh; if it stays, this is a defect of the source module",
        )


def _refuse(
    connection: duckdb.DuckDBPyConnection,
    delivery: Delivery,
    contract: Contract,
    parts: Sequence[Part],
    settings: Settings,
) -> Tally:
    """Count what is not kept, and list the rejected rows."""
    whole = added_up([tally(connection, contract, part) for part in parts])
    check_not_empty(delivery, parts, whole.delivered)
    check_rejects(connection, contract, parts, whole, settings)
    for part in parts if whole.rejected else ():
        connection.execute(
            "insert into meta.rejected_row by name "
            f"select delivery_id, source_part, source_row, {literal(delivery.source)} as source, "
            "cast(null as varchar) as scope, reject_reason as reason, reject_value as offending_value, "
            f"reject_cost as billed_cost from ({part.sql}) where reject_reason is not null "
            "order by source_part, source_row"
        )
    return whole


@dataclass(frozen=True, slots=True)
class _Scope:
    name: str
    version: str
    rows: int
    billed: Decimal | None
    effective: Decimal | None
    start: object
    end: object
    newest_at: object


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a scope of a delivery stands in the order of versions."""

    status: str
    replaced_by: str | None
    known_to_at: datetime | None


def _places(connection: duckdb.DuckDBPyConnection, delivery: Delivery) -> dict[str, _Place]:
    """What an earlier load of this same delivery settled: read again, it keeps its place."""
    rows = connection.execute(
        "select scope, status, replaced_by, known_to_at from meta.delivery where delivery_id = ?",
        [delivery.delivery_id],
    ).fetchall()
    return {scope: _Place(*place) for scope, *place in rows}


def scope_sql(delivery: Delivery, source: Source) -> str:
    """SQL of what a row's delivery replaces. Shipped reference and a home's own registers stand side by side."""
    if source.MODE == "append":
        return literal(f"{delivery.source}|{delivery.delivery_id}")
    if "origin" in delivery.options:
        return f"({source.SCOPE}) || {literal('|' + delivery.options['origin'])}"
    return source.SCOPE


def _scopes(
    connection: duckdb.DuckDBPyConnection, delivery: Delivery, source: Source, contract: Contract, reading: Reading
) -> list[_Scope]:
    period = PERIODS.get(contract.table, NO_PERIOD)
    has_cost = "billed_cost" in contract.by_name
    version = literal(reading.version) + (f" || coalesce({reading.version_sql}, '')" if reading.version_sql else "")
    # What is appended is one scope: there is nothing to group by, row by row.
    in_scopes = "having count(*) > 0" if source.MODE == "append" else "group by 1 order by 1"
    found = connection.execute(
        f"select {scope_sql(delivery, source)} as scope_name, {version}, count(*), "
        f"{'sum(billed_cost)' if has_cost else 'null'}, "
        f"{'sum(effective_cost)' if contract.table == 'raw.cost_line' else 'null'}, "
        f"{period.start()}, {period.end()}, {data_until(contract)} "
        f"from {contract.table} where delivery_id = ? {in_scopes}",
        [delivery.delivery_id],
    ).fetchall()
    return [_Scope(*row) for row in found]


def _take_over(
    connection: duckdb.DuckDBPyConnection,
    delivery: Delivery,
    source: Source,
    contract: Contract,
    reading: Reading,
    refused: Tally | None,
    places: dict[str, _Place],
) -> Loaded:
    """Give the delivery the scopes it is the latest version of, and write the ledger."""
    scope = scope_sql(delivery, source)
    scopes = _scopes(connection, delivery, source, contract, reading)
    standing = _standing(connection, [item.name for item in scopes])
    lost: list[str] = []
    won: dict[str, list[str]] = {}
    rows: list[tuple[_Scope, _Place]] = []
    for item in scopes or [_empty_scope(delivery, reading)]:
        current = standing.get(item.name)
        place = places.get(item.name)
        order = (item.version, delivery.received_at, delivery.delivery_id)
        if place is None and current is not None and order < current:
            place = _Place("superseded_on_arrival", current[-1], delivery.received_at)
        place = place or _Place("current", None, None)
        if place.status != "current":
            lost.append(item.name)
        elif current is not None:
            won.setdefault(current[-1], []).append(item.name)
        rows.append((item, place))
    for loser, names in won.items():
        _replace(connection, contract, loser, scope, names, delivery)
    if lost:
        _drop(connection, contract, delivery.delivery_id, scope, lost)
    if contract.table == "raw.cost_line" and len(lost) < len(scopes):
        history.remember(connection, delivery, scope, [item.name for item in scopes if item.name not in lost])
    for position, (item, place) in enumerate(rows):
        _record(connection, delivery, contract, reading, item, place, refused if position == 0 else None, len(rows))
    status = "superseded_on_arrival" if len(lost) == len(rows) else "current"
    return Loaded(delivery, status, _contents(delivery, scopes, refused))


def _standing(connection: duckdb.DuckDBPyConnection, scopes: list[str]) -> dict[str, tuple[str, datetime, str]]:
    """What holds scopes now, by what orders deliveries: version, arrival and, of those that came together, id."""
    rows = connection.execute(
        "select scope, provider_version, received_at, delivery_id from meta.delivery "
        "where status = 'current' and list_contains(?, scope)",
        [scopes],
    ).fetchall()
    return {scope: (version, arrived, delivery_id) for scope, version, arrived, delivery_id in rows}


def _contents(delivery: Delivery, scopes: Sequence[_Scope], refused: Tally | None) -> Contents:
    dated = refused or delivery.contents
    billed = [scope.billed for scope in scopes if scope.billed is not None]
    return Contents(
        rows=sum(scope.rows for scope in scopes),
        rejected_rows=refused.rejected if refused else 0,
        left_out_rows=refused.left_out if refused else 0,
        billed_cost=sum(billed, Decimal(0)) if billed else None,
        first_date=dated.first_date if dated else None,
        last_date=dated.last_date if dated else None,
        data_until=dated.data_until if dated else None,
    )


def _empty_scope(delivery: Delivery, reading: Reading) -> _Scope:
    """The ledger's row for a delivery that keeps nothing, as its manifest says it should."""
    return _Scope(f"{delivery.source}|{delivery.delivery_id}|no rows", reading.version, 0, None, None, None, None, None)


def _replace(
    connection: duckdb.DuckDBPyConnection,
    contract: Contract,
    loser: str,
    scope: str,
    names: list[str],
    winner: Delivery,
) -> None:
    _drop(connection, contract, loser, scope, names)
    connection.execute(
        "update meta.delivery set status = 'replaced', replaced_by = ?, known_to_at = ? "
        "where delivery_id = ? and list_contains(?, scope)",
        [winner.delivery_id, winner.received_at, loser, names],
    )


def _drop(
    connection: duckdb.DuckDBPyConnection, contract: Contract, delivery_id: str, scope: str, names: list[str]
) -> None:
    stored.delete(connection, contract, f"delivery_id = ? and list_contains(?, {scope})", [delivery_id, names])


def _record(
    connection: duckdb.DuckDBPyConnection,
    delivery: Delivery,
    contract: Contract,
    reading: Reading,
    scope: _Scope,
    place: _Place,
    refused: Tally | None,
    scopes: int,
) -> None:
    rejected, left_out = (refused.rejected, refused.left_out) if refused else (0, 0)
    row = {
        "delivery_id": delivery.delivery_id,
        "scope": scope.name,
        "kind": delivery.kind,
        "source": delivery.source,
        "table_name": contract.table,
        "provider_version": scope.version,
        "received_at": delivery.received_at,
        "period_start": scope.start,
        "period_end": scope.end,
        "newest_at": scope.newest_at,
        "delivered_rows": scope.rows + rejected + left_out,
        "kept_rows": scope.rows,
        "rejected_rows": rejected,
        "left_out_rows": left_out,
        "billed_cost": scope.billed,
        "effective_cost": scope.effective,
        # A provider's total speaks for the whole delivery; over several scopes it cannot be split.
        "provider_billed_cost": reading.provider_billed_cost if scopes == 1 else None,
        "status": place.status,
        "replaced_by": place.replaced_by,
        "known_to_at": place.known_to_at,
    }
    names = ", ".join(f"? as {name}" for name in row)
    connection.execute(f"insert into meta.delivery by name select {names}", list(row.values()))


def _forget(connection: duckdb.DuckDBPyConnection, delivery: Delivery, contract: Contract) -> None:
    """Drop what an earlier load of this same delivery wrote, so that loading again leaves one copy."""
    stored.delete(connection, contract, "delivery_id = ?", [delivery.delivery_id])
    for table in ("meta.delivery", "meta.rejected_row", history.COLUMNS):
        connection.execute(f"delete from {table} where delivery_id = ?", [delivery.delivery_id])
