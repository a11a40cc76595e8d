"""A contract of one's own with a lessor: take-or-pay share, ramp, prepayment, fee for leaving before its end.

The term and the ramp are numbers too (`negotiated_term_months`, `negotiated_ramp_months`), read when it is sized.
"""

import polars as pl

from pipelines.owning import monthly

NEEDS = (
    "negotiated_price_ratio",
    "negotiated_term_months",
    "negotiated_ramp_months",
    "negotiated_take_or_pay_frac",
    "negotiated_prepaid_frac",
    "negotiated_termination_fee_frac",
)
TERM_MONTHS = None


def cash(plan: pl.LazyFrame) -> pl.LazyFrame:
    """USD: `max(hours used, take-or-pay share · hours held) · price`, less what was prepaid for those hours.

    The prepaid share of all hours owed over the term falls on its signature. Of what is owed beyond the horizon and not
    yet paid, leaving costs the termination fee's share, at the end of the horizon.
    """
    price_usd_per_gpu_hour = pl.col("signed_usd_per_gpu_hour") * pl.col("negotiated_price_ratio")
    owed_usd_per_gpu_hour = price_usd_per_gpu_hour * pl.col("negotiated_take_or_pay_frac")
    prepaid = pl.col("negotiated_prepaid_frac")
    held_gpu_hours = pl.col("leased_gpus") * pl.col("month_hours")
    bill = pl.max_horizontal(
        pl.col("leased_gpu_hours") * price_usd_per_gpu_hour, held_gpu_hours * owed_usd_per_gpu_hour
    )
    left = pl.col("leased_gpus") * pl.col("stub_hours") * owed_usd_per_gpu_hour * (1.0 - prepaid)
    return monthly(
        plan,
        __name__,
        start=pl.col("term_gpu_hours") * owed_usd_per_gpu_hour * prepaid,
        during=bill - held_gpu_hours * owed_usd_per_gpu_hour * prepaid,
        end=left * pl.col("negotiated_termination_fee_frac"),
    )
