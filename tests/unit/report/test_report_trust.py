"""Whether the page says that the bills close: with their files, with the provider's total, and with the invoices."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from _published import AS_OF, MARTS, RECONCILED, Page, publish_home

from pipelines.report.page import render
from pipelines.report.queries import Facts, read_facts
from pipelines.report.sections import trust

INVOICE = {
    "billing_account_id": "7", "invoice_id": "INV-1", "invoice_issuer_name": "Lumen", "line_rows": 10,
    "billing_period_date": date(2026, 8, 1), "billing_currency": "USD", "match_basis": "invoice_id",
    "stated_billed_cost": Decimal("1234.56"), "modelled_billed_cost": Decimal("1234.5601"),
    "difference_billed_cost": Decimal("-0.0001"), "rejected_billed_cost": Decimal(0), "explanation": "rounding",
    "is_equal": True,
}  # fmt: skip
DEARER = {**INVOICE, "invoice_id": "INV-2", "stated_billed_cost": Decimal("1300.00"),
          "difference_billed_cost": Decimal("65.4399"), "explanation": "unexplained", "is_equal": False}  # fmt: skip


def facts(home: Path, **marts: list[dict[str, object]]) -> Facts:
    """What is published where these tables of meta hold these rows."""
    changed = {f"meta.{name}": rows for name, rows in marts.items()}
    return read_facts(publish_home(home, marts={**MARTS, **changed}), None)


def test_bills_that_close_say_that_no_invoice_was_there_to_compare(tmp_path: Path) -> None:
    found = facts(tmp_path)
    assert trust.closes(found).endswith("No invoice was stated to compare the files with.")
    assert "invoices matchnone stated" in Page(render(found)).text.replace("\n", "")


def test_invoice_that_its_lines_miss_is_said_first_and_listed(tmp_path: Path) -> None:
    found = facts(tmp_path, invoice_check=[INVOICE, DEARER])
    assert trust.closes(found).startswith("Not with what was invoiced: 1 of 2 invoices as stated differ")
    page = Page(render(found))
    assert "invoices match1 of 2" in page.text.replace("\n", "")
    row = page.row("invoices", "INV-2")
    assert (row.mark, row.texts[5:]) == ("alarm", ["1,300.00", "1,234.56", "65.44", "unexplained"])
    assert page.row("invoices", "INV-1").mark == ""


def test_cents_of_rounding_are_no_difference_of_an_invoice(tmp_path: Path) -> None:
    said = trust.closes(facts(tmp_path, invoice_check=[INVOICE]))
    assert said.startswith("Yes, 1 of 1 scopes") and said.endswith("1 of 1 invoices as stated equal their lines.")


@pytest.mark.parametrize("explanation", ["unexplained", "rejected rows"])
def test_bill_short_of_its_providers_total_does_not_count_as_closed(tmp_path: Path, explanation: str) -> None:
    short = {**RECONCILED, "provider_billed_cost": Decimal("1240.00"), "scope": "s2",
             "provider_difference_billed_cost": Decimal("5.44"), "is_equal_to_provider": False,
             "provider_difference_explanation": explanation}  # fmt: skip
    found = facts(tmp_path, reconciliation=[RECONCILED, short])
    assert trust.closes(found).startswith(
        "Not with what was invoiced: 1 of 2 scopes differ from their provider's own total"
    )
    page = Page(render(found))
    assert "bills close1 of 2 scopes" in page.text.replace("\n", "")
    (row,) = [row for row in page.tables["reconciliation"] if row.texts]
    # 1,240.00 stands beside 2 × 1,234.56 delivered, of which one bill has no total of the provider's.
    assert (row.mark, row.texts[7:10]) == ("alarm", ["1,240.00", "5.44", "2,469.12"])


def test_source_that_was_silent_longest_is_named_with_its_age(tmp_path: Path) -> None:
    ages = [
        {
            "kind": "telemetry",
            "source": source,
            "data_until": datetime(2026, 8, 1),
            "as_of_date": AS_OF,
            "age_days": age,
        }
        for source, age in (("gpu_samples_csv", 0.0), ("prometheus_json", 77.0))
    ]
    assert "longest silentprometheus json, 77 days" in Page(render(facts(tmp_path, freshness=ages))).text.replace(
        "\n", ""
    )
