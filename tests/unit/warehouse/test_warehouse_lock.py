"""Who writes a home: one process at a time, by name; what others may know and do meanwhile."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import dagster as dg
import duckdb
import pytest
from _homes import add, ask, deliver, focus_file, load, settings_of
from typer.testing import CliRunner

from pipelines import decide, status
from pipelines.assets.triggers import landing_sensor, nightly
from pipelines.cli import app
from pipelines.errors import LockedError
from pipelines.export.focus import export
from pipelines.export.focus_commitments import export_commitments
from pipelines.settings import REPOSITORY, Settings
from pipelines.warehouse import landing, lock
from pipelines.warehouse.connect import writing
from pipelines.warehouse.publish import publish

AS_OF = date(2026, 9, 1)
# Holds the lock; with the warehouse open, as in the middle of a night, or closed, as between two of its steps.
PROCESS = """
import sys
from contextlib import nullcontext
from pathlib import Path
from pipelines.settings import Settings
from pipelines.warehouse import connect, lock
settings = Settings(home=Path(sys.argv[1]), min_free_disk_bytes=0)
doing = {"write": connect.writing, "read": connect.reading_warehouse, "pause": lambda _: nullcontext()}[sys.argv[2]]
with lock.held(settings.paths, "refresh") if sys.argv[2] != "read" else nullcontext(), doing(settings):
    print("there", flush=True)
    sys.stdin.read()
"""


@contextmanager
def another_process(settings: Settings, doing: str) -> Iterator[subprocess.Popen[str]]:
    """A process that holds the home's lock and writes its warehouse, or pauses between two steps; or one that reads."""
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY)}
    command = [sys.executable, "-c", PROCESS, str(settings.home), doing]
    with subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout.readline() == "there\n"
        yield other
        other.stdin.close()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A version made from a bill of August, a bill of July that was loaded since, and one of June that waits."""
    settings = settings_of(tmp_path)
    deliver(settings, focus_file(tmp_path / "august.csv", {"a": "1"}))
    with writing(settings) as connection:
        connection.execute("create table meta.deliveries as select distinct delivery_id from meta.delivery")
        connection.execute("create table meta.freshness as select 'billing' as kind")
        connection.execute("create table meta.unknown_gpu_sku (sku_meter varchar)")
        connection.execute(
            "create table meta.reconciliation as select 'focus' as source, '7' as billing_account_id, "
            "'invoiced' as status, 'USD' as billing_currency, 1 as modelled_rows, 1.5 as modelled_billed_cost, "
            "0 as unexplained_billed_cost"
        )
    publish(settings, as_of=AS_OF, code_revision="c", inputs_hash="i")
    deliver(settings, focus_file(tmp_path / "july.csv", {"b": "1"}, month="2026-07"), day=1)
    add(settings, focus_file(tmp_path / "june.csv", {"c": "1"}, month="2026-06"), day=2)
    return settings


def names(descriptions: list[str]) -> list[str]:
    return [text.split("/")[-1] for text in descriptions]


def test_the_second_writer_is_turned_away_with_the_name_of_the_first(settings: Settings) -> None:
    """S02, B10."""
    with (
        another_process(settings, "pause") as first,
        pytest.raises(LockedError, match=f"refresh, pid {first.pid} on "),
    ):
        load(settings)
    assert len(load(settings)) == 1, "the lock outlived its owner"


def test_what_another_process_is_about_to_land_is_not_taken_for_left_over(settings: Settings, tmp_path: Path) -> None:
    at_work = settings.paths.landing / "files" / ".write-at-work"
    at_work.write_text("half")
    (first, *_) = landing.deliveries(settings.paths)
    with another_process(settings, "pause"):
        with pytest.raises(LockedError):
            add(settings, focus_file(tmp_path / "may.csv", {"d": "1"}, month="2026-05"))
        with pytest.raises(LockedError):
            landing.remove(settings.paths, first.delivery_id)
        assert at_work.read_text() == "half"
    assert len(landing.deliveries(settings.paths)) == 3


def test_a_step_of_a_run_that_holds_the_lock_may_take_it_again(settings: Settings) -> None:
    """S03: a run holds it over its steps, each of which asks for it, and reads what it wrote."""
    with lock.held(settings.paths, "the run"):
        loaded = load(settings)
        assert ask(settings, "select count(*) from raw.cost_line") == [(3,)]
    assert len(loaded) == 1


def test_the_lock_is_free_after_a_step_fails(tmp_path: Path) -> None:
    home = settings_of(tmp_path).paths
    with pytest.raises(ZeroDivisionError), lock.held(home, "fails"):
        raise ZeroDivisionError
    assert home.root not in lock._held


@pytest.mark.parametrize("doing", ["write", "pause"])
def test_status_during_a_night_is_of_the_version_that_stands_and_says_who_writes(
    settings: Settings, doing: str
) -> None:
    """S01: how far the night is nobody else can tell, so what the version does not hold waits."""
    with another_process(settings, doing) as night:
        found = status.status(settings)
    writer = found["writer"]
    assert (writer["purpose"], writer["pid"], writer["host"]) == ("refresh", night.pid, socket.gethostname())
    assert timedelta(0) <= datetime.now(UTC) - datetime.fromisoformat(writer["since"]) < timedelta(minutes=10)
    assert found["version"].startswith("2026-09-01-")
    assert (names(found["waiting"]), found["unpublished"]) == (["july.csv", "june.csv"], [])
    assert found["freshness"] == [{"kind": "billing"}]


@pytest.mark.parametrize("read", ["standing", "reading_published", "query"])
def test_status_at_the_instant_of_the_switch_is_of_one_version(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, read: str
) -> None:
    """S01: a night switches after any of what is read: the old version, without July, or the new one, with it."""
    reads = getattr(status, read)

    def read_and_switch(*args: object) -> object:
        found = reads(*args)
        monkeypatch.setattr(status, read, reads)
        with writing(settings) as connection:
            connection.execute(
                "create or replace table meta.deliveries as select distinct delivery_id from meta.delivery"
            )
            connection.execute("create or replace table meta.freshness as select 'telemetry' as kind")
        publish(settings, as_of=date(2026, 9, 2), code_revision="c", inputs_hash="i")
        return found

    monkeypatch.setattr(status, read, read_and_switch)
    with another_process(settings, "pause"):
        found = status.status(settings)
    told = (found["version"][:10], found["as_of"], found["freshness"], names(found["waiting"]))
    assert told in (
        ("2026-09-01", "2026-09-01", [{"kind": "billing"}], ["july.csv", "june.csv"]),
        ("2026-09-02", "2026-09-02", [{"kind": "telemetry"}], ["june.csv"]),
    )


def test_evidence_at_the_instant_of_the_switch_is_of_the_version_it_is_said_to_be_of(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """S01: a night switches between the version's name and what is read of it."""

    def switched(connection: duckdb.DuckDBPyConnection) -> int:
        publish(settings, as_of=date(2026, 9, 2), code_revision="c", inputs_hash="i")
        (rows,) = connection.execute(
            "select count(*) from meta.publication where as_of_date = date '2026-09-01'"
        ).fetchone()
        return rows

    monkeypatch.setattr(decide, "evidence_of", switched)
    evidence, version, day = decide.published_evidence(settings)
    assert (evidence, version[:10], day) == (1, "2026-09-01", AS_OF)


def test_status_after_a_night_that_was_killed_names_nobody(settings: Settings) -> None:
    """S07: the file of the lock still holds its name; the kernel has let go."""
    with another_process(settings, "write") as night:
        night.kill()
    found = status.status(settings)
    assert str(night.pid) in (settings.paths.warehouse / "writer.lock").read_text()
    assert found["writer"] is None
    assert (names(found["waiting"]), names(found["unpublished"])) == (["june.csv"], ["july.csv"])


def test_status_says_in_words_who_writes_and_ends_well(settings: Settings) -> None:
    with another_process(settings, "write") as night:
        result = CliRunner().invoke(app, ["status", "--home", str(settings.home)])
        as_json = CliRunner().invoke(app, ["status", "--home", str(settings.home), "--json"])
    assert (result.exit_code, as_json.exit_code) == (0, 0)
    assert json.loads(as_json.output)["writer"]["pid"] == night.pid
    said = result.output.splitlines()[2]
    assert said.startswith("being written: refresh, since 20") and f", pid {night.pid} on " in said
    assert "3 deliveries in landing, 2 not in that version" in result.output


def test_a_writer_who_has_not_said_its_name_is_told_as_that(settings: Settings) -> None:
    """Between taking the lock and writing the name, a file is empty or half a name."""
    with another_process(settings, "write"):
        (settings.paths.warehouse / "writer.lock").write_text('{"pid": 4')
        assert set(status.status(settings)["writer"].values()) == {None}
        result = CliRunner().invoke(app, ["status", "--home", str(settings.home)])
    assert result.output.splitlines()[2].startswith("being written: by whom is not said;")


def test_asking_for_the_state_turns_no_writer_away(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """A writer who comes while somebody reads waits until he is done; DuckDB would fail him in the middle."""
    with another_process(settings, "read") as reader:
        monkeypatch.setattr(lock.time, "sleep", lambda _: reader.stdin.close() or reader.wait())
        assert len(load(settings)) == 1


def test_a_reader_who_does_not_end_is_told_to_the_writer(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[float] = []
    monkeypatch.setattr(lock.time, "sleep", looks.append)
    with another_process(settings, "read"), pytest.raises(LockedError, match="reads the warehouse of "):
        load(settings)
    assert sum(looks) == pytest.approx(lock.WAIT_SECONDS)


EXPORTS: dict[str, Callable[[Settings, Path], object]] = {
    "focus": lambda home, out: export(home, out, version="1.4", first=AS_OF, last=AS_OF, sourcing="leased"),
    "commitments": lambda home, out: export_commitments(home, out, as_of=AS_OF),
}


@pytest.mark.parametrize("doing", ["write", "pause"])
@pytest.mark.parametrize("what", EXPORTS)
def test_an_export_reads_lines_that_no_version_holds_and_is_told_who_writes_them(
    settings: Settings, tmp_path: Path, what: str, doing: str
) -> None:
    """Between two steps of a night as well: it would hold what half of it has changed, and be in its way."""
    with (
        another_process(settings, doing) as night,
        pytest.raises(LockedError, match=f"refresh, pid {night.pid} on "),
    ):
        EXPORTS[what](settings, tmp_path / "out")


def test_what_starts_runs_passes_while_somebody_writes_and_says_who(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """S02: a night by hand at two o'clock is no failure, and the schedule says how to have its day all the same."""
    monkeypatch.setenv("TENURE_HOME", str(settings.home))
    at_two = datetime(2026, 9, 2, 2, tzinfo=UTC)
    with (
        another_process(settings, "pause") as night,
        dg.build_schedule_context(scheduled_execution_time=at_two) as of_schedule,
        dg.build_sensor_context() as of_sensor,
    ):
        nightly_said = nightly.evaluate_tick(of_schedule).skip_message
        sensor_said = landing_sensor.evaluate_tick(of_sensor).skip_message
    who = f"another process writes {settings.home}: refresh, pid {night.pid} on {socket.gethostname()} since 20"
    assert sensor_said.startswith(who)
    assert nightly_said.startswith(who)
    assert nightly_said.endswith("; the next night makes it up, or now: tenure refresh --as-of 2026-09-02")
