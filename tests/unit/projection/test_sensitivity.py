"""Which numbers move the answer, against arithmetic that can be done by hand."""

import numpy as np
import polars as pl
import pytest

from pipelines.projection.sensitivity import variance_shares

TABLE = "projections.sensitivity"
# 8 GPUs · 730 h · 3.29 less the running cost of owning them, over 24 months: what owning saves beside its outlay
SAVED = 24 * (8 * 730 * 3.29 - 409.395 - 600.0159)
PRICE = {"low": 100_000, "base": 240_000, "high": 900_000}
CHANCE = {"simulation": {"draws": 5_000, "seed": 7}}


@pytest.fixture
def moved(run):
    """Rows of one method for owning, in order of rank."""

    def read(method, changes=None, **numbers):
        rows = run(changes, **numbers)[TABLE]
        of_one = rows.filter((pl.col("strategy") == "own_colocation") & (pl.col("method") == method))
        return of_one.sort("rank_index").to_dicts()

    return read


def test_one_way_is_the_saving_at_both_ends_of_a_range(moved):
    (price, energy) = moved(
        "one_way", server_price_usd=PRICE, energy_usd_per_kwh={"low": 0.2, "base": 0.2575, "high": 0.3}
    )
    assert (price["assumption"], price["rank_index"], price["flips"]) == ("server_price_usd", 1, True)
    assert price["low_npv_saving_usd"] == pytest.approx(SAVED - 100_000, abs=1)
    assert price["high_npv_saving_usd"] == pytest.approx(SAVED - 900_000, abs=1)
    assert price["swing_usd"] == pytest.approx(800_000)
    # 24 months of 2.1 kW · 730 h · 1.52 at ten cents between low and high
    assert (energy["rank_index"], energy["flips"]) == (2, False)
    assert energy["swing_usd"] == pytest.approx(24 * 2.1 * 730 * 1.52 * 0.1)


def test_a_resale_curve_is_moved_as_a_whole(moved):
    sold = {"conventions.residual_basis": "resale_curve", "components": ["hardware", "resale"]}
    (row,) = moved("one_way", sold, resale_frac={"low": 0.1, "base": 0.3, "high": 0.4}, selling_cost_frac=0.0)
    assert (row["assumption"], row["low_value"]) == ("resale_frac", None)
    assert row["swing_usd"] == pytest.approx(240_000 * 0.3)


def test_variance_shares_of_a_sum_are_the_shares_of_its_parts():
    # y = 3a + b + 0c of equal variances: 9 and 1 of 10
    a, b, c = np.random.default_rng(4).random((3, 8_000))
    found = variance_shares(3 * a + b, {"a": a, "b": b, "c": c})
    assert list(found) == ["a", "b", "c"]
    assert list(found.values()) == pytest.approx([0.9, 0.1, 0.0], abs=0.02)


def test_a_product_leaves_a_rest_to_joint_effects():
    # y = (a − ½)(b − ½): neither alone says anything
    a, b = np.random.default_rng(4).random((2, 8_000))
    assert list(variance_shares((a - 0.5) * (b - 0.5), {"a": a, "b": b}).values()) == pytest.approx([0, 0], abs=0.02)


def test_shares_of_two_prices_are_those_of_their_triangles(moved):
    # Saving is linear in both. Variance of a triangle: (a²+b²+c²−ab−ac−bc)/18; energy counts 24 · 2.1 · 730 · 1.52 kWh.
    energy = {"low": 0.0, "base": 1.0, "high": 4.0}
    price = {"low": 200_000, "base": 240_000, "high": 500_000}
    rows = moved("first_order", CHANCE, server_price_usd=price, energy_usd_per_kwh=energy)

    def variance(a, c, b):
        return (a * a + b * b + c * c - a * b - a * c - b * c) / 18

    parts = {
        "server_price_usd": variance(*price.values()),
        "energy_usd_per_kwh": variance(*energy.values()) * (24 * 2.1 * 730 * 1.52) ** 2,
    }
    assert {row["assumption"]: row["variance_share_frac"] for row in rows} == {
        name: pytest.approx(part / sum(parts.values()), abs=0.03) for name, part in parts.items()
    }


def test_luck_of_the_price_path_counts_where_prices_move_by_chance(moved):
    rows = moved("first_order", CHANCE, on_demand_volatility_ratio=0.3)
    assert [row["assumption"] for row in rows] == ["on_demand_luck_ratio"]
    assert rows[0]["variance_share_frac"] > 0.9


def test_share_of_draws_past_a_threshold_is_the_triangle_beyond_it(run):
    # Beyond x, above the peak: (b − x)² / ((b − a)(b − c)).
    tables = run(CHANCE | {"conventions.break_even_basis": "npv"}, server_price_usd=PRICE)
    rows = tables["projections.threshold"].filter(pl.col("parameter") == "server_price_usd").to_dicts()
    row = next(row for row in rows if row["strategy"] == "own_colocation")
    assert row["threshold_value"] == pytest.approx(SAVED, abs=50)
    share = (900_000 - SAVED) ** 2 / (800_000 * 660_000)
    assert row["past_draws_frac"] == pytest.approx(share, abs=3 * (share * (1 - share) / 5_000) ** 0.5)


def test_numbers_that_matter_are_searched_without_being_asked_for(run):
    tables = run(
        {"thresholds": ["energy_usd_per_kwh"]},
        server_price_usd=PRICE,
        pue_ratio={"low": 1.5, "base": 1.52, "high": 1.53},
    )
    searched = tables["projections.threshold"]["parameter"].unique().sort().to_list()
    assert searched == ["energy_usd_per_kwh", "on_demand_usd_per_gpu_hour", "server_price_usd", "utilisation_frac"]


def test_certain_numbers_have_no_sensitivity(run):
    assert run()[TABLE].is_empty()
