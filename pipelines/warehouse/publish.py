"""Publishing: a versioned folder, built, checked and hashed aside, then switched to in one atomic step.

    published/<version>/tenure.duckdb      marts, meta and projections, readable by DuckDB 1.4 and later
    published/<version>/parquet/           the same by table and part (`parts`)
    published/<version>/version.json       what it was made from and what its parts hold; written last
    published/current                      link to the version that stands
    published/tenure.duckdb                link to current/tenure.duckdb: what readers open

Readers see one whole version and which (`meta.publication`). The content of a version is never changed; the newest few
are kept. A new one begins as a copy of the one that stands, where it can, and has the parts written whose content is
another.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import date
from pathlib import Path

import duckdb

from pipelines.errors import NoDataError, StorageError
from pipelines.settings import Home, Settings
from pipelines.sources.sql import literal
from pipelines.warehouse import unpublished
from pipelines.warehouse.connect import (
    REBUILT,
    STORAGE_VERSION,
    check_free_disk,
    in_memory,
    reading_published,
    writing,
)
from pipelines.warehouse.parts import Mark, Marks, Table, count, marks, tables, update

# Loading the landing twice gives the same numbers at other times; what says when is not part of what is compared.
VOLATILE = frozenset({"meta.deliveries", "meta.restatement", "marts.fct_cost_known_daily"})
# Share of the rows, and of the blocks, of a copied database that must stay of use. With less, replacing is no less work
# than building from nothing, and the file would carry more gaps than content; DuckDB fills gaps, so that months which
# are replaced night after night stay below a third.
USEFUL_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class Publication:
    """What stands in `version.json` and `meta.publication`.

    Attributes:
        version: as_of and a hash of all content: equal content is the same version.
        as_of: day the numbers speak for.
        code_revision: hash of the code that last gave this content; `meta.publication` has the first that did.
        inputs_hash: hash of the deliveries, scenarios and assumptions it was made from, likewise.
        content_sha256: hash over the Parquet files of everything that is not volatile.
        database_sha256: hash of the database file, for `verify`.
        rows: rows by table.
        duckdb_version: DuckDB that wrote it; another one may hash rows and write files otherwise.
        parts: what each part of each table holds, for the version after it.
    """

    version: str
    as_of: str
    code_revision: str
    inputs_hash: str
    content_sha256: str
    database_sha256: str
    rows: dict[str, int]
    duckdb_version: str = ""
    parts: dict[str, Marks] = field(default_factory=dict)


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
    try:
        publication = _build(settings, building, as_of, code_revision, inputs_hash)
        target = home.published / publication.version
        # The version's name holds the hash of all its content: one that is there already, and whole, is this one.
        there = _recorded(target)
        if there is not None and _damaged(target, there) is None:
            # Other code or inputs that give the same content: said, or every night would find the old ones outdated.
            publication = replace(there, code_revision=code_revision, inputs_hash=inputs_hash)
            if publication != there:
                _record(target, publication)
        else:
            shutil.rmtree(target, ignore_errors=True)
            building.replace(target)
    finally:
        shutil.rmtree(building, ignore_errors=True)
    _switch(home, publication.version)
    # Killed between the two, the days are rebuilt once more; the other way round they would be forgotten.
    with writing(settings) as connection:
        unpublished.clear(connection)
    _keep_newest(home, settings.published_versions_kept)
    return publication


def _damaged(folder: Path, publication: Publication) -> Path | None:
    """What in a folder is not as it was published, if anything; reads all of it."""
    database, parquet = folder / "tenure.duckdb", folder / "parquet"
    if not database.exists() or _sha256(database) != publication.database_sha256:
        return database
    return None if publication.version == _version(publication.as_of, _hashes(parquet)) else parquet


def _version(as_of: str, hashes: Mapping[str, str]) -> str:
    return f"{as_of}-{_content_hash(hashes, leave_out=frozenset())[:12]}"


def _sweep(home: Home) -> None:
    """Remove what a publication that was killed left behind."""
    for left_over in home.published.glob(".*"):
        if left_over.is_symlink():
            left_over.unlink()
        else:
            shutil.rmtree(left_over)


def _build(settings: Settings, folder: Path, as_of: date, code_revision: str, inputs_hash: str) -> Publication:
    database, parquet = folder / "tenure.duckdb", folder / "parquet"
    with in_memory(settings) as connection:
        connection.execute(f"attach {literal(str(settings.paths.database))} as warehouse (read_only)")
        now = {table: marks(connection, "warehouse", table) for table in tables(connection, "warehouse")}
        before = _attach_published(connection, settings.paths, folder, code_revision, now)
        written = update(connection, parquet, before, now)
        hashes = _hashes(parquet)
        content, version = _content_hash(hashes, leave_out=VOLATILE), _version(as_of.isoformat(), hashes)
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
    _check(database, now, written)
    publication = Publication(
        version=version,
        as_of=as_of.isoformat(),
        code_revision=code_revision,
        inputs_hash=inputs_hash,
        content_sha256=content,
        database_sha256=_sha256(database),
        rows={table.label: _rows(found.values()) for table, found in now.items()},
        duckdb_version=duckdb.__version__,
        parts={table.label: found for table, found in now.items()},
    )
    _record(folder, publication)
    return publication


def _attach_published(
    connection: duckdb.DuckDBPyConnection,
    home: Home,
    folder: Path,
    code_revision: str,
    now: Mapping[Table, Marks],
) -> Mapping[str, Marks]:
    """Attach `published`: a copy of the standing version, where it is whole and worth it, or an empty file.

    Returns:
        What the parts in it hold; nothing for an empty file.
    """
    attach = (
        f"attach {literal(str(folder / 'tenure.duckdb'))} as published (storage_version {literal(STORAGE_VERSION)})"
    )
    before = _recorded(home.published / "current")
    if (
        before is not None
        and (before.code_revision, before.duckdb_version) == (code_revision, duckdb.__version__)
        and _kept_share(before.parts, now) >= USEFUL_SHARE
    ):
        if _copied(home.published / "current", before, folder):
            connection.execute(attach)
            if _used_share(connection) >= USEFUL_SHARE:
                return before.parts
            connection.execute("detach published")
        shutil.rmtree(folder)
    (folder / "parquet").mkdir(parents=True)
    connection.execute(attach)
    return {}


def _kept_share(before: Mapping[str, Marks], now: Mapping[Table, Marks]) -> float:
    """Share of a version's rows that are in parts which the next one has as well."""
    kept = [mark for table, found in now.items() for _, mark in found.items() & before.get(table.label, {}).items()]
    held = _rows(mark for found in before.values() for mark in found.values())
    return _rows(kept) / held if held else 0.0


def _used_share(connection: duckdb.DuckDBPyConnection) -> float:
    """Share of the blocks of `published` that hold something."""
    (share,) = connection.execute(  # type: ignore[misc]
        "select used_blocks / total_blocks from pragma_database_size() where database_name = 'published'"
    ).fetchone()
    return float(share)


def _copied(version: Path, publication: Publication, folder: Path) -> bool:
    """Copy a version's database, which will be written to, and link its Parquet files, which will not.

    Returns:
        Whether the copy is what was published: it is looked at, not what it was copied from, as it is built upon.
    """
    folder.mkdir()
    try:
        shutil.copyfile(version / "tenure.duckdb", folder / "tenure.duckdb")
        shutil.copytree(version / "parquet", folder / "parquet", copy_function=_link_or_copy)
        return _damaged(folder, publication) is None
    except OSError:
        # Whatever cannot be read of it, the next one does without.
        return False


def _link_or_copy(file: str, target: str) -> None:
    try:
        os.link(file, target)
    except OSError:
        shutil.copyfile(file, target)


def _rows(found: Iterable[Mark]) -> int:
    return sum(mark.rows for mark in found)


def _hashes(parquet: Path) -> dict[str, str]:
    """The hash of each Parquet file, by its place."""
    return {file.relative_to(parquet).as_posix(): _sha256(file) for file in sorted(parquet.rglob("*.parquet"))}


def _content_hash(hashes: Mapping[str, str], leave_out: frozenset[str]) -> str:
    digest = hashlib.sha256()
    for place, file_hash in hashes.items():
        if Path(place).parent.name not in leave_out:
            digest.update(place.encode())
            digest.update(file_hash.encode())
    return digest.hexdigest()


def _check(database: Path, now: Mapping[Table, Marks], written: Mapping[Table, list[str]]) -> None:
    """Read the closed file back as a reader would: how much there is of everything, and all that was written.

    Raises:
        StorageError: a table holds other rows than the warehouse.
    """
    with duckdb.connect(str(database), read_only=True) as connection:
        for table, expected in now.items():
            found, rows = count(connection, database.stem, table), _rows(expected.values())
            if found != rows:
                raise StorageError(
                    f"{table.label} has {found:,} rows, {rows:,} were written", file=database, next_step="run it again"
                )
            parts = {part: expected[part] for part in written[table]}
            if parts and marks(connection, database.stem, table, parts) != parts:
                raise StorageError(
                    f"{table.label} holds other values than were written", file=database, next_step="run it again"
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
    """The version that stands, or None before the first.

    Raises:
        StorageError: its record cannot be read.
    """
    record = home.published / "current" / "version.json"
    found = _recorded(record.parent)
    if found is None and record.exists():
        raise StorageError("is no record of a version", file=record, next_step=REBUILT)
    return found


def _record(folder: Path, publication: Publication) -> None:
    """Write what a version says of itself, in one step."""
    written = folder / ".version.json"
    written.write_text(json.dumps(asdict(publication), indent=1))
    written.replace(folder / "version.json")


def _recorded(folder: Path) -> Publication | None:
    """What a version's folder says of itself; None where there is no version, or none that can be read."""
    try:
        said = json.loads((folder / "version.json").read_bytes())
    except (FileNotFoundError, ValueError):
        return None
    parts = {
        table: {part: Mark(*mark) for part, mark in found.items()} for table, found in said.pop("parts", {}).items()
    }
    # A later version of tenure may say more.
    known = {item.name: said[item.name] for item in fields(Publication) if item.name in said}
    return Publication(**known, parts=parts)


def published_deliveries(settings: Settings) -> set[str] | None:
    """Ids of the deliveries that the standing version was made from; None where none stands that can be read."""
    try:
        if standing(settings.paths) is None:
            return None
        with reading_published(settings) as connection:
            return {row[0] for row in connection.execute("select distinct delivery_id from meta.deliveries").fetchall()}
    except (NoDataError, StorageError, duckdb.Error):
        return None


def verify(home: Home) -> Publication:
    """Read every byte of the standing version, database and Parquet, and compare it with its hashes.

    Raises:
        NoDataError: nothing is published.
        StorageError: a file is not the one that was published.
    """
    publication = standing(home)
    if publication is None:
        raise NoDataError("nothing is published yet", next_step="run: tenure refresh")
    damaged = _damaged(home.current.resolve().parent, publication)
    if damaged is not None:
        raise StorageError("differs from what was published", file=damaged, next_step="run: tenure refresh --force")
    return publication


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
