"""Price history: drift, jumps and who is selling, told apart; on series made by hand."""

import datetime as dt

import numpy as np
import polars as pl
import pytest

from pipelines.projection.draws import Draws
from pipelines.projection.price_fit import fit_prices
from pipelines.projection.prices import current_price, price_paths

AS_OF = dt.date(2026, 1, 1)


def seller(name, logs, level=4.0, first=24, **terms):
    """One price on the 15th of each month up to December 2025, `level · exp(log)`; the list ends `first` months on."""
    months = [dt.date(2024 + k // 12, k % 12 + 1, 15) for k in range(24 - first, 24 - first + len(logs))]
    columns = {"pricing_model": "on_demand", "statistic": "offer", "provider": name, "region_id": "r", **terms}
    return pl.DataFrame(
        {
            "observed_at": [dt.datetime.combine(month, dt.time()) for month in months],
            "gpu_model": "G",
            **{key: pl.Series([value] * len(logs), dtype=pl.String) for key, value in columns.items()},
            "price_usd_per_gpu_hour": level * np.exp(np.asarray(logs, dtype=float)),
        }
    )


def steady(months=24, per_year=-0.24):
    """Log prices that drift and do nothing else."""
    return per_year * np.arange(months) / 12.0


def fitted(*frames):
    return fit_prices(pl.concat(frames), "G", AS_OF)


def test_a_cut_on_one_day_is_a_jump_and_neither_drift_nor_spread():
    # 10 % a year down, and 44 % off in the 13th month
    logs = steady(per_year=-0.1) + np.where(np.arange(24) >= 12, np.log(0.56), 0.0)
    fit = fitted(seller("aws", logs))
    ((month, size),) = [(jump.month, jump.size_ratio) for jump in fit.jumps]
    assert (month, size) == (dt.date(2025, 1, 1), pytest.approx(0.56, rel=0.002))
    assert fit.decline_frac_per_year == pytest.approx(0.1, abs=0.002)
    assert fit.volatility_ratio < 0.01


def test_the_index_holds_the_jump_that_the_drift_does_not():
    logs = np.where(np.arange(24) >= 12, np.log(0.5), 0.0)
    monthly = fitted(seller("aws", logs, level=8.0)).monthly
    assert monthly["index"].to_list() == pytest.approx([8.0] * 12 + [4.0] * 12)
    assert monthly["jump_ratio"].drop_nulls().to_list() == pytest.approx([0.5])


def test_a_price_that_comes_back_has_not_jumped():
    logs = np.zeros(24)
    logs[12] = np.log(0.5)
    fit = fitted(seller("a", logs))
    assert fit.jumps == ()


def test_one_sellers_cut_among_many_is_the_market_moving_and_no_jump():
    # four stand still and one gives a quarter off: the index moves by 0.75 ** (1/5)
    cut = np.where(np.arange(24) >= 12, np.log(0.75), 0.0)
    fit = fitted(seller("cut", cut), *(seller(name, np.zeros(24)) for name in "abcd"))
    assert fit.jumps == ()
    index = fit.monthly["index"]
    assert index[-1] / index[0] == pytest.approx(0.75**0.2)


def test_a_cheap_seller_who_comes_is_composition_and_no_move():
    """The median falls from 4 to 2.5 because of who sells: nobody changed a price."""
    fit = fitted(seller("dear", np.zeros(24)), seller("cheap", np.zeros(12), level=1.0, first=12))
    assert fit.decline_frac_per_year == pytest.approx(0.0, abs=1e-12)
    assert fit.monthly["index"].max() == pytest.approx(fit.monthly["index"].min())
    assert fit.composition_ratio == pytest.approx(2.5 / 4.0)


def test_the_same_seller_at_other_terms_is_another_series():
    fit = fitted(seller("a", np.zeros(24)), seller("a", np.zeros(12), level=1.0, first=12, region_id="cheap"))
    assert fit.decline_frac_per_year == pytest.approx(0.0, abs=1e-12)
    assert fit.series_count == 2


def test_the_cheapest_offer_is_no_price_of_anybody():
    low = seller(None, steady(per_year=-3.0), level=2.0, statistic="minimum")
    fit = fitted(low, seller("a", steady()))
    assert fit.decline_frac_per_year == pytest.approx(0.24, rel=0.005)
    assert current_price(low, "G", AS_OF) is None


def test_sellers_prices_of_a_year_go_before_a_longer_median_over_whoever_sells():
    median = seller(None, steady(per_year=-0.9), statistic="median")
    fit = fitted(median, seller("a", steady(12, 0.0), first=12))
    assert fit.is_matched
    assert fit.decline_frac_per_year == pytest.approx(0.0, abs=1e-12)


def test_months_without_a_price_are_bridged_by_the_same_seller():
    gap = seller("a", steady()).filter(~pl.col("observed_at").dt.month().is_between(5, 9))
    fit = fitted(gap)
    assert fit.decline_frac_per_year == pytest.approx(0.24, rel=0.005)
    assert fit.jumps == ()


def test_prices_that_rise_are_foretold_to_rise():
    fit = fitted(seller("a", steady(per_year=0.3)))
    assert fit.decline_frac_per_year == pytest.approx(-0.3, rel=0.005)
    paths = price_paths(*(np.array([x]) for x in (1.0, fit.decline_frac_per_year, 0.0)), np.zeros((1, 13)))
    assert paths[0, 12] == pytest.approx(np.exp(0.3), rel=0.002)


def test_the_error_held_out_is_that_of_the_price_six_months_on():
    """A steady drift is foretold; a price that stays would be wrong by exp(0.12) − 1."""
    holdout = fitted(seller("a", steady())).holdout
    assert holdout.mape_frac < 0.001
    assert holdout.unchanged_mape_frac == pytest.approx(np.exp(0.24 * 0.5) - 1.0, rel=0.02)


def test_a_drift_that_ended_is_worse_than_no_drift_and_says_so():
    logs = np.concatenate([steady(16, -1.0), np.full(8, -1.0 * 15 / 12)])
    holdout = fitted(seller("a", logs)).holdout
    assert holdout.mape_frac > holdout.unchanged_mape_frac


def test_the_error_of_the_drift_of_a_random_walk_is_that_of_a_walk():
    # 0.2 a year for two years: the drift is known to 0.2·√(1.2/2), whatever the straight line says
    errors = [
        fitted(seller("a", np.cumsum(np.random.default_rng(seed).normal(0, 0.2 / 12**0.5, 24)))).standard_error
        for seed in range(12)
    ]
    assert np.mean(errors) == pytest.approx(0.2 * (1.2 / 2.0) ** 0.5, rel=0.25)


def test_one_jump_says_that_prices_can_jump_but_not_how_often():
    once = np.where(np.arange(24) >= 12, np.log(0.5), 0.0)
    twice = once + np.where(np.arange(24) >= 18, np.log(0.6), 0.0)
    assert fitted(seller("a", once)).jumps_per_year == 0.0
    assert fitted(seller("a", twice)).jumps_per_year == pytest.approx(2 / fitted(seller("a", twice)).years)


def test_jumps_come_as_often_and_as_large_as_they_did():
    jumps = Draws(20_000, 1).jumps("j", 1.0, [0.5, 0.8], 24)
    # 24 months, each with 1 − exp(−1/12) of a jump, half the time log 0.5, half the time log 0.8
    expected = 24 * (1 - np.exp(-1 / 12)) * (np.log(0.5) + np.log(0.8)) / 2
    assert jumps.sum(axis=1).mean() == pytest.approx(expected, rel=0.02)
    assert (Draws.central().jumps("j", 1.0, [0.5], 24) == 0.0).all()


def test_after_a_cut_the_old_price_can_no_longer_be_had():
    logs = np.zeros(24)
    logs[23] = np.log(0.5)
    assert current_price(seller("a", logs), "G", AS_OF)[0] == pytest.approx(2.0)


def test_rows_back_dated_and_out_of_order_change_nothing():
    frame = seller("a", steady())
    one, other = fitted(frame), fitted(frame.reverse())
    assert one.monthly.equals(other.monthly)
    assert one.decline_frac_per_year == other.decline_frac_per_year
