"""Insurance of the hardware, on what it is still worth in the books."""

import polars as pl

from pipelines.owning import monthly, per_month

NEEDS = ("insurance_frac_per_year",)
TAX = "expense"


def cash(plan: pl.LazyFrame) -> pl.LazyFrame:
    """USD a month: `price · (1 − age / life) · share per year / 12`, straight line over the life."""
    book_frac = 1.0 - pl.col("age_months") / pl.col("hardware_life_months")
    book_usd = pl.col("in_service_count") * pl.col("service_price_usd") * book_frac
    return monthly(plan, __name__, during=per_month(book_usd * pl.col("insurance_frac_per_year")))
