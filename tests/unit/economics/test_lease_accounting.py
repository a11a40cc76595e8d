"""A lease in the books, by hand on two periods."""

import numpy as np
import pytest

from pipelines.economics.lease_accounting import lease_schedule

NOTHING = np.zeros(2)


def test_two_payments_in_arrears_by_hand():
    # 110 / 1.1 + 121 / 1.1² = 200; 20 of interest, 110 paid, 110 left; 11 of interest, 121 paid
    lease = lease_schedule(NOTHING, NOTHING, np.array([110.0, 121.0]), 0.10)
    assert lease.opening == pytest.approx([200.0, 110.0])
    assert lease.interest == pytest.approx([20.0, 11.0])
    assert lease.principal == pytest.approx([90.0, 110.0])
    assert lease.closing.tolist() == pytest.approx([110.0, 0.0])
    assert lease.amortisation == pytest.approx([100.0, 100.0])
    assert lease.straight_line_expense == pytest.approx([115.5, 115.5])


def test_what_is_paid_at_commencement_is_in_the_asset_and_not_in_the_liability():
    # 50 today and 110 in a period: 100 owed, 150 plus 5 of direct cost in the asset
    lease = lease_schedule(np.array([50.0, 0.0]), NOTHING, np.array([110.0, 0.0]), 0.10, direct_cost_usd=5.0)
    assert lease.opening[0] == pytest.approx(100.0)
    assert lease.right_of_use_opening[0] == pytest.approx(155.0)
    assert lease.payment.tolist() == [110.0, 0.0]


@pytest.mark.parametrize(("timing", "owed"), [("advance", 110.0), ("mid", 110.0 / 1.21**0.5 + 110 / 1.21**1.5)])
def test_running_payments_count_when_they_fall(timing, owed):
    # in advance the first is paid at commencement and the second a whole period later: 133.1 / 1.21 = 110
    rent = np.array([133.1, 133.1]) if timing == "advance" else np.array([110.0, 110.0])
    lease = lease_schedule(NOTHING, rent, NOTHING, 0.21, timing)
    assert lease.opening[0] == pytest.approx(owed)


def test_payments_that_are_not_alike_are_each_discounted_from_their_own_day():
    # at the starts 10, 11, 12.1 and as much ten times in advance: 110 at commencement, 121 / 1.1 + 133.1 / 1.21 owed
    start = np.array([10.0, 11.0, 12.1])
    lease = lease_schedule(start, 10.0 * start, np.zeros(3), 0.10, "advance")
    assert lease.opening == pytest.approx([220.0, 242.0, 133.1])
    assert lease.right_of_use_opening[0] == pytest.approx(330.0)
    assert lease.amortisation == pytest.approx([110.0] * 3)


def test_over_the_term_both_views_expense_what_is_paid():
    start, during = np.array([30.0, 0.0, 0.0]), np.array([5.0, 6.0, 7.0])
    lease = lease_schedule(start, during, np.zeros(3), 0.02, direct_cost_usd=2.0)
    assert lease.straight_line_expense.sum() == pytest.approx(50.0)
    assert (lease.amortisation + lease.interest).sum() == pytest.approx(50.0)
    assert (lease.right_of_use_closing[-1], lease.closing[-1]) == pytest.approx((0.0, 0.0))
