"""The price of leasing over time: what history says about its trend, and paths into the future.

`P(t) = P0 · exp(−δ·t + σ·W(t))`, t in years. δ is fitted within one pricing model and one statistic and, where prices
name their provider, within each provider: when cheap providers come and go, the median moves and no price has changed.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from pipelines.economics.rates import FloatArray
from pipelines.units import MONTHS_PER_YEAR

PRICING_MODEL: Final = "on_demand"
MIN_MONTHS: Final = 6
MIN_SPAN_YEARS: Final = 0.5
CURRENT_DAYS: Final = 60
LONGEST_LAG_MONTHS: Final = 12
DAYS_PER_YEAR: Final = 365.25


@dataclass(frozen=True)
class Decline:
    """A fitted price trend.

    Attributes:
        decline_frac_per_year: δ, continuous; negative where prices rose.
        standard_error: of δ.
        volatility_ratio: σ, standard deviation of the log price over a year, from changes over up to a year.
        source: statistic, months and points behind it.
    """

    decline_frac_per_year: float
    standard_error: float
    volatility_ratio: float
    source: str


def known_prices(points: pl.DataFrame, gpu_model: str, as_of: dt.date) -> pl.DataFrame:
    """On-demand prices of a GPU model seen before a day, as floats, in a stable order.

    Args:
        points: price observations.
        gpu_model: canonical name.
        as_of: the day; its own prices are not known yet.
    """
    return (
        points.filter(
            (pl.col("gpu_model") == gpu_model)
            & (pl.col("pricing_model") == PRICING_MODEL)
            & (pl.col("observed_at").cast(pl.Date) < as_of)
            & (pl.col("price_usd_per_gpu_hour") > 0)
        )
        .select(
            "statistic",
            pl.col("provider").fill_null(""),
            observed_date=pl.col("observed_at").cast(pl.Date),
            price=pl.col("price_usd_per_gpu_hour").cast(pl.Float64),
        )
        .sort("statistic", "provider", "observed_date", "price")
    )


def current_price(points: pl.DataFrame, gpu_model: str, as_of: dt.date) -> tuple[float, str] | None:
    """Median on-demand price of the last `CURRENT_DAYS` days before the newest observation, with its source.

    A published median goes before our own over offers. None where nothing was seen.
    """
    known = known_prices(points, gpu_model, as_of)
    if known.is_empty():
        return None
    newest: dt.date = known["observed_date"].max()  # type: ignore[assignment]
    recent = known.filter(pl.col("observed_date") > newest - dt.timedelta(days=CURRENT_DAYS))
    medians = recent.filter(pl.col("statistic") == "median")
    chosen = recent if medians.is_empty() else medians
    price: float = chosen["price"].median()  # type: ignore[assignment]
    statistic = "offers" if medians.is_empty() else "published medians"
    return price, f"median of {chosen.height} on-demand {statistic} of {gpu_model} up to {newest}"


def fit_decline(points: pl.DataFrame, gpu_model: str, as_of: dt.date) -> Decline | None:
    """Fit δ and σ to the dated on-demand prices of a GPU model known on a day.

    Monthly medians by provider, of the statistic with the most months; then least squares of log price on years with
    one intercept a provider. None where history is shorter than six months, so that an assumption stands instead.

    Args:
        points: price observations.
        gpu_model: canonical name.
        as_of: nothing observed on or after it is used.
    """
    monthly = (
        known_prices(points, gpu_model, as_of)
        .group_by("statistic", "provider", month=pl.col("observed_date").dt.truncate("1mo"))
        .agg(log_price=pl.col("price").median().log())
        .with_columns(years=pl.col("month").to_physical() / DAYS_PER_YEAR)
        .sort("statistic", "provider", "month")
    )
    if monthly.is_empty():
        return None
    months = monthly.group_by("statistic").agg(pl.col("month").n_unique()).sort("month", "statistic")
    statistic = months["statistic"][-1]
    of_one = monthly.filter(pl.col("statistic") == statistic).with_columns(
        x=pl.col("years") - pl.col("years").mean().over("provider"),
        y=pl.col("log_price") - pl.col("log_price").mean().over("provider"),
    )
    x, y = of_one["x"].to_numpy(), of_one["y"].to_numpy()
    freedom = of_one.height - of_one["provider"].n_unique() - 1
    span_years = float(of_one["years"].max() - of_one["years"].min())  # type: ignore[operator, arg-type]
    if of_one["month"].n_unique() < MIN_MONTHS or span_years < MIN_SPAN_YEARS or freedom < 1:
        return None
    slope = float((x * y).sum() / (x * x).sum())
    residual = y - slope * x
    error = float(np.sqrt((residual**2).sum() / freedom / (x * x).sum()))
    volatility = _volatility(of_one, slope)
    seen = of_one["month"].sort()
    source = (
        f"log-linear fit on {of_one.height} monthly medians ({statistic}, {PRICING_MODEL}, "
        f"{of_one['provider'].n_unique()} series, {seen[0]} to {seen[-1]})"
    )
    return Decline(-slope, error, volatility, source)


def _volatility(monthly: pl.DataFrame, slope: float) -> float:
    """Standard deviation of the log price over a year, from changes over a year or half the history if shorter.

    Not from month to month: quotes scatter around their trend and come back, and taking that for a random walk would
    let paths wander off without end.
    """
    lag = min(LONGEST_LAG_MONTHS, max(monthly["month"].n_unique() // 2, 1))
    changes = monthly.select(
        change=pl.col("log_price").diff(lag).over("provider"), years=pl.col("years").diff(lag).over("provider")
    ).drop_nulls()
    if changes.is_empty():
        return 0.0
    surprise = ((changes["change"] - slope * changes["years"]) / changes["years"].sqrt()).to_numpy()
    return float(np.sqrt((surprise**2).mean()))


def price_paths(
    price_now: FloatArray, decline_frac_per_year: FloatArray, volatility_ratio: FloatArray, noise: FloatArray
) -> FloatArray:
    """Paths `P0 · exp(−δ·t + σ·W(t))` at the start of each month; month 0 is today's price.

    Args:
        price_now: P0 by draw, USD per GPU-hour, shape (draws,).
        decline_frac_per_year: δ by draw.
        volatility_ratio: σ by draw, per square root of a year.
        noise: standard normal, shape (draws, months); the first column is not used.

    Returns:
        USD per GPU-hour, shape (draws, months).
    """
    years = np.arange(noise.shape[1]) / MONTHS_PER_YEAR
    paths: FloatArray = price_now[:, None] * np.exp(
        -decline_frac_per_year[:, None] * years[None, :] + volatility_ratio[:, None] * price_walk(noise)
    )
    return paths


def price_walk(noise: FloatArray) -> FloatArray:
    """The walk W(t) at the start of each month, in square roots of years; 0 in month 0.

    Args:
        noise: standard normal, shape (draws, months); the first column is not used.
    """
    steps = noise * np.sqrt(1.0 / MONTHS_PER_YEAR)
    steps[:, 0] = 0.0
    walk: FloatArray = np.cumsum(steps, axis=1)
    return walk
