"""Questions about bills, of a published file made by hand."""

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from pipelines.bills import known, reconciliation
from pipelines.errors import NoDataError
from pipelines.settings import Settings
from pipelines.terminal import known_table, reconciliation_tables
from pipelines.warehouse.publish import publish

BILL = """
    select 'focus' as source, '7' as billing_account_id, date '2026-08-01' as billing_period_date,
           'USD' as billing_currency, 1 as delivered_rows, 1 as kept_rows, 0 as rejected_rows, 0 as left_out_rows,
           1.5 as delivered_billed_cost, 1.5 as modelled_billed_cost, 0.0 as unexplained_billed_cost,
           1.5 as modelled_effective_cost, null as provider_billed_cost, null as provider_difference_billed_cost,
           null as provider_difference_explanation, null::boolean as is_equal_to_provider, 'invoiced' as status
"""
# Of June, one bill that its provider's total is beyond, for the rows that were rejected, and one that is equal to it.
DIFFERING = """
    select * replace ('9' as billing_account_id, date '2026-06-01' as billing_period_date,
                      2 as provider_billed_cost, 0.5 as provider_difference_billed_cost,
                      'rejected rows' as provider_difference_explanation, false as is_equal_to_provider)
"""
EQUAL = """
    select * replace ('10' as billing_account_id, date '2026-06-01' as billing_period_date,
                      1.5 as provider_billed_cost, 0 as provider_difference_billed_cost,
                      'none' as provider_difference_explanation, true as is_equal_to_provider)
"""
INVOICES = """
    select 'LC-1' as invoice_id, '7' as billing_account_id, date '2026-08-01' as billing_period_date,
           'USD' as billing_currency, 2.5 as stated_billed_cost, 1.5 as modelled_billed_cost,
           1.0 as difference_billed_cost, 'invoice_id' as match_basis, 'unexplained' as explanation,
           false as is_equal
    union all
    select 'OTHER', '8', date '2026-08-01', 'USD', 4, 4, 0, 'invoice_id', 'none', true
"""
# Two days of a contract in August and one in July, beside a line of a bill.
COSTS = """
    select 'Halden' as location, cast(day as date) as billing_period_date, 'lease_contract' as source,
           'contract accrual' as cost_status, cast(usd as decimal(38, 18)) as effective_cost_usd
    from (values ('2026-08-01', 10.25), ('2026-08-01', 2.5), ('2026-07-01', 7)) as days(day, usd)
    union all
    select 'Lumen', date '2026-08-01', 'focus', 'invoiced', 1.5
"""
KNOWN = """
    select 'focus' as source, '7' as billing_account_id, date '2026-08-01' as billing_period_date,
           date '2026-08-03' as charge_date, 'USD' as billing_currency, 1.5 as billed_cost, 1.5 as effective_cost,
           timestamp '2026-08-05 06:30:00' as known_from_at, cast(null as timestamp) as known_to_at
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A home with one bill, of August."""
    home = Settings(home=tmp_path)
    home.paths.warehouse.mkdir(parents=True)
    with duckdb.connect(str(home.paths.database)) as connection:
        connection.execute("create schema meta")
        connection.execute(
            f"create table meta.reconciliation as {BILL} "
            f"union all {DIFFERING} from ({BILL}) union all {EQUAL} from ({BILL})"
        )
        connection.execute(
            f"create table meta.reconciliation_service as select *, false as is_unexplained from ({BILL})"
        )
        connection.execute(f"create table meta.invoice_check as {INVOICES}")
        connection.execute(f"create schema marts; create table marts.fct_cost_daily as {COSTS}")
        connection.execute(f"create table marts.fct_cost_known_daily as {KNOWN}")
    publish(home, as_of=date(2026, 9, 1), code_revision="c0de", inputs_hash="1n")
    return home


def test_bill_of_a_period_is_found_by_period_and_source(settings: Settings) -> None:
    assert reconciliation(settings, period=date(2026, 8, 1), source="focus").bills.height == 1


def test_period_without_a_bill_is_an_error_and_not_a_bill_that_closes(settings: Settings) -> None:
    with pytest.raises(NoDataError, match="no bill of 2026-09 by focus is published"):
        reconciliation(settings, period=date(2026, 9, 1), source="focus")


def test_source_that_sent_no_bill_is_an_error(settings: Settings) -> None:
    with pytest.raises(NoDataError, match="no bill by aws is published"):
        reconciliation(settings, source="aws")


def test_accruals_of_the_period_stand_beside_its_bills(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    found = reconciliation(settings, period=date(2026, 8, 1))
    assert found.accruals.rows() == [("Halden", date(2026, 8, 1), Decimal("12.75"))]
    reconciliation_tables(found)
    (line,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith("lease_contract")]
    assert " ".join(line.split()) == "lease_contract Halden 2026-08 USD – – 12.75 – – contract accrual, on no bill"


def test_a_period_with_a_contract_alone_is_no_error(settings: Settings) -> None:
    found = reconciliation(settings, period=date(2026, 7, 1))
    assert (found.bills.height, found.accruals["accrued_cost_usd"].to_list()) == (0, [Decimal(7)])


def test_bills_that_differ_from_their_providers_total_are_listed_with_the_reason(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    reconciliation_tables(reconciliation(settings))
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    first = lines.index("bills that differ from their provider's own total") + 2
    assert lines[first : first + 2] == ["focus 9 2026-06-01 0.5 rejected rows", ""]


def test_invoices_that_do_not_close_are_the_last_word(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    reconciliation_tables(reconciliation(settings))
    last = capsys.readouterr().out.splitlines()[-1]
    assert last.startswith("but 1 of 2 invoices as stated differ from their lines (1 unexplained)")


def test_invoices_are_those_of_the_accounts_that_the_source_bills(settings: Settings) -> None:
    assert reconciliation(settings, source="focus").invoices["invoice_id"].to_list() == ["LC-1"]
    assert reconciliation(settings).invoices["invoice_id"].to_list() == ["LC-1", "OTHER"]


@pytest.mark.parametrize(
    ("minute", "said"),
    [(29, ["nothing was known at 2026-08-05 06:29: the first of it arrived at 2026-08-05 06:30"]), (30, [])],
)
def test_a_time_before_the_first_arrival_is_told_as_that(
    settings: Settings, capsys: pytest.CaptureFixture[str], minute: int, said: list[str]
) -> None:
    at = datetime(2026, 8, 5, 6, minute)
    known_table(known(settings, at), at)
    assert capsys.readouterr().out.splitlines()[2:] == said
