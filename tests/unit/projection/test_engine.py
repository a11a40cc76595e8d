"""Claims about the whole projection that hold whatever the numbers are."""

import datetime as dt
from pathlib import Path

import polars as pl
import pytest

from pipelines.projection.engine import cheapest

AS_OF = dt.date(2026, 9, 1)


DATA = Path(__file__).parents[3] / "data"


ALL = {"strategies": ["stay_on_demand", "commit_1y", "own_colocation", "own_base_lease_burst"]}


UNCERTAIN = {
    "simulation": {"draws": 200, "seed": 7},
    "conventions.break_even_basis": "npv",
    "conventions.payment_timing": "mid",
}


RANGES = {
    "energy_usd_per_kwh": {"low": 0.1, "base": 0.2, "high": 0.4},
    "on_demand_decline_frac_per_year": {"low": -0.1, "base": 0.1, "high": 0.4},
    "on_demand_volatility_ratio": 0.2,
    "demand_level_ratio": {"low": 0.6, "base": 1.0, "high": 1.2},
    "demand_growth_frac_per_year": {"low": -0.3, "base": 0.1, "high": 0.3},
    "lead_time_months": {"low": 1, "base": 3, "high": 9},
    "discount_rate_frac_per_year": {"low": 0.05, "base": 0.1, "high": 0.15},
}


def test_same_inputs_seed_and_day_give_the_same_bytes(run, as_bytes):
    assert as_bytes(run(ALL | UNCERTAIN, **RANGES)) == as_bytes(run(ALL | UNCERTAIN, **RANGES))


def test_other_seed_gives_other_draws_and_the_same_central_result(run, row_of):
    first = run(ALL | UNCERTAIN, **RANGES)
    second = run(ALL | UNCERTAIN | {"simulation": {"draws": 200, "seed": 8}}, **RANGES)
    one, other = (row_of(tables, "own_colocation") for tables in (first, second))
    assert one["mean_npv_saving_usd"] != other["mean_npv_saving_usd"]
    assert one["npv_saving_usd"] == other["npv_saving_usd"]


def test_without_spread_every_draw_is_the_central_result(run):
    tables = run(ALL | UNCERTAIN | {"simulation": {"draws": 1000, "seed": 7, "spread_ratio": 0.0}}, **RANGES)
    central = tables["projections.strategy_summary"].select("strategy", "npv_cost_usd", "npv_saving_usd")
    spread = tables["projections.draw_quantiles"].join(central, on="strategy")
    for measure in ("npv_cost_usd", "npv_saving_usd"):
        of_one = spread.filter(pl.col("measure") == measure)
        assert of_one.height == 4 * 5
        assert of_one["quantile_value"].to_numpy() == pytest.approx(of_one[measure].to_numpy(), rel=1e-12)


def test_present_values_of_the_cash_add_up_to_the_npv(run):
    tables = run(ALL | UNCERTAIN, **RANGES)
    cash = (
        tables["projections.cash_flow_monthly"]
        .group_by("strategy")
        .agg(pl.col("present_value_usd", "cash_usd_nominal").sum())
    )
    joined = tables["projections.strategy_summary"].join(cash, on="strategy")
    assert joined["present_value_usd"].to_numpy() == pytest.approx(joined["npv_cost_usd"].to_numpy())
    assert joined["cash_usd_nominal"].to_numpy() == pytest.approx(joined["total_cost_usd_nominal"].to_numpy())


def test_all_prices_times_k_make_all_money_times_k_and_leave_the_rest(run, plain):
    k = 3.0
    prices = {key: value["base"] * k for key, value in plain["assumptions"].items() if "_usd" in key}
    ranges = {key: value for key, value in RANGES.items() if "_usd" not in key}
    changes = ALL | UNCERTAIN
    one = run(changes, **ranges)["projections.strategy_summary"]
    other = run(changes, **(prices | ranges))["projections.strategy_summary"]
    for name in one.columns:
        if one[name].dtype != pl.Float64:
            assert one[name].to_list() == other[name].to_list(), name
            continue
        factor = k if "_usd" in name else 1.0
        expected = (one[name] * factor).to_list()
        assert other[name].to_list() == [None if v is None else pytest.approx(v, rel=1e-6) for v in expected], name


def test_no_demand_costs_nothing_whatever_the_strategy(run):
    summary = run(ALL | {"workloads.0.utilisation_frac": 0.0})["projections.strategy_summary"]
    assert summary["total_cost_usd_nominal"].to_list() == [0.0] * 4
    assert summary["owned_gpus"].to_list() == [0] * 4
    assert summary.filter("recommended")["strategy"].to_list() == ["stay_on_demand"]


def test_owning_at_the_price_of_leasing_saves_nothing(run, row_of):
    # no outlay, and a server-hour at eight times the price of a GPU-hour
    at_par = {"components": ["hardware", "managed_operations"]}
    tables = run(at_par, server_price_usd=0, managed_operations_usd_per_hour=8 * 3.29)
    own = row_of(tables, "own_colocation")
    assert own["npv_saving_usd"] == pytest.approx(0.0, abs=1e-6)
    assert own["recommended"] is False


def test_commitment_at_the_price_of_on_demand_saves_nothing(run, row_of):
    found = row_of(run(ALL, commitment_1y_price_ratio=1.0), "commit_1y")
    assert (found["committed_gpus"], found["npv_saving_usd"]) == (8.0, pytest.approx(0.0, abs=1e-6))


def test_commitment_saves_its_discount_on_a_level_demand(run, row_of):
    # 8 GPUs · 17,520 h · 3.29 · 40 %
    found = row_of(run(ALL), "commit_1y")
    assert found["npv_saving_usd"] == pytest.approx(8 * 730 * 24 * 3.29 * 0.4)


def test_cost_of_owning_is_what_its_components_are(run, row_of):
    # 240,000 + 24 months of 2.1 kW · 194.95 and 2.1 · 730 · 1.52 · 0.2575
    own = row_of(run(), "own_colocation")
    assert own["total_cost_usd_nominal"] == pytest.approx(240_000 + 24 * (409.395 + 600.0159), abs=0.01)


def test_waiting_for_hardware_costs_the_lease_of_those_months(run, row_of):
    # six months of 8 GPUs on demand, and six months less of running cost
    at_once, later = (row_of(run(lead_time_months=lead), "own_colocation") for lead in (0, 6))
    lease, running = 6 * 8 * 730 * 3.29, 6 * (409.395 + 600.0159)
    expected = at_once["total_cost_usd_nominal"] + lease - running
    assert later["total_cost_usd_nominal"] == pytest.approx(expected, abs=0.01)


def test_resale_comes_off_at_the_age_of_the_horizon(run, row_of):
    sold = {"conventions.residual_basis": "resale_curve", "components": ["hardware", "resale"]}
    kept = row_of(run({"components": ["hardware"]}), "own_colocation")
    own = row_of(run(sold, resale_frac=0.3, selling_cost_frac=0.1), "own_colocation")
    assert kept["total_cost_usd_nominal"] - own["total_cost_usd_nominal"] == pytest.approx(240_000 * 0.3 * 0.9)


def test_discounting_later_saving_makes_owning_less_attractive(run, row_of):
    savings = [
        row_of(run(discount_rate_frac_per_year=rate), "own_colocation")["npv_saving_usd"] for rate in (0.0, 0.1, 0.2)
    ]
    assert savings == sorted(savings, reverse=True)


def test_incremental_irr_is_the_rate_at_which_the_saving_is_nothing(run, row_of):
    found = row_of(run({"components": ["hardware"]}, server_price_usd=400_000), "own_colocation")
    assert found["irr_status"] == "one"
    again = run(
        {"components": ["hardware"]}, server_price_usd=400_000, discount_rate_frac_per_year=found["irr_frac_per_year"]
    )
    assert row_of(again, "own_colocation")["npv_saving_usd"] == pytest.approx(0.0, abs=0.01)


def test_regret_of_the_best_strategy_in_every_draw_is_nothing(run):
    tables = run(ALL | UNCERTAIN, **(RANGES | {"server_price_usd": 1_000}))
    summary = tables["projections.strategy_summary"]
    best = summary.filter("recommended").row(0, named=True)
    assert best["expected_regret_usd"] == summary["expected_regret_usd"].min()
    assert (summary["expected_regret_usd"] >= 0.0).all()
    # what staying costs more than the best on average is at most its regret
    stay = summary.filter(pl.col("strategy") == "stay_on_demand").row(0, named=True)
    assert stay["expected_regret_usd"] >= best["mean_npv_saving_usd"] - 1e-6


def test_probability_quantiles_and_tail_describe_the_same_draws(run, row_of):
    own = row_of(run(ALL | UNCERTAIN, **RANGES), "own_colocation")
    assert (
        own["cvar_npv_saving_usd"] <= own["p5_npv_saving_usd"] <= own["p50_npv_saving_usd"] <= own["p95_npv_saving_usd"]
    )
    assert 0.0 < own["cheaper_draws_frac"] < 1.0
    assert (own["p50_npv_saving_usd"] > 0) == (own["cheaper_draws_frac"] > 0.5)


def test_strategy_beyond_the_capex_allowed_stays_with_its_reason(run, row_of):
    own = row_of(run({"constraints": {"max_capex_usd": 100_000}}), "own_colocation")
    assert own["feasible"] is False
    assert own["infeasible_reason"] == "its capex of 240,000 USD is above the 100,000 USD allowed"
    assert own["npv_cost_usd"] is None


def test_lead_time_longer_than_allowed_stays_with_its_reason(run, row_of):
    own = row_of(run({"constraints": {"max_lead_time_months": 3}}, lead_time_months=5), "own_colocation")
    assert own["infeasible_reason"] == "its lead time of 5 months is longer than the 3 allowed"


def test_hardware_live_after_the_horizon_stays_with_its_reason(run, row_of):
    own = row_of(run(lead_time_months=24), "own_colocation")
    assert own["infeasible_reason"] == "hardware would go live in month 24, after the horizon of 24 months"


@pytest.fixture
def dropped_in(tmp_path):
    """A module put beside the components, for one test."""
    from pipelines import owning

    (tmp_path / "zz_canteen.py").write_text(
        "import polars as pl\n"
        "from pipelines.owning import monthly\n"
        'NEEDS = ("staff_minimum_fte",)\n'
        'TAX = "expense"\n'
        "def cash(plan):\n"
        '    return monthly(plan, __name__, during=pl.col("in_service_count") * pl.col("staff_minimum_fte") * 10.0)\n'
    )
    owning.__path__.append(str(tmp_path))
    owning.all_components.cache_clear()
    yield "zz_canteen"
    owning.__path__.remove(str(tmp_path))
    owning.all_components.cache_clear()


def test_component_file_put_into_the_folder_takes_part_in_the_next_run(dropped_in, run, row_of):
    with_it = {"components": ["hardware", dropped_in]}
    cost = row_of(run(with_it, staff_minimum_fte=2), "own_colocation")["total_cost_usd_nominal"]
    assert cost == pytest.approx(240_000 + 24 * 20)


def test_of_two_that_cost_the_same_the_one_with_fewer_contracts_is_taken():
    """A commitment to nothing costs what leasing costs, and is not advised."""
    costs = {"keep_owning": 290.0, "shift_to_commitment_3y": 161.5, "shift_to_lease": 161.5}
    assert cheapest(costs, "keep_owning") == "shift_to_lease"
    assert cheapest(costs | {"shift_to_commitment_3y": 161.4}, "keep_owning") == "shift_to_commitment_3y"
