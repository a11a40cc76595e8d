"""Four GPUs in colocation: the published table against what its scenario file gives."""

import datetime as dt
from pathlib import Path

import polars as pl
import pytest

from pipelines.projection.assumptions import Assumptions
from pipelines.projection.engine import project
from pipelines.projection.evidence import Evidence
from pipelines.projection.scenario import Scenario

SCENARIO = Path(__file__).parents[2] / "data" / "scenarios" / "four_gpu_colo.yaml"


@pytest.fixture(scope="module")
def tables():
    return project(
        Scenario.load(SCENARIO),
        Evidence(),
        Assumptions.empty(),
        as_of=dt.date(2026, 9, 1),
        code_revision="test",
        warehouse_version="",
    )


@pytest.fixture
def table(golden):
    return golden("four_gpu_colo")


@pytest.fixture
def owned(tables):
    """The result row of owning, by variant."""

    def of(variant: str = "base") -> dict[str, object]:
        summary = tables["projections.strategy_summary"]
        return summary.filter(
            (pl.col("strategy") == "own_colocation") & (pl.col("variant") == variant)
        ).row(0, named=True)  # fmt: skip

    return of


def test_scenario_types_in_the_published_inputs(table):
    given, scenario = table["inputs"], Scenario.load(SCENARIO)
    typed = {key: value.base for key, value in scenario.assumptions.items()}
    assert scenario.workloads[0].gpus == given["gpus"]
    assert typed["accelerator_price_usd"] == given["gpu_usd"]
    assert typed["server_price_usd"] == given["host_usd"]
    assert typed["server_peak_kw"] == typed["server_idle_kw"] == typed["server_contracted_kw"] == given["it_kw"]
    assert typed["pue_ratio"] == given["pue_ratio"]
    assert typed["energy_usd_per_kwh"] == given["usd_per_kwh"]
    assert typed["colocation_usd_per_kw_month"] == given["colo_usd_per_kw_month"]
    assert typed["on_demand_usd_per_gpu_hour"] == given["lease_usd_per_gpu_hour"]
    assert typed["discount_rate_frac_per_year"] == given["discount_rate"]
    assert scenario.horizon_months == typed["hardware_life_months"] == given["life_years"] * 12
    assert scenario.conventions.hours_per_month * 12 == given["hours_per_year"]


def test_capex(table, owned):
    assert owned()["capex_usd_nominal"] == pytest.approx(table["outputs"]["capex_usd"], abs=table["tolerance"]["usd"])


@pytest.mark.parametrize(
    ("component", "printed"), [("power", "energy_usd_per_year"), ("colocation", "colo_usd_per_year")]
)
def test_running_cost_of_a_year(table, tables, component, printed):
    cash = tables["projections.cash_flow_monthly"].filter(
        (pl.col("variant") == "base") & (pl.col("strategy") == "own_colocation") & (pl.col("component") == component)
    )
    year = cash.filter(pl.col("month_index") < 12)["cash_usd_nominal"].sum()
    assert year == pytest.approx(table["outputs"][printed], abs=table["tolerance"]["usd"])


def test_total_cost_of_five_years_and_of_one(table, owned):
    total, tolerance = owned()["total_cost_usd_nominal"], table["tolerance"]["usd"]
    assert total == pytest.approx(table["outputs"]["five_year_tco_usd"], abs=tolerance)
    assert total / 5 == pytest.approx(table["outputs"]["owned_usd_per_year"], abs=tolerance)


def test_break_even_utilisation(table, owned):
    printed, tolerance = table["outputs"]["break_even_utilisation_frac"], table["tolerance"]["frac"]
    assert owned()["break_even_used_frac"] == pytest.approx(printed, abs=tolerance)


def test_owned_cost_of_a_gpu_hour_by_utilisation(table, owned):
    for used, printed in table["owned_usd_per_gpu_hour_by_utilisation"].items():
        variant = "base" if used == 1.0 else f"workloads.utilisation_frac={used:g}"
        found = owned(variant)["levelised_cost_usd_per_gpu_hour"]
        assert found == pytest.approx(printed, abs=table["tolerance"]["usd_per_gpu_hour"]), used


def test_break_even_utilisation_by_lease_price(table, owned):
    base = table["inputs"]["lease_usd_per_gpu_hour"]
    for price, printed in table["break_even_utilisation_by_lease_price"].items():
        variant = "base" if price == base else f"on_demand_usd_per_gpu_hour={price:g}"
        found = owned(variant)["break_even_used_frac"]
        assert found == pytest.approx(printed, abs=table["tolerance"]["frac"]), price


def test_one_way_table(table, owned):
    given, one_way = table["inputs"], table["one_way"]
    keys = {
        "life_years": ("hardware_life_months", 12),
        "gpu_usd": ("accelerator_price_usd", 1),
        "colo_usd_per_kw_month": ("colocation_usd_per_kw_month", 1),
        "usd_per_kwh": ("energy_usd_per_kwh", 1),
    }
    assert keys.keys() == one_way.keys()
    for name, values in one_way.items():
        key, factor = keys[name]
        for value, printed in values.items():
            variant = "base" if value == given[name] else f"{key}={value * factor:g}"
            found = owned(variant)["break_even_used_frac"]
            assert found == pytest.approx(printed, abs=table["tolerance"]["frac"]), (name, value)
