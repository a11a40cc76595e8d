"""The solver's plan against every combination, against screening curves, by hand, and against its own prices."""

import dataclasses
import itertools

import numpy as np
import polars as pl
import pytest

from pipelines.owning import monthly
from pipelines.projection.capacity import Sizer
from pipelines.projection.capacity_plan import Limits, Offer, solve
from pipelines.projection.flows import evaluate
from pipelines.projection.mix import Mix
from pipelines.projection.plan import Capacity
from pipelines.projection.rules import OWN
from pipelines.projection.scenario import Sizing, Tax

EXACT = 1e-9


class _Rent:
    """Owning at a flat price by the server and month: 100 USD fixed and 0.2 USD for each GPU-hour used."""

    NEEDS = ()
    TAX = "expense"

    @staticmethod
    def cash(plan: pl.LazyFrame) -> pl.LazyFrame:
        used = pl.col("owned_gpus") * pl.col("owned_used_frac") * pl.col("month_hours")
        return monthly(plan, "rent", during=pl.col("owned_servers_count") * 100.0 + used * 0.2)


class _Price:
    """The price of a server, when it is delivered."""

    NEEDS = ()
    TAX = "capital"

    @staticmethod
    def cash(plan: pl.LazyFrame) -> pl.LazyFrame:
        return monthly(plan, "price", start=pl.col("delivery_due_count") * pl.col("service_price_usd"))


class _Lump:
    """A site at 30 USD a month, whatever stands in it, and 20 more from three servers on."""

    NEEDS = ()
    TAX = "expense"
    SCOPE = "site"

    @staticmethod
    def cash(plan: pl.LazyFrame) -> pl.LazyFrame:
        more = (pl.col("owned_servers_count") >= 3.0).cast(pl.Float64)
        return monthly(plan, "lump", during=pl.col("in_service_count") * 30.0 + more * 20.0)


RENT = {"rent": _Rent}
COMMITMENT = {"commitment_1y_price_ratio": 0.6, "commitment_1y_upfront_frac": 0.0}


def offer(world, components=RENT, **changes):
    return Offer("w", world, components, **changes)


def cost_usd(world, mix, components, tax=None):
    return float(evaluate(world, Capacity(mix=mix), components, tax).npv_usd[0])


@pytest.mark.parametrize(
    ("changes", "tax"),
    [
        ({}, None),
        ({"demand_growth_frac_per_year": 5.0, "discount_rate_frac_per_year": 0.2}, None),
        ({"lead_time_months": 1.0, "ramp_months": 2.0, "availability_frac": 0.8}, None),
        ({"hardware_life_months": 1.0, "on_demand_decline_frac_per_year": 2.0, "own_work_ratio": 1.5},
         Tax(rate_frac=0.3, life_years=2, source="test")),
    ],
)  # fmt: skip
def test_no_combination_of_orders_and_signatures_costs_less(stationary_world, changes, tax):
    """Up to two servers and two commitments in each of two months: every one of the 81 is tried."""
    world = stationary_world(
        np.array([1.0, 2.0, 2.0, 3.0]), months=2, on_demand_usd_per_gpu_hour=2.3, server_price_usd=60.0,
        **COMMITMENT | changes,
    )  # fmt: skip
    parts = {"rent": _Rent, "price": _Price, "lump": _Lump}
    costs = []
    counts = list(itertools.product(range(3), repeat=2))
    for orders, signed in itertools.product(counts, counts):
        mix = Mix(np.array(orders, float), {"commitment_1y": np.array(signed, float)}, ("commitment_1y", OWN))
        costs.append(cost_usd(world, mix, parts, tax))
    found = solve([offer(world, parts, tax=tax, kinds=("commitment_1y",))], gap_frac=EXACT)
    assert found.status == "optimal"
    assert found.cost_usd <= min(costs) + 1e-6
    assert found.bound_usd == pytest.approx(found.cost_usd, rel=1e-6)


@pytest.mark.parametrize("price", [0.7, 1.73, 4.13])
@pytest.mark.parametrize("demand", [[1, 2, 3, 4], [0, 0, 0, 9], [2, 5, 5, 7, 11, 11]])
def test_solver_owns_what_screening_curves_own_when_nothing_changes(stationary_world, demand, price):
    world = stationary_world(np.asarray(demand, dtype=float), on_demand_usd_per_gpu_hour=price)
    closed = Sizer(world, RENT, None, Sizing()).screened_servers()
    mix = solve([offer(world)], gap_frac=EXACT).mixes["w"]
    assert mix.ordered_gpus.sum() == closed
    assert mix.ordered_gpus[0] == closed


@pytest.mark.parametrize("demand", [[1, 2, 3, 4], [0, 3, 3, 8, 9], [5, 5]])
def test_solver_commits_what_the_closed_form_commits_when_nothing_changes(stationary_world, demand):
    world = stationary_world(np.asarray(demand, dtype=float), **COMMITMENT)
    closed = Sizer(world, RENT, None, Sizing()).commitment_for_base("commitment_1y", 12, 0.6, 0.0)
    mix = solve([offer(world, own=False, kinds=("commitment_1y",))], gap_frac=EXACT).mixes["w"]
    assert mix.signed_gpus["commitment_1y"].tolist() == [closed.committed_gpus[0]] + [0.0] * 11


@pytest.mark.parametrize("dual_run_months", [0.0, 1.0])
def test_plan_of_fleets_in_four_months_is_the_best_of_all(stationary_world, dual_run_months):
    """Up to three servers in each of four months with ramp, dual run and a life of two months: all 256."""
    changes = {"ramp_months": 1.0, "dual_run_months": dual_run_months, "hardware_life_months": 2.0}
    world = stationary_world(np.array([1.0, 2.0, 3.0]), months=4, on_demand_usd_per_gpu_hour=3.1, **changes)
    costs = [
        cost_usd(world, Mix(np.array(orders, dtype=float)), RENT) for orders in itertools.product(range(4), repeat=4)
    ]
    found = solve([offer(world)], gap_frac=EXACT)
    assert found.cost_usd == pytest.approx(min(costs), rel=1e-9)
    assert found.bound_usd == pytest.approx(min(costs), rel=1e-6)


def test_growing_demand_is_met_by_orders_in_the_months_it_grows(stationary_world):
    # Demand 1, 2, 4, 8 in every hour; a server of one GPU costs 100 a month and saves 100 h · (2.2 - 0.2) = 200.
    growth = 2.0**12 - 1.0
    world = stationary_world(np.ones(2), months=4, on_demand_usd_per_gpu_hour=2.2, demand_growth_frac_per_year=growth)
    found = solve([offer(world)], gap_frac=EXACT)
    assert found.mixes["w"].ordered_gpus.tolist() == [1.0, 1.0, 2.0, 4.0]
    # 15 server-months at 100 + 20 of use
    assert found.cost_usd == pytest.approx(15 * 120.0)


def test_no_demand_plans_nothing(stationary_world):
    world = stationary_world(np.zeros(3), **COMMITMENT)
    found = solve([offer(world, kinds=("commitment_1y",))])
    assert (found.status, found.cost_usd, found.mixes["w"].holds) == ("optimal", 0.0, False)


def test_one_dollar_more_of_the_budget_saves_its_shadow_price(stationary_world):
    """Between whole servers: the price is that of the program with fractions, so the step is one whole server."""
    world = stationary_world(np.full(2, 5.0), on_demand_usd_per_gpu_hour=2.2, server_price_usd=300.0)
    parts = RENT | {"price": _Price}
    tight = solve([offer(world, parts)], Limits(max_capex_usd=600.0), gap_frac=EXACT)
    eased = solve([offer(world, parts)], Limits(max_capex_usd=900.0), gap_frac=EXACT)
    # a server saves 12 months · (200 - 100) - 300 = 900, so 3 USD for each USD of budget
    assert tight.shadow_usd["max_capex_usd"] == pytest.approx(3.0)
    assert tight.cost_usd - eased.cost_usd == pytest.approx(300.0 * 3.0)
    slack = solve([offer(world, parts)], Limits(max_capex_usd=5_000.0), gap_frac=EXACT)
    assert slack.shadow_usd["max_capex_usd"] == 0.0


def test_budget_of_a_year_spreads_orders_over_years(stationary_world):
    world = stationary_world(np.full(2, 4.0), months=24, on_demand_usd_per_gpu_hour=2.2, server_price_usd=300.0)
    parts = RENT | {"price": _Price}
    mix = solve([offer(world, parts)], Limits(max_capex_usd_per_year=600.0), gap_frac=EXACT).mixes["w"]
    assert mix.ordered_gpus[:12].sum() == mix.ordered_gpus[12:].sum() == 2.0
    assert mix.ordered_gpus[0] == mix.ordered_gpus[12] == 2.0


def test_power_is_shared_by_all_workloads_and_goes_where_it_saves_most(stationary_world):
    dear = stationary_world(np.full(2, 3.0), on_demand_usd_per_gpu_hour=3.2, server_contracted_kw=10.0)
    cheap = stationary_world(np.full(2, 3.0), on_demand_usd_per_gpu_hour=2.2, server_contracted_kw=10.0)
    offers = [offer(dear), dataclasses.replace(offer(cheap), workload="v")]
    found = solve(offers, Limits(max_power_kw=45.0), gap_frac=EXACT)
    assert found.mixes["w"].ordered_gpus[0] == 3.0
    assert found.mixes["v"].ordered_gpus[0] == 1.0
    # the next kW is a tenth of a server that saves 100 in each of 12 months
    assert found.shadow_usd["max_power_kw"] == pytest.approx(120.0)


def test_hardware_whose_power_is_not_known_is_not_proven_to_fit(stationary_world):
    world = stationary_world(np.full(2, 3.0), on_demand_usd_per_gpu_hour=3.2)
    assert not solve([offer(world)], Limits(max_power_kw=1_000.0)).mixes["w"].owns


def test_share_of_one_third_party_is_kept(stationary_world):
    # Leasing costs less; but the lessor may serve half of the hours only: 24 of 48 GPU-months are owned.
    world = stationary_world(np.full(2, 4.0), on_demand_usd_per_gpu_hour=1.0)
    parties = {"on_demand": "Lessor"}
    found = solve([offer(world, counterparties=parties)], Limits(max_share_per_counterparty_frac=0.5), gap_frac=EXACT)
    plan = evaluate(world, Capacity(mix=found.mixes["w"]), RENT).plan
    assert plan.owned_used_gpu_hours.sum() == pytest.approx(2_400.0)
    # Owning an hour costs 100 / 100 h + 0.2 against 1.0; all 4,800 hours are the unit of a share of one.
    assert found.shadow_usd["max_share_per_counterparty_frac"] == pytest.approx(0.2 * 4_800.0)


def test_limits_that_cannot_hold_together_are_named_and_no_others(stationary_world):
    world = stationary_world(np.full(2, 5.0), on_demand_usd_per_gpu_hour=2.2, server_contracted_kw=10.0)
    limits = Limits(max_power_kw=20.0, max_capex_usd=1e6)
    found = solve([offer(world, RENT | {"price": _Price}, on_demand=False)], limits)
    assert found.status == "infeasible"
    assert found.reason == ("cannot hold together: max_power_kw of 20 and every hour served without on-demand capacity")


def test_hours_before_hardware_is_live_need_somebody_else(stationary_world):
    world = stationary_world(np.full(2, 5.0), lead_time_months=2.0, **COMMITMENT)
    assert solve([offer(world, on_demand=False)]).status == "infeasible"
    found = solve([offer(world, on_demand=False, kinds=("commitment_1y",))], gap_frac=EXACT)
    assert found.mixes["w"].signed_gpus["commitment_1y"][0] == 5.0


def test_orders_keep_the_rhythm_of_the_company(stationary_world):
    world = stationary_world(np.ones(2), months=6, on_demand_usd_per_gpu_hour=2.2, demand_growth_frac_per_year=500.0)
    ordered = solve([offer(world, every_months=3)], gap_frac=EXACT).mixes["w"].ordered_gpus
    assert set(np.flatnonzero(ordered)) == {0, 3}


def test_the_same_question_gives_the_same_plan(stationary_world):
    world = stationary_world(np.array([1.0, 4.0, 6.0]), on_demand_usd_per_gpu_hour=2.2, **COMMITMENT)
    first, second = (solve([offer(world, kinds=("commitment_1y",))]) for _ in range(2))
    assert first.cost_usd == second.cost_usd
    assert first.bound_usd == second.bound_usd
    for kind, gpus in first.mixes["w"].signed_gpus.items():
        assert gpus.tobytes() == second.mixes["w"].signed_gpus[kind].tobytes()
