"""The one factory of DuckDB connections: same settings everywhere, so no session differs."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import duckdb

from pipelines.errors import LockedError, NoDataError, StorageError
from pipelines.settings import Home, Settings
from pipelines.sources.sql import literal
from pipelines.warehouse import lock

# Oldest DuckDB that must read what is published; BI drivers bundle older versions than ours. The warehouse is written
# for no older one either: without being told, DuckDB keeps to what version 0.10 reads, and packs text the slow way.
STORAGE_VERSION = "v1.4.0"
# What mends a file that cannot be read: the warehouse goes out of the way, a published version is found by the plan.
RELOADED = "move it away and run: tenure refresh (everything is rebuilt from landing)"
REBUILT = "run: tenure refresh (it is made anew)"


def _open(file: Path, *, read_only: bool = False, mend: str = RELOADED) -> duckdb.DuckDBPyConnection:
    """A connection to a file.

    Raises:
        LockedError: another process writes it.
        StorageError: it is no database that can be read.
    """
    try:
        return duckdb.connect(str(file), read_only=read_only, config={"storage_compatibility_version": STORAGE_VERSION})
    except duckdb.Error as error:
        reason = str(error).splitlines()[0]
        if "lock on file" in reason:
            raise LockedError(
                f"another process writes {file}: {reason}", next_step="wait for it to end, or stop that process"
            ) from error
        raise StorageError(
            f"cannot be opened: {reason}",
            file=file,
            next_step=mend,
        ) from error


@contextmanager
def _told_of_the_disk(home: Home) -> Iterator[None]:
    """One sentence for a full disk or a damaged file, whatever DuckDB was about when it found out.

    Raises:
        StorageError: that sentence.
    """
    try:
        yield
    except duckdb.Error as error:
        reason = str(error).splitlines()[0]
        if os.strerror(errno.ENOSPC) in reason:
            next_step = "make room and run it again; what is published is as it was"
            raise StorageError(f"the disk is full: {reason}", file=home.root, next_step=next_step) from error
        if isinstance(error, duckdb.IOException):
            raise StorageError(f"cannot be read: {reason}", file=home.database, next_step=RELOADED) from error
        raise


@contextmanager
def _told_of_age() -> Iterator[None]:
    """One sentence for tables that an older version of this code made.

    Raises:
        NoDataError: that sentence.
    """
    try:
        yield
    except (duckdb.CatalogException, duckdb.BinderException) as error:
        raise NoDataError(
            f"what another version of tenure made lacks what this one asks for: {str(error).splitlines()[0]}",
            next_step="run: tenure refresh",
        ) from error


@contextmanager
def transaction(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """All of it or nothing: committed at the end, rolled back where it fails."""
    connection.execute("begin")
    try:
        yield
        connection.execute("commit")
    except BaseException:
        # A full disk has ended it already; what is told is why, and not that there is nothing to roll back.
        with suppress(duckdb.TransactionException):
            connection.execute("rollback")
        raise


def _configure(connection: duckdb.DuckDBPyConnection, settings: Settings, spill: Path) -> None:
    connection.execute("set TimeZone = 'UTC'")
    # A name in SQL is a table, never a variable of the Python around it (and looking for one imports pandas).
    connection.execute("set python_enable_replacements = false")
    connection.execute(f"set memory_limit = '{settings.memory_limit}'")
    connection.execute(f"set threads = {settings.threads}")
    # Rows are judged by short lists of words: compared word by word that is quicker than joined, as DuckDB would.
    connection.execute("set disabled_optimizers = 'in_clause'")
    # Written into the statement, since binding a parameter imports pandas too.
    connection.execute(f"set temp_directory = {literal(str(spill))}")
    connection.execute(f"set max_temp_directory_size = '{settings.max_temp_directory_size}'")


@contextmanager
def writing(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """The writer's connection to the warehouse. Hold the lock (`lock.held`) around it.

    Raises:
        StorageError: too little free disk to build safely, or the file cannot be read.
    """
    home = settings.paths
    home.warehouse.mkdir(parents=True, exist_ok=True)
    check_free_disk(home, settings)
    connection = _open(home.database)
    try:
        _configure(connection, settings, home.warehouse / "spill")
        with _told_of_the_disk(home):
            yield connection
    finally:
        connection.close()


@contextmanager
def reading_warehouse(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """A read-only connection to the warehouse; no other process begins to write while it is open.

    Raises:
        NoDataError: there is no warehouse yet, or an older version made it and it lacks what is asked for.
        LockedError: another process writes it.
    """
    home = settings.paths
    if not home.database.exists():
        raise NoDataError("the warehouse is empty", next_step="run: tenure add PATH… && tenure refresh")
    with lock.shared(home) as writer:
        if writer is not None:
            raise lock.being_written(home, writer)
        connection = _open(home.database, read_only=True)
        try:
            _configure(connection, settings, home.warehouse / "spill")
            with _told_of_the_disk(home), _told_of_age():
                yield connection
        finally:
            connection.close()


@contextmanager
def in_memory(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection to nothing, for building a file that is attached."""
    home = settings.paths
    home.warehouse.mkdir(parents=True, exist_ok=True)
    connection = duckdb.connect()
    try:
        _configure(connection, settings, home.warehouse / "spill")
        with _told_of_the_disk(home):
            yield connection
    finally:
        connection.close()


@contextmanager
def reading_published(settings: Settings, file: Path | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
    """A reader's connection to the published file: no writes, no other files, settings locked.

    `read_only` alone is no sandbox (it still reads and writes other files), hence the two settings after it.

    Raises:
        NoDataError: nothing has been published yet, or an older version did and it lacks what is asked for.
    """
    target = file or settings.paths.current
    if not target.exists():
        raise NoDataError("nothing is published yet", next_step="run: tenure add PATH… && tenure refresh")
    # Open the file behind the link: a connection to the link's name would keep serving the old one after a switch.
    connection = _open(target.resolve(), read_only=True, mend=REBUILT)
    try:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute("set enable_external_access = false")
        connection.execute("set lock_configuration = true")
        with _told_of_age():
            yield connection
    finally:
        connection.close()


def check_free_disk(home: Home, settings: Settings) -> None:
    """Refuse to start a build that could fill the disk.

    Raises:
        StorageError: fewer than `settings.min_free_disk_bytes` are free.
    """
    folder = home.root
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    if free < settings.min_free_disk_bytes:
        raise StorageError(
            f"{free:,} bytes are free under {home.root}, {settings.min_free_disk_bytes:,} are needed",
            next_step="free some disk, or set TENURE_MIN_FREE_DISK_BYTES",
        )


@contextmanager
def as_written(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """What reads files is done as it is written.

    Of a join what is on the right is held, what is on the left comes by: DuckDB thinks of JSON as a few rows, and would
    hold all of them for a handful of series to come by. A branch of CASE that looks a text up in a list is computed
    where it is come to: DuckDB would make a join of the list, and the text of every row.
    """
    (before,) = connection.execute("select current_setting('disabled_optimizers')").fetchone()  # type: ignore[misc]
    all_of_them = ",".join(name for name in (before, "join_order", "build_side_probe_side", "in_clause") if name)
    connection.execute(f"set disabled_optimizers = {literal(all_of_them)}")
    try:
        yield
    finally:
        connection.execute(f"set disabled_optimizers = {literal(before)}")
