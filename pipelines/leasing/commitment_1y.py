"""Capacity held for a year at a time: the price of signature holds to the end of the term, then renews at the path.

No, partial or all upfront is the parameter `commitment_1y_upfront_frac`: 0, a share, or 1.
"""

import polars as pl

from pipelines.owning import monthly

NEEDS = ("commitment_1y_price_ratio", "commitment_1y_upfront_frac")
TERM_MONTHS = 12


def cash(plan: pl.LazyFrame) -> pl.LazyFrame:
    """USD: `capacity · hours · signed price · ratio`, used or not; the upfront share of the term at its signature.

    A term that the horizon cuts counts with its months inside the horizon.
    """
    price_usd_per_gpu_hour = pl.col("signed_usd_per_gpu_hour") * pl.col("commitment_1y_price_ratio")
    upfront = pl.col("commitment_1y_upfront_frac")
    return monthly(
        plan,
        __name__,
        start=pl.col("leased_gpus") * pl.col("term_hours") * price_usd_per_gpu_hour * upfront,
        during=pl.col("leased_gpus") * pl.col("month_hours") * price_usd_per_gpu_hour * (1.0 - upfront),
    )
