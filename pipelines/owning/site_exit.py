"""What leaving a colocation site before the end of its contract costs."""

import polars as pl

from pipelines.owning import monthly

NEEDS = ("server_contracted_kw", "colocation_usd_per_kw_month", "colocation_notice_months")
TAX = "expense"
SITE = "standing"


def cash(plan: pl.LazyFrame) -> pl.LazyFrame:
    """USD: `servers · contracted kW · USD/kW-month · months still owed`, in the month in which they leave."""
    owed_usd_per_kw = pl.col("colocation_usd_per_kw_month") * pl.col("colocation_notice_months")
    left_kw = pl.col("left_servers_count") * pl.col("server_contracted_kw")
    return monthly(plan, __name__, start=left_kw * owed_usd_per_kw * pl.col("opex_escalation_ratio"))
