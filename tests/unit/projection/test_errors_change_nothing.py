"""Bad input ends in one typed error that says what and where, and leaves nothing half-written."""

import datetime as dt
from pathlib import Path

import pytest

from pipelines.decide import ask, decisions
from pipelines.errors import ScenarioError, TenureError, UsageError
from pipelines.projection.assumptions import Assumptions
from pipelines.projection.engine import project
from pipelines.projection.evidence import Evidence
from pipelines.projection.scenario import Scenario
from pipelines.settings import BUNDLED, Settings


def test_workload_without_data_is_named_with_those_there_are():
    scenario = Scenario.load(BUNDLED / "scenarios" / "lease_or_own.yaml")
    asked = scenario.model_copy(update={"demand": scenario.demand.model_copy(update={"workloads": ["ghost"]})})
    with pytest.raises(ScenarioError, match="workload 'ghost' has no leased use before 2026-09-01; known: none"):
        project(
            asked, Evidence(), Assumptions.empty(), as_of=dt.date(2026, 9, 1), code_revision="", warehouse_version=""
        )


def test_no_price_at_all_makes_every_strategy_infeasible_with_that_reason(scenario):
    """A price that nobody knows is no price of nothing."""
    unpriced = scenario({"stand_alone": None, "assumptions.on_demand_usd_per_gpu_hour": None})
    tables = project(
        unpriced, Evidence(), Assumptions.empty(), as_of=dt.date(2026, 9, 1), code_revision="", warehouse_version=""
    )
    rows = tables["projections.strategy_summary"].to_dicts()
    assert {row["feasible"] for row in rows} == {False}
    assert all("no value of on_demand_usd_per_gpu_hour" in row["infeasible_reason"] for row in rows)
    assert tables["projections.cash_flow_monthly"].is_empty()
    assert tables["projections.finance_yearly"].is_empty()


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"workloads.0.utilisation_frac": 1.2}, "less than or equal to 1"),
        ({"assumptions.server_price_usd": {"base": -1, "source": "test"}}, "a price cannot be negative"),
        ({"financing": {"financed_frac": 1.5, "rate_frac_per_year": 0.1, "term_months": 12, "source": "t.."}}, "1.5"),
        ({"financing": {"financed_frac": 1, "rate_frac_per_year": 0.1, "term": 12, "source": "t.."}}, "'term_months'"),
        ({"tax": {"rate_frac": 0.2, "bonus_depreciation_frac": 2, "source": "test"}}, "less than or equal to 1"),
        ({"accounting": {"fiscal_year_start_month": 13}}, "less than or equal to 12"),
        ({"lease_components": ["storrage"]}, "the nearest valid key is 'storage'"),
        ({"workloads.0.assumptions": {"pue": {"base": 1, "source": "test"}}}, "the nearest valid key is 'pue_ratio'"),
        ({"cases": {"other": {"set": {"assumptions.pue_rato": 1.1}}}}, "'assumptions.pue_rato', which is not there"),
        ({"cases": {"other": {"set": {"assumptions.pue_ratio": 0.5}}}}, "pue_ratio is 0.5"),
    ],
)
def test_what_cannot_be_is_refused_with_its_line(scenario, changes, says):
    with pytest.raises(ScenarioError) as caught:
        scenario(changes)
    assert says in str(caught.value)
    assert caught.value.line
    assert caught.value.next_step


def test_a_scenario_nobody_has_is_told_with_those_there_are(tmp_path: Path):
    with pytest.raises(UsageError, match="no scenario 'ghost'") as caught:
        ask(Settings(home=tmp_path), "ghost")
    assert "lease_or_own" in str(caught.value)


def test_a_question_that_fails_writes_nothing(tmp_path: Path):
    home = tmp_path / "home"
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("scenario: wrong\n")
    with pytest.raises(TenureError):
        decisions(Settings(home=home), [str(wrong)])
    assert not home.exists()
