"""Demand foretold from realised days, and whether that is better than doing nothing.

Belongs here: the model (exponential smoothing with a damped trend and a weekly season, by statsmodels), what it is
measured against (the same day of the week before) and the ranges it gives the draws. Not here: what counts as use
(`history.py`).
"""

from __future__ import annotations

import datetime as dt
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np

from pipelines.economics.rates import FloatArray

MODEL: Final = "ETS(A,Ad,A), weekly season"
SEASON_DAYS: Final = 7
MIN_DAYS: Final = 84
MIN_TRAINING_DAYS: Final = 56
HOLDOUT_DAYS: Final = 28
HOLDOUTS: Final = 4
LONGEST_DAYS: Final = 364  # and never further than history is long
MAX_GAP_FRAC: Final = 0.2
PATHS: Final = 500
SEED: Final = 1
INTERVAL: Final = (0.05, 0.95)
# A triangle reaches 1/(1 − 2·√(0.05/2)) times as far from its peak as its 5 % and 95 % points do.
TRIANGLE_REACH: Final = 1.0 / (1.0 - 2.0 * (0.05 / 2.0) ** 0.5)
DAYS_PER_YEAR: Final = 365.25
LOWEST_GROWTH: Final = -0.99
ROUNDING: Final = 1e-6


@dataclass(frozen=True)
class DailyUse:
    """Mean GPUs in use by day, from the first day of use to the last day known.

    Attributes:
        first_date: day of the first value.
        gpus: shape (days,); not a number on days on which nothing at all was observed.
    """

    first_date: dt.date
    gpus: FloatArray


@dataclass(frozen=True)
class Score:
    """Error on days held back.

    Attributes:
        mape_frac: mean absolute error over use, on days with use.
        mase_ratio: mean absolute error over that of the same day a week before, within the days fitted on.
        bias_frac: what was foretold beyond what came, over what came.
        mean_mape_frac: absolute error of the mean over the days held back, over that mean; the mean of the folds.
        coverage_frac: share of days inside the interval from 5 % to 95 %; not a number without an interval.
    """

    mape_frac: float
    mase_ratio: float
    bias_frac: float
    mean_mape_frac: float
    coverage_frac: float


@dataclass(frozen=True)
class Range3:
    """Low, base and high of a number."""

    low: float
    base: float
    high: float


@dataclass(frozen=True)
class Forecast:
    """What the model says, and how good it was.

    Attributes:
        score: of the model on the days held back.
        naive: of the same day of the week before.
        holdouts: how many times `HOLDOUT_DAYS` were held back.
        fitted_gpus: one day ahead within history, by day.
        paths_gpus: simulated futures, shape (days ahead, paths).
        level_ratio: mean of the first `HOLDOUT_DAYS` to come over that of the last ones.
        growth_frac_per_year: from then to the end of what is foretold.
    """

    score: Score
    naive: Score
    holdouts: int
    fitted_gpus: FloatArray
    paths_gpus: FloatArray
    level_ratio: Range3
    growth_frac_per_year: Range3

    @property
    def beats_naive(self) -> bool:
        """Whether it was nearer, by day and over the weeks held back."""
        return (
            self.score.mase_ratio < self.naive.mase_ratio - ROUNDING
            and self.score.mean_mape_frac < self.naive.mean_mape_frac - ROUNDING
        )


# What came, what was foretold, its interval, and the error of the week before within the days fitted on.
_Fold = tuple[FloatArray, FloatArray, FloatArray | None, float]


def forecast(use: DailyUse) -> Forecast | str:
    """Foretell demand, or say why that cannot be done.

    Args:
        use: realised days.
    """
    return _forecast(np.asarray(use.gpus, dtype=np.float64).tobytes())


@lru_cache(maxsize=256)
def _forecast(data: bytes) -> Forecast | str:
    gpus = np.frombuffer(data, dtype=np.float64)
    gaps = float(np.isnan(gpus).mean()) if gpus.size else 0.0
    if gpus.size < MIN_DAYS:
        return f"{gpus.size} days of history are fewer than {MIN_DAYS}"
    if gaps > MAX_GAP_FRAC:
        return f"on {gaps:.0%} of the days nothing was observed"
    filled = _filled(gpus)
    if filled[-HOLDOUT_DAYS:].sum() <= 0.0:
        return f"no use in the last {HOLDOUT_DAYS} days"
    folds = [
        filled.size - HOLDOUT_DAYS * k
        for k in range(HOLDOUTS, 0, -1)
        if filled.size - HOLDOUT_DAYS * k >= MIN_TRAINING_DAYS
    ]
    held = [(at, filled[at : at + HOLDOUT_DAYS], gpus[at : at + HOLDOUT_DAYS]) for at in folds]
    if not any(actual.sum() > 0.0 for _, actual, _ in held):
        return "no use on the days held back to judge a forecast by"
    own: list[_Fold] = []
    naive: list[_Fold] = []
    for at, _, actual in held:
        _, paths = _fit(filled[:at], HOLDOUT_DAYS)
        scale = float(np.abs(filled[SEASON_DAYS:at] - filled[: at - SEASON_DAYS]).mean())
        own.append((actual, paths.mean(axis=1), np.quantile(paths, INTERVAL, axis=1), scale))
        week = np.resize(filled[at - SEASON_DAYS : at], HOLDOUT_DAYS)
        naive.append((actual, week, None, scale))
    ahead = min(LONGEST_DAYS, filled.size // HOLDOUT_DAYS * HOLDOUT_DAYS)
    fitted, paths = _fit(filled, ahead)
    level, growth = _ranges(paths, float(filled[-HOLDOUT_DAYS:].mean()))
    return Forecast(_score(own), _score(naive), len(folds), fitted, paths, level, growth)


def _filled(gpus: FloatArray) -> FloatArray:
    """A day without observation takes the value of the same day of the week before, the first ones the mean."""
    filled = gpus.copy()
    mean = float(np.nanmean(gpus))
    for at in np.flatnonzero(np.isnan(gpus)):
        filled[at] = filled[at - SEASON_DAYS] if at >= SEASON_DAYS else mean
    return filled


def _fit(gpus: FloatArray, days: int) -> tuple[FloatArray, FloatArray]:
    """Fitted values, and simulated futures of shape (days, paths); use is never below zero."""
    from statsmodels.tsa.exponential_smoothing.ets import ETSModel

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a fit that stops early is judged by its error like any other
        model = ETSModel(
            gpus,
            error="add",
            trend="add",
            damped_trend=True,
            seasonal="add",
            seasonal_periods=SEASON_DAYS,
            initialization_method="heuristic",
        )
        found = model.fit(disp=False)
        paths = found.simulate(days, anchor="end", repetitions=PATHS, rng=np.random.default_rng(SEED))
    return np.maximum(np.asarray(found.fittedvalues), 0.0), np.maximum(np.asarray(paths), 0.0)


def _score(folds: Sequence[_Fold]) -> Score:
    """Errors over all folds; days on which nothing was observed count for nothing."""
    actual = np.concatenate([fold[0] for fold in folds])
    foretold = np.concatenate([fold[1] for fold in folds])
    scale = np.concatenate([np.full(fold[0].size, fold[3]) for fold in folds])
    seen = ~np.isnan(actual)
    error = np.abs(foretold - actual)[seen]
    used = seen & (actual > 0.0)
    means = [(float(np.nanmean(fold[0])), float(fold[1][~np.isnan(fold[0])].mean())) for fold in folds]
    inside = [
        (fold[0] >= fold[2][0]) & (fold[0] <= fold[2][1]) for fold in folds if fold[2] is not None
    ]  # not a number is inside of nothing
    return Score(
        mape_frac=float((np.abs(foretold - actual)[used] / actual[used]).mean()),
        mase_ratio=float(error.mean() / max(float(scale[seen].mean()), ROUNDING * float(actual[seen].mean()))),
        bias_frac=float((foretold - actual)[seen].sum() / actual[seen].sum()),
        mean_mape_frac=float(np.mean([abs(foretold_mean / mean - 1.0) for mean, foretold_mean in means if mean > 0.0])),
        coverage_frac=float(np.concatenate(inside)[seen].mean()) if inside else float("nan"),
    )


def _ranges(paths: FloatArray, level_gpus: float) -> tuple[Range3, Range3]:
    """Level soon and growth from then on: the mean of the paths, and as far as 5 % and 95 % of them say."""
    soon = paths[:HOLDOUT_DAYS].mean(axis=0)
    late = paths[-HOLDOUT_DAYS:].mean(axis=0)
    level = _triangle(float(soon.mean()), soon)
    level = Range3(*(max(value, 0.0) / level_gpus for value in (level.low, level.base, level.high)))
    years = (paths.shape[0] - HOLDOUT_DAYS) / DAYS_PER_YEAR
    start = float(soon.mean())
    if start <= 0.0 or years <= 0.0:
        return level, Range3(0.0, 0.0, 0.0)
    end = _triangle(float(late.mean()), late)
    growth = (max(value / start, 0.0) ** (1.0 / years) - 1.0 for value in (end.low, end.base, end.high))
    return level, Range3(*(max(value, LOWEST_GROWTH) for value in growth))


def _triangle(base: float, values: FloatArray) -> Range3:
    """The triangle whose 5 % and 95 % points are about those of the values."""
    low, high = (float(value) for value in np.quantile(values, INTERVAL))
    reach = TRIANGLE_REACH
    return Range3(min(base, base - (base - low) * reach), base, max(base, base + (high - base) * reach))
