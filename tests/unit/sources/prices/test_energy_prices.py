"""Prices of energy markets: by interval, kept by hand, and by month as Ember publishes them."""

from __future__ import annotations

import csv
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from types import ModuleType

import pytest
from _run import Outcome, candidates, run

from pipelines.errors import InputError
from pipelines.sources.files import Candidate
from pipelines.sources.prices import ember_wholesale_monthly, energy_price_csv

HOURLY = "market_id,starts_at,ends_at,price_currency,energy_currency_per_mwh"
NAMES = HOURLY.split(",")
MONTHLY = "Country,ISO3 Code,Date,Price (EUR/MWhe)"


def outcome(source: ModuleType, folder: Path, *lines: str) -> Outcome:
    """A file of those lines through the source."""
    (folder / "prices.csv").write_text("\n".join(lines) + "\n")
    (claim,) = source.claim(candidates(folder))
    return run(source, claim)


def test_a_price_may_be_negative_and_an_interval_without_an_end_is_an_hour(tmp_path: Path) -> None:
    """The second time names its zone: 02:00 in Lisbon's summer is 01:00 UTC (Z01)."""
    lines = ("PT,2026-08-01T00:00,,EUR,-4.25", "PT,2026-08-01T02:00:00+01:00,2026-08-01T02:15:00+01:00,EUR,0")
    kept = outcome(energy_price_csv, tmp_path, HOURLY, *lines).kept
    assert [tuple(row[name] for name in NAMES) for row in kept] == [
        ("PT", datetime(2026, 8, 1), datetime(2026, 8, 1, 1), "EUR", Decimal("-4.25")),
        ("PT", datetime(2026, 8, 1, 1), datetime(2026, 8, 1, 1, 15), "EUR", Decimal(0)),
    ]


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("PT,2026-08-01T00:30,,EUR,9", "PT from 2026-08-01T00:30:00 overlaps line 2"),
        ("PT,2026-08-01T05:00,2026-08-01T05:00,EUR,9", "05:00:00 is not after starts_at"),
        ("PT,2026-08-01T05:00,,EUR,cheap", "'cheap' is not a number"),
        ("PT,2026-08-01T05:00,,EUR,", "the value is missing"),
    ],
)
def test_a_fault_refuses_the_file_with_its_line_and_value(tmp_path: Path, line: str, complaint: str) -> None:
    with pytest.raises(InputError, match=complaint) as raised:
        outcome(energy_price_csv, tmp_path, HOURLY, "PT,2026-08-01T00:00,,EUR,9", line)
    assert raised.value.line == 3


def test_a_month_of_a_country_is_a_row_from_its_first_day_to_the_next_month(tmp_path: Path) -> None:
    """February of a leap year ends on 1 March."""
    result = outcome(ember_wholesale_monthly, tmp_path, MONTHLY, "Austria,AUT,2024-02-01,29.94", "Austria,AUT,Feb,3")
    (row,) = result.kept
    assert tuple(row[name] for name in NAMES) == (
        "AUT",
        datetime(2024, 2, 1),
        datetime(2024, 3, 1),
        "EUR",
        Decimal("29.94"),
    )
    assert [row["reject_reason"] for row in result.rejected] == ["starts_at: not a DATE"]


def test_real_months_keep_every_price(shared: Path) -> None:
    """Expected sum: csv and Decimal over the column."""
    path = shared / "data/prices/electricity/ember_wholesale_monthly_eu.csv"
    with path.open(newline="") as lines:
        texts = [row["Price (EUR/MWhe)"] for row in csv.DictReader(lines)]
    prices = [Decimal(text) for text in texts if text]
    (claim,) = ember_wholesale_monthly.claim([Candidate(path.name, path)])
    result = run(ember_wholesale_monthly, claim)
    assert (len(result.kept), result.rejected) == (len(prices), [])
    assert result.total("energy_currency_per_mwh") == sum(prices)
