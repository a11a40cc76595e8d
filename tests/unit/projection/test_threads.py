"""Workloads side by side: what is computed beside them leaves no trace in any result."""

import threading

import pytest

from pipelines.errors import ScenarioError
from pipelines.projection.assumptions import Assumptions
from pipelines.projection.engine import project
from pipelines.projection.evidence import Evidence
from pipelines.projection.threads import side_by_side

CHANCE = {
    "simulation": {"draws": 40, "seed": 7},
    "strategies": ["stay_on_demand", "commit_1y", "own_colocation", "optimal_mix"],
    "conventions.break_even_basis": "npv",
    "workloads": [
        {"workload": f"w{gpus}", "workload_kind": "other", "gpu_model": "H100-SXM-80GB", "gpus": gpus,
         "utilisation_frac": 0.5}
        for gpus in (24, 8, 16)
    ],
}  # fmt: skip
RANGES = {"on_demand_decline_frac_per_year": {"low": -0.1, "base": 0.1, "high": 0.4}}


def test_items_are_worked_on_at_one_time_and_come_back_in_their_order():
    met = threading.Barrier(3, timeout=10)

    def wait_for_the_others(number):
        met.wait()
        return number * number

    assert side_by_side(wait_for_the_others, [3, 1, 2], threads=3) == [9, 1, 4]


def test_no_more_items_are_worked_on_at_a_time_than_asked():
    at_work, most = set(), []

    def note(number):
        at_work.add(number)
        most.append(len(at_work))
        threading.Event().wait(0.01)
        at_work.remove(number)

    side_by_side(note, range(6), threads=2)
    assert max(most) == 2


def test_first_error_in_the_order_of_the_items_is_raised_whichever_comes_first():
    second_failed = threading.Event()

    def fail(number):
        if number == 1:
            assert second_failed.wait(10)
        else:
            second_failed.set()
        raise ScenarioError(f"wrong in {number}")

    with pytest.raises(ScenarioError, match="wrong in 1"):
        side_by_side(fail, [1, 2], threads=2)


def test_workloads_side_by_side_give_the_bytes_of_one_after_the_other(scenario, as_bytes):
    asked = scenario(CHANCE, **RANGES)
    told = {"as_of": asked.as_of, "code_revision": "", "warehouse_version": ""}
    one, three = (project(asked, Evidence(), Assumptions.empty(), **told, threads=threads) for threads in (1, 3))
    assert as_bytes(three) == as_bytes(one)
