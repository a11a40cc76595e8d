"""Claims about the whole projection that hold whatever the numbers are."""

import datetime as dt
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from pipelines.contracts import contract_for
from pipelines.projection.assumptions import Assumptions
from pipelines.projection.engine import project
from pipelines.projection.evidence import Evidence
from pipelines.projection.scenario import Scenario
from pipelines.projection.tables import TABLES, schema_of

AS_OF = dt.date(2026, 9, 1)
DATA = Path(__file__).parents[3] / "data"
ALL = {"strategies": ["stay_on_demand", "commit_1y", "own_colocation", "own_base_lease_burst"]}
UNCERTAIN = {
    "simulation": {"draws": 200, "seed": 7},
    "conventions.break_even_basis": "npv",
    "conventions.payment_timing": "mid",
}
RANGES = {
    "energy_usd_per_kwh": {"low": 0.1, "base": 0.2, "high": 0.4},
    "on_demand_decline_frac_per_year": {"low": -0.1, "base": 0.1, "high": 0.4},
    "on_demand_volatility_ratio": 0.2,
    "demand_level_ratio": {"low": 0.6, "base": 1.0, "high": 1.2},
    "demand_growth_frac_per_year": {"low": -0.3, "base": 0.1, "high": 0.3},
    "lead_time_months": {"low": 1, "base": 3, "high": 9},
    "discount_rate_frac_per_year": {"low": 0.05, "base": 0.1, "high": 0.15},
}


def as_bytes(tables):
    return {name: frame.serialize() for name, frame in tables.items()}


def history(**prices):
    """Two workloads over a week; the numbers are arbitrary, the frames have the columns of the marts."""
    hours = [dt.datetime(2026, 8, 25) + dt.timedelta(hours=hour) for hour in range(168)]
    usage = pl.concat(
        pl.DataFrame(
            {"hour_at": hours, "allocated_gpu_hours": [gpus + (h % 24 > 12) * 4.0 for h in range(168)]}
        ).with_columns(
            workload=pl.lit(name), workload_kind=pl.lit("inference"), sourcing=pl.lit("leased"),
            gpu_model=pl.lit("H100-SXM-80GB"), busy_gpu_hours=pl.col("allocated_gpu_hours") / 2,
        )
        for name, gpus in (("chat", 8.0), ("search", 20.0))
    )  # fmt: skip
    cost = usage.group_by(
        pl.col("hour_at").dt.date().alias("usage_date"), "workload", "workload_kind", "sourcing", "gpu_model"
    ).agg(
        gpu_hours_paid=pl.col("allocated_gpu_hours").sum(),
        direct_cost_usd=(pl.col("allocated_gpu_hours") * 2.5).sum().cast(pl.Decimal(38, 18)),
        idle_cost_usd=pl.lit(0.0),
        shared_cost_usd=pl.lit(0.0),
    )
    return Evidence(usage_hourly=usage, tco_daily=cost, **prices)


def nightly(evidence, scenario="lease_or_own", draws=50):
    question = Scenario.load(DATA / "scenarios" / f"{scenario}.yaml")
    question = question.model_copy(update={"simulation": question.simulation.model_copy(update={"draws": draws})})
    return project(
        question,
        evidence,
        Assumptions.load(DATA / "assumptions"),
        as_of=AS_OF,
        code_revision="r1",
        warehouse_version="v7",
    )


@pytest.fixture(scope="module")
def night():
    return nightly(history())


def test_same_inputs_seed_and_day_give_the_same_bytes(run):
    assert as_bytes(run(ALL | UNCERTAIN, **RANGES)) == as_bytes(run(ALL | UNCERTAIN, **RANGES))


def test_other_seed_gives_other_draws_and_the_same_central_result(run, row_of):
    first = run(ALL | UNCERTAIN, **RANGES)
    second = run(ALL | UNCERTAIN | {"simulation": {"draws": 200, "seed": 8}}, **RANGES)
    one, other = (row_of(tables, "own_colocation") for tables in (first, second))
    assert one["mean_npv_saving_usd"] != other["mean_npv_saving_usd"]
    assert one["npv_saving_usd"] == other["npv_saving_usd"]


def test_order_of_the_evidence_does_not_move_a_byte(night):
    evidence = history()
    shuffled = Evidence(
        usage_hourly=evidence.usage_hourly.sample(fraction=1.0, shuffle=True, seed=1),
        tco_daily=evidence.tco_daily.sample(fraction=1.0, shuffle=True, seed=2),
    )
    assert as_bytes(nightly(shuffled)) == as_bytes(night)


def test_without_spread_every_draw_is_the_central_result(run):
    tables = run(ALL | UNCERTAIN | {"simulation": {"draws": 1000, "seed": 7, "spread_ratio": 0.0}}, **RANGES)
    central = tables["projections.strategy_summary"].select("strategy", "npv_cost_usd", "npv_saving_usd")
    spread = tables["projections.draw_quantile"].join(central, on="strategy")
    for measure in ("npv_cost_usd", "npv_saving_usd"):
        of_one = spread.filter(pl.col("measure") == measure)
        assert of_one.height == 4 * 5
        assert of_one["quantile_value"].to_numpy() == pytest.approx(of_one[measure].to_numpy(), rel=1e-12)


def test_present_values_of_the_cash_add_up_to_the_npv(run):
    tables = run(ALL | UNCERTAIN, **RANGES)
    cash = (
        tables["projections.cash_flow_monthly"]
        .group_by("strategy")
        .agg(pl.col("present_value_usd", "cash_usd_nominal").sum())
    )
    joined = tables["projections.strategy_summary"].join(cash, on="strategy")
    assert joined["present_value_usd"].to_numpy() == pytest.approx(joined["npv_cost_usd"].to_numpy())
    assert joined["cash_usd_nominal"].to_numpy() == pytest.approx(joined["total_cost_usd_nominal"].to_numpy())


def test_all_prices_times_k_make_all_money_times_k_and_leave_the_rest(run, plain):
    k = 3.0
    prices = {key: value["base"] * k for key, value in plain["assumptions"].items() if "_usd" in key}
    ranges = {key: value for key, value in RANGES.items() if "_usd" not in key}
    changes = ALL | UNCERTAIN
    one = run(changes, **ranges)["projections.strategy_summary"]
    other = run(changes, **(prices | ranges))["projections.strategy_summary"]
    for name in one.columns:
        if one[name].dtype != pl.Float64:
            assert one[name].to_list() == other[name].to_list(), name
            continue
        factor = k if "_usd" in name else 1.0
        expected = (one[name] * factor).to_list()
        assert other[name].to_list() == [None if v is None else pytest.approx(v, rel=1e-6) for v in expected], name


def test_no_demand_costs_nothing_whatever_the_strategy(run):
    summary = run(ALL | {"workloads.0.utilisation_frac": 0.0})["projections.strategy_summary"]
    assert summary["total_cost_usd_nominal"].to_list() == [0.0] * 4
    assert summary["owned_gpus"].to_list() == [0] * 4
    assert summary.filter("recommended")["strategy"].to_list() == ["stay_on_demand"]


def test_owning_at_the_price_of_leasing_saves_nothing(run, row_of):
    # no outlay, and a server-hour at eight times the price of a GPU-hour
    at_par = {"components": ["hardware", "managed_operations"]}
    tables = run(at_par, server_price_usd=0, managed_operations_usd_per_hour=8 * 3.29)
    own = row_of(tables, "own_colocation")
    assert own["npv_saving_usd"] == pytest.approx(0.0, abs=1e-6)
    assert own["recommended"] is False


def test_commitment_at_the_price_of_on_demand_saves_nothing(run, row_of):
    found = row_of(run(ALL, commitment_1y_price_ratio=1.0), "commit_1y")
    assert (found["committed_gpus"], found["npv_saving_usd"]) == (8.0, pytest.approx(0.0, abs=1e-6))


def test_commitment_saves_its_discount_on_a_level_demand(run, row_of):
    # 8 GPUs · 17,520 h · 3.29 · 40 %
    found = row_of(run(ALL), "commit_1y")
    assert found["npv_saving_usd"] == pytest.approx(8 * 730 * 24 * 3.29 * 0.4)


def test_cost_of_owning_is_what_its_components_are(run, row_of):
    # 240,000 + 24 months of 2.1 kW · 194.95 and 2.1 · 730 · 1.52 · 0.2575
    own = row_of(run(), "own_colocation")
    assert own["total_cost_usd_nominal"] == pytest.approx(240_000 + 24 * (409.395 + 600.0159), abs=0.01)


def test_waiting_for_hardware_costs_the_lease_of_those_months(run, row_of):
    # six months of 8 GPUs on demand, and six months less of running cost
    at_once, later = (row_of(run(lead_time_months=lead), "own_colocation") for lead in (0, 6))
    lease, running = 6 * 8 * 730 * 3.29, 6 * (409.395 + 600.0159)
    expected = at_once["total_cost_usd_nominal"] + lease - running
    assert later["total_cost_usd_nominal"] == pytest.approx(expected, abs=0.01)


def test_resale_comes_off_at_the_age_of_the_horizon(run, row_of):
    sold = {"conventions.residual_basis": "resale_curve", "components": ["hardware", "resale"]}
    kept = row_of(run({"components": ["hardware"]}), "own_colocation")
    own = row_of(run(sold, resale_frac=0.3, selling_cost_frac=0.1), "own_colocation")
    assert kept["total_cost_usd_nominal"] - own["total_cost_usd_nominal"] == pytest.approx(240_000 * 0.3 * 0.9)


def test_discounting_later_saving_makes_owning_less_attractive(run, row_of):
    savings = [
        row_of(run(discount_rate_frac_per_year=rate), "own_colocation")["npv_saving_usd"] for rate in (0.0, 0.1, 0.2)
    ]
    assert savings == sorted(savings, reverse=True)


def test_incremental_irr_is_the_rate_at_which_the_saving_is_nothing(run, row_of):
    found = row_of(run({"components": ["hardware"]}, server_price_usd=400_000), "own_colocation")
    assert found["irr_status"] == "one"
    again = run(
        {"components": ["hardware"]}, server_price_usd=400_000, discount_rate_frac_per_year=found["irr_frac_per_year"]
    )
    assert row_of(again, "own_colocation")["npv_saving_usd"] == pytest.approx(0.0, abs=0.01)


def test_regret_of_the_best_strategy_in_every_draw_is_nothing(run):
    tables = run(ALL | UNCERTAIN, **(RANGES | {"server_price_usd": 1_000}))
    summary = tables["projections.strategy_summary"]
    best = summary.filter("recommended").row(0, named=True)
    assert best["expected_regret_usd"] == summary["expected_regret_usd"].min()
    assert (summary["expected_regret_usd"] >= 0.0).all()
    # what staying costs more than the best on average is at most its regret
    stay = summary.filter(pl.col("strategy") == "stay_on_demand").row(0, named=True)
    assert stay["expected_regret_usd"] >= best["mean_npv_saving_usd"] - 1e-6


def test_probability_quantiles_and_tail_describe_the_same_draws(run, row_of):
    own = row_of(run(ALL | UNCERTAIN, **RANGES), "own_colocation")
    assert (
        own["cvar_npv_saving_usd"] <= own["p5_npv_saving_usd"] <= own["p50_npv_saving_usd"] <= own["p95_npv_saving_usd"]
    )
    assert 0.0 < own["cheaper_draws_frac"] < 1.0
    assert (own["p50_npv_saving_usd"] > 0) == (own["cheaper_draws_frac"] > 0.5)


def test_strategy_beyond_the_capex_allowed_stays_with_its_reason(run, row_of):
    own = row_of(run({"constraints": {"max_capex_usd": 100_000}}), "own_colocation")
    assert own["feasible"] is False
    assert own["infeasible_reason"] == "its capex of 240,000 USD is above the 100,000 USD allowed"
    assert own["npv_cost_usd"] is None


def test_lead_time_longer_than_allowed_stays_with_its_reason(run, row_of):
    own = row_of(run({"constraints": {"max_lead_time_months": 3}}, lead_time_months=5), "own_colocation")
    assert own["infeasible_reason"] == "its lead time of 5 months is longer than the 3 allowed"


def test_hardware_live_after_the_horizon_stays_with_its_reason(run, row_of):
    own = row_of(run(lead_time_months=24), "own_colocation")
    assert own["infeasible_reason"] == "hardware would go live in month 24, after the horizon of 24 months"


def test_gpu_that_cannot_be_priced_leaves_the_leases_standing():
    usage = history().usage_hourly.with_columns(gpu_model=pl.lit("NOVEL-1TB"))
    tables = nightly(
        Evidence(usage_hourly=usage, tco_daily=history().tco_daily.with_columns(gpu_model=pl.lit("NOVEL-1TB")))
    )
    summary = tables["projections.strategy_summary"].filter(pl.col("workload") == "chat")
    able = dict(zip(summary["strategy"], summary["feasible"], strict=True))
    assert able == {"commit_1y": True, "stay_on_demand": True, "own_colocation": False, "own_base_lease_burst": False}
    assert "no value of server_price_usd for NOVEL-1TB" in summary["infeasible_reason"].drop_nulls()[0]


def test_workload_without_any_price_has_no_answer_but_keeps_its_rows():
    usage = history().usage_hourly.with_columns(gpu_model=pl.lit("NOVEL-1TB"))
    summary = nightly(Evidence(usage_hourly=usage))["projections.strategy_summary"]
    assert summary.height == 3 * 4
    assert not summary["feasible"].any()


def test_no_history_gives_empty_tables_with_their_schema():
    tables = nightly(Evidence())
    assert tables["projections.projection_run"].height == 1
    assert tables["projections.strategy_summary"].is_empty()


@pytest.mark.parametrize("table", TABLES)
def test_table_obeys_its_contract(night, table):
    contract, frame = contract_for(table), night[table]
    assert dict(frame.schema) == schema_of(contract)
    assert frame.height > 0
    assert not frame.select(pl.struct(contract.key).is_duplicated().any()).item()
    for column in contract.columns:
        assert column.nullable or frame[column.name].null_count() == 0, column.name
        if column.allowed:
            assert set(frame[column.name].drop_nulls()) <= set(column.allowed), column.name
        if column.minimum is not None:
            assert (frame[column.name].drop_nulls() >= column.minimum).all(), column.name
        if column.maximum is not None:
            assert (frame[column.name].drop_nulls() <= column.maximum).all(), column.name


@pytest.mark.parametrize("table", TABLES)
def test_table_is_sorted_by_its_key(night, table):
    assert night[table].equals(night[table].sort(contract_for(table).key))


def test_run_carries_versions_seed_and_hashes(night):
    row = night["projections.projection_run"].row(0, named=True)
    assert (row["code_revision"], row["warehouse_version"], row["seed"], row["draws_count"]) == (
        "r1",
        "v7",
        20260901,
        50,
    )
    assert row["assumptions_sha256"] == Assumptions.load(DATA / "assumptions").sha256()
    assert row["as_of_date"] == AS_OF


def test_every_workload_and_their_pool_are_answered(night):
    answered = night["projections.strategy_summary"].filter("recommended")
    assert answered["workload"].to_list() == ["all workloads", "chat", "search"]


def test_every_number_used_is_recorded_with_its_source(night):
    used = night["projections.assumption_value"].filter(pl.col("workload") == "chat")
    origin = dict(zip(used["assumption"], used["origin"], strict=False))
    assert origin["on_demand_usd_per_gpu_hour"] == "evidence"
    assert origin["server_price_usd"] == "assumption file"
    assert (used["source"].str.len_chars() > 2).all()
    level = used.filter(pl.col("assumption") == "demand_level_gpus").row(0, named=True)
    # 8 all the time and 4 more in 11 of 24 hours
    assert level["base_value"] == pytest.approx(8 + 4 * 11 / 24)


def test_price_history_replaces_the_assumed_decline():
    months = pl.DataFrame(
        {
            "observed_at": [dt.datetime(2024 + m // 12, m % 12 + 1, 1) for m in range(30)],
            "gpu_model": "H100-SXM-80GB",
            "pricing_model": "on_demand",
            "statistic": "median",
            "provider": pl.Series([None] * 30, dtype=pl.String),
            "price_usd_per_gpu_hour": [3.0 * float(np.exp(-0.01 * m)) for m in range(30)],
        }
    )
    used = nightly(history(price_points=months))["projections.assumption_value"]
    decline = used.filter(
        (pl.col("workload") == "chat") & (pl.col("assumption") == "on_demand_decline_frac_per_year")
    ).row(0, named=True)  # fmt: skip
    assert decline["origin"] == "evidence"
    assert decline["base_value"] == pytest.approx(0.12, abs=0.001)


def test_workload_that_is_asked_for_but_not_in_history_is_refused(tmp_path):
    text = (DATA / "scenarios" / "lease_or_own.yaml").read_text().replace("workloads: all", "workloads: [chat, sarch]")
    path = tmp_path / "lease_or_own.yaml"
    path.write_text(text)
    from pipelines.errors import ScenarioError

    with pytest.raises(
        ScenarioError, match="workload 'sarch' has no leased use before 2026-09-01; known: chat"
    ) as caught:
        project(
            Scenario.load(path), history(), Assumptions.load(DATA / "assumptions"),
            as_of=AS_OF, code_revision="", warehouse_version="",
        )  # fmt: skip
    assert caught.value.line == 5


@pytest.fixture
def dropped_in(tmp_path):
    """A module put beside the components, for one test."""
    from pipelines import owning

    (tmp_path / "zz_canteen.py").write_text(
        "import polars as pl\n"
        "from pipelines.owning import monthly\n"
        'NEEDS = ("staff_minimum_fte",)\n'
        'TAX = "expense"\n'
        "def cash(plan):\n"
        '    return monthly(plan, __name__, during=pl.col("in_service_count") * pl.col("staff_minimum_fte") * 10.0)\n'
    )
    owning.__path__.append(str(tmp_path))
    owning.all_components.cache_clear()
    yield "zz_canteen"
    owning.__path__.remove(str(tmp_path))
    owning.all_components.cache_clear()


def test_component_file_put_into_the_folder_takes_part_in_the_next_run(dropped_in, run, row_of):
    with_it = {"components": ["hardware", dropped_in]}
    cost = row_of(run(with_it, staff_minimum_fte=2), "own_colocation")["total_cost_usd_nominal"]
    assert cost == pytest.approx(240_000 + 24 * 20)
