"""Verbs that run the night: refresh and backfill."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import typer

from pipelines.commands._shared import (
    HomeOption,
    JsonOption,
    app,
    day_of,
    end_of,
    settings_of,
    show,
    verb,
    watching,
)
from pipelines.errors import UsageError


@app.command()
@verb
def refresh(
    as_of: Annotated[str | None, typer.Option(help="First day the numbers do not speak for.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Rebuild everything.")] = False,
    home: HomeOption = None,
    json_output: JsonOption = False,
) -> None:
    """Run the nightly job: ingest, gate, dbt, projection, gate, publish."""
    from pipelines.plan import plan
    from pipelines.terminal import published_table
    from pipelines.warehouse import lock
    from pipelines.warehouse.publish import standing

    settings = settings_of(home)
    with lock.held(settings.paths, "refresh"):
        todo = plan(settings, as_of=day_of(as_of, "--as-of"), force=force)
        before = standing(settings.paths)
        if not todo.reasons and before is not None:
            if json_output:
                show({"version": before.version, "changed": False, "as_of": before.as_of})
            else:
                typer.echo(f"nothing new: version {before.version} stands")
            return
        from pipelines.assets.run import refresh as run

        with watching(json_output):
            publication = run(settings, todo)
    if json_output:
        show({"version": publication.version, "changed": True, "as_of": publication.as_of,
               "reasons": todo.reasons, "rows": publication.rows})  # fmt: skip
    else:
        published_table(settings.paths, publication, todo.reasons)


@app.command()
@verb
def backfill(
    first: Annotated[str, typer.Option("--from", help="First day, or month as 2026-03.")],
    last: Annotated[str, typer.Option("--to", help="Last day, or month, inclusive.")],
    plan_only: Annotated[bool, typer.Option("--plan", help="Only say what would be done.")] = False,
    home: HomeOption = None,
    json_output: JsonOption = False,
) -> None:
    """Read the deliveries of a range of days again, rebuild those days and what is due besides, and publish."""
    from pipelines.errors import NoDataError
    from pipelines.plan import plan
    from pipelines.terminal import backfill_table, published_table
    from pipelines.warehouse import landing, lock
    from pipelines.warehouse.ingest import touching
    from pipelines.warehouse.publish import standing

    settings = settings_of(home)
    start = day_of(first, "--from")
    end = end_of(last)
    if start is None or end <= start:
        raise UsageError(f"--to {last} lies before --from {first}", next_step="swap them")
    # Billing periods are read whole.
    start = start.replace(day=1)
    before = standing(settings.paths)
    if before is None:
        raise NoDataError("nothing is published yet", next_step="run: tenure refresh")
    chosen = touching(landing.deliveries(settings.paths), start, end)
    if plan_only and json_output:
        show({"from": start, "to": end, "deliveries": [delivery.delivery_id for delivery in chosen]})
        return
    if not json_output:
        backfill_table(chosen, start, end)
    if plan_only:
        return
    from pipelines.assets.run import backfill as run

    with lock.held(settings.paths, "backfill"), watching(json_output):
        todo = plan(settings, as_of=date.fromisoformat(before.as_of))
        publication = run(settings, start, end, todo)
    if json_output:
        show({"version": publication.version, "changed": publication.version != before.version})
    else:
        published_table(settings.paths, publication, (f"backfill of {start} to {end}", *todo.reasons))
