"""Capacity paid by the hour used, at the list or negotiated price of the day."""

import polars as pl

from pipelines.owning import monthly

NEEDS = ()
TERM_MONTHS = None


def cash(plan: pl.LazyFrame) -> pl.LazyFrame:
    """USD a month: `hours used · price of the month`."""
    return monthly(plan, __name__, during=pl.col("leased_gpu_hours") * pl.col("list_usd_per_gpu_hour"))
