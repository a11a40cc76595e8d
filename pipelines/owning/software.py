"""Licences by the GPU and year: drivers with support, orchestration, monitoring."""

import polars as pl

from pipelines.owning import monthly, per_month

NEEDS = ("software_usd_per_gpu_year",)
TAX = "expense"


def cash(plan: pl.LazyFrame) -> pl.LazyFrame:
    """USD a month: `GPUs · USD/GPU-year / 12`."""
    return monthly(plan, __name__, during=per_month(pl.col("owned_gpus") * pl.col("software_usd_per_gpu_year")))
