"""What all verbs share: the application, options, and how a typed error ends.

Belongs here: what more than one verb needs. Not here: a verb.
"""

from __future__ import annotations

import errno
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from functools import wraps
from pathlib import Path
from typing import Annotated, Any

import typer

from pipelines.errors import StorageError, TenureError, UsageError
from pipelines.settings import Settings

app = typer.Typer(
    name="tenure",
    help="Lease or own GPU compute: what it cost, and whether a shift would pay off.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

REFUSED = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO})

HomeOption = Annotated[
    Path | None, typer.Option("--home", help="Folder with landing, warehouse, published and scenarios.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")]


def settings_of(home: Path | None) -> Settings:
    """Settings of the home that was asked for."""
    if home is not None:
        # Assets and dbt read the same variable, in this process and in Dagster's.
        os.environ["TENURE_HOME"] = str(home.resolve())
    return Settings()


def day_of(text: str | None, option: str) -> date | None:
    """A day, or the first of a month."""
    if text is None:
        return None
    try:
        return date.fromisoformat(text if len(text) > len("2026-08") else f"{text}-01")
    except ValueError as error:
        raise UsageError(f"{option} {text!r} is not a date", next_step="write it as 2026-08-31 or 2026-08") from error


def show(value: dict[str, Any] | list[Any]) -> None:
    """Print JSON."""
    typer.echo(json.dumps(value, indent=1, default=str))


def verb(function: Callable[..., None]) -> Callable[..., None]:
    """Print a typed error in one clear message and exit with its code."""

    @wraps(function)
    def guarded(*args: Any, **kwargs: Any) -> None:
        try:
            function(*args, **kwargs)
        except (TenureError, OSError) as failure:
            error = failure if isinstance(failure, TenureError) else _of_the_disk(failure)
            if kwargs.get("json_output"):
                show(error.as_dict())
            else:
                typer.echo(f"tenure: {error}", err=True)
            raise typer.Exit(error.exit_code) from failure

    return guarded


def _of_the_disk(failure: OSError) -> StorageError:
    """What the operating system refused: a full disk, a folder without rights. Anything else is a defect."""
    if failure.errno not in REFUSED:
        raise failure
    return StorageError(
        failure.strerror or str(failure),
        file=failure.filename,
        next_step="make room, or give this account the right to write there, and run it again",
    )


@contextmanager
def watching(json_output: bool) -> Iterator[None]:
    """Show what is being done, on the error stream, so that output can still be piped."""
    from pipelines import progress
    from pipelines.terminal import Progress

    if json_output:
        yield
        return
    with Progress(sys.stderr) as display, progress.watched(display.say):
        yield


def end_of(text: str) -> date:
    """The first day after an inclusive day or month."""
    day = day_of(text, "--to")
    if day is None:
        raise UsageError("--to is missing", next_step="write it as 2026-08-31 or 2026-08")
    if len(text) <= len("2026-08"):
        return (day.replace(day=28) + timedelta(days=4)).replace(day=1)
    return day + timedelta(days=1)


def instant_of(text: str, option: str) -> datetime:
    """An instant in UTC; a day alone means all of that day."""
    try:
        if len(text) == len("2026-08-31"):
            return datetime.combine(date.fromisoformat(text), time.max).replace(microsecond=0)
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError(
            f"{option} {text!r} is no time", next_step="write it as 2026-08-31 or 2026-08-31T06:00Z"
        ) from error
    offset = moment.utcoffset() or timedelta()
    return (moment - offset).replace(tzinfo=None)


def past_of(settings: Settings, known_at: str, json_output: bool) -> Settings:
    """The home as it was known at a time, refreshed where it has to be."""
    from pipelines.plan import plan
    from pipelines.replay import replay
    from pipelines.warehouse import lock

    past = settings_of(replay(settings, instant_of(known_at, "--known-at")).home)
    with lock.held(past.paths, "refresh"):
        todo = plan(past)
        if todo.reasons:
            from pipelines.assets.run import refresh as run

            with watching(json_output):
                run(past, todo)
    return past
