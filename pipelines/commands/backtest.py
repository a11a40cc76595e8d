"""The verb that holds the projection to what came."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

import typer

from pipelines.commands._shared import (
    HomeOption,
    JsonOption,
    app,
    day_of,
    end_of,
    past_of,
    settings_of,
    show,
    verb,
    watching,
)
from pipelines.errors import UsageError
from pipelines.settings import Settings


@app.command()
@verb
def backtest(
    first: Annotated[str, typer.Option("--from", help="First day to project from, or month as 2026-03.")],
    last: Annotated[str, typer.Option("--to", help="Last day or month, inclusive.")],
    scenarios: Annotated[
        list[str] | None, typer.Argument(help="Names or files; none: all that ask of history.")
    ] = None,
    known: Annotated[
        Literal["arrived", "dated"],
        typer.Option(help="Known then: what had arrived, or what is dated before the day as it stands today."),
    ] = "arrived",
    months: Annotated[int, typer.Option(help="Score at most so many months after each day.")] = 12,
    plan_only: Annotated[bool, typer.Option("--plan", help="Only say what would be done.")] = False,
    home: HomeOption = None,
    json_output: JsonOption = False,
) -> None:
    """Project from the first of each month with what was known then, and score cost and decision by what came."""
    import polars as pl

    from pipelines.backtest import backtest_home, planned, summary
    from pipelines.terminal import frame_table

    settings = settings_of(home)
    start, end = day_of(first, "--from"), end_of(last)
    if start is None or end <= start:
        raise UsageError(f"--to {last} lies before --from {first}", next_step="swap them")
    chosen, origins, later, as_of = planned(settings, start, _day_before(end), scenarios or [], months)
    if plan_only:
        _show_plan([scenario.scenario for scenario in chosen], [(o.date, o.months) for o in origins], json_output)
        return

    def past(day: date) -> Settings:
        return past_of(settings, f"{day}T00:00Z", json_output)

    try:
        with watching(json_output):
            scores = backtest_home(settings, chosen, origins, later, as_of, past if known == "arrived" else None)
    finally:
        settings_of(settings.paths.root)  # a past is a home of its own; what follows is of this one again
    if json_output:
        show({"summary": summary(scores), "rows": scores.to_dicts()})
        return
    told = scores.filter(pl.col("decided_then") | pl.col("best_in_hindsight"))
    frame_table(told.select("origin_date", "workload", "strategy", "scored_months", "projected_p5_cost_usd_nominal",
                              "projected_p50_cost_usd_nominal", "projected_p95_cost_usd_nominal",
                              "realised_cost_usd_nominal", "hindsight_cost_usd_nominal", "inside_interval",
                              "decided_then", "best_in_hindsight", "regret_usd"))  # fmt: skip
    for name, value in summary(scores).items():
        typer.echo(f"  {name:<24}{value:,.3f}" if isinstance(value, float) else f"  {name:<24}{value}")


def _day_before(day: date) -> date:
    return date.fromordinal(day.toordinal() - 1)


def _show_plan(names: list[str], origins: list[tuple[date, int]], json_output: bool) -> None:
    if json_output:
        show({"scenarios": names, "origins": [{"date": day, "months": months} for day, months in origins]})
        return
    typer.echo(f"{', '.join(names)}: {len(origins)} origins")
    for day, months in origins:
        typer.echo(f"  {day}, scored over {months} months")
