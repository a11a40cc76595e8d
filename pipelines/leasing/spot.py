"""Capacity that can be taken away: cheaper by the hour, and work lost to interruptions is run again."""

import polars as pl

from pipelines.owning import monthly

NEEDS = ("spot_price_ratio", "spot_repeated_work_frac")
TERM_MONTHS = None


def cash(plan: pl.LazyFrame) -> pl.LazyFrame:
    """USD a month: `hours used · (1 + work repeated) · on-demand price · spot ratio`."""
    hours = pl.col("leased_gpu_hours") * (1.0 + pl.col("spot_repeated_work_frac"))
    return monthly(plan, __name__, during=hours * pl.col("list_usd_per_gpu_hour") * pl.col("spot_price_ratio"))
