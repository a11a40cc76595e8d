"""A night that rebuilds a month with 36 months of history behind it, against the same night with that month alone.

`--rows` is the number of cost lines a month. Each warehouse is built whole once, before anything is timed.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

from _history import LAST_MONTH, build, make

ROWS = 200_000
GOAL_RATIO = 1.1
MONTHS = 36
LONG_AGO = date(2023, 9, 1)


def prepare(folder: Path, rows: int) -> None:
    """Make and build both warehouses, once."""
    for name, months, first in (("long", MONTHS, LONG_AGO), ("short", 1, LAST_MONTH)):
        home = folder / f"{name}-{rows}"
        if not home.exists():
            make(home, rows * months, first)
            build(home, first, full_refresh=True)


def ours(folder: Path, scratch: Path, rows: int) -> None:
    """The night with a history."""
    del scratch
    build(folder / f"long-{rows}", LAST_MONTH, full_refresh=False)


def plain(folder: Path, scratch: Path, rows: int) -> None:
    """The night without."""
    del scratch
    build(folder / f"short-{rows}", LAST_MONTH, full_refresh=False)
