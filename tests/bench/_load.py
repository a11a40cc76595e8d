"""A delivery straight through the loader, without landing's copy."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from pipelines.settings import Settings
from pipelines.sources import source_named
from pipelines.sources.model import Contents, Delivery, LandedFile
from pipelines.warehouse.connect import writing
from pipelines.warehouse.load import load


def load_file(path: Path, source: str, rows: int, scratch: Path, memory_limit: str) -> None:
    """Load one file of so many rows into a new warehouse."""
    settings = Settings(home=scratch, min_free_disk_bytes=0, memory_limit=memory_limit)
    file = LandedFile(path.name, path, "0" * 64, path.stat().st_size)
    contents = Contents(rows, 0, None, None, None, None)
    delivery = Delivery(
        "d" * 24, source_named(source).KIND, source, path.name, datetime(2026, 9, 2), (file,), {}, contents
    )
    with writing(settings) as connection:
        (loaded,) = load(connection, [delivery], settings)
    if loaded.contents.rows != rows:
        raise SystemExit(f"{loaded.contents.rows:,} of {rows:,} rows were loaded")
