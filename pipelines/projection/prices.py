"""The price of leasing over time: which prices count, what they are now, and paths into the future.

`P(t) = P0 · exp(−δ·t + σ·W(t) + J(t))`, t in years. What history says about δ, σ and the jumps J: `price_fit.py`.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

import numpy as np
import polars as pl

from pipelines.economics.rates import FloatArray
from pipelines.units import MONTHS_PER_YEAR

PRICING_MODEL: Final = "on_demand"
# The cheapest offer is now this seller's and now that one's, now on demand and now spot: no price of anything.
NO_PRICE: Final = "minimum"
TERMS: Final = ("provider", "region_id", "instance_type", "gpus", "price_basis")
CURRENT_DAYS: Final = 60


def known_prices(points: pl.DataFrame, gpu_model: str, as_of: dt.date) -> pl.DataFrame:
    """On-demand prices of a GPU model seen before a day, as floats, in a stable order.

    `series` is one seller at one set of terms, in one statistic; of a statistic over sellers it names none.

    Args:
        points: price observations; terms it has no column of are taken as all alike.
        gpu_model: canonical name.
        as_of: the day; its own prices are not known yet.
    """
    terms = [name for name in TERMS if name in points.columns]
    return (
        points.filter(
            (pl.col("gpu_model") == gpu_model)
            & (pl.col("pricing_model") == PRICING_MODEL)
            & (pl.col("observed_at").cast(pl.Date) < as_of)
            & (pl.col("statistic") != NO_PRICE)
            & (pl.col("price_usd_per_gpu_hour") > 0)
        )
        .select(
            "statistic",
            pl.col("provider").fill_null(""),
            series=pl.concat_str(
                *(pl.col(name).cast(pl.String).fill_null("") for name in ("statistic", *terms)), separator="|"
            ),
            observed_date=pl.col("observed_at").cast(pl.Date),
            price=pl.col("price_usd_per_gpu_hour").cast(pl.Float64),
        )
        .sort("series", "observed_date", "price")
    )


def current_price(points: pl.DataFrame, gpu_model: str, as_of: dt.date) -> tuple[float, str] | None:
    """Median over sellers of each one's newest on-demand price, of those seen in the newest `CURRENT_DAYS` days.

    The newest and not a mean over the days: after a cut, the old price can no longer be had. A published median goes
    before our own over offers. None where nothing was seen.
    """
    known = known_prices(points, gpu_model, as_of)
    if known.is_empty():
        return None
    newest: dt.date = known["observed_date"].max()  # type: ignore[assignment]
    recent = known.filter(pl.col("observed_date") > newest - dt.timedelta(days=CURRENT_DAYS))
    medians = recent.filter(pl.col("statistic") == "median")
    chosen = recent if medians.is_empty() else medians
    last = chosen.filter(pl.col("observed_date") == pl.col("observed_date").max().over("series"))
    by_series = last.group_by("series").agg(pl.col("price").median())
    price: float = by_series["price"].median()  # type: ignore[assignment]
    statistic = "offers" if medians.is_empty() else "published medians"
    return price, f"median of the newest {by_series.height} on-demand {statistic} of {gpu_model} up to {newest}"


def price_paths(
    price_now: FloatArray,
    decline_frac_per_year: FloatArray,
    volatility_ratio: FloatArray,
    noise: FloatArray,
    jumps: FloatArray | None = None,
) -> FloatArray:
    """Paths `P0 · exp(−δ·t + σ·W(t) + J(t))` at the start of each month; month 0 is today's price.

    Args:
        price_now: P0 by draw, USD per GPU-hour, shape (draws,).
        decline_frac_per_year: δ by draw.
        volatility_ratio: σ by draw, per square root of a year.
        noise: standard normal, shape (draws, months); the first column is not used.
        jumps: log size of the jumps of each month, shape (draws, months), already in force in the first; None for none.

    Returns:
        USD per GPU-hour, shape (draws, months).
    """
    years = np.arange(noise.shape[1]) / MONTHS_PER_YEAR
    moved = -decline_frac_per_year[:, None] * years[None, :] + volatility_ratio[:, None] * price_walk(noise)
    if jumps is not None:
        moved = moved + np.cumsum(jumps, axis=1)
    paths: FloatArray = price_now[:, None] * np.exp(moved)
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
