"""Verbs on scenario files: write one anew, check, list."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipelines.commands._shared import HomeOption, JsonOption, app, day_of, settings_of, show, verb

scenario = typer.Typer(name="scenario", help="Scenario files: new, check, list.", no_args_is_help=True)
app.add_typer(scenario, name="scenario")


@scenario.command()
@verb
def new(
    name: Annotated[str, typer.Argument(help="Name: lower case, digits and underscores.")],
    stand_alone: Annotated[
        bool, typer.Option("--stand-alone", help="Type every number in; no warehouse needed.")
    ] = False,
    from_workload: Annotated[str | None, typer.Option(help="Ask about this workload of the history.")] = None,
    gpu_model: Annotated[
        str | None, typer.Option(help="GPU of typed demand; default: the workload's, or an H100.")
    ] = None,
    as_of: Annotated[str | None, typer.Option(help="Day of the decision; default: the one published.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder; default: the home's own scenarios, or here.")] = None,
    home: HomeOption = None,
    json_output: JsonOption = False,
) -> None:
    """Write a commented scenario file that is valid and runs."""
    from pipelines.scenarios import write_new

    path = write_new(
        settings_of(home), name, stand_alone=stand_alone, workload=from_workload, gpu_model=gpu_model,
        as_of=day_of(as_of, "--as-of"), out=out,
    )  # fmt: skip
    if json_output:
        show({"file": str(path)})
    else:
        typer.echo(f"wrote {path}\nask it: tenure decide {path}")


@scenario.command()
@verb
def check(
    scenarios: Annotated[list[str], typer.Argument(help="Names or files.")],
    home: HomeOption = None,
    json_output: JsonOption = False,
) -> None:
    """Say whether scenario files are valid; answer those that need no data."""
    from pipelines.scenarios import check as check_file
    from pipelines.scenarios import path_of

    settings = settings_of(home)
    done = [check_file(settings, path_of(settings.paths, name)) for name in scenarios]
    if json_output:
        show([{"file": str(one.file), "variants": one.variants, "answered": one.answered} for one in done])
        return
    for one in done:
        answered = "answered" if one.answered else "valid; it needs the published history to be answered"
        typer.echo(f"{one.file}: {answered}, {one.variants} variant{'s' if one.variants != 1 else ''}")


@scenario.command("list")
@verb
def list_all(home: HomeOption = None, json_output: JsonOption = False) -> None:
    """Scenarios of the home with their questions."""
    from pipelines.scenarios import listed
    from pipelines.terminal import scenarios_table

    rows = listed(settings_of(home))
    show(rows) if json_output else scenarios_table(rows)
