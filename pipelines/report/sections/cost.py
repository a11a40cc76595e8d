"""What it cost, and what each strategy would cost: realised and projected money, never in one column."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import polars as pl

from pipelines.projection.decision import STAYING
from pipelines.report import cells, svg, views
from pipelines.report.blocks import Block, Column, Figure, Note, Section, table
from pipelines.report.charts import projected_cost, realised_cost
from pipelines.report.queries import Facts, Rows

TITLE = "What the money is for"
COMPONENTS_SHOWN = 3
STRATEGIES_DRAWN = 4  # panels that can be read beside one another
MONTHLY_COLUMNS = (
    Column("workload", "workload"),
    Column("side", "sourcing"),
    Column("direct", "direct_cost_usd", cells.cents, "USD"),
    Column("idle", "idle_cost_usd", cells.cents, "USD"),
    Column("shared", "shared_cost_usd", cells.cents, "USD"),
    Column("unallocated", "unallocated_cost_usd", cells.cents, "USD"),
    Column("over-allocated", "over_allocated_cost_usd", cells.cents, "USD"),
    Column("total", "total_cost_usd", cells.cents, "USD"),
    Column("paid", "gpu_hours_paid", cells.count, "GPU-hours"),
    Column("allocated", "gpu_hours_allocated", cells.count, "GPU-hours"),
    Column("busy", "gpu_hours_busy", cells.count, "GPU-hours"),
)
BRIDGE_COLUMNS = (
    Column("", "what"),
    Column("source", "source"),
    Column("billed", "billed_cost_usd", cells.cents, "USD"),
    Column("amortised", "effective_cost_usd", cells.cents, "USD"),
)
UNIT_COLUMNS = (
    Column("workload", "workload"),
    Column("cost", "total_cost_usd", cells.cents, "USD"),
    Column("per GPU-hour held", "cost_usd_per_allocated_gpu_hour", cells.cents, "USD"),
    Column("per GPU-hour busy", "cost_usd_per_busy_gpu_hour", cells.cents, "USD"),
    Column("per million tokens, in and out", "cost_usd_per_1m_tokens", cells.cents, "USD"),
    Column("per thousand requests", "cost_usd_per_1000_requests", cells.cents, "USD"),
    Column("jobs completed", "completed_jobs_count", cells.count),
    Column("failed or cancelled", "unfinished_jobs_count", cells.count),
)
COMPONENT_COLUMNS = (
    Column("strategy", "strategy", cells.words),
    Column("component", "component", cells.words),
    Column("side", "sourcing"),
    Column("present value", "present_value_usd", cells.usd, "USD"),
    Column("undiscounted", "cash_usd_nominal", cells.usd, "USD"),
    Column("undiscounted, mean over draws", "mean_cash_usd_nominal", cells.usd, "USD"),
)


def section(facts: Facts) -> Section:
    """Realised by month and workload, then projected by component."""
    return Section("cost", TITLE, (*_realised(facts), *_unit_costs(facts.unit_costs), *_projected(facts)))


def _realised(facts: Facts) -> list[Block]:
    rows = facts.realised
    if not rows:
        return [Note("No realised cost is published on this version.")]
    total = _sum(rows, "total_cost_usd")
    first, last = min(row["usage_month"] for row in rows), max(row["usage_month"] for row in rows)
    when = f"{first:%Y-%m} to {last:%Y-%m}"
    sides = [
        f"{side} {cells.usd(_sum((row for row in rows if row['sourcing'] == side), 'total_cost_usd')).text}"
        for side in sorted({row["sourcing"] for row in rows})
    ]
    finding = f"Cost, {when}: {cells.usd(total).text} USD ({', '.join(sides)}), {_idle(facts, total)}"
    months = svg.inline(
        realised_cost.by_month(rows),
        key="realised-month",
        title=finding,
        description="Stacked bars of realised cost by month: direct, idle, shared and unallocated, leased beside "
        "owned. The numbers are in the table below.",
    )
    by_workload = f"{_dearest(rows)} of {cells.usd(total).text}"
    workloads = svg.inline(
        realised_cost.by_workload(rows),
        key="realised-workload",
        title=by_workload,
        description="Stacked bars of realised cost by workload, leased beside owned. The numbers are in the table "
        "below.",
    )
    reading = (
        "Amortised over the days of use, owned hardware by its depreciation, contracts without a bill by their terms: "
        "what was invoiced stands under Does the bill close. Direct: time a workload held, and lines that name it. "
        "Idle: paid, held by nobody, borne by the workloads of the pool; what a bill charges for GPUs without saying "
        "for how many hours is in it, since nobody can be said to have held them. Shared: storage, network, support, "
        "tax. Unallocated: held by somebody unknown. Names in double underscores are no workloads but what "
        "could not be given to one."
    )
    return [
        Figure(finding, months),
        Figure(by_workload, workloads, reading),
        *_bridge(facts),
        table(
            "realised",
            "Realised cost by month, workload and side",
            MONTHLY_COLUMNS,
            [{**row, "usage_month": f"{row['usage_month']:%Y-%m}"} for row in rows],
            group="usage_month",
            folded=True,
        ),
    ]


def _bridge(facts: Facts) -> list[Block]:
    """From the bills to the leased cost above, which holds contracts that nobody has billed yet."""
    if not facts.leased:
        return []
    rows: Rows = [
        {**row, "what": "contracts, on days that no bill spans" if row["is_accrual"] else "bills"}
        for row in facts.leased
    ]
    leased = _sum((row for row in facts.realised if row["sourcing"] == "leased"), "total_cost_usd")
    rows.append({"what": "leased cost", "source": None, "billed_cost_usd": None, "effective_cost_usd": leased})
    return [table("bridge", "From the bills to the leased cost", BRIDGE_COLUMNS, rows)]


def _unit_costs(rows: Rows) -> list[Block]:
    if not rows:
        return []
    return [table("unit-costs", f"What a unit of work cost in {rows[0]['usage_month']:%Y-%m}", UNIT_COLUMNS, rows)]


def _sum(rows: Iterable[dict[str, Any]], column: str) -> Decimal:
    return sum((row[column] for row in rows), Decimal(0))


def _idle(facts: Facts, total: Decimal) -> str:
    """Idle cost as a share of all, and what of it is idle only because no bill tells its hours."""
    idle = _sum(facts.realised, "idle_cost_usd")
    share = f"{cells.share(float(idle / total)).text} of it idle" if total > 0 and idle >= 0 else "none of it idle"
    for row in facts.hours_unknown:
        amount = f"{cells.usd(abs(row['cost_usd'])).text} USD"
        share += f", {amount} of that of unknown hours" if row["cost_usd"] > 0 else f", less {amount} of unknown hours"
    return share


def _dearest(rows: Rows) -> str:
    """Which workload cost most; what could not be given to one is none."""
    totals: dict[str, Decimal] = {}
    for row in rows:
        totals[row["workload"]] = totals.get(row["workload"], Decimal(0)) + row["total_cost_usd"]
    named = [item for item in totals.items() if not item[0].startswith("__")]
    if not named:
        return f"No workload is known: {cells.usd(sum(totals.values(), Decimal(0))).text} USD"
    name, cost = min(named, key=lambda item: (-item[1], item[0]))
    return f"{name} cost most: {cells.usd(cost).text} USD"


def _projected(facts: Facts) -> list[Block]:
    by_workload = views.summaries(facts)
    cash = views.base(facts, views.CASH)
    if cash.is_empty():
        return [Note("Nothing is projected, so there is no cost to look forward to.")]
    # Sorted first: the order of addition decides the last digit.
    sums = (
        cash.sort("workload", "strategy", "sourcing", "component", "month_index")
        .group_by("workload", "strategy", "sourcing", "component", maintain_order=True)
        .agg(pl.col("present_value_usd", "cash_usd_nominal", "mean_cash_usd_nominal").sum())
    )
    rows = {key[0]: group.to_dicts() for key, group in sums.group_by("workload", maintain_order=True)}
    figures = [
        _figure(f"projected-{position}", workload, strategies, rows[str(workload)])
        for position, (workload, strategies) in enumerate(views.drawn(by_workload).items())
        if workload in rows
    ]
    listed = [row for workload in by_workload for row in rows.get(workload, [])]
    return [
        *figures,
        Note(
            "Projected cost is the present value over the horizon with every number at its base. A bar to the left is "
            f"money that comes back. Of more than {STRATEGIES_DRAWN} strategies the table alone has the rest. "
            + views.left_out(by_workload)
        ),
        table(
            "components",
            "Projected cost by component",
            COMPONENT_COLUMNS,
            listed,
            group="workload",
            folded=True,
        ),
    ]


def _figure(key: str, workload: str, strategies: Rows, rows: Rows) -> Figure:
    paid = {row["strategy"] for row in rows}
    able = [row for row in views.distinct(strategies) if row["strategy"] in paid]
    headings = {
        row["strategy"]: f"{cells.plain(row['strategy'])}{projected_cost.LINE}{cells.rounded(row['npv_cost_usd'])} USD"
        for row in to_draw(able)
    }
    # To the cent: of two that cost the same, the one that is recommended comes first in the order of the table.
    lowest = min(able, key=lambda row: round(row["npv_cost_usd"], 2))
    is_advised = lowest["recommended"] or not any(row["recommended"] for row in able)
    largest = sorted(
        (row for row in rows if row["strategy"] == lowest["strategy"] and row["present_value_usd"]),
        key=lambda row: (-abs(row["present_value_usd"]), row["component"]),
    )[:COMPONENTS_SHOWN]
    parts = ", ".join(f"{cells.plain(row['component'])} {cells.rounded(row['present_value_usd'])}" for row in largest)
    total = cells.rounded(lowest["npv_cost_usd"])
    base = "" if is_advised else " with every number at its base"
    finding = f"{workload}: {cells.plain(lowest['strategy'])} costs least{base}, {total} USD ({parts})"
    drawn = svg.inline(
        projected_cost.chart(rows, headings),
        key=key,
        title=finding,
        description="Bars of the present value of cost by component, one panel a strategy. The numbers are in the "
        "table below.",
    )
    return Figure(finding, drawn)


def to_draw(able: Rows) -> Rows:
    """The few that answer the question, in their order: the first, the cheapest, staying, the first that owns.

    Args:
        able: strategies that can be done, in the order of the table.
    """
    cheapest = sorted(able, key=lambda row: row["npv_cost_usd"])[:1]
    staying = [row for row in able if row["strategy"] in STAYING]
    owning = [row for row in able if row["owned_gpus"]][:1]
    names = list(dict.fromkeys(row["strategy"] for row in (*able[:1], *cheapest, *staying, *owning, *able)))
    return [row for row in able if row["strategy"] in names[:STRATEGIES_DRAWN]]
