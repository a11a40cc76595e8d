"""Small files read whole, and rows in contract shape: what sources that return `Rows` build on.

Belongs here: text of a landed file, UTC instants, polars schemas from contracts. Not here: files that may be larger
than memory; those are a `Scan`.
"""

from __future__ import annotations

import gzip
import re
import zlib
from datetime import UTC, datetime

import polars as pl

from pipelines.contracts import LINEAGE, contract_for
from pipelines.errors import InputError
from pipelines.sources.files import candidate
from pipelines.sources.model import Csv, LandedFile
from pipelines.sources.sql import NULL_WORDS

MAX_TEXT_BYTES = 1 << 30
MONEY_DTYPE = pl.Decimal(38, 18)
DTYPES: dict[str, pl.DataType] = {
    "VARCHAR": pl.String(),
    "BIGINT": pl.Int64(),
    "INTEGER": pl.Int32(),
    "DOUBLE": pl.Float64(),
    "BOOLEAN": pl.Boolean(),
    "DATE": pl.Date(),
    "TIMESTAMP": pl.Datetime("us"),
    "DECIMAL(38,18)": MONEY_DTYPE,
}
REJECTED_SCHEMA = pl.Schema(
    {"source_row": pl.Int64(), "reason": pl.String(), "offending_value": pl.String(), "billed_cost": MONEY_DTYPE}
)


def rows_schema(table: str) -> pl.Schema:
    """Schema of `Rows.frame` for a contract: `source_row`, then its columns without lineage and `source`."""
    filled_by_loader = {column.name for column in LINEAGE} | {"source"}
    columns = [column for column in contract_for(table).columns if column.name not in filled_by_loader]
    return pl.Schema({"source_row": pl.Int64()} | {column.name: DTYPES[column.type] for column in columns})


def in_schema(frame: pl.LazyFrame, schema: pl.Schema) -> pl.LazyFrame:
    """The columns of `schema`, in its order and types."""
    return frame.select(pl.col(name).cast(dtype) for name, dtype in schema.items())


def read_text(file: LandedFile) -> str:
    """The whole content as text: gzip undone, byte order mark dropped, line ends as they are.

    Raises:
        InputError: the gzip stream is damaged, the content is not UTF-8, or it exceeds `MAX_TEXT_BYTES`.
    """
    again = "copy the file again from where it was exported"
    try:
        with gzip.open(file.path) if candidate(file).is_gzip else file.path.open("rb") as content:
            raw = content.read(MAX_TEXT_BYTES + 1)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise InputError(f"the gzip stream is cut or damaged ({error})", file=file.name, next_step=again) from error
    if len(raw) > MAX_TEXT_BYTES:
        raise InputError(
            f"the content is larger than {MAX_TEXT_BYTES:,} bytes",
            file=file.name,
            next_step="split it into several files",
        )
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise InputError(
            f"the content is not UTF-8 (byte {raw[error.start]:#04x})",
            file=file.name,
            line=line,
            next_step="save it as UTF-8",
        ) from error


def csv_texts(file: LandedFile, layout: Csv) -> pl.LazyFrame:
    """The columns of a CSV as text; empty fields and the words for null are null.

    By pyarrow: polars fills the rest of a line that is cut short with nulls, without a word.

    Raises:
        InputError: a line has more or fewer values than the header, or the content is damaged.
    """
    import pyarrow as pa
    import pyarrow.csv as pa_csv

    codec = None if layout.compression == "none" else layout.compression
    try:
        with pa.input_stream(str(file.path), compression=codec) as content:
            table = pa_csv.read_csv(
                content,
                # One thread, because only then does an error know its row.
                read_options=pa_csv.ReadOptions(column_names=layout.header, skip_rows=1, use_threads=False),
                parse_options=pa_csv.ParseOptions(newlines_in_values=True),
                convert_options=pa_csv.ConvertOptions(
                    column_types=dict.fromkeys(layout.header, pa.string()),
                    strings_can_be_null=True,
                    null_values=["", *NULL_WORDS],
                ),
            )
    except (pa.ArrowInvalid, OSError) as error:
        row = re.search(r"Row #(\d+)", str(error))
        raise InputError(
            f"the CSV is cut or damaged ({str(error).splitlines()[0]})",
            file=file.name,
            line=int(row[1]) if row else None,
            next_step="copy the file again from where it was exported",
        ) from error
    return pl.LazyFrame(table).with_columns(pl.all().str.strip_chars())


def utc_instant(text: str) -> datetime | None:
    """The UTC instant, without zone, of ISO 8601 text; None where it is none. Text without a zone is UTC."""
    if not re.match(r"\d{4}-\d{2}-\d{2}(?:$|[T ])", text):
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo is None else moment.astimezone(UTC).replace(tzinfo=None)
