"""How a price is written off over a life: one function a method, all returning a share or an amount by period."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy_financial as npf

from pipelines.economics.rates import FloatArray

# IRS Publication 946, table A-1: 5-year property, half-year convention.
MACRS_5_HALF_YEAR_FRAC: Final = (0.2000, 0.3200, 0.1920, 0.1152, 0.1152, 0.0576)


def straight_line_usd(price_usd: float, salvage_usd: float, periods: int) -> FloatArray:
    """Equal amounts: `(price − salvage) / n` in each of n periods."""
    return np.full(periods, (price_usd - salvage_usd) / periods)


def declining_balance_usd(
    price_usd: float, salvage_usd: float, periods: int, *, factor_ratio: float = 2.0
) -> FloatArray:
    """Declining balance: `book · factor / n` each period, never below salvage.

    Args:
        price_usd: price paid.
        salvage_usd: floor of the book value.
        periods: life n.
        factor_ratio: 2 for double declining balance.
    """
    written = np.empty(periods)
    book = price_usd
    for period in range(periods):
        written[period] = min(book * factor_ratio / periods, max(book - salvage_usd, 0.0))
        book -= written[period]
    return written


def sum_of_years_usd(price_usd: float, salvage_usd: float, periods: int) -> FloatArray:
    """Sum of the years' digits: `(price − salvage) · (n − k) / (n(n + 1)/2)` in period k = 0 … n − 1."""
    digits = np.arange(periods, 0, -1, dtype=np.float64)
    written: FloatArray = (price_usd - salvage_usd) * digits / digits.sum()
    return written


def annuity_usd(price_usd: float, salvage_usd: float, periods: int, rate_frac_per_period: float) -> FloatArray:
    """Annuity: the principal parts of a level payment in arrears; with interest on the book value they are level.

    `(price − salvage) · i · (1 + i)^k / ((1 + i)^n − 1)` in period k = 0 … n − 1; at a rate of 0 a straight line.

    Args:
        price_usd: price paid.
        salvage_usd: book value after the last period.
        periods: life n.
        rate_frac_per_period: cost of capital i of one period.
    """
    if rate_frac_per_period == 0.0:
        return straight_line_usd(price_usd, salvage_usd, periods)
    period = np.arange(1, periods + 1)
    principal: FloatArray = -npf.ppmt(rate_frac_per_period, period, periods, price_usd, -salvage_usd)
    return principal


def macrs_5_usd(price_usd: float) -> FloatArray:
    """US tax depreciation of computers, by tax year 1 … 6: price × IRS Publication 946, table A-1. No salvage."""
    return price_usd * np.asarray(MACRS_5_HALF_YEAR_FRAC)
