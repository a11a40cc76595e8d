"""Capacity held for three years at a time: the price of signature holds for the term, then renews at the path."""

import polars as pl

from pipelines.leasing._commitment import committed

NEEDS = ("commitment_3y_price_ratio",)
TERM_MONTHS = 36


def cash(plan: pl.LazyFrame) -> pl.LazyFrame:
    """USD by month, as of every commitment (`_commitment.py`)."""
    return committed(plan, __name__, *NEEDS)
