"""A wrong scenario says where, what and what was probably meant."""

import datetime as dt
from pathlib import Path

import pytest

from pipelines.errors import ScenarioError
from pipelines.projection.assumptions import Assumptions
from pipelines.projection.engine import project
from pipelines.projection.evidence import Evidence
from pipelines.projection.scenario import Scenario

SCENARIOS = Path(__file__).parents[3] / "data" / "scenarios"


@pytest.fixture
def wrong(tmp_path):
    """The error of a scenario file with one text replaced by another, and the 1-based line of that text."""

    def make(old, new):
        text = (SCENARIOS / "four_gpu_colo.yaml").read_text()
        assert old in text
        path = tmp_path / "four_gpu_colo.yaml"
        path.write_text(text.replace(old, new, 1))
        line = path.read_text()[: path.read_text().index(new)].count("\n") + 1
        with pytest.raises(ScenarioError) as caught:
            Scenario.load(path)
        assert caught.value.file == str(path)
        assert caught.value.next_step
        return caught.value, line

    return make


@pytest.mark.parametrize("path", sorted(SCENARIOS.glob("*.yaml")), ids=lambda path: path.stem)
def test_shipped_scenario_loads(path):
    assert Scenario.load(path).scenario == path.stem


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("horizon_months:", "horizon_month:", "the nearest valid key is 'horizon_months'"),
        ("  payment_timing:", "  payment_timming:", "the nearest valid key is 'payment_timing'"),
        ("  pue_ratio:", "  pue:", "the nearest valid key is 'pue_ratio'"),
        ("thresholds: [utilisation_frac", "thresholds: [utilization_frac", "'utilisation_frac'"),
        ("strategies: [stay_on_demand", "strategies: [stay_on_demnd", "'stay_on_demand'"),
        ("components: [hardware", "components: [hardwear", "'hardware'"),
    ],
)
def test_unknown_name_points_at_its_line_and_names_the_nearest(wrong, old, new, says):
    error, line = wrong(old, new)
    assert says in error.message
    assert error.line == line


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("utilisation_frac: 1.0}", "utilisation_frac: 1.2}", "less than or equal to 1 (found 1.2)"),
        ("{base: 3.29,", "{base: -3.29,", "on_demand_usd_per_gpu_hour is -3.29: a price cannot be negative"),
        ("{base: 1.52,", "{base: 0.9,", "pue_ratio is 0.9"),
        ("{base: 0.2575,", "{base: 0.2575, low: 0.3,", "low 0.3 ≤ base 0.2575 ≤ high 0.2575 does not hold"),
        ("{base: 1.52, source", "{base: 1.52, sauce", "the nearest valid key is 'source'"),
        (
            "horizon_months: 60",
            "horizon_date: 2026-08-31",
            "the horizon 2026-08-31 does not lie after as_of 2026-09-01",
        ),
        ("horizon_months: 60", "order_month_index: 3", "give one of `horizon_months` and `horizon_date`"),
        (
            "horizon_months: 60",
            "order_month_index: 60\nhorizon_months: 60",
            "ordered in month 60 comes after the horizon",
        ),
        ("hours_per_month: 730", "hours_per_month: 800", "less than or equal to 744"),
        (
            "lease_price_includes: [compute]",
            "lease_price_includes: [compute, support]",
            "support, which is not compared",
        ),
        ("simulation: {draws: 1}", "simulation: {draws: 0}", "greater than or equal to 1"),
        ("as_of: 2026-09-01", "as_of: sometime", "as_of"),
    ],
)
def test_contradiction_is_refused_with_its_value(wrong, old, new, says):
    assert says in str(wrong(old, new)[0])


def test_negative_price_points_at_its_line(wrong):
    error, line = wrong("on_demand_usd_per_gpu_hour: {base: 3.29,", "on_demand_usd_per_gpu_hour: {base: -3.29,")
    assert error.line == line


def test_utilisation_above_one_points_at_its_line(wrong):
    error, line = wrong("gpus: 4, owned_gpus: 4, utilisation_frac: 1.0}", "gpus: 4, utilisation_frac: 1.2}")
    assert error.line == line


def test_broken_yaml_points_at_its_line(wrong):
    error, line = wrong("conventions:", "conventions: [")
    assert "not valid YAML" in error.message
    assert error.line >= line


def test_repeated_key_is_refused(wrong):
    error, _ = wrong("simulation: {draws: 1}", "simulation: {draws: 1}\nsimulation: {draws: 2}")
    assert "duplicate key" in error.message


def test_sweep_over_a_key_that_is_not_there_is_refused(wrong):
    error, _ = wrong("{vary: assumptions.energy_usd_per_kwh,", "{vary: assumptions.energy_usd_kwh,")
    assert "'assumptions.energy_usd_kwh', which is not there" in error.message


def test_sweep_that_contradicts_the_rest_is_refused_at_loading(wrong):
    error, _ = wrong(
        "{vary: assumptions.energy_usd_per_kwh, values: [0.1351]", "{vary: assumptions.pue_ratio, values: [0.5]"
    )
    assert "pue_ratio is 0.5" in error.message


def test_name_of_scenario_and_file_must_agree(tmp_path):
    path = tmp_path / "other.yaml"
    path.write_text((SCENARIOS / "four_gpu_colo.yaml").read_text())
    with pytest.raises(ScenarioError, match="calls itself 'four_gpu_colo'"):
        Scenario.load(path)


def test_missing_file_is_said_so(tmp_path):
    with pytest.raises(ScenarioError, match="there is no such file"):
        Scenario.load(tmp_path / "nothing.yaml")


def test_scenario_that_stands_alone_must_type_in_what_its_components_need(scenario):
    incomplete = scenario({"assumptions.pue_ratio": None})
    with pytest.raises(ScenarioError, match="must type in pue_ratio") as caught:
        project(
            incomplete,
            Evidence(),
            Assumptions.empty(),
            as_of=dt.date(2026, 9, 1),
            code_revision="",
            warehouse_version="",
        )
    assert caught.value.line


def test_horizon_before_the_day_of_decision_is_refused_when_the_day_is_known(scenario):
    ends = scenario({"horizon_months": None, "as_of": None, "horizon_date": dt.date(2026, 12, 31)})
    assert ends.months(dt.date(2026, 9, 1)) == 3
    with pytest.raises(ScenarioError, match="less than a month after as_of 2027-01-01"):
        ends.months(dt.date(2027, 1, 1))


def test_sweep_makes_one_variant_a_value_and_leaves_the_base_alone(scenario):
    swept = scenario({"sweep": [{"vary": "assumptions.pue_ratio", "values": {"good": 1.1, "bad": 2.0}}]})
    found = {name: variant.assumptions["pue_ratio"].base for name, variant in swept.variants()}
    assert found == {"base": 1.52, "good": 1.1, "bad": 2.0}


def test_swept_number_is_certain(scenario):
    ranged = {"low": 1.2, "base": 1.5, "high": 1.6, "source": "test"}
    swept = scenario({"sweep": [{"vary": "assumptions.pue_ratio", "values": [1.1]}]}, pue_ratio=ranged)
    value = dict(swept.variants())["pue_ratio=1.1"].assumptions["pue_ratio"]
    assert (value.low, value.base, value.high) == (1.1, 1.1, 1.1)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("sweep:\n", "cases: {base: {set: {horizon_months: 12}}}\nsweep:\n", "two variants are called 'base'"),
        ("sweep:\n", "sweep:\n  - {vary: horizon_months, values: [12, 12]}\n", "called 'horizon_months=12'"),
    ],
)
def test_two_variants_of_one_name_are_refused(wrong, old, new, says):
    """Rows of a projection are told apart by it."""
    error, _ = wrong(old, new)
    assert says in error.message
    assert error.line


def test_workload_typed_twice_is_refused(scenario, plain):
    with pytest.raises(ScenarioError, match="workload 'w' is typed twice") as caught:
        scenario({"workloads": [*plain["workloads"], *plain["workloads"]]})
    assert caught.value.line
