"""What comes beside the price of leased capacity, worked out by hand."""

import pytest

ITEMS = {
    "lease_storage_usd_per_month": 1_000,
    "lease_bill_support_frac": 0.10,
    "lease_goodput_loss_frac": 0.02,
    "lease_setup_usd": 5_000,
}
COUNTED = {"lease_components": ["storage", "bill_support", "goodput_loss", "setup"]}
COMPUTE = 8 * 730 * 3.29


@pytest.fixture
def beside(run):
    """Cash of a month of a strategy by component."""

    def make(changes=None, month=0, strategy="stay_on_demand"):
        rows = run(COUNTED | (changes or {}), **ITEMS)["projections.cash_flow_monthly"].to_dicts()
        of_month = [r for r in rows if r["strategy"] == strategy and r["month_index"] == month]
        return {r["component"]: r["cash_usd_nominal"] for r in of_month}

    return make


def test_support_is_a_share_of_all_that_is_billed_and_lost_work_of_the_capacity(beside):
    found = beside()
    assert found.pop("bill_support") == pytest.approx((COMPUTE + 1_000) * 0.1)
    assert found.pop("goodput_loss") == pytest.approx(COMPUTE * 0.02)
    assert found == pytest.approx({"on_demand": COMPUTE, "storage": 1_000.0, "setup": 5_000.0})


def test_setting_up_is_paid_in_the_first_month_alone(beside):
    assert beside(month=1)["setup"] == 0.0


def test_nothing_leased_has_nothing_beside_it(beside):
    found = beside(strategy="own_colocation")
    assert [found[item] for item in COUNTED["lease_components"]] == [0.0] * 4


def test_what_comes_beside_is_deductible(beside):
    found = beside({"tax": {"rate_frac": 0.25, "life_years": 2, "source": "test"}}, month=1)
    tax = found.pop("leased_tax")
    assert tax == pytest.approx(-0.25 * sum(found.values()))
