"""Looking at a file without trusting its name: compression, header, Parquet columns, JSON.

Belongs here: what recognising needs (the first bytes). Not here: reading data rows.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import json
import zlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from pipelines.errors import InputError
from pipelines.sources.model import Csv, LandedFile

HEAD_BYTES = 1 << 20
MAX_JSON_BYTES = 1 << 30
GZIP_MAGIC = b"\x1f\x8b"
PARQUET_MAGIC = b"PAR1"


@dataclass(frozen=True)
class Candidate:
    """A file offered to the sources.

    Attributes:
        name: path relative to what was added, with `/`; for messages, lineage and the layout of manifests.
        path: where the bytes are.
    """

    name: str
    path: Path

    @cached_property
    def magic(self) -> bytes:
        """First four bytes."""
        with self.path.open("rb") as file:
            return file.read(4)

    @property
    def is_gzip(self) -> bool:
        """Compressed with gzip, whatever its name."""
        return self.magic.startswith(GZIP_MAGIC)

    @property
    def is_parquet(self) -> bool:
        """Apache Parquet, whatever its name."""
        return self.magic == PARQUET_MAGIC

    @cached_property
    def head(self) -> bytes:
        """The first MiB of the content, decompressed.

        Raises:
            InputError: the gzip stream is broken within it.
        """
        try:
            with gzip.open(self.path) if self.is_gzip else self.path.open("rb") as file:
                return file.read(HEAD_BYTES)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise InputError(
                f"the gzip stream is cut or damaged ({error})",
                file=self.name,
                next_step="copy the file again from where it was exported",
            ) from error

    @cached_property
    def head_text(self) -> str:
        """`head` as text without a byte order mark; '' where it is not text."""
        try:
            return codecs.getincrementaldecoder("utf-8-sig")().decode(self.head, final=False)
        except UnicodeDecodeError:
            return ""

    @cached_property
    def csv_header(self) -> tuple[str, ...]:
        """Names in the first line read as comma-separated text; () where there is none."""
        if self.is_parquet or not self.head_text or self.head_text.lstrip().startswith(("{", "[", "#")):
            return ()
        first = next(csv.reader(io.StringIO(self.head_text)), [])
        return tuple(name.strip() for name in first)

    @cached_property
    def parquet_columns(self) -> tuple[str, ...]:
        """Top-level column names of a Parquet file; () for anything else.

        Raises:
            InputError: it starts as Parquet but its footer is missing or damaged.
        """
        if not self.is_parquet:
            return ()
        import pyarrow as pa
        import pyarrow.parquet as pq

        try:
            return tuple(pq.read_schema(self.path).names)
        except pa.ArrowInvalid as error:
            raise InputError(
                f"the Parquet file is cut or damaged ({error})",
                file=self.name,
                next_step="copy the file again from where it was exported",
            ) from error

    @property
    def columns(self) -> tuple[str, ...]:
        """Column names, of Parquet or of comma-separated text."""
        return self.parquet_columns or self.csv_header

    @cached_property
    def json(self) -> Any:
        """The content as JSON, or None where it is not JSON."""
        if not self.head_text.lstrip().startswith(("{", "[")):
            return None
        opener = gzip.open if self.is_gzip else open
        with opener(self.path, "rb") as file:
            content = file.read(MAX_JSON_BYTES)
        try:
            return json.loads(content)
        except json.JSONDecodeError:
            return None


def candidate(file: LandedFile) -> Candidate:
    """The landed file, to be looked at again (a `read` needs the header that `claim` saw)."""
    return Candidate(file.name, file.path)


def csv_layout(file: LandedFile) -> Csv:
    """Layout of a comma-separated file whose first line is the header."""
    look = candidate(file)
    return Csv(header=look.csv_header, compression="gzip" if look.is_gzip else "none")


def line_of_row(file: LandedFile, layout: Csv, source_row: int) -> int:
    """The 1-based line on which data row `source_row` starts; quoted line breaks are counted."""
    opener = gzip.open if candidate(file).is_gzip else open
    with opener(file.path, "rt", encoding="utf-8-sig", newline="") as text:
        for _ in range(layout.lines_before_data - 1):
            next(text)
        reader = csv.reader(text, delimiter=layout.delimiter)
        next(reader)
        line = reader.line_num + 1
        for row, _ in enumerate(reader, start=1):
            if row == source_row:
                break
            line = reader.line_num + 1
    return line + layout.lines_before_data - 1
