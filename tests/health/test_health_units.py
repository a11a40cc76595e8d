"""A number's name ends in its unit, from the closed list; a fraction is no percentage."""

from __future__ import annotations

import ast
import re

import pytest
from _house import models, modules, texts

from pipelines.contracts import MONEY, all_contracts
from pipelines.units import SUFFIXES, unit_of

NUMBERS = {"BIGINT", "INTEGER", "DOUBLE", MONEY}
# Names that FOCUS gives; the unit stands in the contract, and in a column beside it.
FOCUS = {
    "billed_cost",
    "effective_cost",
    "list_cost",
    "contracted_cost",
    "provider_billed_cost",
    "list_unit_price",
    "contracted_unit_price",
    "pricing_quantity",
    "consumed_quantity",
    "commitment_discount_quantity",
    "contract_commitment_quantity",
    "contract_commitment_cost",
    "pricing_currency_contract_commitment_cost",
}
# No quantities: a place in a file, and what random numbers start from.
NO_QUANTITY = {"source_row", "seed"}
# A value whose unit another column of the row names, under the word `value`.
UNIT_BESIDE = {"unit_name", "measure", "metric"}
TABLES = sorted(all_contracts())


@pytest.mark.parametrize("table", TABLES)
def test_a_number_declares_its_unit_by_its_suffix(table: str) -> None:
    columns = all_contracts()[table].columns
    named_beside = UNIT_BESIDE & {column.name for column in columns}
    wanting = [
        column.name
        for column in columns
        if column.type in NUMBERS
        and unit_of(column.name) is None
        and column.name not in FOCUS | NO_QUANTITY
        and not (named_beside and column.name.split("_")[-1] == "value")
    ]
    assert wanting == []


@pytest.mark.parametrize("table", TABLES)
def test_a_number_without_a_suffix_declares_its_unit_in_words(table: str) -> None:
    wanting = [
        column.name
        for column in all_contracts()[table].columns
        if column.type in NUMBERS and unit_of(column.name) is None and not column.unit
    ]
    assert wanting == []


@pytest.mark.parametrize("table", TABLES)
def test_suffix_and_declared_unit_agree(table: str) -> None:
    differing = [
        (column.name, column.unit, unit_of(column.name))
        for column in all_contracts()[table].columns
        if column.unit and unit_of(column.name) and column.unit != unit_of(column.name)
    ]
    assert differing == []


@pytest.mark.parametrize("table", TABLES)
def test_what_is_no_number_has_no_unit(table: str) -> None:
    odd = [c.name for c in all_contracts()[table].columns if c.type not in NUMBERS and c.unit]
    assert odd == []


@pytest.mark.parametrize("table", TABLES)
def test_a_fraction_lies_between_zero_and_one(table: str) -> None:
    """Where a contract bounds it at all, but for rounding: a share of 5 is a percentage in disguise."""
    odd = [
        (column.name, column.maximum)
        for column in all_contracts()[table].columns
        if column.name.endswith("_frac") and column.maximum is not None and column.maximum > 1.00001
    ]
    assert odd == []


@pytest.mark.parametrize("table", TABLES)
def test_money_of_a_raw_table_is_decimal(table: str) -> None:
    """M01: projections may use doubles, what was billed and bought may not."""
    doubles = [
        column.name
        for column in all_contracts()[table].columns
        if column.type == "DOUBLE" and "usd" in column.name.split("_") and not table.startswith("projections.")
    ]
    assert doubles == []


def test_no_name_in_python_is_a_percentage() -> None:
    percent = re.compile(r"(^|_)pct(_|$)|[a-z]_percent(age)?$", re.I)
    named = {
        f"{module.place}: {name}"
        for module in modules()
        for node in ast.walk(module.tree)
        for name in [getattr(node, "id", None), getattr(node, "arg", None), getattr(node, "attr", None)]
        if isinstance(name, str) and percent.search(name)
    }
    assert named == set()


def test_no_name_in_sql_or_contracts_is_a_percentage() -> None:
    percent = re.compile(r"\b\w*_(?:pct|percent)\b|\bpct\b", re.I)
    named = {f"{name}: {word}" for name, model in models().items() for word in percent.findall(model.sql)}
    named |= {c.name for contract in all_contracts().values() for c in contract.columns if percent.search(c.name)}
    assert named == set()


def test_every_suffix_is_in_use() -> None:
    """A unit nobody writes is a unit nobody checks; assumptions and code count as use."""
    written = " ".join(text for place, text in texts().items() if place != "pipelines/units.py")
    words = set(re.findall(r"[a-z0-9_]+", written))
    unused = [suffix for suffix in SUFFIXES if not any(word.endswith("_" + suffix) for word in words)]
    assert unused == []
