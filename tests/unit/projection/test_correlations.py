"""Numbers that move together: recovered from the draws, without moving anything else."""

from pathlib import Path

import numpy as np
import pytest
from scipy.special import ndtri

from pipelines.errors import ScenarioError
from pipelines.projection.assumptions import Assumptions
from pipelines.projection.correlations import Copula, fault_of
from pipelines.projection.draws import Draws

COUNT = 20_000
DECLINE, RESALE, LEAD = "on_demand_decline_frac_per_year", "resale_frac", "lead_time_months"
GROWTH, LEVEL = "demand_growth_frac_per_year", "demand_level_ratio"
SHIPPED = Path(__file__).parents[3] / "data" / "assumptions"


def drawn(name, workload="", **coefficients):
    """Places in the range of a number, with `a__b=coefficient` pairs."""
    pairs = {tuple(sorted(key.split("__"))): value for key, value in coefficients.items()}
    return Draws(COUNT, seed=3, copula=Copula.of(pairs)).uniform(name, workload)


@pytest.mark.parametrize("coefficient", [-0.8, -0.3, 0.6])
def test_coefficient_is_recovered_from_the_draws_within_three_standard_errors(coefficient):
    one, other = (ndtri(drawn(name, a__b=coefficient)) for name in "ab")
    assert np.corrcoef(one, other)[0, 1] == pytest.approx(coefficient, abs=3 * (1 - coefficient**2) / COUNT**0.5)


def test_all_coefficients_of_a_chain_hold_and_what_is_not_linked_stays_independent():
    given = {"a__b": 0.5, "b__c": -0.4}
    a, b, c = (ndtri(drawn(name, **given)) for name in "abc")
    error = 3 / COUNT**0.5
    found = [np.corrcoef(one, other)[0, 1] for one, other in ((a, b), (b, c), (a, c))]
    assert found == pytest.approx([0.5, -0.4, 0.0], abs=error)


def test_what_is_drawn_together_keeps_its_own_distribution():
    # shares of a uniform: mean ½, variance 1/12
    places = drawn("b", a__b=0.9)
    assert places.mean() == pytest.approx(0.5, abs=3 * (1 / 12 / COUNT) ** 0.5)
    assert np.quantile(places, [0.1, 0.5, 0.9]) == pytest.approx([0.1, 0.5, 0.9], abs=3 * 0.5 / COUNT**0.5)


def test_a_new_correlation_moves_the_draws_of_no_number_but_the_later_of_its_two():
    before = {name: drawn(name, a__b=0.5).tobytes() for name in "abcd"}
    after = {name: drawn(name, a__b=0.5, c__d=0.7).tobytes() for name in "abcd"}
    assert [name for name in "abcd" if before[name] != after[name]] == ["d"]


def test_numbers_that_are_one_number_are_drawn_as_one():
    assert drawn("b", a__b=1.0) == pytest.approx(drawn("a"), abs=1e-3)
    assert drawn("b", a__b=-1.0) == pytest.approx(1.0 - drawn("a"), abs=1e-3)


def test_what_all_workloads_share_is_the_same_for_each_though_linked_to_their_demand():
    linked = {f"{GROWTH}__{DECLINE}": -0.4}
    assert drawn(DECLINE, "chat", **linked).tobytes() == drawn(DECLINE, "training", **linked).tobytes()
    growth = [drawn(GROWTH, workload, **linked) for workload in ("chat", "training")]
    assert growth[0].tobytes() != growth[1].tobytes()
    for each in growth:
        found = np.corrcoef(ndtri(each), ndtri(drawn(DECLINE)))[0, 1]
        assert found == pytest.approx(-0.4, abs=3 * (1 - 0.16) / COUNT**0.5)


def test_linked_draws_made_in_parts_are_those_made_at_once():
    source = Draws(500, seed=1, copula=Copula.of({("a", "b"): 0.5, ("b", "c"): 0.5}))
    parts = np.concatenate([part.uniform("c") for part in source.chunks(77)])
    assert parts.tobytes() == source.uniform("c").tobytes()


def test_coefficients_that_cannot_hold_together_are_told_with_the_nearest_that_can():
    # Three numbers, each pair at ±c with one sign that contradicts: the smallest eigenvalue, 1 − 2c, is 0 at c = ½.
    fault = fault_of({("a", "b"): 0.9, ("b", "c"): 0.9, ("a", "c"): -0.9})
    assert fault == (
        "these coefficients cannot hold together; the nearest that can: "
        "a and b 0.50 (now 0.9), a and c -0.50 (now -0.9), b and c 0.50 (now 0.9)"
    )
    assert fault_of({("a", "b"): 0.5, ("b", "c"): 0.5, ("a", "c"): -0.5}) is None


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (f"{{between: [{DECLINE}, resale_fraction], coefficient: 0.1, from_date: 2020-01-01, confidence: low,",
         "unknown assumption 'resale_fraction'; the nearest valid key is 'resale_frac'"),
        (f"{{between: [{DECLINE}, {LEAD}], coefficient: 1.1, from_date: 2020-01-01, confidence: low,",
         "coefficient: Input should be less than or equal to 1 (found 1.1)"),
        (f"{{between: [{DECLINE}, {RESALE}], coefficient: 0.1, from_date: 2020-01-01, confidence: low,",
         f"{DECLINE} and {RESALE} are already correlated from 2020-01-01 on"),
        (f"{{between: [{LEAD}, {LEAD}], coefficient: 0.1, from_date: 2020-01-01, confidence: low,",
         f"{LEAD} cannot be correlated with itself"),
    ],
)  # fmt: skip
def test_a_wrong_pair_is_told_with_its_file_and_line(tmp_path, line, message):
    text = f"correlations:\n  - {{between: [{RESALE}, {DECLINE}], coefficient: 0.5, from_date: 2020-01-01,"
    (tmp_path / "linked.yaml").write_text(f'{text} confidence: low, source: "test"}}\n  - {line} source: "test"}}\n')
    with pytest.raises(ScenarioError) as caught:
        Assumptions.load(tmp_path)
    assert message in str(caught.value)
    assert (Path(caught.value.file), caught.value.line) == (tmp_path / "linked.yaml", 3)


def test_a_pair_holds_from_its_day_on(run, scenario):
    from pipelines.projection.setting import joint

    shipped = Assumptions.load(SHIPPED)
    question = scenario({"stand_alone": False})
    first = min(item.from_date for item in shipped.correlations)
    assert joint(question, shipped, first).groups.keys() >= {DECLINE, RESALE, LEAD, LEVEL}
    assert joint(question, shipped, first.replace(year=first.year - 1)).groups == {}
    assert joint(scenario(), shipped, first).groups == {}  # one that stands alone reads no file


def test_a_scenario_whose_pairs_cannot_hold_together_is_refused(scenario):
    pairs = [((DECLINE, LEAD), 0.9), ((LEAD, GROWTH), 0.9), ((DECLINE, GROWTH), -0.9)]
    typed = [{"between": list(pair), "coefficient": value, "source": "test"} for pair, value in pairs]
    with pytest.raises(ScenarioError, match="cannot hold together"):
        scenario({"correlations": typed})


def test_prices_and_resale_that_fall_together_make_owning_riskier(run, row_of):
    """A fall of the lease price takes the saving and the resale value at once: the tail of owning is worse."""
    changes = {
        "simulation": {"draws": 2_000, "seed": 7},
        "conventions.residual_basis": "resale_curve",
        "components": ["hardware", "resale"],
    }
    ranges = {
        DECLINE: {"low": -0.2, "base": 0.1, "high": 0.6},
        RESALE: {"low": 0.0, "base": 0.3, "high": 0.8},
        "selling_cost_frac": 0,
    }
    tails = []
    for coefficient in (-0.9, 0.0, 0.9):
        pair = [{"between": [DECLINE, RESALE], "coefficient": coefficient, "source": "test"}]
        tails.append(row_of(run(changes | {"correlations": pair}, **ranges), "own_colocation")["cvar_npv_saving_usd"])
    assert tails == sorted(tails)
