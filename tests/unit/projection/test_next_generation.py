"""A newer generation, failures and gaps in placement, on plans of one draw worked out by hand."""

import numpy as np
import pytest

from pipelines.projection.plan import Capacity, plan_of
from pipelines.projection.world import ResaleCurve

DROPS = {
    "next_generation_arrival_months": 5.0,
    "next_generation_lease_drop_frac": 0.25,
    "next_generation_resale_drop_frac": 0.4,
}


@pytest.fixture
def world(stationary_world):
    def make(**changes):
        return stationary_world(np.array([4.0]), **changes)

    return make


def test_lease_price_drops_in_the_month_of_arrival_and_goes_on_falling_from_there(world):
    falling = world(on_demand_decline_frac_per_year=0.12, **DROPS).list_usd_per_gpu_hour[0]
    # e^(−0.01 t), three quarters of it from month 5 on
    assert falling[[0, 4, 5, 11]] == pytest.approx(np.exp([0, -0.04, -0.05, -0.11]) * [1, 1, 0.75, 0.75])


def test_a_commitment_signed_before_the_arrival_keeps_its_price_to_the_end_of_its_term(world):
    here = world(**DROPS)
    plan = plan_of(here, Capacity(commitment="commitment_1y", committed_gpus=np.full(12, 4.0)), 12)
    assert plan.extra["commitment_1y"]["signed_usd_per_gpu_hour"][0].tolist() == [1.0] * 12


@pytest.mark.parametrize(("months", "left"), [(4, 1.0), (5, 0.6), (12, 0.6)])
def test_hardware_sold_at_the_end_of_the_month_before_arrival_is_sold_into_it(stationary_world, months, left):
    # sold at the end of the last month: after 4 months still at its price, after 5 the newer one ships that day
    curve = np.full(months + 1, 0.5)
    here = stationary_world(np.array([4.0]), months, resale=ResaleCurve(curve, curve, curve), **DROPS)
    plan = plan_of(here, Capacity(fleet_gpus=4.0), None)
    assert plan.columns["resale_frac"][0, -1] == pytest.approx(0.5 * left)


def test_failures_take_the_whole_server_out_until_it_is_repaired(world):
    # 10 % of GPUs a year, eight in a server, 5 days each: 0.1 · 8 · 5 / 365 of the time
    down = {"gpu_failure_frac_per_year": 0.1, "repair_days": 5.0, "server_gpus": 8.0}
    found = world(availability_frac=0.9, placement_frac=0.8, **down).usable_frac[0]
    assert found == pytest.approx(0.9 * 0.8 * (1 - 4 / 365))


def test_what_cannot_be_filled_on_the_fleet_is_leased(world):
    # 4 GPUs owned for a demand of 4, of which jobs can fill three: one is leased
    plan = plan_of(world(placement_frac=0.75), Capacity(fleet_gpus=4.0), None)
    assert plan.leases["on_demand"][1][0, 0] == pytest.approx(100.0)


def test_a_scenario_that_does_not_type_them_goes_without(run, row_of):
    without = row_of(run(), "own_colocation")
    neutral = row_of(run(placement_frac=1, next_generation_lease_drop_frac=0, repair_days=0), "own_colocation")
    assert {**without, "break_even_hours": None} == {**neutral, "break_even_hours": None}
    assert row_of(run(placement_frac=0.9), "own_colocation")["npv_saving_usd"] < without["npv_saving_usd"]


def test_the_generation_arrives_in_the_same_month_for_every_workload_of_a_draw(scenario):
    from functools import partial

    from pipelines.projection.assumptions import Assumptions
    from pipelines.projection.draws import Draws
    from pipelines.projection.evidence import Evidence, typed_subject
    from pipelines.projection.setting import settle
    from pipelines.projection.world import build_world

    key = "next_generation_arrival_months"
    first = {"workload": "a", "gpu_model": "H100-SXM-80GB", "gpus": 8, "utilisation_frac": 1.0}
    question = scenario({"workloads": [first, first | {"workload": "b"}]}, **{key: {"low": 1, "base": 9, "high": 20}})
    arrivals = []
    for typed in question.workloads:
        subject = typed_subject(typed, "test")
        setting = settle(question, Assumptions.empty(), Evidence(), subject, question.as_of)
        make = partial(build_world, question, subject, setting, as_of=question.as_of)
        arrivals.append(make(Draws(50, seed=1)).values[key].tolist())
    assert arrivals[0] == arrivals[1]
    assert len(set(arrivals[0])) > 5 and all(month == round(month) for month in arrivals[0])
