"""Bills through the models, on lines written by hand: currencies, how far a bill has come, invoices, what was known.

The lines stand in `_bills.py`; what is expected of them is worked out here. The warehouse is built while the machine's
clock is Tokyo's.
"""

from __future__ import annotations

import shutil
from datetime import date, datetime
from decimal import ROUND_DOWN, Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from _bills import AFTER, AUGUST, BEFORE, EARLIER, JUNE, LATER, MODELS, REJECTED, build, load
from _telemetry import ask

from pipelines.errors import QualityGateError
from pipelines.settings import Settings
from pipelines.warehouse.connect import writing

LAST_PLACE = Decimal("1e-18")
USD_PER_EUR, JPY_PER_EUR = Decimal("1.1437"), Decimal("171.31")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    settings = load(tmp_path_factory.mktemp("bills"), ("billing", "prices", "registers"))
    build(settings, MODELS, "Asia/Tokyo")
    return settings


def copy(home: Settings, folder: Path) -> Settings:
    """A home with a copy of the warehouse, to be broken."""
    settings = Settings(home=folder / "home", min_free_disk_bytes=0)
    settings.paths.warehouse.mkdir(parents=True)
    shutil.copy(home.paths.database, settings.paths.database)
    return settings


def dollars(home: Settings, name: str) -> tuple[Any, ...]:
    """Basis, day of the rate and amount in USD of a line abroad."""
    sql = "select fx_basis, fx_rate_date, billed_cost_usd from intermediate.int_bill_daily "
    (found,) = ask(home, f"{sql} where sub_account_id = '{name}'")
    return found


def test_a_sunday_takes_fridays_rate(home: Settings) -> None:
    """M06"""
    assert dollars(home, "sunday") == ("reference", date(2026, 8, 7), Decimal("100.01") * USD_PER_EUR)


def test_a_day_with_a_fixing_takes_its_own(home: Settings) -> None:
    """M06: 1.2 by the file that came last; an earlier one said 1.3."""
    assert dollars(home, "monday") == ("reference", date(2026, 8, 10), Decimal("100.01") * Decimal("1.2"))


@pytest.mark.parametrize(("name", "yen"), [("yen", 1000), ("yen back", -1000)])
def test_a_currency_goes_through_the_base_and_is_cut_at_the_last_place(home: Settings, name: str, yen: int) -> None:
    """M06: yen to euro to dollar, one division: 1000 × 1.1437 ÷ 171.31 = 6.67620104…; a credit is its mirror."""
    expected = (yen * USD_PER_EUR / JPY_PER_EUR).quantize(LAST_PLACE, ROUND_DOWN)
    assert dollars(home, name) == ("reference", date(2026, 8, 7), expected)


def test_a_rate_of_ten_days_ago_still_holds(home: Settings) -> None:
    """M06: no older than ten days: 10 EUR at Monday's 1.2, which the later file says."""
    assert dollars(home, "ten days on") == ("reference", date(2026, 8, 10), Decimal(12))


def test_the_providers_own_rate_comes_first(home: Settings) -> None:
    """M06: 55 USD for 50 EUR are 1.1, whatever was fixed on Friday."""
    assert dollars(home, "own rate") == ("provider", None, Decimal(55))


def test_a_rate_of_a_currency_of_many_units_keeps_all_its_places(home: Settings) -> None:
    """1,000 USD for 16,120,000 rupiah are 0.0000620347… each: of nine places, 0.000062035, they come to 1,000.0042."""
    basis, _, usd = dollars(home, "rupiah")
    assert basis == "provider"
    assert abs(usd - 1000) < Decimal("1e-9")


def test_an_amount_of_many_units_is_converted_as_exactly(home: Settings) -> None:
    """In units of 1e-18, times billionths of a rate, it is beyond 128 bits."""
    exact = Fraction(200_000_000_000) * Fraction(USD_PER_EUR) / Fraction(JPY_PER_EUR)
    _, _, usd = dollars(home, "dear")
    assert Fraction(usd) == Fraction(int(exact * 10**18), 10**18)


def test_the_amount_billed_stays_beside_its_dollars(home: Settings) -> None:
    """M06: the two yen lines cancel; 100.01 + 100.01 + 10 + 50."""
    sql = "select billing_currency, sum(billed_cost) from marts.fct_cost_daily where billing_account_id = 'abroad' "
    assert ask(home, sql + "group by 1 order by 1") == [("EUR", Decimal("260.02")), ("JPY", 0)]


def test_a_currency_without_a_rate_stops_the_build(home: Settings, tmp_path: Path) -> None:
    """M06: no sum without it."""
    broken = copy(home, tmp_path)
    with writing(broken) as connection:
        connection.execute("update raw.cost_line set billing_currency = 'CHF' where resource_id = 'sunday'")
    with pytest.raises(QualityGateError, match="assert_every_cost_has_usd: 1 rows"):
        build(broken, ["int_fx_daily", "int_cost_line_daily", "int_bill_daily"])


STATUSES = {
    "open": "estimated",
    "own open": "estimated",
    "all open": "estimated",
    "closed": "provisional",
    "all closed": "provisional",
    "own closed": "provisional",
    "over": "provisional",
    "invoiced": "invoiced",
    "differs": "invoiced",
    "rejected": "invoiced",
    "rounded wrong": "invoiced",
    "exact": "reconciled",
    "rounded": "reconciled",
    "by period": "reconciled",
    "two invoices": "reconciled",
    # One of two issuers' invoices is known, or both.
    "half stated": "provisional",
    "both stated": "reconciled",
}


@pytest.mark.parametrize("account", STATUSES)
def test_a_bill_has_come_as_far_as_what_is_known_of_it(home: Settings, account: str) -> None:
    """Its period runs, or is over or closed; it is on an invoice; the invoice's total is known and equal."""
    sql = f"select distinct cost_status from marts.fct_cost_daily where billing_account_id = '{account}'"
    assert ask(home, sql) == [(STATUSES[account],)]


def test_each_part_of_a_bill_has_a_status_of_its_own(home: Settings) -> None:
    sql = "select cost_status, sum(billed_cost) from marts.fct_cost_daily where billing_account_id = 'half invoiced' "
    assert ask(home, sql + "group by 1 order by 1") == [("provisional", 4), ("reconciled", 3)]


CHECKS = {
    "I-2": ("invoice_id", "none", 0),  # 1.25 and 0.75, by service
    "I-3": ("invoice_id", "rounding", "0.005"),  # 1.005 is 1.01 in cents, half away from zero
    "I-4": ("invoice_id", "unexplained", "-0.005"),  # and not 1.00
    "I-5": ("invoice_id", "unexplained", 2),
    "I-6": ("period", "none", 0),
    "I-7": ("period", "none", 0),  # 2.5 and 4.5 together are 3 and 4
    "I-8": ("period", "none", 0),
    "I-9": ("no lines", "no lines", 5),
    "I-10": ("invoice_id", "none", 0),
    "I-11": ("invoice_id", "rejected rows", "0.5"),
    "I-12": ("period", "none", 0),  # the 105 of the account's other issuer are on none of its invoices
}


@pytest.mark.parametrize("invoice", CHECKS)
def test_an_invoice_is_compared_with_its_lines(home: Settings, invoice: str) -> None:
    sql = "select match_basis, explanation, difference_billed_cost from meta.invoice_check "
    (found,) = ask(home, f"{sql} where invoice_id = '{invoice}'")
    basis, explanation, difference = CHECKS[invoice]
    assert found == (basis, explanation, Decimal(difference))


def test_an_invoice_that_differs_by_less_than_a_cent_alone_equals_its_lines(home: Settings) -> None:
    """I-3 states 1.01 for 1.005. I-4 states 1.00 for it, I-5 12 for 10; no line is of I-9, one of I-11 was rejected."""
    equal = ask(home, "select invoice_id from meta.invoice_check where is_equal")
    assert {invoice for (invoice,) in equal} == CHECKS.keys() - {"I-4", "I-5", "I-9", "I-11"} | {"I-13"}


def test_two_issuers_invoices_of_one_number_are_each_compared_with_their_own_lines(home: Settings) -> None:
    """An account of both; the name of one is typed in other letters than its bill's."""
    sql = "select invoice_issuer_name, modelled_billed_cost, explanation from meta.invoice_check "
    assert ask(home, sql + "where invoice_id = 'I-13' order by 1") == [("Lumen", 3, "none"), ("RIVAL", 105, "none")]


def test_a_cost_that_moves_between_services_is_seen_though_the_bill_adds_up(home: Settings, tmp_path: Path) -> None:
    """B19: 6 of Compute become Storage after the load."""
    broken = copy(home, tmp_path)
    with writing(broken) as connection:
        connection.execute("update raw.cost_line set service_name = 'Storage' where resource_id = 'to move'")
    with pytest.raises(QualityGateError, match="assert_every_delivered_cent_is_modelled: 2 rows"):
        build(broken, ["int_cost_line_daily", "int_bill_daily", "int_reconciliation_service", "reconciliation_service"])
    sql = "select service_name, unexplained_billed_cost from meta.reconciliation_service where is_unexplained"
    assert ask(broken, f"{sql} order by 1") == [("Compute", 6), ("Storage", -6)]


def test_lines_and_money_are_the_same_at_every_layer(home: Settings) -> None:
    """B16: what stands of the files, by currency; the first three rows were replaced."""
    standing = [BEFORE[3], *AFTER, REJECTED[0]]
    expected = [
        (
            currency,
            len(rows := [row for row in standing if row["BillingCurrency"] == currency]),
            sum(Decimal(row["BilledCost"]) for row in rows),
        )
        for currency in ("EUR", "IDR", "JPY", "USD")
    ]
    layers = {
        "raw.cost_line": "count(*)",
        "staging.stg_cost_line": "count(*)",
        "intermediate.int_cost_line_daily": "sum(line_rows)",
        "intermediate.int_bill_daily": "sum(line_rows)",
        "marts.fct_cost_daily": "sum(line_rows)",
    }
    found = {
        table: ask(home, f"select billing_currency, {rows}, sum(billed_cost) from {table} group by 1 order by 1")
        for table, rows in layers.items()
    }
    assert found == dict.fromkeys(layers, expected)


def test_a_rejected_row_is_counted_with_its_cost_beside_its_bill(home: Settings) -> None:
    """B16: two rows delivered, one kept."""
    sql = (
        "select delivered_rows, kept_rows, rejected_rows, delivered_billed_cost, rejected_billed_cost "
        "from meta.reconciliation where billing_account_id = 'rejected'"
    )
    assert ask(home, sql) == [(2, 1, 1, Decimal("999.5"), Decimal("0.5"))]


def test_a_bill_equals_its_providers_total_to_the_last_place_or_says_why_not(home: Settings, tmp_path: Path) -> None:
    """B16: of June all is there, of August a place is missing, of the third half a dollar that was rejected."""
    told = copy(home, tmp_path)
    totals = {("corrected", JUNE): "100", ("corrected", AUGUST): "22.000000000000000001", ("rejected", AUGUST): "1000"}
    with writing(told) as connection:
        for (account, month), total in totals.items():
            connection.execute(
                "update meta.delivery set provider_billed_cost = ? "
                "where status = 'current' and contains(scope, ?) and contains(scope, ?)",
                [total, account, month],
            )
    build(told, ["+reconciliation"])
    sql = (
        "select billing_account_id, strftime(billing_period_date, '%Y-%m'), is_equal_to_provider, "
        "provider_difference_billed_cost, provider_difference_explanation from meta.reconciliation "
        "where billing_account_id in ('corrected', 'differs', 'rejected') order by all"
    )
    assert ask(told, sql) == [
        ("corrected", JUNE, True, 0, "none"),
        ("corrected", AUGUST, False, LAST_PLACE, "unexplained"),
        ("differs", AUGUST, None, None, None),
        ("rejected", AUGUST, False, Decimal("0.5"), "rejected rows"),
    ]


def test_an_invoice_is_reconciled_by_its_providers_total_alone(home: Settings, tmp_path: Path) -> None:
    """B16: nobody typed this invoice in; a last place more and it stays invoiced."""
    found = {}
    for total in ("1", "1.000000000000000001"):
        told = copy(home, tmp_path / total)
        with writing(told) as connection:
            connection.execute(
                "update meta.delivery set provider_billed_cost = ? "
                "where status = 'current' and contains(scope, '|invoiced|')",
                [total],
            )
        build(told, ["+reconciliation"])
        sql = "select status from meta.reconciliation where billing_account_id = 'invoiced'"
        found[total] = ask(told, sql)
    assert found == {"1": [("reconciled",)], "1.000000000000000001": [("invoiced",)]}


def test_a_restatement_tells_what_changed_apart_from_what_is_new(home: Settings) -> None:
    """10 became 12 on the 3rd; the 4th stays; nobody had told of the 5th."""
    sql = (
        "select is_new_day, service_name, changed_days, before_billed_cost, after_billed_cost, change_billed_cost, "
        "change_effective_cost from meta.restatement where billing_account_id = 'restated' order by 1"
    )
    assert ask(home, sql) == [(False, "Compute", 1, 10, 12, 2, 2), (True, "Compute", 1, 0, 7, 7, 7)]


def by_month(home: Settings, account: str, day: str, table: str = "fct_cost_daily", where: str = "true") -> Any:
    """Billed cost by the month of a date column."""
    sql = f"select strftime({day}, '%Y-%m'), sum(billed_cost) from marts.{table} "
    return dict(ask(home, f"{sql} where billing_account_id = '{account}' and {where} group by 1"))


BY_INVOICE, BY_USE = "billing_period_date", "charge_date"


@pytest.mark.parametrize(
    ("account", "day", "expected"),
    [
        ("late", BY_INVOICE, {"2025-08": 7}),
        ("late", BY_USE, {"2025-07": 1, "2025-08": 2, "2025-09": 4}),
        ("leap", BY_INVOICE, {"2024-03": 24}),
        ("leap", BY_USE, {"2024-02": 8, "2024-03": 16}),
    ],
)
def test_the_month_of_the_invoice_and_of_the_use_are_two_views(
    home: Settings, account: str, day: str, expected: dict[str, int]
) -> None:
    """M07, Z03: half an hour before midnight UTC is that day, and not Tokyo's next."""
    assert by_month(home, account, day) == expected


def test_days_add_up_to_the_month_by_either_date(home: Settings) -> None:
    """Z01: 31 July 23:30, 31 August 23:30 and 1 September 0:00 are three days of three months."""
    sql = "select charge_date, sum(billed_cost) from marts.fct_cost_daily where billing_account_id = 'late' "
    assert ask(home, sql + "group by 1 order by 1") == [
        (date(2025, 7, 31), 1),
        (date(2025, 8, 31), 2),
        (date(2025, 9, 1), 4),
    ]


@pytest.mark.parametrize(
    ("at", "day", "expected"),
    [
        (EARLIER, BY_USE, {JUNE: 100}),
        (EARLIER, BY_INVOICE, {JUNE: 100}),
        (LATER, BY_USE, {JUNE: 92, AUGUST: 30}),
        (LATER, BY_INVOICE, {JUNE: 100, AUGUST: 22}),
    ],
)
def test_a_correction_changes_the_use_of_june_and_not_junes_invoice(
    home: Settings, at: datetime, day: str, expected: dict[str, int]
) -> None:
    """M08, M07: August's bill takes 8 back of June's use. Asked as of either arrival."""
    known = f"known_from_at <= timestamp '{at}' and (known_to_at is null or known_to_at > timestamp '{at}')"
    assert by_month(home, "corrected", day, "fct_cost_known_daily", known) == expected


def test_a_day_whose_past_changed_and_was_not_rebuilt_is_seen(home: Settings, tmp_path: Path) -> None:
    """M08: what was known of June ends, and a night rebuilds August alone."""
    broken = copy(home, tmp_path)
    with writing(broken) as connection:
        connection.execute(
            "update meta.cost_known_daily set known_to_at = timestamp '2026-09-02' "
            "where billing_account_id = 'corrected' and charge_date < date '2026-07-01' and known_to_at is null"
        )
    with pytest.raises(QualityGateError, match="assert_all_that_was_known_is_published"):
        build(
            broken, known := ["stg_cost_known", "int_cost_known_daily", "fct_cost_known_daily"], first=date(2026, 8, 1)
        )
    build(broken, known)


def test_what_is_known_last_is_what_the_cost_says(home: Settings) -> None:
    """M08"""
    sql = "select billing_account_id, charge_date, service_name, billing_currency, sum(billed_cost) from marts."
    known = ask(home, f"{sql}fct_cost_known_daily where known_to_at is null group by all order by all")
    assert ask(home, f"{sql}fct_cost_daily group by all order by all") == known


GPU_HOURS = {
    "machine": 24,  # 3 hours of 8
    "covered": 16,  # 2 hours of 8, under a commitment
    "unused": None,  # paid and not used: no hours
    "given back": -8,
    "own gpu hours": 12,  # billed by the GPU: not times 8
    "cores": 0,  # another part of the machine
    "unknown": None,
    "own unknown": 2,  # known by the bill, of a model that nobody knows
    "no gpu": None,
}


@pytest.mark.parametrize("name", GPU_HOURS)
def test_gpu_hours_are_those_a_line_bills_or_hours_times_gpus(home: Settings, name: str) -> None:
    found = ask(home, f"select gpu_hours from intermediate.int_bill_daily where sub_account_id = '{name}'")
    assert found == [(GPU_HOURS[name],)]


def test_a_commitment_takes_the_gpu_model_of_machines_of_its_own_provider(home: Settings) -> None:
    """AWS calls a commitment `plan`, which covers H100; so Lumen calls another, which covers no known machine."""
    sql = "select service_provider_name, gpu_model from intermediate.int_bill_daily where cost_role = 'idle' order by 1"
    assert ask(home, sql) == [("AWS", "H100-SXM-80GB"), ("Lumen", None)]


def test_a_gpu_machine_in_no_catalogue_is_listed_with_its_cost(home: Settings) -> None:
    """5 + 7 with no GPU-hours, and 3 by the GPU-hour: neither guessed nor dropped."""
    sql = "select service_provider_name, instance_type, line_rows, effective_cost_usd from meta.unknown_gpu_sku"
    assert ask(home, f"{sql} order by 2") == [("AWS", "p9.96xlarge", 2, 12), ("AWS", "pod.large", 1, 3)]


def test_money_times_seven_gives_marts_times_seven_whatever_is_loaded_first(
    home: Settings, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """B17, M01: rates and registers before the bills, rows turned round, one thread, another clock.

    A cut at the last place differs by seven cuts.
    """
    larger = load(tmp_path_factory.mktemp("larger"), ("registers", "prices", "billing"), factor=7, step=-1, threads=1)
    build(larger, ["+fct_cost_daily"], "America/Los_Angeles")
    sql = (
        "select billing_account_id, charge_date, billing_period_date, service_name, charge_category, charge_class, "
        "fx_basis, gpu_model, sum(gpu_hours), sum(line_rows), sum(billed_cost), sum(effective_cost), "
        "sum(billed_cost_usd), sum(effective_cost_usd) from marts.fct_cost_daily group by all order by all"
    )
    one, seven = ask(home, sql), ask(larger, sql)
    assert [row[:10] for row in seven] == [row[:10] for row in one]
    assert [row[10:12] for row in seven] == [tuple(7 * cost for cost in row[10:12]) for row in one]
    off = [
        abs(more - 7 * less)
        for few, many in zip(one, seven, strict=True)
        for less, more in zip(few[12:], many[12:], strict=True)
    ]
    assert max(off) < 7 * LAST_PLACE
