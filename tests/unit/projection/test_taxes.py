import pytest


def taxed(run, components=("hardware", "managed_operations"), **numbers):
    tax = {"rate_frac": 0.25, "depreciation": "straight_line", "life_years": 2, "source": "test"}
    changes = {"tax": tax, "components": list(components)}
    numbers = {"managed_operations_usd_per_hour": 1.0} | numbers
    return run(changes, **numbers)["projections.cash_flow_monthly"]


def months(cash, component, strategy="own_colocation"):
    rows = cash.to_dicts()
    return [r["cash_usd_nominal"] for r in rows if r["strategy"] == strategy and r["component"] == component]


def test_lease_is_deductible(run):
    # 8 · 730 · 3.29 · 25 % a month
    assert months(taxed(run), "leased_tax", "stay_on_demand") == pytest.approx([-8 * 730 * 3.29 * 0.25] * 24)


def test_running_cost_and_depreciation_shield_tax(run):
    # (730 of operations + 240,000 / 24 of depreciation) · 25 %
    assert months(taxed(run), "owned_tax") == pytest.approx([-(730 + 10_000) * 0.25] * 24)


def test_outlay_itself_is_not_deductible_only_its_depreciation(run):
    cash = taxed(run, components=("hardware",))
    assert sum(months(cash, "owned_tax")) == pytest.approx(-240_000 * 0.25)


def test_sale_is_taxed_against_its_book_value(run):
    # sold after one of two years for 60 % of 240,000 with 120,000 left in the books: tax on 24,000
    tax = {"rate_frac": 0.25, "depreciation": "straight_line", "life_years": 2, "source": "test"}
    changes = {
        "tax": tax,
        "components": ["hardware", "resale"],
        "horizon_months": 12,
        "conventions.residual_basis": "resale_curve",
    }
    cash = run(changes, resale_frac=0.6, selling_cost_frac=0.0)["projections.cash_flow_monthly"]
    # the resale share is flat at 0.6 from new, so it is 0.6 at twelve months
    assert months(cash, "owned_tax")[-1] == pytest.approx(-10_000 * 0.25 + 24_000 * 0.25)


def test_macrs_writes_off_a_fifth_in_the_first_year_and_what_is_left_at_the_end(run):
    tax = {"rate_frac": 0.25, "depreciation": "macrs_5", "source": "test"}
    cash = run({"tax": tax, "components": ["hardware"]})["projections.cash_flow_monthly"]
    found = months(cash, "owned_tax")
    assert sum(found[:12]) == pytest.approx(-240_000 * 0.20 * 0.25)
    # scrapped without proceeds after two years: everything has been deducted
    assert sum(found) == pytest.approx(-240_000 * 0.25)


def test_without_tax_there_is_no_line_of_it(run):
    components = set(run()["projections.cash_flow_monthly"]["component"])
    assert components == {"hardware", "colocation", "power", "on_demand"}
