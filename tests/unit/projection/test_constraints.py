"""What is allowed, why not, and what each rule and limit costs: a scenario of eight GPUs that never rest."""

import polars as pl
import pytest

from pipelines.errors import ScenarioError
from pipelines.projection.rules import Constraints, OptionFacts, judged

STRATEGIES = ["stay_on_demand", "commit_1y", "own_colocation", "optimal_mix"]
FACTS = {
    "own": {"jurisdiction": "DE-BY", "latency_ms": 5.0, "security_level_index": 4, "compliance": ["ISO 27001"],
            "throughput_tokens_per_second": 900.0, "source": "contract of the site"},
    "on_demand": {"jurisdiction": "US", "latency_ms": 90.0, "security_level_index": 2, "counterparty": "Cloud",
                  "compliance": ["ISO 27001", "SOC 2"], "source": "page of the provider"},
    "commitment_1y": {"jurisdiction": "DE", "counterparty": "Cloud", "source": "offer of August"},
}  # fmt: skip


def constraint(tables, strategy, name):
    frame = tables["projections.constraint"]
    return frame.filter((pl.col("strategy") == strategy) & (pl.col("constraint_name") == name)).row(0, named=True)


@pytest.fixture
def asked(run):
    def make(constraints, options=None, changes=None, **assumptions):
        asked = {"strategies": STRATEGIES, "constraints": constraints, "options": options or {}}
        return run(asked | (changes or {}), **assumptions)

    return make


@pytest.mark.parametrize(
    ("rules", "option", "met", "reason"),
    [
        ({"jurisdictions_allowed": ["DE", "FR"]}, "own", True, None),
        ({"jurisdictions_allowed": ["DE", "FR"]}, "on_demand", False,
         "on demand stands in US, which is not among DE, FR"),
        ({"max_latency_ms": 20}, "on_demand", False, "on demand answers in 90 ms, above the 20 allowed"),
        ({"max_latency_ms": 20}, "commitment_1y", None,
         "commitment 1y is not proven to keep to max latency ms: its latency is not known"),
        ({"min_security_level_index": 3}, "on_demand", False,
         "on demand has a security level of 2, below the 3 required"),
        ({"min_throughput_tokens_per_second": 800}, "own", True, None),
        ({"compliance_required": ["ISO 27001", "SOC 2"]}, "own", False, "own is not certified for SOC 2"),
        ({"compliance_required": ["ISO 27001"]}, "spot", None,
         "spot is not proven to keep to compliance required: its list of certificates is not known"),
    ],
)  # fmt: skip
def test_a_rule_is_met_broken_or_not_proven(rules, option, met, reason):
    facts = {name: OptionFacts(**item) for name, item in FACTS.items()}
    (found,) = judged(Constraints(**rules), [option], facts)
    assert (found.met, found.reason) == (met, reason)


def test_a_country_is_not_a_prefix_of_another_word():
    facts = {"own": OptionFacts(jurisdiction="DEX", source="test")}
    (found,) = judged(Constraints(jurisdictions_allowed=["DE"]), ["own"], facts)
    assert found.met is False


def test_forbidden_and_unproven_strategies_stay_with_their_reasons(asked, row_of):
    tables = asked({"jurisdictions_allowed": ["DE"], "max_latency_ms": 20}, FACTS)
    staying = row_of(tables, "stay_on_demand")
    assert not staying["feasible"]
    assert not staying["recommended"]
    assert staying["infeasible_reason"] == (
        "on demand stands in US, which is not among DE; on demand answers in 90 ms, above the 20 allowed"
    )
    assert constraint(tables, "stay_on_demand", "jurisdictions_allowed")["met"] is False
    # Owning keeps to both rules, and its hardware is there from the first day: it has to cover every hour.
    assert row_of(tables, "optimal_mix")["recommended"]
    assert set(tables["projections.capacity_plan"]["capacity"]) == {"own"}


def test_a_company_that_may_not_stay_is_told_what_else_it_can_do(asked, row_of):
    facts = {**FACTS, "on_demand": {**FACTS["on_demand"], "jurisdiction": "US"}}
    tables = asked({"jurisdictions_allowed": ["DE"]}, facts)
    plan = row_of(tables, "optimal_mix")
    assert plan["feasible"]
    assert plan["recommended"]
    held = tables["projections.capacity_plan"]
    assert "on_demand" not in held["capacity"].to_list()
    row = constraint(tables, "optimal_mix", "jurisdictions_allowed")
    assert row["met"] is True
    assert row["reason"] == "on demand stands in US, which is not among DE"


def test_limits_that_leave_nothing_are_named(asked, row_of):
    tables = asked({"jurisdictions_allowed": ["DE"], "max_latency_ms": 20}, FACTS, lead_time_months=3)
    assert row_of(tables, "optimal_mix")["infeasible_reason"] == (
        "its limits cannot hold together: every hour served without on-demand capacity (commitment 1y is not proven to "
        "keep to max latency ms: its latency is not known; on demand answers in 90 ms, above the 20 allowed; on demand "
        "stands in US, which is not among DE)"
    )
    # There is no allowed strategy that lifting a rule could be measured against.
    assert constraint(tables, "stay_on_demand", "max_latency_ms")["shadow_price_usd"] is None


def test_what_a_budget_costs_is_what_lifting_it_saves(asked, row_of):
    # A fleet of 240,000 USD is barred by 200,000; alone, and it costs less than the best that is allowed.
    free = asked({}, on_demand_usd_per_gpu_hour=9.0)
    tight = asked({"max_capex_usd": 200_000.0}, on_demand_usd_per_gpu_hour=9.0)
    barred = row_of(tight, "own_colocation")
    assert not barred["feasible"]
    assert "above the 200,000 USD allowed" in barred["infeasible_reason"]
    row = constraint(tight, "own_colocation", "max_capex_usd")
    best = min(row["npv_cost_usd"] for row in tight["projections.strategy_summary"].to_dicts() if row["feasible"])
    assert row["binding"]
    assert row["price_basis"] == "lifted"
    assert row["shadow_price_usd"] == pytest.approx(best - row_of(free, "own_colocation")["npv_cost_usd"])


def test_plan_costs_what_its_rows_cost_and_no_strategy_costs_less(asked):
    tables = asked({}, on_demand_usd_per_gpu_hour=9.0, commitment_1y_price_ratio=0.7)
    plan = tables["projections.capacity_plan"]
    cost = plan["plan_cost_usd"][0]
    assert plan["present_value_usd"].sum() == pytest.approx(cost, rel=1e-9)
    summary = tables["projections.strategy_summary"].filter(pl.col("feasible"))
    of_mix = summary.filter(pl.col("strategy") == "optimal_mix")["npv_cost_usd"][0]
    assert of_mix == pytest.approx(cost, rel=1e-9)
    assert summary["npv_cost_usd"].min() >= plan["bound_usd"][0] - 1e-6
    assert plan["gap_frac"].max() <= 1e-4


def test_limit_of_power_has_a_price_by_the_kw(asked):
    given = {"on_demand_usd_per_gpu_hour": 9.0, "server_contracted_kw": 10.0}
    row = constraint(asked({"max_power_kw": 4.0}, **given), "optimal_mix", "max_power_kw")
    assert (row["actual_value"], row["met"], row["unit_name"]) == (0.0, True, "kW")
    assert row["price_basis"] == "per unit"
    assert row["binding"]
    slack = constraint(asked({"max_power_kw": 400.0}, **given), "optimal_mix", "max_power_kw")
    assert (slack["binding"], slack["shadow_price_usd"]) == (False, 0.0)


def test_limit_that_keeps_a_site_from_opening_is_priced_by_lifting_it(asked):
    # Two servers carry a site; a tenth of one does not, so one kW more is worth nothing.
    site = {"physical_security_usd_per_month": 0, "facility_opex_usd_per_month": 0, "compliance_usd_per_year": 0}
    given = {"on_demand_usd_per_gpu_hour": 9.0, "server_contracted_kw": 10.0, "network_usd_per_month": 20_000, **site}
    given["changes"] = {"components": ["hardware", "site"], "workloads.0.gpus": 16}
    free = asked({}, **given)["projections.capacity_plan"]["plan_cost_usd"][0]
    tables = asked({"max_power_kw": 1.0}, **given)
    row = constraint(tables, "optimal_mix", "max_power_kw")
    assert row["binding"]
    assert row["price_basis"] == "lifted"
    saved = tables["projections.capacity_plan"]["plan_cost_usd"][0] - free
    assert row["shadow_price_usd"] == pytest.approx(saved, rel=1e-6)


def test_share_of_one_lessor_is_told_by_name(asked, row_of):
    tables = asked({"max_share_per_counterparty_frac": 0.5}, FACTS)
    reason = row_of(tables, "stay_on_demand")["infeasible_reason"]
    assert reason == "Cloud would serve 100.0% of the GPU-hours, above the 50% allowed to one third party"


def test_rack_space_of_an_unknown_server_is_not_proven_to_fit(asked, row_of):
    tables = asked({"max_rack_units": 42.0})
    assert row_of(tables, "own_colocation")["infeasible_reason"] == (
        "its fleet is not proven to fit: the height of a server (server_rack_units) is not known"
    )
    assert constraint(tables, "own_colocation", "max_rack_units")["met"] is None


def test_option_that_does_not_exist_is_told_with_the_nearest(scenario):
    with pytest.raises(ScenarioError, match="commitment_1y"):
        scenario({"options": {"commitment_1": {"source": "test"}}})
