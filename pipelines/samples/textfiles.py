"""Writing text so that the same content gives the same bytes."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path


def csv_text(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Comma-separated text with a header and line feeds."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return buffer.getvalue()


def mapping_rows(header: Sequence[str], rows: Iterable[Mapping[str, str]]) -> Iterable[list[str]]:
    """Rows by column name as rows by position; what a row does not name is empty."""
    return ([row.get(name, "") for name in header] for row in rows)


def write_text(path: Path, text: str) -> None:
    """UTF-8, line feeds on every platform."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())


def write_gzip(path: Path, text: str) -> None:
    """Compressed without a name and with time 0, which gzip would else take from the clock.

    Not `gzip.compress`: with `mtime=0` its header holds a byte for the platform, differing between Python versions.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with (
        path.open("wb") as file,
        gzip.GzipFile(filename="", mode="wb", compresslevel=9, fileobj=file, mtime=0) as packed,
    ):
        packed.write(text.encode())


def write_json(path: Path, value: object) -> None:
    """JSON as a service answers it: one line, keys in the order given."""
    write_text(path, json.dumps(value, separators=(",", ":")) + "\n")
