"""Questions about bills, of a published file made by hand."""

from datetime import date
from pathlib import Path

import duckdb
import pytest

from pipelines.bills import reconciliation
from pipelines.errors import NoDataError
from pipelines.settings import Settings
from pipelines.warehouse.publish import publish

BILL = """
    select 'focus' as source, '7' as billing_account_id, date '2026-08-01' as billing_period_date,
           'USD' as billing_currency, 1 as delivered_rows, 1 as kept_rows, 0 as rejected_rows, 0 as left_out_rows,
           1.5 as delivered_billed_cost, 1.5 as modelled_billed_cost, 0.0 as unexplained_billed_cost,
           1.5 as modelled_effective_cost, null as provider_billed_cost, null as provider_difference_billed_cost,
           null as provider_difference_explanation, 'invoiced' as status
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A home with one bill, of August."""
    home = Settings(home=tmp_path)
    home.paths.warehouse.mkdir(parents=True)
    with duckdb.connect(str(home.paths.database)) as connection:
        connection.execute("create schema meta")
        connection.execute(f"create table meta.reconciliation as {BILL}")
        connection.execute(
            f"create table meta.reconciliation_service as select *, false as is_unexplained from ({BILL})"
        )
        connection.execute(f"create table meta.invoice_check as select * from ({BILL}) where false")
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
