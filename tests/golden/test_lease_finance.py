"""Textbook arithmetic of leasing and buying: published tables against scenario files."""

import numpy as np
import numpy_financial as npf
import polars as pl
import pytest
import pyxirr


@pytest.fixture
def table(golden):
    return golden("lease_finance")


def test_net_advantage_to_leasing(table, answer):
    # the advantage of owning over leasing is the other way round
    own = answer("textbook_lease_or_buy").summary()
    assert -own["npv_saving_usd"] == pytest.approx(table["lease_or_buy_npv"]["npv_of_leasing"], abs=5e-5)


@pytest.fixture
def equipment(table, answer):
    return table["capital_equipment"], answer("textbook_equipment")


def yearly_saving(found):
    """After-tax cash of each year: what staying costs more than owning, with the outlay and the sale."""
    year = found.table("cash_flow_monthly").with_columns(year_index=pl.col("month_index") // 12)
    sums = year.group_by("strategy", "year_index").agg(pl.col("cash_usd_nominal").sum()).sort("year_index")
    stay, own = (
        sums.filter(pl.col("strategy") == name)["cash_usd_nominal"].to_numpy()
        for name in ("stay_on_demand", "own_colocation")
    )
    return stay - own


def test_after_tax_cash_flow_of_equipment(equipment):
    case, found = equipment
    assert yearly_saving(found)[1] == pytest.approx(case["outputs"]["after_tax_cash_flow"], abs=0.005)


def test_value_of_equipment_at_each_rate(equipment):
    case, found = equipment
    assert found.summary()["npv_saving_usd"] == pytest.approx(case["outputs"]["npv"], abs=0.005)
    for rate, value in case["outputs"]["npv_by_rate"].items():
        row = found.summary(variant=f"discount_rate_frac_per_year={rate:g}")
        assert row["npv_saving_usd"] == pytest.approx(value, abs=0.5)


def test_rate_of_return_and_payback_of_equipment(equipment):
    case, found = equipment
    own = found.summary()
    assert (own["irr_status"], own["irr_frac_per_year"]) == ("one", pytest.approx(case["outputs"]["irr"], abs=5e-6))
    assert own["payback_months"] / 12 == pytest.approx(case["outputs"]["undiscounted_payback_years"], abs=5e-4)


def test_libraries_agree_on_value_and_rate_of_equipment(equipment):
    """numpy-financial and pyxirr, on the yearly flows of the published cash."""
    case, found = equipment
    saving = yearly_saving(found)
    flows = np.concatenate([[-case["inputs"]["price"]], saving])
    flows[1] += case["inputs"]["price"]
    own = found.summary()
    assert npf.npv(case["inputs"]["wacc"], flows) == pytest.approx(own["npv_saving_usd"])
    assert pyxirr.npv(case["inputs"]["wacc"], flows) == pytest.approx(own["npv_saving_usd"])
    assert npf.irr(flows) == pytest.approx(own["irr_frac_per_year"], rel=1e-6)
    assert pyxirr.irr(flows) == pytest.approx(own["irr_frac_per_year"], rel=1e-6)


def test_macrs_five_year_table(table, answer):
    rows = answer("macrs_five_years").table("finance_yearly", strategy="own_colocation")
    written = (rows["tax_depreciation_usd_nominal"] / 100_000).to_list()
    assert written == pytest.approx(table["macrs_5_year_half_year"]["frac"])


def test_price_of_the_same_work_in_later_hardware(table, answer):
    found, printed = answer("hardware_price_performance"), table["hardware_price_performance"]["value_after_years"]
    now = found.summary()["capex_usd_nominal"]
    for years, value in printed.items():
        later = found.summary(variant=f"order_month_index={years * 12}")["capex_usd_nominal"]
        assert later / now == pytest.approx(value, abs=5e-5), years


def test_assumed_resale_lies_in_the_published_ranges(table):
    from pipelines.projection.assumptions import Assumptions
    from pipelines.settings import BUNDLED

    values = {v.age_months: v for v in Assumptions.load(BUNDLED / "assumptions").entries["resale_frac"].values}
    for age, (low, high) in table["resale_fraction_by_age_months"].items():
        assert (values[age].low, values[age].high) == (low, high)


def quarters(answer, **where):
    """Interest, principal and closing liability by quarter, and the liability and asset at commencement."""
    months = answer.table("lease_liability_monthly", strategy="rent_cluster", **where)
    by_quarter = (
        months.with_columns(quarter_index=pl.col("month_index") // 3)
        .group_by("quarter_index", maintain_order=True)
        .agg(
            pl.col("interest_usd_nominal", "principal_usd_nominal").sum(),
            pl.col("liability_closing_usd_nominal").last(),
        )
    )
    first = months.row(0, named=True)
    return by_quarter, first["liability_added_usd_nominal"], first["right_of_use_opening_usd_nominal"]


def test_four_quarters_on_the_balance_sheet(table, answer):
    case, found = table["lease_accounting"]["four_quarters"], answer("lease_accounting_four_quarters")
    by_quarter, owed, asset = quarters(found)
    assert owed == pytest.approx(case["present_value"], abs=0.005)
    assert asset == owed
    for name, column in {"interest": "interest", "principal": "principal", "ending": "liability_closing"}.items():
        assert by_quarter[f"{column}_usd_nominal"].to_list() == pytest.approx(case[name], abs=0.5), name


def test_liability_of_the_same_lease_at_other_rates(table, answer):
    case, found = table["lease_accounting"]["four_quarters"], answer("lease_accounting_four_quarters")
    for variant in ("at_4", "at_10"):
        assert quarters(found, variant=variant)[1] == pytest.approx(case[f"pv_{variant}"], abs=0.005)


def test_twenty_quarters_with_rising_rent_and_direct_costs(table, answer):
    case, found = table["lease_accounting"]["twenty_quarters"], answer("lease_accounting_twenty_quarters")
    _, owed, asset = quarters(found)
    assert owed == pytest.approx(case["present_value"], abs=0.005)
    assert asset == pytest.approx(case["right_of_use_with_45000_direct_and_prepaid"], abs=0.005)
    rent = found.summary("rent_cluster")["total_cost_usd_nominal"] - 45_000
    assert rent == pytest.approx(case["nominal"], abs=0.005)


def test_years_of_a_lease_add_up_to_its_schedule(answer):
    found = answer("lease_accounting_twenty_quarters")
    years = found.table("finance_yearly", strategy="rent_cluster")
    months = found.table("lease_liability_monthly", strategy="rent_cluster")
    assert years["lease_interest_usd_nominal"].sum() == pytest.approx(months["interest_usd_nominal"].sum())
    assert years["lease_liability_closing_usd_nominal"][-1] == pytest.approx(0.0, abs=1e-6)
    straight = (years["opex_accrual_usd_nominal"] / 5).sum()
    assert years["lease_straight_line_expense_usd_nominal"].to_list() == pytest.approx([straight] * 5)
