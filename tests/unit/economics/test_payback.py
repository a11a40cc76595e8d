import numpy as np
import pytest

from pipelines.economics.payback import payback_months


def pays_back(start, during, end=None):
    zeros = np.zeros(len(during))
    rows = [np.asarray(x, dtype=float)[None, :] for x in (start, during, zeros if end is None else end)]
    return payback_months(*rows)[0]


def test_payback_lies_within_the_month_in_which_the_outlay_comes_back():
    # 100 out, 40 a month: 2.5 months
    assert pays_back([-100, 0, 0, 0], [40, 40, 40, 40]) == pytest.approx(2.5)


def test_payback_on_the_last_day_of_a_month_is_that_month():
    assert pays_back([-80, 0, 0], [40, 40, 40]) == 2.0


def test_outlay_of_cents_pays_back_like_one_of_millions():
    # 0.25 out, 0.5 over the month: half of it
    assert pays_back([-0.25, 0], [0.5, 0.5]) == pytest.approx(0.5)


def test_outlay_at_the_very_end_is_never_paid_back():
    assert np.isnan(pays_back([0, 0], [5, 5], [0, -20]))


def test_grant_that_comes_at_once_pays_back_at_once():
    # the month's own cost sinks it, the grant at its end does not lift it, that of the next day does
    assert pays_back([0, 30, 0], [-20, -5, 0], [-5, 0, 0]) == 1.0


def test_outlay_that_does_not_come_back_is_never():
    assert np.isnan(pays_back([-100, 0], [40, 40]))


def test_sale_at_the_end_pays_back_at_the_end():
    assert pays_back([-100, 0], [40, 40], [0, 30]) == 2.0


def test_grant_at_the_start_of_a_month_pays_back_on_that_day():
    assert pays_back([-100, 0, 150], [10, 10, 10]) == 2.0


def test_saving_without_an_outlay_has_nothing_to_pay_back():
    assert pays_back([0, 0], [5, 5]) == 0.0


def test_no_difference_at_all_has_nothing_to_pay_back():
    assert pays_back([0, 0], [0, 0]) == 0.0


def test_months_without_saving_before_go_live_delay_the_payback():
    # 100 out, two months of double cost of 10, then 60 a month: -120, -60, 0
    assert pays_back([-100, 0, 0, 0, 0], [-10, -10, 60, 60, 60]) == pytest.approx(4.0)


def test_first_payback_counts_even_when_hardware_is_bought_again():
    assert pays_back([-50, 0, -500], [60, 60, 60]) == pytest.approx(50 / 60)


def test_outlay_in_a_later_month_counts_from_today():
    # nothing in month 0, 30 out at the start of month 1, 20 a month: 1 + 1.5
    assert pays_back([0, -30, 0], [0, 20, 20]) == pytest.approx(2.5)


def test_draws_are_independent():
    start = np.array([[-10.0, 0.0], [-30.0, 0.0]])
    found = payback_months(start, np.full((2, 2), 10.0), np.zeros((2, 2)))
    assert found[0] == pytest.approx(1.0)
    assert np.isnan(found[1])
