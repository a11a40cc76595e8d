"""Monthly medians of public rate cards: `period,gpu` and one column each of on-demand, reserved and spot medians.

An empty cell is a month without such offers and gives no row. Normalised columns (an index, a median made comparable by
its publisher) are no list prices and are left out. `source_row` is 3·(data row - 1) + 1 on demand, 2 reserved, 3 spot.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import polars as pl

from pipelines.sources.files import Candidate, csv_layout
from pipelines.sources.frames import MONEY_DTYPE, csv_texts
from pipelines.sources.model import Claim, Delivery, LandedFile, Reading, Rows
from pipelines.sources.prices._points import one_row_a_column, price_rows

KIND = "prices"
TABLE = "raw.price_point"
SUMMARY = "Monthly medians of rate cards (period, gpu, ondemand/reserved/spot_raw_median_usd)"
MODE = "append"
SCOPE = ""

PRICES: Final[Mapping[str, str]] = {
    "ondemand_raw_median_usd": "on_demand",
    "reserved_raw_median_usd": "reserved",
    "spot_raw_median_usd": "spot",
}


def claim(files: Sequence[Candidate]) -> list[Claim]:
    """Each CSV with a period, a GPU and the three medians."""
    needed = {"period", "gpu", *PRICES}
    return [Claim((file,), f"monthly rate cards {file.name}") for file in files if needed <= set(file.csv_header)]


def read(delivery: Delivery) -> Reading:
    """One row per month, GPU and kind of offer that has a median; dated the first of the month.

    Raises:
        InputError: a line has more or fewer values than the header.
    """
    return Reading(tuple(_rows(file) for file in delivery.files))


def _rows(file: LandedFile) -> Rows:
    texts = csv_texts(file, csv_layout(file)).with_row_index("row")
    raw = (
        one_row_a_column(texts, list(PRICES), ["period", "gpu"])
        .filter(pl.col("price_text").is_not_null())
        .with_columns(
            (pl.col("period") + "-01").str.to_datetime("%Y-%m-%d", time_unit="us", strict=False).alias("observed_at"),
            pl.col("gpu").alias("gpu_model_name"),
            pl.lit(1).alias("gpus"),
            pl.col("column").replace_strict(PRICES, return_dtype=pl.String).alias("pricing_model"),
            pl.lit("list").alias("price_basis"),
            pl.lit("median").alias("statistic"),
            pl.lit("USD").alias("list_currency"),
            pl.col("price_text").cast(MONEY_DTYPE, strict=False).alias("price_usd_per_hour"),
        )
    )
    return price_rows(file, raw)
