"""Monthly rate-card medians as price points."""

from __future__ import annotations

import csv
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest
from _run import Outcome, candidates, run

from pipelines.errors import InputError
from pipelines.sources.files import Candidate
from pipelines.sources.prices import ratecard_monthly_csv

HEADER = "period,gpu,ondemand_raw_median_usd,reserved_raw_median_usd,spot_raw_median_usd,index_value_usd"


def outcome(folder: Path, *lines: str) -> Outcome:
    """A rate card of those lines through the source."""
    (folder / "cards.csv").write_text("\n".join([HEADER, *lines]) + "\n")
    (claim,) = ratecard_monthly_csv.claim(candidates(folder))
    return run(ratecard_monthly_csv, claim)


def test_each_median_becomes_a_row_of_the_months_first_day(tmp_path: Path) -> None:
    kept = outcome(tmp_path, "2023-09,H100,3.5000,2.8584,3.2400,3.3775").kept
    names = ("source_row", "observed_at", "gpu_model_name", "pricing_model", "statistic", "price_usd_per_gpu_hour")
    first = datetime(2023, 9, 1)
    assert [tuple(row[name] for name in names) for row in kept] == [
        (1, first, "H100", "on_demand", "median", Decimal("3.5")),
        (2, first, "H100", "reserved", "median", Decimal("2.8584")),
        (3, first, "H100", "spot", "median", Decimal("3.24")),
    ]


def test_empty_median_is_missing_and_not_zero(tmp_path: Path) -> None:
    result = outcome(tmp_path, "2023-05,H100,2.4000,,,")
    assert ([row["source_row"] for row in result.kept], result.rejected) == ([1], [])


def test_period_that_is_no_month_is_rejected(tmp_path: Path) -> None:
    result = outcome(tmp_path, "05/2023,H100,2.4,,,")
    assert [row["reject_reason"] for row in result.rejected] == ["observed_at: not a TIMESTAMP"]


def test_line_cut_short_is_an_error_with_its_line(tmp_path: Path) -> None:
    """B08."""
    with pytest.raises(InputError, match="cut or damaged") as raised:
        outcome(tmp_path, "2023-05,H100,2.4,,,", "2023-06,H1")
    assert raised.value.line == 3


def test_real_cards_keep_every_filled_median(shared: Path) -> None:
    """Expected sum: csv and Decimal over the three columns."""
    path = shared / "data/prices/rental/ratecards_monthly_2023-2025.csv"
    with path.open(newline="") as lines:
        cells = [row[name] for row in csv.DictReader(lines) for name in HEADER.split(",")[2:5] if row[name]]
    (claim,) = ratecard_monthly_csv.claim([Candidate(path.name, path)])
    result = run(ratecard_monthly_csv, claim)
    assert (len(result.kept), result.total("price_usd_per_gpu_hour")) == (len(cells), sum(map(Decimal, cells)))
