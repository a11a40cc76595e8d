"""Buying another GPU model than the one leased: its work counts by its performance ratio, or the strategy stays out."""

import datetime as dt

import polars as pl
import pytest

from pipelines.errors import ScenarioError
from pipelines.projection.assumptions import Assumptions
from pipelines.projection.engine import project
from pipelines.projection.evidence import Evidence

BOUGHT = "B200-SXM-180GB"
STRONGER = {"own_gpu_model": BOUGHT, "workloads.0.gpus": 32, "workloads.0.owned_gpus": 8}
ON_DEMAND_USD = 3.29


@pytest.fixture
def buying(scenario):
    """Projects a fleet of 8 bought GPUs for the work of 32 leased ones, of which the reference knows these ratios."""

    def make(ratios, changes=None, **typed):
        models = pl.DataFrame(
            {"gpu_model": list(ratios), "reference_ratio": list(ratios.values())},
            schema={"gpu_model": pl.String, "reference_ratio": pl.Float64},
        )
        question = scenario(STRONGER | {"stand_alone": False} | (changes or {}), **typed)
        evidence, none = Evidence(gpu_models=models), Assumptions.empty()
        return project(question, evidence, none, as_of=dt.date(2026, 9, 1), code_revision="", warehouse_version="")

    return make


def leased_usd(tables):
    found = tables["projections.cash_flow_monthly"].filter(
        (pl.col("strategy") == "own_colocation") & (pl.col("component") == "on_demand")
    )
    return found["cash_usd_nominal"].to_list()


def test_eight_b200_take_the_work_of_as_many_h100_as_their_ratio_says(buying, row_of):
    # 2.25 and 0.9 of the reference: one B200 does the work of 2.5 H100, eight of them 20 of 32; 12 stay on demand
    tables = buying({BOUGHT: 2.25, "H100-SXM-80GB": 0.9})
    assert leased_usd(tables) == pytest.approx([12 * 730 * ON_DEMAND_USD] * 24)
    used = tables["projections.assumption_value"].filter(pl.col("assumption") == "own_work_ratio").row(0, named=True)
    assert (used["base_value"], used["origin"]) == (pytest.approx(2.5), "evidence")
    assert "data/reference/gpu_models.csv" in used["source"]


def test_typed_ratio_goes_before_the_reference(buying):
    # twice the work: eight do that of 16
    tables = buying({BOUGHT: 2.25, "H100-SXM-80GB": 0.9}, own_work_ratio=2.0)
    assert leased_usd(tables) == pytest.approx([16 * 730 * ON_DEMAND_USD] * 24)


@pytest.mark.parametrize(
    ("ratios", "unknown"),
    [
        ({"H100-SXM-80GB": 1.0, BOUGHT: None}, BOUGHT),
        ({BOUGHT: 2.25}, "H100-SXM-80GB"),
        ({}, f"{BOUGHT} and H100-SXM-80GB"),
    ],
)
def test_gpu_without_a_ratio_is_not_bought_and_the_reason_names_it_and_the_file(buying, row_of, ratios, unknown):
    tables = buying(ratios)
    own = row_of(tables, "own_colocation")
    assert not own["feasible"]
    assert f"no performance ratio of {unknown} is known" in own["infeasible_reason"]
    assert "data/reference/gpu_models.csv" in own["infeasible_reason"]
    assert own["npv_cost_usd"] is None
    assert row_of(tables, "stay_on_demand")["feasible"]


def test_same_gpu_needs_no_ratio(buying, row_of):
    # 8 bought of the model leased do the work of 8 of 32
    tables = buying({}, {"own_gpu_model": "H100-SXM-80GB"})
    assert leased_usd(tables) == pytest.approx([24 * 730 * ON_DEMAND_USD] * 24)


def test_scenario_that_stands_alone_must_type_the_ratio(run):
    with pytest.raises(ScenarioError, match="must type in own_work_ratio"):
        run(STRONGER)
    assert leased_usd(run(STRONGER, own_work_ratio=2.5)) == pytest.approx([12 * 730 * ON_DEMAND_USD] * 24)


def test_ratio_of_nought_is_refused(run):
    with pytest.raises(ScenarioError, match="must be above zero"):
        run(STRONGER, own_work_ratio=0)
