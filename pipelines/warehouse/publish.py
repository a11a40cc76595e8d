"""Publishing: a versioned folder, built, checked and hashed aside, then switched to in one atomic step.

    published/<version>/tenure.duckdb      marts, meta and projections, readable by DuckDB 1.4 and later
    published/<version>/parquet/<schema>.<table>.parquet
    published/<version>/version.json       what it was made from; written last
    published/current                      link to the version that stands
    published/tenure.duckdb                link to current/tenure.duckdb: what readers open

Readers see one whole version and which (`meta.publication`). A version is never changed; the newest few are kept.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

import duckdb

from pipelines.errors import NoDataError, StorageError
from pipelines.settings import Home, Settings
from pipelines.sources.sql import literal, quote
from pipelines.warehouse.connect import STORAGE_VERSION, check_free_disk, in_memory, reading_published

SCHEMAS = ("marts", "meta", "projections")
# Loading the landing twice gives the same numbers at other times; what says when is not part of what is compared.
VOLATILE = frozenset({"meta.deliveries", "meta.restatement", "marts.fct_cost_known_daily"})
# The loader's own; readers have meta.deliveries, marts.fct_cost_known_daily and meta.delivered_columns.
INTERNAL = frozenset({"meta.delivery", "meta.cost_known_daily", "meta.delivered_column"})


@dataclass(frozen=True, slots=True)
class Publication:
    """What stands in `version.json` and `meta.publication`.

    Attributes:
        version: as_of and a hash of all content: equal content is the same version.
        as_of: day the numbers speak for.
        code_revision: hash of the code that made them.
        inputs_hash: hash of deliveries, scenarios and assumptions they were made from.
        content_sha256: hash over the Parquet files of everything that is not volatile.
        database_sha256: hash of the database file, for `verify`.
        rows: rows by table.
    """

    version: str
    as_of: str
    code_revision: str
    inputs_hash: str
    content_sha256: str
    database_sha256: str
    rows: dict[str, int]


def publish(settings: Settings, *, as_of: date, code_revision: str, inputs_hash: str) -> Publication:
    """Build a version from the warehouse, check it and switch to it. Hold the lock (`lock.held`) around it.

    The switch is the last step and atomic: whatever fails or is killed before it, readers keep the version they had.

    Args:
        settings: the home.
        as_of: day the numbers speak for.
        code_revision: hash of the code.
        inputs_hash: hash of the inputs.

    Raises:
        StorageError: too little disk, or what was written does not read back as it should.
    """
    home = settings.paths
    check_free_disk(home, settings)
    home.published.mkdir(parents=True, exist_ok=True)
    _sweep(home)
    building = home.published / f".building-{os.getpid()}"
    (building / "parquet").mkdir(parents=True)
    try:
        publication = _build(settings, building, as_of, code_revision, inputs_hash)
        target = home.published / publication.version
        # The version's name holds the hash of all its content: one that is there already, and whole, is this one.
        if not _is_whole(target):
            shutil.rmtree(target, ignore_errors=True)
            building.replace(target)
    finally:
        shutil.rmtree(building, ignore_errors=True)
    _switch(home, publication.version)
    _keep_newest(home, settings.published_versions_kept)
    return publication


def _is_whole(version: Path) -> bool:
    """Whether a version's folder is there and its database is the one that was published."""
    record = version / "version.json"
    if not record.exists():
        return False
    recorded: str = json.loads(record.read_text())["database_sha256"]
    return _sha256(version / "tenure.duckdb") == recorded


def _sweep(home: Home) -> None:
    """Remove what a publication that was killed left behind."""
    for left_over in home.published.glob(".*"):
        if left_over.is_symlink():
            left_over.unlink()
        else:
            shutil.rmtree(left_over)


def _build(settings: Settings, folder: Path, as_of: date, code_revision: str, inputs_hash: str) -> Publication:
    database = folder / "tenure.duckdb"
    rows: dict[str, int] = {}
    with in_memory(settings) as connection:
        connection.execute(f"attach {literal(str(settings.paths.database))} as warehouse (read_only)")
        connection.execute(f"attach {literal(str(database))} as published (storage_version {literal(STORAGE_VERSION)})")
        for schema, table in _tables(connection):
            rows[f"{schema}.{table}"] = _copy(connection, folder, schema, table)
        content = _content_hash(folder, leave_out=VOLATILE)
        version = f"{as_of.isoformat()}-{_content_hash(folder, leave_out=frozenset())[:12]}"
        connection.execute("create schema if not exists published.meta")
        connection.execute(
            "create table published.meta.publication as select ? as version, cast(? as date) as as_of_date, "
            "? as code_revision, ? as inputs_hash, ? as content_sha256",
            [version, as_of.isoformat(), code_revision, inputs_hash, content],
        )
        connection.execute("checkpoint published")
        connection.execute("detach published")
    if database.with_suffix(".duckdb.wal").exists():
        raise StorageError(
            "the built file still has a write-ahead log", file=database, next_step="run the refresh again"
        )
    _check(database, rows)
    publication = Publication(version, as_of.isoformat(), code_revision, inputs_hash, content, _sha256(database), rows)
    (folder / "version.json").write_text(json.dumps(asdict(publication), indent=1))
    return publication


def _tables(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    found = connection.execute(
        "select table_schema, table_name from information_schema.tables where table_catalog = 'warehouse' "
        f"and table_type = 'BASE TABLE' and table_schema in {SCHEMAS} order by 1, 2"
    ).fetchall()
    return [(schema, table) for schema, table in found if f"{schema}.{table}" not in INTERNAL]


def _copy(connection: duckdb.DuckDBPyConnection, folder: Path, schema: str, table: str) -> int:
    origin = f"warehouse.{quote(schema)}.{quote(table)}"
    target = f"published.{quote(schema)}.{quote(table)}"
    connection.execute(f"create schema if not exists published.{quote(schema)}")
    # Sorted by everything: the same rows give the same bytes, whatever order they were loaded in.
    connection.execute(f"create table {target} as select * from {origin} order by all")
    parquet = folder / "parquet" / f"{schema}.{table}.parquet"
    connection.execute(f"copy (select * from {target}) to {literal(str(parquet))} (format parquet, compression zstd)")
    (count,) = connection.execute(f"select count(*) from {origin}").fetchone()  # type: ignore[misc]
    return int(count)


def _content_hash(folder: Path, leave_out: frozenset[str]) -> str:
    digest = hashlib.sha256()
    for file in sorted((folder / "parquet").glob("*.parquet")):
        if file.stem not in leave_out:
            digest.update(file.name.encode())
            digest.update(_sha256(file).encode())
    return digest.hexdigest()


def _check(database: Path, rows: dict[str, int]) -> None:
    """Read the closed file back as a reader would.

    Raises:
        StorageError: a table has another number of rows than the warehouse.
    """
    with duckdb.connect(str(database), read_only=True) as connection:
        for table, expected in rows.items():
            schema, _, name = table.partition(".")
            (found,) = connection.execute(  # type: ignore[misc]
                f"select count(*) from {quote(schema)}.{quote(name)}"
            ).fetchone()
            if found != expected:
                raise StorageError(
                    f"{table} has {found:,} rows, {expected:,} were written", file=database, next_step="run it again"
                )


def _switch(home: Home, version: str) -> None:
    _link(home.published / "current", Path(version))
    if not home.current.is_symlink():
        _link(home.current, Path("current") / "tenure.duckdb")


def _link(link: Path, target: Path) -> None:
    temporary = link.with_name(f".{link.name}-{os.getpid()}")
    temporary.unlink(missing_ok=True)
    temporary.symlink_to(target)
    temporary.replace(link)


def _keep_newest(home: Home, kept: int) -> None:
    standing = (home.published / "current").resolve()
    versions = sorted(
        (file.parent for file in home.published.glob("*/version.json") if not file.parent.is_symlink()),
        key=lambda folder: (folder / "version.json").stat().st_mtime,
        reverse=True,
    )
    for folder in versions[kept:]:
        if folder.resolve() != standing:
            shutil.rmtree(folder)


def standing(home: Home) -> Publication | None:
    """The version that stands, or None before the first."""
    record = home.published / "current" / "version.json"
    return Publication(**json.loads(record.read_text())) if record.exists() else None


def published_deliveries(settings: Settings) -> set[str] | None:
    """Ids of the deliveries that the standing version was made from; None where nothing stands that says so."""
    try:
        with reading_published(settings) as connection:
            return {row[0] for row in connection.execute("select distinct delivery_id from meta.deliveries").fetchall()}
    except (NoDataError, duckdb.CatalogException):
        return None


def verify(home: Home) -> Publication:
    """Read every block of the standing version and compare it with its hashes.

    Raises:
        NoDataError: nothing is published.
        StorageError: the file is not the one that was published.
    """
    publication = standing(home)
    if publication is None:
        raise NoDataError("nothing is published yet", next_step="run: tenure refresh")
    database = home.current.resolve()
    if _sha256(database) != publication.database_sha256:
        raise StorageError(
            "the published file differs from what was published", file=database, next_step="run: tenure refresh --force"
        )
    _check(database, publication.rows)
    return publication


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
