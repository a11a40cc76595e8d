"""Verbs that read what is published: decisions, state, questions, the page, its hashes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipelines.commands._shared import (
    HomeOption,
    JsonOption,
    app,
    past_of,
    settings_of,
    show,
    verb,
)


@app.command()
@verb
def decide(
    scenarios: Annotated[list[str] | None, typer.Argument(help="Names or files; none: as published.")] = None,
    known_at: Annotated[
        str | None,
        typer.Option(help="Decide with what had arrived by then: 2026-08-05 (the whole day) or 2026-08-05T06:00Z."),
    ] = None,
    home: HomeOption = None,
    json_output: JsonOption = False,
) -> None:
    """Say for each workload whether to lease or own, what that saves, how sure it is and what would flip it."""
    from pipelines.decide import decisions
    from pipelines.terminal import decision_table

    settings = settings_of(home)
    if known_at is not None:
        settings = past_of(settings, known_at, json_output)
    table = decisions(settings, scenarios or [])
    if json_output:
        show(table.to_dicts())
    else:
        decision_table(table)


@app.command()
@verb
def status(home: HomeOption = None, json_output: JsonOption = False) -> None:
    """What stands, what waits, how fresh the data are and whether the bill closes."""
    from pipelines.status import status as read_status
    from pipelines.terminal import status_table

    found = read_status(settings_of(home))
    if json_output:
        show(found)
    else:
        status_table(found)


@app.command()
@verb
def sql(
    query: Annotated[str, typer.Argument(help="A select on marts.*, meta.* or projections.*")],
    home: HomeOption = None,
    json_output: JsonOption = False,
) -> None:
    """Ask the published file a question, read-only."""
    from pipelines.terminal import frame_table
    from pipelines.warehouse.connect import reading_published
    from pipelines.warehouse.tables import ask

    with reading_published(settings_of(home)) as connection:
        frame = ask(connection, query)
    if json_output:
        show(frame.to_dicts())
    else:
        frame_table(frame)


@app.command()
@verb
def report(
    out: Annotated[Path, typer.Option(help="Page to write.")] = Path("decision.html"),
    scenario: Annotated[str | None, typer.Option(help="Published scenario to show; default: the first.")] = None,
    home: HomeOption = None,
    json_output: JsonOption = False,
) -> None:
    """Write one self-contained page: decision, break-even, cost stack and fan chart."""
    from pipelines.report.page import write_page

    path = write_page(settings_of(home), out, scenario=scenario)
    if json_output:
        show({"page": str(path), "bytes": path.stat().st_size})
    else:
        typer.echo(f"wrote {path}")


@app.command()
@verb
def verify(home: HomeOption = None, json_output: JsonOption = False) -> None:
    """Read every block of the published file and compare it with its hashes."""
    from dataclasses import asdict

    from pipelines.warehouse.publish import verify as check

    publication = check(settings_of(home).paths)
    if json_output:
        show(asdict(publication))
    else:
        typer.echo(f"version {publication.version} is as it was published")
