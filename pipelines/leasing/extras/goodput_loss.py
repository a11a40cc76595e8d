"""Paid hours that do no work because nodes fail, hang or restart."""

import polars as pl

from pipelines.owning import monthly

NEEDS = ("lease_goodput_loss_frac",)
BILLED = False
ON_BILL = False


def cash(plan: pl.LazyFrame) -> pl.LazyFrame:
    """USD a month: `price of the capacity · share of its hours lost`."""
    return monthly(plan, __name__, during=pl.col("compute_usd") * pl.col("lease_goodput_loss_frac"))
