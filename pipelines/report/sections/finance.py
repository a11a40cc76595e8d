"""For who signs: CapEx and OpEx by fiscal year, depreciation, loan, tax and leases in the books."""

from __future__ import annotations

from pipelines.report import cells, svg, views
from pipelines.report.blocks import Block, Column, Figure, Note, Section, table
from pipelines.report.charts import capex_opex
from pipelines.report.queries import Facts, Rows

TITLE = "What it does to the budget and the books"
STRATEGIES_SHOWN = 3
YEARLY = "projections.finance_yearly"
COLUMNS = (
    Column("strategy", "strategy", cells.words),
    Column("fiscal year from", "fiscal_year_start_date"),
    Column("CapEx", "capex_usd_nominal", cells.usd, "USD"),
    Column("OpEx, paid", "opex_cash_usd_nominal", cells.usd, "USD"),
    Column("OpEx, accrued", "opex_accrual_usd_nominal", cells.usd, "USD"),
    Column("depreciation", "depreciation_usd_nominal", cells.usd, "USD"),
    Column("resale", "proceeds_usd_nominal", cells.usd, "USD"),
    Column("loan interest", "loan_interest_usd_nominal", cells.usd, "USD"),
    Column("tax saved", "tax_shield_usd_nominal", cells.usd, "USD"),
    Column("cash", "cash_usd_nominal", cells.usd, "USD"),
    Column("lease liability, end", "lease_liability_closing_usd_nominal", cells.usd, "USD"),
    Column("right of use, end", "right_of_use_closing_usd_nominal", cells.usd, "USD"),
)


def section(facts: Facts) -> Section:
    """A figure for the dearest workload, and every year of every workload and strategy."""
    rows = views.base(facts, YEARLY).sort("workload", "strategy", "fiscal_year_index").to_dicts()
    if not rows:
        return Section("finance", TITLE, (Note("Nothing is projected, so there is no budget to show."),))
    by_workload = views.summaries(facts)
    blocks: list[Block] = []
    for workload, strategies in list(views.drawn(by_workload).items())[:1]:
        blocks.append(_figure(workload, strategies, [row for row in rows if row["workload"] == workload]))
    blocks.append(
        table("finance", "Budget and books by fiscal year", COLUMNS, rows, group="workload", folded=True)
    )  # fmt: skip
    return Section("finance", TITLE, tuple(blocks))


def _figure(workload: str, strategies: Rows, rows: Rows) -> Figure:
    shown = [row["strategy"] for row in views.distinct(strategies)][:STRATEGIES_SHOWN]
    headings = {name: cells.plain(name) for name in shown}
    capex = {name: sum(row["capex_usd_nominal"] for row in rows if row["strategy"] == name) for name in shown}
    opex = {name: sum(row["opex_cash_usd_nominal"] for row in rows if row["strategy"] == name) for name in shown}
    first = shown[0]
    finding = (
        f"{workload}: {cells.plain(first)} takes {cells.rounded(capex[first])} USD of CapEx and "
        f"{cells.rounded(opex[first])} USD of OpEx over the horizon"
    )
    drawing = svg.inline(
        capex_opex.chart(rows, headings),
        key="finance-years",
        title=finding,
        description="Stacked bars of CapEx and OpEx by fiscal year, a panel a strategy; resale and tax saved go down. "
        "The numbers are in the table below.",
    )
    return Figure(finding, drawing, "Cash as it is paid; the first and the last fiscal year may be in part.")
