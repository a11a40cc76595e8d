"""Claims about finance that hold whatever the numbers are."""

import polars as pl
import pytest

LOAN = {"financed_frac": 0.6, "rate_frac_per_year": 0.07, "term_months": 20, "source": "test"}
TAX = {"rate_frac": 0.25, "depreciation": "macrs_5", "bonus_depreciation_frac": 0.2, "source": "test"}
TERMS = {"financing": LOAN, "tax": TAX, "conventions.payment_timing": "mid"}


def test_all_prices_times_k_make_all_books_times_k(run, plain):
    k = 3.0
    prices = {key: value["base"] * k for key, value in plain["assumptions"].items() if "_usd" in key}
    one, other = (run(TERMS, **numbers)["projections.finance_yearly"] for numbers in ({}, prices))
    for name in one.columns:
        if "_usd" in name:
            expected = [None if value is None else pytest.approx(value * k, abs=1e-3) for value in one[name].to_list()]
            assert other[name].to_list() == expected, name


def test_no_demand_leaves_the_books_empty(run):
    table = run(TERMS | {"workloads.0.utilisation_frac": 0.0})["projections.finance_yearly"]
    money = [name for name in table.columns if "_usd" in name and name != "tax_depreciation_usd_nominal"]
    assert table.select(pl.sum_horizontal(pl.col(money).abs().sum())).item() == 0.0


def test_a_lease_at_the_cost_of_owning_is_indifferent(run, row_of):
    """At the break-even price owning saves nothing, with loan and tax and a discount rate."""
    found = run(TERMS, discount_rate_frac_per_year=0.09)
    own = row_of(found, "own_colocation")
    price = run(TERMS | {"conventions.break_even_basis": "npv"}, discount_rate_frac_per_year=0.09)
    at = row_of(price, "own_colocation")["break_even_lease_price_usd_per_gpu_hour"]
    assert own["npv_saving_usd"] != pytest.approx(0.0, abs=100)
    at_par = run(TERMS, discount_rate_frac_per_year=0.09, on_demand_usd_per_gpu_hour=at)
    assert row_of(at_par, "own_colocation")["npv_saving_usd"] == pytest.approx(0.0, abs=0.5)


def test_a_loan_never_moves_what_staying_costs(run, row_of):
    cash, owed = (row_of(run(terms), "stay_on_demand") for terms in ({}, {"financing": LOAN}))
    assert cash["npv_cost_usd"] == owed["npv_cost_usd"]
