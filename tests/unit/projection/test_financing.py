"""Hardware on credit, tax with a bonus, payments at the year's end: cash worked out by hand."""

import numpy as np
import numpy_financial as npf
import pytest

SOURCE = {"source": "test"}


def loan(**changes):
    return {"financed_frac": 1.0, "rate_frac_per_year": 0.0, "term_months": 12, **SOURCE, **changes}


def months(tables, component, strategy="own_colocation"):
    rows = tables["projections.cash_flow_monthly"].to_dicts()
    return [r["cash_usd_nominal"] for r in rows if r["strategy"] == strategy and r["component"] == component]


def test_a_loan_without_interest_moves_cash_and_not_its_sum(run, row_of):
    # 240,000 received when it is paid, then 20,000 a month for a year
    tables = run({"financing": loan(), "components": ["hardware"]})
    assert months(tables, "hardware_loan") == pytest.approx([-220_000.0, *[20_000.0] * 11, *[0.0] * 12])
    assert row_of(tables, "own_colocation")["total_cost_usd_nominal"] == pytest.approx(240_000.0)
    assert row_of(tables, "own_colocation")["capex_usd_nominal"] == 240_000.0


def test_a_loan_at_the_discount_rate_is_worth_nothing(run, row_of):
    cash = row_of(run(discount_rate_frac_per_year=0.08), "own_colocation")
    terms = {"financing": loan(rate_frac_per_year=0.08, financed_frac=0.7, term_months=18)}
    owed = row_of(run(terms, discount_rate_frac_per_year=0.08), "own_colocation")
    assert owed["npv_cost_usd"] == pytest.approx(cash["npv_cost_usd"])
    assert owed["total_cost_usd_nominal"] > cash["total_cost_usd_nominal"]


def test_a_loan_over_the_life_costs_the_annuity_of_the_life(run):
    # 240,000 at 1 % a month over 60 months; the horizon of 24 leaves the rest out
    terms = loan(rate_frac_per_year=1.01**12 - 1, term_months="life", at_horizon="left")
    tables = run({"financing": terms, "components": ["hardware"]})
    parts = ("hardware", "hardware_loan", "hardware_loan_interest")
    paid = np.sum([months(tables, part) for part in parts], axis=0)
    assert paid == pytest.approx(np.full(24, -npf.pmt(0.01, 60, 240_000.0)))


def test_interest_shields_tax(run):
    # half the price at 1 % a month, 24 instalments; the first month's interest is 1,200
    tax = {"rate_frac": 0.25, "life_years": 2, **SOURCE}
    terms = {"tax": tax, "components": ["hardware"]}
    without = months(run(terms), "owned_tax")
    credit = loan(rate_frac_per_year=1.01**12 - 1, financed_frac=0.5, term_months=24)
    shielded = months(run(terms | {"financing": credit}), "owned_tax")
    assert shielded[0] - without[0] == pytest.approx(-1_200.0 * 0.25)


def test_bonus_depreciation_comes_first_and_the_schedule_takes_the_rest(run):
    # 40 % at once and half of the other 60 % in the first of two years: 70 % of 240,000 at 25 %
    tax = {"rate_frac": 0.25, "life_years": 2, "bonus_depreciation_frac": 0.4, **SOURCE}
    found = months(run({"tax": tax, "components": ["hardware"]}), "owned_tax")
    assert sum(found[:12]) == pytest.approx(-240_000 * 0.70 * 0.25)
    assert sum(found) == pytest.approx(-240_000 * 0.25)


def test_payments_at_the_year_end_are_discounted_by_whole_years(run, row_of):
    # two years of 8 · 730 · 12 · 3.29, one and two years from today
    terms = {"conventions.payment_timing": "year_end"}
    year = 8 * 730 * 12 * 3.29
    stay = row_of(run(terms, discount_rate_frac_per_year=0.10), "stay_on_demand")
    assert stay["npv_cost_usd"] == pytest.approx(year / 1.1 + year / 1.21)


def test_rate_of_return_counts_payments_at_the_year_end(run, row_of):
    # 200,000 for two years of 8 · 730 · 12 · 3.29 = 230,563 a year: numpy-financial's rate on three flows
    terms = {"conventions.payment_timing": "year_end", "components": ["hardware"]}
    own = row_of(run(terms, server_price_usd=200_000), "own_colocation")
    year = 8 * 730 * 12 * 3.29
    assert own["irr_frac_per_year"] == pytest.approx(npf.irr([-200_000, year, year]), rel=1e-6)
