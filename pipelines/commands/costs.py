"""What a GPU-hour, a token and a job cost."""

from __future__ import annotations

from typing import Annotated

import typer

from pipelines.commands._shared import HomeOption, JsonOption, app, day_of, settings_of, show, verb


@app.command()
@verb
def costs(
    by: Annotated[str, typer.Option(help="workload, sourcing, location or gpu_model.")] = "workload",
    month: Annotated[str | None, typer.Option(help="Month, as 2026-08; all by default.")] = None,
    home: HomeOption = None,
    json_output: JsonOption = False,
) -> None:
    """What was paid, and per GPU-hour paid, held and busy, per million tokens and per request."""
    from pipelines.costs import unit_costs
    from pipelines.terminal import unit_cost_table

    frame = unit_costs(settings_of(home), by=by, month=day_of(month, "--month"))
    show(frame.to_dicts()) if json_output else unit_cost_table(frame)
