"""What came of a day's expectations: realised demand, prices and cost by month, and the world they make.

Belongs here: cutting later evidence to the months after an origin. Not here: scoring (`backtest.py`).
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cached_property

import numpy as np
import polars as pl

from pipelines.economics.rates import FloatArray
from pipelines.economics.utilisation import DurationCurve
from pipelines.projection.evidence import Evidence, Subject
from pipelines.projection.history import LEASED
from pipelines.projection.prices import current_price
from pipelines.projection.scenario import Conventions, HistoryDemand
from pipelines.projection.work import unknown_work, work_column
from pipelines.projection.world import World
from pipelines.units import HOURS_PER_DAY, MONTHS_PER_YEAR


@dataclass(frozen=True)
class Realised:
    """What came in the months after an origin. Arrays have the shape (months,).

    Attributes:
        gpus: mean GPUs in use, of the subject's model.
        cost_usd: what leasing cost.
        usd_per_gpu_hour: list price at the end of each month, or price paid in it; not a number where none is known.
        curve: how demand spread over the hours of all of them.
        gap: why it cannot be told what came; None where it can.
    """

    gpus: FloatArray
    cost_usd: FloatArray
    usd_per_gpu_hour: FloatArray
    curve: DurationCurve
    gap: str | None = None


def realised(
    later: Evidence,
    subject: Subject,
    members: Sequence[str],
    demand: HistoryDemand,
    conventions: Conventions,
    starts: Sequence[dt.date],
    ratios: Mapping[str, float],
) -> Realised:
    """What came for a workload.

    Args:
        later: what is known today.
        subject: the workload, as it was known at the origin.
        members: the workloads in it; several for a pool.
        demand: which hours count.
        conventions: what is compared, and whose price.
        starts: first day of each month, and the day after the last.
        ratios: work per hour by GPU model.
    """
    work = work_column(subject.gpu_model, ratios)
    hourly = _hourly(later.usage_hourly, members, demand, work, starts)
    cost = _cost(later.tco_daily, members, conventions, work, starts)
    gap = unknown_work(_models(later, members, starts), subject.gpu_model, ratios)
    gpus, costs, prices = [], [], []
    for start, end in itertools.pairwise(starts):
        hours = hourly.filter(pl.col("hour_at").cast(pl.Date).is_between(start, end, closed="left"))
        paid = cost.filter(pl.col("usage_date").is_between(start, end, closed="left"))
        spent, paid_hours = float(paid["cost_usd"].sum()), float(paid["paid_hours"].sum())
        # A workload that telemetry does not see takes the hours that were paid, as in its projection.
        seen = subject.daily is not None
        if seen and hours.is_empty():
            gap = gap or f"nothing at all was observed in {start:%Y-%m}, so it is not known what was in use"
        used_hours = float(hours["gpus"].sum()) if seen else paid_hours
        gpus.append(used_hours / max(hours.height if seen else (end - start).days * HOURS_PER_DAY, 1))
        costs.append(spent)
        prices.append(_price(later, subject, conventions, end, spent, paid_hours))
    curve = DurationCurve.of_hours(hourly["gpus"].to_numpy()) if hourly.height else DurationCurve.constant()
    return Realised(np.array(gpus), np.array(costs), np.array(prices), curve, gap)


def _models(later: Evidence, members: Sequence[str], starts: Sequence[dt.date]) -> set[str | None]:
    """GPU models whose hours were used or paid in the months."""
    found: set[str | None] = set()
    for frame, day, hours in (
        (later.usage_hourly, pl.col("hour_at").cast(pl.Date), "allocated_gpu_hours"),
        (later.tco_daily, pl.col("usage_date"), "gpu_hours_paid"),
    ):
        if frame is not None:
            within = day.is_between(starts[0], starts[-1], closed="left") & (pl.col("sourcing") == LEASED)
            found |= {*frame.filter(within & pl.col("workload").is_in(members) & (pl.col(hours) > 0))["gpu_model"]}
    return found


def _price(
    later: Evidence, subject: Subject, conventions: Conventions, end: dt.date, spent: float, paid_hours: float
) -> float:
    if conventions.price_basis == "realised":
        return spent / paid_hours if paid_hours > 0.0 else float("nan")
    if later.price_points is None or subject.gpu_model is None:
        return float("nan")
    found = current_price(later.price_points, subject.gpu_model, end)
    return found[0] if found else float("nan")


def _hourly(
    usage: pl.DataFrame | None, members: Sequence[str], demand: HistoryDemand, work: pl.Expr, starts: Sequence[dt.date]
) -> pl.DataFrame:
    """GPUs in use in every hour in which anything was observed: hour_at, gpus."""
    if usage is None:
        return pl.DataFrame(schema={"hour_at": pl.Datetime("us"), "gpus": pl.Float64})
    column = "allocated_gpu_hours" if demand.basis == "allocated" else "busy_gpu_hours"
    within = pl.col("hour_at").cast(pl.Date).is_between(starts[0], starts[-1], closed="left")
    known = usage.filter(within & pl.col(column).is_not_null())
    own = (
        known.filter((pl.col("sourcing") == LEASED) & pl.col("workload").is_in(members))
        .select("hour_at", gpus=pl.col(column).cast(pl.Float64) * work)
        .sort(pl.all())
        .group_by("hour_at", maintain_order=True)
        .agg(pl.col("gpus").sum())
    )
    return (
        known.select("hour_at")
        .unique()
        .sort("hour_at")
        .join(own, on="hour_at", how="left", maintain_order="left")
        .with_columns(pl.col("gpus").fill_null(0.0))
    )


def _cost(
    tco: pl.DataFrame | None, members: Sequence[str], conventions: Conventions, work: pl.Expr, starts: Sequence[dt.date]
) -> pl.DataFrame:
    """Leased cost and hours paid by day: what is compared, as the lease and what comes on top of it."""
    if tco is None:
        return pl.DataFrame(schema={"usage_date": pl.Date, "cost_usd": pl.Float64, "paid_hours": pl.Float64})
    parts = ["direct_cost_usd", "idle_cost_usd"]
    if set(conventions.compared) - {"compute"}:
        parts.append("shared_cost_usd")
    return (
        tco.filter(
            pl.col("usage_date").is_between(starts[0], starts[-1], closed="left")
            & (pl.col("sourcing") == LEASED)
            & pl.col("workload").is_in(members)
        )
        .select(
            "usage_date",
            cost_usd=pl.sum_horizontal(pl.col(part).cast(pl.Float64) for part in parts),
            paid_hours=pl.col("gpu_hours_paid").cast(pl.Float64) * work,
        )
        .sort(pl.all())
    )


@dataclass(frozen=True)
class Hindsight(World):
    """The world as it came: one draw, realised months first.

    Attributes:
        came_gpus: demand by month, shape (months,).
        came_usd_per_gpu_hour: list price by month.
    """

    came_gpus: FloatArray = field(default_factory=lambda: np.zeros(0))
    came_usd_per_gpu_hour: FloatArray = field(default_factory=lambda: np.zeros(0))

    @cached_property
    def demand_gpus(self) -> FloatArray:
        """Demand by draw and month."""
        return self.came_gpus[None, :]

    @cached_property
    def price_path_usd_per_gpu_hour(self) -> FloatArray:
        """List price by draw and month."""
        return self.came_usd_per_gpu_hour[None, :]


def hindsight(central: World, came: Realised) -> Hindsight:
    """The world of an origin as it came, and from there on as the origin expected, from the level that was reached.

    Where no price is known, the origin's own path stands.

    Args:
        central: what the origin expected, without chance.
        came: what came.
    """
    scored = came.gpus.size
    years = np.arange(1, central.months - scored + 1) / MONTHS_PER_YEAR
    growth = 1.0 + float(central.values["demand_growth_frac_per_year"][0])
    expected = central.price_path_usd_per_gpu_hour[0]
    prices = np.where(np.isnan(came.usd_per_gpu_hour), expected[:scored], came.usd_per_gpu_hour)
    reached = prices[-1] / expected[scored - 1] if expected[scored - 1] > 0.0 else 1.0
    kept = {item.name: getattr(central, item.name) for item in fields(World)} | {"curve": came.curve}
    return Hindsight(
        **kept,
        came_gpus=np.concatenate([came.gpus, came.gpus[-1] * growth**years]),
        came_usd_per_gpu_hour=np.concatenate([prices, expected[scored:] * reached]),
    )
