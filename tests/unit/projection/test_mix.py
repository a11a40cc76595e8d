"""Cohorts of hardware and of commitments: who serves which hour, and that they cost what one fleet costs."""

import dataclasses

import numpy as np
import pytest

from pipelines.leasing import all_lease_contracts
from pipelines.owning import all_components, components_at
from pipelines.projection.flows import evaluate
from pipelines.projection.measures import used_frac
from pipelines.projection.mix import Mix, plan_of_mix
from pipelines.projection.plan import Capacity
from pipelines.projection.rules import OWN
from pipelines.projection.scenario import Tax
from pipelines.projection.world import ResaleCurve

MONTHS = 12
PLAIN = {
    "staff_usd_per_fte_year": 120_000.0, "staff_minimum_fte": 0.5, "staff_gpus_per_fte": 6.0, "server_idle_kw": 1.0,
    "server_peak_kw": 3.0, "pue_ratio": 1.2, "energy_usd_per_kwh": 0.1, "server_contracted_kw": 4.0,
    "colocation_usd_per_kw_month": 10.0, "warranty_months": 3.0, "selling_cost_frac": 0.1, "paid_at_order_frac": 0.4,
    "network_usd_per_month": 50.0, "compliance_usd_per_year": 120.0, "commitment_1y_price_ratio": 0.6,
    "commitment_1y_upfront_frac": 0.5, "spot_price_ratio": 0.5, "spot_repeated_work_frac": 0.1,
}  # fmt: skip

COLOCATION = components_at("colocation", all_components())


@pytest.fixture
def world(stationary_world):
    """Ten GPUs of demand: none in half of the hours, twenty in the other half; servers of four at 1,000 USD."""

    def make(**changes):
        needs = {key: 0.05 for component in all_components().values() for key in component.NEEDS}
        needs |= {key: 0.05 for contract in all_lease_contracts().values() for key in contract.NEEDS}
        given = {"server_gpus": 4.0, "server_price_usd": 1_000.0, "on_demand_usd_per_gpu_hour": 3.0, "months": MONTHS}
        made = stationary_world(np.array([0.0, 20.0]), **needs | PLAIN | given | changes)
        curve = np.linspace(1.0, 0.2, made.months + 1)
        return dataclasses.replace(made, resale=ResaleCurve(curve, curve, curve))

    return make


def at(month, gpus, months=MONTHS):
    """GPUs in one month."""
    found = np.zeros(months)
    found[month] = gpus
    return found


@pytest.mark.parametrize("tax", [None, Tax(rate_frac=0.25, depreciation="macrs_5", source="test")])
def test_one_cohort_costs_what_the_fleet_of_the_same_month_costs(world, tax):
    """To the last digit that both paths share: the same columns go through the same components."""
    here = world(lead_time_months=2.0, discount_rate_frac_per_year=0.1, hardware_price_decline_frac_per_year=0.2)
    fleet = evaluate(here, Capacity(fleet_gpus=8.0), COLOCATION, tax)
    mix = evaluate(here, Capacity(mix=Mix(at(0, 8.0))), COLOCATION, tax)
    assert mix.npv_usd == pytest.approx(fleet.npv_usd, rel=1e-12)
    assert mix.capex_usd == pytest.approx(fleet.capex_usd, rel=1e-12)
    by_name = {line.name: line.total.sum() for line in fleet.lines}
    assert {line.name: line.total.sum() for line in mix.lines} == pytest.approx(by_name, rel=1e-12)


def test_two_cohorts_of_one_month_cost_what_one_of_both_costs_but_for_nothing(world):
    """The site is paid once, its posts are counted over the whole fleet."""
    here = world()
    one = evaluate(here, Capacity(mix=Mix(at(0, 8.0))), COLOCATION)
    later = evaluate(here, Capacity(mix=Mix(at(0, 4.0) + at(1, 4.0))), COLOCATION)
    lines = {line.name: line for line in later.lines}
    # From month 1 on eight GPUs stand: ceil(8 / 6) = 2 posts of 10,000 USD a month; in month 0 one post.
    assert lines["staff"].during[0].tolist() == pytest.approx([10_000.0] + [20_000.0] * 11)
    whole = {line.name: line for line in one.lines}
    assert lines["site"].during[0, 1:].tolist() == pytest.approx(whole["site"].during[0, 1:].tolist())


def test_commitment_of_a_year_costs_the_same_signed_as_a_cohort(world):
    here = world(on_demand_decline_frac_per_year=0.3)
    held = Capacity(commitment="commitment_1y", committed_gpus=np.full(MONTHS, 5.0))
    cohort = Capacity(mix=Mix(np.zeros(MONTHS), {"commitment_1y": at(0, 5.0)}, ("commitment_1y",)))
    assert evaluate(here, cohort, {}).npv_usd == pytest.approx(evaluate(here, held, {}).npv_usd, rel=1e-12)


def test_commitments_of_two_months_each_keep_their_own_price_and_term(world):
    here = world(months=15, on_demand_decline_frac_per_year=0.5)
    mix = Mix(np.zeros(15), {"commitment_1y": at(0, 3.0, 15) + at(6, 2.0, 15)}, ("commitment_1y",))
    laid = plan_of_mix(here, mix, {"commitment_1y": 12})
    held = laid.plan.leases["commitment_1y"][0][0]
    assert held.tolist() == [3.0] * 6 + [5.0] * 6 + [2.0] * 3
    first, second = (columns for kind, columns in laid.leases if kind == "commitment_1y")
    assert second["signed_usd_per_gpu_hour"][0, 0] == pytest.approx(3.0 * np.exp(-0.25))
    assert first["term_hours"][0].tolist() == [1_200.0] + [0.0] * 14
    # nine of its months of 100 hours lie inside the horizon, three are owed beyond it
    assert (second["term_hours"][0, 6], second["stub_hours"][0, 14]) == (1_200.0, 300.0)


def test_cheapest_hours_serve_first_and_spot_takes_its_share_of_what_is_left(world):
    # Of 20 GPUs in half of the hours: 8 committed, 4 owned, 8 left; spot may take a quarter of 10 on average.
    mix = Mix(at(0, 4.0), {"commitment_1y": at(0, 8.0)}, ("commitment_1y", OWN), spot_frac=0.25)
    plan = plan_of_mix(world(), mix, {"commitment_1y": 12}).plan
    assert plan.leases["commitment_1y"][1][0, 0] == pytest.approx(400.0)
    assert plan.owned_used_gpu_hours[0, 0] == pytest.approx(200.0)
    assert plan.leases["spot"][1][0, 0] == pytest.approx(250.0)
    assert plan.leases["on_demand"][1][0, 0] == pytest.approx(150.0)


def test_every_hour_of_demand_is_served_by_somebody(world):
    mix = Mix(at(0, 4.0) + at(3, 8.0), {"commitment_1y": at(2, 3.0)}, (OWN, "commitment_1y"), spot_frac=0.1)
    here = world(lead_time_months=2.0, dual_run_months=1.0, ramp_months=2.0, availability_frac=0.9)
    plan = plan_of_mix(here, mix, {"commitment_1y": 12}).plan
    proving = np.zeros(MONTHS)  # in the dual run the fleet works beside the lease
    proving[2], proving[5] = 4.0 * 0.9 * 0.25 * 100.0, 8.0 * 0.9 * 0.25 * 100.0
    leased = sum(used for _, used in plan.leases.values())
    served = leased[0] + plan.owned_used_gpu_hours[0] - proving
    assert served.tolist() == pytest.approx([1_000.0] * MONTHS)


def test_a_cohort_serves_one_life_and_is_not_bought_again(world):
    plan = plan_of_mix(world(hardware_life_months=5.0), Mix(at(1, 4.0)), {}).plan
    assert plan.columns["owned_gpus"][0].tolist() == [0.0] + [4.0] * 5 + [0.0] * 6


def test_use_of_what_a_mix_holds_counts_every_kind_it_holds(world):
    # 20 GPUs of a year serve all of the 10 that are needed on average; 10 of three years and 4 owned stand idle.
    signed = {"commitment_1y": at(0, 20.0), "commitment_3y": at(0, 10.0)}
    mix = Mix(at(0, 4.0), signed, ("commitment_1y", "commitment_3y", OWN))
    flows = evaluate(world(), Capacity(mix=mix), COLOCATION)
    assert used_frac(flows).tolist() == pytest.approx([10.0 / 34.0])
