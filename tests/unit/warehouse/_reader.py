"""`python _reader.py HOME SECONDS`: reads the published file again and again; prints what it saw, one JSON a line."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from pipelines.settings import Settings
from pipelines.warehouse.connect import reading_published


def history(settings: Settings, seconds: float) -> list[tuple[str, int, int, int]]:
    """Day of the publication, smallest and largest number in its table, and its rows, at each look."""
    seen = []
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with reading_published(settings) as connection:
            (day,) = connection.execute("select cast(as_of_date as varchar) from meta.publication").fetchone()
            low, high, rows = connection.execute("select min(n), max(n), count(*) from marts.numbers").fetchone()
        seen.append((day, low, high, rows))
    return seen


if __name__ == "__main__":
    for look in history(Settings(home=Path(sys.argv[1])), float(sys.argv[2])):
        print(json.dumps(look))
