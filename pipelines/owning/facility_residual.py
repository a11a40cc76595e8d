"""What a building of one's own is still worth at the horizon."""

import polars as pl

from pipelines.owning import monthly
from pipelines.owning._facility import SIZE_NEEDS, built_kw

NEEDS = (*SIZE_NEEDS, "facility_usd_per_kw", "facility_life_months", "facility_residual_frac")
TAX = "resale"
SITE = "data_center"
SCOPE = "site"


def cash(plan: pl.LazyFrame) -> pl.LazyFrame:
    """USD, negative: `price · (1 − age / life) · share that a sale brings`, at the end of the horizon."""
    left_frac = (1.0 - pl.col("facility_age_months") / pl.col("facility_life_months")).clip(lower_bound=0.0)
    value = built_kw() * pl.col("facility_usd_per_kw") * left_frac * pl.col("facility_residual_frac")
    return monthly(plan, __name__, end=-value * pl.col("facility_sale_due_count"))
