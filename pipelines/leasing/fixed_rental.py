"""A cluster rented for a fixed term at a fixed rent by the period, operated by its owner, paid whether used or not.

The term is a number too (`rental_term_months`), read when it is sized.
"""

import polars as pl

from pipelines.owning import monthly
from pipelines.units import MONTHS_PER_YEAR

NEEDS = (
    "rental_payment_usd",
    "rental_period_months",
    "rental_term_months",
    "rental_escalation_frac_per_year",
    "rental_direct_cost_usd",
)
TERM_MONTHS = None


def cash(plan: pl.LazyFrame) -> pl.LazyFrame:
    """USD: `GPUs · rent · (1 + escalation)^year` at the end of each period; what signing costs at its start.

    Periods and years count from the signature of each term.
    """
    held = (pl.col("leased_gpus") > 0.0).cast(pl.Int64)
    months_held = held.cum_sum().over("draw_index", order_by="month_index") - 1
    term, period = (pl.col(f"rental_{name}_months").cast(pl.Int64).clip(1) for name in ("term", "period"))
    month = months_held % term
    due = ((month + 1) % period == 0).cast(pl.Float64)
    grown = (1.0 + pl.col("rental_escalation_frac_per_year")) ** (month // MONTHS_PER_YEAR)
    signed = ((month == 0) & (held == 1)).cast(pl.Float64)
    return monthly(
        plan,
        __name__,
        start=signed * pl.col("rental_direct_cost_usd"),
        end=pl.col("leased_gpus") * due * grown * pl.col("rental_payment_usd"),
    )
