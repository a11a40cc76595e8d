"""The price of leasing in the tables: its history, its fit and its paths."""

from __future__ import annotations

import datetime as dt
from typing import Final

import numpy as np
import polars as pl

from pipelines.contracts import contract_for
from pipelines.projection.rows import Case, Row
from pipelines.projection.scenario import Scenario
from pipelines.projection.setting import DRIFT_KEY, Setting
from pipelines.projection.tables import schema_of
from pipelines.projection.world import World

TABLE: Final = "projections.price_path"
QUANTILES: Final = {"p5": 0.05, "p50": 0.5, "p95": 0.95}


def price_fit_row(key: Row, scenario: Scenario, setting: Setting, gpu_model: str | None) -> Row:
    """What history says about the list price, or why it says nothing."""
    row = key | {"gpu_model": gpu_model, "used": setting.has_fitted_drift, "reason": _reason(scenario, setting)}
    fit = setting.price_fit
    if fit is None:
        return row
    held = fit.holdout
    return row | {
        "decline_frac_per_year": fit.decline_frac_per_year,
        "standard_error_frac_per_year": fit.standard_error,
        "volatility_ratio": fit.volatility_ratio,
        "residual_ratio": fit.residual_ratio,
        "first_month_date": fit.monthly["month"][0],
        "last_month_date": fit.monthly["month"][-1],
        "sellers_count": fit.series_count,
        "matched": fit.is_matched,
        "jumps_count": len(fit.jumps),
        "jumps_ratio": float(np.prod([jump.size_ratio for jump in fit.jumps])),
        "composition_ratio": fit.composition_ratio,
        "holdout_count": held.origins if held else None,
        "holdout_mape_frac": held.mape_frac if held else None,
        "unchanged_mape_frac": held.unchanged_mape_frac if held else None,
        "source": fit.source,
    }


def _reason(scenario: Scenario, setting: Setting) -> str | None:
    if setting.price_fit is None:
        if scenario.conventions.price_basis == "assumed":
            return "the scenario asks for assumed prices"
        return "on-demand prices of less than six months are known"
    if setting.has_fitted_drift:
        return None
    drift = setting.values.get(DRIFT_KEY)
    return "the scenario types its own drift" if drift and drift.origin == "scenario" else "a fit without a price"


def price_path_frame(key: Row, case: Case, drawn: World) -> pl.DataFrame:
    """Months of history, then months projected, of the list price of the workload's GPU model.

    Args:
        key: of the workload.
        case: with the world without chance.
        drawn: the worlds of all draws.
    """
    projected = pl.DataFrame(
        {
            "month_start_date": case.starts[:-1],
            "base_usd_per_gpu_hour": case.central.price_path_usd_per_gpu_hour[0],
            **{
                f"{name}_usd_per_gpu_hour": np.quantile(drawn.price_path_usd_per_gpu_hour, frac, axis=0)
                for name, frac in QUANTILES.items()
            },
        }
    ).with_columns(month_index=pl.int_range(pl.len(), dtype=pl.Int32))
    frames = [projected]
    if case.setting.price_fit is not None:
        monthly = case.setting.price_fit.monthly
        frames.append(
            monthly.select(
                month_start_date="month",
                month_index=months_since(pl.col("month"), case.key["as_of_date"]),
                observed_usd_per_gpu_hour="observed",
                index_usd_per_gpu_hour="index",
                fitted_usd_per_gpu_hour="fitted",
                sellers_count="series_count",
                jump_ratio="jump_ratio",
            )
        )
    empty = pl.DataFrame(schema=schema_of(contract_for(TABLE))).drop(*key, "gpu_model")
    return pl.concat([empty, *frames], how="diagonal_relaxed").with_columns(
        pl.lit(value).alias(name) for name, value in (key | {"gpu_model": case.subject.gpu_model}).items()
    )


def months_since(month: pl.Expr, as_of: dt.date) -> pl.Expr:
    """Months from a day to the first of a month, below zero for one that began before it."""
    whole = (month.dt.year() - as_of.year) * 12 + (month.dt.month() - as_of.month)
    return (whole - (1 if as_of.day > 1 else 0)).cast(pl.Int32)
