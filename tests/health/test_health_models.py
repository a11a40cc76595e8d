"""What every dbt model carries, and what no SQL may say."""

from __future__ import annotations

import re

import pytest
from _house import MODELS, ROOT, models
from ruamel.yaml import YAML

from pipelines.contracts import all_contracts
from pipelines.units import unit_of
from pipelines.warehouse.parts import Table

MODEL_NAMES = sorted(models())
MART_NAMES = sorted(name for name, model in models().items() if model.layer == "marts")
NUMBERS = ("double", "decimal", "bigint", "integer", "hugeint", "float", "smallint")
FOCUS_COSTS = ("billed_cost", "effective_cost", "list_cost", "contracted_cost")
# The unit stands before what the hours were; published names.
UNIT_FIRST = {"gpu_hours_paid", "gpu_hours_allocated", "gpu_hours_busy", "gpu_hours_measured"}


@pytest.mark.parametrize("name", MODEL_NAMES)
def test_a_model_has_its_properties_beside_it(name: str) -> None:
    assert models()[name].properties != {}


@pytest.mark.parametrize("name", MODEL_NAMES)
def test_a_description_ends_with_the_grain(name: str) -> None:
    description = " ".join(models()[name].properties["description"].split())
    assert re.search(r"(^|[.:)] )One row per [^.]+\.$", description), description


@pytest.mark.parametrize("name", MODEL_NAMES)
def test_the_key_of_the_grain_is_named(name: str) -> None:
    """And with that held: dbt fills no table without asking."""
    assert models()[name].properties["config"]["unique_key"] != []


@pytest.mark.parametrize("name", MODEL_NAMES)
def test_sql_reads_no_clock(name: str) -> None:
    """A build does not depend on the day it runs."""
    clock = re.compile(r"\b(now|today|getdate|get_current_timestamp)\s*\(|\bcurrent_(date|time|timestamp)\b", re.I)
    assert clock.findall(models()[name].code) == []


@pytest.mark.parametrize("name", MODEL_NAMES)
def test_sql_is_portable_where_it_costs_nothing(name: str) -> None:
    """No `::`, no `group by all`; money is never made a double."""
    code = models()[name].code.lower()
    assert re.findall(r"::|group by all|cast\([^()]*(?:_usd|_cost) as (?:double|float)\)", code) == []


@pytest.mark.parametrize("name", MART_NAMES)
def test_every_column_of_a_mart_is_described_and_typed(name: str) -> None:
    columns = models()[name].properties["columns"]
    assert [column["name"] for column in columns if not column.get("description") or not column.get("data_type")] == []


@pytest.mark.parametrize("name", MART_NAMES)
def test_money_of_a_mart_is_decimal(name: str) -> None:
    """M01."""
    money = re.compile(r"(_usd|_cost|^billed_cost|^effective_cost|usd_per_\w+)$")
    wrong = {
        column: kind
        for column, kind in models()[name].columns.items()
        if money.search(column) and kind != "decimal(38,18)"
    }
    assert wrong == {}


@pytest.mark.parametrize("name", MART_NAMES)
def test_a_number_of_a_mart_says_its_unit(name: str) -> None:
    """By its suffix, as its contract declares, or in the billing currency of the row."""
    declared = {column.name for contract in all_contracts().values() for column in contract.columns if column.unit}
    columns = models()[name].columns
    unknown = [
        column
        for column, kind in columns.items()
        if kind.split("(")[0] in NUMBERS
        and unit_of(column) is None
        and column not in declared | UNIT_FIRST
        and not column.endswith(FOCUS_COSTS)
    ]
    assert unknown == []


def test_every_property_file_describes_the_one_model_beside_it() -> None:
    """A model that was renamed leaves no description behind."""
    stray = []
    for path in sorted(MODELS.rglob("*.yml")):
        if path.name == "sources.yml":
            continue
        names = [item["name"] for item in YAML(typ="safe").load(path)["models"]]
        if names != [path.stem] or not path.with_suffix(".sql").exists():
            stray.append(path.relative_to(ROOT).as_posix())
    assert stray == []


def test_every_singular_test_says_what_a_returned_row_means() -> None:
    silent = [
        path.name
        for path in (ROOT / "dbt_project/tests").glob("*.sql")
        if not path.name.startswith("assert_") or not path.read_text().startswith("-- A returned row is ")
    ]
    assert silent == []


def test_every_model_is_read_or_published() -> None:
    """An intermediate or staging model that nothing reads is dead."""
    tests = "".join(path.read_text() for path in (ROOT / "dbt_project/tests").glob("*.sql"))
    read = {name for model in models().values() for name in model.refs} | set(re.findall(r'ref\("(\w+)"\)', tests))
    assert [name for name, model in models().items() if model.layer != "marts" and name not in read] == []


def test_every_component_of_owned_cost_is_added_up() -> None:
    """A component is a model of the folder that names one, after itself; dbt needs a line of it where they meet."""
    named = {
        name: found[1]
        for name, model in models().items()
        if model.path.parent.name == "owned" and (found := re.search(r"'(\w+)' as component\b", model.code))
    }
    assert {f"int_owned_{component}_daily" for component in named.values()} == set(named)
    assert set(models()["int_owned_cost_daily"].refs) == set(named)


@pytest.mark.parametrize("name", [name for name in MART_NAMES if "window_column" in models()[name].sql])
def test_a_mart_that_is_rebuilt_by_days_is_published_by_their_months(name: str) -> None:
    """By its name and its columns; otherwise each night would publish all of it again."""
    model = models()[name]
    table = Table("marts", name, tuple((column, kind.upper()) for column, kind in model.columns.items()))
    assert [table.day] == re.findall(r'"window_column": "(\w+)"', model.sql)
