import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.economics.utilisation import DurationCurve


@pytest.fixture
def curve():
    """0, 0, 4 and 12 GPUs in four hours: mean 4."""
    return DurationCurve.of_hours(np.array([0.0, 12.0, 4.0, 0.0]))


def test_capacity_serves_the_smaller_of_demand_and_itself(curve):
    # 6 GPUs serve 0, 6, 4, 0 = 10 of 16 GPU-hours
    assert curve.served_frac(np.array(6 / 4)) == pytest.approx(10 / 16)


def test_capacity_at_the_peak_serves_everything(curve):
    assert curve.served_frac(np.array([3.0, 99.0])).tolist() == [1.0, 1.0]


def test_no_capacity_serves_nothing(curve):
    assert curve.served_frac(np.array(0.0)) == 0.0


def test_exceedance_is_the_share_of_hours_strictly_above(curve):
    # above 0: two of four hours; above 4: one; above 12: none
    assert curve.exceedance_frac(np.array([0.0, 1.0, 3.0])).tolist() == [0.5, 0.25, 0.0]
    # two GPUs in one hour and six in the next: both are above one, a quarter of the mean
    assert DurationCurve.of_hours(np.array([2.0, 6.0])).exceedance_frac(np.array(0.25)) == 1.0


def test_no_demand_has_a_flat_curve():
    assert DurationCurve.of_hours(np.zeros(3)).demand_ratio.tolist() == [1.0]


@given(st.lists(st.floats(0.1, 1e3), min_size=1, max_size=30), st.floats(0.0, 5.0))
def test_served_share_equals_the_mean_over_the_hours(demand, capacity_ratio):
    hours = np.array(demand)
    expected = np.minimum(hours, capacity_ratio * hours.mean()).sum() / hours.sum()
    assert DurationCurve.of_hours(hours).served_frac(np.array(capacity_ratio)) == pytest.approx(expected)
