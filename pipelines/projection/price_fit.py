"""What the history of prices says: how sellers' own prices moved, apart from who was selling.

Belongs here: the matched index of a GPU model, its drift, its jumps and how well the fit foretells. Not here: which
prices are looked at and paths into the future (`prices.py`).

    log P(s, t) = a(s) − δ·t + J(t) + u(t) + e(s, t)

`s` is one seller at one set of terms, so that a cheap seller who comes or goes moves no price. J are jumps of the
index, taken out before δ is fitted: a cut of 44 % in one month is neither a drift nor a spread. One seller's cut among
many is how a market moves, and no jump.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import polars as pl

from pipelines.economics.rates import FloatArray
from pipelines.projection.prices import PRICING_MODEL, known_prices

MIN_MONTHS: Final = 6
MIN_SPAN_YEARS: Final = 0.5
MATCHED_MONTHS: Final = 12  # from here on sellers' own prices go before a longer statistic over whoever sells
LONGEST_LAG_MONTHS: Final = 12
DAYS_PER_YEAR: Final = 365.25
# A line through a random walk of T years is off by σ·√(6/(5T)); σ from changes short against T, as the line took
# up the long ones.
WALK_ERROR_RATIO: Final = 1.2**0.5
WALK_LAG_PARTS: Final = 8
# A jump: at least a fifth from one month to the next, far out of what is usual, and it stays.
JUMP_LOG: Final = 0.2
JUMP_SPREADS: Final = 5.0
MAD_TO_SD: Final = 1.4826
STAYS_MONTHS: Final = 3
STAYS_FRAC: Final = 0.5
MIN_JUMPS: Final = 2  # one says that prices can jump, not how often
HOLDOUT_MONTHS: Final = 6
HOLDOUT_ORIGINS: Final = 6


@dataclass(frozen=True)
class Jump:
    """A change of level in one month.

    Attributes:
        month: first month at the new level.
        size_ratio: new level of the index over the old; below 1 for a cut.
    """

    month: dt.date
    size_ratio: float


@dataclass(frozen=True)
class Holdout:
    """How well the fit foretold what it had not seen, `HOLDOUT_MONTHS` months with prices ahead.

    Attributes:
        origins: how many times it was asked.
        mape_frac: mean absolute error of the price foretold, over the price that came.
        unchanged_mape_frac: the same for a price that stays as it is.
    """

    origins: int
    mape_frac: float
    unchanged_mape_frac: float


@dataclass(frozen=True)
class PriceFit:
    """A fitted price history.

    Attributes:
        decline_frac_per_year: δ, continuous, jumps apart; negative where prices rose.
        standard_error: of δ; the larger of that of the line and that of a random walk over the same time.
        volatility_ratio: σ, standard deviation of the log price over a year, from changes over up to a year.
        residual_ratio: standard deviation of the log index around the fit.
        years: time from the first month to the last.
        series_count: sellers and terms followed.
        is_matched: whether sellers are told apart; of an unnamed statistic a jump may be other sellers.
        jumps: what was taken out, by month.
        composition_ratio: the part of the median's change, first month to last, that was other sellers; 1 for none.
        monthly: month, observed (median), index, fitted (USD per GPU-hour), series_count, jump_ratio; by month.
        holdout: None where history is too short to hold something back.
        source: statistic, months and points behind it.
    """

    decline_frac_per_year: float
    standard_error: float
    volatility_ratio: float
    residual_ratio: float
    years: float
    series_count: int
    is_matched: bool
    jumps: tuple[Jump, ...]
    composition_ratio: float
    monthly: pl.DataFrame
    holdout: Holdout | None
    source: str

    @property
    def jumps_per_year(self) -> float:
        """How often prices jump; 0 where fewer than `MIN_JUMPS` say so, or where they may be other sellers."""
        return len(self.jumps) / self.years if self.is_matched and len(self.jumps) >= MIN_JUMPS else 0.0


def fit_prices(points: pl.DataFrame, gpu_model: str, as_of: dt.date) -> PriceFit | None:
    """Fit drift, jumps and spread to the dated on-demand prices of a GPU model known on a day.

    None where history is shorter than six months, so that an assumption stands instead.

    Args:
        points: price observations.
        gpu_model: canonical name.
        as_of: nothing observed on or after it is used.
    """
    panel = _panel(known_prices(points, gpu_model, as_of))
    if panel is None:
        return None
    fit = _fit(panel)
    return None if fit is None else replace(fit, holdout=_holdout(panel, fit))


def _panel(known: pl.DataFrame) -> pl.DataFrame | None:
    """Monthly medians by seller and terms: series, named, statistic, month, years, log_price.

    The sellers' own prices where they reach a year or as far as anything does, else the statistic with most months.
    """
    monthly = (
        known.with_columns(named=pl.col("provider") != "")
        .group_by("statistic", "named", "series", month=pl.col("observed_date").dt.truncate("1mo"))
        .agg(log_price=pl.col("price").median().log())
        .with_columns(years=pl.col("month").to_physical() / DAYS_PER_YEAR)
        .sort("statistic", "series", "month")
    )
    if monthly.is_empty():
        return None
    reach = (
        monthly.group_by("named", "statistic")
        .agg(months=pl.col("month").n_unique())
        .with_columns(rank=pl.when(pl.col("named")).then(pl.col("months") >= MATCHED_MONTHS).otherwise(False))
        .sort("rank", "months", "named", "statistic")
    )
    chosen = reach.row(-1, named=True)
    return monthly.filter((pl.col("statistic") == chosen["statistic"]) & (pl.col("named") == chosen["named"]))


def _fit(panel: pl.DataFrame) -> PriceFit | None:
    """The fit on a panel, nothing held back; None where it is too short."""
    months = panel["month"].unique().sort()
    span_years = float(panel["years"].max() - panel["years"].min())  # type: ignore[operator, arg-type]
    freedom = panel.height - panel["series"].n_unique() - 1
    if months.len() < MIN_MONTHS or span_years < MIN_SPAN_YEARS or freedom < 1:
        return None
    slope, common, _ = _line(panel.with_columns(smooth="log_price"))
    years = months.to_physical().to_numpy() / DAYS_PER_YEAR
    jump = _jumps_of(slope * years + common)
    shift = pl.DataFrame({"month": months, "shift": np.cumsum(jump)})
    panel = panel.join(shift, on="month", how="left", maintain_order="left").with_columns(
        smooth=pl.col("log_price") - pl.col("shift")
    )
    slope, common, of_line = _line(panel)
    walk = pl.DataFrame({"series": "index", "month": months, "years": years, "smooth": common})
    of_walk = WALK_ERROR_RATIO * volatility_of(walk, 0.0, max(months.len() // WALK_LAG_PARTS, 1)) / span_years**0.5
    monthly = _monthly(panel, slope, common, jump)
    jumps = tuple(Jump(month, float(np.exp(size))) for month, size in zip(months, jump, strict=True) if size != 0.0)
    observed, index = (np.log(monthly[name].to_numpy()) for name in ("observed", "index"))
    is_matched = bool(panel["named"][0])
    return PriceFit(
        decline_frac_per_year=0.0 - slope,  # 0 and not −0 where nothing moved
        standard_error=max(of_line, of_walk),
        volatility_ratio=volatility_of(panel, slope, min(LONGEST_LAG_MONTHS, max(months.len() // 2, 1))),
        residual_ratio=float(common.std()),
        years=span_years,
        series_count=panel["series"].n_unique(),
        is_matched=is_matched,
        jumps=jumps,
        composition_ratio=float(np.exp((observed[-1] - observed[0]) - (index[-1] - index[0]))),
        monthly=monthly,
        holdout=None,
        source=(
            f"log-linear fit on {panel.height} monthly medians ({panel['statistic'][0]}, {PRICING_MODEL}, "
            f"{panel['series'].n_unique()} {'series' if is_matched else 'series without sellers'}, "
            f"{months[0]} to {months[-1]}{_words(jumps)})"
        ),
    )


def _words(jumps: Sequence[Jump]) -> str:
    return "".join(f", {jump.size_ratio - 1.0:+.0%} of {jump.month:%Y-%m} apart" for jump in jumps)


def _line(panel: pl.DataFrame) -> tuple[float, FloatArray, float]:
    """Slope a year within sellers, u(t), and the standard error of the slope."""
    x, y = (
        panel.select(pl.col(name) - pl.col(name).mean().over("series"))[name].to_numpy() for name in ("years", "smooth")
    )
    freedom = panel.height - panel["series"].n_unique() - 1
    slope = float((x * y).sum() / (x * x).sum())
    residual = y - slope * x
    error = float(np.sqrt((residual**2).sum() / freedom / (x * x).sum()))
    return slope, _common(panel, residual), error


def _common(panel: pl.DataFrame, residual: FloatArray) -> FloatArray:
    """u(t): what all sellers of a month share beyond the trend; time dummies beside one intercept a seller.

    Least squares of least size: months that no seller links to the others stay on the trend. The sellers' intercepts
    are swept out first, so that what is solved is as large as there are months.

    Args:
        panel: series and month.
        residual: from the trend, mean 0 within each series.
    """
    _, rows = np.unique(panel["series"].to_numpy(), return_inverse=True)
    months, columns = np.unique(panel["month"].to_numpy(), return_inverse=True)
    seen = np.zeros((int(rows.max()) + 1, months.size))
    np.add.at(seen, (rows, columns), 1.0)
    swept = np.diag(seen.sum(axis=0)) - seen.T @ (seen / seen.sum(axis=1, keepdims=True))
    found = np.linalg.lstsq(swept, np.bincount(columns, residual, months.size), rcond=1e-10)[0]
    common: FloatArray = found - found.mean()
    return common


def _jumps_of(logs: FloatArray) -> FloatArray:
    """Log size of the jump at each point of an index; 0 for none. A spike that comes back is none."""
    change = np.diff(logs)
    usual = float(np.median(change))
    spread = float(np.median(np.abs(change - usual))) * MAD_TO_SD
    jumps = np.zeros(logs.size)
    for at, step in enumerate(change, start=1):
        if abs(step - usual) <= max(JUMP_LOG, JUMP_SPREADS * spread):
            continue
        before, after = logs[max(at - STAYS_MONTHS, 0) : at], logs[at : at + STAYS_MONTHS]
        if float(np.median(after) - np.median(before)) * np.sign(step) >= STAYS_FRAC * abs(step):
            jumps[at] = step - usual
    return jumps


def _monthly(panel: pl.DataFrame, slope: float, common: FloatArray, jump: FloatArray) -> pl.DataFrame:
    """Observed median, index and fit by month, the index level with what was observed last."""
    by_month = (
        panel.group_by("month")
        .agg(observed=pl.col("log_price").exp().median(), series_count=pl.len(), years=pl.col("years").first())
        .sort("month")
    )
    years = by_month["years"].to_numpy()
    trend = slope * (years - years[-1]) + np.cumsum(jump) - jump.sum()
    level = float(np.log(by_month["observed"][-1])) - float(common[-1])
    return by_month.select(
        "month",
        "observed",
        index=pl.Series(np.exp(level + trend + common)),
        fitted=pl.Series(np.exp(level + trend)),
        series_count=pl.col("series_count").cast(pl.Int32),
        jump_ratio=pl.Series([float(np.exp(size)) if size else None for size in jump], dtype=pl.Float64),
    )


def volatility_of(panel: pl.DataFrame, slope: float, lag: int) -> float:
    """Standard deviation of the log price over a year, from changes over some months.

    For paths not from month to month: quotes scatter around their trend and come back, and taking that for a random
    walk would let paths wander off without end.

    Args:
        panel: series, month, years, smooth (log price without jumps), sorted by series and month.
        slope: of the trend, per year.
        lag: months of a change.
    """
    changes = panel.select(
        change=pl.col("smooth").diff(lag).over("series"), years=pl.col("years").diff(lag).over("series")
    ).drop_nulls()
    if changes.is_empty():
        return 0.0
    surprise = ((changes["change"] - slope * changes["years"]) / changes["years"].sqrt()).to_numpy()
    return float(np.sqrt((surprise**2).mean()))


def _holdout(panel: pl.DataFrame, whole: PriceFit) -> Holdout | None:
    """Fit on what lay before each of the last months and foretell the index; compare with what it came to."""
    months, index = whole.monthly["month"].to_list(), whole.monthly["index"].to_numpy()
    errors, unchanged = [], []
    for at in range(MIN_MONTHS - 1, len(months) - HOLDOUT_MONTHS)[-HOLDOUT_ORIGINS:]:
        earlier = _fit(panel.filter(pl.col("month") <= months[at]))
        if earlier is None:
            continue
        ahead = at + HOLDOUT_MONTHS
        years = (months[ahead] - months[at]).days / DAYS_PER_YEAR
        errors.append(abs(index[at] * np.exp(-earlier.decline_frac_per_year * years) / index[ahead] - 1.0))
        unchanged.append(abs(index[at] / index[ahead] - 1.0))
    if not errors:
        return None
    return Holdout(len(errors), float(np.mean(errors)), float(np.mean(unchanged)))
