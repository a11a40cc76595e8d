"""What several sections ask of the facts: which workloads, in which order, and which strategy is meant."""

from __future__ import annotations

from typing import Any, Final

import polars as pl

from pipelines.projection.decision import STAYING, decisions, is_hollow
from pipelines.projection.scenario import BASE_VARIANT
from pipelines.report.queries import Facts, Rows

SUMMARY: Final = "projections.strategy_summary"
CASH: Final = "projections.cash_flow_monthly"
QUANTILE_MONTHLY: Final = "projections.draw_quantiles_monthly"
SENSITIVITY: Final = "projections.sensitivity"
INFORMATION: Final = "projections.value_of_information"
THRESHOLD: Final = "projections.threshold"
RUN: Final = "projections.projection_run"
CAPACITY_PLAN: Final = "projections.capacity_plan"
CONSTRAINT: Final = "projections.constraint"
ASSUMPTION: Final = "projections.assumption_value"
# Charts by workload are drawn for the dearest; tables hold them all.
WORKLOADS_DRAWN: Final = 6


def base(facts: Facts, table: str) -> pl.DataFrame:
    """Rows of the scenario as it stands, without its sweeps."""
    return facts.projections[table].filter(pl.col("variant") == BASE_VARIANT)


def run(facts: Facts) -> dict[str, Any]:
    """What the scenario was run with."""
    return base(facts, RUN).row(0, named=True)


def summaries(facts: Facts) -> dict[str, Rows]:
    """Strategies by workload: the workload that costs most today first, its recommended strategy first."""
    rows = base(facts, SUMMARY).to_dicts()
    cost = {row["workload"]: row["npv_cost_usd"] or 0.0 for row in rows if row["strategy"] in STAYING}
    found: dict[str, Rows] = {
        workload: []
        for workload in sorted({row["workload"] for row in rows}, key=lambda name: (-cost.get(name, 0.0), name))
    }
    for row in sorted(rows, key=_preference):
        found[row["workload"]].append(row)
    return found


def _preference(row: dict[str, Any]) -> tuple[bool, bool, float, str]:
    saving = row["mean_npv_saving_usd"]
    return (not row["feasible"], not row["recommended"], -(saving or 0.0), row["strategy"])


def feasible(rows: Rows) -> Rows:
    """Strategies that can be done."""
    return [row for row in rows if row["feasible"]]


def distinct(rows: Rows) -> Rows:
    """Strategies that can be done and are something of their own, staying among them."""
    return [row for row in feasible(rows) if not is_hollow(row)]


def decided(facts: Facts) -> dict[str, dict[str, Any]]:
    """The decision by workload."""
    return {row["workload"]: row for row in decisions(facts.projections).to_dicts()}


def judged(facts: Facts) -> dict[str, dict[str, Any]]:
    """Summary of the strategy the decision speaks of, by workload; without those that have none."""
    names = {workload: row["judged_strategy"] for workload, row in decided(facts).items()}
    rows = base(facts, SUMMARY).to_dicts()
    return {row["workload"]: row for row in rows if row["strategy"] == names.get(row["workload"])}


def best_owning(rows: Rows) -> dict[str, Any] | None:
    """The best strategy that buys hardware; None where none does."""
    return next((row for row in feasible(rows) if row["owned_gpus"]), None)


def drawn(rows_by_workload: dict[str, Rows]) -> dict[str, Rows]:
    """Those that get a chart: the dearest, as far as there is money in them."""
    with_money = {
        workload: rows
        for workload, rows in rows_by_workload.items()
        if any(row["npv_cost_usd"] for row in feasible(rows))
    }
    return dict(list(with_money.items())[:WORKLOADS_DRAWN])


def left_out(rows_by_workload: dict[str, Rows]) -> str:
    """A sentence on workloads without a chart; '' where there are none."""
    shown = drawn(rows_by_workload)
    rest = [workload for workload in rows_by_workload if workload not in shown]
    return f"In the tables only, because smaller or without demand: {', '.join(rest)}." if rest else ""
