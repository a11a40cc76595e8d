"""Euro reference rates of the European Central Bank: the whole history, or the file of one day; CSV, plain or zipped.

    Date,USD,JPY,…,ZAR,           Date, USD, JPY, …, ZAR,
    2026-10-30,1.1172,175.68,…    30 October 2026, 1.1172, 175.68, …

Days newest first, business days only; `N/A` or nothing where a currency was not quoted, which is no row. A last comma
makes an empty last column. Currencies that are gone stay in the header.

A file replaces an earlier one that begins on the same day: the history takes the place of the history before it, and a
file of one day or of the last ninety stands beside it instead of wiping it out. Of two that begin on the same day the
one that reaches further is the later.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from datetime import date, datetime
from typing import Final

import polars as pl

from pipelines.errors import InputError
from pipelines.sources.files import Candidate, candidate
from pipelines.sources.frames import MONEY_DTYPE, REJECTED_SCHEMA, in_schema, rows_schema
from pipelines.sources.model import Claim, Delivery, LandedFile, Reading, Rows
from pipelines.sources.prices._points import one_row_a_column

KIND = "prices"
TABLE = "raw.fx_rate"
SUMMARY = "ECB euro reference rates (eurofxref: history or one day; CSV, plain or zipped)"
MODE = "replace"
SCOPE = "'raw.fx_rate'"

BASE: Final = "EUR"
NOT_QUOTED: Final = ("", "N/A")
MAX_BYTES: Final = 64 << 20
DATE_FORMATS: Final = ("%Y-%m-%d", "%d %B %Y")
_FEWEST_CURRENCIES: Final = 10


def claim(files: Sequence[Candidate]) -> list[Claim]:
    """Each file with a date and the euro's price in many currencies."""
    found = []
    for file in files:
        if _currencies(file.csv_header):
            days = [_day(line.partition(",")[0]) for line in _text(file).splitlines()[1:]]
            known = [day for day in days if day]
            first, last = min(known, default=None), max(known, default=None)
            # The scope's tail, so that only what begins on the same day is replaced.
            options = {"origin": f"from {first}"} if first else {}
            found.append(Claim((file,), f"ECB reference rates {first} to {last}, {file.name}", options))
    return found


def read(delivery: Delivery) -> Reading:
    """One row per day and currency that was quoted.

    Raises:
        InputError: a line has more or fewer values than the header, or a day stands twice.
    """
    parts = tuple(_rows(file) for file in delivery.files)
    return Reading(parts, version_sql="strftime(max(rate_date), '%Y-%m-%d')")


def _currencies(header: Sequence[str]) -> tuple[str, ...]:
    """The currencies of a header; () where it is another file's."""
    if not header or header[0] != "Date":
        return ()
    names = header[1:-1] if header[-1] == "" else header[1:]
    is_rates = len(names) >= _FEWEST_CURRENCIES and "USD" in names and len(set(names)) == len(names)
    return tuple(names) if is_rates and all(re.fullmatch("[A-Z]{3}", name) for name in names) else ()


def _text(file: Candidate) -> str:
    """The whole content.

    Raises:
        InputError: it is larger than any such file, or no text.
    """
    with file.content() as content:
        raw = content.read(MAX_BYTES + 1)
    if len(raw) > MAX_BYTES:
        raise InputError(
            f"the content is larger than {MAX_BYTES:,} bytes", file=file.name, next_step="add the ECB's file as it is"
        )
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(
            f"not UTF-8 text (byte {raw[error.start]:#04x})", file=file.name, next_step="download the file again"
        ) from error


def _day(text: str) -> date | None:
    for form in DATE_FORMATS:
        try:
            return datetime.strptime(text.strip(), form).date()
        except ValueError:
            continue
    return None


def _rows(file: LandedFile) -> Rows:
    header, *lines = list(csv.reader(io.StringIO(_text(candidate(file)))))
    currencies = _currencies([name.strip() for name in header])
    lines = [line for line in lines if line]
    _check_shape(file, len(header), lines, has_tail=len(header) > len(currencies) + 1)
    columns = {name: [line[place] for line in lines] for place, name in enumerate(("day", *currencies))}
    texts = pl.LazyFrame(columns, schema=dict.fromkeys(columns, pl.String)).with_columns(pl.all().str.strip_chars())
    quoted = (
        one_row_a_column(texts.with_row_index("row"), currencies, ["day"])
        .filter(~pl.col("price_text").is_in(NOT_QUOTED))
        .with_columns(
            pl.coalesce(pl.col("day").str.to_date(form, strict=False) for form in DATE_FORMATS).alias("rate_date"),
            pl.col("column").alias("currency"),
            pl.lit(BASE).alias("base_currency"),
            # Text → DECIMAL, and only text that DECIMAL holds: digits with at most 18 after the point.
            pl.when(pl.col("price_text").str.contains(r"^[0-9]{1,20}(\.[0-9]{1,18})?$"))
            .then(pl.col("price_text"))
            .cast(MONEY_DTYPE, strict=False)
            .alias("units_per_base_ratio"),
        )
        .with_columns(
            pl.when(pl.col("rate_date").is_null())
            .then(pl.lit("rate_date: not a DATE"))
            .when(pl.col("units_per_base_ratio").is_null())
            .then(pl.lit("units_per_base_ratio: not a rate"))
            .when(pl.col("units_per_base_ratio") <= 0)
            .then(pl.lit("units_per_base_ratio: not above 0"))
            .alias("reason")
        )
    )
    kept = in_schema(quoted.filter(pl.col("reason").is_null()), rows_schema(TABLE))
    rejected = in_schema(
        quoted.filter(pl.col("reason").is_not_null()).with_columns(
            pl.when(pl.col("rate_date").is_null())
            .then(pl.col("day"))
            .otherwise(pl.col("price_text"))
            .alias("offending_value"),
            pl.lit(None).alias("billed_cost"),
        ),
        REJECTED_SCHEMA,
    )
    return Rows(file, *pl.collect_all([kept.sort("source_row"), rejected.sort("source_row")]))


def _check_shape(file: LandedFile, width: int, lines: Sequence[Sequence[str]], *, has_tail: bool) -> None:
    seen: dict[date, int] = {}
    for number, line in enumerate(lines, start=2):
        again = "download the file again"
        if len(line) != width or (has_tail and line[-1].strip()):
            raise InputError(
                f"the line has {len(line)} values for {width} columns; the file is cut or damaged",
                file=file.name,
                line=number,
                next_step=again,
            )
        day = _day(line[0])
        if day and day in seen:
            raise InputError(f"{day} stands in line {seen[day]} already", file=file.name, line=number, next_step=again)
        if day:
            seen[day] = number
