"""What a contract says is checked, and the two values handed to Great Expectations decide as the whole table would."""

from __future__ import annotations

import random

import duckdb
import pytest
from _quality_tables import AS_OF, HOME, create, fill

from pipelines.quality.check import BETWEEN, IN_SET, NOT_NULL, UNIQUE, Check, look_at
from pipelines.quality.contract_checks import contract_checks
from pipelines.quality.great_expectations_run import judge
from pipelines.settings import code_revision


def checked(
    connection: duckdb.DuckDBPyConnection, expectation: str, column: str, gate: str = "ingest"
) -> tuple[Check, bool]:
    found = [
        check
        for check in contract_checks(look_at(connection, AS_OF, HOME), gate)
        if (check.expectation, check.column) == (expectation, column)
    ]
    assert len(found) == 1
    return found[0], judge(found)[0]


def test_every_check_of_a_clean_table_holds(warehouse: duckdb.DuckDBPyConnection) -> None:
    fill(warehouse, "raw.cost_line", times=3)
    found = contract_checks(look_at(warehouse, AS_OF, HOME), "ingest")
    # By the contract: 15 required columns, 4 closed lists, no bounds, one key.
    kinds = [check.expectation for check in found]
    assert [kinds.count(kind) for kind in (NOT_NULL, IN_SET, BETWEEN, UNIQUE)] == [15, 4, 0, 1]
    assert judge(found) == [True] * 20


def test_a_missing_value_in_a_required_column_fails_and_is_placed(warehouse: duckdb.DuckDBPyConnection) -> None:
    fill(warehouse, "raw.cost_line", times=4)
    fill(warehouse, "raw.cost_line", source_part="august.csv", source_row=77, billed_cost=None)
    check, success = checked(warehouse, NOT_NULL, "billed_cost")
    assert not success
    assert (check.observed, check.unexpected_rows) == ("1 of 5 rows are null", 1)
    assert "august.csv (row 77" in check.next_step


def test_a_value_outside_the_closed_list_fails_and_is_named(warehouse: duckdb.DuckDBPyConnection) -> None:
    fill(warehouse, "raw.cost_line", times=2)
    fill(warehouse, "raw.cost_line", times=3, charge_category="usage")
    check, success = checked(warehouse, IN_SET, "charge_category")
    assert not success
    assert check.observed == "3 rows with 'usage'"
    assert check.unexpected_rows == 3


@pytest.mark.parametrize(("hour", "holds"), [(0, True), (23, True), (-1, False), (24, False)])
def test_bounds_of_a_contract_are_inclusive(warehouse: duckdb.DuckDBPyConnection, hour: int, holds: bool) -> None:
    fill(warehouse, "raw.tariff", hour_from_index=hour)
    assert checked(warehouse, BETWEEN, "hour_from_index")[1] is holds


def test_bounds_hold_to_the_last_place_of_money(warehouse: duckdb.DuckDBPyConnection) -> None:
    fill(warehouse, "raw.site", pue_ratio="0.999999999999999999")
    check, success = checked(warehouse, BETWEEN, "pue_ratio")
    assert not success
    assert check.observed == "from 0.999999999999999999 to 0.999999999999999999"


def test_bounds_are_shown_without_the_zeros_of_their_scale(warehouse: duckdb.DuckDBPyConnection) -> None:
    for amount in ("0", "120.50", "200"):
        fill(warehouse, "raw.site", network_usd_per_month=amount)
    assert checked(warehouse, BETWEEN, "network_usd_per_month")[0].observed == "from 0 to 200"


def test_a_key_that_stands_three_times_counts_two_rows_too_many(warehouse: duckdb.DuckDBPyConnection) -> None:
    fill(warehouse, "raw.asset", asset_id="a1")
    fill(warehouse, "raw.asset", times=3, asset_id="a2")
    check, success = checked(warehouse, UNIQUE, "asset_id")
    assert not success
    assert (check.unexpected_rows, check.observed) == (2, "2 rows repeat a key, as a2")


def test_a_row_of_a_file_that_stands_twice_is_found_and_rows_64_apart_are_not_taken_for_one(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    key = "delivery_id, source_part, source_row"
    for part, row in (("f", 1), ("f", 64), ("f", 65), ("f", 129), ("g", 1)):
        fill(warehouse, "raw.price_point", delivery_id="d", source_part=part, source_row=row)
    assert checked(warehouse, UNIQUE, key)[1]
    fill(warehouse, "raw.price_point", delivery_id="d", source_part="f", source_row=65)
    check, success = checked(warehouse, UNIQUE, key)
    assert (check.unexpected_rows, check.observed, success) == (1, "1 rows repeat a key, as d, f, 65", False)


def test_shipped_and_own_reference_may_share_a_key_but_one_register_may_not(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    fill(warehouse, "raw.gpu_model", delivery_id="bundled", gpu_model="H100")
    fill(warehouse, "raw.gpu_model", delivery_id="own", gpu_model="H100")
    assert checked(warehouse, UNIQUE, "delivery_id, gpu_model")[1]
    fill(warehouse, "raw.gpu_model", delivery_id="own", gpu_model="H100")
    assert not checked(warehouse, UNIQUE, "delivery_id, gpu_model")[1]


def test_not_a_number_counts_as_missing(warehouse: duckdb.DuckDBPyConnection) -> None:
    fill(warehouse, "projections.assumption_value", base_value=float("nan"))
    check, success = checked(warehouse, NOT_NULL, "base_value", "publish")
    assert (success, check.unexpected_rows) == (False, 1)


def test_each_gate_checks_its_own_tables(warehouse: duckdb.DuckDBPyConnection) -> None:
    fill(warehouse, "raw.asset", asset_id="a1")
    fill(warehouse, "meta.delivery")
    fill(warehouse, "projections.threshold")
    create(warehouse, "raw.site")
    look = look_at(warehouse, AS_OF, HOME)
    assert {check.table for check in contract_checks(look, "ingest")} == {"raw.asset", "meta.delivery"}
    assert {check.table for check in contract_checks(look, "publish")} == {"projections.threshold"}


def test_two_values_decide_as_the_whole_table_would(warehouse: duckdb.DuckDBPyConnection) -> None:
    draws = random.Random(7)
    verdicts, truths = [], []
    for _ in range(12):
        warehouse.execute("drop table if exists raw.tariff")
        hours = [draws.choice([None, 0, 1, 12, 23, 23, 24]) for _ in range(draws.randint(1, 4))]
        sites = [draws.choice(["a", "b", "c", "d"]) for _ in hours]
        for hour, site in zip(hours, sites, strict=True):
            fill(warehouse, "raw.tariff", hour_from_index=hour, site_id=site)
        verdicts += [
            checked(warehouse, NOT_NULL, "hour_from_index")[1],
            checked(warehouse, BETWEEN, "hour_from_index")[1],
            checked(warehouse, UNIQUE, "site_id, valid_from_date, hour_from_index")[1],
        ]
        truths += [
            None not in hours,
            all(0 <= hour <= 23 for hour in hours if hour is not None),
            len(set(zip(sites, hours, strict=True))) == len(hours),
        ]
    assert verdicts == truths
    assert 6 < sum(truths) < 30  # both verdicts are exercised


def test_rows_of_files_are_judged_until_this_code_passed_them_and_registers_always(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    for delivery_id, revision in (("old", code_revision()), ("new", None), ("by older code", "another")):
        fill(warehouse, "meta.delivery", delivery_id=delivery_id, status="current", passed_code_revision=revision)
        fill(warehouse, "raw.cost_line", delivery_id=delivery_id, source_part=delivery_id, billed_cost=None)
        fill(warehouse, "raw.asset", delivery_id=delivery_id, asset_id=delivery_id, asset_class=None)
    assert checked(warehouse, NOT_NULL, "billed_cost")[0].observed == "2 of 3 rows are null"
    assert checked(warehouse, NOT_NULL, "asset_class")[0].observed == "3 of 3 rows are null"


def test_a_warehouse_of_which_all_passed_passes_again(warehouse: duckdb.DuckDBPyConnection) -> None:
    fill(warehouse, "meta.delivery", delivery_id="old", status="current", passed_code_revision=code_revision())
    fill(warehouse, "raw.cost_line", times=3, delivery_id="old")
    found = [check for check in contract_checks(look_at(warehouse, AS_OF, HOME), "ingest")]
    assert judge(found) == [True] * len(found)
    observed = {check.observed for check in found if check.table == "raw.cost_line"}
    assert observed == {"0 of 3 rows are null", "only these", "every key once"}


def test_a_card_that_a_new_register_names_again_is_seen_beside_the_passed_one(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    for delivery_id, revision in (("old", code_revision()), ("new", None)):
        fill(warehouse, "meta.delivery", delivery_id=delivery_id, status="current", passed_code_revision=revision)
        fill(warehouse, "raw.asset_gpu", delivery_id=delivery_id, gpu_uuid="GPU-1")
    assert checked(warehouse, UNIQUE, "gpu_uuid, valid_from_date")[0].unexpected_rows == 1
