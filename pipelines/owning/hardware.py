"""Servers and their GPUs: part of the price at order, the rest when they go live a lead time later."""

import polars as pl

from pipelines.owning import monthly

NEEDS = ("paid_at_order_frac",)
TAX = "capital"


def cash(plan: pl.LazyFrame) -> pl.LazyFrame:
    """Price of a fleet, USD: `price · share` in the month of order, `price · (1 − share)` in the month of delivery.

    A fleet that reaches the end of its life within the horizon is bought again at the price of that day.
    """
    share = pl.col("paid_at_order_frac")
    order = pl.col("order_due_count") * pl.col("order_price_usd") * share
    delivery = pl.col("delivery_due_count") * pl.col("service_price_usd") * (1.0 - share)
    return monthly(plan, __name__, start=order + delivery)
