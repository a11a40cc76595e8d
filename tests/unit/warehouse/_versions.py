"""A table of four months, published again and again: what is written, and what a publication from nothing has."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from _homes import settings_of

from pipelines.settings import Settings
from pipelines.sources.sql import literal
from pipelines.warehouse.connect import reading_published, writing
from pipelines.warehouse.publish import Publication, publish, standing

AS_OF = date(2026, 9, 1)
TABLE = "marts.fct_cost_daily"
Row = tuple[str | None, str, float]
# Four months of which one line may change without half of the file being another.
ROWS: list[Row] = [(f"2026-{month:02}-{day:02}", "a", 1.0) for month in (5, 6, 7, 8) for day in (1, 15, 28)]

numbers = itertools.count()


def fill(settings: Settings, rows: Sequence[Row], table: str = TABLE) -> None:
    """The rows, day, workload and cost, in place of the table's."""
    values = ", ".join(
        f"({literal(day) if day else 'null'}, {literal(workload)}, cast('{cost!r}' as double))"
        for day, workload, cost in rows
    )
    with writing(settings) as connection:
        connection.execute("create schema if not exists marts")
        connection.execute(f"create or replace table {table} (usage_date date, workload varchar, cost double)")
        if rows:
            connection.execute(f"insert into {table} values {values}")


def change(settings: Settings, sql: str) -> None:
    """Change the warehouse by a statement."""
    with writing(settings) as connection:
        connection.execute(sql)


def publish_now(settings: Settings) -> Publication:
    """The warehouse as it is."""
    return publish(settings, as_of=AS_OF, code_revision="c", inputs_hash="i")


def folder_of(settings: Settings, publication: Publication) -> Path:
    """Where a version lies."""
    return settings.paths.published / publication.version


def files(settings: Settings, publication: Publication) -> dict[str, int]:
    """The Parquet files of a version, and which file on disk each is."""
    parquet = folder_of(settings, publication) / "parquet"
    return {file.relative_to(parquet).as_posix(): file.stat().st_ino for file in parquet.rglob("*") if file.is_file()}


def written(settings: Settings, before: Publication, after: Publication) -> set[str]:
    """Parquet files of a version that are not those of the version before."""
    old = files(settings, before)
    return {place for place, file in files(settings, after).items() if old.get(place) != file}


def holds(settings: Settings, table: str = TABLE) -> list[tuple[object, ...]]:
    """The rows of a published table, as a reader of the database sees them."""
    with reading_published(settings) as connection:
        return connection.execute(f"select * from {table} order by all").fetchall()


def bytes_of(settings: Settings) -> dict[str, bytes]:
    """The Parquet files that stand."""
    parquet = settings.paths.published / "current" / "parquet"
    return {file.relative_to(parquet).as_posix(): file.read_bytes() for file in parquet.rglob("*.parquet")}


def assert_as_from_nothing(settings: Settings, rows: Sequence[Row]) -> None:
    """What stands is what a home that publishes these rows for the first time has, under the same name."""
    fresh = settings_of(settings.home.parent / f"fresh-{next(numbers)}")
    fill(fresh, rows)
    first, stands = publish_now(fresh), standing(settings.paths)
    assert stands is not None
    assert (stands.version, stands.content_sha256, stands.rows) == (first.version, first.content_sha256, first.rows)
    assert bytes_of(settings) == bytes_of(fresh)
    assert holds(settings) == holds(fresh)


def flip(file: Path) -> None:
    """Damage a file that may be linked to others, as a disk would: in place."""
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
