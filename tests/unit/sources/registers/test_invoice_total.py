"""Invoice totals typed in by hand. Expected values are in the lines above them."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest
from _run import Outcome, candidates, csv_text, run

from pipelines.errors import RegisterError
from pipelines.settings import Settings
from pipelines.sources.registers import invoice_total
from pipelines.warehouse import landing
from pipelines.warehouse.connect import writing
from pipelines.warehouse.load import load

INVOICE = {
    "invoice_id": "INV-7",
    "invoice_issuer_name": "Lambda",
    "billing_account_id": "007",
    "billing_period_start": "2026-08-01",
    "billing_period_end": "2026-09-01",
    "billing_currency": "USD",
    "billed_cost": "1234.56",
}
HEADER = [*INVOICE, "service_name", "charge_category", "invoice_status"]


def outcome(folder: Path, *rows: dict[str, str]) -> Outcome:
    (folder / "invoices.csv").write_text(csv_text(HEADER, *rows))
    (claim,) = invoice_total.claim(candidates(folder))
    return run(invoice_total, claim)


def test_an_invoice_is_read_with_its_period_and_its_cents(tmp_path: Path) -> None:
    (row,) = outcome(tmp_path, INVOICE | {"invoice_status": "issued"}).kept
    assert {name: value for name, value in row.items() if value is not None} == {
        "delivery_id": "d1",
        "source_part": "invoices.csv",
        "source_row": 1,
        "source": "invoice_total",
        "invoice_id": "INV-7",
        "invoice_issuer_name": "Lambda",
        "billing_account_id": "007",
        "billing_period_start": datetime(2026, 8, 1),
        "billing_period_end": datetime(2026, 9, 1),
        "billing_currency": "USD",
        "billed_cost": Decimal("1234.56"),
        "invoice_status": "issued",
    }


def test_a_yaml_list_is_read_like_a_csv(tmp_path: Path) -> None:
    lines = "\n".join(f"  {name}: '{value}'" for name, value in INVOICE.items())
    (tmp_path / "invoices.yaml").write_text("-" + lines[1:] + "\n")
    (claim,) = invoice_total.claim(candidates(tmp_path))
    assert run(invoice_total, claim).total("billed_cost") == Decimal("1234.56")


def test_a_credit_note_is_negative(tmp_path: Path) -> None:
    """M03."""
    assert outcome(tmp_path, INVOICE | {"billed_cost": "-10.005"}).total("billed_cost") == Decimal("-10.005")


def test_an_invoice_by_service_has_a_line_each(tmp_path: Path) -> None:
    """B19: bills are compared per service where the invoice says so."""
    rows = [INVOICE | {"service_name": name} for name in ("Compute", "Storage", "")]
    assert len(outcome(tmp_path, *rows).kept) == 3


@pytest.mark.parametrize(
    ("rows", "part"),
    [
        ([INVOICE, INVOICE | {"billed_cost": "9"}], "stands already in invoices.csv line 2"),
        ([INVOICE | {"billing_period_end": "2026-08-01"}], "is not after billing_period_start"),
        ([INVOICE | {"billed_cost": "1,234.56"}], "'1,234.56' is not a number"),
        ([INVOICE | {"billed_cost": ""}], "column billed_cost: the value is missing"),
        ([INVOICE | {"billing_period_start": "01.08.2026"}], "'01.08.2026' is not a time"),
    ],
)
def test_a_typing_error_is_told_with_its_line(tmp_path: Path, rows: list[dict[str, str]], part: str) -> None:
    with pytest.raises(RegisterError) as caught:
        outcome(tmp_path, *rows)
    assert part in caught.value.message
    assert caught.value.line == len(rows) + 1


def test_a_column_for_the_loader_is_none_to_fill_in(tmp_path: Path) -> None:
    (tmp_path / "invoices.csv").write_text(csv_text([*INVOICE, "source"], INVOICE | {"source": "me"}))
    (claim,) = invoice_total.claim(candidates(tmp_path))
    with pytest.raises(RegisterError, match="column source: is not a column of this table"):
        run(invoice_total, claim)


def test_a_file_a_month_leaves_the_other_months_invoices_alone(tmp_path: Path) -> None:
    """B02: what a delivery replaces is the invoice it names, corrected or not."""
    settings = Settings(home=tmp_path / "home", min_free_disk_bytes=0)
    files = (INVOICE, INVOICE | {"invoice_id": "INV-8", "billed_cost": "8"}, INVOICE | {"billed_cost": "7"})
    for place, row in enumerate(files):
        file = tmp_path / f"invoice{place}.csv"
        file.write_text(csv_text(HEADER, row))
        landing.add(settings, [file], received_at=datetime(2026, 9, 2, place))
    with writing(settings) as connection:
        load(connection, landing.deliveries(settings.paths), settings)
        rows = connection.execute("select invoice_id, billed_cost from raw.invoice_total order by 1").fetchall()
    assert rows == [("INV-7", Decimal(7)), ("INV-8", Decimal(8))]
