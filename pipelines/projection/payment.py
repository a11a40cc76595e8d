"""How a commitment is paid: nothing, a part or all of its term at signature, and what that changes in its price.

Belongs here: the forms and the assumptions each of them asks for. Not here: the price of a term (`leasing/`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

import numpy as np

from pipelines.economics.rates import FloatArray

PaymentForm = Literal["no_upfront", "partial_upfront", "all_upfront"]

NO_UPFRONT: Final[PaymentForm] = "no_upfront"
PAYMENT_NEEDS: Final[Mapping[PaymentForm, tuple[str, ...]]] = {
    "no_upfront": (),
    "partial_upfront": ("partial_upfront_frac", "partial_upfront_price_ratio"),
    "all_upfront": ("all_upfront_price_ratio",),
}
PAYMENT_KEYS: Final = tuple(key for keys in PAYMENT_NEEDS.values() for key in keys)


def payment_terms(values: Mapping[str, FloatArray], form: PaymentForm) -> tuple[FloatArray, FloatArray]:
    """Share of a term paid at signature, and its price over that without upfront, each by draw.

    Args:
        values: assumptions by draw.
        form: how it is paid.
    """
    draws = next(iter(values.values())).size
    if form == "partial_upfront":
        return values["partial_upfront_frac"], values["partial_upfront_price_ratio"]
    if form == "all_upfront":
        return np.ones(draws), values["all_upfront_price_ratio"]
    return np.zeros(draws), np.ones(draws)
