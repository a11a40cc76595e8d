"""A large CSV is rewritten as Parquet before it is loaded; nothing but the time it takes may tell."""

from __future__ import annotations

import gzip
from pathlib import Path

import duckdb
import pytest
from _homes import add, ask, deliver, focus_line, load, settings_of, write_lines

from pipelines.errors import InputError
from pipelines.settings import Settings
from pipelines.warehouse import landing, reader
from pipelines.warehouse import load as warehouse_load

LINES = 125_000  # more than a row group of Parquet, so that two threads have something to share
REJECTED_ROW = 70_001


@pytest.fixture
def loaded(tmp_path: Path, monkeypatch) -> Settings:
    """A file whose n-th row is of resource r<n>; a quoted value breaks the line, and one row cannot be kept."""
    monkeypatch.setattr(reader, "REWRITTEN_FROM_BYTES", 1)
    line = focus_line("r0", "1", SubAccountName="two\nlines")
    row = ",".join(f'"{value}"' for value in line.values())
    rows = [row.replace('"r0"', f"r{number}") for number in range(1, LINES + 1)]
    rows[REJECTED_ROW - 1] = rows[REJECTED_ROW - 1].replace(line["ChargePeriodStart"], "yesterday")
    file = tmp_path / "focus.csv.gz"
    file.write_bytes(gzip.compress("\n".join([",".join(line), *rows, ""]).encode(), 1, mtime=0))
    settings = settings_of(tmp_path)
    deliver(settings, file)
    return settings


def test_every_row_of_a_rewritten_file_keeps_its_number(loaded: Settings) -> None:
    """Nothing lost: all rows but the refused one, each under the number it has in the file."""
    wrong = "count(*) filter (resource_id <> 'r' || source_row)"
    assert ask(loaded, f"select count(*), {wrong}, min(source_row), max(source_row) from raw.cost_line") == [
        (LINES - 1, 0, 1, LINES)
    ]
    assert ask(loaded, "select source_row, offending_value from meta.rejected_row") == [(REJECTED_ROW, "yesterday")]


@pytest.mark.parametrize("from_bytes", [1, 1 << 40], ids=["rewritten", "as it lies"])
def test_a_file_that_can_no_longer_be_read_is_refused_with_its_line_and_changes_nothing(
    from_bytes: int, tmp_path: Path, monkeypatch
) -> None:
    """B08: the reason is the file's, whichever way it is read."""
    monkeypatch.setattr(reader, "REWRITTEN_FROM_BYTES", from_bytes)
    # Its bytes are compared before it is read, so that here other bytes stand for code that reads it otherwise.
    monkeypatch.setattr(landing, "check", lambda delivery: None)
    settings = settings_of(tmp_path)
    (added,) = add(settings, write_lines(tmp_path / "focus.csv", [focus_line(f"r{row}", "1") for row in range(9)]))
    landed = added.delivery.files[0].path
    landed.chmod(0o644)
    landed.write_text("\n".join([*landed.read_text().splitlines()[:5], "0012"]))
    with pytest.raises(InputError, match="1 of 12 columns") as raised:
        load(settings)
    assert raised.value.line == 6
    assert ask(settings, "select count(*) from raw.cost_line") == [(0,)]


def test_the_order_of_rows_counts_again_once_a_rewritten_file_is_loaded(tmp_path: Path, monkeypatch) -> None:
    """A refused row of another part is numbered by reading that part again, line after line."""
    monkeypatch.setattr(reader, "REWRITTEN_FROM_BYTES", 1)
    settings = settings_of(tmp_path)
    seen: list[str] = []
    judge = warehouse_load.check_rejects

    def watched(connection: duckdb.DuckDBPyConnection, *arguments: object) -> None:
        seen.extend(connection.execute("select current_setting('preserve_insertion_order')").fetchone())
        judge(connection, *arguments)

    monkeypatch.setattr(warehouse_load, "check_rejects", watched)
    lines = [focus_line("kept", "1000"), focus_line("refused", "1", ChargePeriodStart="yesterday")]
    deliver(settings, write_lines(tmp_path / "focus.csv", lines))
    assert seen == [True]
