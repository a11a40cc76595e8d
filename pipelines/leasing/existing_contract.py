"""Capacity already signed for: a shift lets it run out, so it serves first and is owed whatever is decided."""

import polars as pl

from pipelines.owning import monthly

NEEDS = ()
TERM_MONTHS = None


def cash(plan: pl.LazyFrame) -> pl.LazyFrame:
    """USD a month: `max(hours used, take-or-pay share · hours held) · contract price`, until the contract ends."""
    owed_hours = pl.col("leased_gpus") * pl.col("month_hours") * pl.col("take_or_pay_frac")
    hours = pl.max_horizontal(pl.col("leased_gpu_hours"), owed_hours)
    return monthly(plan, __name__, during=hours * pl.col("signed_usd_per_gpu_hour"))
