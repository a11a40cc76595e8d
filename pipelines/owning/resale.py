"""What the hardware brings when it leaves service, at the end of its life or of the horizon."""

import polars as pl

from pipelines.owning import monthly

NEEDS = ("selling_cost_frac",)
TAX = "resale"


def cash(plan: pl.LazyFrame) -> pl.LazyFrame:
    """USD, negative: `price · resale share at that age · (1 − selling cost)`, at the end of the last month."""
    proceeds = pl.col("retire_due_count") * pl.col("service_price_usd") * pl.col("resale_frac")
    return monthly(plan, __name__, end=-proceeds * (1.0 - pl.col("selling_cost_frac")))
