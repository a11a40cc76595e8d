"""Connections: the same settings on each, a reader that can do nothing but read, and one writer at a time."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, datetime
from pathlib import Path

import duckdb
import polars as pl
import pytest
from _homes import add, ask, focus_line, settings_of, write_lines

from pipelines.errors import LockedError, NoDataError, StorageError
from pipelines.settings import REPOSITORY, Settings
from pipelines.warehouse.connect import in_memory, reading_published, reading_warehouse, writing
from pipelines.warehouse.publish import publish
from pipelines.warehouse.tables import drop_undeclared, query, replace_rows

FACTORIES: dict[str, Callable[[Settings], AbstractContextManager[duckdb.DuckDBPyConnection]]] = {
    "writing": writing,
    "reading_warehouse": reading_warehouse,
    "in_memory": in_memory,
    "reading_published": reading_published,
}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A home with a warehouse and a published version."""
    settings = settings_of(tmp_path)
    with writing(settings) as connection:
        connection.execute("create schema marts")
        connection.execute("create table marts.m as select 1 as n")
    publish(settings, as_of=date(2026, 9, 1), code_revision="c", inputs_hash="i")
    return settings


@pytest.mark.parametrize("factory", FACTORIES)
def test_every_connection_thinks_in_utc(settings: Settings, factory: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Z03."""
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    with FACTORIES[factory](settings) as connection:
        assert connection.execute("select current_setting('TimeZone')").fetchone() == ("UTC",)


def test_the_warehouse_is_of_no_older_storage_than_what_is_published(settings: Settings) -> None:
    """S15: left alone, DuckDB writes what version 0.10 could read, and takes twice as long to pack text."""
    with writing(settings) as connection:
        (tags,) = connection.execute("select tags from duckdb_databases() where not internal").fetchone()
    assert tags["storage_version"] == "v1.4.0+"


@pytest.mark.parametrize("factory", ["writing", "reading_warehouse", "in_memory"])
def test_limits_reach_the_connection(settings: Settings, factory: str) -> None:
    """S14."""
    limited = settings.model_copy(update={"memory_limit": "512MiB", "threads": 1})
    with FACTORIES[factory](limited) as connection:
        row = connection.execute("select current_setting('memory_limit'), current_setting('threads')").fetchone()
    assert row == ("512.0 MiB", 1)


def test_a_load_in_tokyo_gives_the_rows_of_a_load_in_utc(tmp_path: Path) -> None:
    """Z03: text without a zone is UTC, text with an offset is moved to UTC, whatever the machine's zone."""
    settings = settings_of(tmp_path)
    lines = [
        focus_line("naive", "1", ChargePeriodStart="2026-08-31 23:30:00"),
        focus_line("offset", "1", ChargePeriodStart="2026-09-01T08:30:00+09:00"),
        focus_line("zulu", "1", ChargePeriodStart="2026-08-31T23:30:00Z"),
    ]
    ends = {"ChargePeriodEnd": "2026-09-01T00:00:00Z"}
    add(settings, write_lines(tmp_path / "focus.csv", [line | ends for line in lines]))
    code = "from pathlib import Path; from pipelines.settings import Settings; from pipelines.warehouse import ingest; "
    code += f"ingest.ingest(Settings(home=Path({str(settings.home)!r}), min_free_disk_bytes=0), 'billing')"
    environment = os.environ | {"TZ": "Asia/Tokyo", "PYTHONPATH": str(REPOSITORY)}
    subprocess.run([sys.executable, "-c", code], env=environment, check=True)
    starts = ask(settings, "select distinct charge_period_start from raw.cost_line")
    assert starts == [(datetime(2026, 8, 31, 23, 30),)]


@pytest.mark.parametrize(
    "statement",
    [
        "select * from read_csv('/etc/passwd')",
        "select * from read_text('/etc/passwd')",
        "select * from '/etc/passwd'",
        "select * from glob('/etc/*')",
        "copy (select 1) to '{folder}/out.csv'",
        "attach '{folder}/other.duckdb' as other",
        "export database '{folder}/export'",
        "set enable_external_access = true",
        "reset enable_external_access",
        "set lock_configuration = false",
        "set memory_limit = '1GB'",
        "set TimeZone = 'Asia/Tokyo'",
        "install httpfs",
        "load httpfs",
        "insert into marts.m values (2)",
        "drop table marts.m",
    ],
)
def test_a_reader_can_only_read(settings: Settings, tmp_path: Path, statement: str) -> None:
    """X02: `read_only` alone reads and writes other files."""
    out = tmp_path / "outside"
    out.mkdir()
    with reading_published(settings) as connection, pytest.raises(duckdb.Error):
        connection.execute(statement.format(folder=out))
    assert list(out.iterdir()) == []


def test_reading_before_anything_is_loaded_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(NoDataError, match="tenure add"), reading_warehouse(settings_of(tmp_path)):
        pass


def test_too_little_disk_stops_the_writer_before_it_opens(tmp_path: Path) -> None:
    """S12."""
    settings = settings_of(tmp_path).model_copy(update={"min_free_disk_bytes": 1 << 60})
    with pytest.raises(StorageError, match="bytes are free"), writing(settings):
        pass
    assert not settings.paths.database.exists()


WRITER = """
import sys
from pathlib import Path
from pipelines.settings import Settings
from pipelines.warehouse.connect import writing
with writing(Settings(home=Path(sys.argv[1]), min_free_disk_bytes=0)):
    print("writing", flush=True)
    sys.stdin.read()
"""


def test_looking_into_a_warehouse_that_is_being_written_is_told_so(settings: Settings) -> None:
    """S01: `tenure status` during a refresh ends with a message and no trace; what is published stays open to all."""
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY)}
    command = [sys.executable, "-c", WRITER, str(settings.home)]
    with subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout.readline() == "writing\n"
        with pytest.raises(LockedError, match=f"PID {writer.pid}"), reading_warehouse(settings):
            pass
        with reading_published(settings) as connection:
            assert connection.execute("select n from marts.m").fetchall() == [(1,)]


@pytest.mark.parametrize("factory", ["writing", "reading_warehouse"])
def test_a_file_that_is_no_database_says_that_it_can_be_rebuilt(settings: Settings, factory: str) -> None:
    """S12, S13: recovery is from landing, and never by guessing."""
    settings.paths.database.write_bytes(b"not a database, but long enough to be looked at" * 200)
    with pytest.raises(StorageError, match="rebuilt from landing"), FACTORIES[factory](settings):
        pass


TARIFF = {
    "delivery_id": ["d"],
    "source_part": ["f"],
    "source_row": [1],
    "site_id": ["s"],
    "valid_from_date": [date(2026, 1, 1)],
    "valid_to_date": [None],
    "hour_from_index": [0],
    "hour_to_index": [24],
    "energy_usd_per_kwh": ["0.123456789012345678"],
    "market_id": [None],
}


def tariff(**changed: object) -> pl.DataFrame:
    """One tariff."""
    return pl.DataFrame(TARIFF | {name: [value] for name, value in changed.items()})


def test_replaced_rows_are_the_frame_and_nothing_else(settings: Settings) -> None:
    with writing(settings) as connection:
        replace_rows(connection, "raw.tariff", tariff(site_id="old"))
        replace_rows(connection, "raw.tariff", tariff(site_id="new"))
        assert query(connection, "select site_id from raw.tariff")["site_id"].to_list() == ["new"]


def test_a_table_of_an_earlier_version_takes_todays_columns_and_a_renamed_one_goes(settings: Settings) -> None:
    with writing(settings) as connection:
        connection.execute("create schema projections")
        connection.execute("create table projections.break_even (workload varchar)")
        connection.execute("create schema raw")
        connection.execute("create table raw.tariff (site_id varchar, price_usd double)")
        replace_rows(connection, "raw.tariff", tariff())
        drop_undeclared(connection, "projections")
        left = "select table_name from information_schema.tables where table_schema in ('raw', 'projections')"
        assert query(connection, left)["table_name"].to_list() == ["tariff"]
        assert query(connection, "select energy_usd_per_kwh from raw.tariff").height == 1


def test_rows_outside_the_condition_stay(settings: Settings) -> None:
    with writing(settings) as connection:
        replace_rows(connection, "raw.tariff", tariff(site_id="a"))
        replace_rows(connection, "raw.tariff", tariff(site_id="b"), where={"site_id": "b"})
        replace_rows(connection, "raw.tariff", tariff(site_id="b", hour_to_index=12), where={"site_id": "b"})
        rows = query(connection, "select site_id, hour_to_index from raw.tariff order by 1").rows()
    assert rows == [("a", 24), ("b", 12)]


def test_a_frame_that_breaks_the_contract_leaves_the_old_rows(settings: Settings) -> None:
    """B11: delete and insert are one transaction."""
    with writing(settings) as connection:
        replace_rows(connection, "raw.tariff", tariff())
        with pytest.raises(duckdb.ConstraintException):
            replace_rows(connection, "raw.tariff", tariff(site_id=None))
        assert query(connection, "select site_id from raw.tariff")["site_id"].to_list() == ["s"]


def test_money_as_text_reaches_the_table_to_its_last_place(settings: Settings) -> None:
    """T06: never by way of a double."""
    with writing(settings) as connection:
        replace_rows(connection, "raw.tariff", tariff())
        (value,) = connection.execute("select cast(energy_usd_per_kwh as varchar) from raw.tariff").fetchone()
    assert value == "0.123456789012345678"
