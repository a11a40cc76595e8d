"""What every commitment charges: capacity held for a term, paid used or not, part of it at signature.

Belongs here: the arithmetic that commitments of all terms share. Not here: a term or a price; each kind has its file.
"""

import polars as pl

from pipelines.owning import monthly


def committed(plan: pl.LazyFrame, component: str, price_ratio: str) -> pl.LazyFrame:
    """USD: `capacity · hours · signed price · ratio`, used or not.

    The upfront share of the whole term falls on its signature, the rest on its months. What the horizon cuts off is
    owed as one sum at its end (`stub_hours`; 0 where the scenario counts the months inside the horizon only).

    Args:
        plan: draw × month, with `upfront_frac` and `upfront_price_ratio` of the payment form.
        component: name of the kind of lease.
        price_ratio: key of its price without upfront over the on-demand price at signature.
    """
    price_usd_per_gpu_hour = pl.col("signed_usd_per_gpu_hour") * pl.col(price_ratio) * pl.col("upfront_price_ratio")
    upfront = pl.col("upfront_frac")
    later = pl.col("leased_gpus") * price_usd_per_gpu_hour * (1.0 - upfront)
    return monthly(
        plan,
        component,
        start=pl.col("leased_gpus") * pl.col("term_hours") * price_usd_per_gpu_hour * upfront,
        during=later * pl.col("month_hours"),
        end=later * pl.col("stub_hours"),
    )
