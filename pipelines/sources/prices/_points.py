"""What the price sources share: from prices as delivered to price points, kept or rejected.

Price lists hold bid floors, zeros and slipped units. A price that is not above zero, or more than a hundred times away
from the median of its own GPU in the same file, is rejected with its reason and stays out of every fit.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import polars as pl

from pipelines.sources.frames import MONEY_DTYPE, REJECTED_SCHEMA, in_schema, rows_schema
from pipelines.sources.model import LandedFile, Rows

IMPLAUSIBLE_RATIO: Final = 100.0


def one_row_a_column(texts: pl.LazyFrame, prices: Sequence[str], others: Sequence[str]) -> pl.LazyFrame:
    """A table with several prices a row as one row a price: `column`, `price_text`, the other columns, `source_row`.

    With k price columns, the p-th of them in data row r is `source_row` (r - 1)·k + p.
    """
    position = pl.col("column").replace_strict(list(prices), range(1, len(prices) + 1), return_dtype=pl.Int64)
    return (
        texts.unpivot(list(prices), index=["row", *others], variable_name="column", value_name="price_text")
        .with_columns((pl.col("row").cast(pl.Int64) * len(prices) + position).alias("source_row"))
        .drop("row")
    )


def price_rows(file: LandedFile, raw: pl.LazyFrame) -> Rows:
    """The price points of a file.

    Args:
        file: where they came from.
        raw: `source_row`, `price_text` (as delivered), `price_usd_per_hour` (DECIMAL, of all `gpus` together; null
            where the text holds none) and columns of raw.price_point; those it lacks are null.
    """
    schema = rows_schema("raw.price_point")
    price = pl.col("price_usd_per_hour") / pl.col("gpus").cast(pl.Decimal(38, 0))
    median = pl.col("price").filter(pl.col("price") > 0).median().over("gpu_model_name")
    far = (pl.col("price") > median * IMPLAUSIBLE_RATIO) | (pl.col("price") < median / IMPLAUSIBLE_RATIO)
    judged = (
        raw.with_columns(price.cast(MONEY_DTYPE).alias("price_usd_per_gpu_hour"))
        .with_columns(pl.col("price_usd_per_gpu_hour").cast(pl.Float64).alias("price"))
        .with_columns(
            pl.when(pl.col("observed_at").is_null())
            .then(pl.lit("observed_at: not a TIMESTAMP"))
            .when(pl.col("gpus").is_null() | (pl.col("gpus") < 1))
            .then(pl.lit("gpus: not a whole number above 0"))
            .when(pl.col("price").is_null())
            .then(pl.lit("price_usd_per_gpu_hour: not a price"))
            .when(pl.col("price") <= 0)
            .then(pl.lit("price_usd_per_gpu_hour: not above 0"))
            .when(far)
            .then(pl.lit("price_usd_per_gpu_hour: implausible, 100 times away from this GPU's median in the file"))
            .alias("reason")
        )
    )
    given = judged.collect_schema().names()
    kept = judged.filter(pl.col("reason").is_null()).with_columns(
        pl.lit(None).alias(name) for name in schema if name not in given
    )
    rejected = judged.filter(pl.col("reason").is_not_null()).with_columns(
        pl.col("price_text").alias("offending_value"), pl.lit(None).alias("billed_cost")
    )
    frames = pl.collect_all([in_schema(kept, schema), in_schema(rejected, REJECTED_SCHEMA)])
    return Rows(file, *frames)
