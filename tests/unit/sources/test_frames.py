"""Reading small files whole: what is refused, and with which words."""

from __future__ import annotations

import gzip
from datetime import datetime
from pathlib import Path

import polars as pl
import pytest

from pipelines.contracts import all_contracts, contract_for
from pipelines.errors import InputError
from pipelines.sources import frames
from pipelines.sources.files import csv_layout
from pipelines.sources.model import LandedFile


def landed(folder: Path, content: bytes) -> LandedFile:
    """A file in landing, delivered as notes.txt."""
    path = folder / "landed"
    path.write_bytes(content)
    return LandedFile("notes.txt", path, "", len(content))


def test_gzip_and_byte_order_mark_are_undone(tmp_path: Path) -> None:
    """T01."""
    assert frames.read_text(landed(tmp_path, gzip.compress("\ufeffé\n".encode()))) == "é\n"


@pytest.mark.parametrize("content", ["a\né\n".encode("latin-1"), "a\né\n".encode("utf-16")])
def test_other_encoding_is_refused(tmp_path: Path, content: bytes) -> None:
    """T02."""
    with pytest.raises(InputError, match=r"notes\.txt:\d: the content is not UTF-8"):
        frames.read_text(landed(tmp_path, content))


def test_line_of_a_byte_that_is_not_utf8_is_named(tmp_path: Path) -> None:
    """T02: the é of Latin-1 is on line 2."""
    with pytest.raises(InputError) as raised:
        frames.read_text(landed(tmp_path, "a\né\n".encode("latin-1")))
    assert raised.value.line == 2


@pytest.mark.parametrize("cut", [-4, -12])
def test_cut_gzip_is_refused(tmp_path: Path, cut: int) -> None:
    """B08."""
    with pytest.raises(InputError, match="cut or damaged"):
        frames.read_text(landed(tmp_path, gzip.compress(b"x" * 100)[:cut]))


def test_content_beyond_the_limit_is_refused_however_small_it_is_compressed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """X07: 10 kB of zeros in a few bytes, against a limit of 1 kB."""
    monkeypatch.setattr(frames, "MAX_TEXT_BYTES", 1_000)
    with pytest.raises(InputError, match="larger than 1,000 bytes"):
        frames.read_text(landed(tmp_path, gzip.compress(bytes(10_000))))


def test_csv_cells_are_trimmed_text_and_empty_ones_null(tmp_path: Path) -> None:
    """T08: the word NULL is no value either; leading zeros stay (T07)."""
    file = landed(tmp_path, b"a,b\n 007 ,NULL\n,x\n")
    assert frames.csv_texts(file, csv_layout(file)).collect().rows() == [("007", None), (None, "x")]


def test_csv_cell_may_hold_a_line_break_and_a_comma(tmp_path: Path) -> None:
    """T10."""
    file = landed(tmp_path, b'a,b\n"x,\ny",1\n')
    assert frames.csv_texts(file, csv_layout(file)).collect().rows() == [("x,\ny", "1")]


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-08-01", datetime(2026, 8, 1)),
        ("2026-08-01T12:00:00Z", datetime(2026, 8, 1, 12)),
        ("2026-08-01 12:00:00", datetime(2026, 8, 1, 12)),
        ("2026-08-01T00:30:00+02:00", datetime(2026, 7, 31, 22, 30)),
        ("2026-W31-6", None),
        ("01/08/2026", None),
        ("2026-13-01", None),
        ("2026-08-01T25:00:00Z", None),
    ],
)
def test_instant_is_utc_or_none(text: str, instant: datetime | None) -> None:
    """T03, Z03."""
    assert frames.utc_instant(text) == instant


@pytest.mark.parametrize(
    "table", sorted(name for name in all_contracts() if name.startswith("raw.") and name != "raw.cost_line")
)
def test_schema_of_rows_leaves_out_what_the_loader_fills(table: str) -> None:
    """raw.cost_line is left out: its tags are a map, and its lines are scanned by the warehouse."""
    filled = {"delivery_id", "source_part", "source"}
    assert list(frames.rows_schema(table)) == [name for name in contract_for(table).names if name not in filled]


def test_money_is_decimal_in_every_schema() -> None:
    assert frames.rows_schema("raw.price_point")["price_usd_per_gpu_hour"] == pl.Decimal(38, 18)
