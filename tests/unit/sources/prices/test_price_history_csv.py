"""A person's own quotes as price points."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest
from _run import Outcome, candidates, run

from pipelines.errors import InputError
from pipelines.sources.prices import price_history_csv

HEADER = (
    "observed_at,provider,region_id,gpu_model_name,instance_type,gpus,pricing_model,price_basis,currency,"
    "price_usd_per_hour"
)
QUOTE = "2026-08-01T12:00:00Z,Lumen,eu-1,H100,h100.8x,8,reserved_1y,contract,EUR,20"


def outcome(folder: Path, *lines: str) -> Outcome:
    """Quotes of those lines through the source."""
    (folder / "quotes.csv").write_text("\n".join([HEADER, *lines]) + "\n")
    (claim,) = price_history_csv.claim(candidates(folder))
    return run(price_history_csv, claim)


def test_quote_of_a_machine_becomes_the_price_of_one_gpu(tmp_path: Path) -> None:
    """20 $/h over 8 GPUs is 2.50."""
    (row,) = outcome(tmp_path, QUOTE).kept
    names = ("source_row", "observed_at", "provider", "gpus", "pricing_model", "price_basis", "statistic")
    assert tuple(row[name] for name in (*names, "list_currency", "price_usd_per_gpu_hour")) == (
        1,
        datetime(2026, 8, 1, 12),
        "Lumen",
        8,
        "reserved_1y",
        "contract",
        "offer",
        "EUR",
        Decimal("2.5"),
    )


def test_time_with_an_offset_is_brought_to_utc(tmp_path: Path) -> None:
    """Z03: noon at +05:30 is 06:30 UTC."""
    (row,) = outcome(tmp_path, QUOTE.replace("12:00:00Z", "12:00:00+05:30")).kept
    assert row["observed_at"] == datetime(2026, 8, 1, 6, 30)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (QUOTE.replace(",20", ",-20"), "column price_usd_per_hour: -20 is not above 0"),
        (QUOTE.replace(",20", ",0"), "column price_usd_per_hour: 0 is not above 0"),
        (QUOTE.replace(",8,", ",0,"), "column gpus: 0 is below 1"),
        (QUOTE.replace("reserved_1y", "reserved-1y"), "did you mean 'reserved_1y'?"),
        (QUOTE.replace("2026-08-01T12:00:00Z", "01/08/2026"), "column observed_at: '01/08/2026' is not a time"),
    ],
)
def test_fault_in_a_quote_refuses_the_file_and_names_line_column_and_value(
    tmp_path: Path, line: str, words: str
) -> None:
    """M10: prices kept by hand are mended, not rejected one by one."""
    with pytest.raises(InputError) as raised:
        outcome(tmp_path, QUOTE, line)
    assert words in raised.value.message and raised.value.line == 3


@pytest.mark.parametrize("header", ["observed_at,gpu_model_name", "timestamp,instance,price_usd"])
def test_other_files_are_left_alone(tmp_path: Path, header: str) -> None:
    (tmp_path / "other.csv").write_text(header + "\n")
    assert price_history_csv.claim(candidates(tmp_path)) == []
