"""Operation bought at one price by the server-hour, instead of or beside the single components."""

import polars as pl

from pipelines.owning import monthly

NEEDS = ("managed_operations_usd_per_hour",)
TAX = "expense"


def cash(plan: pl.LazyFrame) -> pl.LazyFrame:
    """USD a month: `servers · hours · USD/server-hour`, escalated, by the calendar or by use as the scenario says."""
    server_hours = pl.col("owned_servers_count") * pl.col("month_hours") * pl.col("charged_frac")
    price_usd_per_hour = pl.col("managed_operations_usd_per_hour") * pl.col("opex_escalation_ratio")
    return monthly(plan, __name__, during=server_hours * price_usd_per_hour)
