"""Hardware maintenance and support, once the warranty is over."""

import polars as pl

from pipelines.owning import monthly, per_month

NEEDS = ("maintenance_frac_per_year", "warranty_months")
TAX = "expense"


def cash(plan: pl.LazyFrame) -> pl.LazyFrame:
    """USD a month: `hardware price · share per year / 12` from the end of the warranty."""
    due = (pl.col("age_months") >= pl.col("warranty_months")).cast(pl.Float64) * pl.col("in_service_count")
    return monthly(
        plan, __name__, during=per_month(due * pl.col("service_price_usd") * pl.col("maintenance_frac_per_year"))
    )
