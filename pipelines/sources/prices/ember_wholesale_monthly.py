"""Ember's European wholesale electricity prices by month: `Country,ISO3 Code,Date,Price (EUR/MWhe)`.

A month's mean of the day-ahead price, without grid fees and taxes; hours of negative prices are averaged away. The
market is called by the country's three letters. A month without a price is no row.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import polars as pl

from pipelines.sources.files import Candidate, csv_layout
from pipelines.sources.frames import MONEY_DTYPE, REJECTED_SCHEMA, csv_texts, in_schema, rows_schema
from pipelines.sources.model import Claim, Delivery, LandedFile, Reading, Rows

KIND = "prices"
TABLE = "raw.energy_price"
SUMMARY = "Ember European wholesale electricity prices by month (CSV)"
MODE = "append"
SCOPE = ""

PRICE: Final = "Price (EUR/MWhe)"
_NEEDED: Final = frozenset({"ISO3 Code", "Date", PRICE})


def claim(files: Sequence[Candidate]) -> list[Claim]:
    """Each CSV with a country code, a date and that price."""
    return [Claim((file,), f"wholesale prices {file.name}") for file in files if set(file.csv_header) >= _NEEDED]


def read(delivery: Delivery) -> Reading:
    """One row per country and month.

    Raises:
        InputError: a line has more or fewer values than the header.
    """
    return Reading(tuple(_rows(file) for file in delivery.files))


def _rows(file: LandedFile) -> Rows:
    starts = pl.col("Date").str.to_datetime("%Y-%m-%d", time_unit="us", strict=False)
    # Text → DECIMAL, and only text that DECIMAL holds.
    price = pl.when(pl.col(PRICE).str.contains(r"^-?[0-9]{1,18}(\.[0-9]{1,18})?$")).then(pl.col(PRICE))
    judged = (
        csv_texts(file, csv_layout(file))
        .with_row_index("source_row", offset=1)
        .filter(pl.col(PRICE).is_not_null())
        .with_columns(
            pl.col("ISO3 Code").alias("market_id"),
            starts.alias("starts_at"),
            starts.dt.offset_by("1mo").alias("ends_at"),
            pl.lit("EUR").alias("price_currency"),
            price.cast(MONEY_DTYPE, strict=False).alias("energy_currency_per_mwh"),
        )
        .with_columns(
            pl.when(pl.col("market_id").is_null())
            .then(pl.lit("market_id: missing"))
            .when(pl.col("starts_at").is_null())
            .then(pl.lit("starts_at: not a DATE"))
            .when(pl.col("energy_currency_per_mwh").is_null())
            .then(pl.lit("energy_currency_per_mwh: not a price"))
            .alias("reason"),
            pl.coalesce(pl.col(PRICE), pl.col("Date")).alias("offending_value"),
            pl.lit(None).alias("billed_cost"),
        )
    )
    kept = in_schema(judged.filter(pl.col("reason").is_null()), rows_schema(TABLE))
    rejected = in_schema(judged.filter(pl.col("reason").is_not_null()), REJECTED_SCHEMA)
    return Rows(file, *pl.collect_all([kept, rejected]))
