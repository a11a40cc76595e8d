"""Draws in parts: the parts leave no trace in any result."""

import pytest

from pipelines.projection import simulation
from pipelines.projection.assumptions import Assumptions
from pipelines.projection.engine import project
from pipelines.projection.evidence import Evidence

CHANCE = {
    "simulation": {"draws": 60, "seed": 7},
    "strategies": ["stay_on_demand", "commit_1y", "own_colocation", "own_base_lease_burst"],
    "conventions.break_even_basis": "npv",
}
RANGES = {
    "on_demand_decline_frac_per_year": {"low": -0.1, "base": 0.1, "high": 0.4},
    "on_demand_volatility_ratio": 0.2,
    "demand_level_ratio": {"low": 0.6, "base": 1.0, "high": 1.2},
    "lead_time_months": {"low": 1, "base": 3, "high": 9},
    "discount_rate_frac_per_year": {"low": 0.05, "base": 0.1, "high": 0.15},
}


@pytest.fixture
def in_parts_of(scenario, as_bytes):
    """Projects the same scenario with so many draws at a time, to bytes by table."""

    def make(size):
        tables = project(scenario(CHANCE, **RANGES), Evidence(), Assumptions.empty(), as_of=scenario().as_of,
                         code_revision="", warehouse_version="", chunk_draws=size)  # fmt: skip
        return as_bytes(tables)

    return make


def test_same_inputs_give_the_same_bytes_however_many_draws_are_computed_at_a_time(in_parts_of):
    whole = in_parts_of(60)
    for size in (1, 17, None):
        assert in_parts_of(size) == whole


def test_quantiles_by_month_take_no_more_draws_than_there_is_room_for(run, monkeypatch):
    # room for 20 draws of 24 months: the quantiles by month are those of a run of 20 draws, the rest is not
    monkeypatch.setattr(simulation, "FAN_CELLS", 20 * 24)
    all_draws = run(CHANCE, **RANGES)
    monkeypatch.undo()
    few = run(CHANCE | {"simulation": {"draws": 20, "seed": 7}}, **RANGES)
    fan, spread = "projections.draw_quantiles_monthly", "projections.draw_quantiles"
    assert all_draws[fan].equals(few[fan])
    assert not all_draws[spread].equals(few[spread])
