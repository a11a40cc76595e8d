"""Cash, profit and balance sheet by fiscal year, worked out by hand."""

import datetime as dt

import numpy as np
import polars as pl
import pytest

from pipelines.projection.finance import lease_books, monthly_books
from pipelines.projection.flows import Flows, Signed
from pipelines.projection.plan import Plan
from pipelines.projection.taxes import Line
from pipelines.projection.terms import Accounting

LOAN = {"financed_frac": 0.5, "rate_frac_per_year": 0.08, "term_months": 18, "source": "test"}
TAX = {"rate_frac": 0.25, "depreciation": "macrs_5", "source": "test"}


@pytest.fixture
def yearly(run):
    """Rows of owning by fiscal year."""

    def make(changes=None, strategy="own_colocation", **assumptions):
        table = run(changes, **assumptions)["projections.finance_yearly"]
        return table.filter(pl.col("strategy") == strategy).to_dicts()

    return make


def column(rows, name):
    return [row[f"{name}_usd_nominal"] for row in rows]


def test_outlay_running_cost_and_depreciation_by_calendar_year(yearly):
    # from 2026-09 on: 4, 12 and 8 months; 240,000 over 60 months, scrapped with 36 months left
    rows = yearly()
    assert [row["fiscal_year_start_date"] for row in rows] == [dt.date(year, 1, 1) for year in (2026, 2027, 2028)]
    assert [row["covered_months"] for row in rows] == [4, 12, 8]
    running = 409.395 + 600.0159
    assert column(rows, "capex") == [240_000.0, 0.0, 0.0]
    assert column(rows, "opex_cash") == pytest.approx([4 * running, 12 * running, 8 * running], abs=0.01)
    assert column(rows, "opex_accrual") == pytest.approx(column(rows, "opex_cash"))
    assert column(rows, "depreciation") == pytest.approx([16_000.0, 48_000.0, 32_000.0])
    assert column(rows, "net_book_value_closing") == pytest.approx([224_000.0, 176_000.0, 0.0])
    assert column(rows, "disposal_loss") == pytest.approx([0.0, 0.0, 144_000.0])


def test_fiscal_year_begins_in_the_month_the_company_says(yearly):
    rows = yearly({"accounting": {"fiscal_year_start_month": 10}})
    assert [row["fiscal_year_start_date"] for row in rows] == [dt.date(year, 10, 1) for year in (2025, 2026, 2027)]
    assert [row["covered_months"] for row in rows] == [1, 12, 11]


def test_cash_of_a_year_is_what_its_parts_are(run, row_of):
    terms = {"financing": LOAN, "tax": TAX}
    tables = run(terms, discount_rate_frac_per_year=0.1)
    own = row_of(tables, "own_colocation")
    rows = tables["projections.finance_yearly"].filter(pl.col("strategy") == "own_colocation")
    parts = {name: rows[f"{name}_usd_nominal"].to_numpy() for name in (
        "capex", "opex_cash", "proceeds", "loan_drawn", "loan_interest", "loan_repaid", "tax_shield")}  # fmt: skip
    outflow = parts["capex"] + parts["opex_cash"] + parts["loan_interest"] + parts["loan_repaid"]
    inflow = parts["proceeds"] + parts["loan_drawn"] + parts["tax_shield"]
    assert rows["cash_usd_nominal"].to_numpy() == pytest.approx(outflow - inflow)
    assert rows["cash_usd_nominal"].sum() == pytest.approx(own["total_cost_usd_nominal"])
    assert rows["present_value_usd"].sum() == pytest.approx(own["npv_cost_usd"])
    assert rows["loan_closing_usd_nominal"][-1] == pytest.approx(0.0, abs=1e-6)
    assert parts["loan_drawn"].sum() == pytest.approx(120_000.0)


def test_tax_depreciation_is_that_of_the_published_schedule(yearly):
    """IRS Publication 946, table A-1, over six years of service."""
    rows = yearly(
        {"tax": TAX, "horizon_months": 72, "accounting": {"fiscal_year_start_month": 9}}, hardware_life_months=72
    )
    written = [frac * 240_000 for frac in (0.20, 0.32, 0.192, 0.1152, 0.1152, 0.0576)]
    assert column(rows, "tax_depreciation") == pytest.approx(written)


def test_without_tax_nothing_is_shielded_and_no_schedule_shown(yearly):
    rows = yearly()
    assert column(rows, "tax_shield") == [0.0, 0.0, 0.0]
    assert column(rows, "tax_depreciation") == [None, None, None]


def test_prepayment_of_a_commitment_is_expensed_over_its_term(yearly):
    # eight GPUs a year for 60 % of 3.29, all upfront each September: cash at once, expense by the month
    rows = yearly(
        {"strategies": ["stay_on_demand", "commit_1y"], "payment_forms": ["all_upfront"]},
        "commit_1y",
        all_upfront_price_ratio=1,
    )
    month = 8 * 730 * 3.29 * 0.6
    assert column(rows, "opex_cash") == pytest.approx([12 * month, 12 * month, 0.0])
    assert column(rows, "opex_accrual") == pytest.approx([4 * month, 12 * month, 8 * month])


def test_lease_of_a_year_is_short_and_stays_off_the_balance_sheet(run):
    tables = run({"strategies": ["stay_on_demand", "commit_1y"]})
    assert tables["projections.lease_liability_monthly"].is_empty()


@pytest.fixture
def leased(stationary_world):
    """Flows of one lease of 24 months at 10 a month, prepaid with 60, in a world of four years at 21 % a year."""
    world = stationary_world(np.ones(1), months=48, discount_rate_frac_per_year=0.21)
    start, during, none = np.zeros((1, 48)), np.zeros((1, 48)), np.zeros((1, 48))
    start[0, 6], during[0, 6:30] = 60.0, 10.0
    line = Line("reserved", "leased", "expense", start, during, none)
    return Flows(world, Plan({}, np.zeros(0), {}), (line,), (Signed(line, 24, (during > 0).astype(float)),))


def test_lease_liability_is_the_present_value_of_what_is_still_to_be_paid(leased):
    books = lease_books(leased, Accounting())["reserved"]
    rate = 1.21 ** (1 / 12) - 1
    owed = sum(10.0 / (1 + rate) ** k for k in range(1, 25))
    assert books["liability_added"][6] == pytest.approx(owed)
    assert books["right_of_use_opening"][6] == pytest.approx(owed + 60.0)
    assert books["liability_closing"][29] == pytest.approx(0.0, abs=1e-9)
    assert books["payment"].sum() == pytest.approx(240.0)
    assert books["straight_line_expense"][6:30] == pytest.approx(np.full(24, 300.0 / 24))


def test_liability_rolls_from_year_to_year(leased):
    books = monthly_books(leased, Accounting(), None)
    rolled = np.cumsum(books["lease_liability_added_usd_nominal"] - books["lease_principal_usd_nominal"])
    assert books["lease_liability_closing_usd_nominal"] == pytest.approx(rolled, abs=1e-9)
    assert books["opex_accrual_usd_nominal"].sum() == pytest.approx(books["opex_cash_usd_nominal"].sum())


def test_rate_and_threshold_of_leases_are_the_company_s(leased):
    cheap = lease_books(leased, Accounting(lease_rate_frac_per_year=0.0))["reserved"]
    assert cheap["liability_added"][6] == pytest.approx(240.0)
    assert lease_books(leased, Accounting(short_term_lease_months=24)) == {}
