"""How results look in a terminal: tables and progress. No logic."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Self, TextIO

from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    import polars as pl

    from pipelines.settings import Home
    from pipelines.sources.model import Delivery
    from pipelines.warehouse.landing import Added
    from pipelines.warehouse.publish import Publication

PIPED_WIDTH = 160


def _console(stream: TextIO | None = None) -> Console:
    console = Console(file=stream, highlight=False)
    # A pipe has no width; a narrow default would cut numbers.
    return console if console.is_terminal else Console(file=stream, highlight=False, width=PIPED_WIDTH)


def money(value: Decimal | float | None, places: int = 2) -> str:
    """An amount with thousands separators, or a dash where there is none."""
    return "–" if value is None else f"{value:,.{places}f}"


class Progress:
    """A line a step with its time; on a terminal the detail under way beside it."""

    def __init__(self, stream: TextIO) -> None:
        self._console = Console(file=stream, highlight=False)
        self._step = ""
        self._began = time.monotonic()
        self._status = self._console.status("") if self._console.is_terminal else None

    def __enter__(self) -> Self:
        if self._status:
            self._status.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._close()
        if self._status:
            self._status.stop()

    def say(self, step: str, detail: str) -> None:
        """Show what is under way; a new step closes the one before."""
        if step != self._step:
            self._close()
            self._step, self._began = step, time.monotonic()
        if self._status:
            self._status.update(f"{step}: {detail}")

    def _close(self) -> None:
        if self._step:
            self._console.print(f"  {self._step:<18} {time.monotonic() - self._began:6.1f} s")
            self._step = ""


def added_table(added: Sequence[Added]) -> None:
    """What `tenure add` recognised."""
    table = Table("delivery", "source", "what it is", "rows", "billed", "", box=None, pad_edge=False)
    for item in added:
        contents = item.delivery.contents
        table.add_row(
            item.delivery.delivery_id[:8],
            item.delivery.source,
            item.delivery.description,
            f"{contents.rows:,}" if contents else "–",
            money(contents.billed_cost) if contents and contents.billed_cost is not None else "",
            "new" if item.is_new else "already in landing",
        )
    _console().print(table)


def backfill_table(deliveries: Iterable[Delivery], first: date, last: date) -> None:
    """What a backfill will read again."""
    table = Table("delivery", "kind", "what it is", "rows", box=None, pad_edge=False)
    for delivery in deliveries:
        rows = f"{delivery.contents.rows:,}" if delivery.contents else "–"
        table.add_row(delivery.delivery_id[:8], delivery.kind, delivery.description, rows)
    console = _console()
    console.print(f"days {first} to {last} (exclusive); deliveries read again:")
    console.print(table)


def published_table(home: Home, publication: Publication, reasons: Sequence[str]) -> None:
    """Where the published version lies."""
    console = _console()
    console.print(f"published version {publication.version} ({'; '.join(reasons)})")
    console.print(f"  database  {home.current}")
    console.print(f"  parquet   {home.published / 'current' / 'parquet'}")


def decision_table(decisions: pl.DataFrame) -> None:
    """The decision: a row a workload, then the sentence that says it.

    The figures are of the strategy weighed: the one to take or, where that is to stay, its best alternative.
    """
    console = _console()
    if decisions.is_empty():
        console.print("no workload to decide on")
        return
    table = Table(
        "scenario", "workload", "do", "weighed", "own GPUs", "commit GPUs", "NPV saving USD", "P(cheaper)",
        "payback months", "flips on", box=None, pad_edge=False,
    )  # fmt: skip
    for row in decisions.to_dicts():
        table.add_row(
            row["scenario"],
            row["workload"],
            row["strategy"] or "–",
            row["judged_strategy"] or "–",
            _cell(row["owned_gpus"]),
            "–" if row["committed_gpus"] is None else f"{row['committed_gpus']:.1f}",
            money(row["npv_saving_usd"], 0),
            "–" if row["cheaper_draws_frac"] is None else f"{row['cheaper_draws_frac']:.2f}",
            "never" if row["payback_months"] is None else f"{row['payback_months']:.1f}",
            row["flips_on"] or "nothing within range",
        )
    console.print(table)
    for row in decisions.to_dicts():
        console.print(f"\n{row['sentence']}")


def status_table(found: dict[str, Any]) -> None:
    """The state of a home."""
    console = _console()
    console.print(f"home {found['home']}")
    console.print(f"version {found['version'] or 'none yet'}, as of {found['as_of'] or '–'}")
    console.print(f"{len(found['deliveries'])} deliveries in landing, {len(found['waiting'])} waiting for a refresh")
    for description in found["waiting"]:
        console.print(f"  waiting: {description}")
    for title in ("freshness", "reconciliation", "unknown_gpu_sku"):
        if found[title]:
            console.print(f"\n{title.replace('_', ' ')}")
            _rows_table(console, found[title])


def frame_table(frame: pl.DataFrame) -> None:
    """A query's result."""
    console = _console()
    _rows_table(console, frame.to_dicts(), frame.columns)
    console.print(f"{frame.height} rows")


def _rows_table(console: Console, rows: Sequence[dict[str, Any]], columns: Sequence[str] = ()) -> None:
    table = Table(*(columns or rows[0].keys()), box=None, pad_edge=False)
    for row in rows:
        table.add_row(*(_cell(value) for value in row.values()))
    console.print(table)


def _cell(value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    if isinstance(value, float):
        return f"{value:,.6g}"
    return str(value)
