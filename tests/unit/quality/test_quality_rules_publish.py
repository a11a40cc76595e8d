"""Each rule before publishing: what it lets pass and what it stops."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import duckdb
import pytest
from _quality_tables import AS_OF, ask, ask_one, create, fill


def test_an_unexplained_bill_is_stopped_with_both_totals(warehouse: duckdb.DuckDBPyConnection) -> None:
    fill(warehouse, "meta.reconciliation", scope="focus|a1|2026-07", status="invoiced")
    fill(
        warehouse,
        "meta.reconciliation",
        scope="focus|a1|2026-08",
        status="unexplained",
        delivered_billed_cost="10.00",
        delivered_effective_cost="9.00",
        modelled_effective_cost="9.00",
    )
    (check, success), _ = ask(warehouse, "reconciliation_explained")
    assert not success
    assert check.observed.startswith("1 of 2 bills unexplained, as focus|a1|2026-08: billed 10.0")
    assert "delivered, nothing modelled; effective 9.0" in check.observed


def test_explained_bills_pass(warehouse: duckdb.DuckDBPyConnection) -> None:
    for status in ("estimated", "provisional", "invoiced", "reconciled"):
        fill(warehouse, "meta.reconciliation", scope=status, status=status)
    assert [success for _, success in ask(warehouse, "reconciliation_explained")] == [True, True]


def test_a_bill_that_differs_from_its_providers_total_is_told(warehouse: duckdb.DuckDBPyConnection) -> None:
    bills = {
        "azure|a1|2026-08": {"difference": "-10.5", "explanation": "unexplained", "is_equal": False},
        "azure|a2|2026-08": {"difference": "0.5", "explanation": "rejected rows", "is_equal": False},
        "azure|a3|2026-08": {"difference": "0", "explanation": "none", "is_equal": True},
        "focus|a4|2026-08": {"difference": None, "explanation": None, "is_equal": None},
    }
    for scope, bill in bills.items():
        fill(warehouse, "meta.reconciliation", scope=scope, status="invoiced",
             provider_difference_billed_cost=bill["difference"], provider_difference_explanation=bill["explanation"],
             is_equal_to_provider=bill["is_equal"])  # fmt: skip
    _, (check, success) = ask(warehouse, "reconciliation_explained")
    assert (success, check.severity) == (False, "warning")
    assert check.observed == "2 bills differ, as azure|a1|2026-08: -10.500000000000000000, unexplained"


def marts(warehouse: duckdb.DuckDBPyConnection, paid: dict[int, str], allocated: dict[int, str]) -> None:
    """Cost and workload cost by day of August."""
    for day, amount in paid.items():
        fill(
            warehouse,
            "marts.fct_cost_daily",
            charge_date=date(2026, 8, day),
            sourcing="leased",
            effective_cost_usd=amount,
        )
    for day, amount in allocated.items():
        fill(
            warehouse,
            "marts.fct_workload_tco_daily",
            usage_date=date(2026, 8, day),
            sourcing="leased",
            total_cost_usd=amount,
        )


def test_workload_cost_that_equals_cost_passes(warehouse: duckdb.DuckDBPyConnection) -> None:
    marts(warehouse, {1: "100", 2: "50.5"}, {1: "33.333333333333333334", 2: "50.5"})
    marts(warehouse, {}, {1: "66.666666666666666666"})
    check, success = ask_one(warehouse, "workload_cost_equals_cost")
    assert success
    assert check.observed == "workloads 150.500000000000000000 USD, paid 150.500000000000000000 USD"


def test_workload_cost_that_misses_a_unit_of_the_last_place_is_stopped(warehouse: duckdb.DuckDBPyConnection) -> None:
    marts(warehouse, {1: "100"}, {1: "99.999999999999999999"})
    assert not ask_one(warehouse, "workload_cost_equals_cost")[1]


def test_days_that_only_cancel_in_total_are_stopped(warehouse: duckdb.DuckDBPyConnection) -> None:
    marts(warehouse, {1: "100", 2: "50"}, {1: "101", 3: "49"})
    check, success = ask_one(warehouse, "workload_cost_equals_cost")
    assert (success, check.unexpected_rows) == (False, 3)
    assert "3 days differ, first 2026-08-01 leased (1.0" in check.observed


def test_marts_are_stopped_when_a_bill_came_in_and_nothing_came_out(warehouse: duckdb.DuckDBPyConnection) -> None:
    fill(warehouse, "raw.cost_line", times=7)
    fill(warehouse, "marts.fct_cost_daily", charge_date=date(2026, 8, 1), sourcing="leased", effective_cost_usd=1)
    create(warehouse, "marts.fct_workload_tco_daily")
    found = {check.table: (success, check.expected) for check, success in ask(warehouse, "marts_not_empty")}
    assert found == {
        "marts.fct_cost_daily": (True, "at least one row, because raw.cost_line holds 7"),
        "marts.fct_workload_tco_daily": (False, "at least one row, because raw.cost_line holds 7"),
    }


@pytest.mark.parametrize(("ordered", "checks"), [(date(2026, 8, 31), 2), (AS_OF, 0)])
def test_an_asset_costs_from_its_order_on(warehouse: duckdb.DuckDBPyConnection, ordered: date, checks: int) -> None:
    fill(warehouse, "raw.asset", ordered_date=ordered)
    assert [success for _, success in ask(warehouse, "marts_not_empty")] == [False] * checks


def ages(warehouse: duckdb.DuckDBPyConnection, *sources: tuple[str, str, float]) -> dict[tuple[str, str], bool]:
    for kind, source, days in sources:
        until = datetime(2026, 9, 1) - timedelta(days=days)
        fill(warehouse, "meta.freshness", kind=kind, source=source, data_until=until)
    return {(check.column, check.severity): success for check, success in ask(warehouse, "freshness")}


def test_a_kind_whose_newest_data_are_older_than_forty_days_is_stopped(warehouse: duckdb.DuckDBPyConnection) -> None:
    found = ages(warehouse, ("billing", "focus", 41), ("telemetry", "dcgm", 0))
    assert not found["age_days of billing", "error"]
    assert found["age_days of telemetry", "error"]


def test_a_source_older_than_three_days_is_a_warning(warehouse: duckdb.DuckDBPyConnection) -> None:
    found = ages(warehouse, ("billing", "focus", 3), ("billing", "old_export", 200), ("prices", "list", 900))
    assert found == {
        ("age_days of billing", "error"): True,
        ("age_days of billing by focus", "warning"): True,
        ("age_days of billing by old_export", "warning"): False,
    }


def summary(warehouse: duckdb.DuckDBPyConnection, **values: object) -> None:
    fill(warehouse, "projections.strategy_summary", **values)


def test_quantiles_in_columns_that_cross_are_stopped(warehouse: duckdb.DuckDBPyConnection) -> None:
    summary(warehouse, strategy="buy", p5_npv_saving_usd=-5, p50_npv_saving_usd=1, p95_npv_saving_usd=1)
    summary(warehouse, strategy="mix", p5_npv_saving_usd=-5, p50_npv_saving_usd=3, p95_npv_saving_usd=2.5)
    found = {check.column: (success, check.observed) for check, success in ask(warehouse, "quantiles_in_order")}
    assert found["p50_npv_saving_usd - p5_npv_saving_usd"][0]
    success, observed = found["p95_npv_saving_usd - p50_npv_saving_usd"]
    assert not success
    assert observed == "1 rows below 0, lowest -0.5, as scenario, variant, 2026-08-01, workload, mix"


def quantiles(warehouse: duckdb.DuckDBPyConnection, *values: float | None, **key: object) -> None:
    for frac, value in zip((0.05, 0.5, 0.95), values, strict=True):
        fill(warehouse, "projections.draw_quantiles", quantile_frac=frac, quantile_value=value, **key)


def test_quantiles_in_rows_that_cross_are_stopped(warehouse: duckdb.DuckDBPyConnection) -> None:
    quantiles(warehouse, 1, 2, 1.5)
    assert not ask_one(warehouse, "quantiles_in_order")[1]


def test_quantiles_are_ordered_within_their_measure_and_may_never_be_reached(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    quantiles(warehouse, 100, 200, 200, measure="npv_saving_usd")
    quantiles(warehouse, 1, 20, None, measure="payback_months")
    assert ask_one(warehouse, "quantiles_in_order")[1]


@pytest.mark.parametrize("odd", [float("nan"), float("inf"), float("-inf")])
def test_a_projected_number_that_is_none_is_stopped(warehouse: duckdb.DuckDBPyConnection, odd: float) -> None:
    summary(warehouse, npv_cost_usd=odd, payback_months=None)
    check, success = ask_one(warehouse, "projected_numbers_finite")
    assert not success
    assert check.observed == "1 in npv_cost_usd"


def test_what_is_never_reached_is_null_and_passes(warehouse: duckdb.DuckDBPyConnection) -> None:
    summary(warehouse, npv_cost_usd=1.0, payback_months=None)
    assert ask_one(warehouse, "projected_numbers_finite")[1]
