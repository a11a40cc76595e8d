"""The models against a second calculation of the same companies, drawn at random, value by value.

Some dozens of companies with bills, rules, telemetry, schedulers, hardware and contracts of their own stand in one
warehouse and are built by one run of dbt. What each of them ought to cost is worked out again from their raw rows by
the `_expected` modules beside this, and every row of eleven marts is compared, both ways.

A company is drawn from one number, which a failure names. To look at that one alone, or at more than CI does:

    TENURE_COMPANIES=17 pytest tests/integration/second_calculation
    TENURE_COMPANIES=1000-1399 pytest tests/integration/second_calculation
"""

from __future__ import annotations

import os
from dataclasses import dataclass

import pytest
from _expected import Tables, expected
from _marts import MARTS, build_marts, differences, found_in_marts, together
from _random_company import random_company

from pipelines.settings import Settings

CHOICE = "TENURE_COMPANIES"
SEEDS = "0-31"
SHOWN = 20
COMPONENTS = {
    "depreciation", "impairment", "disposal", "cost_of_capital", "implementation", "power", "demand_charge",
    "colocation", "maintenance", "software", "insurance", "staff", "network", "physical_security", "facility",
    "compliance",
}  # fmt: skip
DRIVERS = ("gpu_hours", "direct_cost", "equal", "energy", "tagged_cost", "workload", "none")
WAYS = {
    ("direct", "telemetry", "none"),
    ("direct", "scheduler", "none"),
    ("direct", "billing", "none"),
    ("idle", "telemetry", "none"),
    ("idle", "commitment", "none"),
    ("idle", "none", "none"),
    ("idle", "hours unknown", "none"),
    ("unallocated", "telemetry", "none"),
    ("unallocated", "scheduler", "none"),
    ("unallocated", "billing", "none"),
    ("unallocated", "none", "none"),
    ("over_allocated", "telemetry", "none"),
    ("over_allocated", "scheduler", "none"),
    *(("shared", "driver", driver) for driver in DRIVERS),
}


@dataclass(frozen=True)
class Both:
    """What is expected of all companies, and what the marts say."""

    expected: Tables
    found: Tables


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Both:
    first, _, last = os.environ.get(CHOICE, SEEDS).partition("-")
    companies = [random_company(seed) for seed in range(int(first), int(last or first) + 1)]
    settings = Settings(home=tmp_path_factory.mktemp("companies") / "home", min_free_disk_bytes=0)
    build_marts(settings, companies)
    return Both(together(expected(company) for company in companies), found_in_marts(settings))


@pytest.mark.skipif(CHOICE in os.environ, reason=f"{CHOICE} asks for companies that need not have everything")
def test_the_companies_have_between_them_every_way_to_allocate_every_component_and_every_column(both: Both) -> None:
    """Draws that lost one would go on agreeing."""
    allocated = both.expected["fct_allocated_cost_daily"].items()
    assert {key[5:] for key, cells in allocated if cells["cost_usd"]} >= WAYS
    owned = both.expected["fct_cost_daily"].items()
    assert {component for (_, _, component, _), cells in owned if cells["effective_cost_usd"]} == COMPONENTS
    columns = {(table, column) for table, mart in MARTS.items() for column in (*mart.amounts, *mart.measures)}
    told = {
        (table, column)
        for table, rows in both.expected.items()
        for cells in rows.values()
        for column, value in cells.items()
        if value
    }
    assert columns == told


@pytest.mark.parametrize("table", MARTS)
def test_every_value_is_what_a_second_calculation_gives(both: Both, table: str) -> None:
    compared, wrong = differences(both.expected, both.found, table)
    assert compared, f"no row of {table}"
    more = [f"… and {len(wrong) - SHOWN} more"] if len(wrong) > SHOWN else []
    assert not wrong, "\n".join([f"{len(wrong)} of {compared} values differ", *map(str, wrong[:SHOWN]), *more])
