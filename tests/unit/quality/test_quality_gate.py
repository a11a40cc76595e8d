"""The gates as a whole: what they return, tell and raise."""

from __future__ import annotations

from datetime import date, datetime

import duckdb
import polars as pl
import pytest
from _quality_tables import AS_OF, HOME, create, fill

from pipelines.contracts import contract_for
from pipelines.errors import QualityGateError
from pipelines.quality import GateResult, raise_on_failure, run_gate
from pipelines.quality.rules import all_rules
from pipelines.warehouse import stored
from pipelines.warehouse.load import create_tables
from pipelines.warehouse.tables import replace_rows


def gate(warehouse: duckdb.DuckDBPyConnection, name: str) -> GateResult:
    return run_gate(warehouse, name, as_of=AS_OF, settings=HOME)


@pytest.mark.parametrize("name", ["ingest", "publish"])
def test_a_gate_on_empty_tables_passes(warehouse: duckdb.DuckDBPyConnection, name: str) -> None:
    create_tables(warehouse)
    result = gate(warehouse, name)
    assert result.passed
    assert result.results.is_empty()
    raise_on_failure(result)


@pytest.mark.parametrize("name", ["ingest", "publish"])
def test_a_gate_on_nothing_at_all_passes(warehouse: duckdb.DuckDBPyConnection, name: str) -> None:
    assert gate(warehouse, name).passed


def test_samples_that_lie_in_two_tables_are_looked_at_by_their_contracts_name(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    """A gate that looked for tables alone would pass over all telemetry without a word."""
    create_tables(warehouse)
    contract = contract_for("raw.gpu_sample")
    given = {"delivery_id": "'d'", "source_part": "'f'", "source_row": "1", "source": "'s'", "gpu_uuid": "'g'",
             "sampled_at": "timestamp '1970-01-02'", "metric": "'DCGM_FI_DEV_POWER_USAGE'"}  # fmt: skip
    row = ", ".join(f"cast({given.get(c.name, 'null')} as {c.type}) as {c.name}" for c in contract.columns)
    stored.add(warehouse, contract, f"select {row}")
    result = gate(warehouse, "ingest")
    assert "raw.gpu_sample" in set(result.results["table_name"])
    assert any("not before 2010" in line for line in result.failures())


def test_a_clean_warehouse_passes_and_its_results_are_kept_as_the_contract_says(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    create_tables(warehouse)
    for resource in ("a", "b"):
        fill(warehouse, "raw.cost_line", resource_id=resource, billing_currency="USD")
    result = gate(warehouse, "ingest")
    assert result.passed
    assert result.failures() == []
    # 15 required columns, 4 closed lists and the key of the contract; five rules on bills.
    assert result.results.height == 20 + 5
    assert result.results["success"].all()
    assert tuple(result.results.columns) == contract_for("meta.quality_result").names
    replace_rows(warehouse, "meta.quality_result", result.results, where={"gate": "ingest"})
    (kept,) = warehouse.execute(
        "select count(distinct (gate, table_name, expectation, column_name)) from meta.quality_result"
    ).fetchone()
    assert kept == 25


def test_a_failure_names_table_column_value_and_next_step(warehouse: duckdb.DuckDBPyConnection) -> None:
    fill(warehouse, "raw.tariff", hour_to_index=25, source_part="tariff.csv", source_row=3)
    result = gate(warehouse, "ingest")
    assert not result.passed
    assert result.failures() == [
        "raw.tariff.hour_to_index: expected at least 1 and at most 24; seen: from 25 to 25; next: mend tariff.csv "
        "(row 3, delivery delivery_id) and add it again with tenure add"
    ]
    with pytest.raises(QualityGateError, match="the ingest gate found 1 fault:"):
        raise_on_failure(result)


def test_every_failure_is_raised_at_once(warehouse: duckdb.DuckDBPyConnection) -> None:
    fill(warehouse, "raw.tariff", hour_to_index=25)
    fill(warehouse, "raw.cost_line", billing_currency="EUR")
    with pytest.raises(QualityGateError) as caught:
        raise_on_failure(gate(warehouse, "ingest"))
    text = str(caught.value)
    assert text.startswith("the ingest gate found 2 faults:")
    assert "raw.cost_line.billing_currency: expected USD, or a rate of the day; seen: EUR in 1 rows" in text
    assert "raw.tariff.hour_to_index" in text
    assert caught.value.next_step


def test_a_warning_is_told_and_lets_the_gate_pass(warehouse: duckdb.DuckDBPyConnection) -> None:
    fill(warehouse, "meta.freshness", kind="telemetry", source="dcgm", data_until=date(2026, 8, 1))
    result = gate(warehouse, "publish")
    assert result.passed
    assert result.failures() == []
    assert result.warnings() == [
        "meta.freshness.age_days of telemetry by dcgm: expected data at most 3 days older than 2026-09-01; seen: 31.0 "
        "days, until 2026-08-01 00:00:00 (dcgm); next: deliver newer telemetry with tenure add, or speak for an "
        "earlier day with --as-of"
    ]
    raise_on_failure(result)


def test_deliveries_that_a_warning_names_are_handed_on_to_be_looked_at_again(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    for hour in range(9):
        fill(warehouse, "raw.gpu_sample", delivery_id="still", sampled_at=datetime(2026, 8, 1, hour), gpu_uuid="g1",
             metric="DCGM_FI_DEV_POWER_USAGE", value=67.1)  # fmt: skip
    create(warehouse, "meta.delivery")
    result = gate(warehouse, "ingest")
    assert (result.passed, result.warned) == (True, ("still",))


def test_a_rule_whose_tables_are_missing_is_left_out(warehouse: duckdb.DuckDBPyConnection) -> None:
    fill(warehouse, "marts.fct_cost_daily", charge_date=date(2026, 8, 1), sourcing="owned", effective_cost_usd=1)
    assert gate(warehouse, "publish").results.is_empty()


def test_verdict_and_count_of_unexpected_rows_agree_in_every_result(warehouse: duckdb.DuckDBPyConnection) -> None:
    fill(warehouse, "raw.asset", asset_id="a1", gpus=-1, asset_class=None)
    fill(warehouse, "raw.asset", asset_id="a1", depreciation_method="none", cost_of_capital_frac_per_year=2)
    results = gate(warehouse, "ingest").results
    assert results.filter(pl.col("success") != (pl.col("unexpected_rows") == 0)).is_empty()
    assert results.filter(~pl.col("success"))["column_name"].to_list() == [
        "asset_class",
        "gpus",
        "depreciation_method",
        "cost_of_capital_frac_per_year",
        "asset_id",
    ]


def test_every_rule_says_what_it_is_for_and_where_it_stands() -> None:
    rules = all_rules()
    assert {"one_bill_one_source", "reconciliation_explained", "freshness"} <= rules.keys()
    for name, rule in rules.items():
        assert rule.GATE in ("ingest", "publish"), name
        assert isinstance(rule.NEEDS, tuple), name
        assert rule.__doc__, name
