"""The nightly question on a small history: what is read from it, what is recorded, what the tables promise."""

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
from pipelines.projection.strategies import strategies_for
from pipelines.projection.tables import TABLES, schema_of

AS_OF = dt.date(2026, 9, 1)
DATA = Path(__file__).parents[3] / "data"
QUESTION = Scenario.load(DATA / "scenarios" / "lease_or_own.yaml")
STRATEGIES = strategies_for(QUESTION.strategies, "leased")
FEW = ["stay_on_demand", "commit_1y"]  # for what does not hang on the strategies asked for


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


def nightly(evidence, **changed):
    fewer = {"simulation": QUESTION.simulation.model_copy(update={"draws": 50}), "wait_months": (0,)}
    return project(
        QUESTION.model_copy(update=fewer | changed),
        evidence,
        Assumptions.load(DATA / "assumptions"),
        as_of=AS_OF,
        code_revision="r1",
        warehouse_version="v7",
    )


@pytest.fixture(scope="module")
def night():
    return nightly(history())


def test_order_of_the_evidence_does_not_move_a_byte(night, as_bytes):
    evidence = history()
    shuffled = Evidence(
        usage_hourly=evidence.usage_hourly.sample(fraction=1.0, shuffle=True, seed=1),
        tco_daily=evidence.tco_daily.sample(fraction=1.0, shuffle=True, seed=2),
    )
    assert as_bytes(nightly(shuffled)) == as_bytes(night)


def test_gpu_that_cannot_be_priced_leaves_the_leases_standing():
    usage = history().usage_hourly.with_columns(gpu_model=pl.lit("NOVEL-1TB"))
    tables = nightly(
        Evidence(usage_hourly=usage, tco_daily=history().tco_daily.with_columns(gpu_model=pl.lit("NOVEL-1TB")))
    )
    summary = tables["projections.strategy_summary"].filter(pl.col("workload") == "chat")
    able = dict(zip(summary["strategy"], summary["feasible"], strict=True))
    assert able == {name: not name.startswith("own_") for name in STRATEGIES}
    assert "no value of server_price_usd for NOVEL-1TB" in summary["infeasible_reason"].drop_nulls()[0]


def test_workload_without_any_price_has_no_answer_but_keeps_its_rows():
    usage = history().usage_hourly.with_columns(gpu_model=pl.lit("NOVEL-1TB"))
    summary = nightly(Evidence(usage_hourly=usage))["projections.strategy_summary"]
    assert summary.height == 3 * len(STRATEGIES)
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
    used = nightly(history(price_points=months), strategies=FEW)["projections.assumption_value"]
    decline = used.filter(
        (pl.col("workload") == "chat") & (pl.col("assumption") == "on_demand_decline_frac_per_year")
    ).row(0, named=True)  # fmt: skip
    assert decline["origin"] == "evidence"
    assert decline["base_value"] == pytest.approx(0.12, abs=0.001)


LISTED = pl.DataFrame(
    {
        "observed_at": [dt.datetime(2026, 8, 1)],
        "gpu_model": "H100-SXM-80GB",
        "pricing_model": "on_demand",
        "statistic": "offer",
        "provider": "a",
        "price_usd_per_gpu_hour": [1.75],
    }
)


@pytest.mark.parametrize(
    ("basis", "listed", "price", "origin"),
    [
        ("list", True, 1.75, "evidence"),
        ("list", False, 2.5, "evidence"),  # what was paid, where no list is known
        ("realised", True, 2.5, "evidence"),
        ("assumed", True, 2.7, "assumption file"),
    ],
)
def test_lease_price_is_on_the_basis_the_scenario_asks_for(basis, listed, price, origin):
    conventions = QUESTION.conventions.model_copy(update={"price_basis": basis})
    evidence = history(price_points=LISTED if listed else None)
    tables = nightly(evidence, conventions=conventions, strategies=FEW)
    used = tables["projections.assumption_value"].filter(
        (pl.col("workload") == "chat") & (pl.col("assumption") == "on_demand_usd_per_gpu_hour")
    ).row(0, named=True)  # fmt: skip
    assert (used["base_value"], used["origin"]) == (pytest.approx(price), origin)


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
