"""What a site costs whatever the fleet: carriers, guards, audits, running cost of the building."""

import polars as pl

from pipelines.owning import monthly, per_month
from pipelines.units import MONTHS_PER_YEAR

NEEDS = (
    "network_usd_per_month",
    "physical_security_usd_per_month",
    "facility_opex_usd_per_month",
    "compliance_usd_per_year",
)
TAX = "expense"
SCOPE = "site"


def cash(plan: pl.LazyFrame) -> pl.LazyFrame:
    """USD a month: the sum, by the workload's share of the site, while the fleet is in service."""
    monthly_usd = (
        pl.col("network_usd_per_month")
        + pl.col("physical_security_usd_per_month")
        + pl.col("facility_opex_usd_per_month")
    )
    usd_per_year = monthly_usd * MONTHS_PER_YEAR + pl.col("compliance_usd_per_year")
    return monthly(
        plan,
        __name__,
        during=per_month(usd_per_year * pl.col("site_share_frac") * pl.col("in_service_count")),
    )
