"""What is known from marts, handed over as frames, and the subject each workload becomes.

Belongs here: the shape of evidence and of a subject. Not here: reading any database; deriving levels (`history.py`) or
price trends (`prices.py`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np

from pipelines.economics.rates import FloatArray
from pipelines.economics.utilisation import DurationCurve
from pipelines.units import SECONDS_PER_HOUR

if TYPE_CHECKING:
    import polars as pl

    from pipelines.projection.assumptions import Range
    from pipelines.projection.forecast import DailyUse, Forecast
    from pipelines.projection.scenario import TypedWorkload
    from pipelines.projection.standing import StandingFleet

Origin = Literal["scenario", "evidence", "assumption file"]


@dataclass(frozen=True)
class Evidence:
    """Frames read from marts. Any may be None; a scenario that stands alone needs none.

    Attributes:
        usage_hourly: hour_at, workload, workload_kind, sourcing, gpu_model, allocated_gpu_hours, busy_gpu_hours (null
            where telemetry does not tell whether GPUs were busy).
        tco_daily: usage_date, workload, workload_kind, sourcing, gpu_model, direct_cost_usd, idle_cost_usd,
            shared_cost_usd, unallocated_cost_usd, gpu_hours_paid, gpu_hours_allocated, gpu_hours_busy, facility_kwh;
            input_tokens_count, output_tokens_count, tokens_gpu_hours (allocated hours whose tokens are known).
        price_points: observed_at, gpu_model, pricing_model, statistic, provider, price_usd_per_gpu_hour; and, as far as
            they are known, the terms that tell a seller's offers apart (`prices.TERMS`).
        gpu_models: gpu_model, tdp_w, reference_ratio.
        assets: the asset register (`marts.dim_asset`).
        sites: terms of sites by validity (`marts.dim_site`).
        lease_contracts: gpu_model, gpus, start_date, end_date, committed_price_usd_per_gpu_hour, take_or_pay_frac.
    """

    usage_hourly: pl.DataFrame | None = None
    tco_daily: pl.DataFrame | None = None
    price_points: pl.DataFrame | None = None
    gpu_models: pl.DataFrame | None = None
    lease_contracts: pl.DataFrame | None = None
    assets: pl.DataFrame | None = None
    sites: pl.DataFrame | None = None


@dataclass(frozen=True)
class Resolved:
    """A number as used: its range, and where it comes from."""

    base: float
    low: float
    high: float
    source: str
    confidence: str
    origin: Origin
    from_date: dt.date | None = None
    gpu_model: str | None = None

    @classmethod
    def certain(cls, value: float, source: str, *, confidence: str = "high") -> Resolved:
        """A number from evidence, taken without a range."""
        return cls(value, value, value, source, confidence, "evidence")


@dataclass(frozen=True)
class ExistingLease:
    """Contracts already signed that cover a workload, month by month.

    Attributes:
        gpus: GPUs held, shape (months,).
        usd_per_gpu_hour: their mean price.
        take_or_pay_frac: share of the hours owed whether used or not.
    """

    gpus: FloatArray
    usd_per_gpu_hour: FloatArray
    take_or_pay_frac: FloatArray

    @classmethod
    def none(cls, months: int) -> ExistingLease:
        """No contract."""
        return cls(np.zeros(months), np.zeros(months), np.zeros(months))


@dataclass(frozen=True)
class Subject:
    """A workload to decide on, whatever its demand came from.

    Attributes:
        workload: its name.
        workload_kind: what it does; None where workloads are pooled.
        gpu_model: the GPU its demand is counted in and leased on; None where history does not tell.
        level_gpus: mean GPUs in use now.
        level_source: where that comes from.
        curve: how demand spreads over the hours.
        owned_gpus: fleet size, where typed.
        site_share_frac: its share of a site that all workloads would share.
        values: numbers from evidence by assumption key.
        existing: contracts that cover it.
        daily: realised demand by day, all there is; None where telemetry does not see it.
        forecast: of its demand, or why there is none; None where the scenario asks for none.
        assumptions: numbers typed for it alone.
        fleet: owned servers that serve it today; None where it is leased.
        tokens_gap: why history does not tell its throughput; None where it does, or where demand is typed.
        gaps: numbers that nothing can stand in for, not even one that is typed: why, by assumption key.
        busy_frac: share of its demand in which GPUs are busy; None where it is not measured.
    """

    workload: str
    workload_kind: str | None
    gpu_model: str | None
    level_gpus: float
    level_source: str
    curve: DurationCurve
    owned_gpus: int | None = None
    site_share_frac: float = 1.0
    values: Mapping[str, Resolved] = field(default_factory=dict)
    existing: ExistingLease | None = None
    assumptions: Mapping[str, Range] = field(default_factory=dict)
    busy_frac: float | None = None
    daily: DailyUse | None = None
    forecast: Forecast | str | None = None
    fleet: StandingFleet | None = None
    tokens_gap: str | None = None
    gaps: Mapping[str, str] = field(default_factory=dict)

    @property
    def uses_forecast(self) -> bool:
        """Whether level and growth are the forecast's."""
        return not isinstance(self.forecast, str | None) and self.forecast.beats_naive


def typed_subject(workload: TypedWorkload, source: str) -> Subject:
    """The subject of a workload typed into a scenario.

    Args:
        workload: as typed.
        source: the scenario's source, for the record.
    """
    curve = DurationCurve.constant()
    if workload.duration_curve:
        points = sorted(workload.duration_curve, key=lambda point: point.demand_ratio)
        ratio = np.array([point.demand_ratio for point in points])
        time = np.array([point.time_frac for point in points])
        mean = float((ratio * time).sum())
        curve = DurationCurve(ratio / mean, time) if mean > 0.0 else curve
    values = {}
    if workload.tokens_per_second is not None:
        typed_tokens_per_gpu_hour = workload.tokens_per_second * SECONDS_PER_HOUR / workload.gpus
        values["tokens_per_gpu_hour"] = Resolved(
            typed_tokens_per_gpu_hour, typed_tokens_per_gpu_hour, typed_tokens_per_gpu_hour, source, "given", "scenario"
        )
    return Subject(
        workload=workload.workload,
        workload_kind=workload.workload_kind,
        gpu_model=workload.gpu_model,
        level_gpus=workload.gpus * workload.used_frac,
        level_source=source,
        curve=curve,
        owned_gpus=workload.owned_gpus,
        values=values,
        assumptions=workload.assumptions,
        busy_frac=1.0,
    )
