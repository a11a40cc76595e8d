"""Hardware bought on credit: a loan for each component that is bought, and its cash."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pipelines.economics.lending import Loan, instalment_loan
from pipelines.economics.rates import FloatArray
from pipelines.projection.taxes import Line
from pipelines.projection.world import World


def loan_lines(lines: Sequence[Line], world: World) -> list[Line]:
    """Principal and interest of a loan for each capital line; none where all is paid in cash.

    Each outlay is borrowed for, at the scenario's share, when it is paid. Principal comes in at the start of a month;
    principal and interest are paid at the ends.

    Args:
        lines: cash before loans and tax.
        world: draws and months, with the terms of the loan.
    """
    financing = world.financing
    if financing is None or financing.financed_frac == 0.0:
        return []
    found = []
    for line in lines:
        if line.tax != "capital":
            continue
        terms = np.full(world.draws, 0.0)
        terms = terms + (world.values[line.life] if financing.term_months == "life" else float(financing.term_months))
        settled = financing.at_horizon == "settled"
        loan = _by_term(line.total * financing.financed_frac, terms, financing.rate_frac_per_year, settled=settled)
        zero = np.zeros_like(loan.drawn)
        found.append(Line(f"{line.name}_loan", line.sourcing, "loan", -loan.drawn, zero, loan.repaid))
        found.append(Line(f"{line.name}_loan_interest", line.sourcing, "interest", zero, zero, loan.interest))
    return found


def _by_term(drawn_usd: FloatArray, terms: FloatArray, rate_frac_per_year: float, *, settled: bool) -> Loan:
    """Loans whose term differs between draws; draws of one term are computed together."""
    parts = np.zeros((4, *drawn_usd.shape))
    for term in np.unique(terms):
        of_term = terms == term
        loan = instalment_loan(drawn_usd[of_term], rate_frac_per_year, max(int(term), 1), settled=settled)
        parts[:, of_term] = loan.drawn, loan.interest, loan.repaid, loan.closing
    return Loan(*parts)
