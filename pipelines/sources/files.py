"""Looking at a file without trusting its name: compression, header, Parquet columns, JSON.

Belongs here: what recognising needs (the first bytes). Not here: reading data rows.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import json
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import IO, Any, Literal, cast

from pipelines.errors import InputError
from pipelines.sources.model import Csv, LandedFile

HEAD_BYTES = 1 << 20
MAX_JSON_BYTES = 1 << 30
GZIP_MAGIC = b"\x1f\x8b"
PARQUET_MAGIC = b"PAR1"
ZIP_MAGIC = b"PK\x03\x04"
ENCRYPTED = 0x1  # flag bit of a ZIP member
_ANSWER = re.compile(r'\s*\{\s*"status"\s*:\s*"success"\s*,\s*"data"\s*:\s*\{\s*"resultType"\s*:\s*"(matrix|vector)"')


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
    def zip_member(self) -> zipfile.ZipInfo | None:
        """The one file in a ZIP archive; None for anything else, archives of several files among them."""
        if self.magic != ZIP_MAGIC:
            return None
        try:
            with zipfile.ZipFile(self.path) as archive:
                members = [member for member in archive.infolist() if not member.is_dir()]
        except zipfile.BadZipFile:
            return None
        return members[0] if len(members) == 1 else None

    @property
    def compression(self) -> Literal["none", "gzip", "zip"]:
        """How the content is packed, whatever the name says."""
        if self.is_gzip:
            return "gzip"
        return "zip" if self.zip_member else "none"

    @contextmanager
    def content(self) -> Iterator[IO[bytes]]:
        """The bytes, unpacked, to be read once from the start.

        Raises:
            InputError: the packing turns out broken while it is read, or asks for a password.
        """
        if self.zip_member and self.zip_member.flag_bits & ENCRYPTED:
            raise InputError(
                "the ZIP archive asks for a password", file=self.name, next_step="add it packed without one"
            )
        try:
            if self.is_gzip:
                with gzip.open(self.path) as file:
                    yield cast(IO[bytes], file)
            elif self.zip_member:
                with zipfile.ZipFile(self.path) as archive, archive.open(self.zip_member) as member:
                    yield member
            else:
                with self.path.open("rb") as file:
                    yield file
        except (EOFError, gzip.BadGzipFile, zlib.error, zipfile.BadZipFile) as error:
            kind = "ZIP archive" if self.zip_member else "gzip stream"
            raise InputError(
                f"the {kind} is cut or damaged ({error})",
                file=self.name,
                next_step="copy the file again from where it was exported",
            ) from error

    @cached_property
    def head(self) -> bytes:
        """The first MiB of the content, unpacked.

        Raises:
            InputError: the packing is broken within it.
        """
        with self.content() as file:
            return file.read(HEAD_BYTES)

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

    @property
    def is_long_answer(self) -> bool:
        """An answer of Prometheus that goes on behind `head`, for how long nobody knows."""
        return len(self.head) == HEAD_BYTES and bool(_ANSWER.match(self.head_text))

    @cached_property
    def json(self) -> Any:
        """The content as JSON, or None where it is not JSON, or an answer that may be longer than memory."""
        if not self.head_text.lstrip().startswith(("{", "[")) or self.is_long_answer:
            return None
        with self.content() as file:
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
    return Csv(header=look.csv_header, compression=look.compression)


def line_of_row(file: LandedFile, layout: Csv, source_row: int) -> int:
    """The 1-based line on which data row `source_row` starts; quoted line breaks are counted."""
    with candidate(file).content() as content:
        encoding = "utf-8-sig" if layout.encoding == "utf-8" else layout.encoding
        text = io.TextIOWrapper(content, encoding=encoding, newline="")
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
