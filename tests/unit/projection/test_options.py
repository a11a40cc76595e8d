"""The ways a strategy is tried: payment forms and starts. Eight GPUs always in use at 3.29 USD, 24 months of 730 h."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from pipelines.owning import all_components
from pipelines.projection.assumptions import Assumptions
from pipelines.projection.engine import project
from pipelines.projection.evidence import Evidence
from pipelines.projection.flows import evaluate
from pipelines.projection.options import Tried, Way, best_of
from pipelines.projection.plan import Capacity

MONTH = 8 * 730 * 3.29  # a month on demand, USD


def options(tables, strategy):
    rows = tables["projections.strategy_option"].filter(pl.col("strategy") == strategy).to_dicts()
    return {(row["payment_form"], row["start_month_index"]): row for row in rows}


def commit(run, years, ratio, **changes):
    name = f"commit_{years}y"
    given = {f"commitment_{years}y_price_ratio": ratio}
    return run({"strategies": ["stay_on_demand", name]} | changes, **given)


@pytest.mark.parametrize(
    ("basis", "ratio", "months_paid"),
    [
        ("owed", 0.5, 36 * 0.5),  # 18 of 24: signed, and the third year owed
        ("inside_horizon", 0.5, 24 * 0.5),
        ("owed", 0.7, 24.0),  # 25.2 would be owed: not signed
        ("inside_horizon", 0.7, 24 * 0.7),  # the convention flips the answer
    ],
)
def test_three_years_in_a_horizon_of_two_owe_the_third_where_the_scenario_says_so(
    run, row_of, basis, ratio, months_paid
):
    found = row_of(commit(run, 3, ratio, **{"conventions.stub_basis": basis}), "commit_3y")
    assert found["total_cost_usd_nominal"] == pytest.approx(months_paid * MONTH)


def test_what_is_cut_off_is_owed_at_the_end_of_the_horizon(run):
    tables = commit(run, 5, 0.3)
    cash = tables["projections.cash_flow_monthly"].filter(pl.col("component") == "commitment_5y")
    by_month = dict(zip(cash["month_index"], cash["cash_usd_nominal"], strict=True))
    assert by_month[22] == pytest.approx(0.3 * MONTH)
    assert by_month[23] == pytest.approx((1 + 36) * 0.3 * MONTH)


FORMS = {"payment_forms": ["no_upfront", "partial_upfront", "all_upfront"]}
FORM_NUMBERS = {"partial_upfront_frac": 0.5, "partial_upfront_price_ratio": 0.95, "all_upfront_price_ratio": 0.9}


def test_each_form_has_its_price_and_the_cheapest_is_the_strategys_row(run, row_of):
    tables = run({"strategies": ["stay_on_demand", "commit_1y"]} | FORMS, **FORM_NUMBERS)
    cost = {form: row["npv_cost_usd"] for (form, _), row in options(tables, "commit_1y").items()}
    assert cost == pytest.approx(
        {"no_upfront": 14.4 * MONTH, "partial_upfront": 14.4 * 0.95 * MONTH, "all_upfront": 14.4 * 0.9 * MONTH}
    )
    assert [key[0] for key, row in options(tables, "commit_1y").items() if row["best"]] == ["all_upfront"]
    assert row_of(tables, "commit_1y")["payment_form"] == "all_upfront"
    cash = tables["projections.cash_flow_monthly"].filter(pl.col("component") == "commitment_1y")
    paid = cash.filter(pl.col("cash_usd_nominal") > 0.0)
    assert paid["month_index"].to_list() == [0, 12]
    assert paid["cash_usd_nominal"].to_list() == pytest.approx([12 * 0.6 * 0.9 * MONTH] * 2)


def test_money_upfront_is_not_worth_a_tenth_off_at_a_high_rate(run, row_of):
    # a year paid in advance at 40 % a year costs more than the 10 % it saves
    found = row_of(
        run({"strategies": ["commit_1y"]} | FORMS, **FORM_NUMBERS, discount_rate_frac_per_year=0.4), "commit_1y"
    )
    assert found["payment_form"] == "no_upfront"


def test_a_form_whose_price_is_not_known_stays_with_its_reason(scenario):
    from pipelines.errors import ScenarioError

    changes = {"strategies": ["commit_1y"], "payment_forms": ["all_upfront"]}
    with pytest.raises(ScenarioError, match="must type in all_upfront_price_ratio"):
        project(scenario(changes), Evidence(), Assumptions.empty(), as_of=scenario().as_of, code_revision="",
                warehouse_version="")  # fmt: skip


def test_waiting_for_a_commitment_costs_its_discount_and_a_stub_is_not_signed(run, row_of):
    # now: 24 · 0.6. In 6 months: 6 on demand, 12 · 0.6, then 6 on demand, because a whole year would be owed for 6
    tables = run({"strategies": ["stay_on_demand", "commit_1y"], "wait_months": [0, 6]})
    ways = options(tables, "commit_1y")
    assert ways["no_upfront", 0]["npv_cost_usd"] == pytest.approx(14.4 * MONTH)
    assert ways["no_upfront", 6]["npv_cost_usd"] == pytest.approx(19.2 * MONTH)
    assert ways["no_upfront", 6]["waiting_value_usd"] == pytest.approx(-4.8 * MONTH)
    assert ways["no_upfront", 0]["waiting_value_usd"] is None
    found = row_of(tables, "commit_1y")
    assert (found["start_month_index"], found["waiting_value_usd"]) == (0, None)


def test_hardware_that_gets_cheap_is_waited_for(run, row_of):
    # only hardware: 240,000 now, or 6 months of lease and 240,000 · exp(-5/2) then
    tables = run({"components": ["hardware"], "wait_months": [0, 6, 12]}, hardware_price_decline_frac_per_year=1.0,
                 server_price_usd=1_000_000)  # fmt: skip
    cost = {start: row["npv_cost_usd"] for (_, start), row in options(tables, "own_colocation").items()}
    assert cost == pytest.approx(
        {0: 1e6, 6: 6 * MONTH + 1e6 * np.exp(-0.5), 12: 12 * MONTH + 1e6 * np.exp(-1.0)}, abs=0.01
    )
    found = row_of(tables, "own_colocation")
    assert found["start_month_index"] == 12
    assert found["waiting_value_usd"] == pytest.approx(cost[0] - cost[12])
    assert str(found["start_date"]) == "2027-09-01"


def test_a_start_after_which_hardware_never_goes_live_stays_with_its_reason(run):
    tables = run({"wait_months": [0, 20]}, lead_time_months=6)
    ways = options(tables, "own_colocation")
    assert ways["no_choice", 0]["feasible"]
    assert "go live in month 26" in ways["no_choice", 20]["infeasible_reason"]


def test_hardware_that_goes_live_as_the_horizon_ends_serves_nothing_and_is_not_bought(run):
    # ordered in month 17 or 18 with 6 months to wait: month 23 is the last of 24, month 24 is past it
    ways = options(run({"wait_months": [17, 18]}, lead_time_months=6), "own_colocation")
    assert ways["no_choice", 17]["feasible"]
    assert "go live in month 24" in ways["no_choice", 18]["infeasible_reason"]


@pytest.mark.parametrize(
    ("costs_usd", "best"),
    [
        ([[10.0, 0.0], [6.0, 6.0]], 0),  # 5 against 6 on average, though the second is cheaper in the first draw
        ([[6.0, 6.0], [10.0, 0.0]], 1),
        ([[10.0, 10.0], [9.996, 9.996]], 0),  # less than half a cent is no reason to leave the earlier way
        ([[10.0, 10.0], [9.994, 9.994]], 1),
    ],
)
def test_the_best_way_costs_least_on_average_and_a_tie_goes_to_the_one_tried_first(stationary_world, costs_usd, best):
    flows = evaluate(stationary_world(np.ones(1)), Capacity(), {})
    ways = [Tried(Way("no_choice", k), Capacity(), flows, None, np.array(usd)) for k, usd in enumerate(costs_usd)]
    assert best_of(ways) is ways[best]


def test_a_start_beyond_the_horizon_is_refused(scenario):
    from pipelines.errors import ScenarioError

    with pytest.raises(ScenarioError, match="a start after 24 months comes after the horizon"):
        scenario({"wait_months": [0, 24]})


@pytest.mark.parametrize(
    "capacity",
    [
        Capacity(fleet_gpus=8.0, wait_months=12),
        Capacity(commitment="commitment_1y", committed_gpus=np.full(12, 5.0), wait_months=12),
        Capacity(peak="spot", wait_months=12),
    ],
)
def test_waiting_to_the_end_of_the_horizon_is_staying(stationary_world, capacity):
    world = stationary_world(np.array([0.0, 20.0]), commitment_1y_price_ratio=0.6, spot_price_ratio=0.5,
                             spot_repeated_work_frac=0.0)  # fmt: skip
    components = {name: all_components()[name] for name in ("hardware",)}
    world = world.with_value("paid_at_order_frac", np.ones(1))
    stay = evaluate(world, Capacity(), components)
    assert evaluate(world, capacity, components).npv_usd == pytest.approx(stay.npv_usd)


def test_ways_are_weighed_in_the_first_draws_and_the_best_meets_all(run, row_of, monkeypatch):
    ranged = {"server_price_usd": {"low": 100_000, "base": 240_000, "high": 500_000}}
    asked = {"strategies": ["stay_on_demand", "own_colocation"], "components": ["hardware"], "wait_months": [0, 6]}
    few = run(asked | {"simulation.draws": 7}, **ranged)
    monkeypatch.setattr("pipelines.projection.options.WAYS_DRAWS", 7)
    found = run(asked | {"simulation.draws": 20}, **ranged)
    assert options(found, "own_colocation") == options(few, "own_colocation")
    mean_usd = row_of(found, "own_colocation")["mean_npv_saving_usd"]
    assert mean_usd != row_of(few, "own_colocation")["mean_npv_saving_usd"]


def test_rows_of_ways_tell_the_share_of_draws_and_the_spread_of_a_saving(run):
    """Only the price of a server is uncertain: the saving of a start at once is 24 months on demand less a triangle."""
    low, base, high, draws = 300_000, 450_000, 600_000, 99
    asked = {"strategies": ["stay_on_demand", "own_colocation"], "components": ["hardware"], "wait_months": [0, 6],
             "simulation": {"draws": draws, "seed": 7}}  # fmt: skip
    row = options(run(asked, server_price_usd={"low": low, "base": base, "high": high}), "own_colocation")[
        "no_choice", 0
    ]
    # Above its peak a triangle has (high − x)² / ((high − low)(high − base)) beyond x.
    whole = (high - low) * (high - base)
    cheaper = 1.0 - (high - 24 * MONTH) ** 2 / whole
    assert row["cheaper_draws_frac"] == pytest.approx(cheaper, abs=3 * (cheaper * (1 - cheaper) / draws) ** 0.5)
    assert row["mean_npv_saving_usd"] == pytest.approx(24 * MONTH - base, abs=19_000)  # three standard errors
    assert row["p5_npv_saving_usd"] == pytest.approx(24 * MONTH - high + (0.05 * whole) ** 0.5, abs=30_000)
    assert row["p95_npv_saving_usd"] == pytest.approx(24 * MONTH - low - (0.05 * whole) ** 0.5, abs=30_000)


def test_ways_are_weighed_after_tax(run):
    # half of 24 months on demand against half of 240,000, all written off by the horizon
    tax = {"rate_frac": 0.5, "depreciation": "straight_line", "life_years": 5, "source": "test"}
    row = options(run({"components": ["hardware"], "wait_months": [0, 6], "tax": tax}), "own_colocation")[
        "no_choice", 0
    ]
    assert row["mean_npv_saving_usd"] == pytest.approx(12 * MONTH - 120_000)


def test_a_form_without_its_price_is_not_tried_at_the_price_of_another(scenario):
    asked = scenario(
        {"stand_alone": False, "strategies": ["commit_1y"], "payment_forms": ["no_upfront", "all_upfront"]}
    )
    tables = project(asked, Evidence(), Assumptions.empty(), as_of=asked.as_of, code_revision="", warehouse_version="")
    ways = options(tables, "commit_1y")
    assert ways["no_upfront", 0]["feasible"]
    assert not ways["all_upfront", 0]["feasible"]
    assert "all_upfront_price_ratio" in ways["all_upfront", 0]["infeasible_reason"]
    assert ways["all_upfront", 0]["npv_cost_usd"] is None


def test_blocks_are_paid_whole_every_half_year(run):
    tables = run({"strategies": ["stay_on_demand", "buy_capacity_blocks"]}, capacity_block_price_ratio=0.5)
    cash = tables["projections.cash_flow_monthly"].filter(
        (pl.col("component") == "capacity_block") & (pl.col("cash_usd_nominal") > 0.0)
    )
    assert cash["month_index"].to_list() == [0, 6, 12, 18]
    assert cash["cash_usd_nominal"].to_list() == pytest.approx([6 * 0.5 * MONTH] * 4)


def test_a_longer_term_is_cheaper_by_the_hour_in_every_range():
    known = Assumptions.load(Path(__file__).parents[3] / "data" / "assumptions").entries
    newest = [known[f"commitment_{years}y_price_ratio"].values[-1] for years in (1, 3, 5)]
    for part in ("low", "base", "high"):
        assert sorted(getattr(value, part) for value in newest) == [getattr(value, part) for value in reversed(newest)]
