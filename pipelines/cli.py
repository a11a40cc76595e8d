"""The command line: every verb is a call into the packages, and a way to show what came back.

Exit codes: 0 done · 2 wrong use · 3 an input cannot be loaded · 4 a quality gate refused · 5 another process writes ·
6 no data yet · 7 disk or stored file · 1 anything else.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from functools import wraps
from pathlib import Path
from typing import Annotated, Any

import typer

from pipelines.errors import TenureError, UsageError
from pipelines.settings import Settings

app = typer.Typer(
    name="tenure",
    help="Lease or own GPU compute: what it cost, and whether a shift would pay off.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

HomeOption = Annotated[
    Path | None, typer.Option("--home", help="Folder with landing, warehouse, published and scenarios.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")]


def _settings(home: Path | None) -> Settings:
    if home is not None:
        # Assets and dbt read the same variable, in this process and in Dagster's.
        os.environ["TENURE_HOME"] = str(home.resolve())
    return Settings()


def _day(text: str | None, option: str) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text if len(text) > len("2026-08") else f"{text}-01")
    except ValueError as error:
        raise UsageError(f"{option} {text!r} is not a date", next_step="write it as 2026-08-31 or 2026-08") from error


def _show(value: dict[str, Any] | list[Any]) -> None:
    typer.echo(json.dumps(value, indent=1, default=str))


def _verb(function: Callable[..., None]) -> Callable[..., None]:
    """Print a typed error in one clear message and exit with its code."""

    @wraps(function)
    def guarded(*args: Any, **kwargs: Any) -> None:
        try:
            function(*args, **kwargs)
        except TenureError as error:
            if kwargs.get("json_output"):
                _show(error.as_dict())
            else:
                typer.echo(f"tenure: {error}", err=True)
            raise typer.Exit(error.exit_code) from error

    return guarded


@contextmanager
def _watching(json_output: bool) -> Iterator[None]:
    """Show what is being done, on the error stream, so that output can still be piped."""
    from pipelines import progress
    from pipelines.terminal import Progress

    if json_output:
        yield
        return
    with Progress(sys.stderr) as display, progress.watched(display.say):
        yield


@app.command()
@_verb
def add(
    paths: Annotated[list[Path], typer.Argument(help="Files, or folders taken whole.")],
    source: Annotated[str | None, typer.Option(help="Source that must take every file.")] = None,
    option: Annotated[list[str] | None, typer.Option(help="KEY=VALUE a source asks for, as observed_at=…")] = None,
    home: HomeOption = None,
    json_output: JsonOption = False,
) -> None:
    """Recognise deliveries by their content, read them through, and copy them to landing."""
    from pipelines import progress
    from pipelines.terminal import added_table
    from pipelines.warehouse import landing, lock

    settings = _settings(home)
    options = _options(option or [])
    with _watching(json_output), lock.held(settings.paths, "add"):
        added = landing.add(
            settings,
            paths,
            received_at=landing.now(),
            source=source,
            options=options,
            progress=lambda delivery: progress.say("read", delivery.description),
        )
    if json_output:
        _show([{"delivery_id": item.delivery.delivery_id, "source": item.delivery.source,
                "description": item.delivery.description, "is_new": item.is_new,
                **{name: getattr(item.delivery.contents, name) for name in ("rows", "rejected_rows", "billed_cost")}}
               for item in added])  # fmt: skip
    else:
        added_table(added)


@app.command()
@_verb
def remove(
    delivery_id: Annotated[str, typer.Argument(help="Id of the delivery, or the beginning of it.")],
    home: HomeOption = None,
    json_output: JsonOption = False,
) -> None:
    """Take a delivery out of landing; the next refresh rebuilds without it."""
    from pipelines.warehouse import ingest, lock

    settings = _settings(home)
    with lock.held(settings.paths, "remove"):
        delivery = ingest.remove(settings, delivery_id)
    if json_output:
        _show({"delivery_id": delivery.delivery_id, "description": delivery.description})
    else:
        typer.echo(f"removed {delivery.delivery_id[:8]}: {delivery.description}; run: tenure refresh")


def _options(pairs: list[str]) -> dict[str, str]:
    options: dict[str, str] = {}
    for pair in pairs:
        key, separator, value = pair.partition("=")
        if not separator:
            raise UsageError(f"--option {pair!r} is not KEY=VALUE", next_step="write it as observed_at=2026-08-01")
        options[key] = value
    return options


@app.command()
@_verb
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

    settings = _settings(home)
    with lock.held(settings.paths, "refresh"):
        todo = plan(settings, as_of=_day(as_of, "--as-of"), force=force)
        before = standing(settings.paths)
        if not todo.reasons and before is not None:
            if json_output:
                _show({"version": before.version, "changed": False, "as_of": before.as_of})
            else:
                typer.echo(f"nothing new: version {before.version} stands")
            return
        from pipelines.assets.run import refresh as run

        with _watching(json_output):
            publication = run(settings, todo)
    if json_output:
        _show({"version": publication.version, "changed": True, "as_of": publication.as_of,
               "reasons": todo.reasons, "rows": publication.rows})  # fmt: skip
    else:
        published_table(settings.paths, publication, todo.reasons)


@app.command()
@_verb
def backfill(
    first: Annotated[str, typer.Option("--from", help="First day, or month as 2026-03.")],
    last: Annotated[str, typer.Option("--to", help="Last day, or month, inclusive.")],
    plan_only: Annotated[bool, typer.Option("--plan", help="Only say what would be done.")] = False,
    home: HomeOption = None,
    json_output: JsonOption = False,
) -> None:
    """Read the deliveries of a range of days again, rebuild those days, and publish."""
    from pipelines.errors import NoDataError
    from pipelines.terminal import backfill_table, published_table
    from pipelines.warehouse import landing, lock
    from pipelines.warehouse.ingest import touching
    from pipelines.warehouse.publish import standing

    settings = _settings(home)
    start = _day(first, "--from")
    end = _end(last)
    if start is None or end <= start:
        raise UsageError(f"--to {last} lies before --from {first}", next_step="swap them")
    # Billing periods are read whole.
    start = start.replace(day=1)
    before = standing(settings.paths)
    if before is None:
        raise NoDataError("nothing is published yet", next_step="run: tenure refresh")
    chosen = touching(landing.deliveries(settings.paths), start, end)
    if plan_only and json_output:
        _show({"from": start, "to": end, "deliveries": [delivery.delivery_id for delivery in chosen]})
        return
    if not json_output:
        backfill_table(chosen, start, end)
    if plan_only:
        return
    from pipelines.assets.run import backfill as run

    with lock.held(settings.paths, "backfill"), _watching(json_output):
        publication = run(settings, start, end, date.fromisoformat(before.as_of))
    if json_output:
        _show({"version": publication.version, "changed": publication.version != before.version})
    else:
        published_table(settings.paths, publication, (f"backfill of {start} to {end}",))


def _end(text: str) -> date:
    """The first day after an inclusive day or month."""
    day = _day(text, "--to")
    if day is None:
        raise UsageError("--to is missing", next_step="write it as 2026-08-31 or 2026-08")
    if len(text) <= len("2026-08"):
        return (day.replace(day=28) + timedelta(days=4)).replace(day=1)
    return day + timedelta(days=1)


@app.command()
@_verb
def decide(
    scenarios: Annotated[list[str] | None, typer.Argument(help="Names or files; none: as published.")] = None,
    home: HomeOption = None,
    json_output: JsonOption = False,
) -> None:
    """Say for each workload whether to lease or own, what that saves, how sure it is and what would flip it."""
    from pipelines.decide import decisions
    from pipelines.terminal import decision_table

    table = decisions(_settings(home), scenarios or [])
    if json_output:
        _show(table.to_dicts())
    else:
        decision_table(table)


@app.command()
@_verb
def status(home: HomeOption = None, json_output: JsonOption = False) -> None:
    """What stands, what waits, how fresh the data are and whether the bill closes."""
    from pipelines.status import status as read_status
    from pipelines.terminal import status_table

    found = read_status(_settings(home))
    if json_output:
        _show(found)
    else:
        status_table(found)


@app.command()
@_verb
def sql(
    query: Annotated[str, typer.Argument(help="A select on marts.*, meta.* or projections.*")],
    home: HomeOption = None,
    json_output: JsonOption = False,
) -> None:
    """Ask the published file a question, read-only."""
    from pipelines.terminal import frame_table
    from pipelines.warehouse.connect import reading_published
    from pipelines.warehouse.tables import ask

    with reading_published(_settings(home)) as connection:
        frame = ask(connection, query)
    if json_output:
        _show(frame.to_dicts())
    else:
        frame_table(frame)


@app.command()
@_verb
def report(
    out: Annotated[Path, typer.Option(help="Page to write.")] = Path("decision.html"),
    scenario: Annotated[str | None, typer.Option(help="Published scenario to show; default: the first.")] = None,
    home: HomeOption = None,
    json_output: JsonOption = False,
) -> None:
    """Write one self-contained page: decision, break-even, cost stack and fan chart."""
    from pipelines.report.page import write_page

    path = write_page(_settings(home), out, scenario=scenario)
    if json_output:
        _show({"page": str(path), "bytes": path.stat().st_size})
    else:
        typer.echo(f"wrote {path}")


@app.command()
@_verb
def verify(home: HomeOption = None, json_output: JsonOption = False) -> None:
    """Read every block of the published file and compare it with its hashes."""
    from dataclasses import asdict

    from pipelines.warehouse.publish import verify as check

    publication = check(_settings(home).paths)
    if json_output:
        _show(asdict(publication))
    else:
        typer.echo(f"version {publication.version} is as it was published")


def main() -> None:
    """Entry point of the `tenure` command."""
    os.environ.setdefault("DO_NOT_TRACK", "1")
    app()


if __name__ == "__main__":
    main()
