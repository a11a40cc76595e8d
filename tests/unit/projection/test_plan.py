"""Who serves which hour, and when hardware is ordered, live and gone: a world of twelve months of 100 hours."""

import numpy as np
import pytest

from pipelines.projection.evidence import ExistingLease
from pipelines.projection.plan import Capacity, plan_of
from pipelines.projection.world import ResaleCurve

MONTHS = 12


@pytest.fixture
def world(stationary_world):
    """Ten GPUs of demand: none in half of the hours, twenty in the other half; servers of four at 100 USD."""

    def make(**changes):
        given = {"server_gpus": 4.0, "on_demand_usd_per_gpu_hour": 3.0, "months": MONTHS}
        return stationary_world(np.array([0.0, 20.0]), **given | changes)

    return make


@pytest.fixture
def plan(world):
    def make(capacity, term_months=None, **changes):
        return plan_of(world(**changes), capacity, term_months)

    return make


def of(array):
    return array[0].round(9).tolist()


def test_fleet_serves_what_it_can_and_the_peak_is_leased(plan):
    # 8 of 20 in half of the hours: 4 GPUs on average of 10
    found = plan(Capacity(fleet_gpus=8.0))
    assert of(found.owned_used_gpu_hours) == [400.0] * MONTHS
    assert of(found.leases["on_demand"][1]) == [600.0] * MONTHS
    assert of(found.columns["owned_used_frac"]) == [0.5] * MONTHS


def test_whole_servers_are_bought(plan):
    found = plan(Capacity(fleet_gpus=9.0))
    assert found.columns["owned_servers_count"][0, 0] == 3.0
    assert found.columns["owned_gpus"][0, 0] == 12.0
    assert found.columns["order_price_usd"][0, 0] == 300.0


def test_demand_is_leased_until_hardware_is_live(plan):
    found = plan(Capacity(fleet_gpus=20.0), lead_time_months=3.0)
    assert of(found.leases["on_demand"][1]) == [1_000.0] * 3 + [0.0] * 9
    assert of(found.columns["order_due_count"]) == [1.0] + [0.0] * 11
    assert of(found.columns["delivery_due_count"]) == [0.0] * 3 + [1.0] + [0.0] * 8
    assert of(found.columns["owned_gpus"])[:4] == [0.0, 0.0, 0.0, 20.0]


def test_lease_goes_on_whole_during_the_dual_run(plan):
    found = plan(Capacity(fleet_gpus=20.0), lead_time_months=2.0, dual_run_months=2.0)
    assert of(found.leases["on_demand"][1]) == [1_000.0] * 4 + [0.0] * 8
    assert of(found.owned_used_gpu_hours)[:3] == [0.0, 0.0, 1_000.0]


def test_fleet_comes_to_full_use_along_the_ramp(plan):
    # middle of the first and second of two months: a quarter and three quarters of 20
    found = plan(Capacity(fleet_gpus=20.0), ramp_months=2.0)
    assert of(found.owned_used_gpu_hours)[:3] == [250.0, 750.0, 1_000.0]


def test_failures_shrink_what_the_fleet_serves(plan):
    found = plan(Capacity(fleet_gpus=20.0), availability_frac=0.9)
    assert of(found.owned_used_gpu_hours) == [900.0] * MONTHS
    assert of(found.leases["on_demand"][1]) == [100.0] * MONTHS


def test_stronger_gpu_needs_fewer_hours_of_its_own(plan):
    # one owned GPU does the work of two leased: 4 owned serve 8 of 20 in half the hours with 2 GPUs on average
    found = plan(Capacity(fleet_gpus=4.0), own_work_ratio=2.0)
    assert of(found.owned_used_gpu_hours) == [200.0] * MONTHS
    assert of(found.leases["on_demand"][1]) == [600.0] * MONTHS


def test_fleet_is_sold_at_the_end_of_the_horizon(plan):
    assert of(plan(Capacity(fleet_gpus=4.0)).columns["retire_due_count"]) == [0.0] * 11 + [1.0]


def test_fleet_is_bought_again_at_the_end_of_its_life_at_the_price_of_that_day(plan):
    found = plan(Capacity(fleet_gpus=4.0), hardware_life_months=6.0, hardware_price_decline_frac_per_year=0.5)
    assert of(found.columns["order_due_count"]) == [1.0, *[0.0] * 5, 1.0, *[0.0] * 5]
    assert of(found.columns["retire_due_count"]) == [*[0.0] * 5, 1.0, *[0.0] * 5, 1.0]
    assert found.columns["order_price_usd"][0, 6] == pytest.approx(100 * np.exp(-0.25))
    assert found.columns["service_price_usd"][0, 7] == pytest.approx(100 * np.exp(-0.25))
    assert of(found.columns["age_months"]) == [0.0, 1.0, 2.0, 3.0, 4.0, 5.0] * 2


def test_fleet_is_not_bought_again_for_less_than_half_its_life(plan):
    # life of 8 months: the second generation would have only 4 of them, half; of 9 months: 3, less than half
    assert plan(Capacity(fleet_gpus=4.0), hardware_life_months=8.0).columns["order_due_count"].sum() == 2.0
    found = plan(Capacity(fleet_gpus=20.0), hardware_life_months=9.0)
    assert found.columns["order_due_count"].sum() == 1.0
    assert of(found.columns["owned_gpus"])[8:10] == [20.0, 0.0]
    assert of(found.leases["on_demand"][1]) == [0.0] * 9 + [1_000.0] * 3


def test_hardware_that_would_come_after_the_horizon_is_not_ordered(plan):
    found = plan(Capacity(fleet_gpus=4.0), lead_time_months=12.0)
    assert found.columns["order_due_count"].sum() == 0.0
    assert found.columns["owned_gpus"].sum() == 0.0


def test_hardware_can_be_ordered_later(plan):
    found = plan(Capacity(fleet_gpus=4.0), order_month_index=2, lead_time_months=1.0)
    assert of(found.columns["order_due_count"])[:4] == [0.0, 0.0, 1.0, 0.0]
    assert of(found.columns["owned_gpus"])[:4] == [0.0, 0.0, 0.0, 4.0]


def test_commitment_serves_after_the_fleet_and_before_the_peak(plan):
    # of 20 in half of the hours: 8 owned, 5 committed, 7 on demand
    found = plan(Capacity(fleet_gpus=8.0, commitment="commitment_1y", committed_gpus=np.full(MONTHS, 5.0)), 12)
    assert of(found.leases["commitment_1y"][1]) == [250.0] * MONTHS
    assert of(found.leases["on_demand"][1]) == [350.0] * MONTHS


def test_signed_contract_serves_first_and_then_runs_out(plan):
    gpus = np.array([6.0, 6.0, *[0.0] * 10])
    existing = ExistingLease(gpus, np.full(MONTHS, 1.5), np.full(MONTHS, 1.0))
    found = plan(Capacity(fleet_gpus=20.0), existing=existing)
    assert of(found.leases["existing_contract"][1]) == [300.0] * 2 + [0.0] * 10
    assert of(found.owned_used_gpu_hours) == [700.0] * 2 + [1_000.0] * 10


def test_commitment_keeps_its_price_to_the_end_of_the_term_and_renews_at_the_path(plan):
    capacity = Capacity(commitment="commitment_1y", committed_gpus=np.full(MONTHS, 5.0))
    extra = plan(capacity, 5, on_demand_decline_frac_per_year=0.6).extra["commitment_1y"]
    signed = [3.0 * np.exp(-0.6 * month / 12) for month in (0, 5, 10)]
    assert extra["signed_usd_per_gpu_hour"][0].tolist() == pytest.approx(
        [signed[0]] * 5 + [signed[1]] * 5 + [signed[2]] * 2
    )


@pytest.mark.parametrize(("owed", "last", "stub"), [(True, 500.0, 300.0), (False, 200.0, 0.0)])
def test_last_term_is_owed_beyond_the_horizon_unless_the_scenario_counts_only_what_lies_inside(plan, owed, last, stub):
    # terms of 5 months of 100 hours: the third is signed in month 10 of 12, 3 of its months lie beyond
    capacity = Capacity(commitment="commitment_1y", committed_gpus=np.full(MONTHS, 5.0))
    extra = plan(capacity, 5, stub_owed=owed).extra["commitment_1y"]
    assert of(extra["term_hours"]) == [500.0, 0, 0, 0, 0, 500.0, 0, 0, 0, 0, last, 0]
    assert of(extra["stub_hours"]) == [*[0.0] * 11, stub]


def test_all_stays_on_demand_until_the_waiting_is_over(plan):
    # 5 of 20 GPUs in half of the hours from month 4 on; terms of 5 months are signed in months 4 and 9
    capacity = Capacity(commitment="commitment_1y", committed_gpus=np.full(MONTHS, 5.0), wait_months=4)
    found = plan(capacity, 5, on_demand_decline_frac_per_year=0.6)
    assert of(found.leases["on_demand"][1]) == [1_000.0] * 4 + [750.0] * 8
    extra = found.extra["commitment_1y"]
    assert of(extra["term_hours"]) == [*[0.0] * 4, 500.0, *[0.0] * 4, 500.0, 0, 0]
    signed = [3.0 * np.exp(-0.6 * month / 12) for month in (4, 9)]
    assert extra["signed_usd_per_gpu_hour"][0, 4:].tolist() == pytest.approx([signed[0]] * 5 + [signed[1]] * 3)


def test_spot_that_is_waited_for_leaves_the_first_months_on_demand(plan):
    found = plan(Capacity(peak="spot", wait_months=4))
    assert of(found.leases["on_demand"][1]) == [1_000.0] * 4 + [0.0] * 8
    assert of(found.leases["spot"][1]) == [0.0] * 4 + [1_000.0] * 8


def test_hardware_is_ordered_after_the_wait(plan):
    found = plan(Capacity(fleet_gpus=4.0, wait_months=3), order_month_index=1, lead_time_months=2.0)
    assert of(found.columns["order_due_count"])[:6] == [0.0, 0.0, 0.0, 0.0, 1.0, 0.0]
    assert of(found.columns["owned_gpus"])[:8] == [0.0] * 6 + [4.0] * 2


def test_hours_served_add_up_to_demand_whatever_is_held(plan):
    capacity = Capacity(fleet_gpus=7.0, commitment="commitment_1y", committed_gpus=np.full(MONTHS, 3.0))
    existing = ExistingLease(np.full(MONTHS, 2.5), np.ones(MONTHS), np.ones(MONTHS))
    found = plan(capacity, 12, existing=existing, demand_growth_frac_per_year=0.4, availability_frac=0.93)
    leased = sum(hours for _, hours in found.leases.values())
    demand = 10.0 * 1.4 ** (np.arange(MONTHS) / 12) * 100.0
    assert (leased + found.owned_used_gpu_hours)[0] == pytest.approx(demand)


def test_demand_grows_by_the_year(world):
    assert world(demand_growth_frac_per_year=0.5).demand_gpus[0, [0, 6]] == pytest.approx([10.0, 10.0 * 1.5**0.5])


def test_extras_come_on_top_of_the_list_price(world):
    priced = world(extras=("lease_support_frac",), lease_support_frac=0.05)
    assert priced.list_usd_per_gpu_hour[0, 0] == pytest.approx(3.15)


def test_hardware_is_worth_what_its_age_at_the_end_of_the_month_says(plan):
    # one point a month: 12 months old at the end of the twelfth month
    curve = 1.0 - 0.01 * np.arange(MONTHS + 1)
    found = plan(Capacity(fleet_gpus=4.0), resale=ResaleCurve(curve, curve, curve))
    assert found.columns["resale_frac"][0, [0, 11]].tolist() == pytest.approx([0.99, 0.88])
