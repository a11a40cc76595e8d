import datetime as dt
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from pipelines.projection.price_fit import fit_prices
from pipelines.projection.prices import current_price, price_paths

AS_OF = dt.date(2026, 1, 1)


def offers(provider, first, months, price, fall=0.24, pricing_model="on_demand", statistic="offer", gpu_model="G"):
    """One price on the 15th of each month: price · exp(-fall · t), t in years from the first."""
    days = [
        dt.datetime(first.year + (first.month - 1 + m) // 12, (first.month - 1 + m) % 12 + 1, 15) for m in range(months)
    ]
    years = [(day.date().replace(day=1) - first).days / 365.25 for day in days]
    return pl.DataFrame(
        {
            "observed_at": days,
            "gpu_model": gpu_model,
            "pricing_model": pricing_model,
            "statistic": statistic,
            "provider": pl.Series([provider] * months, dtype=pl.String),
            "price_usd_per_gpu_hour": [price * np.exp(-fall * year) for year in years],
        }
    )


def test_decline_of_an_exponential_is_recovered():
    fit = fit_prices(offers("a", dt.date(2024, 1, 1), 24, 4.0), "G", AS_OF)
    assert fit.decline_frac_per_year == pytest.approx(0.24, abs=1e-9)
    assert fit.volatility_ratio == pytest.approx(0.0, abs=1e-9)


def test_prices_that_rise_have_a_negative_decline():
    fit = fit_prices(offers("a", dt.date(2024, 1, 1), 24, 4.0, fall=-0.1), "G", AS_OF)
    assert fit.decline_frac_per_year == pytest.approx(-0.1, abs=1e-9)


def test_cheap_provider_that_appears_is_not_a_fall_in_price():
    # both fall by 0.24 a year; the second is half as dear and comes a year later, so the median falls far more
    points = pl.concat([offers("a", dt.date(2024, 1, 1), 24, 4.0), offers("b", dt.date(2025, 1, 1), 12, 1.6)])
    assert fit_prices(points, "G", AS_OF).decline_frac_per_year == pytest.approx(0.24, abs=1e-9)


def test_levels_of_providers_are_no_error_of_the_trend():
    points = pl.concat([offers("a", dt.date(2024, 1, 1), 24, 4.0), offers("b", dt.date(2024, 1, 1), 24, 1.6)])
    assert fit_prices(points, "G", AS_OF).standard_error == pytest.approx(0.0, abs=1e-9)


def test_price_of_the_day_itself_is_not_known_yet():
    points = offers("a", dt.date(2025, 1, 1), 12, 2.0, fall=0.0)
    assert current_price(points, "G", dt.date(2025, 12, 15))[1].endswith("up to 2025-11-15")


def test_other_pricing_models_and_statistics_do_not_mix_in():
    points = pl.concat(
        [
            offers("a", dt.date(2024, 1, 1), 24, 4.0),
            offers("a", dt.date(2025, 1, 1), 12, 1.0, fall=3.0, pricing_model="spot"),
            offers(None, dt.date(2025, 6, 1), 6, 1.0, fall=3.0, statistic="minimum"),
            offers("a", dt.date(2024, 1, 1), 24, 4.0, fall=9.0, gpu_model="H"),
        ]
    )
    assert fit_prices(points, "G", AS_OF).decline_frac_per_year == pytest.approx(0.24, abs=1e-9)


def test_prices_seen_on_or_after_the_day_are_not_used():
    points = pl.concat([offers("a", dt.date(2024, 1, 1), 24, 4.0), offers("a", dt.date(2026, 1, 1), 12, 0.1, fall=5.0)])
    assert fit_prices(points, "G", AS_OF).decline_frac_per_year == pytest.approx(0.24, abs=1e-9)


def test_history_shorter_than_half_a_year_is_not_fitted():
    assert fit_prices(offers("a", dt.date(2025, 8, 1), 5, 4.0), "G", AS_OF) is None


def test_order_of_the_observations_does_not_matter():
    points = pl.concat([offers("a", dt.date(2024, 1, 1), 24, 4.0, fall=0.3), offers("b", dt.date(2024, 6, 1), 18, 3.0)])
    shuffled = points.sample(fraction=1.0, shuffle=True, seed=1)
    one, other = fit_prices(shuffled, "G", AS_OF), fit_prices(points, "G", AS_OF)
    assert one.monthly.equals(other.monthly)
    assert replace(one, monthly=None) == replace(other, monthly=None)


def with_log_prices(logs):
    """A level series of that many months with these log prices added."""
    points = offers("a", dt.date(2024, 1, 1), len(logs), 4.0, fall=0.0)
    return points.with_columns(price_usd_per_gpu_hour=pl.Series(4.0 * np.exp(logs)))


def test_quotes_that_scatter_around_a_level_do_not_wander():
    # ±2 % in turn: from month to month that would be 0.14 a year, but nothing moves over any whole year
    logs = np.array([0.02 * (-1) ** month for month in range(24)])
    assert fit_prices(with_log_prices(logs), "G", AS_OF).volatility_ratio < 0.01


def test_volatility_of_random_walks_is_recovered():
    # 400 providers, twenty-four months, 0.3 a year
    steps = np.random.default_rng(2).normal(0.0, 0.3 / 12**0.5, (400, 24))
    walks = [
        offers(f"p{i:03}", dt.date(2024, 1, 1), 24, 4.0, fall=0.0).with_columns(
            price_usd_per_gpu_hour=pl.Series(4.0 * np.exp(np.cumsum(step)))
        )
        for i, step in enumerate(steps)
    ]
    assert fit_prices(pl.concat(walks), "G", AS_OF).volatility_ratio == pytest.approx(0.3, rel=0.1)


def test_current_price_is_the_median_of_the_last_days():
    points = pl.concat(
        [offers(name, dt.date(2025, 1, 1), 12, price, fall=0.0) for name, price in (("a", 2), ("b", 3), ("c", 9))]
    )
    price, source = current_price(points, "G", AS_OF)
    assert price == 3.0
    assert source == "median of the newest 3 on-demand offers of G up to 2025-12-15"


def test_published_median_goes_before_our_own():
    points = pl.concat(
        [
            offers("a", dt.date(2025, 1, 1), 12, 9.0),
            offers(None, dt.date(2025, 1, 1), 12, 2.5, fall=0.0, statistic="median"),
        ]
    )
    assert current_price(points, "G", AS_OF)[0] == pytest.approx(2.5)


def test_a_price_of_sixty_days_before_the_newest_is_no_longer_current():
    old = offers("b", dt.date(2025, 10, 1), 1, 9.0).with_columns(observed_at=pl.lit(dt.datetime(2025, 10, 16)))
    assert current_price(pl.concat([offers("a", dt.date(2025, 12, 1), 1, 2.0), old]), "G", AS_OF)[0] == 2.0


def test_no_price_is_none():
    assert current_price(offers("a", dt.date(2025, 1, 1), 12, 2.0), "H", AS_OF) is None


def test_path_without_chance_falls_exponentially_from_todays_price():
    path = price_paths(np.array([3.0]), np.array([0.12]), np.array([0.0]), np.zeros((1, 13)))
    assert path[0, 0] == 3.0
    assert path[0, 12] == pytest.approx(3.0 * np.exp(-0.12))


def test_a_jump_stays_and_the_next_comes_on_top():
    jumps = np.log(np.array([[1.0, 0.5, 1.0, 0.8], [1.0, 1.0, 1.0, 2.0]]))
    nothing = np.zeros(2)
    path = price_paths(np.array([3.0, 4.0]), nothing, nothing, np.zeros((2, 4)), jumps)
    assert path == pytest.approx(np.array([[3.0, 1.5, 1.5, 1.2], [4.0, 4.0, 4.0, 8.0]]))


@pytest.mark.parametrize("month", [1, 24, 59])
def test_mean_of_the_paths_is_the_log_normal_mean(month):
    # E[P] = P0·exp(-δt + σ²t/2); Var = E[P]²·(exp(σ²t) - 1)
    draws, t, sigma, decline = 20_000, month / 12, 0.3, 0.2
    noise = np.random.default_rng(5).standard_normal((draws, 60))
    paths = price_paths(np.full(draws, 3.0), np.full(draws, decline), np.full(draws, sigma), noise)
    mean = 3.0 * np.exp(-decline * t + sigma**2 * t / 2)
    standard_error = mean * np.sqrt((np.exp(sigma**2 * t) - 1) / draws)
    assert paths[:, month].mean() == pytest.approx(mean, abs=3 * standard_error)


def test_every_path_starts_at_todays_price():
    noise = np.random.default_rng(5).standard_normal((7, 3))
    paths = price_paths(np.full(7, 3.0), np.full(7, 0.2), np.full(7, 0.3), noise)
    assert (paths[:, 0] == 3.0).all()
