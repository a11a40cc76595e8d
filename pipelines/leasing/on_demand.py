"""Capacity paid by the hour used, at the list or negotiated price of the day."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from pipelines.economics.rates import FloatArray
from pipelines.economics.tokens import TokenBasis
from pipelines.owning import monthly

NEEDS = ()
TERM_MONTHS = None


def market_price(values: Mapping[str, FloatArray], token_basis: TokenBasis) -> FloatArray:
    """USD per GPU-hour by draw: the price itself, whatever tokens are counted."""
    return values["on_demand_usd_per_gpu_hour"]


def cash(plan: pl.LazyFrame) -> pl.LazyFrame:
    """USD a month: `hours used · price of the month`."""
    return monthly(plan, __name__, during=pl.col("leased_gpu_hours") * pl.col("list_usd_per_gpu_hour"))
