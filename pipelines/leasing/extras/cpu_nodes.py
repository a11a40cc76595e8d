"""Machines without GPUs that a cluster needs: login, scheduling, data preparation."""

import polars as pl

from pipelines.owning import monthly

NEEDS = ("lease_cpu_nodes_usd_per_month",)
BILLED = True
ON_BILL = False


def cash(plan: pl.LazyFrame) -> pl.LazyFrame:
    """USD a month while anything is leased."""
    return monthly(plan, __name__, during=pl.col("in_use_count") * pl.col("lease_cpu_nodes_usd_per_month"))
