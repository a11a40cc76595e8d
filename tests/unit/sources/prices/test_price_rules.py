"""Which prices are kept, on hand-made rows."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from pipelines.sources.frames import MONEY_DTYPE
from pipelines.sources.model import LandedFile, Rows
from pipelines.sources.prices._points import price_rows

FILE = LandedFile("prices.csv", Path("unused"), "", 1)


def points(*prices: tuple[str, str], gpus: int = 1) -> Rows:
    """Price points of (GPU, price as delivered)."""
    raw = pl.LazyFrame(
        {
            "source_row": range(1, len(prices) + 1),
            "observed_at": [datetime(2026, 8, 1)] * len(prices),
            "gpu_model_name": [gpu for gpu, _ in prices],
            "gpus": [gpus] * len(prices),
            "price_text": [text for _, text in prices],
        }
    ).with_columns(pl.col("price_text").cast(MONEY_DTYPE, strict=False).alias("price_usd_per_hour"))
    return price_rows(FILE, raw)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("0", "price_usd_per_gpu_hour: not above 0"),
        ("-2.5", "price_usd_per_gpu_hour: not above 0"),
        ("n/a", "price_usd_per_gpu_hour: not a price"),
        ("0.01", "price_usd_per_gpu_hour: implausible, 100 times away from this GPU's median in the file"),
        ("600", "price_usd_per_gpu_hour: implausible, 100 times away from this GPU's median in the file"),
    ],
)
def test_impossible_price_is_rejected_with_its_reason_and_text(text: str, reason: str) -> None:
    """M10: B200 at $0.01 (a bid floor), H100 at $0. Median of 4.90, 5.00, 5.10 and the bad one lies near 5."""
    rows = points(("B200", "4.90"), ("B200", "5.00"), ("B200", "5.10"), ("B200", text))
    assert rows.rejected is not None
    assert rows.rejected.select("source_row", "reason", "offending_value").rows() == [(4, reason, text)]


def test_price_is_compared_with_its_own_gpu_only() -> None:
    """M10: a T4 at a hundredth of a GB200's price is no error."""
    assert points(("GB200", "60"), ("GB200", "61"), ("T4", "0.11"), ("T4", "0.12")).frame.height == 4


@pytest.mark.parametrize(("text", "kept"), [("0.05", 4), ("0.0499", 3), ("500", 4), ("500.1", 3)])
def test_a_hundred_times_is_the_border(text: str, kept: int) -> None:
    """M10: medians of 5, 5, 5 and any fourth price are 5; 5/100 and 5·100 are still kept."""
    assert points(("B200", "5"), ("B200", "5"), ("B200", "5"), ("B200", text)).frame.height == kept


def test_machine_price_is_divided_in_decimal_to_eighteen_places() -> None:
    """1/3 = 0.333…, eighteen threes; through binary floating point it would end in …33314829616256247."""
    frame = points(("L4", "1"), gpus=3).frame
    assert frame["price_usd_per_gpu_hour"].to_list() == [Decimal("0.333333333333333333")]
