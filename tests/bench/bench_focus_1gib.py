"""The same load within a GiB: it has to finish, whatever it takes."""

from __future__ import annotations

from pathlib import Path

import bench_focus
from _load import load_file

ROWS = bench_focus.ROWS
GOAL_RATIO = 2.0
prepare = bench_focus.prepare
plain = bench_focus.plain


def ours(folder: Path, scratch: Path, rows: int) -> None:
    """The loader, held short."""
    load_file(folder / f"focus-{rows}.parquet", "focus", rows, scratch, "1GiB")
