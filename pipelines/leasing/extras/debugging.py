"""Engineers who find what is wrong with a leased cluster."""

import polars as pl

from pipelines.owning import monthly

NEEDS = ("lease_debugging_usd_per_month",)
BILLED = False
ON_BILL = False


def cash(plan: pl.LazyFrame) -> pl.LazyFrame:
    """USD a month while anything is leased."""
    return monthly(plan, __name__, during=pl.col("in_use_count") * pl.col("lease_debugging_usd_per_month"))
