"""What the projection rests on and how good it was: prices and demand as they were, and earlier days scored."""

from __future__ import annotations

from typing import Any, Final

import polars as pl

from pipelines.report import cells, svg, views
from pipelines.report.blocks import Block, Column, Figure, Figures, Note, Section, table
from pipelines.report.charts import history_path
from pipelines.report.queries import BACKTEST, Facts, Rows

TITLE: Final = "What it rests on, and how good it was"
PRICE_PATH: Final = "projections.price_path"
PRICE_FIT: Final = "projections.price_fit"
DEMAND_PATH: Final = "projections.demand_path"
DEMAND_FIT: Final = "projections.demand_fit"
COLUMNS: Final = (
    Column("from", "origin_date", cells.day),
    Column("strategy", "strategy", cells.words),
    Column("months", "scored_months", cells.count),
    Column("projected P5", "projected_p5_cost_usd_nominal", cells.usd, "USD"),
    Column("P50", "projected_p50_cost_usd_nominal", cells.usd, "USD"),
    Column("P95", "projected_p95_cost_usd_nominal", cells.usd, "USD"),
    Column("came", "came_usd", cells.usd, "USD"),
    Column("against", "scored_against", cells.words),
    Column("regret", "regret_usd", cells.usd, "USD"),
)


def section(facts: Facts) -> Section:
    """Price and demand with history and band, and the scores of earlier days."""
    blocks: list[Block] = [*_prices(facts), *_demand(facts), *_scores(facts)]
    if not blocks:
        return Section("past", TITLE, (Note("No scenario that asks about history is projected."),))
    return Section("past", TITLE, tuple(blocks))


def _prices(facts: Facts) -> list[Block]:
    """One chart a GPU model: prices are the market's, not a workload's."""
    fits = views.base(facts, PRICE_FIT).filter(pl.col("decline_frac_per_year").is_not_null())
    chosen = fits.sort("workload").unique("gpu_model", keep="first", maintain_order=True).to_dicts()
    figures = []
    for at, fit in enumerate(chosen):
        rows = _path(facts, PRICE_PATH, fit["workload"], "index_usd_per_gpu_hour", "usd_per_gpu_hour")
        if any(row["p50"] is not None for row in rows):
            finding = f"{fit['gpu_model']}: the same sellers' prices {_moved(fit)}"
            figures.append(_figure(facts, f"price-{at}", finding, rows, "list price, USD per GPU-hour", _held(fit)))
    if not figures:
        return []
    text = (
        "Points: the same sellers at the same terms, month against month. Orange: drift and jumps fitted to them. "
        "Blue: the median of the draws, with nine in ten in the band."
    )
    return [Figures(tuple(figures)), Note(text)]


def _moved(fit: dict[str, Any]) -> str:
    decline = fit["decline_frac_per_year"]
    words = (
        "stand still"
        if round(abs(decline), 3) == 0
        else f"{'fall' if decline > 0 else 'rise'} {abs(decline):.1%} a year"
    )
    if not fit["jumps_count"]:
        return words
    return f"{words}, and jumped by {fit['jumps_ratio'] - 1.0:+.0%} in all"


def _held(fit: dict[str, Any]) -> str:
    error = f"Standard error {fit['standard_error_frac_per_year']:.1%} a year, {fit['sellers_count']} series."
    if fit["holdout_mape_frac"] is None:
        return error
    return (
        f"{error} Asked to foretell six months it had not seen, it was off by {fit['holdout_mape_frac']:.1%}; a price "
        f"that stays, by {fit['unchanged_mape_frac']:.1%}."
    )


def _demand(facts: Facts) -> list[Block]:
    fits = {row["workload"]: row for row in views.base(facts, DEMAND_FIT).to_dicts()}
    figures = []
    for at, workload in enumerate(views.drawn(views.summaries(facts))):
        rows = _path(facts, DEMAND_PATH, workload, "observed_gpus", "gpus")
        fit = fits.get(workload)
        if fit and any(row["observed"] is not None for row in rows):
            finding = f"{workload}: demand goes on {_expected(fit)}"
            figures.append(
                _figure(facts, f"demand-{at}", finding, rows, "GPUs in use, mean of the month", _judged(fit))
            )
    return [Figures(tuple(figures))] if figures else []


def _expected(fit: dict[str, Any]) -> str:
    return "as forecast" if fit["used"] else f"as {'assumed' if fit['trend'] == 'forecast' else fit['trend']}"


def _judged(fit: dict[str, Any]) -> str:
    """How the forecast did on the weeks held back; '' where none was asked for."""
    if fit["mase_ratio"] is None:
        return f"No forecast: {fit['reason']}." if fit["trend"] == "forecast" else ""
    return (
        f"Over four weeks held back, the forecast's mean was off by {fit['mean_mape_frac']:.1%}, that of the week "
        f"before by {fit['naive_mean_mape_frac']:.1%}."
    )


def _path(facts: Facts, name: str, workload: str, observed: str, unit: str) -> Rows:
    path = views.base(facts, name).filter(pl.col("workload") == workload).sort("month_start_date")
    return path.select(
        date=pl.col("month_start_date").dt.strftime("%Y-%m-%d"),
        observed=pl.col(observed),
        fitted=pl.col(f"fitted_{unit}"),
        p5=pl.col(f"p5_{unit}"),
        p50=pl.col(f"p50_{unit}"),
        p95=pl.col(f"p95_{unit}"),
    ).to_dicts()


def _figure(facts: Facts, key: str, finding: str, rows: Rows, title: str, reading: str) -> Figure:
    as_of = str(views.run(facts)["as_of_date"])
    drawn = svg.inline(
        history_path.chart(rows, title=title, as_of=as_of),
        key=key,
        title=finding,
        description=f"Monthly {title}: observed up to {as_of}, then the projected median with a band from P5 to P95.",
    )
    return Figure(finding, drawn, reading)


def _scores(facts: Facts) -> list[Block]:
    """What was decided from earlier days, and what came."""
    done = facts.projections[BACKTEST].filter(pl.col("infeasible_reason").is_null())
    if done.is_empty():
        return [Note("No earlier day can be scored yet: it takes a history before it and a whole month after it.")]
    decided = done.filter("decided_then")
    right = decided.filter("best_in_hindsight").height
    inside: float = done["inside_interval"].mean()  # type: ignore[assignment]
    text = (
        f"From {done['origin_date'].n_unique()} earlier days, with the data dated before them: {right} of "
        f"{decided.height} decisions were the best in hindsight too; {inside:.0%} of the costs that came lay between "
        "P5 and P95, where nine in ten would be right. What staying did cost holds commitments and discounts that a "
        "list price does not."
    )
    shown = decided.with_columns(came_usd=pl.coalesce("realised_cost_usd_nominal", "hindsight_cost_usd_nominal")).sort(
        "workload", "origin_date"
    )
    scores = table("backtest", "Decisions from earlier days, and what came of them", COLUMNS, shown.to_dicts(),
                   group="workload", folded=True)  # fmt: skip
    return [Note(text), scores]
