"""The capacity plan of least cost, month by month, and what is allowed with its price."""

from __future__ import annotations

from typing import Any

from pipelines.projection.plan_words import from_the_bottom, how_sure, of_a_plan
from pipelines.report import cells, svg, views
from pipelines.report.blocks import Block, Column, Figure, Figures, Note, Section, table
from pipelines.report.charts import capacity as drawing
from pipelines.report.queries import Facts, Rows

TITLE = "What to hold, month by month"
MOVES = (
    Column("month", "month_start_date", cells.day),
    Column("capacity", "capacity", cells.words),
    Column("GPU", "gpu_model"),
    Column("ordered or signed", "ordered_gpus", cells.count, "GPUs"),
    Column("ended", "ended_gpus", cells.count, "GPUs"),
    Column("held", "held_gpus", cells.count, "GPUs"),
    Column("mean demand", "demand_gpus", cells.count, "GPUs"),
    Column("cost of the month", "cost_usd_nominal", cells.usd, "USD"),
)
RULES = (
    Column("strategy", "strategy", cells.words),
    Column("rule or limit", "constraint_name", cells.words),
    Column("asked", "limit_text"),
    Column("is", "actual_text"),
    Column("met", "met_text"),
    Column("price", "shadow_price_usd", cells.usd, "USD"),
    Column("of", "price_basis"),
    Column("why", "reason"),
)


def section(facts: Facts) -> Section:
    """A picture a workload, the months in which something moves, and the rules with their prices."""
    plans = {
        str(key[0]): group.to_dicts()
        for key, group in views.base(facts, views.CAPACITY_PLAN).group_by("workload", maintain_order=True)
    }
    blocks: list[Block] = []
    if plans:
        order = [name for name in views.summaries(facts) if name in plans]
        drawn = [name for name in views.drawn(views.summaries(facts)) if name in plans]
        blocks += [
            Figures(tuple(_figure(f"capacity-{place}", name, plans[name]) for place, name in enumerate(drawn))),
            Note(
                "The plan of least present value of cost that the solver finds with every number at its base. It "
                "leaves negotiated contracts out; it is the advice only where that says to follow it. Stacked: what is "
                "held in each month; what is paid by use stands at its mean. The line is mean demand, the dashed line "
                "its highest hour."
            ),
            table(
                "capacity",
                "Orders, signatures and ends",
                MOVES,
                [row for name in order for row in plans[name] if row["ordered_gpus"] or row["ended_gpus"]],
                group="workload",
                folded=True,
            ),
        ]
    rules = views.base(facts, views.CONSTRAINT).to_dicts()
    if rules:
        blocks.append(table("rules", "What is allowed, and its price", RULES, [_rule(row) for row in rules],
                            group="workload", folded=True))  # fmt: skip
    if not blocks:
        blocks.append(Note("The scenario asks for no capacity plan and sets no rules."))
    return Section("capacity", TITLE, tuple(blocks))


def _figure(key: str, workload: str, rows: Rows) -> Figure:
    kinds = sorted({row["capacity"] for row in rows}, key=from_the_bottom)
    finding = f"{workload}: the mix at least cost, {cells.rounded(rows[0]['plan_cost_usd'])} USD in present value"
    plan = of_a_plan(rows)
    drawn = svg.inline(
        drawing.chart(
            [{**row, "capacity": cells.plain(row["capacity"])} for row in rows], [cells.plain(name) for name in kinds]
        ),
        key=key,
        title=finding,
        description="Stacked bars of GPUs held by month, by kind of capacity, with demand as a line. The months in "
        "which something moves are in the table below.",
    )
    return Figure(finding, drawn, f"{plan[:1].upper()}{plan[1:]}. By the solver's proof, {how_sure(rows)}.")


def _rule(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "met_text": {True: "yes", False: "no", None: "not proven"}[row["met"]]}
