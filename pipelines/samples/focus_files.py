"""The Lumen bill as FOCUS files: each month in the version of its time."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from pipelines.samples.columns import FOCUS_1_0, FOCUS_1_2, FOCUS_1_3, FOCUS_DECIMALS, FOCUS_INSTANTS
from pipelines.samples.textfiles import csv_text, mapping_rows, write_gzip
from pipelines.samples.world import Line

FIRST_MONTH: Final = "2025-09"
LAST_MONTH: Final = "2026-08"
PARQUET_MONTH: Final = "2026-04"


def write_lumen_bill(out_dir: Path, bill: dict[str, list[Line]]) -> None:
    """Write one file a month, each in the version of its time."""
    for month, lines in bill.items():
        rows = [line.fields for line in lines]
        name = f"lumen-focus-{month}"
        if month == PARQUET_MONTH:
            _write_parquet(out_dir / f"{name}.parquet", rows)
        elif month == FIRST_MONTH:
            old = [_as_1_0(row) for row in rows]
            write_gzip(out_dir / f"{name}.csv.gz", csv_text(FOCUS_1_0, mapping_rows(FOCUS_1_0, old)))
        else:
            columns = FOCUS_1_3 if month == LAST_MONTH else FOCUS_1_2
            write_gzip(out_dir / f"{name}.csv.gz", csv_text(columns, mapping_rows(columns, rows)))


def _as_1_0(row: dict[str, str]) -> dict[str, str]:
    """As real 1.0 exports write it: NULL for nothing, times without a zone."""
    bare = {name: row[name].replace("T", " ").removesuffix("Z") for name in FOCUS_INSTANTS}
    return {name: (row | bare).get(name) or "NULL" for name in FOCUS_1_0}


def _write_parquet(path: Path, rows: list[dict[str, str]]) -> None:
    """Typed: decimals, instants with a zone, tags as a map."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    def column(name: str) -> Any:
        texts = [row.get(name) or None for row in rows]
        kind, convert = _parquet_type(name)
        return pa.array([None if text is None else convert(text) for text in texts], kind)

    table = pa.table({name: column(name) for name in FOCUS_1_2})
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, path, compression="zstd")


def _parquet_type(name: str) -> tuple[Any, Callable[[str], Any]]:
    import pyarrow as pa

    if name in FOCUS_DECIMALS:
        return pa.decimal128(38, 18), Decimal
    if name in FOCUS_INSTANTS:
        return pa.timestamp("us", tz="UTC"), datetime.fromisoformat
    if name == "Tags":
        return pa.map_(pa.string(), pa.string()), lambda text: list(json.loads(text).items())
    return pa.string(), str
