"""Prices of an energy market by hour (or quarter of an hour), one interval a row (CSV or YAML), read strictly.

    market_id,starts_at,ends_at,price_currency,energy_currency_per_mwh

Times are UTC where they name no zone; without `ends_at` an interval lasts an hour. A price may be negative. Any fault
refuses the file, with line, column, value and remedy.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

import polars as pl

from pipelines.contracts.energy_price import CONTRACT
from pipelines.errors import InputError
from pipelines.sources.files import Candidate
from pipelines.sources.frames import rows_schema
from pipelines.sources.handkept import Problem, Row, columns_of, raise_problems, read_rows
from pipelines.sources.model import Claim, Delivery, LandedFile, Reading, Rows

KIND = "prices"
TABLE = "raw.energy_price"
SUMMARY = "Energy market prices by interval (CSV or YAML): market_id, starts_at, energy_currency_per_mwh"
MODE = "append"
SCOPE = ""

COLUMNS: Final = tuple(
    replace(CONTRACT.by_name[name], nullable=name == "ends_at")
    for name in ("market_id", "starts_at", "ends_at", "price_currency", "energy_currency_per_mwh")
)
USUAL_INTERVAL: Final = timedelta(hours=1)
_NEEDED: Final = frozenset({"market_id", "starts_at", "energy_currency_per_mwh"})


def claim(files: Sequence[Candidate]) -> list[Claim]:
    """Each file with a market, a time and a price."""
    return [Claim((file,), f"energy prices {file.name}") for file in files if set(columns_of(file)) >= _NEEDED]


def read(delivery: Delivery) -> Reading:
    """One row per interval.

    Raises:
        InputError: lists every fault of the file.
    """
    return Reading(tuple(_rows(file) for file in delivery.files))


def _rows(file: LandedFile) -> Rows:
    rows, problems = read_rows(file, COLUMNS)
    for row in rows:
        start, end = row.values.get("starts_at"), row.values.get("ends_at")
        if isinstance(start, datetime) and end is None:
            row.values["ends_at"] = start + USUAL_INTERVAL
    raise_problems([*problems, *_ends_before_start(rows), *_overlaps(rows)], InputError)
    frame = pl.DataFrame([row.values | {"source_row": row.number} for row in rows], schema=rows_schema(TABLE))
    return Rows(file, frame)


def _ends_before_start(rows: Sequence[Row]) -> Iterator[Problem]:
    for row in rows:
        start, end = _interval(row)
        if start and end and end <= start:
            what = f"{end.isoformat()} is not after starts_at {start.isoformat()}"
            yield row.problem("ends_at", what, "an end is the first moment no longer covered")


def _overlaps(rows: Sequence[Row]) -> Iterator[Problem]:
    known = [row for row in rows if row.values.get("market_id") and all(_interval(row))]
    ordered = sorted(known, key=lambda row: (str(row.values["market_id"]), str(row.values["starts_at"])))
    for before, row in pairwise(ordered):
        end, start = _interval(before)[1], _interval(row)[0]
        if before.values["market_id"] == row.values["market_id"] and end and start and start < end:
            what = f"{row.values['market_id']} from {start.isoformat()} overlaps line {before.line}"
            yield row.problem("starts_at", what, f"end line {before.line} where this one begins, or drop one of them")


def _interval(row: Row) -> tuple[datetime | None, datetime | None]:
    start, end = row.values.get("starts_at"), row.values.get("ends_at")
    return start if isinstance(start, datetime) else None, end if isinstance(end, datetime) else None
