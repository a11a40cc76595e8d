"""What was altered, lost or left half done in a home: found before it is built upon, and mended by the next run."""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date
from pathlib import Path
from typing import IO

import duckdb
import pytest
from _crash import arm
from _homes import add, costs, deliver, everything, expected, focus_file, load, settings_of
from typer.testing import CliRunner

from pipelines import status
from pipelines.cli import app
from pipelines.errors import StorageError
from pipelines.settings import Settings
from pipelines.warehouse import landing, unpublished
from pipelines.warehouse import load as module
from pipelines.warehouse.connect import reading_published, reading_warehouse, writing
from pipelines.warehouse.ingest import ingest, remove
from pipelines.warehouse.publish import publish, published_deliveries, standing, verify
from pipelines.warehouse.unpublished import Run

NOTHING = """
select
    '' as source, '' as billing_account_id, '' as status, 0 as modelled_rows, 0.0 as modelled_billed_cost,
    0.0 as unexplained_billed_cost, '' as billing_currency
where false
"""
MARCH = Run(date(2026, 3, 1), date(2026, 4, 1))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A home with a bill in its warehouse, and a version that stands."""
    settings = settings_of(tmp_path)
    deliver(settings, focus_file(tmp_path / "v1.csv", {"a": "10"}))
    publish_now(settings)
    return settings


def publish_now(settings: Settings) -> None:
    """A version with as much of the ledger as is asked for here."""
    with writing(settings) as connection:
        for table in ("freshness", "reconciliation", "unknown_gpu_sku"):
            connection.execute(f"create or replace table meta.{table} as {NOTHING}")
        connection.execute("create or replace table meta.deliveries as select delivery_id from meta.delivery")
    publish(settings, as_of=date(2026, 9, 1), code_revision="c", inputs_hash="i")


def flip(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[-2] ^= 1
    file.write_bytes(content)


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-20])


ALTERED = [flip, cut, Path.unlink]


@pytest.mark.parametrize("alter", ALTERED)
def test_a_landed_file_that_was_altered_is_not_loaded(
    settings: Settings, tmp_path: Path, alter: Callable[[Path], None]
) -> None:
    """The copy is flipped in its last digit, cut by a line's end, or gone: the cost would be another."""
    (added,) = add(settings, focus_file(tmp_path / "v2.csv", {"a": "11"}), day=1)
    before = everything(settings)
    alter(added.delivery.files[0].path)
    with pytest.raises(StorageError, match=f"v2.csv\n  next: .*tenure remove {added.delivery.delivery_id}"):
        load(settings)
    assert everything(settings) == before


@pytest.mark.parametrize("alter", ALTERED)
def test_a_backfill_does_not_read_an_altered_file_again(settings: Settings, alter: Callable[[Path], None]) -> None:
    (delivery,) = landing.deliveries(settings.paths)
    alter(delivery.files[0].path)
    with pytest.raises(StorageError, match="no longer holds"):
        ingest(settings, "billing", again_from=date(2026, 8, 1), again_to=date(2026, 9, 1))
    assert costs(settings) == expected({"a": "10"})


@pytest.mark.parametrize("alter", ALTERED)
def test_a_delivery_whose_file_was_altered_is_whole_once_it_is_removed_and_added_again(
    settings: Settings, tmp_path: Path, alter: Callable[[Path], None]
) -> None:
    """As the message says; the altered copy is not taken for the file because it is there and as long."""
    (delivery,) = landing.deliveries(settings.paths)
    alter(delivery.files[0].path)
    remove(settings, delivery.delivery_id)
    deliver(settings, tmp_path / "v1.csv")
    assert costs(settings) == expected({"a": "10"})


def test_a_record_of_landing_that_is_cut_is_named(settings: Settings) -> None:
    (record,) = (settings.paths.landing / "deliveries").glob("*.json")
    cut(record)
    with pytest.raises(StorageError, match=rf"{record.name}: is no record of a delivery.*\n  next: "):
        landing.deliveries(settings.paths)


def header(version: Path) -> None:
    with (version / "tenure.duckdb").open("r+b") as file:
        file.write(b"\0" * 8192)


DAMAGES = [
    pytest.param(header, "cannot be opened", id="the database's header"),
    pytest.param(lambda version: cut(version / "version.json"), "no record of a version", id="the record cut"),
]


@pytest.mark.parametrize(("damage", "said"), DAMAGES)
def test_a_version_that_cannot_be_read_sends_its_reader_to_refresh_which_mends_it(
    settings: Settings, damage: Callable[[Path], None], said: str
) -> None:
    """The plan learns it from `published_deliveries`: nobody knows what such a version holds."""
    before = settings.paths.current.resolve()
    damage(before.parent)
    with pytest.raises(StorageError, match=rf"{said}.*\n  next: run: tenure refresh"):
        status.status(settings)
    assert published_deliveries(settings) is None
    publish_now(settings)
    assert (settings.paths.current.resolve(), verify(settings.paths)) == (before, standing(settings.paths))
    assert len(published_deliveries(settings) or ()) == 1


def test_what_was_begun_is_known_until_a_version_holds_it(settings: Settings) -> None:
    with writing(settings) as connection:
        unpublished.begin(connection, MARCH)
        unpublished.begin(connection, MARCH)
    assert unpublished.runs(settings) == [MARCH]
    assert status.status(settings)["unpublished"] == ["days 2026-03-01 to 2026-04-01"]
    publish_now(settings)
    assert (unpublished.runs(settings), status.status(settings)["unpublished"]) == ([], [])
    with reading_published(settings) as connection:
        assert connection.execute("select 1 from duckdb_tables() where table_name = 'unpublished_run'").fetchall() == []


@pytest.mark.parametrize("point", ["publish._build:after", "publish._switch", "unpublished.clear"])
def test_a_publication_that_fails_forgets_nothing_that_was_begun(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    """Nor does one that fails between the switch and forgetting: its days are rebuilt once more."""

    def strike() -> None:
        raise OSError

    with writing(settings) as connection:
        unpublished.begin(connection, MARCH)
    arm(point, strike, monkeypatch.setattr)
    with pytest.raises(OSError):
        publish_now(settings)
    assert unpublished.runs(settings) == [MARCH]


def test_a_backfill_says_which_days_before_it_reads_again(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed between two deliveries, nobody else would know."""

    def strike() -> None:
        raise OSError

    arm("load._load_one", strike, monkeypatch.setattr)
    with pytest.raises(OSError):
        ingest(settings, "billing", again_from=date(2026, 8, 1), again_to=date(2026, 9, 1))
    assert unpublished.runs(settings) == [Run(date(2026, 8, 1), date(2026, 9, 1))]


def test_what_is_loaded_and_in_no_version_is_no_secret(settings: Settings, tmp_path: Path) -> None:
    """A night loaded it and failed: nothing waits, and readers do not have it."""
    deliver(settings, focus_file(tmp_path / "july.csv", {"b": "1"}, month="2026-07"))
    found = status.status(settings)
    assert (found["waiting"], [text.split("/")[-1] for text in found["unpublished"]]) == ([], ["july.csv"])


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EACCES, errno.EROFS])
def test_what_the_operating_system_refuses_is_one_message_with_a_next_step(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """S12."""

    def refuse(*_: object) -> None:
        raise OSError(number, os.strerror(number), "/srv/full")

    monkeypatch.setattr(landing, "add", lambda *_, **__: refuse())
    result = CliRunner().invoke(app, ["add", str(settings.home), "--home", str(settings.home), "--json"])
    assert result.exit_code == 7
    said = json.loads(result.stdout)
    assert (said["file"], said["message"]) == ("/srv/full", os.strerror(number))
    assert "run it again" in said["next_step"]


MONTHS = ("2026-05", "2026-06")
FULL = 'TransactionContext Error: Failed to commit: Could not write file "w.wal": No space left on device'


def test_a_disk_that_fills_while_loading_is_one_message_and_changes_nothing(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As DuckDB does it on a full disk: the commit fails, and with it the transaction is over."""

    def fill(connection: duckdb.DuckDBPyConnection, *_: object) -> None:
        connection.execute("rollback")
        raise duckdb.TransactionException(FULL)

    add(settings, focus_file(tmp_path / "v2.csv", {"a": "11"}), day=1)
    before = everything(settings)
    monkeypatch.setattr(module, "_load_one", fill)
    with pytest.raises(StorageError, match=r"the disk is full: .*w\.wal.*\n  next: make room"):
        load(settings)
    assert everything(settings) == before


def test_of_deliveries_that_do_not_all_fit_none_is_added(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first is copied, the second is not: a refresh must not take a part of what was added for all of it."""
    copied: list[object] = []
    copy = shutil.copyfileobj

    def fill(content: IO[bytes], target: IO[bytes], size: int) -> None:
        copied.append(target)
        if len(copied) == 2:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        copy(content, target, size)

    before = landing.deliveries(settings.paths)
    monkeypatch.setattr(shutil, "copyfileobj", fill)
    with pytest.raises(OSError, match="No space"):
        add(settings, *(focus_file(tmp_path / f"{month}.csv", {"a": "1"}, month=month) for month in MONTHS), day=1)
    assert landing.deliveries(settings.paths) == before


@pytest.mark.parametrize("factory", [writing, reading_warehouse])
def test_a_warehouse_that_was_cut_says_what_to_do(
    settings: Settings, factory: Callable[[Settings], AbstractContextManager[duckdb.DuckDBPyConnection]]
) -> None:
    """It opens, as its header is whole; what lies beyond the cut is found missing when it is read."""
    with writing(settings) as connection:
        connection.execute("create table big as select hash(i) as h from range(1000000) as r(i)")
    file = settings.paths.database
    os.truncate(file, file.stat().st_size // 2)
    with pytest.raises(StorageError, match=r"cannot be .*\n  next: move it away"), factory(settings) as connection:
        connection.execute("select sum(h) from big").fetchall()


def test_a_copy_that_does_not_fit_on_the_disk_leaves_the_room_it_took(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fill(_: object, target: IO[bytes], __: int) -> None:
        target.write(b"half")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    before = sorted(settings.paths.landing.rglob("*"))
    monkeypatch.setattr(shutil, "copyfileobj", fill)
    with pytest.raises(OSError, match="No space"):
        add(settings, focus_file(tmp_path / "v2.csv", {"a": "11"}), day=1)
    assert sorted(settings.paths.landing.rglob("*")) == before
