"""Blocks of capacity bought in advance, half a year at a time: paid whole on the day they are bought."""

import polars as pl

from pipelines.leasing._commitment import committed

NEEDS = ("capacity_block_price_ratio",)
TERM_MONTHS = 6


def cash(plan: pl.LazyFrame) -> pl.LazyFrame:
    """USD by month, as of every commitment (`_commitment.py`), all upfront."""
    return committed(plan.with_columns(upfront_frac=1.0, upfront_price_ratio=1.0), __name__, *NEEDS)
