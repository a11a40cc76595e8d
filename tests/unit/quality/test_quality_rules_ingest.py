"""Each rule before dbt: what it lets pass and what it stops."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import duckdb
import pytest
from _quality_tables import AS_OF, HOME, ask, ask_one, fill

from pipelines.quality.check import look_at
from pipelines.settings import code_revision
from pipelines.warehouse.load import mark_passed

MAY, JUNE, JULY, AUGUST, SEPTEMBER = (datetime(2026, month, 1) for month in (5, 6, 7, 8, 9))


def test_two_views_of_one_bill_are_stopped(warehouse: duckdb.DuckDBPyConnection) -> None:
    fill(warehouse, "raw.cost_line", source="focus", billing_account_id="/providers/billingAccounts/A1")
    fill(warehouse, "raw.cost_line", source="azure_actual", billing_account_id="a1")
    check, success = ask_one(warehouse, "one_bill_one_source")
    assert not success
    assert check.observed == "1 bills by several sources, as a1 2026-08 by azure_actual and focus"


def test_sources_of_other_accounts_or_other_periods_pass(warehouse: duckdb.DuckDBPyConnection) -> None:
    fill(warehouse, "raw.cost_line", source="focus", billing_account_id="a1")
    fill(warehouse, "raw.cost_line", source="aws_cur_legacy", billing_account_id="a2")
    fill(warehouse, "raw.cost_line", source="aws_cur_legacy", billing_account_id="a1", billing_period_start=JULY)
    assert ask_one(warehouse, "one_bill_one_source")[1]


@pytest.mark.parametrize(
    ("charged", "holds"),
    [
        (datetime(2026, 8, 31), True),
        (AUGUST - timedelta(days=45), True),
        (AUGUST - timedelta(days=45, hours=1), False),
        (SEPTEMBER + timedelta(days=45), True),
        (datetime(2026, 11, 8), False),  # 8 November, read from 08/11 of August
    ],
)
def test_usage_may_lie_forty_five_days_outside_its_billing_period(
    warehouse: duckdb.DuckDBPyConnection, charged: datetime, holds: bool
) -> None:
    fill(
        warehouse,
        "raw.cost_line",
        billing_period_start=AUGUST,
        billing_period_end=SEPTEMBER,
        charge_period_start=charged,
        charge_category="Usage",
    )
    assert ask_one(warehouse, "charge_near_billing_period")[1] is holds


def test_the_farthest_charge_is_placed(warehouse: duckdb.DuckDBPyConnection) -> None:
    fill(warehouse, "raw.cost_line", charge_period_start=datetime(2026, 5, 1))
    fill(warehouse, "raw.cost_line", charge_period_start=datetime(2026, 2, 1), source_part="b.csv", source_row=9)
    check, _ = ask_one(warehouse, "charge_near_billing_period")
    # 1 February to 1 August 2026: 28 + 31 + 30 + 31 + 30 + 31 = 181 days.
    assert check.observed == "2 rows, as b.csv row 9: a charge of 2026-02-01 billed in 2026-08, 181 days outside"


@pytest.mark.parametrize("exempt", [{"charge_class": "Correction"}, {"charge_category": "Purchase"}])
def test_corrections_and_purchases_may_be_of_any_day(
    warehouse: duckdb.DuckDBPyConnection, exempt: dict[str, str]
) -> None:
    fill(warehouse, "raw.cost_line", charge_period_start=datetime(2025, 1, 1), **exempt)
    assert ask_one(warehouse, "charge_near_billing_period")[1]


def test_a_currency_without_rate_is_stopped_with_its_cost(warehouse: duckdb.DuckDBPyConnection) -> None:
    """M06: two currencies in one month, one of them without a rate."""
    fill(warehouse, "raw.cost_line", times=2, billing_currency="USD")
    fill(warehouse, "raw.cost_line", times=3, billing_currency="EUR", billed_cost="11.50", source_part="ea.csv")
    check, success = ask_one(warehouse, "currency_has_rate")
    assert not success
    assert check.observed == "EUR in 3 rows from 2026-08-01 to 2026-08-01 (billed 34.50), as in source ea.csv"


def test_usd_alone_passes(warehouse: duckdb.DuckDBPyConnection) -> None:
    fill(warehouse, "raw.cost_line", billing_currency="USD")
    assert ask_one(warehouse, "currency_has_rate")[1]


@pytest.mark.parametrize(("fixed", "holds"), [(15, True), (6, True), (5, False), (16, False)])
def test_a_reference_rate_holds_for_ten_days(warehouse: duckdb.DuckDBPyConnection, fixed: int, holds: bool) -> None:
    """M06: a charge of 15 August; the rate of the 6th is nine days old, that of the 5th ten; the 16th is too late."""
    for currency in ("USD", "SEK"):
        fill(warehouse, "raw.fx_rate", rate_date=date(2026, 8, fixed), base_currency="EUR", currency=currency)
    fill(warehouse, "raw.cost_line", billing_currency="SEK", charge_period_start=datetime(2026, 8, 15))
    assert ask_one(warehouse, "currency_has_rate")[1] is holds


def test_the_base_of_the_rates_has_one_too(warehouse: duckdb.DuckDBPyConnection) -> None:
    fill(warehouse, "raw.fx_rate", rate_date=date(2026, 8, 14), base_currency="EUR", currency="USD")
    fill(warehouse, "raw.cost_line", billing_currency="EUR", charge_period_start=datetime(2026, 8, 15))
    assert ask_one(warehouse, "currency_has_rate")[1]


def test_a_rate_without_the_dollar_is_none(warehouse: duckdb.DuckDBPyConnection) -> None:
    fill(warehouse, "raw.fx_rate", rate_date=date(2026, 8, 14), base_currency="EUR", currency="SEK")
    fill(warehouse, "raw.cost_line", billing_currency="SEK", charge_period_start=datetime(2026, 8, 15))
    assert not ask_one(warehouse, "currency_has_rate")[1]


def test_the_providers_own_rate_needs_no_other(warehouse: duckdb.DuckDBPyConnection) -> None:
    fill(warehouse, "raw.cost_line", billing_currency="EUR", provider_usd_rate="1.08")
    assert ask_one(warehouse, "currency_has_rate")[1]


def two_periods(warehouse: duckdb.DuckDBPyConnection, filled: tuple[int, int], *, rows: int = 100) -> None:
    """July and August with so many rows each, of which so many have a SKU meter."""
    for period, full in zip((JULY, AUGUST), filled, strict=True):
        common = {"billing_period_start": period, "billing_account_id": "a1", "source": "focus"}
        fill(warehouse, "raw.cost_line", times=full, sku_meter="BoxUsage", **common)
        fill(warehouse, "raw.cost_line", times=rows - full, **common)


def test_a_column_that_goes_empty_is_stopped(warehouse: duckdb.DuckDBPyConnection) -> None:
    """B15: every August row came, four in a hundred with a meter."""
    two_periods(warehouse, (100, 4))
    check, success = ask_one(warehouse, "columns_stay_filled")
    assert not success
    assert check.column == "filled_frac of sku_meter"
    assert check.observed == "4% after 100% in focus, account a1, 2026-08"


@pytest.mark.parametrize(
    ("filled", "rows"),
    [
        ((95, 5), 100),  # five in a hundred are left
        ((94, 0), 100),  # it was not filled before
        ((99, 0), 99),  # too few rows to tell
    ],
)
def test_a_column_that_thins_out_passes(
    warehouse: duckdb.DuckDBPyConnection, filled: tuple[int, int], rows: int
) -> None:
    two_periods(warehouse, filled, rows=rows)
    assert ask_one(warehouse, "columns_stay_filled")[1]


def test_one_account_does_not_hide_the_empty_column_of_another(warehouse: duckdb.DuckDBPyConnection) -> None:
    """B15"""
    two_periods(warehouse, (100, 0))
    for period in (JULY, AUGUST):
        fill(warehouse, "raw.cost_line", times=500, sku_meter="BoxUsage", source="focus", billing_period_start=period)
    assert not ask_one(warehouse, "columns_stay_filled")[1]


def test_an_open_month_has_no_invoice_yet(warehouse: duckdb.DuckDBPyConnection) -> None:
    fill(warehouse, "raw.cost_line", times=100, billing_period_start=JULY, invoice_id="i1")
    fill(warehouse, "raw.cost_line", times=100, billing_period_start=AUGUST)
    assert ask_one(warehouse, "columns_stay_filled")[1]


def test_only_the_newest_period_is_judged(warehouse: duckdb.DuckDBPyConnection) -> None:
    for period, meter in ((MAY, "BoxUsage"), (JUNE, None), (JULY, None)):
        fill(warehouse, "raw.cost_line", times=100, billing_period_start=period, sku_meter=meter)
    assert ask_one(warehouse, "columns_stay_filled")[1]


def prices(warehouse: duckdb.DuckDBPyConnection, *amounts: str, gpu: str = "B200", model: str = "on_demand") -> None:
    for amount in amounts:
        fill(warehouse, "raw.price_point", gpu_model_name=gpu, pricing_model=model, price_usd_per_gpu_hour=amount)


@pytest.mark.parametrize(
    ("odd", "holds"),
    # The median of 4, 4, 4 and the odd one is 4: a hundred times is 400, a hundredth 0.04.
    [("400", True), ("400.01", False), ("0.04", True), ("0.039", False), ("0", False), ("-4", False)],
)
def test_a_price_lies_within_a_hundred_times_its_median(
    warehouse: duckdb.DuckDBPyConnection, odd: str, holds: bool
) -> None:
    prices(warehouse, "4", "4", "4", odd)
    assert ask_one(warehouse, "price_within_class")[1] is holds


def test_a_price_is_compared_within_its_gpu_and_terms_only(warehouse: duckdb.DuckDBPyConnection) -> None:
    prices(warehouse, "4", "4")
    prices(warehouse, "0.01", gpu="K80")
    prices(warehouse, "900", model="dedicated_host")
    assert ask_one(warehouse, "price_within_class")[1]


def test_a_class_of_zeros_has_no_price(warehouse: duckdb.DuckDBPyConnection) -> None:
    prices(warehouse, "0", "0")
    check, success = ask_one(warehouse, "price_within_class")
    assert (success, check.unexpected_rows) == (False, 2)


def test_an_odd_price_is_placed(warehouse: duckdb.DuckDBPyConnection) -> None:
    prices(warehouse, "4", "4")
    fill(
        warehouse,
        "raw.price_point",
        gpu_model_name="B200",
        pricing_model="on_demand",
        price_usd_per_gpu_hour="0.01",
        source_part="offers.jsonl",
        source_row=12,
    )
    check, _ = ask_one(warehouse, "price_within_class")
    assert check.observed == "1 prices, as B200 on_demand at 0.01 against a median of 4.0 in offers.jsonl row 12"


def versions(warehouse: duckdb.DuckDBPyConnection, before: tuple[str, ...], now: tuple[str, ...]) -> None:
    """A bill of 10 an account, and what its next version bills."""
    first, second = datetime(2026, 9, 1), datetime(2026, 9, 2)
    for account in before:
        stays = {} if account in now else {"known_to_at": second}
        fill(warehouse, "meta.cost_known_daily", sub_account_id=account, billed_cost="10", known_from_at=first, **stays)
    for account in set(now) - set(before):
        fill(warehouse, "meta.cost_known_daily", sub_account_id=account, billed_cost="7", known_from_at=second)
    # Something else changed on the way, so that the version is one.
    fill(warehouse, "meta.cost_known_daily", sub_account_id=now[0], known_from_at=first, known_to_at=second)


def test_a_version_that_bills_none_of_the_accounts_before_is_another_export(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    """B05: the second subscription's export must not take the first one's place."""
    first, second = datetime(2026, 9, 1), datetime(2026, 9, 2)
    for account in ("s1", "s2"):
        fill(warehouse, "meta.cost_known_daily", sub_account_id=account, billed_cost="10", known_from_at=first,
             known_to_at=second)  # fmt: skip
    fill(warehouse, "meta.cost_known_daily", sub_account_id="s3", known_from_at=second)
    (wholly, failed), (_, partly_passes) = ask(warehouse, "accounts_stay_billed")
    assert (failed, partly_passes) == (False, True)
    assert wholly.observed == "scope: 2 of 2 accounts, as s1 (together billed 20.00 before)"


def test_an_account_that_is_gone_is_told(warehouse: duckdb.DuckDBPyConnection) -> None:
    versions(warehouse, ("s1", "s2"), ("s2",))
    (_, wholly_passes), (partly, success) = ask(warehouse, "accounts_stay_billed")
    assert (wholly_passes, success, partly.severity) == (True, False, "warning")
    assert partly.observed == "scope: 1 of 2 accounts, as s1 (together billed 10.00 before)"


def test_a_version_that_adds_an_account_passes(warehouse: duckdb.DuckDBPyConnection) -> None:
    versions(warehouse, ("s1",), ("s1", "s2"))
    assert [success for _, success in ask(warehouse, "accounts_stay_billed")] == [True, True]


def deliveries_with(warehouse: duckdb.DuckDBPyConnection, *columns: tuple[str, ...]) -> None:
    """Deliveries of one source, a day apart, with so named columns."""
    for day, names in enumerate(columns, start=1):
        delivery = {"delivery_id": f"d{day}", "source": "focus"}
        fill(warehouse, "meta.delivery", received_at=datetime(2026, 9, day), **delivery)
        for place, name in enumerate(names):
            fill(
                warehouse, "meta.delivered_column", column_name=name, column_index=place, is_read=name < "X", **delivery
            )


def test_columns_that_come_and_go_are_told(warehouse: duckdb.DuckDBPyConnection) -> None:
    """B14: renamed is one gone and one new."""
    deliveries_with(warehouse, ("A", "Old"), ("A", "Y"))
    check, success = ask_one(warehouse, "columns_as_before")
    assert (success, check.severity) == (False, "warning")
    assert check.observed == "focus: Old is gone; focus: Y is new, nobody reads it"


@pytest.mark.parametrize("columns", [[("A", "B")], [("A",), ("A", "B"), ("B", "A")]])
def test_columns_in_another_order_or_of_a_first_delivery_pass(
    warehouse: duckdb.DuckDBPyConnection, columns: list[tuple[str, ...]]
) -> None:
    deliveries_with(warehouse, *columns)
    assert ask_one(warehouse, "columns_as_before")[1]


@pytest.mark.parametrize(
    ("recorded", "status", "holds"),
    [(3, "current", True), (2, "current", False), (4, "current", False), (3, "replaced", False)],
)
def test_a_table_holds_as_many_rows_as_the_ledger_says(
    warehouse: duckdb.DuckDBPyConnection, recorded: int, status: str, holds: bool
) -> None:
    fill(warehouse, "raw.cost_line", times=3)
    fill(warehouse, "meta.delivery", table_name="raw.cost_line", kept_rows=recorded, status=status)
    assert ask_one(warehouse, "rows_as_recorded")[1] is holds


def test_a_delivery_whose_table_lost_all_rows_is_named(warehouse: duckdb.DuckDBPyConnection) -> None:
    fill(warehouse, "meta.delivery", table_name="raw.asset", kept_rows=1200, status="current")
    check, success = ask_one(warehouse, "rows_as_recorded")
    assert (check.table, check.expected, check.observed) == (
        "raw.asset",
        "1,200 rows, as meta.delivery counts them",
        "0 rows",
    )
    assert (success, check.unexpected_rows) == (False, 1200)


@pytest.mark.parametrize(("passed_by", "seen"), [("this", False), ("older code", True), (None, True)])
def test_lines_that_this_code_passed_are_not_read_again(
    warehouse: duckdb.DuckDBPyConnection, passed_by: str | None, seen: bool
) -> None:
    far = datetime(2026, 2, 1)
    fill(warehouse, "raw.cost_line", delivery_id="old", charge_period_start=far, charge_category="Usage")
    fill(
        warehouse,
        "meta.delivery",
        delivery_id="old",
        status="current",
        passed_code_revision=code_revision() if passed_by == "this" else passed_by,
    )
    assert ask_one(warehouse, "charge_near_billing_period")[1] is not seen


def bill_of(warehouse: duckdb.DuckDBPyConnection, resources: list[str], delivery_id: str = "d1") -> None:
    """A line of 1.50 for each; the same resource again is the same line again."""
    for resource in resources:
        fill(warehouse, "raw.cost_line", delivery_id=delivery_id, resource_id=resource, billed_cost="1.50")


def test_a_bill_of_which_every_line_stands_twice_is_told_with_what_it_adds(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    bill_of(warehouse, ["a", "b", "c", "d"] * 2)
    bill_of(warehouse, ["a", "b", "c", "d"], delivery_id="d2")
    check, success = ask_one(warehouse, "lines_stand_once")
    assert (success, check.severity) == (False, "warning")
    # Four lines too many, at 1.50.
    assert check.observed == (
        "delivery d1: 8 of 8 lines equal another of it in every column (billed 6.00 beyond once each)"
    )


@pytest.mark.parametrize(("single", "holds"), [(2, False), (3, True)])
def test_up_to_three_in_four_lines_may_equal_another(
    warehouse: duckdb.DuckDBPyConnection, single: int, holds: bool
) -> None:
    # 7 lines that stand more than once; of 9 that is more than three in four, of 10 it is not.
    bill_of(warehouse, ["a"] * 7 + [f"single {number}" for number in range(single)])
    assert ask_one(warehouse, "lines_stand_once")[1] is holds


@pytest.mark.parametrize(
    "other",
    [
        {"charge_period_start": datetime(2026, 8, 2)},
        {"tags": {"team": "ml"}},
        {"billed_cost": "1.51"},
        {"delivery_id": "d2"},
    ],
)
def test_lines_that_differ_in_anything_are_two(warehouse: duckdb.DuckDBPyConnection, other: dict[str, object]) -> None:
    line: dict[str, object] = {"delivery_id": "d1", "resource_id": "a", "billed_cost": "1.50"}
    fill(warehouse, "raw.cost_line", **line)
    fill(warehouse, "raw.cost_line", **line | other)
    assert ask_one(warehouse, "lines_stand_once")[1]


def test_lines_that_cost_nothing_or_give_back_may_repeat(warehouse: duckdb.DuckDBPyConnection) -> None:
    for cost in ("0", "-1.50"):
        fill(warehouse, "raw.cost_line", times=9, billed_cost=cost)
    assert ask_one(warehouse, "lines_stand_once")[1]


def test_a_doubled_bill_is_told_every_night_until_it_is_gone(warehouse: duckdb.DuckDBPyConnection) -> None:
    """A rebuild from landing must say the same as the night that only brought something else."""
    for delivery_id, resources in {"doubled": ["a", "a"], "whole": ["a", "b"]}.items():
        bill_of(warehouse, resources, delivery_id)
        fill(warehouse, "meta.delivery", delivery_id=delivery_id, status="current")
    told = []
    for _ in range(2):
        check, _ = ask_one(warehouse, "lines_stand_once")
        told.append(check.observed)
        mark_passed(warehouse, code_revision(), check.warned)
    assert told[0].startswith("delivery doubled: 2 of 2")
    assert told[1] == told[0]
    assert look_at(warehouse, AS_OF, HOME).unpassed == ("doubled",)
