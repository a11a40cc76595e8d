"""Loans in equal instalments, against numpy-financial and by hand."""

import numpy as np
import numpy_financial as npf
import pytest

from pipelines.economics.lending import balance_frac, instalment_loan


def test_a_loan_of_two_instalments_by_hand():
    # 100 at 10 % a period in two payments of 100 · 0.1 / (1 − 1.1^−2) = 57.619; after the first 110 − 57.619 is owed
    assert balance_frac(0.10, 2) == pytest.approx([1.0, 0.52381, 0.0], abs=5e-6)


def test_without_interest_the_same_share_is_repaid_each_time():
    assert balance_frac(0.0, 4).tolist() == [1.0, 0.75, 0.5, 0.25, 0.0]


def test_every_payment_is_that_of_numpy_financial():
    drawn = np.zeros((1, 40))
    drawn[0, 2] = 250_000.0
    loan = instalment_loan(drawn, 1.01**12 - 1, 36, settled=True)
    paid = (loan.interest + loan.repaid)[0]
    assert paid[2:38] == pytest.approx(np.full(36, -npf.pmt(0.01, 36, 250_000.0)))
    assert loan.interest[0, 2:38] == pytest.approx(-npf.ipmt(0.01, np.arange(1, 37), 36, 250_000.0))
    assert (paid[:2].tolist(), paid[38:].tolist()) == ([0.0, 0.0], [0.0, 0.0])


def test_what_is_owed_at_the_horizon_is_settled_then_or_left():
    drawn = np.array([[1_200.0, 0.0, 0.0]])
    settled, left = (instalment_loan(drawn, 0.0, 12, settled=choice) for choice in (True, False))
    assert settled.repaid.tolist() == [[100.0, 100.0, 1_000.0]]
    assert left.repaid.tolist() == [[100.0, 100.0, 100.0]]
    assert left.closing[0, -1] == 900.0
