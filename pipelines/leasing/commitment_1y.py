"""Capacity held for a year at a time: the price of signature holds for the term, then renews at the path."""

import polars as pl

from pipelines.leasing._commitment import committed

NEEDS = ("commitment_1y_price_ratio",)
TERM_MONTHS = 12


def cash(plan: pl.LazyFrame) -> pl.LazyFrame:
    """USD by month, as of every commitment (`_commitment.py`)."""
    return committed(plan, __name__, *NEEDS)
