"""The projection: a scenario, what is known and what is assumed → what each strategy costs and which one to take.

Belongs here: the order of the steps, and what becomes a row. Not here: any formula.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final

import numpy as np
import polars as pl

from pipelines.projection import finance, measures
from pipelines.projection.assumptions import MARKET_KEYS, Assumptions
from pipelines.projection.constraints import constraint_rows, lifted_prices, plan_prices
from pipelines.projection.demand_rows import demand_fit_row, demand_path_frame
from pipelines.projection.draws import Draws
from pipelines.projection.evidence import Evidence, Subject, typed_subject
from pipelines.projection.flows import evaluate
from pipelines.projection.history import month_starts, subjects_of
from pipelines.projection.options import Tried, best_of, option_rows, sized_ways, weighed
from pipelines.projection.owned import owned_subjects
from pipelines.projection.plan import Capacity
from pipelines.projection.planning import plan_rows
from pipelines.projection.price_rows import price_fit_row, price_path_frame
from pipelines.projection.risk_rows import information_rows, past_frac, swing_rows, threshold_row, variance_rows
from pipelines.projection.rows import (
    CENT_USD,
    Case,
    Outcome,
    Row,
    assumption_rows,
    cash_frame,
    infeasible_row,
    monthly_quantile_frame,
    quantile_rows,
    run_row,
    summary_row,
)
from pipelines.projection.scenario import REFERENCE, Scenario
from pipelines.projection.sensitivity import Swing, swings, that_matter, variance_shares
from pipelines.projection.setting import PRICE_KEY, joint, settle
from pipelines.projection.simulation import Simulated, simulate
from pipelines.projection.strategies import REFERENCES, all_strategies, strategies_for
from pipelines.projection.tables import TABLES, conform, frame_of
from pipelines.projection.threads import side_by_side
from pipelines.projection.thresholds import UTILISATION, Run, Threshold, find_thresholds
from pipelines.projection.value_of_information import value_of_information
from pipelines.projection.world import World, build_world

CASH: Final = "projections.cash_flow_monthly"
FAN: Final = "projections.draw_quantiles_monthly"
PRICES: Final = "projections.price_path"
DEMAND: Final = "projections.demand_path"
PATH_CELLS: Final = 2_000_000  # draws times months behind the quantiles of price and demand: 15 MiB an array
BY_MONTH: Final = (CASH, FAN, PRICES, DEMAND)  # made as frames, because they have a row a month


@dataclass
class _Tables:
    """Rows and frames gathered on the way."""

    rows: dict[str, list[Row]] = field(default_factory=lambda: {table: [] for table in TABLES if table not in BY_MONTH})
    by_month: dict[str, list[pl.DataFrame]] = field(default_factory=lambda: {table: [] for table in BY_MONTH})

    def add(self, others: _Tables) -> None:
        """Put others' rows after these."""
        for table, rows in others.rows.items():
            self.rows[table] += rows
        for table, frames in others.by_month.items():
            self.by_month[table] += frames

    def frames(self) -> dict[str, pl.DataFrame]:
        """All tables by contract name."""
        return {table: frame_of(table, rows) for table, rows in self.rows.items()} | {
            table: conform(table, frames) for table, frames in self.by_month.items()
        }


def project(
    scenario: Scenario,
    evidence: Evidence,
    assumptions: Assumptions,
    *,
    as_of: dt.date,
    code_revision: str,
    warehouse_version: str,
    chunk_draws: int | None = None,
    threads: int = 1,
) -> dict[str, pl.DataFrame]:
    """Answer a scenario. The same inputs, seed and day give the same bytes.

    Args:
        scenario: the question.
        evidence: frames from marts; `Evidence()` for a scenario that stands alone.
        assumptions: the files.
        as_of: day of the decision; nothing observed or assumed later is used.
        code_revision: recorded with the run.
        warehouse_version: recorded with the run; '' where no warehouse was read.
        chunk_draws: draws computed at a time; None for what fits a processor's cache. No result depends on it.
        threads: workloads computed side by side. No result depends on it.

    Returns:
        Frames by contract table name. A strategy that cannot be done stays, with its reason and null results.

    Raises:
        ScenarioError: the horizon is not after `as_of`, a workload is not in history, or a number is missing from a
            scenario that stands alone.
    """
    tables = _Tables()
    for variant, varied in scenario.variants():
        key: Row = {"scenario": scenario.scenario, "variant": variant, "as_of_date": as_of}
        months = varied.months(as_of)
        run = {"code_revision": code_revision, "warehouse_version": warehouse_version}
        tables.rows["projections.projection_run"].append(key | run | run_row(varied, assumptions, months))
        project_one = partial(_project_workload, key, varied, evidence, assumptions, as_of, chunk_draws)
        for found in side_by_side(project_one, subjects_asked(varied, evidence, as_of, months), threads):
            tables.add(found)
    return tables.frames()


def subjects_asked(scenario: Scenario, evidence: Evidence, as_of: dt.date, months: int) -> list[Subject]:
    """The workloads to decide on."""
    if scenario.workloads is not None:
        source = scenario.source or f"typed into {scenario.scenario}"
        return [typed_subject(workload, source) for workload in scenario.workloads]
    if scenario.demand is None:
        return []
    found = subjects_of(evidence, scenario.demand, scenario.conventions, as_of, months)
    if scenario.demand.sourcing == "all":
        leased = {subject.workload for subject in found}
        found += owned_subjects(evidence, scenario.demand, scenario.conventions, as_of, months, leased)
    if scenario.demand.workloads != "all":
        known = {subject.workload for subject in found}
        for position, name in enumerate(scenario.demand.workloads):
            if name not in known:
                message = (
                    f"workload {name!r} has no leased use before {as_of}; known: {', '.join(sorted(known)) or 'none'}"
                )
                raise scenario.error(message, ("demand", "workloads", position))
    return found


def _project_workload(
    key: Row,
    scenario: Scenario,
    evidence: Evidence,
    assumptions: Assumptions,
    as_of: dt.date,
    chunk_draws: int | None,
    subject: Subject,
) -> _Tables:
    """All rows of one workload of one variant."""
    tables = _Tables()
    key = key | {"workload": subject.workload}
    setting = settle(scenario, assumptions, evidence, subject, as_of)
    tables.rows["projections.assumption_value"] += assumption_rows(key, subject, setting)
    tables.rows["projections.demand_fit"].append(demand_fit_row(key, scenario, subject, setting))
    tables.rows["projections.price_fit"].append(price_fit_row(key, scenario, setting, subject.gpu_model))
    sourcing = "owned" if subject.fleet else "leased"
    names, stay = strategies_for(scenario.strategies, sourcing), REFERENCES[sourcing]
    needed = [*setting.market_keys, *(setting.owning_keys if subject.fleet else ())]
    if reason := setting.lacks(needed):
        for name in names:
            tables.rows["projections.strategy_summary"].append(
                infeasible_row(key | {"strategy": name}, subject, reason)
            )
        return tables
    simulation = scenario.simulation
    copula = joint(scenario, assumptions, as_of)
    draws = Draws(simulation.draws, simulation.seed, simulation.spread_ratio, copula=copula)
    world_of = partial(build_world, scenario, subject, setting, as_of=as_of)
    case = Case(
        key,
        scenario,
        subject,
        setting,
        world_of(Draws.central()),
        month_starts(as_of, scenario.months(as_of)),
    )
    world = world_of(next(draws.chunks(max(PATH_CELLS // case.central.months, 1))))
    tables.by_month[PRICES].append(price_path_frame(key, case, world))
    tables.by_month[DEMAND].append(demand_path_frame(key, case, world))
    outcomes, reference, simulated = _outcomes(tables, case, names, world_of, draws, chunk_draws)
    if not outcomes:
        return tables
    costs = np.stack([outcome.drawn.npv_usd for outcome in outcomes.values()])
    regret = dict(zip(outcomes, measures.expected_regret(costs), strict=True))
    best = cheapest({name: float(outcome.drawn.npv_usd.mean()) for name, outcome in outcomes.items()}, stay)
    information = value_of_information(costs, simulated.inputs)
    tables.rows["projections.value_of_information"] += information_rows(key, information)
    for name, outcome in outcomes.items():
        judged = {"recommended": name == best, "expected_regret_usd": float(regret[name])}
        _add_outcome(tables, case, outcome, reference, simulated, judged)
    return tables


def _add_outcome(
    tables: _Tables, case: Case, outcome: Outcome, reference: Outcome, simulated: Simulated, judged: Row
) -> None:
    """All rows of one strategy that can be done; `judged` is what only all of them together tell."""
    key = case.key | {"strategy": outcome.strategy}
    moved: list[Swing] = []
    if outcome is not reference:
        moved = swings(case.central, case.setting, _run(case, outcome))
        shares = variance_shares(reference.drawn.npv_usd - outcome.drawn.npv_usd, simulated.inputs)
        tables.rows["projections.sensitivity"] += swing_rows(key, moved) + variance_rows(key, shares)
        tables.by_month[FAN].append(monthly_quantile_frame(key, case, outcome))
    thresholds = _thresholds(case, outcome, that_matter(moved))
    tables.rows["projections.threshold"] += [
        threshold_row(key, case, item, past_frac(item, outcome, simulated)) for item in thresholds
    ]
    summary = summary_row(case, outcome, reference, thresholds)
    tables.rows["projections.strategy_summary"].append(key | summary | judged)
    tables.rows["projections.draw_quantiles"] += quantile_rows(key, outcome, reference)
    for table, rows in finance.rows_of(outcome.central, case.scenario, case.starts).items():
        tables.rows[table] += [key | row for row in rows]
    tables.by_month[CASH].append(cash_frame(key, case, outcome))


def _outcomes(
    tables: _Tables,
    case: Case,
    names: list[str],
    world_of: Callable[[Draws], World],
    draws: Draws,
    chunk_draws: int | None,
) -> tuple[dict[str, Outcome], Outcome, Simulated]:
    """Every strategy that is allowed, in its best way; staying; and the draws. The rest become rows."""
    stay = REFERENCES["owned" if case.subject.fleet else "leased"]
    tried = weighed({name: sized_ways(case, name) for name in names}, world_of, draws, case, chunk_draws)
    best_ways = {name: best_of(ways) for name, ways in tried.items()}
    capacities = {name: way.capacity for name, way in best_ways.items() if way and way.capacity}
    simulated = simulate(world_of, draws, capacities, stay, case.setting.components, case.scenario.tax, chunk_draws)
    outcomes: dict[str, Outcome] = {}
    for name in sorted(names, key=lambda name: (name != stay, name)):
        way, drawn = best_ways[name], simulated.strategies.get(name)
        if way and way.capacity and way.central and drawn:
            outcomes[name] = Outcome(name, way.capacity, way.central, drawn, form=way.way.form)
        options = option_rows(case, tried[name], way, outcomes[stay], drawn.npv_usd if drawn else None)
        tables.rows["projections.strategy_option"] += [case.key | {"strategy": name} | row for row in options]
        if name in outcomes:
            waited = next(row["waiting_value_usd"] for row in options if row["best"])
            outcomes[name] = replace(outcomes[name], waiting_value_usd=waited)
        else:
            reason = tried[name][0].reason or ""
            barred = infeasible_row(case.key | {"strategy": name}, case.subject, reason)
            tables.rows["projections.strategy_summary"].append(barred)
    _add_rules(tables, case, {name: best_ways[name] or ways[0] for name, ways in tried.items()})
    # Staying is what the others are compared with, even where it is not allowed.
    reference = outcomes[stay]
    if (barring := tried[stay][0].reason) is not None:
        staying = case.key | {"strategy": stay}
        tables.rows["projections.strategy_summary"].append(infeasible_row(staying, case.subject, barring))
        del outcomes[stay]
    return outcomes, reference, simulated


def _add_rules(tables: _Tables, case: Case, ways: Mapping[str, Tried]) -> None:
    """Rows of the rules and limits on each strategy, with their prices, and of the plan behind it."""
    allowed = [float(way.central.npv_usd[0]) for way in ways.values() if way.central and way.reason is None]
    best = min(allowed, default=None)
    for name, way in ways.items():
        if way.planned is not None and way.central is not None:
            tables.rows["projections.capacity_plan"] += plan_rows(case, way.planned, way.central)
            priced = plan_prices(way.verdicts, way.planned.solution, way.planned.lifted)
        else:
            priced = lifted_prices(way.verdicts, way.cost_usd, best)
        tables.rows["projections.constraint"] += constraint_rows(case.key | {"strategy": name}, priced)


def cheapest(mean_npv_usd: Mapping[str, float], stay: str = REFERENCE) -> str:
    """The strategy of lowest mean present value of cost; the reference, if allowed, where nothing beats it by a cent.

    Of two that cost the same, the one with fewer kinds of lease: a commitment to nothing is no commitment.

    Args:
        mean_npv_usd: by strategy; the reference is among them where it is allowed.
        stay: the reference.
    """
    lowest = min(mean_npv_usd, key=lambda name: (mean_npv_usd[name], len(all_strategies()[name].CONTRACTS), name))
    return lowest if mean_npv_usd[lowest] < mean_npv_usd.get(stay, np.inf) - CENT_USD else stay


def _run(case: Case, outcome: Outcome) -> Run:
    """Evaluates the reference and a strategy, as sized, in any world."""
    components, tax = case.setting.components, case.scenario.tax
    return lambda world: (
        evaluate(world, Capacity(), components, tax),
        evaluate(world, outcome.capacity, components, tax),
    )


def _thresholds(case: Case, outcome: Outcome, that_matter: Sequence[str]) -> list[Threshold]:
    """Where the strategy and the reference cost the same; nothing to find for the reference itself."""
    if outcome.strategy in REFERENCES.values():
        return []
    parameters = list(dict.fromkeys([*case.scenario.thresholds, PRICE_KEY, UTILISATION, *that_matter]))
    owning = set(case.setting.owning_keys) if not (outcome.capacity.owns or case.subject.fleet) else set()
    used = [name for name in parameters if name not in owning - {*MARKET_KEYS}]
    basis = case.scenario.conventions.break_even_basis
    found = {item.parameter: item for item in find_thresholds(case.central, used, _run(case, outcome), basis)}
    return [found.get(name, Threshold(name, "not_used")) for name in parameters]
