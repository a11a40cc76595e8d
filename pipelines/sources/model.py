"""The words sources and the warehouse share: claims, deliveries, readings and their parts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import polars as pl

    from pipelines.sources.files import Candidate


@dataclass(frozen=True, slots=True)
class Claim:
    """Files that a source recognises as one delivery.

    Attributes:
        files: in the order they are read.
        description: what it is, for people: "AWS CUR legacy gpu-cur, 2026-08, assembly 2222…".
        options: what `read` needs beyond the files' content, as text (a manifest's verdict, a scrape time).
    """

    files: tuple[Candidate, ...]
    description: str
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LandedFile:
    """A file in landing.

    Attributes:
        name: path as delivered, for messages and lineage; never used to open anything.
        path: the content-addressed copy to open.
        sha256: of the bytes as delivered.
        size_bytes: of the bytes as delivered.
    """

    name: str
    path: Path
    sha256: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Delivery:
    """Files in landing that belong together. Its id hashes source and content, so a replay is the same delivery.

    Attributes:
        contents: what was found in it when it was added; None before that.
    """

    delivery_id: str
    kind: str
    source: str
    description: str
    received_at: datetime
    files: tuple[LandedFile, ...]
    options: Mapping[str, str] = field(default_factory=dict)
    contents: Contents | None = None


@dataclass(frozen=True, slots=True)
class Contents:
    """What a delivery holds.

    Attributes:
        rows: data rows that can be kept.
        rejected_rows: data rows that cannot.
        left_out_rows: data rows that another row tells in another way.
        billed_cost: sum over the rows to keep, in billing currency; None where there is no cost.
        billing_currencies: of that cost, with commas between several; None where there is none, or a record is older.
        first_date: first day whose models it touches; None where its rows have no date.
        last_date: first day after those.
        data_until: end of the last use, sample or price in it, UTC.
    """

    rows: int
    rejected_rows: int
    billed_cost: Decimal | None
    first_date: date | None
    last_date: date | None
    data_until: datetime | None
    left_out_rows: int = 0
    billing_currencies: str | None = None

    @property
    def delivered_rows(self) -> int:
        """All data rows in the files."""
        return self.rows + self.rejected_rows + self.left_out_rows


@dataclass(frozen=True, slots=True)
class Expression:
    """How one contract column is computed.

    Attributes:
        sql: DuckDB expression over the file's columns, of the contract's type; null where it cannot be read.
        raw: the text it was read from. Where `raw` is not null and `sql` is, the row is rejected with that text.
    """

    sql: str
    raw: str | None = None


@dataclass(frozen=True, slots=True)
class Csv:
    """How a delimited text file is laid out. Nothing is ever sniffed."""

    header: tuple[str, ...]
    delimiter: str = ","
    lines_before_data: int = 1
    compression: Literal["none", "gzip", "zip"] = "none"
    encoding: str = "utf-8"


@dataclass(frozen=True, slots=True)
class Items:
    """A file that its source takes apart into JSON objects, each of which holds many rows.

    Attributes:
        lines: the objects, one a line. Quickly (False), what is inside them is not looked at; checked (True), all is,
            and what is wrong is told as an `InputError`.
        columns: DuckDB type of each key.
        is_right: SQL condition of an object. Where one of the quick ones does not meet it, the checked ones are read.
        rows: SELECT of the rows from `{items}`; one of its columns is `source_row`.
    """

    lines: Callable[[bool], Iterator[bytes]]
    columns: Mapping[str, str]
    is_right: str
    rows: str


@dataclass(frozen=True, slots=True)
class Scan:
    """A file that the warehouse reads in one pass, mapped by SQL expressions.

    Attributes:
        file: what to read.
        layout: `Csv`, `Items`, or None for Parquet.
        select: contract column → expression. Columns not named are null. The lineage columns and `source` are added.
        reject: reason → SQL condition over the *contract* columns; a row that meets one is rejected.
        leave_out: reason → SQL condition over the *file's* columns; a row that meets one is told in another way by a
            row that is kept (another view of the same charge). It is counted, and loaded nowhere.
        by_words: name → SQL over the columns of the *file* that words are read from, where the contract has a series.
            Computed once for all rows of the same words; `select` has it as `sql.said` calls it.
        expected_rows: data rows the manifest promises.
        unread: delivered columns that no expression reads, for people who look for one.
    """

    file: LandedFile
    layout: Csv | Items | None
    select: Mapping[str, Expression]
    reject: Mapping[str, str] = field(default_factory=dict)
    leave_out: Mapping[str, str] = field(default_factory=dict)
    by_words: Mapping[str, str] = field(default_factory=dict)
    expected_rows: int | None = None
    unread: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows already in contract shape, for formats that are not tables.

    Attributes:
        file: where they came from.
        frame: contract columns without `delivery_id`, `source_part` and `source`; `source_row` included.
        rejected: `source_row`, `reason`, `offending_value`, `billed_cost`; None when nothing was rejected.
    """

    file: LandedFile
    frame: pl.DataFrame
    rejected: pl.DataFrame | None = None


@dataclass(frozen=True, slots=True)
class Total:
    """What the provider itself says a delivery costs, to be read from one of its files.

    Attributes:
        file: where it stands.
        layout: `Csv`, or None for Parquet.
        billed_cost: SQL aggregate over the file's columns, DECIMAL: "sum(…)".
    """

    file: LandedFile
    layout: Csv | None
    billed_cost: str


@dataclass(frozen=True, slots=True)
class Reading:
    """How a delivery becomes rows.

    Attributes:
        parts: one an input file that holds rows (manifests hold none).
        version: the provider's own order of versions, as sortable text; '' where it gives none.
        version_sql: aggregate over contract columns, as text, appended to `version` where only content tells the order.
        provider_billed_cost: the provider's own total, where it gives one as a number.
        provider_total: the same, where it has to be summed from a file.
    """

    parts: tuple[Scan | Rows, ...]
    version: str = ""
    version_sql: str | None = None
    provider_billed_cost: Decimal | None = None
    provider_total: Total | None = None
