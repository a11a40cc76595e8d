"""What the grid charges for the highest draw, apart from energy."""

import polars as pl

from pipelines.owning import monthly, per_month
from pipelines.units import MONTHS_PER_YEAR

NEEDS = ("server_contracted_kw", "pue_ratio", "demand_charge_usd_per_kw_month")
TAX = "expense"


def cash(plan: pl.LazyFrame) -> pl.LazyFrame:
    """USD a month: `servers · contracted kW · PUE · USD/kW-month`."""
    facility_kw = pl.col("owned_servers_count") * pl.col("server_contracted_kw") * pl.col("pue_ratio")
    return monthly(
        plan, __name__, during=per_month(facility_kw * pl.col("demand_charge_usd_per_kw_month") * MONTHS_PER_YEAR)
    )
