"""Racks, network fabric, cabling, freight and commissioning: a share of the hardware price, paid at delivery."""

import polars as pl

from pipelines.owning import monthly

NEEDS = ("installation_frac",)
TAX = "capital"


def cash(plan: pl.LazyFrame) -> pl.LazyFrame:
    """USD: `hardware price · share` in the month of delivery."""
    return monthly(
        plan,
        __name__,
        start=pl.col("delivery_due_count") * pl.col("service_price_usd") * pl.col("installation_frac"),
    )
