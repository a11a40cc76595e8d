"""The published version: whole, checked, immutable, switched to at once, and told apart when it was tampered with."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest
from _homes import settings_of

from pipelines.errors import NoDataError, StorageError
from pipelines.settings import REPOSITORY, Settings
from pipelines.warehouse import publish as module
from pipelines.warehouse.connect import reading_published, writing
from pipelines.warehouse.publish import Publication, publish, standing, verify

DAY = date(2026, 1, 1)


def numbers(settings: Settings, number: int, rows: int = 100) -> None:
    """A mart that holds one number in every row."""
    with writing(settings) as connection:
        connection.execute("create schema if not exists marts")
        connection.execute(f"create or replace table marts.numbers as select {number} as n from range({rows})")


def publish_number(settings: Settings, number: int, rows: int = 100) -> Publication:
    """The number as a version of its own, as of as many days after DAY."""
    numbers(settings, number, rows)
    return publish(settings, as_of=DAY + timedelta(days=number), code_revision="c", inputs_hash="i")


def read(settings: Settings, sql: str = "select distinct n from marts.numbers", file: Path | None = None) -> list:
    """What a reader sees."""
    with reading_published(settings, file) as connection:
        return connection.execute(sql).fetchall()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_of(tmp_path)


def test_a_reader_sees_which_version_it_reads(settings: Settings) -> None:
    publication = publish_number(settings, 3)
    assert read(settings, "select version, as_of_date from meta.publication") == [
        (publication.version, date(2026, 1, 4))
    ]


def test_a_reader_that_is_reading_keeps_its_version_through_a_switch(settings: Settings) -> None:
    """Readers see one whole version."""
    publish_number(settings, 1)
    with reading_published(settings) as connection:
        publish_number(settings, 2)
        assert connection.execute("select distinct n from marts.numbers").fetchall() == [(1,)]


def test_the_next_reader_of_the_same_process_sees_the_new_version(settings: Settings) -> None:
    """S01: in one process a connection by the link's name would get the old file as long as an old one lives."""
    publish_number(settings, 1)
    with reading_published(settings):
        publish_number(settings, 2)
        assert read(settings) == [(2,)]


def test_readers_see_whole_versions_in_order_while_they_are_switched(settings: Settings) -> None:
    """S01: a history checker over one writer and two readers, each a process, for two seconds.

    In version k every row of 100 is k and the day is DAY + k; anything else is a mixture.
    """
    settings = settings.model_copy(update={"published_versions_kept": 1000})
    publish_number(settings, 0)
    code = Path(__file__).with_name("_reader.py")
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY)}
    readers = [
        subprocess.Popen(
            [sys.executable, str(code), str(settings.home), "2"], env=environment, stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    number = 0
    until = time.monotonic() + 60
    while any(reader.poll() is None for reader in readers) and time.monotonic() < until:
        number += 1
        publish_number(settings, number)
    histories = [[json.loads(line) for line in reader.communicate()[0].splitlines()] for reader in readers]
    assert [reader.returncode for reader in readers] == [0, 0], "a reader failed"
    for seen in histories:
        whole = [[str(DAY + timedelta(days=low)), low, low, 100] for _, low, _, _ in seen]
        assert seen == whole
        assert all(before[1] <= after[1] for before, after in pairwise(seen)), "a reader went back in time"
    assert max(seen[-1][1] for seen in histories) > 0, "no reader saw a switch"


def test_no_write_ahead_log_lies_beside_the_published_file(settings: Settings) -> None:
    """S11."""
    publish_number(settings, 1)
    assert [path.name for path in settings.paths.published.rglob("*.wal")] == []


def test_the_published_file_is_of_the_storage_version_old_drivers_open(settings: Settings) -> None:
    """S15: as DuckDB records it in the file; a build of DuckDB 1.4 to open it with is not at hand here."""
    publish_number(settings, 1)
    (tags,) = read(settings, "select tags from duckdb_databases() where not internal")[0]
    assert tags["storage_version"] == "v1.4.0+"


def test_a_flipped_byte_is_found(settings: Settings) -> None:
    """S13."""
    publish_number(settings, 1)
    file = settings.paths.current.resolve()
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    with pytest.raises(StorageError, match="differs from what was published"):
        verify(settings.paths)


def test_publishing_the_same_again_mends_a_damaged_version(settings: Settings) -> None:
    """S13."""
    first = publish_number(settings, 1)
    file = settings.paths.current.resolve()
    file.write_bytes(file.read_bytes()[:-1])
    again = publish_number(settings, 1)
    assert again.version == first.version
    assert verify(settings.paths).version == first.version


def test_an_untouched_version_verifies(settings: Settings) -> None:
    """S13."""
    publication = publish_number(settings, 1)
    assert verify(settings.paths) == publication


def test_equal_content_is_the_same_version_whatever_order_it_was_loaded_in(settings: Settings) -> None:
    """Promise 4: a rebuild is byte-equal. The Parquet files are, and the name is their hash."""
    with writing(settings) as connection:
        connection.execute("create schema marts")
        connection.execute("create table marts.numbers as select i as n from range(5000) as r(i) order by i")
    first = publish(settings, as_of=DAY, code_revision="c", inputs_hash="i")
    with writing(settings) as connection:
        connection.execute("create or replace table marts.numbers as select 4999 - i as n from range(5000) as r(i)")
    second = publish(settings, as_of=DAY, code_revision="c", inputs_hash="i")
    assert second.version == first.version


def test_one_changed_value_is_another_version(settings: Settings) -> None:
    first = publish_number(settings, 1)
    with writing(settings) as connection:
        connection.execute("update marts.numbers set n = 2 where rowid = 50")
    second = publish(settings, as_of=DAY + timedelta(days=1), code_revision="c", inputs_hash="i")
    assert second.version != first.version


def test_money_is_published_as_decimal_to_the_last_place(settings: Settings) -> None:
    """M01, T06: 18 places survive DuckDB and Parquet."""
    with writing(settings) as connection:
        connection.execute("create schema marts")
        connection.execute("create table marts.m as select cast('0.123456789012345678' as decimal(38,18)) as cost_usd")
    publish(settings, as_of=DAY, code_revision="c", inputs_hash="i")
    (value,) = read(settings, "select cast(cost_usd as varchar) from marts.m")[0]
    parquet = pq.read_table(settings.paths.current.resolve().parent / "parquet/marts.m/whole.parquet")
    assert (value, str(parquet["cost_usd"][0].as_py())) == ("0.123456789012345678", "0.123456789012345678")


def test_only_marts_ledger_and_projections_are_published(settings: Settings) -> None:
    """Raw lines and work tables stay in the warehouse."""
    with writing(settings) as connection:
        for table in ("raw.secret", "staging.s", "intermediate.i", "marts.m", "meta.d", "projections.p"):
            connection.execute(f"create schema if not exists {table.split('.')[0]}")
            connection.execute(f"create table {table} as select 1 as n")
    publish(settings, as_of=DAY, code_revision="c", inputs_hash="i")
    tables = read(settings, "select table_schema || '.' || table_name from information_schema.tables order by 1")
    assert tables == [("marts.m",), ("meta.d",), ("meta.publication",), ("projections.p",)]


def test_a_table_with_quotes_in_its_name_is_published(settings: Settings) -> None:
    """X03."""
    with writing(settings) as connection:
        connection.execute("create schema marts")
        connection.execute('create table marts."we""ird; drop table x" as select 1 as n')
    publish(settings, as_of=DAY, code_revision="c", inputs_hash="i")
    assert read(settings, 'select n from marts."we""ird; drop table x"') == [(1,)]


def test_old_versions_go_and_the_standing_one_stays(settings: Settings) -> None:
    settings = settings.model_copy(update={"published_versions_kept": 2})
    published = [publish_number(settings, number).version for number in range(4)]
    left = sorted(path.parent.name for path in settings.paths.published.glob("2*/version.json"))
    assert left == sorted(published[-2:])


def test_a_version_that_was_published_before_can_stand_again(settings: Settings) -> None:
    """Equal content is the same version: going back is a switch."""
    first = publish_number(settings, 1)
    publish_number(settings, 2)
    again = publish_number(settings, 1)
    assert (again.version, standing(settings.paths).version, read(settings)) == (first.version, first.version, [(1,)])


def test_other_code_that_gives_the_same_content_is_told_of_it(settings: Settings) -> None:
    """Else the next night would find the version outdated, and every night after it. The files stay as they are."""
    first = publish_number(settings, 1)
    files = {
        file: file.stat().st_ino
        for file in (settings.paths.published / first.version).rglob("*.*")
        if file.suffix != ".json"
    }
    publish(settings, as_of=DAY + timedelta(days=1), code_revision="c2", inputs_hash="i2")
    now = standing(settings.paths)
    assert (now.version, now.code_revision, now.inputs_hash) == (first.version, "c2", "i2")
    assert files == {file: file.stat().st_ino for file in files}
    assert verify(settings.paths) == now


def then(update: Callable[..., object], damage: str) -> Callable[..., object]:
    """Update as ever, and then do the damage."""

    def damaging(connection: duckdb.DuckDBPyConnection, *arguments: object) -> object:
        written = update(connection, *arguments)
        connection.execute(damage)
        return written

    return damaging


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        ("delete from published.marts.numbers where rowid = 7", r"marts\.numbers has 99 rows, 100 were written"),
        ("update published.marts.numbers set n = 3 where rowid = 7", r"marts\.numbers holds other values"),
    ],
)
def test_a_build_that_reads_back_differently_is_not_switched_to(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, damage: str, message: str
) -> None:
    """S12: a table that lost a row on the way, or a value."""
    publish_number(settings, 1)
    monkeypatch.setattr(module, "update", then(module.update, damage))
    with pytest.raises(StorageError, match=message):
        publish_number(settings, 2)
    assert read(settings) == [(1,)]


def test_a_full_disk_stops_the_build_before_it_starts(settings: Settings) -> None:
    """S12: the free space is asked for first."""
    publish_number(settings, 1)
    full = settings.model_copy(update={"min_free_disk_bytes": 1 << 60})
    with pytest.raises(StorageError, match="bytes are free"):
        publish(full, as_of=DAY, code_revision="c", inputs_hash="i")
    assert read(settings) == [(1,)]


def test_before_the_first_publication_readers_are_told_what_to_do(settings: Settings) -> None:
    with pytest.raises(NoDataError, match="tenure refresh"), reading_published(settings):
        pass


def test_the_parquet_beside_it_holds_the_same_rows(settings: Settings) -> None:
    publish_number(settings, 7)
    folder = settings.paths.current.resolve().parent / "parquet"
    assert pq.read_table(folder / "marts.numbers/whole.parquet")["n"].to_pylist() == [7] * 100


def test_a_plain_duckdb_opens_what_is_published(settings: Settings) -> None:
    """A person with the file and DuckDB needs nothing of this project."""
    publish_number(settings, 5)
    with duckdb.connect(str(settings.paths.current), read_only=True) as connection:
        assert connection.execute("select max(n) from marts.numbers").fetchone() == (5,)
