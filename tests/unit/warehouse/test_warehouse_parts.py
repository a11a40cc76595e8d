"""A version that begins as a copy of the one before it: what changed is written, and the rest is not.

Every case ends where a publication from nothing would have ended, byte by byte of its Parquet files.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from _homes import settings_of
from _versions import (
    ROWS,
    TABLE,
    Row,
    assert_as_from_nothing,
    bytes_of,
    change,
    files,
    fill,
    flip,
    folder_of,
    holds,
    numbers,
    publish_now,
    written,
)
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from pipelines.errors import StorageError
from pipelines.settings import Settings
from pipelines.warehouse import publish as module
from pipelines.warehouse.connect import reading_published
from pipelines.warehouse.publish import standing, verify

few = hypothesis_settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_of(tmp_path)


def test_a_changed_month_alone_is_written(settings: Settings) -> None:
    fill(settings, ROWS)
    before = publish_now(settings)
    fill(settings, changed := [*ROWS[:3], ("2026-06-01", "a", 2.0), *ROWS[4:]])
    after = publish_now(settings)
    assert written(settings, before, after) == {"marts.fct_cost_daily/2026-06.parquet"}
    assert_as_from_nothing(settings, changed)


def test_the_version_before_is_not_touched(settings: Settings) -> None:
    """Its files are shared; none may be written to."""
    fill(settings, ROWS)
    before = publish_now(settings)
    as_it_was = bytes_of(settings)
    fill(settings, [*ROWS, ("2026-08-30", "b", 3.0)])
    publish_now(settings)
    (settings.paths.published / "current").unlink()
    (settings.paths.published / "current").symlink_to(before.version)
    assert bytes_of(settings) == as_it_was
    assert verify(settings.paths) == before


def test_a_change_that_no_night_told_of_is_found(settings: Settings) -> None:
    """It is the content that is compared: a night that failed before its publication leaves months changed."""
    fill(settings, ROWS)
    before = publish_now(settings)
    change(settings, f"update {TABLE} set workload = 'b' where usage_date = date '2026-05-15'")
    after = publish_now(settings)
    assert written(settings, before, after) == {"marts.fct_cost_daily/2026-05.parquet"}
    assert holds(settings)[1] == (date(2026, 5, 15), "b", 1.0)


def test_a_day_that_vanished_vanishes(settings: Settings) -> None:
    fill(settings, ROWS)
    publish_now(settings)
    fill(settings, ROWS[1:])
    publish_now(settings)
    assert_as_from_nothing(settings, ROWS[1:])


def test_a_month_that_vanished_vanishes(settings: Settings) -> None:
    fill(settings, ROWS)
    before = publish_now(settings)
    fill(settings, ROWS[3:])
    after = publish_now(settings)
    assert written(settings, before, after) == set()
    assert files(settings, after).keys() == {f"marts.fct_cost_daily/2026-0{month}.parquet" for month in (6, 7, 8)}
    assert_as_from_nothing(settings, ROWS[3:])


def test_a_value_that_is_changed_back_gives_the_version_of_before(settings: Settings) -> None:
    fill(settings, ROWS)
    first = publish_now(settings)
    fill(settings, [*ROWS[:-1], ("2026-08-28", "a", 2.0)])
    other = publish_now(settings)
    fill(settings, ROWS)
    again = publish_now(settings)
    assert other.version != first.version
    assert again == first == standing(settings.paths)
    assert_as_from_nothing(settings, ROWS)


@pytest.mark.parametrize("day", [None, "infinity"])
def test_rows_without_a_day_are_a_part_of_their_own(settings: Settings, day: str | None) -> None:
    rows: list[Row] = [*ROWS, (day, "a", 5.0)]
    fill(settings, rows)
    before = publish_now(settings)
    rows[-1] = (day, "a", 6.0)
    fill(settings, rows)
    after = publish_now(settings)
    assert written(settings, before, after) == {"marts.fct_cost_daily/undated.parquet"}
    assert_as_from_nothing(settings, rows)


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param([*ROWS, ROWS[-1]], id="a row doubled"),
        pytest.param([*ROWS[:-2], ("2026-08-15", "b", 0.0), ("2026-08-28", "a", 0.0)], id="two values swapped"),
        pytest.param([], id="nothing left"),
    ],
)
def test_what_equals_at_a_glance_is_told_apart(settings: Settings, changed: list[Row]) -> None:
    fill(settings, [*ROWS[:-2], ("2026-08-15", "a", 0.0), ("2026-08-28", "b", 0.0)])
    before = publish_now(settings)
    fill(settings, changed)
    assert publish_now(settings).version != before.version
    assert_as_from_nothing(settings, changed)


def test_doubled_rows_do_not_cancel_out(settings: Settings) -> None:
    fill(settings, [*ROWS, ("2026-08-30", "a", 1.0), ("2026-08-30", "a", 1.0)])
    before = publish_now(settings)
    fill(settings, [*ROWS, ("2026-08-30", "b", 2.0), ("2026-08-30", "b", 2.0)])
    after = publish_now(settings)
    assert written(settings, before, after) == {"marts.fct_cost_daily/2026-08.parquet"}


def test_zero_is_zero_with_either_sign(settings: Settings) -> None:
    """They are equal, and an order that does not tell them apart would give bytes that depend on the load's."""
    fill(settings, [*ROWS, ("2026-08-30", "a", 0.0)])
    before = publish_now(settings)
    fill(settings, [*ROWS, ("2026-08-30", "a", -0.0)])
    assert publish_now(settings).version == before.version
    assert_as_from_nothing(settings, [*ROWS, ("2026-08-30", "a", -0.0)])


def test_a_table_without_rows_is_one_file_with_its_columns(settings: Settings) -> None:
    fill(settings, [])
    publication = publish_now(settings)
    file = folder_of(settings, publication) / "parquet/marts.fct_cost_daily/whole.parquet"
    assert pq.read_table(file).column_names == ["usage_date", "workload", "cost"]
    fill(settings, ROWS)
    publish_now(settings)
    assert_as_from_nothing(settings, ROWS)


@pytest.mark.parametrize(
    ("sql", "column"),
    [
        ("alter table {} add column location varchar", "location"),
        ("alter table {} rename column workload to team", "team"),
        ("alter table {} alter column cost type decimal(9, 2)", "cost"),
    ],
)
def test_a_table_of_other_columns_is_written_whole(settings: Settings, sql: str, column: str) -> None:
    fill(settings, ROWS)
    fill(settings, [*ROWS, *ROWS], table="marts.dim_more")
    before = publish_now(settings)
    change(settings, sql.format(TABLE))
    after = publish_now(settings)
    assert written(settings, before, after) == {f"marts.fct_cost_daily/2026-0{month}.parquet" for month in (5, 6, 7, 8)}
    for place in written(settings, before, after):
        assert column in pq.read_table(folder_of(settings, after) / "parquet" / place).column_names
    with reading_published(settings) as connection:
        assert connection.execute(f"select count({column}) from {TABLE}").fetchone() == (
            0 if column == "location" else 12,
        )


def test_tables_come_and_go(settings: Settings) -> None:
    fill(settings, ROWS)
    fill(settings, ROWS[:2], table="marts.dim_old")
    before = publish_now(settings)
    change(settings, "alter table marts.dim_old rename to dim_new")
    after = publish_now(settings)
    assert written(settings, before, after) == {"marts.dim_new/whole.parquet"}
    assert "marts.dim_old/whole.parquet" not in files(settings, after)
    with reading_published(settings) as connection:
        found = connection.execute("select table_name from information_schema.tables order by 1").fetchall()
    assert found == [("dim_new",), ("fct_cost_daily",), ("publication",)]


DAMAGES = [
    pytest.param(lambda version: flip(version / "tenure.duckdb"), id="a byte of the database"),
    pytest.param(lambda version: (version / "tenure.duckdb").unlink(), id="the database gone"),
    pytest.param(lambda version: flip(version / "parquet" / TABLE / "2026-06.parquet"), id="a byte of a month"),
    pytest.param(lambda version: (version / "parquet" / TABLE / "2026-06.parquet").unlink(), id="a month gone"),
    pytest.param(lambda version: (version / "parquet" / TABLE / "2026-09.parquet").write_bytes(b""), id="a month more"),
    pytest.param(lambda version: shutil.rmtree(version / "parquet"), id="all months gone"),
]


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_version_is_not_built_upon(settings: Settings, damage: Callable[[Path], object]) -> None:
    fill(settings, ROWS)
    before = publish_now(settings)
    damage(folder_of(settings, before))
    left = files(settings, before)
    changed: list[Row] = [*ROWS, ("2026-08-30", "a", 9.0)]
    fill(settings, changed)
    after = publish_now(settings)
    assert not set(left.values()) & set(files(settings, after).values())
    assert verify(settings.paths) == after
    assert_as_from_nothing(settings, changed)


@pytest.mark.parametrize(
    "told",
    [
        pytest.param(lambda record: record | {"code_revision": "other"}, id="other code"),
        pytest.param(lambda record: record | {"duckdb_version": "99.0"}, id="another DuckDB"),
        pytest.param(lambda record: dict(list(record.items())[:-2]), id="of before there were parts"),
    ],
)
def test_a_version_written_otherwise_is_not_built_upon(settings: Settings, told: Callable[[dict], dict]) -> None:
    """The same rows may have had other bytes, or other hashes."""
    fill(settings, ROWS)
    before = publish_now(settings)
    record = folder_of(settings, before) / "version.json"
    record.write_text(json.dumps(told(json.loads(record.read_text()))))
    fill(settings, [*ROWS, ("2026-08-30", "a", 9.0)])
    after = publish_now(settings)
    assert written(settings, before, after) == files(settings, after).keys()


def test_a_version_that_cannot_be_read_is_not_built_upon(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bad sector under what stands does not keep the next from being published."""
    fill(settings, ROWS)
    before = publish_now(settings)
    fill(settings, changed := [*ROWS, ("2026-08-30", "a", 9.0)])

    def unreadable(*_: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(shutil, "copyfile", unreadable)
    after = publish_now(settings)
    assert written(settings, before, after) == files(settings, after).keys()
    assert_as_from_nothing(settings, changed)


def test_a_record_of_a_later_version_of_tenure_is_read(settings: Settings) -> None:
    fill(settings, ROWS)
    before = publish_now(settings)
    record = folder_of(settings, before) / "version.json"
    record.write_text(json.dumps(json.loads(record.read_text()) | {"said_later": 1}))
    assert standing(settings.paths) == before


def test_where_most_is_another_it_is_built_from_nothing(settings: Settings) -> None:
    """Three of four months changed: the fourth is written as well."""
    fill(settings, ROWS)
    before = publish_now(settings)
    fill(settings, [*ROWS[:3], *((day, workload, 2.0) for day, workload, _ in ROWS[3:])])
    after = publish_now(settings)
    assert written(settings, before, after) == files(settings, after).keys()


def test_a_file_with_more_gaps_than_content_is_built_from_nothing(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(settings, ROWS)
    before = publish_now(settings)
    changed: list[Row] = [*ROWS, ("2026-08-30", "a", 9.0)]
    fill(settings, changed)
    monkeypatch.setattr(module, "_used_share", lambda _: 0.49)
    after = publish_now(settings)
    assert written(settings, before, after) == files(settings, after).keys()
    assert_as_from_nothing(settings, changed)


def test_the_database_does_not_grow_night_after_night(settings: Settings) -> None:
    """Twenty nights that each replace one of six months of 50,000 rows."""
    rows = "select date '2026-01-01' + cast(i % 180 as integer) as usage_date, hash(i) % 1e9 as cost"
    change(settings, f"create schema marts; create table {TABLE} as {rows} from range(300000) as r(i)")
    from_nothing = (folder_of(settings, publish_now(settings)) / "tenure.duckdb").stat().st_size
    for night in range(20):
        change(settings, f"update {TABLE} set cost = cost - 1 where month(usage_date) = {night % 6 + 1}")
        publication = publish_now(settings)
    assert (folder_of(settings, publication) / "tenure.duckdb").stat().st_size < 2 * from_nothing


def test_a_month_of_many_row_groups_has_the_same_bytes_in_whatever_order_it_came(settings: Settings) -> None:
    """DuckDB writes a row group every 122,880 rows; the neighbours of a month shift where they begin in the table."""
    rows = "select date '2026-01-01' + cast(i % 58 as integer) as usage_date, i // 7 as n from range(600000) r(i)"
    change(settings, f"create schema marts; create table {TABLE} as {rows} order by n")
    publish_now(settings)
    change(settings, f"delete from {TABLE} where usage_date = date '2026-02-01'")
    publish_now(settings)
    fresh = settings_of(settings.home.parent / "fresh")
    change(fresh, f"create schema marts; create table {TABLE} as {rows} order by hash(i)")
    change(fresh, f"delete from {TABLE} where usage_date = date '2026-02-01'")
    publish_now(fresh)
    assert bytes_of(settings) == bytes_of(fresh)


def test_where_a_disk_cannot_link_files_are_copied(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError("no links here")

    monkeypatch.setattr(os, "link", refuse)
    fill(settings, ROWS)
    before = publish_now(settings)
    changed: list[Row] = [*ROWS, ("2026-08-30", "a", 9.0)]
    fill(settings, changed)
    after = publish_now(settings)
    assert written(settings, before, after) == files(settings, after).keys()
    assert_as_from_nothing(settings, changed)


@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_is_found_and_mended(settings: Settings, damage: Callable[[Path], object]) -> None:
    """S13."""
    fill(settings, ROWS)
    publication = publish_now(settings)
    damage(folder_of(settings, publication))
    with pytest.raises(StorageError, match="differs from what was published"):
        verify(settings.paths)
    again = publish_now(settings)
    assert again.version == publication.version
    assert verify(settings.paths) == again


days = st.none() | st.sampled_from([f"2026-{month:02}-{day:02}" for month in (1, 2, 3) for day in (1, 28)])
some_rows = st.lists(st.tuples(days, st.sampled_from(["a", "b"]), st.sampled_from([0.0, -0.0, 1.5])), max_size=8)


@few
@given(nights=st.lists(st.tuples(some_rows, st.randoms(use_true_random=False)), min_size=2, max_size=5))
def test_any_nights_end_where_one_from_nothing_would(tmp_path: Path, nights: list[tuple[list[Row], object]]) -> None:
    """Each night adds rows to a floor of rows that stay, in any order."""
    settings = settings_of(tmp_path / f"night-{next(numbers)}")
    for more, random in nights:
        rows = [*ROWS, *more]
        random.shuffle(rows)  # type: ignore[attr-defined]
        fill(settings, rows)
        publish_now(settings)
        assert_as_from_nothing(settings, [*ROWS, *more])
    verify(settings.paths)
