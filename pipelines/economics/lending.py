"""Loans repaid in equal instalments, and what is still owed on them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipelines.economics.rates import FloatArray, monthly_rate


@dataclass(frozen=True, slots=True)
class Loan:
    """Loans by draw and month, all arrays of shape (draws, months), USD nominal.

    Attributes:
        drawn: received at the start of the month.
        interest: for the month.
        repaid: principal paid back at its end.
        closing: owed after that.
    """

    drawn: FloatArray
    interest: FloatArray
    repaid: FloatArray
    closing: FloatArray


def balance_frac(rate_frac: float, periods: int) -> FloatArray:
    """Share of a principal still owed after each of 0 … n equal instalments in arrears.

    `((1 + i)^n − (1 + i)^k) / ((1 + i)^n − 1)`, and `1 − k/n` without interest.

    Args:
        rate_frac: rate per period i.
        periods: n.
    """
    paid = np.arange(periods + 1, dtype=np.float64)
    if rate_frac == 0.0:
        return 1.0 - paid / periods
    grown = (1.0 + rate_frac) ** paid
    left: FloatArray = (grown[-1] - grown) / (grown[-1] - 1.0)
    return left


def instalment_loan(drawn_usd: FloatArray, rate_frac_per_year: float, term_months: int, *, settled: bool) -> Loan:
    """Loans taken at the start of months and repaid in equal monthly instalments in arrears.

    Args:
        drawn_usd: principal taken in each month, shape (draws, months).
        rate_frac_per_year: effective annual rate.
        term_months: instalments of each loan.
        settled: whether what is owed at the end of the last month is repaid then.
    """
    months = drawn_usd.shape[1]
    rate = monthly_rate(rate_frac_per_year)
    left = balance_frac(rate, term_months)
    since = np.arange(months)[None, :] - np.arange(months)[:, None] + 1
    owed = np.where((since >= 1) & (since <= term_months), left[np.clip(since, 0, term_months)], 0.0)
    closing = drawn_usd @ owed
    if settled:
        closing[:, -1] = 0.0
    opening = np.concatenate([np.zeros_like(closing[:, :1]), closing[:, :-1]], axis=1) + drawn_usd
    return Loan(drawn_usd, opening * rate, opening - closing, closing)
