"""Getting a cluster ready: the work and the hours paid before it does any."""

import polars as pl

from pipelines.owning import monthly

NEEDS = ("lease_setup_usd",)
BILLED = False
ON_BILL = False


def cash(plan: pl.LazyFrame) -> pl.LazyFrame:
    """USD once, at the start of the first month in which anything is leased."""
    return monthly(plan, __name__, start=pl.col("first_use_count") * pl.col("lease_setup_usd"))
