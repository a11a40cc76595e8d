"""A lease in the books: right of use, liability, interest, and the straight-line expense (IFRS 16, ASC 842)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipelines.economics.rates import TIMING_OFFSET_MONTHS, FloatArray, Timing


@dataclass(frozen=True, slots=True)
class LeaseSchedule:
    """One lease over the periods of its term, arrays of shape (periods,), USD nominal.

    Attributes:
        opening: liability before the period's payments; in the first period what is recognised, prepayments left out.
        interest: growth of the liability over the period.
        payment: paid in the period; what is paid at commencement is no part of the liability and not in here.
        closing: liability after it.
        right_of_use_opening: asset before the period's amortisation.
        amortisation: straight line over the term (a finance lease, and every lease under IFRS 16).
        straight_line_expense: single cost of an operating lease under ASC 842.
    """

    opening: FloatArray
    interest: FloatArray
    payment: FloatArray
    closing: FloatArray
    right_of_use_opening: FloatArray
    amortisation: FloatArray
    straight_line_expense: FloatArray

    @property
    def principal(self) -> FloatArray:
        """Part of each payment that reduces the liability."""
        reduced: FloatArray = self.payment - self.interest
        return reduced

    @property
    def right_of_use_closing(self) -> FloatArray:
        """Asset after the period's amortisation."""
        left: FloatArray = self.right_of_use_opening - self.amortisation
        return left


def lease_schedule(
    start_usd: FloatArray,
    during_usd: FloatArray,
    end_usd: FloatArray,
    rate_frac: float,
    timing: Timing = "arrears",
    direct_cost_usd: float = 0.0,
) -> LeaseSchedule:
    """The liability is the present value of what is still to be paid; the asset adds what was paid at commencement.

    `liability₀ = Σ payment_k · (1 + i)^−(time of payment k)`; each period `closing = opening · (1 + i) − payments
    grown to the period's end`. Source: IFRS 16.26–36, ASC 842-20-30 and -35.

    Args:
        start_usd: paid at the start of each period, shape (periods,).
        during_usd: paid over it.
        end_usd: paid at its end.
        rate_frac: rate per period i, implicit in the lease or of the lessee's borrowing.
        timing: where in its period what is paid over it falls.
        direct_cost_usd: initial direct costs, paid at commencement.
    """
    periods = during_usd.size
    offset = TIMING_OFFSET_MONTHS[timing]
    prepaid = float(start_usd[0]) + direct_cost_usd
    later = start_usd.copy()
    later[0] = 0.0
    during = during_usd.copy()
    if offset == 0.0:
        prepaid += float(during[0])
        during[0] = 0.0
    growth = 1.0 + rate_frac
    at_end = later * growth + during * growth ** (1.0 - offset) + end_usd
    payment = later + during + end_usd
    ends = np.arange(1, periods + 1)
    # Backwards, so that the last closing is exactly nothing: what is owed is what is still to be paid.
    discounted = at_end * growth**-ends
    owed = np.concatenate([np.cumsum(discounted[::-1])[::-1], [0.0]]) * growth ** np.arange(periods + 1)
    opening, closing = owed[:-1], owed[1:]
    asset = opening[0] + prepaid
    amortisation = np.full(periods, asset / periods)
    whole = payment.sum() + prepaid
    return LeaseSchedule(
        opening=opening,
        interest=closing - opening + payment,
        payment=payment,
        closing=closing,
        right_of_use_opening=asset - amortisation * np.arange(periods),
        amortisation=amortisation,
        straight_line_expense=np.full(periods, whole / periods),
    )
