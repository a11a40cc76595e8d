"""Deliveries into contract tables: whole, in one transaction a delivery, in the provider's order of versions.

A delivery of a "replace" source takes over its scopes (an account's billing period, a register): the rows of the
delivery before go, its ledger row says by whom. An older version that arrives late stays out. A delivery of an
"append" source adds its rows once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal

import duckdb

from pipelines.contracts import Contract, all_contracts, contract_for
from pipelines.settings import Settings
from pipelines.sources import Source, source_named
from pipelines.sources.model import Contents, Delivery, Reading
from pipelines.sources.sql import literal, quote
from pipelines.warehouse.incoming import (
    INCOMING,
    NO_PERIOD,
    PERIOD_COLUMNS,
    check_not_empty,
    check_rejects,
    collect,
    contents,
)


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
    for contract in all_contracts().values():
        connection.execute(f"create schema if not exists {contract.table.split('.')[0]}")
        connection.execute(contract.ddl())


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
        connection.execute("begin")
        try:
            results.append(_load_one(connection, delivery, settings))
            connection.execute(f"drop table {INCOMING}")
            connection.execute("commit")
        except BaseException:
            connection.execute("rollback")
            raise
    return results


def _load_one(connection: duckdb.DuckDBPyConnection, delivery: Delivery, settings: Settings) -> Loaded:
    source = source_named(delivery.source)
    contract = contract_for(source.TABLE)
    reading = source.read(delivery)
    collect(connection, delivery, source, contract, reading)
    check_not_empty(connection, delivery, reading)
    check_rejects(connection, delivery, reading, settings)
    return _take_over(connection, delivery, source, contract, reading)


@dataclass(frozen=True, slots=True)
class _Scope:
    name: str
    version: str
    rows: int
    billed: Decimal | None
    effective: Decimal | None
    start: object
    end: object


def _scope_sql(delivery: Delivery, source: Source) -> str:
    """SQL of what a row's delivery replaces. Shipped reference and a home's own registers stand side by side."""
    if source.MODE == "append":
        return literal(f"{delivery.source}|{delivery.delivery_id}")
    if "origin" in delivery.options:
        return f"({source.SCOPE}) || {literal('|' + delivery.options['origin'])}"
    return source.SCOPE


def _scopes(
    connection: duckdb.DuckDBPyConnection, delivery: Delivery, source: Source, contract: Contract, reading: Reading
) -> list[_Scope]:
    scope = _scope_sql(delivery, source)
    start, end = PERIOD_COLUMNS.get(contract.table, NO_PERIOD)
    has_cost = "billed_cost" in contract.by_name
    version = f"{literal(reading.version)}" + (
        f" || coalesce({reading.version_sql}, '')" if reading.version_sql else ""
    )
    found = connection.execute(
        f"select {scope} as scope_name, {version}, count(*), {'sum(billed_cost)' if has_cost else 'null'}, "
        f"{'sum(effective_cost)' if has_cost else 'null'}, cast(min({start}) as timestamp), "
        f"cast(max({end}) as timestamp) from {INCOMING} where reject_reason is null group by 1 order by 1"
    ).fetchall()
    return [_Scope(*row) for row in found]


def _take_over(
    connection: duckdb.DuckDBPyConnection, delivery: Delivery, source: Source, contract: Contract, reading: Reading
) -> Loaded:
    """Give the delivery the scopes it is the latest version of, and write the ledger."""
    scopes = _scopes(connection, delivery, source, contract, reading)
    (rejected,) = connection.execute(  # type: ignore[misc]
        f"select count(*) from {INCOMING} where reject_reason is not null"
    ).fetchone()
    if not scopes and not rejected:
        scopes = [_empty_scope(delivery, reading)]
    before = {
        scope: (replaced_by, status)
        for scope, replaced_by, status in connection.execute(
            "select scope, replaced_by, status from meta.delivery where delivery_id = ?", [delivery.delivery_id]
        ).fetchall()
    }
    _forget(connection, delivery, contract)
    winners: list[str | None] = []
    for position, scope in enumerate(scopes):
        current = connection.execute(
            "select delivery_id, provider_version from meta.delivery where scope = ? and status = 'current'",
            [scope.name],
        ).fetchone()
        # Read again, a delivery keeps its place: only its first arrival settles who is the latest.
        if scope.name in before:
            winner, status = before[scope.name]
        elif current is not None and scope.version < current[1]:
            winner, status = current[0], "superseded_on_arrival"
        else:
            winner, status = None, "current"
        if winner is None:
            if current is not None:
                _replace(connection, contract, current[0], _scope_sql(delivery, source), scope.name, delivery)
            _keep(connection, contract, _scope_sql(delivery, source), scope.name)
        winners.append(winner)
        lost = rejected if position == 0 else 0
        _record(connection, delivery, contract, reading, scope, winner, status, lost, len(scopes))
    connection.execute(
        "insert into meta.rejected_row by name "
        f"select delivery_id, source_part, source_row, {literal(delivery.source)} as source, "
        "cast(null as varchar) as scope, reject_reason as reason, reject_value as offending_value, "
        f"reject_cost as billed_cost from {INCOMING} where reject_reason is not null order by source_part, source_row"
    )
    return Loaded(delivery, "current" if None in winners else "superseded_on_arrival", contents(connection, contract))


def _empty_scope(delivery: Delivery, reading: Reading) -> _Scope:
    """The ledger's row for a delivery that is empty, as its manifest says it should be."""
    return _Scope(f"{delivery.source}|{delivery.delivery_id}|no rows", reading.version, 0, None, None, None, None)


def _replace(
    connection: duckdb.DuckDBPyConnection,
    contract: Contract,
    loser: str,
    scope_sql: str,
    scope: str,
    winner: Delivery,
) -> None:
    connection.execute(f"delete from {contract.table} where delivery_id = ? and {scope_sql} = ?", [loser, scope])
    connection.execute(
        "update meta.delivery set status = 'replaced', replaced_by = ? where delivery_id = ? and scope = ?",
        [winner.delivery_id, loser, scope],
    )


def _keep(connection: duckdb.DuckDBPyConnection, contract: Contract, scope_sql: str, scope: str) -> None:
    names = ", ".join(quote(name) for name in contract.names)
    connection.execute(
        f"insert into {contract.table} select {names} from {INCOMING} where reject_reason is null and {scope_sql} = ?",
        [scope],
    )


def _record(
    connection: duckdb.DuckDBPyConnection,
    delivery: Delivery,
    contract: Contract,
    reading: Reading,
    scope: _Scope,
    winner: str | None,
    status: str,
    rejected: int,
    scopes: int,
) -> None:
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
        "delivered_rows": scope.rows + rejected,
        "kept_rows": scope.rows,
        "rejected_rows": rejected,
        "billed_cost": scope.billed,
        "effective_cost": scope.effective,
        # A provider's total speaks for the whole delivery; over several scopes it cannot be split.
        "provider_billed_cost": reading.provider_billed_cost if scopes == 1 else None,
        "status": status,
        "replaced_by": winner,
    }
    names = ", ".join(f"? as {name}" for name in row)
    connection.execute(f"insert into meta.delivery by name select {names}", list(row.values()))


def _forget(connection: duckdb.DuckDBPyConnection, delivery: Delivery, contract: Contract) -> None:
    """Drop what an earlier load of this same delivery wrote, so that loading again leaves one copy."""
    connection.execute(f"delete from {contract.table} where delivery_id = ?", [delivery.delivery_id])
    for table in ("meta.delivery", "meta.rejected_row"):
        connection.execute(f"delete from {table} where delivery_id = ?", [delivery.delivery_id])
