"""Spare parts kept at the site: a share of the hardware price, bought with the fleet."""

import polars as pl

from pipelines.owning import monthly

NEEDS = ("spares_frac",)
TAX = "capital"


def cash(plan: pl.LazyFrame) -> pl.LazyFrame:
    """USD: `hardware price · share` in the month of delivery."""
    return monthly(
        plan, __name__, start=pl.col("delivery_due_count") * pl.col("service_price_usd") * pl.col("spares_frac")
    )
