"""A building of one's own with its land, power and cooling, by the kW of critical load."""

import polars as pl

from pipelines.owning import monthly
from pipelines.owning._facility import SIZE_NEEDS, built_kw

NEEDS = (*SIZE_NEEDS, "facility_usd_per_kw", "facility_life_months")
TAX = "capital"
LIFE = "facility_life_months"
SITE = "data_center"
SCOPE = "site"


def cash(plan: pl.LazyFrame) -> pl.LazyFrame:
    """USD: `kW built · USD/kW`, in equal parts over the months of building; it is built once."""
    return monthly(plan, __name__, start=built_kw() * pl.col("facility_usd_per_kw") * pl.col("facility_due_frac"))
