import numpy as np
import pytest

from pipelines.economics.break_even import (
    break_even_hours,
    break_even_utilisation_frac,
    nearest_crossing,
    zero_between,
)


def test_outlay_is_repaid_by_the_saving_of_each_hour():
    assert break_even_hours(1_000.0, 7.0, 2.0) == 200.0


def test_a_saving_of_cents_breaks_even_too():
    assert break_even_hours(1_000.0, 2.5, 2.0) == 2_000.0


def test_leasing_for_less_than_the_running_cost_never_breaks_even():
    assert break_even_hours(1_000.0, 2.0, 2.0) is None


def test_break_even_utilisation_spreads_fixed_cost_over_the_hours():
    # 36,195.73 a year over 4 GPUs · 8,760 h at 3.29
    assert break_even_utilisation_frac(36_195.73, 3.29, 0.0, 4 * 8_760) == pytest.approx(0.31398, abs=1e-5)


def test_what_an_hour_adds_when_owned_raises_the_use_that_is_needed():
    # 1,000 over 500 hours against 5 - 1 an hour
    assert break_even_utilisation_frac(1_000.0, 5.0, 1.0, 500.0) == 0.5


def test_a_curve_that_ends_at_little_crosses_all_the_same():
    assert nearest_crossing(np.array([0.0, 1.0, 2.0]), np.array([-1.0, 0.5, 0.5]), 2.0) == 0


def test_nearest_of_two_crossings_is_taken():
    x = np.array([0.0, 1.0, 2.0, 3.0, 4.0])
    y = np.array([-1.0, 1.0, 1.0, 1.0, -1.0])
    assert nearest_crossing(x, y, 0.5) == 0
    assert nearest_crossing(x, y, 3.9) == 3


def test_curve_that_keeps_its_sign_has_no_crossing():
    assert nearest_crossing(np.array([0.0, 1.0]), np.array([1.0, 2.0]), 0.0) is None


def test_straight_line_is_solved_exactly():
    assert zero_between(0.0, -3.0, 2.0, 1.0) == 1.5
    assert zero_between(4.0, -3.0, 6.0, 1.0) == 5.5
