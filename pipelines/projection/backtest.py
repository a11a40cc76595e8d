"""Projecting from earlier days with what was known then, and scoring it by what came.

Belongs here: which origins can be scored, the scores, the decision then and the best one in hindsight. Not here: how
the past is known (the caller hands over the evidence of each origin), and what came (`hindsight.py`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import polars as pl

from pipelines.contracts import contract_for
from pipelines.economics.rates import FloatArray
from pipelines.errors import NoDataError, ScenarioError, UsageError
from pipelines.projection.assumptions import Assumptions
from pipelines.projection.draws import Draws
from pipelines.projection.engine import cheapest, subjects_asked
from pipelines.projection.evidence import Evidence, Subject
from pipelines.projection.flows import Flows, evaluate
from pipelines.projection.hindsight import Realised, hindsight, realised
from pipelines.projection.history import POOL, month_starts
from pipelines.projection.options import best_of, sized_ways, weighed
from pipelines.projection.plan import Capacity
from pipelines.projection.rows import CENT_USD, Case, Row
from pipelines.projection.scenario import REFERENCE, HistoryDemand, Scenario
from pipelines.projection.setting import Setting, joint, settle
from pipelines.projection.strategies import strategies_for
from pipelines.projection.tables import frame_of
from pipelines.projection.threads import side_by_side
from pipelines.projection.work import reference_ratios
from pipelines.projection.world import World, build_world

TABLE: Final = "projections.backtest"
Knowledge = Literal["arrived", "dated"]
MOST_DRAWS: Final = 200  # 5 % of them are still ten
NIGHTLY_MONTHS: Final = (12, 6, 3, 1)  # origins scored every night, in months before the day
# A program for every workload and origin is most of a night's scoring, and a plan is close to the best of the others.
NOT_SCORED_NIGHTLY: Final = ("optimal_mix",)
MOST_MONTHS: Final = 12
SEASON_DAYS: Final = 7


@dataclass(frozen=True)
class Origin:
    """A day to project from.

    Attributes:
        date: that day.
        months: whole months after it that have come.
    """

    date: dt.date
    months: int


def origins_between(first: dt.date, last: dt.date, later: Evidence, as_of: dt.date, most_months: int) -> list[Origin]:
    """The first days of months from one day to another that have a history before and a month after them.

    Args:
        first: earliest day.
        last: latest day.
        later: what is known today.
        as_of: what came before that day is known.
        most_months: score no more months than that.

    Raises:
        UsageError: `first` lies after `last`.
        NoDataError: nothing is realised, or no day in the range can be scored; says which could.
    """
    if first > last:
        raise UsageError(f"--from {first} lies after --to {last}", next_step="swap them")
    if later.usage_hourly is None or later.usage_hourly.is_empty():
        raise NoDataError("no use is known, so there is nothing to score by", next_step="run: tenure add PATH…")
    begin: dt.date = later.usage_hourly["hour_at"].min().date()  # type: ignore[union-attr]
    came: dt.date = later.usage_hourly["hour_at"].max().date() + dt.timedelta(days=1)  # type: ignore[union-attr]
    end = min(as_of, came)
    day, found = first.replace(day=1), []
    while day <= last:
        months = min(_whole_months(day, end), most_months)
        if day >= first and begin < day and months >= 1:
            found.append(Origin(day, months))
        day = (day + dt.timedelta(days=31)).replace(day=1)
    if not found:
        raise NoDataError(
            f"no month from {first} to {last} has use before it and a whole month after it",
            next_step=f"use is known from {begin} until {end}",
        )
    return found


def _whole_months(start: dt.date, end: dt.date) -> int:
    return max((end.year - start.year) * 12 + end.month - start.month - (end.day < start.day), 0)


def backtest_base(
    scenario: Scenario,
    origin: Origin,
    known: Evidence,
    later: Evidence,
    assumptions: Assumptions,
    *,
    as_of: dt.date,
    knowledge: Knowledge,
    threads: int = 1,
) -> pl.DataFrame:
    """Score one origin of a scenario as it stands, without its sweeps.

    Args:
        scenario: the question; it has to ask about realised history.
        origin: the day to project from; nothing dated on or after it is used, whatever `known` holds.
        known: what was known then.
        later: what is known today.
        assumptions: the files; values of the origin's day or later are not used.
        as_of: the day it is scored.
        knowledge: what `known` holds, for the record.
        threads: workloads scored side by side. No result depends on it.

    Raises:
        ScenarioError: a workload of the scenario had no use before the origin.
        UsageError: the scenario types its workloads.
    """
    demand = scenario.demand
    if demand is None:
        raise UsageError(
            f"{scenario.scenario} types its workloads; nothing realised is known of them",
            next_step="name a scenario with `demand:`",
        )
    months = scenario.months(origin.date)
    scored = Origin(origin.date, min(origin.months, months))
    # What runs on owned GPUs is left out: its cost came by the asset register, not by a price that was foretold.
    subjects = [item for item in subjects_asked(scenario, known, origin.date, months) if item.fleet is None]
    key: Row = {"scenario": scenario.scenario, "as_of_date": as_of, "knowledge": knowledge, "origin_date": origin.date,
                "scored_months": scored.months, "horizon_months": months}  # fmt: skip
    simulation = scenario.simulation
    copula = joint(scenario, assumptions, origin.date)
    draws = Draws(min(simulation.draws, MOST_DRAWS), simulation.seed, simulation.spread_ratio, copula=copula)

    def rows_of(subject: Subject) -> list[Row]:
        members = [item.workload for item in subjects if item.workload != POOL]
        members = members if subject.workload == POOL else [subject.workload]
        setting = settle(scenario, assumptions, known, subject, origin.date)
        own = key | {"workload": subject.workload, "demand_model": _demand_model(demand, subject)}
        starts = month_starts(origin.date, scored.months)
        ratios = reference_ratios(known.gpu_models)
        came = realised(later, subject, members, demand, scenario.conventions, starts, ratios)
        return _Workload(own, scenario, subject, setting, scored, came, draws).rows()

    return frame_of(TABLE, [row for rows in side_by_side(rows_of, subjects, threads) for row in rows])


def empty_backtest() -> pl.DataFrame:
    """The table without a row."""
    return frame_of(TABLE, [])


def _demand_model(demand: HistoryDemand, subject: Subject) -> str:
    if demand.trend == "forecast":
        return "forecast" if subject.uses_forecast else "assumed growth: the forecast does not beat the week before"
    return "fitted growth" if demand.trend == "fitted" else "assumed growth"


@dataclass(frozen=True)
class _Workload:
    """One workload at one origin."""

    key: Row
    scenario: Scenario
    subject: Subject
    setting: Setting
    origin: Origin
    came: Realised
    draws: Draws

    def rows(self) -> list[Row]:
        names = strategies_for(self.scenario.strategies, "leased")
        if reason := self.setting.lacks(self.setting.market_keys) or self.came.gap:
            return [self._not_done(name, reason) for name in names]
        central, drawn = self._world(Draws.central()), self._world(self.draws)
        starts = month_starts(self.origin.date, central.months)
        case = Case(self.key, self.scenario, self.subject, self.setting, central, starts)
        tried = weighed({name: sized_ways(case, name) for name in names}, self._world, self.draws, case, None)
        ways = {name: best_of(items) for name, items in tried.items()}
        capacities = {name: way.capacity for name, way in ways.items() if way and way.capacity}
        as_came = hindsight(central, self.came)
        projected = {name: self._flows(drawn, capacity) for name, capacity in capacities.items()}
        after = {name: self._flows(as_came, capacity) for name, capacity in capacities.items()}
        decided = cheapest({name: float(flows.npv_usd.mean()) for name, flows in projected.items()})
        in_hindsight = {name: float(flows.npv_usd[0]) for name, flows in after.items()}
        best = cheapest(in_hindsight)
        foretold = self._expectations(central)
        rows = [self._not_done(name, tried[name][0].reason or "") for name in names if name not in capacities]
        for name in capacities:
            rows.append(
                self.key
                | foretold
                | self._scores(name, projected[name], after[name])
                | {
                    "strategy": name,
                    "decided_then": name == decided,
                    "best_in_hindsight": name == best,
                    "hindsight_npv_cost_usd": in_hindsight[name],
                    "regret_usd": max(in_hindsight[name] - in_hindsight[best], 0.0),
                }
            )
        return rows

    def _not_done(self, name: str, reason: str) -> Row:
        told = {"strategy": name, "infeasible_reason": reason, "decided_then": False, "best_in_hindsight": False}
        return self.key | told

    def _world(self, draws: Draws) -> World:
        return build_world(self.scenario, self.subject, self.setting, draws, as_of=self.origin.date)

    def _flows(self, world: World, capacity: Capacity) -> Flows:
        return evaluate(world, capacity, self.setting.components, self.scenario.tax)

    def _scores(self, name: str, projected: Flows, after: Flows) -> Row:
        """Errors of the cost of the scored months."""
        monthly = self._monthly(projected)
        total = monthly.sum(axis=1)
        low, middle, high = (float(np.quantile(total, frac)) for frac in (0.05, 0.5, 0.95))
        hindsight_monthly = self._monthly(after)[0]
        is_paid = name == REFERENCE
        actual = self.came.cost_usd if is_paid else hindsight_monthly
        spent = float(actual.sum())
        return {
            "projected_p5_cost_usd_nominal": low,
            "projected_p50_cost_usd_nominal": middle,
            "projected_p95_cost_usd_nominal": high,
            "realised_cost_usd_nominal": float(self.came.cost_usd.sum()) if is_paid else None,
            "hindsight_cost_usd_nominal": float(hindsight_monthly.sum()),
            "scored_against": "realised" if is_paid else "hindsight",
            "mape_frac": _mape(np.median(monthly, axis=0), actual),
            "bias_frac": (middle - spent) / spent if spent > 0.0 else None,
            "inside_interval": bool(low - CENT_USD <= spent <= high + CENT_USD),
        }

    def _monthly(self, flows: Flows) -> FloatArray:
        """Cost by draw and scored month."""
        total: FloatArray = (flows.part("start") + flows.part("during") + flows.part("end"))[:, : self.origin.months]
        return total

    def _expectations(self, central: World) -> Row:
        """Errors of demand and price, and of the last week going on."""
        scored = self.origin.months
        row: Row = {
            "demand_mape_frac": _mape(central.demand_gpus[0, :scored], self.came.gpus),
            "price_mape_frac": _mape(central.price_path_usd_per_gpu_hour[0, :scored], self.came.usd_per_gpu_hour),
        }
        daily = self.subject.daily
        if daily is not None and not np.isnan(daily.gpus[-SEASON_DAYS:]).all():
            week = np.full(scored, float(np.nanmean(daily.gpus[-SEASON_DAYS:])))
            row["naive_demand_mape_frac"] = _mape(week, self.came.gpus)
        return row


def _mape(foretold: FloatArray, came: FloatArray) -> float | None:
    """Mean absolute error over what came; None where a month has nothing to compare with."""
    if not (came > 0.0).all():
        return None
    return float(np.abs(foretold / came - 1.0).mean())


def score_recent(
    scenario: Scenario, evidence: Evidence, assumptions: Assumptions, as_of: dt.date, threads: int = 1
) -> pl.DataFrame:
    """Score the origins of every night: some months back, by what is dated before them as it stands today.

    Strategies that solve a program are left to `tenure backtest`.

    Args:
        scenario: the question.
        evidence: what is known today.
        assumptions: the files.
        as_of: the day of the night.
        threads: workloads scored side by side. No result depends on it.
    """
    kept = [name for name in scenario.strategies if name not in NOT_SCORED_NIGHTLY]
    scenario = scenario.model_copy(update={"strategies": kept})
    month = as_of.replace(day=1)
    wanted = {(month.year * 12 + month.month - 1) - back for back in NIGHTLY_MONTHS}
    days = sorted(dt.date(index // 12, index % 12 + 1, 1) for index in wanted)
    try:
        possible = origins_between(days[0], days[-1], evidence, as_of, MOST_MONTHS)
    except NoDataError:
        return empty_backtest()
    origins = [origin for origin in possible if origin.date in days]
    asked = [
        origin for origin in origins if _has_its_workloads(scenario, evidence, origin.date)
    ]  # a question about a workload cannot be asked before it was there
    return score_all(
        scenario, asked, lambda day: evidence, evidence, assumptions, as_of=as_of, knowledge="dated", threads=threads
    )


def _has_its_workloads(scenario: Scenario, evidence: Evidence, day: dt.date) -> bool:
    try:
        subjects_asked(scenario, evidence, day, scenario.months(day))
    except ScenarioError:
        return False
    return True


def score_all(
    scenario: Scenario,
    origins: Sequence[Origin],
    known: Callable[[dt.date], Evidence],
    later: Evidence,
    assumptions: Assumptions,
    *,
    as_of: dt.date,
    knowledge: Knowledge,
    threads: int = 1,
) -> pl.DataFrame:
    """Score several origins; the arguments are those of `backtest_base`, `known` by day."""
    frames = [
        backtest_base(
            scenario, origin, known(origin.date), later, assumptions, as_of=as_of, knowledge=knowledge, threads=threads
        )
        for origin in origins
    ]
    return pl.concat(frames).sort(contract_for(TABLE).key) if frames else empty_backtest()
