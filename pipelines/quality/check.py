"""The words of the gates: a check with the evidence that decides it, and what a rule may look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, Final, Literal

from pipelines.contracts import all_contracts, contract_for
from pipelines.settings import code_revision
from pipelines.sources.sql import literal

if TYPE_CHECKING:
    import duckdb

    from pipelines.settings import Settings

Gate = Literal["ingest", "publish"]
Severity = Literal["error", "warning"]

# The Great Expectations types in use.
NOT_NULL: Final = "expect_column_values_to_not_be_null"
BETWEEN: Final = "expect_column_values_to_be_between"
IN_SET: Final = "expect_column_values_to_be_in_set"
UNIQUE: Final = "expect_column_values_to_be_unique"


@dataclass(frozen=True, slots=True)
class Check:
    """One expectation of one column, and what the table shows about it.

    Attributes:
        table: table checked.
        column: column, or the quantity made of several; unique with `table` and `expectation` in its gate.
        expectation: Great Expectations type, as `BETWEEN`.
        evidence: two values of the column that decide the whole column: its lowest and highest, a missing one where one
            is missing, one outside the list where there is one, a key twice where it stands twice.
        expected, observed: what should be and what is, for people.
        unexpected_rows: rows (or groups, where the column is a quantity of groups) against the expectation.
        next_step: what the person should do when it does not hold.
        parameters: of the expectation, beside the column.
        severity: an error closes the gate, a warning is kept and shown.
        warned: deliveries whose fresh rows a warning is about. They stay fresh, so that it is told until they are gone.
    """

    table: str
    column: str
    expectation: str
    evidence: tuple[object, object]
    expected: str
    observed: str
    unexpected_rows: int
    next_step: str
    parameters: Mapping[str, object] = field(default_factory=dict)
    severity: Severity = "error"
    warned: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Look:
    """What a gate looks at.

    Attributes:
        connection: to the warehouse; only read.
        as_of: the day the run speaks for.
        settings: the home, for next steps.
        rows: rows of every table there is.
        unpassed: deliveries that hold a scope and whose rows no ingest gate of this code has passed; None where there
            is no ledger to tell, and all rows are to be looked at.
    """

    connection: duckdb.DuckDBPyConnection
    as_of: date
    settings: Settings
    rows: Mapping[str, int]
    unpassed: tuple[str, ...] | None = None

    def fresh(self, table: str) -> str:
        """SQL of the rows of a table of files that no gate has passed yet, as far as their deliveries tell.

        Rows of files are never changed: what passed passes again, and a night need not read all that was ever billed.
        """
        if self.unpassed is None:
            return table
        ids = ", ".join(map(literal, self.unpassed))
        return f"(select * from {table} where {f'delivery_id in ({ids})' if ids else 'false'})"

    def one(self, sql: str, parameters: object = None) -> dict[str, Any]:
        """The only row of a query, by column name."""
        return self.all(sql, parameters)[0]

    def all(self, sql: str, parameters: object = None) -> list[dict[str, Any]]:
        """The rows of a query that gives few, by column name."""
        cursor = self.connection.execute(sql, parameters)
        names = [column[0] for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def look_at(connection: duckdb.DuckDBPyConnection, as_of: date, settings: Settings) -> Look:
    """A look at the warehouse behind the connection."""
    # What was delivered goes by the contracts' names, whether they are tables or views.
    delivered = ", ".join(literal(table) for table in all_contracts() if table.startswith("raw."))
    tables = connection.execute(
        "select table_schema || '.' || table_name, table_type = 'VIEW' from information_schema.tables "
        "where table_catalog = current_database() and (table_type = 'BASE TABLE' and table_schema in "
        f"('meta', 'marts', 'projections') or table_schema || '.' || table_name in ({delivered}))"
    ).fetchall()
    if not tables:
        return Look(connection, as_of, settings, {})
    # A view is counted by the table that holds its rows: DuckDB knows how many those are.
    held = [contract_for(table).table_of_rows if is_view else table for table, is_view in tables]
    counts = ", ".join(f"(select count(*) from {table})" for table in held)
    found = connection.execute(f"select {counts}").fetchone() or ()
    rows = {table: count for (table, _), count in zip(tables, found, strict=True)}
    return Look(connection, as_of, settings, rows, _unpassed(connection) if rows.get("meta.delivery") else None)


def _unpassed(connection: duckdb.DuckDBPyConnection) -> tuple[str, ...]:
    found = connection.execute(
        "select distinct delivery_id from meta.delivery "
        "where status = 'current' and passed_code_revision is distinct from ? order by delivery_id",
        [code_revision()],
    ).fetchall()
    return tuple(delivery_id for (delivery_id,) in found)
