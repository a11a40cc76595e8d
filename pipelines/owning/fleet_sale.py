"""What a fleet that stands brings when all of it is sold to go back to leasing."""

import polars as pl

from pipelines.owning import monthly

NEEDS = ("selling_cost_frac",)
TAX = "resale"
SITE = "standing"


def cash(plan: pl.LazyFrame) -> pl.LazyFrame:
    """USD, negative: `Σ price paid · resale share at its age · (1 − selling cost)`, at the start of the month."""
    return monthly(plan, __name__, start=-pl.col("fleet_sale_usd") * (1.0 - pl.col("selling_cost_frac")))
