"""People who run the fleet: a step function of its GPUs with a minimum for round-the-clock cover."""

import polars as pl

from pipelines.owning import monthly, per_month

NEEDS = ("staff_usd_per_fte_year", "staff_minimum_fte", "staff_gpus_per_fte")
TAX = "expense"
SCOPE = "site"


def cash(plan: pl.LazyFrame) -> pl.LazyFrame:
    """USD a month: `max(minimum, ⌈GPUs / GPUs per post⌉) · USD/post-year / 12`.

    A workload that is one of several at a site bears its share of a team sized for the whole site: the fleet is scaled
    up by `site_share_frac`, the posts back down by it.
    """
    share = pl.col("site_share_frac")
    # 168 GPUs at 11.2 a post are fifteen posts, and a little more in binary.
    posts = (pl.col("owned_gpus") / share / pl.col("staff_gpus_per_fte") - 1e-9).ceil()
    fte = pl.max_horizontal(posts, pl.col("staff_minimum_fte")) * share * pl.col("in_service_count")
    return monthly(plan, __name__, during=per_month(fte * pl.col("staff_usd_per_fte_year")))
