"""Rates and discounting: annual to monthly, and what a payment is worth by when in its month it falls."""

from __future__ import annotations

from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from pipelines.units import MONTHS_PER_YEAR

FloatArray = NDArray[np.float64]
Timing = Literal["advance", "mid", "arrears", "year_end"]

# Months after the start of its month at which a payment counts; at a year's end, once a year has passed.
TIMING_OFFSET_MONTHS: Final[dict[Timing, float]] = {"advance": 0.0, "mid": 0.5, "arrears": 1.0, "year_end": 1.0}


def monthly_rate(rate_frac_per_year: float) -> float:
    """The monthly rate that compounds to an annual one: `(1 + r)^(1/12) − 1`.

    Args:
        rate_frac_per_year: effective annual rate r, as 0.10.

    Returns:
        Effective rate per month.
    """
    return float((1.0 + rate_frac_per_year) ** (1.0 / MONTHS_PER_YEAR) - 1.0)


def payment_months(months: int, timing: Timing) -> FloatArray:
    """When what is paid over each month counts, in months from today, shape (months,).

    `t + offset`; at the year's end the end of every twelfth month, or the last one where that is earlier.

    Args:
        months: how many months, t = 0 … months − 1.
        timing: where in its month, or that it falls at the end of its year.
    """
    month = np.arange(months, dtype=np.float64)
    if timing == "year_end":
        ends: FloatArray = np.minimum(np.ceil((month + 1.0) / MONTHS_PER_YEAR) * MONTHS_PER_YEAR, float(months))
        return ends
    return month + TIMING_OFFSET_MONTHS[timing]


def discount_factors(rate_frac_per_year: FloatArray, months: int, timing: Timing) -> FloatArray:
    """Present value of one dollar paid in each month: `(1 + r)^(−(t + offset)/12)` (`payment_months`).

    Args:
        rate_frac_per_year: effective annual rate of each draw, shape (draws,).
        months: how many months, t = 0 … months − 1.
        timing: where in its month the payment falls: its start, its middle or its end; or the end of its year.

    Returns:
        Factors, shape (draws, months).
    """
    years = payment_months(months, timing) / MONTHS_PER_YEAR
    factors: FloatArray = (1.0 + rate_frac_per_year[:, None]) ** -years[None, :]
    return factors
