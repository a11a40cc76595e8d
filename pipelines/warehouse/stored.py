"""How a contract's rows lie in the warehouse: one table of the contract's name, or a view of it over two.

Belongs here: making, filling and emptying what a contract names, whatever lies behind it. Not here: which rows
(`load`, `tables`).

A contract may say that some of its columns are a series: words that many rows repeat. Text is what writing and reading
costs, so each combination of words is kept once, numbered, in `<table>_series`; the rest of a row lies in
`<table>_point`. Whoever reads the contract's name sees whole rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import duckdb

from pipelines.contracts import Column, Contract
from pipelines.errors import StorageError
from pipelines.sources.sql import quote
from pipelines.warehouse import words

NUMBER: Final = Column("series_number", "BIGINT", "Which series a point is of.", nullable=False)
# Temporary tables: the words of rows that come from no file, and the series' numbers of any words.
_GIVEN, _NUMBERED = "given_words", "numbered_words"


def create(connection: duckdb.DuckDBPyConnection, contract: Contract) -> None:
    """Make what the contract names, where it is not there yet.

    Raises:
        StorageError: an older version kept its rows otherwise.
    """
    if is_of_old(connection, contract):
        raise StorageError(
            f"{contract.table} is kept as an older version of tenure did",
            next_step="run: tenure refresh (everything is loaded again from landing)",
        )
    connection.execute(f"create schema if not exists {contract.table.partition('.')[0]}")
    for table, columns in shapes(contract).items():
        connection.execute(Contract(table, contract.grain, contract.key, columns).ddl())
    if contract.series:
        names = ", ".join(quote(name) for name in contract.names)
        connection.execute(
            f"create view if not exists {contract.table} as select {names} "
            f"from {contract.table_of_rows} inner join {_series(contract)} using ({NUMBER.name})"
        )


def drop(connection: duckdb.DuckDBPyConnection, contract: Contract) -> None:
    """Remove it with all its rows."""
    if contract.series:
        connection.execute(f"drop view if exists {contract.table}")
    for table in shapes(contract):
        connection.execute(f"drop table if exists {table}")


def is_of_old(connection: duckdb.DuckDBPyConnection, contract: Contract) -> bool:
    """Whether a table stands where the contract's view should: DuckDB would make none, and say nothing."""
    return bool(contract.series) and contract.table in tables(connection)


def tables(connection: duckdb.DuckDBPyConnection) -> set[str]:
    """Tables of the warehouse, by schema and name."""
    found = connection.execute(
        "select schema_name || '.' || table_name from duckdb_tables() where database_name = current_database()"
    ).fetchall()
    return {name for (name,) in found}


def shapes(contract: Contract) -> dict[str, tuple[Column, ...]]:
    """The tables behind a contract, with their columns in order."""
    if not contract.series:
        return {contract.table: contract.columns}
    words = tuple(column for column in contract.columns if column.name in contract.series)
    rest = tuple(column for column in contract.columns if column.name not in contract.series)
    return {_series(contract): (NUMBER, *words), contract.table_of_rows: (NUMBER, *rest)}


def add(connection: duckdb.DuckDBPyConnection, contract: Contract, rows: str) -> int:
    """Add rows; how many they were.

    Args:
        connection: the writer's.
        contract: it.
        rows: SELECT of its columns. Of a contract with a series it is run twice, and must give the same rows.
    """
    if not contract.series:
        names = ", ".join(quote(name) for name in contract.names)
        return _inserted(connection, f"insert into {contract.table} select {names} from ({rows}) as given")
    beside = words.tell_apart(connection, f"({rows})", {name: quote(name) for name in contract.series}, {}, _GIVEN)
    rest = ", ".join(f"file.{quote(name)}" for name in contract.names if name not in contract.series)
    return add_by_words(connection, contract, f"select {words.NUMBER}, {rest} from {beside(f'({rows})')}", _GIVEN)


def add_by_words(connection: duckdb.DuckDBPyConnection, contract: Contract, rows: str, table: str) -> int:
    """Add rows of a contract with a series whose words have been told apart; how many they were.

    Args:
        connection: the writer's.
        contract: it.
        rows: SELECT of `word_number` and of its columns outside the series.
        table: its words by that number. Those that no row says leave nothing.
    """
    series, point = _series(contract), contract.table_of_rows
    (last,) = connection.execute(f"select coalesce(max({NUMBER.name}), 0) from {series}").fetchone()  # type: ignore[misc]
    names = ", ".join(quote(name) for name in contract.series)
    # Two spellings of a word in a file may be one to the contract.
    connection.execute(
        f"create or replace temp table {_NUMBERED} as select {words.NUMBER}, {names}, "
        f"{last} + dense_rank() over (order by {names}) as {NUMBER.name} from {quote(table)}"
    )
    rest = ", ".join(f"given.{quote(name)}" for name in contract.names if name not in contract.series)
    added = _inserted(
        connection,
        f"insert into {point} by name select numbered.{NUMBER.name}, {rest} from ({rows}) as given "
        f"inner join {_NUMBERED} as numbered on given.{words.NUMBER} = numbered.{words.NUMBER}",
    )
    connection.execute(
        f"insert into {series} by name select distinct {NUMBER.name}, {names} from {_NUMBERED} "
        f"where {NUMBER.name} in (select distinct {NUMBER.name} from {point} where {NUMBER.name} > {last})"
    )
    connection.execute(f"drop table {_NUMBERED}")
    return added


def delete(
    connection: duckdb.DuckDBPyConnection, contract: Contract, condition: str, parameters: Sequence[object] = ()
) -> None:
    """Delete the rows that meet a condition; of a contract with a series one over the columns of that."""
    if contract.series:
        series = _series(contract)
        connection.execute(
            f"delete from {contract.table_of_rows} "
            f"where {NUMBER.name} in (select {NUMBER.name} from {series} where {condition})",
            parameters,
        )
        connection.execute(f"delete from {series} where {condition}", parameters)
    else:
        connection.execute(f"delete from {contract.table} where {condition}", parameters)


def _inserted(connection: duckdb.DuckDBPyConnection, statement: str) -> int:
    (rows,) = connection.execute(statement).fetchone()  # type: ignore[misc]
    return int(rows)


def _series(contract: Contract) -> str:
    return f"{contract.table}_series"
