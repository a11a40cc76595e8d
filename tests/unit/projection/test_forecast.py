"""Demand foretold: better than the week before where there is something to foretell, and honest where not."""

import datetime as dt

import numpy as np
import pytest

from pipelines.projection.forecast import DailyUse, forecast

FIRST = dt.date(2025, 9, 1)


def days(count=180, growth=0.0, season=0.0, noise=0.0, seed=3):
    """20 GPUs that grow in a straight line by `growth` a year, with a weekly wave and scatter."""
    t = np.arange(count)
    wave = season * np.sin(2.0 * np.pi * t / 7.0)
    return 20.0 * (1.0 + growth * t / 365.25) * (1.0 + wave) + np.random.default_rng(seed).normal(0.0, noise, count)


def of(gpus):
    return forecast(DailyUse(FIRST, np.asarray(gpus, dtype=float)))


@pytest.fixture(scope="module")
def rising():
    return of(days(growth=0.6, season=0.2, noise=0.6))


def test_a_trend_with_a_week_is_foretold_better_than_by_the_week_before(rising):
    assert rising.beats_naive
    assert rising.score.mase_ratio < 0.8 * rising.naive.mase_ratio
    assert rising.holdouts == 4


def test_the_interval_holds_about_nine_days_in_ten(rising):
    assert 0.8 <= rising.score.coverage_frac <= 1.0


def test_growth_is_that_of_the_line_and_its_range_holds_it(rising):
    # from two weeks ahead to 154 days ahead the line rises from 1.319 to 1.549 of its start: 52 % a year, compounded;
    # a damped trend says less than the line, never more
    growth = rising.growth_frac_per_year
    assert 0.05 < growth.base < 0.52
    assert growth.low < growth.base < growth.high


def test_a_level_that_breaks_is_not_foretold_and_the_score_says_so():
    """Use halves on the days held back: neither knew, and the forecast is not called better."""
    broken = days(180, noise=0.1)
    broken[-28:] *= 0.5
    found = of(broken)
    assert found.score.mean_mape_frac > 0.2
    assert found.score.bias_frac > 0.1


def test_pure_chance_from_week_to_week_is_told_by_coverage_not_by_confidence():
    walk = 40.0 + np.cumsum(np.random.default_rng(5).normal(0.0, 1.0, 180))
    found = of(walk)
    assert found.level_ratio.low < 1.0 < found.level_ratio.high
    assert found.growth_frac_per_year.low < 0.0 < found.growth_frac_per_year.high


def test_the_week_before_is_exact_where_every_week_is_the_same():
    found = of(days(140, season=0.3))
    assert found.naive.mean_mape_frac == pytest.approx(0.0, abs=1e-12)
    assert not found.beats_naive


@pytest.mark.parametrize(
    ("gpus", "reason"),
    [
        (days(83), "83 days of history are fewer than 84"),
        (np.where(np.arange(100) % 3 == 0, np.nan, 20.0), "on 34% of the days nothing was observed"),
        (np.where(np.arange(100) < 72, 20.0, 0.0), "no use in the last 28 days"),
    ],
)
def test_what_cannot_be_foretold_says_why(gpus, reason):
    assert of(gpus) == reason


def test_a_day_not_observed_is_no_day_of_no_use():
    gpus = days(140)
    gpus[100] = np.nan
    found = of(gpus)
    assert found.level_ratio.base == pytest.approx(1.0, abs=0.01)
    assert found.score.bias_frac == pytest.approx(0.0, abs=0.01)


def test_the_same_days_give_the_same_bytes():
    from pipelines.projection import forecast as module

    one = of(days(120, noise=0.5)).paths_gpus.tobytes()
    module._forecast.cache_clear()
    assert of(days(120, noise=0.5)).paths_gpus.tobytes() == one
