"""Demand in the tables: its history, its forecast and its paths."""

from __future__ import annotations

import datetime as dt
import itertools
from typing import Final

import numpy as np
import polars as pl

from pipelines.contracts import contract_for
from pipelines.economics.rates import FloatArray
from pipelines.projection.evidence import Subject
from pipelines.projection.forecast import MODEL, DailyUse, Forecast
from pipelines.projection.price_rows import QUANTILES, months_since
from pipelines.projection.rows import Case, Row
from pipelines.projection.scenario import Scenario
from pipelines.projection.setting import Setting
from pipelines.projection.tables import schema_of
from pipelines.projection.world import World

GROWTH_KEY: Final = "demand_growth_frac_per_year"
TABLE: Final = "projections.demand_path"


def demand_fit_row(key: Row, scenario: Scenario, subject: Subject, setting: Setting) -> Row:
    """How good the forecast is, or why there is none."""
    found = subject.forecast
    trend = scenario.demand.trend if scenario.demand else "typed"
    growth = setting.values.get(GROWTH_KEY)
    used = subject.uses_forecast and growth is not None and growth.origin == "evidence"
    row = key | {
        "trend": trend,
        "used": used,
        "history_days": subject.daily.gpus.size if subject.daily else None,
    }
    if not isinstance(found, Forecast):
        return row | {"reason": found or f"demand is {trend}"}
    score, naive = found.score, found.naive
    return row | {
        "reason": _reason(found, used),
        "model": MODEL,
        "holdout_count": found.holdouts,
        "mape_frac": score.mape_frac,
        "mase_ratio": score.mase_ratio,
        "bias_frac": score.bias_frac,
        "mean_mape_frac": score.mean_mape_frac,
        "coverage_frac": score.coverage_frac,
        "naive_mape_frac": naive.mape_frac,
        "naive_mase_ratio": naive.mase_ratio,
        "naive_bias_frac": naive.bias_frac,
        "naive_mean_mape_frac": naive.mean_mape_frac,
        "growth_frac_per_year": found.growth_frac_per_year.base,
    }


def _reason(found: Forecast, used: bool) -> str | None:
    if used:
        return None
    return "the scenario types its own growth" if found.beats_naive else "it does not beat the week before"


def demand_path_frame(key: Row, case: Case, drawn: World) -> pl.DataFrame:
    """Months of history, then months projected, of a workload's demand.

    Args:
        key: of the workload.
        case: with the world without chance.
        drawn: the worlds of all draws.
    """
    frames = [
        pl.DataFrame(
            {
                "month_start_date": case.starts[:-1],
                "base_gpus": case.central.demand_gpus[0],
                **{f"{name}_gpus": np.quantile(drawn.demand_gpus, frac, axis=0) for name, frac in QUANTILES.items()},
                **_foretold(case),
            }
        ).with_columns(month_index=pl.int_range(pl.len(), dtype=pl.Int32))
    ]
    if case.subject.daily is not None:
        frames.append(_history(case.subject.daily, case.subject.forecast, case.key["as_of_date"]))
    empty = pl.DataFrame(schema=schema_of(contract_for(TABLE))).drop(*key, "gpu_model")
    return pl.concat([empty, *frames], how="diagonal_relaxed").with_columns(
        pl.lit(value).alias(name) for name, value in (key | {"gpu_model": case.subject.gpu_model}).items()
    )


def _history(daily: DailyUse, found: Forecast | str | None, as_of: dt.date) -> pl.DataFrame:
    days = pl.DataFrame(
        {
            "date": [daily.first_date + dt.timedelta(days=k) for k in range(daily.gpus.size)],
            "observed": daily.gpus,
            "fitted": found.fitted_gpus if isinstance(found, Forecast) else np.full(daily.gpus.size, np.nan),
        }
    ).with_columns(pl.col("observed", "fitted").fill_nan(None))
    return (
        days.group_by(month_start_date=pl.col("date").dt.truncate("1mo"))
        .agg(
            observed_gpus=pl.col("observed").mean(),
            observed_days=pl.col("observed").count().cast(pl.Int32),
            fitted_gpus=pl.col("fitted").mean(),
        )
        .with_columns(month_index=months_since(pl.col("month_start_date"), as_of))
        .sort("month_start_date")
    )


def _foretold(case: Case) -> dict[str, list[float | None]]:
    """Quantiles of the paths' mean over each projected month that lies whole within what is foretold."""
    found, daily = case.subject.forecast, case.subject.daily
    names = {f"forecast_{name}_gpus": frac for name, frac in QUANTILES.items()}
    values: dict[str, list[float | None]] = {name: [] for name in names}
    for start, end in itertools.pairwise(case.starts):
        of_month: FloatArray | None = None
        if isinstance(found, Forecast) and daily is not None:
            first_day = daily.first_date + dt.timedelta(days=daily.gpus.size)
            first, last = (start - first_day).days, (end - first_day).days
            if first >= 0 and last <= found.paths_gpus.shape[0]:
                of_month = found.paths_gpus[first:last].mean(axis=0)
        for name, frac in names.items():
            values[name].append(None if of_month is None else float(np.quantile(of_month, frac)))
    return values
