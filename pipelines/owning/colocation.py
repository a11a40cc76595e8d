"""Space and power capacity at a colocation site, by the kW contracted."""

import polars as pl

from pipelines.owning import monthly, per_month
from pipelines.units import MONTHS_PER_YEAR

NEEDS = ("server_contracted_kw", "colocation_usd_per_kw_month")
TAX = "expense"
SITE = "colocation"


def cash(plan: pl.LazyFrame) -> pl.LazyFrame:
    """USD a month: `servers · contracted kW · USD/kW-month`."""
    contracted_kw = pl.col("owned_servers_count") * pl.col("server_contracted_kw")
    return monthly(
        plan, __name__, during=per_month(contracted_kw * pl.col("colocation_usd_per_kw_month") * MONTHS_PER_YEAR)
    )
