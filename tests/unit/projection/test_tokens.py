"""Work counted and bought in tokens, worked out by hand."""

import numpy as np
import pytest

from pipelines.economics.tokens import usd_per_1m_counted
from pipelines.errors import ScenarioError

API = {
    "api_input_usd_per_1m_tokens": 2.0,
    "api_output_usd_per_1m_tokens": 8.0,
    "output_token_frac": 0.25,
}
BY_TOKEN = {"conventions.market": "per_token_api", "workloads.0.tokens_per_second": 8_000}


@pytest.mark.parametrize(("basis", "price"), [("blended", 3.5), ("output", 14.0), ("input", 3.5 / 0.75)])
def test_price_of_counted_tokens_holds_those_that_go_with_them(basis, price):
    # one token out for three in: 0.25 · 8 + 0.75 · 2 = 3.5 by any token, four times that by output
    prices = (np.array([value]) for value in (2.0, 8.0, 0.25))
    assert usd_per_1m_counted(*prices, basis) == pytest.approx([price])


def test_what_is_not_owned_is_bought_by_the_token(run, row_of):
    # 8,000 tokens a second for 730 h a month, 24 months, at 3.5 USD a million
    tables = run(BY_TOKEN, **API)
    tokens = 8_000 * 3_600 * 730 * 24
    stay = row_of(tables, "stay_on_demand")
    assert stay["tokens_count"] == pytest.approx(tokens)
    assert stay["total_cost_usd_nominal"] == pytest.approx(tokens / 1e6 * 3.5)
    assert stay["levelised_cost_usd_per_1m_tokens"] == pytest.approx(3.5)
    assert set(tables["projections.cash_flow_monthly"]["component"]) >= {"per_token_api"}


def test_price_at_which_tokens_cost_what_owning_costs_is_indifferent(run, row_of):
    terms = BY_TOKEN | {"thresholds": ["api_output_usd_per_1m_tokens"]}
    api = API | {"api_input_usd_per_1m_tokens": 0}
    found = run(terms, **api)["projections.threshold"]
    (flips,) = (row for row in found.to_dicts() if row["parameter"] == "api_output_usd_per_1m_tokens"
                and row["strategy"] == "own_colocation")  # fmt: skip
    at_par = run(terms, **(api | {"api_output_usd_per_1m_tokens": flips["threshold_value"]}))
    assert row_of(at_par, "own_colocation")["npv_saving_usd"] == pytest.approx(0.0, abs=0.5)


def test_demand_in_tokens_takes_the_gpus_that_its_throughput_needs(run, row_of):
    # a quarter of what eight GPUs can do in a month
    month = 8_000 * 3_600 * 730
    typed = {"workloads.0.utilisation_frac": None, "workloads.0.tokens_per_second": 8_000}
    found = row_of(run(typed | {"workloads.0.tokens_per_month_count": month / 4}), "stay_on_demand")
    assert found["demand_gpu_hours"] == pytest.approx(2 * 730 * 24)
    assert found["tokens_count"] == pytest.approx(month / 4 * 24)


def test_more_tokens_than_the_gpus_can_do_are_refused(scenario):
    typed = {"workloads.0.utilisation_frac": None, "workloads.0.tokens_per_second": 1}
    with pytest.raises(ScenarioError, match=r"2\.00 times what 1 a second can do") as caught:
        scenario(typed | {"workloads.0.tokens_per_month_count": 2 * 3_600 * 730})
    assert caught.value.line


def test_tokens_without_a_throughput_are_refused(scenario):
    typed = {"workloads.0.utilisation_frac": None, "workloads.0.tokens_per_month_count": 1e9}
    with pytest.raises(ScenarioError, match="needs the throughput, `tokens_per_second`"):
        scenario(typed)


def test_api_without_a_throughput_is_refused(run):
    with pytest.raises(ScenarioError, match="needs tokens_per_second of each workload"):
        run({"conventions.market": "per_token_api"}, **API)


def test_without_throughput_no_cost_of_tokens_is_guessed(run, row_of):
    own = row_of(run(), "own_colocation")
    assert (own["tokens_count"], own["token_basis"], own["levelised_cost_usd_per_1m_tokens"]) == (None, None, None)


def test_unknown_market_names_the_nearest(scenario):
    with pytest.raises(ScenarioError, match="unknown market 'per_token'; the nearest valid market is 'per_token_api'"):
        scenario({"conventions.market": "per_token"})
