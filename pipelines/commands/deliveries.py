"""Verbs about landing: what comes in, and what is taken out again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipelines.commands._shared import (
    HomeOption,
    JsonOption,
    app,
    instant_of,
    settings_of,
    show,
    verb,
    watching,
)
from pipelines.errors import UsageError


@app.command()
@verb
def add(
    paths: Annotated[list[Path], typer.Argument(help="Files, or folders taken whole.")],
    source: Annotated[str | None, typer.Option(help="Source that must take every file.")] = None,
    option: Annotated[list[str] | None, typer.Option(help="KEY=VALUE a source asks for, as observed_at=…")] = None,
    received_at: Annotated[
        str | None,
        typer.Option(help="When it arrived, for history that is loaded afterwards: 2026-08-05T06:00Z. Default: now."),
    ] = None,
    skip_unknown: Annotated[
        bool, typer.Option("--skip-unknown", help="Leave files alone that no source recognises, and list them.")
    ] = False,
    home: HomeOption = None,
    json_output: JsonOption = False,
) -> None:
    """Recognise deliveries by their content, read them through, and copy them to landing."""
    from pipelines import progress
    from pipelines.terminal import added_table
    from pipelines.warehouse import landing, lock

    settings = settings_of(home)
    options = _options(option or [])
    with watching(json_output), lock.held(settings.paths, "add"):
        added = landing.add(
            settings,
            paths,
            received_at=instant_of(received_at, "--received-at") if received_at else landing.arrival(settings.paths),
            source=source,
            options=options,
            progress=lambda delivery: progress.say("read", delivery.description),
            left_alone=(lambda name: typer.echo(f"left alone: {name}", err=True)) if skip_unknown else None,
        )
    if json_output:
        show([{"delivery_id": item.delivery.delivery_id, "source": item.delivery.source,
                "description": item.delivery.description, "is_new": item.is_new,
                **{name: getattr(item.delivery.contents, name)
                   for name in ("rows", "rejected_rows", "billed_cost", "billing_currencies")}}
               for item in added])  # fmt: skip
    else:
        added_table(added)


@app.command()
@verb
def remove(
    delivery_id: Annotated[str, typer.Argument(help="Id of the delivery, or the beginning of it.")],
    home: HomeOption = None,
    json_output: JsonOption = False,
) -> None:
    """Take a delivery out of landing; the next refresh rebuilds without it."""
    from pipelines.warehouse import ingest, lock

    settings = settings_of(home)
    with lock.held(settings.paths, "remove"):
        delivery = ingest.remove(settings, delivery_id)
    if json_output:
        show({"delivery_id": delivery.delivery_id, "description": delivery.description})
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
