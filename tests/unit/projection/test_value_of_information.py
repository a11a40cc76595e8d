"""What knowing is worth, against the unit normal loss `L(z) = φ(z) − z·Φ(−z)` (Raiffa and Schlaifer 1961)."""

import numpy as np
import polars as pl
import pytest
from scipy.special import ndtr

from pipelines.projection.value_of_information import EVERYTHING, value_of_information

DRAWS = 20_000
TABLE = "projections.value_of_information"
CHANCE = {
    "simulation": {"draws": 2_000, "seed": 7},
    "strategies": ["stay_on_demand", "commit_1y", "own_colocation"],
    "conventions.break_even_basis": "npv",
}
RANGES = {
    "server_price_usd": {"low": 300_000, "base": 400_000, "high": 600_000},
    "on_demand_decline_frac_per_year": {"low": -0.1, "base": 0.1, "high": 0.6},
    "energy_usd_per_kwh": {"low": 0.19, "base": 0.2, "high": 0.21},
    "commitment_1y_price_ratio": {"low": 0.7, "base": 0.9, "high": 1.0},
}


def loss(z):
    return np.exp(-z * z / 2) / np.sqrt(2 * np.pi) - z * ndtr(-z)


@pytest.mark.parametrize("rho", [-0.7, 0.0, 0.8])
def test_knowing_everything_of_two_normal_costs_is_worth_the_unit_normal_loss(rho):
    # Costs N(10, 3²) and N(11, 2²): their difference has mean 1 and variance θ² = 9 + 4 − 12ρ; the worth is θ·L(1/θ).
    normal = np.random.default_rng(5).standard_normal((2, DRAWS))
    one, other = 10 + 3 * normal[0], 11 + 2 * (rho * normal[0] + np.sqrt(1 - rho**2) * normal[1])
    found = value_of_information(np.stack([one, other]), {})[0]
    theta = np.sqrt(13 - 12 * rho)
    assert found.assumption == EVERYTHING
    assert found.value_usd == pytest.approx(theta * loss(1 / theta), abs=3 * found.standard_error_usd)


def test_knowing_one_number_is_worth_the_loss_of_its_own_part_of_the_spread():
    # Own costs 1 + 2x + 5e more than staying; x alone leaves E = 1 + 2x: worth 2·L(½). z plays no part.
    x, e, z = np.random.default_rng(6).standard_normal((3, DRAWS))
    costs = np.stack([np.zeros(DRAWS), 1 + 2 * x + 5 * e])
    _, *each = value_of_information(costs, {"x": x, "z": z})
    found = {item.assumption: item for item in each}
    assert found["x"].value_usd == pytest.approx(2 * loss(0.5), abs=3 * found["x"].standard_error_usd)
    assert found["z"].value_usd <= 3 * found["z"].standard_error_usd
    assert each[0].assumption == "x"


def test_a_number_that_moves_the_result_and_no_decision_is_worth_nothing():
    x = np.random.default_rng(7).standard_normal(DRAWS)
    everything, number = value_of_information(np.stack([10 + 3 * x, 50 + 3 * x]), {"x": x})
    assert (everything.value_usd, number.value_usd) == (0.0, 0.0)


def test_knowing_everything_is_worth_the_regret_of_the_best_strategy(run):
    tables = run(CHANCE, **RANGES)
    best = tables["projections.strategy_summary"].filter("recommended").row(0, named=True)
    everything = tables[TABLE].filter(pl.col("rank_index") == 0).row(0, named=True)
    assert everything["assumption"] == EVERYTHING
    assert everything["information_value_usd"] == pytest.approx(best["expected_regret_usd"], rel=1e-9)
    assert everything["information_value_usd"] > 0.0


def test_no_number_alone_is_worth_more_than_all_together(run):
    rows = run(CHANCE, **RANGES)[TABLE].sort("rank_index")
    assert rows["assumption"][0] == EVERYTHING
    assert set(rows["assumption"][1:]) == set(RANGES)
    values = rows["information_value_usd"].to_list()
    assert values[1] > 0.0 and values[1:] == sorted(values[1:], reverse=True)
    assert max(values[1:]) <= values[0] + 3 * rows["standard_error_usd"][0]


def test_all_prices_times_k_make_what_knowing_is_worth_times_k(run, plain):
    dearer = {key: value["base"] * 3.0 for key, value in plain["assumptions"].items() if "_usd" in key}
    dearer |= {key: {end: value * 3.0 for end, value in ends.items()} for key, ends in RANGES.items() if "_usd" in key}
    one, other = (run(CHANCE, **numbers)[TABLE].sort("assumption") for numbers in (RANGES, RANGES | dearer))
    assert other["assumption"].to_list() == one["assumption"].to_list()
    tripled = (one["information_value_usd"] * 3.0).to_list()
    assert other["information_value_usd"].to_list() == [pytest.approx(value, rel=1e-6, abs=1e-3) for value in tripled]
