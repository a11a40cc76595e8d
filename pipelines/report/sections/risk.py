"""How sure it is: the spread over the draws, and when the money comes back."""

from __future__ import annotations

from typing import Any

import polars as pl

from pipelines.projection.decision import STAYING
from pipelines.projection.rows import CUMULATIVE_SAVING
from pipelines.report import cells, svg, views
from pipelines.report.blocks import Block, Column, Figure, Figures, Note, Section, table
from pipelines.report.charts import cost_path, saving_spread
from pipelines.report.queries import Facts, Rows

TITLE = "How sure it is"
FAN_QUANTILES = {"p5": 0.05, "p50": 0.5, "p95": 0.95}
COLUMNS = (
    Column("strategy", "strategy", cells.words),
    Column("saving, mean", "mean_npv_saving_usd", cells.usd, "USD"),
    Column("P5", "p5_npv_saving_usd", cells.usd, "USD"),
    Column("P50", "p50_npv_saving_usd", cells.usd, "USD"),
    Column("P95", "p95_npv_saving_usd", cells.usd, "USD"),
    Column("mean of the worst 5%", "cvar_npv_saving_usd", cells.usd, "USD"),
    Column("cheaper in", "cheaper_draws_frac", cells.share, "of draws"),
    Column("pays back in", "pays_back_draws_frac", cells.share, "of draws"),
    Column("expected regret", "expected_regret_usd", cells.usd, "USD"),
)


def section(facts: Facts) -> Section:
    """The spread of the saving by strategy, and money over time."""
    by_workload = views.summaries(facts)
    if not by_workload:
        return Section("risk", TITLE, (Note("Nothing is projected, so there is nothing to be sure of."),))
    judged = views.judged(facts)
    drawn = {name: rows for name, rows in views.drawn(by_workload).items() if name in judged}
    spreads = [_spread(f"spread-{at}", name, rows, judged[name]) for at, (name, rows) in enumerate(drawn.items())]
    blocks: list[Block] = [
        Figures(tuple(spreads)),
        Note(
            "Saving over the whole horizon: the bar runs from P5 to P95 of the draws, the tick is the median, the "
            "recommended strategy is the dark one. It says how far the end result may stray, not when."
        ),
        *_over_time(facts, drawn, judged),
        table(
            "risk",
            "Spread of the saving over the draws",
            COLUMNS,
            [row for rows in by_workload.values() for row in rows if row["feasible"]],
            group="workload",
            mark=lambda row: "chosen" if row["recommended"] else "",
            folded=True,
        ),
    ]
    return Section("risk", TITLE, tuple(blocks))


def _spread(key: str, workload: str, rows: Rows, judged: dict[str, Any]) -> Figure:
    others = [row for row in views.distinct(rows) if row["strategy"] not in STAYING]
    finding = f"{workload}: {cells.plain(judged['strategy'])} {_saves(judged)} in nine draws of ten"
    drawn = svg.inline(
        saving_spread.chart(others),
        key=key,
        title=finding,
        description="Bars from P5 to P95 of the saving of each strategy, with the median. The numbers are in the table "
        "below.",
    )
    return Figure(finding, drawn)


def _saves(judged: dict[str, Any]) -> str:
    """The band from P5 to P95 in words: what is lost is called a cost, not a negative saving."""
    low, high = judged["p5_npv_saving_usd"], judged["p95_npv_saving_usd"]
    if low >= 0:
        return f"saves {cells.rounded(low)} to {cells.rounded(high)} USD"
    if high <= 0:
        return f"costs {cells.rounded(-high)} to {cells.rounded(-low)} USD more"
    return f"comes out between {cells.rounded(-low)} USD dearer and {cells.rounded(high)} USD cheaper"


def _over_time(facts: Facts, drawn: dict[str, Rows], judged: dict[str, dict[str, Any]]) -> list[Block]:
    """The fan where a version has quantiles by month, else the mean cost of each strategy."""
    if not views.base(facts, views.QUANTILE_MONTHLY).is_empty():
        fans = [_fan(facts, f"fan-{place}", judged[name]) for place, name in enumerate(drawn)]
        text = (
            "Saved so far, undiscounted, against staying as today: each month, the band holds nine draws in ten, the "
            "line is the median. When the outlay is back is said with every number at its base."
        )
        return [Figures(tuple(figure for figure in fans if figure is not None)), Note(text)]
    paths = [_path(facts, f"path-{at}", name, rows, judged[name]) for at, (name, rows) in enumerate(drawn.items())]
    text = (
        "Paid so far, undiscounted, mean over the draws; where two lines cross, one has caught up with the other. This "
        "version holds no quantiles by month, so no band is drawn around the lines."
    )
    return [Figures(tuple(figure for figure in paths if figure is not None)), Note(text)]


def _fan(facts: Facts, key: str, judged: dict[str, Any]) -> Figure | None:
    band = (
        views.base(facts, views.QUANTILE_MONTHLY)
        .filter(
            (pl.col("workload") == judged["workload"])
            & (pl.col("strategy") == judged["strategy"])
            & (pl.col("measure") == CUMULATIVE_SAVING)
        )
        .group_by("month_index")
        .agg(
            pl.col("quantile_value").filter(pl.col("quantile_frac") == frac).first().alias(name)
            for name, frac in FAN_QUANTILES.items()
        )
        .drop_nulls()
        .sort("month_index")
    )
    if band.is_empty():
        return None
    finding = f"{judged['workload']}: {cells.plain(judged['strategy'])} {_comes_back(judged)}"
    drawn = svg.inline(
        cost_path.saving_fan(band.to_dicts()),
        key=key,
        title=finding,
        description="Cumulative saving by month, median with a band from P5 to P95.",
    )
    low, median, high = (cells.rounded(band[name][-1]) for name in FAN_QUANTILES)
    return Figure(finding, drawn, f"Saved by the end: {median} USD in the median draw; nine in ten, {low} to {high}.")


def _path(facts: Facts, key: str, workload: str, rows: Rows, judged: dict[str, Any]) -> Figure | None:
    said = judged["strategy"]
    able = sorted(
        views.distinct(rows), key=lambda row: (row["strategy"] not in STAYING, row["strategy"] != said, row["strategy"])
    )
    names = [row["strategy"] for row in able][: len(cost_path.COLOURS)]
    # Sorted first: the order of addition decides the last digit.
    cash = (
        views.base(facts, views.CASH)
        .filter((pl.col("workload") == workload) & pl.col("strategy").is_in(names))
        .sort("strategy", "month_index", "sourcing", "component")
        .group_by("strategy", "month_index", maintain_order=True)
        .agg(pl.col("mean_cash_usd_nominal").sum())
        .select("strategy", "month_index",
                cumulative_usd_nominal=pl.col("mean_cash_usd_nominal").cum_sum().over("strategy"))
    )  # fmt: skip
    if cash.is_empty():
        return None
    end = {row["strategy"]: cells.rounded(row["cumulative_usd_nominal"]) for row in cash.to_dicts()}
    finding = (
        f"{workload}: by the end {cells.plain(judged['strategy'])} has cost {end[judged['strategy']]} USD, staying "
        f"{end[names[0]]}; it {_comes_back(judged)}"
    )
    drawn = svg.inline(
        cost_path.cumulative_cost(cash.to_dicts(), names),
        key=key,
        title=finding,
        description="Lines of the money paid by each month, one a strategy: "
        + ", ".join(map(cells.plain, names))
        + ".",
    )
    return Figure(finding, drawn)


def _comes_back(judged: dict[str, Any]) -> str:
    """When the outlay is back."""
    months = judged["payback_months"]
    if months is None:
        return "does not pay its outlay back within the horizon"
    return (
        "needs no outlay beyond what staying costs"
        if months == 0
        else f"has paid its outlay back after {months:,.0f} months"
    )
