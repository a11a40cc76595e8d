"""Running a building of one's own: upkeep of power and cooling, property tax, insurance; people apart."""

import polars as pl

from pipelines.owning import monthly, per_month
from pipelines.owning._facility import SIZE_NEEDS, built_kw
from pipelines.units import MONTHS_PER_YEAR

NEEDS = (*SIZE_NEEDS, "facility_operations_usd_per_kw_month")
TAX = "expense"
SITE = "data_center"
SCOPE = "site"


def cash(plan: pl.LazyFrame) -> pl.LazyFrame:
    """USD a month: `kW built · USD/kW-month`, once it is in service."""
    usd_per_month = built_kw() * pl.col("facility_operations_usd_per_kw_month") * pl.col("facility_live_count")
    return monthly(plan, __name__, during=per_month(usd_per_month * MONTHS_PER_YEAR))
