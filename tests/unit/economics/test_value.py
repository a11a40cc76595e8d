import numpy as np
import pytest

from pipelines.economics.value import Irr, annuity_payment, annuity_present_value, irr, npv


def test_first_flow_is_today():
    # -100 + 60/1.1 + 60/1.21 = 4.132231
    assert npv([-100.0, 60.0, 60.0], 0.10) == pytest.approx(4.132231, abs=1e-6)


def test_irr_makes_the_present_value_zero():
    # -100 + 110/(1+i) = 0 at i = 0.10
    found = irr([-100.0, 110.0])
    assert (found.status, found.rate_frac) == ("one", pytest.approx(0.10))


def test_flows_of_one_sign_have_no_irr():
    for flows in ([10.0, 20.0, 0.0], [-1.0, -2.0], [0.0, 0.0]):
        assert irr(flows) == Irr(None, "none")


def test_two_rates_of_return_are_reported_as_several_and_neither_is_picked():
    # -1000 + 2300x - 1320x² with x = 1/(1+i) has roots i = 10 % and i = 20 %
    found = irr([-1000.0, 2300.0, -1320.0])
    assert (found.status, found.rate_frac) == ("several", None)


def test_flows_that_turn_twice_without_a_root_have_no_irr():
    # -100 + 100x - 100x² is negative for every x
    assert irr([-100.0, 100.0, -100.0]).status == "none"


def test_flows_that_turn_twice_but_have_one_root_keep_it():
    # the last outlay is small: 10 % still solves -100 + 110.5x - 0.55x² (−100 + 100.4545 − 0.4545 = 0)
    found = irr([-100.0, 110.5, -0.55])
    assert (found.status, found.rate_frac) == ("one", pytest.approx(0.10))


def test_annuity_payment_repays_the_principal():
    payment = annuity_payment(1_000.0, 0.01, 12)
    assert npv([-1_000.0, *[payment] * 12], 0.01) == pytest.approx(0.0, abs=1e-9)


def test_annuity_in_advance_is_worth_one_period_more():
    arrears = annuity_present_value(100.0, 0.05, 3)
    # 100/1.05 + 100/1.1025 + 100/1.157625
    assert arrears == pytest.approx(272.324803, abs=1e-6)
    assert annuity_present_value(100.0, 0.05, 3, advance=True) == pytest.approx(arrears * 1.05)


def test_annuity_without_a_rate_is_the_sum():
    assert annuity_present_value(100.0, 0.0, 7) == pytest.approx(700.0)
    assert annuity_payment(np.float64(700.0), 0.0, 7) == pytest.approx(100.0)
