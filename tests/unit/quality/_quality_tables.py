"""Tables to put gates to the test: contract tables without constraints, and marts with the columns a rule reads."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import duckdb

from pipelines.contracts import TAGS, Column, contract_for
from pipelines.quality.check import Check, look_at
from pipelines.quality.great_expectations_run import judge
from pipelines.quality.rules import all_rules
from pipelines.settings import Settings

AS_OF = date(2026, 9, 1)
HOME = Settings(home=Path("/nowhere/home"))
MARTS = {
    "marts.fct_cost_daily": "charge_date date, sourcing varchar, effective_cost_usd decimal(38,18)",
    "marts.fct_workload_tco_daily": "usage_date date, sourcing varchar, total_cost_usd decimal(38,18)",
    "meta.reconciliation": "scope varchar, status varchar, delivered_billed_cost decimal(38,18), "
    "modelled_billed_cost decimal(38,18), delivered_effective_cost decimal(38,18), "
    "modelled_effective_cost decimal(38,18), provider_difference_billed_cost decimal(38,18), "
    "provider_difference_explanation varchar, is_equal_to_provider boolean",
    "meta.freshness": "kind varchar, source varchar, data_until timestamp",
}


def create(connection: duckdb.DuckDBPyConnection, table: str) -> None:
    """The table, empty; no column is constrained, so that a fault can be put in."""
    connection.execute(f"create schema if not exists {table.split('.', maxsplit=1)[0]}")
    if table in MARTS:
        connection.execute(f"create table if not exists {table} ({MARTS[table]})")
        return
    contract = contract_for(table)
    loose = replace(contract, columns=tuple(replace(column, nullable=True) for column in contract.columns))
    connection.execute(loose.ddl())


def fill(connection: duckdb.DuckDBPyConnection, table: str, *, times: int = 1, **values: object) -> None:
    """Add rows: the given values, something legal in other required columns, null in the rest; keys differ."""
    create(connection, table)
    (before,) = connection.execute(f"select count(*) from {table}").fetchone()
    given = dict(values)
    if table not in MARTS:
        contract = contract_for(table)
        required = {column.name: _legal(column) for column in contract.columns if not column.nullable}
        given = required | values
    names = [name for name in given if name != "source_row" or "source_row" in values]
    columns = [f"cast(? as {_type(table, name)}) as {name}" for name in names]
    if "source_row" in given and "source_row" not in values:
        columns.append(f"{before} + i + 1 as source_row")
    connection.execute(
        f"insert into {table} by name select {', '.join(columns)} from range({times}) as numbers(i)",
        [given[name] for name in names],
    )


def _type(table: str, name: str) -> str:
    if table not in MARTS:
        return contract_for(table).by_name[name].type
    return next(part.split(" ", 1)[1] for part in MARTS[table].split(", ") if part.split(" ")[0] == name)


def _legal(column: Column) -> object:
    if column.allowed:
        return column.allowed[0]
    if column.type == "TIMESTAMP" and column.name.endswith("_end"):
        return datetime(2026, 8, 31)
    number = column.minimum if column.minimum is not None else 1
    by_type = {
        "VARCHAR": column.name,
        "DATE": date(2026, 8, 1),
        "TIMESTAMP": datetime(2026, 8, 1),
        "BOOLEAN": True,
        TAGS: {},
    }
    return by_type.get(column.type, number)


def ask(connection: duckdb.DuckDBPyConnection, rule: str, as_of: date = AS_OF) -> list[tuple[Check, bool]]:
    """The checks of one rule with Great Expectations' verdicts."""
    found = list(all_rules()[rule].checks(look_at(connection, as_of, HOME)))
    return list(zip(found, judge(found), strict=True))


def ask_one(connection: duckdb.DuckDBPyConnection, rule: str, as_of: date = AS_OF) -> tuple[Check, bool]:
    """The only check of a rule with its verdict."""
    ((check, success),) = ask(connection, rule, as_of)
    assert success == (check.unexpected_rows == 0), "verdict and count disagree"
    return check, success
