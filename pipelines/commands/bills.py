"""Verbs about bills: whether they close, what was known when, what was restated, the past again, FOCUS out."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from pipelines.commands._shared import (
    HomeOption,
    JsonOption,
    app,
    day_of,
    end_of,
    instant_of,
    settings_of,
    show,
    verb,
)
from pipelines.errors import NoDataError, UsageError
from pipelines.settings import Settings

PeriodOption = Annotated[str | None, typer.Option(help="Month, as 2026-08; all by default.")]
SourceOption = Annotated[str | None, typer.Option(help="Only bills of this source.")]


@app.command()
@verb
def reconcile(
    period: PeriodOption = None,
    source: SourceOption = None,
    known_at: Annotated[
        str | None, typer.Option(help="What was known then: 2026-08-05 (the whole day) or 2026-08-05T06:00Z.")
    ] = None,
    by: Annotated[str, typer.Option(help="With --known-at: months of the invoice, or of usage.")] = "invoice",
    home: HomeOption = None,
    json_output: JsonOption = False,
) -> None:
    """Show that every bill closes to the cent, and where it does not; or what was known of it at a time."""
    from pipelines import bills
    from pipelines.terminal import known_table, reconciliation_tables

    settings = settings_of(home)
    month = day_of(period, "--period")
    if by not in ("invoice", "usage"):
        raise UsageError(f"--by {by!r} is neither invoice nor usage", next_step="use --by invoice or --by usage")
    if known_at is not None:
        at = instant_of(known_at, "--known-at")
        frame = bills.known(settings, at, by="usage" if by == "usage" else "invoice", period=month, source=source)
        show(frame.to_dicts()) if json_output else known_table(frame, at)
        return
    found = bills.reconciliation(settings, period=month, source=source)
    if json_output:
        show({name: getattr(found, name).to_dicts() for name in ("bills", "services", "invoices", "accruals")})
    else:
        reconciliation_tables(found)


@app.command()
@verb
def restatements(
    period: PeriodOption = None,
    source: SourceOption = None,
    home: HomeOption = None,
    json_output: JsonOption = False,
) -> None:
    """What later deliveries changed of days that were known before, by delivery, account and service."""
    from pipelines import bills
    from pipelines.terminal import restatements_table

    frame = bills.restatements(settings_of(home), period=day_of(period, "--period"), source=source)
    show(frame.to_dicts()) if json_output else restatements_table(frame)


@app.command()
@verb
def replay(
    known_at: Annotated[str, typer.Option(help="2026-08-05 (the whole day) or 2026-08-05T06:00Z.")],
    to: Annotated[Path | None, typer.Option(help="Folder of the home to make; default: replays/ in the home.")] = None,
    home: HomeOption = None,
    json_output: JsonOption = False,
) -> None:
    """Make a home that holds what had arrived by a time; refresh it and ask it like any other."""
    from pipelines.replay import replay as make

    made = make(settings_of(home), instant_of(known_at, "--known-at"), to)
    if json_output:
        show({"home": str(made.home), "known": made.known, "later": made.later})
    else:
        typer.echo(f"{made.known} deliveries had arrived, {made.later} came later")
        typer.echo(f"run: tenure refresh --home {made.home} && tenure decide --home {made.home}")


@app.command()
@verb
def export(
    what: Annotated[
        str, typer.Argument(help="focus: FOCUS Cost and Usage; commitments: lease contracts as FOCUS 1.4.")
    ],
    first: Annotated[str | None, typer.Option("--from", help="First billing period, as 2026-08.")] = None,
    last: Annotated[str | None, typer.Option("--to", help="Last one, inclusive; default: the first.")] = None,
    version: Annotated[str, typer.Option("--version", help="FOCUS version: 1.2, 1.3 or 1.4.")] = "1.4",
    sourcing: Annotated[str, typer.Option(help="all, leased or owned.")] = "all",
    as_of: Annotated[str | None, typer.Option(help="Commitments: as of this day; default: the one published.")] = None,
    out: Annotated[Path, typer.Option(help="Folder to write to.")] = Path(),
    home: HomeOption = None,
    json_output: JsonOption = False,
) -> None:
    """Write billing periods, or what is signed, as FOCUS Parquet, for tools that read FOCUS."""
    from dataclasses import asdict

    from pipelines.export.focus import export as write
    from pipelines.export.focus_commitments import export_commitments
    from pipelines.terminal import exported_commitments_lines, exported_lines

    if what == "commitments":
        settings = settings_of(home)
        day = day_of(as_of, "--as-of") or _published_day(settings)
        signed = export_commitments(settings, out, as_of=day)
        if json_output:
            show(asdict(signed))
        else:
            exported_commitments_lines(signed)
        return
    if what != "focus":
        raise UsageError(f"{what!r} cannot be exported", next_step="use: tenure export focus, or commitments")
    if sourcing not in ("all", "leased", "owned"):
        raise UsageError(f"--sourcing {sourcing!r} is none of all, leased, owned", next_step="use one of them")
    begin = day_of(first, "--from")
    if first is None or begin is None:
        raise UsageError("--from is missing", next_step="write it as 2026-08")
    done = write(
        settings_of(home), out, version=version, first=begin.replace(day=1), last=end_of(last or first[:7]),
        sourcing=sourcing,  # type: ignore[arg-type]
    )  # fmt: skip
    if json_output:
        show(asdict(done))
    else:
        exported_lines(done)


def _published_day(settings: Settings) -> date:
    """The day the published numbers speak for.

    Raises:
        NoDataError: nothing is published yet.
    """
    from pipelines.warehouse.publish import standing

    publication = standing(settings.paths)
    if publication is None:
        raise NoDataError("nothing is published yet", next_step="run: tenure refresh, or say --as-of 2026-09-01")
    return date.fromisoformat(publication.as_of)
