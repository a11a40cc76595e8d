"""Throughput from realised tokens, and what a million of them costs in each strategy."""

import datetime as dt

import polars as pl
import pytest

from pipelines.projection.assumptions import Assumptions
from pipelines.projection.engine import project
from pipelines.projection.evidence import Evidence

AS_OF = dt.date(2026, 9, 1)
SUMMARY = "projections.strategy_summary"
DEMAND = {"window_days": 2, "level_days": 2, "pool": True}


def day(date, workload="chat", *, read=900.0, made=300.0, counted=24.0, gpu_model="H100-SXM-80GB"):
    """A GPU for a day at 2 USD an hour, half of it busy; tokens in thousands."""
    return {
        "usage_date": dt.date(2026, 8, date), "workload": workload, "workload_kind": "inference", "sourcing": "leased",
        "gpu_model": gpu_model, "direct_cost_usd": 48.0, "idle_cost_usd": 0.0, "shared_cost_usd": 0.0,
        "unallocated_cost_usd": 0.0, "gpu_hours_paid": 24.0, "gpu_hours_allocated": 24.0, "gpu_hours_busy": 12.0,
        "input_tokens_count": read and read * 1e3, "output_tokens_count": made and made * 1e3,
        "tokens_gpu_hours": counted,
    }  # fmt: skip


def without(date, workload="chat"):
    return day(date, workload, read=None, made=None, counted=None)


@pytest.fixture
def ask(scenario):
    """Projects the plain scenario on days of cost."""

    def make(days, **conventions):
        changes = {"workloads": None, "stand_alone": False, "strategies": ["own_colocation"]}
        changes |= {"demand": DEMAND} | {f"conventions.{key}": value for key, value in conventions.items()}
        evidence = Evidence(tco_daily=pl.DataFrame(days, infer_schema_length=None))
        tables = project(
            scenario(changes), evidence, Assumptions.empty(), as_of=AS_OF, code_revision="", warehouse_version=""
        )
        return {(row["workload"], row["strategy"]): row for row in tables[SUMMARY].to_dicts()}

    return make


def test_tokens_of_realised_hours_give_the_cost_of_a_million_in_and_out(ask):
    # 1.8 million in and 0.6 million out over 48 GPU-hours: 50,000 an hour, which costs 3.29 USD on demand.
    # By the million: 65.80 together, 65.80 / ¾ in, 65.80 / ¼ out; of 24 months of one GPU 730 · 24 · 50,000.
    stay = ask([day(30), day(31)])["chat", "stay_on_demand"]
    assert stay["levelised_cost_usd_per_1m_tokens"] == pytest.approx(65.80)
    assert stay["levelised_cost_usd_per_1m_input_tokens"] == pytest.approx(65.80 / 0.75)
    assert stay["levelised_cost_usd_per_1m_output_tokens"] == pytest.approx(65.80 / 0.25)
    assert stay["tokens_count"] == pytest.approx(730 * 24 * 50_000)
    assert "1,800,000 tokens in and 600,000 out over 48 GPU-hours" in stay["tokens_source"]


def test_every_strategy_has_a_cost_of_tokens_by_the_same_throughput(ask):
    for row in ask([day(30), day(31)]).values():
        by_hour = row["levelised_cost_usd_per_gpu_hour"]
        assert row["levelised_cost_usd_per_1m_tokens"] == pytest.approx(by_hour / 50_000 * 1e6)


@pytest.mark.parametrize(("basis", "counted"), [("output", 12_500), ("input", 37_500)])
def test_basis_of_the_scenario_says_which_tokens_count(ask, basis, counted):
    stay = ask([day(30), day(31)], token_basis=basis)["chat", "stay_on_demand"]
    assert stay["levelised_cost_usd_per_1m_tokens"] == pytest.approx(3.29 / counted * 1e6)
    assert stay["levelised_cost_usd_per_1m_output_tokens"] == pytest.approx(3.29 / 12_500 * 1e6)
    assert stay["levelised_cost_usd_per_1m_input_tokens"] == pytest.approx(3.29 / 37_500 * 1e6)


@pytest.mark.parametrize(
    ("days", "why"),
    [
        ([day(30), without(31)], "tokens are known for 50.0% of its GPU-hours in the last 2 days"),
        ([without(30), without(31)], "nothing counts its tokens in the last 2 days"),
    ],
)
def test_tokens_of_a_part_of_the_hours_are_no_throughput_and_it_is_said(ask, days, why):
    stay = ask(days)["chat", "stay_on_demand"]
    assert stay["feasible"]
    assert why in stay["tokens_source"]
    names = [name for name in stay if "tokens" in name and name != "tokens_source"]
    assert [stay[name] for name in names] == [None] * len(names)


def test_pool_of_which_some_serve_no_tokens_has_no_throughput(ask):
    found = ask([day(30), day(31), without(30, "train"), without(31, "train")])
    assert found["chat", "stay_on_demand"]["levelised_cost_usd_per_1m_tokens"] == pytest.approx(65.80)
    pool = found["all workloads", "stay_on_demand"]
    assert pool["levelised_cost_usd_per_1m_tokens"] is None
    assert "50.0%" in pool["tokens_source"]
