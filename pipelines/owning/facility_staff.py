"""Guards and engineers that a building of one's own needs around the clock, beside those who run the fleet."""

import polars as pl

from pipelines.owning import monthly, per_month

NEEDS = ("facility_minimum_fte", "staff_usd_per_fte_year")
TAX = "expense"
SITE = "data_center"
SCOPE = "site"


def cash(plan: pl.LazyFrame) -> pl.LazyFrame:
    """USD a month: `posts · USD/post-year / 12`, by the workload's share of the site."""
    posts = pl.col("facility_minimum_fte") * pl.col("site_share_frac") * pl.col("facility_live_count")
    return monthly(plan, __name__, during=per_month(posts * pl.col("staff_usd_per_fte_year")))
