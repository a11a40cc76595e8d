"""A delivered file as DuckDB reads it: what to select from, and where a row's number comes from.

Belongs here: unpacking, the options of `read_csv` and `read_parquet`, DuckDB's complaints in the house's words. Not
here: what a column means (`mapped`).
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from pipelines.errors import InputError
from pipelines.sources.files import candidate
from pipelines.sources.model import Csv, Items, LandedFile
from pipelines.sources.sql import literal, quote, text, text_at

# Numbering the rows of a CSV takes a window, and a window keeps the whole statement on one thread. Parquet's rows have
# numbers: from this size on it pays to rewrite a CSV as Parquet before all its columns are mapped.
REWRITTEN_FROM_BYTES = 8 << 20


@dataclass(frozen=True, slots=True)
class Reader:
    """How the rows of one file are read.

    Attributes:
        sql: what stands behind FROM.
        source_row: SQL of a data row's number, from 1.
        any_order: whether rows may be read in any order: their numbers come with them.
    """

    sql: str
    source_row: str
    any_order: bool


def reader_of(file: LandedFile, layout: Csv | None, folder: Path) -> Reader:
    """Read a file where it lies; an archive from where it is unpacked.

    Args:
        file: in landing.
        layout: of a CSV; None for Parquet.
        folder: for what has to be unpacked.
    """
    if layout is None:
        return _parquet(file.path)
    return Reader(_cleaned(_lines(_plain(file, layout, folder), layout), layout), "row_number() over ()", False)


def rewritten(connection: duckdb.DuckDBPyConnection, file: LandedFile, layout: Csv | None, folder: Path) -> Reader:
    """The same, for whoever reads every column of every row: by way of Parquet where that is quicker.

    Args:
        connection: where it will be read.
        file: in landing.
        layout: of a CSV; None for Parquet.
        folder: for what has to be unpacked or rewritten; it must last as long as the reader.

    Raises:
        InputError: the file is not what it should be.
    """
    if layout is None or file.size_bytes < REWRITTEN_FROM_BYTES:
        return reader_of(file, layout, folder)
    target = Path(tempfile.mkdtemp(dir=folder)) / "rows.parquet"
    with reading_errors(file.name):
        connection.execute(
            f"copy (select * from {_lines(_plain(file, layout, folder), layout)}) to {literal(str(target))} "
            "(format parquet, compression zstd)"
        )
    whole = _parquet(target)
    return Reader(_cleaned(whole.sql, layout), whole.source_row, whole.any_order)


def taken_apart(connection: duckdb.DuckDBPyConnection, file: LandedFile, layout: Items, folder: Path) -> Reader:
    """Read a file by way of the objects its source makes of it: the quick ones, where they are right.

    Args:
        connection: where it will be read.
        file: in landing.
        layout: how.
        folder: for the objects; it must last as long as the reader.

    Raises:
        InputError: the file is not what it should be.
    """
    target = Path(tempfile.mkdtemp(dir=folder)) / "items.jsonl"
    items = _items(layout, target, is_checked=False)
    if not _are_right(connection, layout, items):
        items = _items(layout, target, is_checked=True)
    return Reader(f"({layout.rows.format(items=items)})", "source_row", True)


def _items(layout: Items, target: Path, *, is_checked: bool) -> str:
    """Write the objects; what to select them from."""
    longest = 0
    with target.open("wb") as lines:
        for line in layout.lines(is_checked):
            lines.write(line)
            longest = max(longest, len(line))
    columns = ", ".join(f"{quote(name)}: {literal(kind)}" for name, kind in layout.columns.items())
    return (
        f"read_json({literal(str(target))}, format = 'newline_delimited', columns = {{{columns}}}, "
        f"maximum_object_size = {longest + 1}, compression = 'uncompressed')"
    )


def _are_right(connection: duckdb.DuckDBPyConnection, layout: Items, items: str) -> bool:
    try:
        (wrong,) = connection.execute(  # type: ignore[misc]
            f"select count(*) from {items} where not coalesce({layout.is_right}, false)"
        ).fetchone()
    except (duckdb.InvalidInputException, duckdb.ConversionException):
        return False
    return bool(wrong == 0)


@contextmanager
def reading_errors(file: str) -> Iterator[None]:
    """DuckDB's errors about a file, in the house's words. Its line counts from the header's line.

    Raises:
        InputError: the file is not what it should be.
    """
    try:
        yield
    except (duckdb.OutOfMemoryException, duckdb.TransactionException, duckdb.FatalException):
        raise
    except duckdb.Error as error:
        message = str(error)
        line = re.search(r"Line: (\d+)", message)
        first = message.splitlines()[0]
        columns = re.search(r"Expected Number of Columns: (\d+) Found: (\d+)", message)
        if columns:
            first = f"the line has {columns[2]} of {columns[1]} columns; the file is cut or a line is damaged"
        elif "unterminated quote" in message.lower():
            first = "a quoted value does not end; the file is cut or a line is damaged"
        raise InputError(
            first,
            file=file,
            line=int(line[1]) if line else None,
            next_step="copy the file again from where it was exported; nothing of this delivery was loaded",
        ) from error


def _plain(file: LandedFile, layout: Csv, folder: Path) -> Path:
    """Where DuckDB can read the file: it unpacks gzip by itself, a ZIP archive not."""
    if layout.compression != "zip":
        return file.path
    target = Path(tempfile.mkdtemp(dir=folder)) / "content"
    with candidate(file).content() as content, target.open("wb") as copy:
        shutil.copyfileobj(content, copy, 1 << 20)
    return target


def _parquet(path: Path) -> Reader:
    # A folder called `BilledCost=99` is no column.
    sql = f"read_parquet({_literal_path(path)}, file_row_number = true, hive_partitioning = false)"
    return Reader(sql, "file_row_number + 1", True)


def _lines(path: Path, layout: Csv) -> str:
    """The values of a CSV as they stand."""
    columns = ", ".join(f"'c{place}': 'VARCHAR'" for place in range(len(layout.header)))
    compression = "none" if layout.compression == "zip" else layout.compression
    return (
        f"read_csv({_literal_path(path)}, auto_detect = false, header = false, "
        f"skip = {layout.lines_before_data}, columns = {{{columns}}}, delim = {literal(layout.delimiter)}, "
        f"quote = '\"', escape = '\"', compression = '{compression}', encoding = {literal(layout.encoding)}, "
        "strict_mode = true, null_padding = false, max_line_size = 16777216)"
    )


def _cleaned(lines: str, layout: Csv) -> str:
    """Every value beside its cleaned text, made once here: a mapping asks for the same text many times."""
    texts = ", ".join(f"{text(f'c{place}')} as {text_at(place)}" for place in range(len(layout.header)))
    return f"(select *, {texts} from {lines})"


def _literal_path(path: Path) -> str:
    # DuckDB takes a file's name for a pattern: `focus[1].csv` would read `focus1.csv`.
    return literal(re.sub(r"[*?\[]", r"[\g<0>]", str(path)))
