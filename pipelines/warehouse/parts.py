"""Tables of a version by parts: a month of a table by day or hour, any other table whole.

    parquet/<schema>.<table>/<year>-<month>.parquet    rows of that month
    parquet/<schema>.<table>/undated.parquet           rows without a day
    parquet/<schema>.<table>/whole.parquet             a table that is not cut, or holds nothing

Belongs here: which rows are a part, whether its content is another, and writing the parts whose content is. Not here:
which version stands, and where (`publish`).
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import duckdb

from pipelines.sources.sql import literal, quote

SCHEMAS = ("marts", "meta", "projections")
# The loader's own; readers have meta.deliveries, marts.fct_cost_known_daily and meta.delivered_columns.
INTERNAL = frozenset({"meta.delivery", "meta.cost_known_daily", "meta.delivered_column", "meta.unpublished_run"})
WHOLE = "whole"
UNDATED = "undated"


class Mark(NamedTuple):
    """What tells one content of a part from another: as many of the same rows, in any order, have the same."""

    rows: int
    fingerprint: int


Marks = dict[str, Mark]


@dataclass(frozen=True, slots=True)
class Table:
    """A table as the database describes it.

    Attributes:
        schema: its schema.
        name: its name there.
        columns: name and type of each, in order.
    """

    schema: str
    name: str
    columns: tuple[tuple[str, str], ...]

    @property
    def label(self) -> str:
        """As a person writes it."""
        return f"{self.schema}.{self.name}"

    @property
    def day(self) -> str | None:
        """The column by whose month rows are cut: the first date or time, where the name says by day or by hour."""
        if not self.name.endswith(("_daily", "_hourly")):
            return None
        return next((column for column, kind in self.columns if kind in ("DATE", "TIMESTAMP")), None)

    def within(self, catalog: str) -> str:
        """Its name in SQL in one of the databases that are attached."""
        return f"{quote(catalog)}.{quote(self.schema)}.{quote(self.name)}"


def tables(connection: duckdb.DuckDBPyConnection, catalog: str) -> list[Table]:
    """The tables of a database that are published, by name."""
    found = connection.execute(
        "select schema_name, table_name, "
        "list(column_name order by column_index), list(data_type order by column_index) "
        "from duckdb_tables() join duckdb_columns() using (database_name, schema_name, table_name) "
        f"where database_name = {literal(catalog)} and schema_name in {SCHEMAS} group by all order by all"
    ).fetchall()
    described = [Table(schema, name, tuple(zip(columns, types, strict=True))) for schema, name, columns, types in found]
    return [table for table in described if table.label not in INTERNAL]


def count(connection: duckdb.DuckDBPyConnection, catalog: str, table: Table) -> int:
    """Rows of a table."""
    (rows,) = connection.execute(f"select count(*) from {table.within(catalog)}").fetchone()  # type: ignore[misc]
    return int(rows)


def marks(
    connection: duckdb.DuckDBPyConnection, catalog: str, table: Table, parts: Iterable[str] | None = None
) -> Marks:
    """The mark of each part of a table, in one reading of it; of some parts, where they are named.

    A row's hash is hashed once more before hashes are added up: DuckDB combines the columns' by a product and an
    exclusive or, and sums of those can stay the same where two rows swap a value. Minus zero hashes as zero, and is
    written as zero too: sorting makes it one.
    """
    month = "cast(null as date)"
    if table.day:
        month = f"case when {_is_dated(table.day)} then date_trunc('month', {quote(table.day)}) end"
    values = ", ".join(quote(column) for column, _ in table.columns)
    found = connection.execute(
        "select strftime(month, '%Y-%m'), count(*), sum(hash(row_hash)) "
        f"from (select {month} as month, hash({values}) as row_hash from {table.within(catalog)} "
        f"where {'true' if parts is None else _rows_of(table, parts)}) group by month order by month"
    ).fetchall()
    without_month = UNDATED if table.day else WHOLE
    return {part or without_month: Mark(rows, fingerprint) for part, rows, fingerprint in found} or {WHOLE: Mark(0, 0)}


def update(
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    before: Mapping[str, Marks],
    now: Mapping[Table, Marks],
) -> dict[Table, list[str]]:
    """Bring `published` and the Parquet files from one content to that of `warehouse`.

    Args:
        connection: to nothing, with both databases attached.
        folder: where the Parquet files are. One that is there may be shared with another version: it is removed before
            its name is written again, never written to.
        before: marks of the parts that `published` and the folder hold, by the tables' labels.
        now: marks of those of the warehouse.

    Returns:
        The parts that were written.
    """
    held = {table.label: table for table in tables(connection, "published")}
    for label in held.keys() - {table.label for table in now}:
        connection.execute(f"drop table {held[label].within('published')}")
        shutil.rmtree(folder / label, ignore_errors=True)
    written = {}
    for table, current in now.items():
        known = before.get(table.label, {}) if held.get(table.label) == table else {}
        if not known:
            _begin(connection, folder, table)
        _remove(connection, folder, table, [part for part, mark in known.items() if current.get(part) != mark])
        written[table] = [part for part, mark in current.items() if known.get(part) != mark]
        _write(connection, folder, table, written[table])
    return written


def _begin(connection: duckdb.DuckDBPyConnection, folder: Path, table: Table) -> None:
    """Make the table anew, without rows."""
    connection.execute(f"create schema if not exists published.{quote(table.schema)}")
    connection.execute(
        f"create or replace table {table.within('published')} as select * from {table.within('warehouse')} limit 0"
    )
    shutil.rmtree(folder / table.label, ignore_errors=True)
    (folder / table.label).mkdir(parents=True)


def _remove(connection: duckdb.DuckDBPyConnection, folder: Path, table: Table, parts: Sequence[str]) -> None:
    if parts:
        connection.execute(f"delete from {table.within('published')} where {_rows_of(table, parts)}")
    for part in parts:
        _file(folder, table, part).unlink()


def _write(connection: duckdb.DuckDBPyConnection, folder: Path, table: Table, parts: Sequence[str]) -> None:
    if parts:
        connection.execute(
            f"insert into {table.within('published')} select * from {table.within('warehouse')} "
            f"where {_rows_of(table, parts)} order by all"
        )
    for part in parts:
        # Sorted by everything: the same rows give the same bytes, whatever order they were loaded in. Sorted once more,
        # since rows that are filtered out of a table come in pieces of any length, and bytes depend on those.
        connection.execute(
            f"copy (select * from {table.within('published')} where {_rows_of(table, [part])} order by all) "
            f"to {literal(str(_file(folder, table, part)))} (format parquet, compression zstd)"
        )


def _file(folder: Path, table: Table, part: str) -> Path:
    return folder / table.label / f"{part}.parquet"


def _rows_of(table: Table, parts: Iterable[str]) -> str:
    """The condition on the rows of parts: on the column as it is stored, so that other months are not read."""
    if table.day is None:
        return "true"
    day = quote(table.day)
    conditions = {WHOLE: "true", UNDATED: f"not {_is_dated(table.day)}"}
    return " or ".join(conditions.get(part) or _is_in_month(day, part) for part in parts)


def _is_dated(day: str) -> str:
    """SQL of whether a row has a day; that of no end is none."""
    return f"coalesce(isfinite({quote(day)}), false)"


def _is_in_month(day: str, month: str) -> str:
    first = f"date '{month}-01'"
    return f"({day} >= {first} and {day} < cast({first} + interval 1 month as date))"
