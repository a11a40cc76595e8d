"""Rows that Python makes into contract tables, and rows out of them as frames."""

from __future__ import annotations

from collections.abc import Mapping

import duckdb
import polars as pl

from pipelines.contracts import all_contracts, contract_for
from pipelines.errors import UsageError
from pipelines.sources.sql import quote
from pipelines.warehouse import stored
from pipelines.warehouse.connect import transaction


def replace_rows(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    frame: pl.DataFrame,
    *,
    where: Mapping[str, str] | None = None,
) -> None:
    """Put `frame` in place of the table's rows, in one transaction.

    A table that is replaced whole is made anew, so that one written by an earlier version takes today's columns.

    Args:
        connection: the writer's.
        table: contract table, `schema.name`.
        frame: the contract's columns, in any order.
        where: replace only rows with these values.
    """
    contract = contract_for(table)
    condition = " and ".join(f"{quote(name)} = ?" for name in where or {}) or "true"
    columns = ", ".join(
        f"cast({quote(column.name)} as {column.type}) as {quote(column.name)}" for column in contract.columns
    )
    with transaction(connection):
        if where is None:
            stored.drop(connection, contract)
        stored.create(connection, contract)
        stored.delete(connection, contract, condition, list((where or {}).values()))
        connection.register("frame_rows", frame.to_arrow())
        stored.add(connection, contract, f"select {columns} from frame_rows")
        connection.unregister("frame_rows")


def drop_undeclared(connection: duckdb.DuckDBPyConnection, schema: str) -> None:
    """Remove the tables of a schema that no contract declares: an earlier version wrote them, nothing will again.

    Args:
        connection: the writer's.
        schema: one that only Python writes, or a table of someone else's would go.
    """
    found = connection.execute(
        "select table_name from information_schema.tables where table_schema = ? order by table_name", [schema]
    ).fetchall()
    for (name,) in found:
        if f"{schema}.{name}" not in all_contracts():
            connection.execute(f"drop table {quote(schema)}.{quote(name)}")


def query(connection: duckdb.DuckDBPyConnection, sql: str) -> pl.DataFrame:
    """The result of a query as a frame."""
    return connection.sql(sql).pl()


def ask(connection: duckdb.DuckDBPyConnection, sql: str) -> pl.DataFrame:
    """The result of a query that a person typed.

    Raises:
        UsageError: DuckDB refuses it.
    """
    try:
        return query(connection, sql)
    except duckdb.Error as error:
        raise UsageError(str(error).splitlines()[0], next_step="mend the query; see: tenure status") from error
