import numpy as np
import pytest

from pipelines.projection.measures import expected_regret, quantile_of, tail_mean


def test_regret_is_against_the_best_strategy_of_each_draw():
    # draw 1: best 1, draw 2: best 2
    assert expected_regret(np.array([[1.0, 4.0], [3.0, 2.0]])).tolist() == [1.0, 1.0]


def test_quantile_in_which_the_payback_never_comes_is_none():
    paybacks = np.array([10.0, 20.0, np.nan, np.nan])
    assert quantile_of(paybacks, 0.5) == 20.0
    assert quantile_of(paybacks, 0.75) is None


def test_quantile_of_finite_values_is_interpolated():
    assert quantile_of(np.array([3.0, 1.0, 2.0]), 0.25) == 1.5


def test_tail_is_the_mean_of_the_worst_twentieth():
    assert tail_mean(np.arange(40.0)) == 0.5


def test_tail_of_few_draws_is_the_worst_one():
    assert tail_mean(np.array([5.0, -3.0])) == pytest.approx(-3.0)
