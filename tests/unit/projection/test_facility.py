"""A data center of one's own, by hand: eight GPUs in a server of 2.1 kW, 24 months of 730 hours, nothing discounted."""

import numpy as np
import polars as pl
import pytest

NUMBERS = {
    "facility_usd_per_kw": 10_000,
    "facility_minimum_kw": 0,
    "facility_life_months": 240,
    "facility_residual_frac": 0.5,
    "facility_build_months": 4,
    "facility_pue_ratio": 1.2,
    "facility_demand_charge_usd_per_kw_month": 10,
    "facility_operations_usd_per_kw_month": 40,
    "facility_minimum_fte": 2,
    "staff_usd_per_fte_year": 120_000,
    "demand_charge_usd_per_kw_month": 0,
}
BUILDING = ["facility", "facility_operations", "facility_staff", "facility_residual"]


@pytest.fixture
def built(run):
    """Cash by component and month of owning in a data center, with changes."""

    def make(changes=None, **numbers):
        given = {"strategies": ["stay_on_demand", "own_colocation", "own_data_center"],
                 "components": ["hardware", "colocation", "power", "demand_charge", *BUILDING]}  # fmt: skip
        tables = run(given | (changes or {}), **(NUMBERS | numbers))
        cash = tables["projections.cash_flow_monthly"].filter(pl.col("strategy") == "own_data_center")
        by_name = {name: frame["cash_usd_nominal"].to_list() for (name,), frame in cash.group_by("component")}
        return tables, by_name

    return make


def test_the_building_is_paid_while_it_is_built_and_hardware_comes_when_it_is_ready(built):
    _, cash = built(lead_time_months=1)
    assert cash["facility"] == pytest.approx([2.1 * 10_000 / 4] * 4 + [0.0] * 20)
    # all of the price at order, which is a month before the building is ready in month 4
    assert cash["hardware"] == pytest.approx([0, 0, 0, 240_000, *[0.0] * 20])
    assert cash["on_demand"] == pytest.approx([8 * 730 * 3.29] * 4 + [0.0] * 20)


def test_building_later_moves_everything(built):
    _, cash = built({"wait_months": [2]})
    assert cash["facility"] == pytest.approx([0, 0, *[5_250.0] * 4, *[0.0] * 18])
    assert np.flatnonzero(cash["hardware"]).tolist() == [6]


def test_a_data_center_has_its_own_pue_and_demand_charge_and_no_colocation_fee(built):
    _, cash = built()
    assert "colocation" not in cash
    # 2.1 kW · 730 h · 1.2 · 0.2575 USD, and 2.1 kW · 1.2 · 10 USD, from month 4 on
    assert cash["power"][3:5] == pytest.approx([0.0, 2.1 * 730 * 1.2 * 0.2575])
    assert cash["demand_charge"][3:5] == pytest.approx([0.0, 25.2])


def test_the_building_is_run_by_the_kw_and_guarded_around_the_clock(built):
    _, cash = built()
    assert cash["facility_operations"][3:5] == pytest.approx([0.0, 2.1 * 40])
    assert cash["facility_staff"][3:5] == pytest.approx([0.0, 2 * 120_000 / 12])


def test_nothing_smaller_than_the_smallest_building_is_built(built):
    _, cash = built(facility_minimum_kw=100)
    assert sum(cash["facility"]) == pytest.approx(100 * 10_000)
    assert cash["facility_operations"][4] == pytest.approx(100 * 40)


def test_what_is_left_of_the_building_is_sold_at_the_horizon(built):
    # 20 of 240 months old; half of what is left
    sold = {"conventions.residual_basis": "resale_curve"}
    _, cash = built(sold, resale_frac=0, selling_cost_frac=0)
    assert cash["facility_residual"] == pytest.approx([0.0] * 23 + [-21_000 * (1 - 20 / 240) * 0.5])


def test_colocation_pays_nothing_for_a_building(built, row_of):
    tables, _ = built()
    cash = tables["projections.cash_flow_monthly"].filter(pl.col("strategy") == "own_colocation")
    assert not set(BUILDING) & set(cash["component"])
    assert row_of(tables, "own_colocation")["capex_usd_nominal"] == 240_000
    assert row_of(tables, "own_data_center")["capex_usd_nominal"] == pytest.approx(261_000)


def test_a_building_that_is_ready_too_late_stays_with_its_reason(built, row_of):
    tables, _ = built(facility_build_months=30)
    assert row_of(tables, "own_data_center")["infeasible_reason"] == (
        "hardware would go live in month 30, after the horizon of 24 months"
    )


def test_the_tax_office_lets_a_building_be_written_off_over_its_own_life(built):
    tax = {"tax": {"rate_frac": 0.5, "depreciation": "straight_line", "life_years": 5, "source": "test"},
           "components": ["hardware", "facility"]}  # fmt: skip
    _, cash = built(tax)
    # hardware 240,000 / 60 and building 21,000 / 240 a month from month 4 on
    assert cash["owned_tax"][4] == pytest.approx(-0.5 * (4_000 + 87.5))
    # in the end all of both is written off: 240,000 + 21,000
    assert sum(cash["owned_tax"]) == pytest.approx(-0.5 * 261_000)


def test_no_demand_builds_nothing(built, row_of):
    tables, _ = built({"workloads.0.utilisation_frac": 0.0})
    assert row_of(tables, "own_data_center")["total_cost_usd_nominal"] == 0.0
