import numpy as np
import pytest

from pipelines.economics.rates import discount_factors, monthly_rate


def test_twelve_months_of_the_monthly_rate_compound_to_the_annual_rate():
    assert (1 + monthly_rate(0.10)) ** 12 == pytest.approx(1.10)


def test_monthly_rate_of_ten_percent_is_below_a_twelfth_of_it():
    # 1.1^(1/12) - 1 = 0.797414 %, not 0.8333 %
    assert monthly_rate(0.10) == pytest.approx(0.00797414, abs=1e-8)


@pytest.mark.parametrize(("timing", "years"), [("advance", 1.0), ("mid", 12.5 / 12), ("arrears", 13 / 12)])
def test_payment_in_month_twelve_is_discounted_by_when_in_the_month_it_falls(timing, years):
    factors = discount_factors(np.array([0.21]), 13, timing)
    assert factors[0, 12] == pytest.approx(1.21**-years)


def test_each_draw_is_discounted_at_its_own_rate():
    factors = discount_factors(np.array([0.0, 1.0]), 2, "arrears")
    assert factors == pytest.approx(np.array([[1.0, 1.0], [2 ** (-1 / 12), 2 ** (-2 / 12)]]))


def test_no_rate_discounts_nothing():
    assert (discount_factors(np.zeros(3), 4, "mid") == 1.0).all()
