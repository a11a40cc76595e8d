"""Tokens: which of them are counted, and what a million of those costs."""

from __future__ import annotations

from typing import Final, Literal

from pipelines.economics.rates import FloatArray

TokenBasis = Literal["output", "input", "blended"]
TOKEN_BASES: Final = ("output", "input", "blended")


def usd_per_1m_counted(
    input_usd_per_1m_tokens: FloatArray,
    output_usd_per_1m_tokens: FloatArray,
    output_frac: FloatArray,
    basis: TokenBasis,
) -> FloatArray:
    """Price of a million tokens of the basis with the others that go with them.

    `blended = f · out + (1 − f) · in`; by output `out + in · (1 − f)/f`; by input `in + out · f/(1 − f)`.

    Args:
        input_usd_per_1m_tokens: price of tokens read.
        output_usd_per_1m_tokens: price of tokens generated.
        output_frac: share f of all tokens that are generated.
        basis: which are counted.
    """
    blended = output_frac * output_usd_per_1m_tokens + (1.0 - output_frac) * input_usd_per_1m_tokens
    if basis == "output":
        return blended / output_frac
    if basis == "input":
        return blended / (1.0 - output_frac)
    return blended
