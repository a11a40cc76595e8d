"""Textbook arithmetic of leasing and buying."""

import numpy as np
import pytest

from pipelines.economics.depreciation import MACRS_5_HALF_YEAR_FRAC, straight_line_usd
from pipelines.economics.payback import payback_months
from pipelines.economics.value import annuity_present_value, irr, npv


@pytest.fixture
def table(golden):
    return golden("lease_finance")


def test_net_advantage_to_leasing(table):
    case = table["lease_or_buy_npv"]
    given = case["inputs"]
    depreciation = straight_line_usd(given["price"], given["residual"], given["years"])
    assert depreciation[0] == given["depreciation_per_year"]
    # buying costs the price; leasing the after-tax rent and the depreciation shield that is given up
    rent = given["lease_per_year_arrears"] * (1 - given["tax_frac"])
    yearly = rent + depreciation * given["tax_frac"]
    found = npv([given["price"], *-yearly], given["after_tax_borrowing_rate"])
    assert found == pytest.approx(case["npv_of_leasing"], abs=5e-5)


@pytest.fixture
def equipment(table):
    case = table["capital_equipment"]
    given = case["inputs"]
    written = straight_line_usd(given["price"], given["salvage"], given["years"])
    yearly = (given["revenue"] - given["maintenance"]) * (1 - given["tax_frac"]) + written * given["tax_frac"]
    flows = np.concatenate([[-given["price"]], yearly])
    flows[-1] += given["salvage"]
    return given, case["outputs"], yearly[0], flows


def test_after_tax_cash_flow_of_equipment(equipment):
    _, printed, yearly, _ = equipment
    assert yearly == pytest.approx(printed["after_tax_cash_flow"], abs=0.005)


def test_npv_of_equipment_at_each_rate(equipment):
    given, printed, _, flows = equipment
    assert npv(flows, given["wacc"]) == pytest.approx(printed["npv"], abs=0.005)
    for rate, value in printed["npv_by_rate"].items():
        assert npv(flows, rate) == pytest.approx(value, abs=0.5)


def test_irr_of_equipment(equipment):
    assert irr(equipment[3]).rate_frac == pytest.approx(equipment[1]["irr"], abs=5e-6)


def test_undiscounted_payback_of_equipment(equipment):
    given, printed, yearly, _ = equipment
    start = np.zeros((1, given["years"]))
    start[0, 0] = -given["price"]
    found = payback_months(start, np.full_like(start, yearly), np.zeros_like(start))  # periods are years here
    assert found[0] == pytest.approx(printed["undiscounted_payback_years"], abs=5e-4)


def test_present_value_of_four_quarterly_rents(table):
    case = table["lease_accounting"]["four_quarters"]
    for rate, value in (
        (case["annual_rate"], case["present_value"]),
        (0.04, case["pv_at_4"]),
        (0.10, case["pv_at_10"]),
    ):
        assert annuity_present_value(case["payment"], rate / 4, 4) == pytest.approx(value, abs=0.005)


def test_present_value_of_twenty_escalating_rents(table):
    case = table["lease_accounting"]["twenty_quarters"]
    rents = [case["payment"] * (1 + case["escalation_per_year"]) ** (quarter // 4) for quarter in range(20)]
    assert sum(rents) == pytest.approx(case["nominal"], abs=0.005)
    assert npv([0.0, *rents], case["annual_rate"] / 4) == pytest.approx(case["present_value"], abs=0.005)


def test_macrs_five_year_table(table):
    assert list(MACRS_5_HALF_YEAR_FRAC) == table["macrs_5_year_half_year"]["frac"]
