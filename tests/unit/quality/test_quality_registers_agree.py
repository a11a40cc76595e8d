"""What registers say of one another."""

from __future__ import annotations

from datetime import date
from typing import Any

import duckdb
import pytest
from _quality_tables import AS_OF, HOME, ask, create, fill

from pipelines.quality.check import look_at
from pipelines.quality.contract_checks import contract_checks
from pipelines.quality.rules import all_rules

TABLES = (
    "asset",
    "asset_gpu",
    "asset_impairment",
    "energy_price",
    "lease_contract",
    "lease_contract_ramp",
    "site",
    "tariff",
)
BOUGHT = {"asset_id": "NW-1", "site_id": "lis", "ordered_date": date(2026, 1, 1), "go_live_date": date(2026, 2, 1)}
SIGNED = {
    "contract_id": "LC-1",
    "counterparty": "Lumen",
    "start_date": date(2026, 1, 1),
    "end_date": date(2027, 1, 1),
    "commitment_discount_id": "cud-1",
}
# Another lessor's commitment may be called the same.
ELSEWHERE = {"contract_id": "LC-4", "counterparty": "Orrin"}
# Renewed at its end under the same commitment; then left early, and renewed again that day.
AFTER = {"contract_id": "LC-2", "start_date": date(2027, 1, 1), "end_date": date(2028, 1, 1)}
BANDS = (
    {"site_id": "lis", "hour_from_index": 0, "hour_to_index": 13},
    {"site_id": "lis", "hour_from_index": 13, "hour_to_index": 24},
)
WHOLE = {"site_id": "lis", "hour_from_index": 0, "hour_to_index": 24}


@pytest.fixture
def registers(warehouse: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    for table in TABLES:
        create(warehouse, f"raw.{table}")
    fill(warehouse, "raw.asset", **BOUGHT, retired_date=date(2026, 8, 1))
    # Known until a day on which the asset is still there: what comes then is told in time.
    fill(warehouse, "raw.site", site_id="lis", valid_from_date=date(2026, 2, 1), valid_to_date=date(2026, 6, 1))
    fill(warehouse, "raw.lease_contract", **SIGNED)
    fill(warehouse, "raw.lease_contract", **SIGNED | AFTER, terminated_date=date(2027, 2, 1))
    fill(warehouse, "raw.lease_contract", **SIGNED | AFTER | {"contract_id": "LC-3", "start_date": date(2027, 2, 1)})
    fill(warehouse, "raw.lease_contract", **SIGNED | ELSEWHERE)
    fill(warehouse, "raw.asset_gpu", asset_id="NW-1")
    fill(warehouse, "raw.asset_impairment", asset_id="NW-1", impairment_date=date(2026, 7, 31))
    for band in BANDS:
        fill(warehouse, "raw.tariff", **band, valid_from_date=date(2026, 2, 1), valid_to_date=date(2026, 7, 1))
    fill(warehouse, "raw.lease_contract_ramp", contract_id="LC-1", from_date=date(2026, 1, 1))
    return warehouse


def test_registers_that_agree_pass(registers: duckdb.DuckDBPyConnection) -> None:
    assert [(check.observed, success) for check, success in ask(registers, "registers_agree")] == [
        ("all are there", True)
    ] * 11


def test_each_link_is_a_check_of_its_own(registers: duckdb.DuckDBPyConnection) -> None:
    """Great Expectations judges one by table, column and expectation: two of one name would be one."""
    look = look_at(registers, AS_OF, HOME)
    checks = [*contract_checks(look, "ingest"), *all_rules()["registers_agree"].checks(look)]
    names = [(check.table, check.column, check.expectation) for check in checks]
    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize(
    ("table", "row", "told"),
    [
        ("asset", BOUGHT | {"site_id": "osl"}, "NW-1 at osl, which is not there"),
        ("asset", BOUGHT | {"go_live_date": date(2026, 1, 31)}, "NW-1 at lis, whose terms begin on 2026-02-01"),
        ("asset_gpu", {"gpu_uuid": "GPU-9", "asset_id": "NW-9"}, "GPU-9 in NW-9"),
        (
            "asset_impairment",
            {"asset_id": "NW-9", "impairment_date": date(2026, 5, 1)},
            "NW-9 on 2026-05-01, which is not there",
        ),
        (
            "asset_impairment",
            {"asset_id": "NW-1", "impairment_date": date(2025, 12, 31)},
            "NW-1 on 2025-12-31, before its order on 2026-01-01",
        ),
        (
            "asset_impairment",
            {"asset_id": "NW-1", "impairment_date": date(2026, 8, 1)},
            "NW-1 on 2026-08-01, after it left on 2026-08-01",
        ),
        ("tariff", WHOLE | {"valid_from_date": date(2026, 7, 1), "market_id": "PT"}, "lis by the market PT"),
        (
            "site",
            {"site_id": "lis", "valid_from_date": date(2026, 6, 2)},
            "lis from 2026-06-01 to 2026-06-02, where NW-1 stands",
        ),
        (
            "tariff",
            WHOLE | {"valid_from_date": date(2026, 9, 1)},
            "lis from 2026-07-01 to 2026-09-01, where NW-1 stands",
        ),
        (
            "tariff",
            WHOLE | {"valid_from_date": date(2026, 7, 1), "hour_to_index": 23},
            "lis on 2026-07-01, of which 23 hours have a price",
        ),
        (
            "lease_contract_ramp",
            {"contract_id": "LC-9", "from_date": date(2026, 5, 1)},
            "LC-9 from 2026-05-01, which is not there",
        ),
        (
            "lease_contract_ramp",
            {"contract_id": "LC-1", "from_date": date(2027, 1, 1)},
            "LC-1 from 2027-01-01, outside its term 2026-01-01 to 2027-01-01",
        ),
        (
            "lease_contract",
            SIGNED | {"contract_id": "LC-9", "start_date": date(2026, 12, 31)},
            "LC-9 and LC-1 both by cud-1",
        ),
    ],
)
def test_what_is_named_in_vain_is_told_with_file_row_and_value(
    registers: duckdb.DuckDBPyConnection, table: str, row: dict[str, Any], told: str
) -> None:
    fill(registers, f"raw.{table}", **row, source_part="late.csv", source_row=7)
    failed = [check for check, success in ask(registers, "registers_agree") if not success]
    assert [(check.table, check.observed) for check in failed] == [
        (f"raw.{table}", f"1 rows, as late.csv row 7: {told}")
    ]


def test_terms_may_be_missing_where_nothing_stands_and_follow_one_another(
    registers: duckdb.DuckDBPyConnection,
) -> None:
    """The asset leaves on August 1; the site is used again in October. A tariff takes over on the day one ends."""
    registers.execute("update raw.site set valid_to_date = date '2026-08-01'")
    fill(registers, "raw.site", site_id="lis", valid_from_date=date(2026, 10, 1))
    fill(registers, "raw.tariff", **WHOLE, valid_from_date=date(2026, 7, 1))
    assert [check.observed for check, success in ask(registers, "registers_agree") if not success] == []


def test_a_band_that_ends_before_the_others_leaves_a_day_in_part_without_a_price(
    registers: duckdb.DuckDBPyConnection,
) -> None:
    registers.execute("update raw.tariff set valid_to_date = null where hour_from_index = 0")
    (failed,) = (check for check, success in ask(registers, "registers_agree") if not success)
    assert "lis on 2026-07-01, of which 13 hours have a price" in failed.observed
