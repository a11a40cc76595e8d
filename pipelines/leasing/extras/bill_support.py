"""Support charged by the provider on its whole bill."""

import polars as pl

from pipelines.owning import monthly

NEEDS = ("lease_bill_support_frac",)
BILLED = True
ON_BILL = True


def cash(plan: pl.LazyFrame) -> pl.LazyFrame:
    """USD a month: `bill of capacity and what is billed beside it · share`."""
    return monthly(plan, __name__, during=pl.col("bill_usd") * pl.col("lease_bill_support_frac"))
