import numpy as np
import pytest

from pipelines.projection.draws import Draws


def test_triangular_draws_have_the_mean_of_low_base_and_high():
    # mean (a+b+c)/3, variance (a²+b²+c²-ab-ac-bc)/18
    drawn = Draws(20_000, seed=3).triangular("x", 1.0, 2.0, 6.0)
    standard_error = ((1 + 4 + 36 - 2 - 6 - 12) / 18 / drawn.size) ** 0.5
    assert drawn.mean() == pytest.approx(3.0, abs=3 * standard_error)
    assert drawn.min() >= 1.0 and drawn.max() <= 6.0


def test_share_below_the_base_is_its_place_in_the_range():
    drawn = Draws(20_000, seed=4).triangular("x", 0.0, 1.0, 4.0)
    assert (drawn < 1.0).mean() == pytest.approx(0.25, abs=3 * (0.25 * 0.75 / drawn.size) ** 0.5)


def test_without_spread_every_draw_is_the_base():
    still = Draws(5, seed=1, spread_ratio=0.0)
    assert still.triangular("x", 1.0, 2.0, 6.0).tolist() == [2.0] * 5
    assert (still.normal("x", 3) == 0.0).all()
    assert still.uniform("x").tolist() == [0.5] * 5


def test_half_the_spread_keeps_draws_in_half_the_range():
    drawn = Draws(2_000, seed=1, spread_ratio=0.5).triangular("x", 0.0, 2.0, 6.0)
    assert drawn.min() >= 1.0 and drawn.max() <= 4.0


def test_draws_of_a_name_do_not_depend_on_what_else_is_drawn():
    alone = Draws(10, seed=9).triangular("b", 0.0, 1.0, 2.0)
    source = Draws(10, seed=9)
    source.triangular("a", 0.0, 1.0, 2.0)
    assert source.triangular("b", 0.0, 1.0, 2.0).tolist() == alone.tolist()


def test_names_and_seeds_give_independent_draws():
    first = Draws(2_000, seed=1).uniform("a")
    for other in (Draws(2_000, seed=1).uniform("b"), Draws(2_000, seed=2).uniform("a")):
        assert abs(np.corrcoef(first, other)[0, 1]) < 0.1


def test_draws_made_in_parts_are_those_made_at_once_to_the_last_bit():
    whole = Draws(1_000, seed=5)
    for size in (1, 7, 333, 1_000):
        parts = list(whole.chunks(size))
        assert [part.count for part in parts[:-1]] == [size] * (len(parts) - 1)
        for draw in (
            lambda source: source.triangular("a", 1.0, 2.0, 6.0),
            lambda source: source.normal("b", 5),
            lambda source: source.uniform("c"),
        ):
            assert np.concatenate([draw(part) for part in parts]).tobytes() == draw(whole).tobytes()


def test_normal_draws_have_mean_nothing_and_variance_one():
    drawn = Draws(5_000, seed=2).normal("x", 4)
    assert drawn.mean() == pytest.approx(0.0, abs=3 / drawn.size**0.5)
    assert drawn.var() == pytest.approx(1.0, abs=3 * (2 / drawn.size) ** 0.5)
    assert abs(np.corrcoef(drawn[:, 0], drawn[:, 1])[0, 1]) < 3 / 5_000**0.5
