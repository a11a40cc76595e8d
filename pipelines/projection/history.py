"""From realised hours and cost to subjects: level, trend, duration curve and price paid, nothing after `as_of`.

An hour in which nothing at all was observed is a gap and does not count; an hour in which only other workloads ran is
an hour of no demand. A workload that telemetry does not see takes the hours that were paid, evenly spread.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import polars as pl

from pipelines.economics.rates import FloatArray
from pipelines.economics.tokens import TokenBasis
from pipelines.economics.utilisation import DurationCurve
from pipelines.projection.assumptions import OWN_WORK_KEY
from pipelines.projection.evidence import Evidence, ExistingLease, Resolved, Subject
from pipelines.projection.forecast import MODEL, DailyUse, Forecast, forecast
from pipelines.projection.scenario import Conventions, HistoryDemand
from pipelines.projection.served import served_of, throughput
from pipelines.projection.work import reference_ratios, unknown_work, work_column
from pipelines.units import HOURS_PER_DAY

POOL: Final = "all workloads"
UNKNOWN: Final = "__unallocated__"
LEASED: Final = "leased"
LEVEL_KEY: Final = "demand_level_ratio"  # every strategy needs it, so none is weighed without a level
RESIDUAL: Final = "__"  # rows of marts that hold what no workload held
MIN_TREND_WEEKS: Final = 26
WEEKS_PER_YEAR: Final = 365.25 / 7


@dataclass(frozen=True)
class _Window:
    """The part of history that is looked at."""

    usage: pl.DataFrame  # workload, workload_kind, gpu_model, hour_at, gpu_hours; leased only
    hours: pl.Series  # every hour in which anything was observed
    cost: pl.DataFrame  # workload, workload_kind, gpu_model, cost_usd, paid_gpu_hours over the level days
    cost_days: int
    ratios: dict[str, float]
    daily: pl.DataFrame  # workload, gpu_model, date, gpu_hours; leased only, all there is before the day
    observed: pl.DataFrame  # date, observed_hours
    served: pl.DataFrame  # hours and tokens over the level days (`served_of`)
    token_basis: TokenBasis


def subjects_of(
    evidence: Evidence, demand: HistoryDemand, conventions: Conventions, as_of: dt.date, months: int
) -> list[Subject]:
    """One subject a workload with leased use before `as_of`, and one for all of them pooled.

    Args:
        evidence: frames from marts.
        demand: which workloads, over which days.
        conventions: what the lease price includes.
        as_of: the day of the decision.
        months: horizon, for contracts already signed.

    Returns:
        Sorted by workload, the pool last; empty where there is no history.
    """
    window = _window(evidence, demand, conventions, as_of)
    names = sorted({*window.usage["workload"].unique(), *window.cost["workload"].unique()})
    names = [name for name in names if not name.startswith(RESIDUAL)]
    if demand.workloads != "all":
        names = [name for name in names if name in demand.workloads]
    found = [_subject(name, [name], window, demand) for name in names]
    found = [replace(item, busy_frac=_busy_frac(evidence, demand, [item.workload], as_of)) for item in found]
    found = _of_one_site(found, window.ratios)
    if demand.pool and len(found) > 1:
        pool = _subject(POOL, names, window, demand)
        found.append(replace(pool, busy_frac=_busy_frac(evidence, demand, names, as_of)))
    by_model: dict[str | None, float] = {}
    for subject in found:
        if subject.workload != POOL:
            by_model[subject.gpu_model] = by_model.get(subject.gpu_model, 0.0) + subject.level_gpus
    with_contracts = []
    for subject in found:
        total = by_model.get(subject.gpu_model, 0.0)
        share = 1.0 if subject.workload == POOL else (subject.level_gpus / total if total > 0.0 else 0.0)
        running = _running(evidence.lease_contracts, subject, share, as_of)
        with_contracts.append(
            subject if running is None else _with_contracts(subject, running, share, window.ratios, as_of, months)
        )
    return with_contracts


def _of_one_site(found: list[Subject], ratios: dict[str, float]) -> list[Subject]:
    """The share of a site for each, by the work of all whose work can be compared; the others cannot own."""
    used = {subject.gpu_model for subject in found if subject.level_gpus > 0.0}

    def work(subject: Subject) -> float:
        ratio = 1.0 if len(used) == 1 else ratios.get(subject.gpu_model or "")
        return 0.0 if ratio is None or LEVEL_KEY in subject.gaps else subject.level_gpus * ratio

    total = sum(work(subject) for subject in found)

    def placed(subject: Subject) -> Subject:
        if (own := work(subject)) > 0.0:
            return replace(subject, site_share_frac=own / total)
        if subject.level_gpus > 0.0 and (reason := unknown_work(used, subject.gpu_model, ratios)):
            return replace(subject, gaps={OWN_WORK_KEY: reason, **subject.gaps})
        return subject

    return [placed(subject) for subject in found]


def _with_contracts(
    subject: Subject, running: pl.DataFrame, share: float, ratios: dict[str, float], as_of: dt.date, months: int
) -> Subject:
    """A subject with its share of the contracts that run; without a level where their work cannot be counted."""
    gap = unknown_work(running["gpu_model"], subject.gpu_model, ratios)
    gaps = {LEVEL_KEY: gap, **subject.gaps} if gap else subject.gaps
    return replace(subject, existing=_existing(running, subject, share, ratios, as_of, months), gaps=gaps)


def _busy_frac(evidence: Evidence, demand: HistoryDemand, members: list[str], as_of: dt.date) -> float | None:
    """Share of the demand's hours in which GPUs were busy, over the level days; None where telemetry does not tell."""
    if evidence.usage_hourly is None:
        return None
    end = dt.datetime.combine(as_of, dt.time())
    used = evidence.usage_hourly.filter(
        (pl.col("hour_at") < end)
        & (pl.col("hour_at") >= end - dt.timedelta(days=demand.level_days))
        & (pl.col("sourcing") == LEASED)
        & pl.col("workload").is_in(members)
        & pl.col("busy_gpu_hours").is_not_null()
    )
    basis = "allocated_gpu_hours" if demand.basis == "allocated" else "busy_gpu_hours"
    busy, hours = (float(used[name].cast(pl.Float64).sum()) for name in ("busy_gpu_hours", basis))
    return busy / hours if hours > 0.0 else None


def _window(evidence: Evidence, demand: HistoryDemand, conventions: Conventions, as_of: dt.date) -> _Window:
    """Cut the frames to what was known, and give them one shape."""
    end = dt.datetime.combine(as_of, dt.time())
    column = "allocated_gpu_hours" if demand.basis == "allocated" else "busy_gpu_hours"
    keys = [pl.col("workload").fill_null(UNKNOWN), pl.col("workload_kind"), pl.col("gpu_model")]
    schema = {"workload": pl.String, "workload_kind": pl.String, "gpu_model": pl.String}
    usage = pl.DataFrame(
        schema={**schema, "sourcing": pl.String, "hour_at": pl.Datetime("us"), "gpu_hours": pl.Float64}
    )
    told = evidence.usage_hourly
    if told is not None:
        # An hour of which it is not told whether GPUs were busy is not observed, and not idle.
        told = told.filter(pl.col(column).is_not_null())
        known = told.filter(pl.col("hour_at") < end)
        if not known.is_empty():
            first = known["hour_at"].max() - dt.timedelta(days=demand.window_days)  # type: ignore[operator]
            usage = known.filter(pl.col("hour_at") > first).select(
                *keys, "sourcing", pl.col("hour_at").cast(pl.Datetime("us")), gpu_hours=pl.col(column).cast(pl.Float64)
            )
    cost = pl.DataFrame(schema={**schema, "cost_usd": pl.Float64, "paid_gpu_hours": pl.Float64})
    served, days = served_of(pl.DataFrame()), 0
    if evidence.tco_daily is not None:
        paid = evidence.tco_daily.filter((pl.col("usage_date") < as_of) & (pl.col("sourcing") == LEASED))
        if not paid.is_empty():
            newest: dt.date = paid["usage_date"].max()  # type: ignore[assignment]
            recent = paid.filter(pl.col("usage_date") > newest - dt.timedelta(days=demand.level_days))
            oldest: dt.date = recent["usage_date"].min()  # type: ignore[assignment]
            days = (newest - oldest).days + 1
            served = served_of(recent.with_columns(keys))
            parts = ["direct_cost_usd", "idle_cost_usd"]
            if set(conventions.lease_price_includes) - {"compute"}:
                parts.append("shared_cost_usd")
            cost = recent.select(
                *keys,
                cost_usd=pl.sum_horizontal(pl.col(part).cast(pl.Float64) for part in parts),
                paid_gpu_hours=pl.col("gpu_hours_paid").cast(pl.Float64),
            ).sort(pl.all())
    leased = usage.filter(pl.col("sourcing") == LEASED).drop("sourcing").sort(pl.all())
    daily, observed = _by_day(told, column, end)
    return _Window(
        leased,
        usage["hour_at"].unique().sort(),
        cost,
        days,
        reference_ratios(evidence.gpu_models),
        daily,
        observed,
        served,
        conventions.token_basis,
    )


def _by_day(usage: pl.DataFrame | None, column: str, end: dt.datetime) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Leased GPU-hours by workload, model and day, and the hours in which anything was observed, by day."""
    if usage is None:
        return (
            pl.DataFrame(
                schema={"workload": pl.String, "gpu_model": pl.String, "date": pl.Date, "gpu_hours": pl.Float64}
            ),
            pl.DataFrame(schema={"date": pl.Date, "observed_hours": pl.UInt32}),
        )
    known = usage.filter(pl.col("hour_at") < end).with_columns(date=pl.col("hour_at").cast(pl.Date))
    daily = (
        known.filter(pl.col("sourcing") == LEASED)
        .select(pl.col("workload").fill_null(UNKNOWN), "gpu_model", "date", gpu_hours=pl.col(column).cast(pl.Float64))
        .sort(pl.all())
        .group_by("workload", "gpu_model", "date", maintain_order=True)
        .agg(pl.col("gpu_hours").sum())
    )
    return daily, known.group_by("date").agg(observed_hours=pl.col("hour_at").n_unique()).sort("date")


def _subject(name: str, members: list[str], window: _Window, demand: HistoryDemand) -> Subject:
    """One workload, or several pooled, in GPUs of the model that did most of their work."""
    usage = window.usage.filter(pl.col("workload").is_in(members))
    cost = window.cost.filter(pl.col("workload").is_in(members))
    gpu_model = _dominant(usage, "gpu_hours") or _dominant(cost, "paid_gpu_hours")
    kinds = sorted({*usage["workload_kind"].drop_nulls(), *cost["workload_kind"].drop_nulls()})
    work = work_column(gpu_model, window.ratios)
    usage, cost = (frame.with_columns(work=work) for frame in (usage, cost))
    held = {
        *usage.filter(pl.col("gpu_hours") > 0.0)["gpu_model"],
        *cost.filter(pl.col("paid_gpu_hours") > 0.0)["gpu_model"],
    }
    gap = unknown_work(held, gpu_model, window.ratios) if held else None

    unseen = cost.filter(~pl.col("workload").is_in(usage["workload"].unique().to_list()))
    constant = float((unseen["paid_gpu_hours"] * unseen["work"]).sum()) / max(window.cost_days * HOURS_PER_DAY, 1)
    hours = _hours(usage, window.hours) + constant
    level, source = constant, f"{window.cost_days} days of hours paid, evenly spread: no telemetry"
    if not usage.is_empty():
        recent = hours[-demand.level_days * HOURS_PER_DAY :]
        level = float(recent.mean())
        source = f"mean of {recent.size} {demand.basis} hours up to {window.hours[-1]:%Y-%m-%d %H:%M}"
    values: dict[str, Resolved] = {}
    paid_work = float((cost["paid_gpu_hours"] * cost["work"]).sum())
    if paid_work > 0.0 and gap is None:
        price = max(float(cost["cost_usd"].sum()) / paid_work, 0.0)
        note = f"{window.cost_days} days of cost over {paid_work:.0f} GPU-hours paid"
        values["realised_usd_per_gpu_hour"] = Resolved.certain(price, note)
    daily = _daily(window, members, work)
    foretold = None
    if demand.trend == "forecast":
        foretold = gap or (forecast(daily) if daily else "telemetry does not see it")
        if isinstance(foretold, Forecast) and foretold.beats_naive:
            values |= _of_forecast(foretold)
    if demand.trend == "fitted" and gap is None and (growth := fit_growth(hours)) is not None:
        values["demand_growth_frac_per_year"] = growth
    told = throughput(
        window.served,
        members,
        work,
        "gpu_hours_allocated" if demand.basis == "allocated" else "gpu_hours_busy",
        window.token_basis,
        window.cost_days,
    )
    if not isinstance(told, str):
        values |= told
    kind = kinds[0] if len(kinds) == 1 else None
    if gap is not None:
        source = f"{source}; only the hours that can be counted"
    return Subject(
        name,
        kind,
        gpu_model,
        level,
        source,
        DurationCurve.of_hours(hours),
        values=values,
        daily=daily,
        forecast=foretold,
        tokens_gap=told if isinstance(told, str) else None,
        gaps={LEVEL_KEY: gap} if gap else {},
    )


def _daily(window: _Window, members: list[str], hours_worth: pl.Expr) -> DailyUse | None:
    """Mean GPUs in use by day since the first use; a day on which nothing at all was observed is not a number."""
    own = window.daily.filter(pl.col("workload").is_in(members))
    if own.is_empty():
        return None
    work = own.with_columns(work=hours_worth)
    by_day = work.group_by("date").agg(gpu_hours=(pl.col("gpu_hours") * pl.col("work")).sum()).sort("date")
    first: dt.date = by_day["date"][0]
    last: dt.date = window.observed["date"][-1]
    days = pl.DataFrame({"date": pl.date_range(first, last, "1d", eager=True)})
    joined = (
        days.join(window.observed, on="date", how="left", maintain_order="left")
        .join(by_day, on="date", how="left", maintain_order="left")
        .select(
            gpus=pl.when(pl.col("observed_hours").is_null())
            .then(float("nan"))
            .otherwise(pl.col("gpu_hours").fill_null(0.0) / pl.col("observed_hours"))
        )
    )
    return DailyUse(first, joined["gpus"].to_numpy())


def _of_forecast(found: Forecast) -> dict[str, Resolved]:
    """Level and growth as the forecast has them, each with its error."""
    score = found.score
    source = (
        f"{MODEL}: MASE {score.mase_ratio:.2f} against {found.naive.mase_ratio:.2f} of the week before, "
        f"bias {score.bias_frac:+.0%}, {score.coverage_frac:.0%} inside P5 to P95"
    )
    told = {"demand_level_ratio": found.level_ratio, "demand_growth_frac_per_year": found.growth_frac_per_year}
    return {key: Resolved(item.base, item.low, item.high, source, "medium", "evidence") for key, item in told.items()}


def _dominant(frame: pl.DataFrame, hours: str) -> str | None:
    """The GPU model with most hours; None where none is named."""
    named = frame.drop_nulls("gpu_model").group_by("gpu_model").agg(pl.col(hours).sum()).sort(hours, "gpu_model")
    return None if named.is_empty() else str(named["gpu_model"][-1])


def _hours(usage: pl.DataFrame, observed: pl.Series) -> FloatArray:
    """GPUs in use in each observed hour since the first use, zero where only others ran."""
    if usage.is_empty():
        return np.zeros(1)
    summed = (
        usage.group_by("hour_at", maintain_order=True)
        .agg(gpus=(pl.col("gpu_hours") * pl.col("work")).sum())
        .sort("hour_at")
    )
    since = observed.filter(observed >= summed["hour_at"][0])
    joined = since.to_frame("hour_at").join(summed, on="hour_at", how="left", maintain_order="left")
    return joined["gpus"].fill_null(0.0).to_numpy()


def fit_growth(hours: FloatArray) -> Resolved | None:
    """Yearly growth from weekly means by log-linear least squares, ±2 standard errors; None under half a year.

    Args:
        hours: GPUs in use in each observed hour, in order.
    """
    week_hours = 7 * HOURS_PER_DAY
    weeks = hours[: hours.size // week_hours * week_hours].reshape(-1, week_hours).mean(axis=1)
    if weeks.size < MIN_TREND_WEEKS or (weeks <= 0.0).any():
        return None
    x = np.arange(weeks.size) / WEEKS_PER_YEAR
    centred, log_level = x - x.mean(), np.log(weeks) - np.log(weeks).mean()
    slope = float((centred * log_level).sum() / (centred**2).sum())
    residual = log_level - slope * centred
    error = float(np.sqrt((residual**2).sum() / (weeks.size - 2) / (centred**2).sum()))
    low, base, high = (float(np.exp(slope + k * error) - 1.0) for k in (-2.0, 0.0, 2.0))
    return Resolved(base, low, high, f"log-linear fit on {weeks.size} weekly means", "medium", "evidence")


def _running(contracts: pl.DataFrame | None, subject: Subject, share: float, as_of: dt.date) -> pl.DataFrame | None:
    """Contracts that run on the day and may serve a subject; the pool takes those of every GPU model.

    A contract that starts later is not counted: the register does not say whether it was signed by then.
    """
    if contracts is None or subject.gpu_model is None or share == 0.0:
        return None
    running = contracts.filter((pl.col("start_date") <= as_of) & (pl.col("end_date") > as_of)).sort(pl.all())
    if subject.workload != POOL:
        running = running.filter(pl.col("gpu_model") == subject.gpu_model)
    return None if running.is_empty() else running


def _existing(
    running: pl.DataFrame, subject: Subject, share: float, ratios: dict[str, float], as_of: dt.date, months: int
) -> ExistingLease:
    """A subject's share of contracts that run, those of other GPU models by their work where it is known.

    A month that a contract covers in part counts in part.
    """
    running = running.with_columns(work=work_column(subject.gpu_model, ratios)).drop_nulls("work")
    starts = month_starts(as_of, months)
    first, after = np.array(starts[:-1], dtype="datetime64[D]"), np.array(starts[1:], dtype="datetime64[D]")
    ends = running["end_date"].to_numpy().astype("datetime64[D]")
    days = np.minimum(ends[None, :], after[:, None]) - first[:, None]
    held = np.clip(days / (after - first)[:, None], 0.0, 1.0)
    work = running["work"].to_numpy()
    gpus, price, owed = (
        running[name].cast(pl.Float64).to_numpy()
        for name in ("gpus", "committed_price_usd_per_gpu_hour", "take_or_pay_frac")
    )
    weight = held * (gpus * work)[None, :]
    total = weight.sum(axis=1)
    mean_price, mean_owed = (
        np.divide((weight * value).sum(axis=1), total, out=np.zeros(months), where=total > 0.0)
        for value in (price / work, owed)
    )
    return ExistingLease(total * share, mean_price, mean_owed)


def month_starts(as_of: dt.date, months: int) -> list[dt.date]:
    """The first day of each projected month, and the day after the last one."""
    offsets = pl.int_range(0, months + 1).cast(pl.String) + "mo"
    return pl.select(pl.lit(as_of).dt.offset_by(offsets)).to_series().to_list()
