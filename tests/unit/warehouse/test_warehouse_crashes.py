"""Stopped at every named point between begin and commit: what is read afterwards is old or new, never between."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from _crash import arm, do
from _homes import add, ask, costs, deliver, everything, expected, focus_file, load, settings_of

from pipelines.settings import REPOSITORY
from pipelines.warehouse import landing
from pipelines.warehouse.connect import reading_published
from pipelines.warehouse.publish import publish, standing, verify

FIRST = {"a": "10", "b": "20", "c": "30"}
SECOND = {"a": "11", "c": "30", "d": "5"}
# In the order they are passed. `_contents` is the last thing before the commit.
LOAD_POINTS = (
    "load._forget:after",
    "load._fill",
    "load._fill:after",
    "load._take_over",
    "load._replace:after",
    "load._record:after",
    "load._contents:after",
)
PUBLISH_POINTS = (
    "publish._build",
    "publish._copied",
    "publish._copied:after",
    "publish.update",
    "parts._remove:after",
    "parts._write:after",
    "publish._hashes",
    "publish._check",
    "publish._build:after",
    "publish._switch",
)


class Struck(Exception):
    """Raised at a point."""


def strike() -> None:
    """Fail as code can fail."""
    raise Struck


def killed(settings, deed: str, point: str = "none") -> None:
    """Do the deed in another process, which must die of SIGKILL."""
    code = Path(__file__).with_name("_crash.py")
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY)}
    ended = subprocess.run(
        [sys.executable, str(code), str(settings.home), deed, point], env=environment, check=False, capture_output=True
    )
    assert ended.returncode == -signal.SIGKILL, ended.stderr.decode()[-500:]


@pytest.fixture
def restated(tmp_path: Path):
    """A home where the first version is loaded and the second waits."""
    settings = settings_of(tmp_path)
    deliver(settings, focus_file(tmp_path / "v1.csv", FIRST))
    add(settings, focus_file(tmp_path / "v2.csv", SECOND), day=1)
    return settings


@pytest.mark.parametrize("point", LOAD_POINTS)
def test_a_load_that_fails_at_any_point_changes_nothing(restated, monkeypatch: pytest.MonkeyPatch, point: str) -> None:
    """B11."""
    before = everything(restated)
    arm(point, strike, monkeypatch.setattr)
    with pytest.raises(Struck):
        do(restated, "load")
    assert everything(restated) == before


@pytest.mark.parametrize("point", ["load._replace:after", "load._contents:after"])
def test_a_load_that_is_killed_leaves_the_old_rows(restated, point: str) -> None:
    """B11, S09: between "delete old" and "write new", and after both."""
    before = everything(restated)
    killed(restated, "load", point)
    assert everything(restated) == before


def test_the_load_after_a_kill_gives_what_it_would_have_given(restated) -> None:
    """S09."""
    killed(restated, "load", "load._replace:after")
    load(restated)
    assert costs(restated) == expected(SECOND)


def test_a_kill_while_adding_leaves_no_half_delivery(restated, tmp_path: Path) -> None:
    """S09: bytes without a record are no delivery; the same add again completes it."""
    before = landing.deliveries(restated.paths)
    focus_file(tmp_path / "late.csv", {"e": "1"}, month="2026-07")
    killed(restated, "add", "landing._write_whole")
    assert landing.deliveries(restated.paths) == before
    do(restated, "add")
    assert len(landing.deliveries(restated.paths)) == len(before) + 1


def unfinished(settings) -> list[Path]:
    """What somebody began to write in landing."""
    return sorted(settings.paths.landing.rglob(".write-*"))


def test_what_a_killed_add_left_unfinished_is_taken_away_by_the_next(restated, tmp_path: Path) -> None:
    """S09: the bytes of a delivery may be most of the disk."""
    focus_file(tmp_path / "late.csv", {"e": "1"}, month="2026-07")
    killed(restated, "add", "landing.os.fsync")
    (left_over,) = unfinished(restated)
    assert (left_over.parent.name, left_over.stat().st_size) == ("files", (tmp_path / "late.csv").stat().st_size)
    (restated.paths.landing / "deliveries" / ".write-record").write_text("{")
    do(restated, "add")
    assert unfinished(restated) == []
    for delivery in landing.deliveries(restated.paths):
        landing.check(delivery)
    assert len(landing.deliveries(restated.paths)) == 3


def test_who_takes_a_delivery_out_takes_away_what_was_left_unfinished(restated, tmp_path: Path) -> None:
    focus_file(tmp_path / "late.csv", {"e": "1"}, month="2026-07")
    killed(restated, "add", "landing.os.fsync")
    _, second = landing.deliveries(restated.paths)
    landing.remove(restated.paths, second.delivery_id)
    assert unfinished(restated) == []


@pytest.fixture
def published(tmp_path: Path):
    """A home with a version that stands, and newer rows of one table in its warehouse: the other's are taken over."""
    settings = settings_of(tmp_path)
    deliver(settings, focus_file(tmp_path / "v1.csv", FIRST))
    with_marts(settings)
    publish(settings, as_of=date(2026, 9, 1), code_revision="c1", inputs_hash="i1")
    deliver(settings, focus_file(tmp_path / "v2.csv", SECOND), day=1)
    with_marts(settings)
    return settings


def with_marts(settings) -> None:
    """Marts as dbt might have left them."""
    from pipelines.warehouse.connect import writing

    with writing(settings) as connection:
        connection.execute("create schema if not exists marts")
        connection.execute("create or replace table marts.cost as select resource_id, billed_cost from raw.cost_line")
        connection.execute("create or replace table marts.numbers as select i from range(1000) as r(i)")


def seen(settings) -> list[tuple[object, ...]]:
    """What a reader of the published file sees."""
    with reading_published(settings) as connection:
        return connection.execute("select * from marts.cost order by all").fetchall()


@pytest.mark.parametrize("point", PUBLISH_POINTS)
def test_a_publication_that_fails_at_any_point_leaves_the_version_that_stood(
    published, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    """Promise 1: a failed refresh changes nothing that readers see."""
    before = standing(published.paths)
    arm(point, strike, monkeypatch.setattr)
    with pytest.raises(Struck):
        do(published, "publish")
    assert (standing(published.paths), seen(published)) == (before, expected(FIRST))


@pytest.mark.parametrize(
    "point", ["publish._copied:after", "parts._remove:after", "parts._write:after", "publish._link"]
)
def test_a_publication_that_is_killed_leaves_the_version_that_stood(published, point: str) -> None:
    """S09."""
    killed(published, "publish", point)
    assert verify(published.paths).as_of == "2026-09-01"
    assert seen(published) == expected(FIRST)


def test_a_kill_right_after_the_switch_leaves_the_whole_new_version(published) -> None:
    """S09: old or new."""
    killed(published, "publish", "publish._keep_newest")
    assert verify(published.paths).as_of == "2026-09-02"
    assert seen(published) == expected(SECOND)


def test_what_a_killed_add_left_unfinished_is_in_nobodys_way(published, tmp_path: Path) -> None:
    """S09: not of those who read landing, load from it or verify what is published."""
    before, deliveries = verify(published.paths), landing.deliveries(published.paths)
    focus_file(tmp_path / "late.csv", {"e": "1"}, month="2026-07")
    killed(published, "add", "landing.os.fsync")
    assert len(unfinished(published)) == 1
    assert (verify(published.paths), landing.deliveries(published.paths), load(published)) == (before, deliveries, [])


def test_the_publication_after_a_kill_leaves_no_litter(published) -> None:
    """What a killed build left behind is gone once the next one ends."""
    killed(published, "publish", "publish._build:after")
    do(published, "publish")
    names = sorted(path.name for path in published.paths.published.iterdir())
    assert [name for name in names if name.startswith(".")] == []


def test_rows_of_a_delivery_that_failed_are_not_in_the_next_one(restated, monkeypatch: pytest.MonkeyPatch) -> None:
    """The temporary table of a failed load is not read by the load after it."""
    with monkeypatch.context() as patch:
        arm("load._take_over", strike, patch.setattr)
        with pytest.raises(Struck):
            do(restated, "load")
    load(restated)
    assert ask(restated, "select count(*) from raw.cost_line") == [(3,)]
