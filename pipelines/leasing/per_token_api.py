"""Work bought from an API by the token: what an hour of a GPU's work costs there, at the GPU's throughput."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from pipelines.economics.rates import FloatArray
from pipelines.economics.tokens import TokenBasis, usd_per_1m_counted
from pipelines.owning import monthly
from pipelines.units import TOKENS_PER_1M

NEEDS = (
    "api_input_usd_per_1m_tokens",
    "api_output_usd_per_1m_tokens",
    "output_token_frac",
)
MEASURED = ("tokens_per_gpu_hour",)
TERM_MONTHS = None


def market_price(values: Mapping[str, FloatArray], token_basis: TokenBasis) -> FloatArray:
    """USD by draw for what a GPU does in an hour: `tokens · price of the tokens counted / 1,000,000`.

    Args:
        values: number by assumption and draw.
        token_basis: which tokens the throughput counts.
    """
    price_usd_per_1m_tokens = usd_per_1m_counted(
        values["api_input_usd_per_1m_tokens"],
        values["api_output_usd_per_1m_tokens"],
        values["output_token_frac"],
        token_basis,
    )
    return values["tokens_per_gpu_hour"] * price_usd_per_1m_tokens / TOKENS_PER_1M


def cash(plan: pl.LazyFrame) -> pl.LazyFrame:
    """USD a month: `GPU-hours of work · price of their tokens`, on the price path."""
    return monthly(plan, __name__, during=pl.col("leased_gpu_hours") * pl.col("list_usd_per_gpu_hour"))
