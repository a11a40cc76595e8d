"""Which number is used, and what the conventions make of it."""

import datetime as dt
from pathlib import Path

import polars as pl
import pytest

from pipelines.projection.assumptions import Assumptions
from pipelines.projection.engine import project
from pipelines.projection.evidence import Evidence

AS_OF = dt.date(2026, 9, 1)
SHIPPED = Path(__file__).parents[3] / "data" / "assumptions"


@pytest.fixture
def with_files(scenario):
    """Projects a scenario that leaves the rest to the assumption files."""

    def make(changes, **numbers):
        question = scenario({"stand_alone": False} | changes, **numbers)
        files = Assumptions.load(SHIPPED)
        return project(question, Evidence(), files, as_of=AS_OF, code_revision="", warehouse_version="")

    return make


def cash(tables, component, strategy="own_colocation"):
    of_one = tables["projections.cash_flow_monthly"].filter(
        (pl.col("component") == component) & (pl.col("strategy") == strategy)
    )
    return of_one["cash_usd_nominal"].to_list()


def test_calendar_months_have_their_own_hours(run):
    # September 720, October 744, November 720
    found = cash(run({"conventions.hours_per_month": "calendar"}), "on_demand", "stay_on_demand")
    assert found[:3] == pytest.approx([8 * 3.29 * hours for hours in (720, 744, 720)])


@pytest.mark.parametrize(("months", "frac"), [(30, 0.325), (3, 0.90), (24, 0.375)])
def test_resale_lies_on_straight_lines_between_the_ages_known(with_files, months, frac):
    # 0.375 at 24 and 0.275 at 36 months; new hardware is worth its price, 0.80 at 6 months
    changes = {
        "conventions.residual_basis": "resale_curve",
        "components": ["hardware", "resale"],
        "horizon_months": months,
    }
    still = {"selling_cost_frac": 0, "next_generation_resale_drop_frac": 0, "placement_frac": 1, "repair_days": 0}
    found = cash(with_files(changes, **still), "resale")
    assert found[-1] == pytest.approx(-240_000 * frac)


def test_typed_number_goes_before_the_file(with_files):
    used = with_files({})["projections.assumption_value"]
    pue = used.filter(pl.col("assumption") == "pue_ratio").row(0, named=True)
    assert (pue["origin"], pue["base_value"]) == ("scenario", 1.52)


def test_lease_is_priced_for_the_gpu_leased_and_hardware_for_the_gpu_bought(with_files):
    changes = {
        "own_gpu_model": "B200-SXM-180GB",
        "assumptions.server_price_usd": None,
        "assumptions.on_demand_usd_per_gpu_hour": None,
    }
    used = with_files(changes)["projections.assumption_value"]
    model = dict(zip(used["assumption"], used["gpu_model"], strict=False))
    assert model["server_price_usd"] == "B200-SXM-180GB"
    assert model["on_demand_usd_per_gpu_hour"] == "H100-SXM-80GB"


@pytest.mark.parametrize(("includes", "ratio"), [(["compute"], 1.05), (["compute", "support"], 1.0)])
def test_what_is_compared_but_not_in_the_lease_price_comes_on_top(run, row_of, includes, ratio):
    changes = {"conventions.compared": ["compute", "support"], "conventions.lease_price_includes": includes}
    cost = row_of(run(changes, lease_support_frac=0.05), "stay_on_demand")["total_cost_usd_nominal"]
    assert cost == pytest.approx(8 * 730 * 24 * 3.29 * ratio)


@pytest.mark.parametrize(("timing", "months"), [("advance", 0.0), ("mid", 0.5), ("arrears", 1.0)])
def test_running_payments_are_discounted_by_their_timing(run, row_of, timing, months):
    found = row_of(run({"conventions.payment_timing": timing}, discount_rate_frac_per_year=0.1), "stay_on_demand")
    value = sum(8 * 730 * 3.29 * 1.1 ** (-(month + months) / 12) for month in range(24))
    assert found["npv_cost_usd"] == pytest.approx(value)
