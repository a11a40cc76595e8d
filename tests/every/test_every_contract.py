"""What holds for every table that Python writes."""

from __future__ import annotations

import re

import duckdb
import pytest

from pipelines.contracts import LINEAGE, TYPES, all_contracts

TABLES = sorted(all_contracts())


@pytest.mark.parametrize("table", TABLES)
def test_the_table_can_be_made_and_made_again(table: str) -> None:
    contract = all_contracts()[table]
    with duckdb.connect() as connection:
        connection.execute(f"create schema {table.split('.', maxsplit=1)[0]}")
        connection.execute(contract.ddl())
        connection.execute(contract.ddl())
        made = connection.execute(f"select column_name, column_type from (describe {table})").fetchall()
    assert made == [(column.name, column.type) for column in contract.columns]


@pytest.mark.parametrize("table", TABLES)
def test_a_column_that_may_not_be_null_cannot_be(table: str) -> None:
    contract = all_contracts()[table]
    with duckdb.connect() as connection:
        connection.execute(f"create schema {table.split('.', maxsplit=1)[0]}")
        connection.execute(contract.ddl())
        may = dict(connection.execute(f'select column_name, "null" from (describe {table})').fetchall())
    assert {name for name, answer in may.items() if answer == "NO"} == {
        column.name for column in contract.columns if not column.nullable
    }


@pytest.mark.parametrize("table", TABLES)
def test_the_key_is_made_of_columns_that_are_always_filled(table: str) -> None:
    contract = all_contracts()[table]
    nullable = [name for name in contract.key if contract.by_name[name].nullable]
    assert contract.key
    assert nullable == []


@pytest.mark.parametrize("table", TABLES)
def test_the_grain_is_one_row_per_something(table: str) -> None:
    assert re.fullmatch(r"One row per [^.]+\.", all_contracts()[table].grain)


@pytest.mark.parametrize("table", TABLES)
def test_names_are_snake_case_and_differ(table: str) -> None:
    names = all_contracts()[table].names
    assert [name for name in names if not re.fullmatch(r"[a-z][a-z0-9_]*", name)] == []
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("table", TABLES)
def test_types_are_of_the_closed_list(table: str) -> None:
    assert {column.type for column in all_contracts()[table].columns} <= TYPES


@pytest.mark.parametrize("table", TABLES)
def test_every_column_is_described_in_a_sentence(table: str) -> None:
    wanting = [c.name for c in all_contracts()[table].columns if not re.fullmatch(r"\S.*[.]", c.description)]
    assert wanting == []


@pytest.mark.parametrize("table", [table for table in TABLES if table.startswith("raw.")])
def test_a_delivered_row_says_where_it_came_from_first(table: str) -> None:
    """Promise 3."""
    assert all_contracts()[table].columns[: len(LINEAGE)] == LINEAGE


@pytest.mark.parametrize("table", TABLES)
def test_times_and_dates_are_called_what_they_are(table: str) -> None:
    """`_at` is an instant, `_date` a day, `_month` the first of one; FOCUS's periods start and end."""
    endings = {"TIMESTAMP": ("_at", "_start", "_end"), "DATE": ("_date", "_month")}
    columns = all_contracts()[table].columns
    assert [c.name for c in columns if c.type in endings and not c.name.endswith(endings[c.type])] == []


@pytest.mark.parametrize("table", TABLES)
def test_bounds_are_only_on_numbers_and_words_only_on_text(table: str) -> None:
    wrong = [
        column.name
        for column in all_contracts()[table].columns
        if (column.allowed and column.type != "VARCHAR")
        or ((column.minimum, column.maximum) != (None, None) and column.type in ("VARCHAR", "BOOLEAN", "DATE"))
    ]
    assert wrong == []
