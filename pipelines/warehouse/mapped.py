"""A delivery's files as rows: one SELECT a part, over its file, with a verdict on every row.

Belongs here: turning what a source says of a file into SQL, and what makes a row a rejected one. Not here: counting
(`incoming`), which delivery is the latest (`load`), what a column means (sources).
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import cast

import duckdb

from pipelines.contracts import LINEAGE, Contract
from pipelines.sources.files import line_of_row
from pipelines.sources.model import Csv, Delivery, Items, Reading, Rows, Scan, Total
from pipelines.sources.sql import literal, quote, said
from pipelines.warehouse.reader import Reader, reader_of, reading_errors, rewritten, taken_apart
from pipelines.warehouse.words import NUMBER, tell_apart

# What is said of a row, after the contract's columns: why it is rejected, for which value, what it cost; or why it is
# left out. All null: the row is kept.
VERDICT = ("reject_reason", "reject_value", "reject_cost", "left_out_reason")
KEPT = "reject_reason is null and left_out_reason is null"
# Always true. DuckDB moves a filter below what it filters, and then computes every column that the verdict looks at
# twice: for the verdict, and for the row. It moves none whose value may differ each time.
FENCE = "random() >= 0"
LINEAGE_NAMES = tuple(column.name for column in LINEAGE)
# A row's number in its file, where the rows are read with their words beside them.
ROW_NUMBER = quote("row:number")
# What is wrong with its words: a bit for each fault they can have.
WORD_FAULTS = "word_faults"


@dataclass(frozen=True, slots=True)
class ByWords:
    """Rows with a number in place of their words.

    Attributes:
        table: a temporary table of the words, as the contract has them, by `word_number`.
        sql: SELECT of that number, of the contract's other columns and the verdict's.
    """

    table: str
    sql: str


@dataclass(frozen=True, slots=True)
class Part:
    """One file of a delivery, ready to be read.

    Attributes:
        name: the file as delivered.
        sql: SELECT of the contract's columns and the verdict's.
        expected_rows: data rows a manifest promises.
        any_order: whether its rows may be written in any order: their numbers come with them.
        given: what the source said.
        by_words: the same rows, where the contract has a series and the warehouse reads the file.
    """

    name: str
    sql: str
    expected_rows: int | None
    any_order: bool
    given: Scan | Rows
    by_words: ByWords | None = None

    def line(self, source_row: int) -> int | None:
        """The line a data row starts on; None where lines mean nothing."""
        if isinstance(self.given, Scan) and isinstance(self.given.layout, Csv):
            return line_of_row(self.given.file, self.given.layout, source_row)
        return None


@contextmanager
def opened(
    connection: duckdb.DuckDBPyConnection,
    delivery: Delivery,
    contract: Contract,
    reading: Reading,
    *,
    scratch: Path | None = None,
    whole: bool = False,
) -> Iterator[tuple[Part, ...]]:
    """The parts of a delivery as SELECTs that hold while the context does.

    Args:
        connection: where they will run.
        delivery: it.
        contract: the columns.
        reading: what the source made of it.
        scratch: folder for what has to be unpacked first; the system's by default.
        whole: whether every column of every row will be read, so that a large CSV is worth rewriting first.

    Raises:
        InputError: a file that has to be read for that cannot be.
    """
    if scratch:
        scratch.mkdir(parents=True, exist_ok=True)
    registered: list[str] = []
    told_apart: list[str] = []
    with tempfile.TemporaryDirectory(dir=scratch, prefix="unpacked-") as folder:
        try:
            parts = []
            for position, given in enumerate(reading.parts):
                fixed = {"delivery_id": literal(delivery.delivery_id), "source_part": literal(given.file.name)}
                if "source" in contract.by_name:
                    fixed["source"] = literal(delivery.source)
                if isinstance(given, Scan):
                    reader = _reader(connection, given, Path(folder), whole=whole)
                    if contract.series:
                        told_apart.append(f"part_{position}_words")
                        parts.append(_part_by_words(connection, contract, given, fixed, reader, told_apart[-1]))
                    else:
                        parts.append(_part(contract, given, fixed, reader))
                else:
                    names = (f"part_{position}_rows", f"part_{position}_rejected")
                    registered += _register(connection, given, names)
                    parts.append(Part(given.file.name, _rows_sql(contract, given, fixed, names), None, False, given))
            yield tuple(parts)
        finally:
            for name in registered:
                connection.unregister(name)
            for name in told_apart:
                connection.execute(f"drop table if exists {name}")


def provider_total(connection: duckdb.DuckDBPyConnection, total: Total) -> Decimal | None:
    """The total a provider's own file adds up to, DECIMAL.

    Raises:
        InputError: the file cannot be read.
    """
    with tempfile.TemporaryDirectory(prefix="unpacked-") as folder:
        reader = reader_of(total.file, total.layout, Path(folder))
        with reading_errors(total.file.name):
            (value,) = connection.execute(  # type: ignore[misc]
                f"select cast({total.billed_cost} as decimal(38,18)) from {reader.sql}"
            ).fetchone()
    return cast(Decimal | None, value)


def _reader(connection: duckdb.DuckDBPyConnection, scan: Scan, folder: Path, *, whole: bool) -> Reader:
    if isinstance(scan.layout, Items):
        return taken_apart(connection, scan.file, scan.layout, folder)
    if whole:
        return rewritten(connection, scan.file, scan.layout, folder)
    return reader_of(scan.file, scan.layout, folder)


def _part(contract: Contract, scan: Scan, fixed: dict[str, str], reader: Reader) -> Part:
    mapped = _mapped(contract, scan, fixed, reader.source_row)
    judged = _judged(contract, scan, mapped, _faults(contract, scan), reader.sql)
    return Part(scan.file.name, _select(contract.names, judged), scan.expected_rows, reader.any_order, scan)


def _part_by_words(
    connection: duckdb.DuckDBPyConnection,
    contract: Contract,
    scan: Scan,
    fixed: dict[str, str],
    reader: Reader,
    table: str,
) -> Part:
    """A part whose words are told apart, mapped and judged first, so that no row has to carry text.

    Rows are numbered before anything is put beside them.
    """
    mapped = _mapped(contract, scan, fixed, ROW_NUMBER)
    words = {name: sql for name, sql in mapped.items() if name.removeprefix("raw:") in contract.series}
    faults = _faults(contract, scan)
    of_words = [fault for fault in faults if fault.column in contract.series]
    bits = {fault: 1 << place for place, fault in enumerate(of_words)}
    mask = " | ".join(f"case when {fault.condition} then {bit} else 0 end" for fault, bit in bits.items()) or "0"
    with reading_errors(scan.file.name):
        beside = tell_apart(connection, reader.sql, words | dict(scan.by_words), {WORD_FAULTS: mask}, table)
    rows = beside(f"(select *, {reader.source_row} as {ROW_NUMBER} from {reader.sql})")
    values = mapped | {name: said(name) for name in (*words, WORD_FAULTS)} | {NUMBER: NUMBER}
    found = [
        replace(fault, condition=f"({quote(WORD_FAULTS)} & {bits[fault]}) > 0") if fault in bits else fault
        for fault in faults
    ]
    judged = _judged(contract, scan, values, found, rows)
    rest = [name for name in contract.names if name not in contract.series]
    by_words = ByWords(table, _select([NUMBER, *rest], judged))
    sql = _select(contract.names, judged)
    return Part(scan.file.name, sql, scan.expected_rows, reader.any_order, scan, by_words)


def _mapped(contract: Contract, scan: Scan, fixed: dict[str, str], source_row: str) -> dict[str, str]:
    """SQL over the file's columns of each of the contract's, and of the raw texts that some are read from."""
    values = {name: expression.sql for name, expression in scan.select.items()} | fixed | {"source_row": source_row}
    columns = {column.name: f"cast({values.get(column.name, 'null')} as {column.type})" for column in contract.columns}
    return columns | {f"raw:{name}": expression.raw for name, expression in scan.select.items() if expression.raw}


def _judged(contract: Contract, scan: Scan, mapped: Mapping[str, str], faults: Sequence[_Fault], rows: str) -> str:
    """CTEs of mapped rows, the last of which, `judged`, has a verdict on each; `rows` stands behind FROM."""
    values = [f"{sql} as {quote(name)}" for name, sql in mapped.items()]
    left_out = [f"when {condition} then {literal(reason)}" for reason, condition in scan.leave_out.items()]
    reasons = [f"when {fault.condition} then {literal(fault.reason)}" for fault in faults]
    at_fault = [f"when {fault.condition} then cast({fault.value} as varchar)" for fault in faults]
    cost = quote("billed_cost") if "billed_cost" in contract.by_name else "null"
    return (
        f"with mapped as (select {', '.join(values)}, {_case(left_out)} as left_out_reason from {rows}), "
        f"told as (select *, case when {FENCE} and left_out_reason is null then {_case(reasons)} end as reject_reason "
        "from mapped), "
        f"judged as (select *, case when reject_reason is not null then {_case(at_fault)} end as reject_value, "
        f"case when reject_reason is not null then cast({cost} as decimal(38,18)) end as reject_cost from told)"
    )


def _case(branches: Sequence[str]) -> str:
    return f"case {' '.join(branches)} end" if branches else "cast(null as varchar)"


def _select(names: Iterable[str], judged: str) -> str:
    return f"{judged} select {', '.join(map(quote, [*names, *VERDICT]))} from judged"


def _register(connection: duckdb.DuckDBPyConnection, part: Rows, names: tuple[str, str]) -> list[str]:
    connection.register(names[0], part.frame.to_arrow())
    if part.rejected is None or part.rejected.is_empty():
        return [names[0]]
    connection.register(names[1], part.rejected.to_arrow())
    return list(names)


def _rows_sql(contract: Contract, part: Rows, fixed: dict[str, str], names: tuple[str, str]) -> str:
    given = set(part.frame.columns)
    values = [
        f"cast({fixed.get(column.name) or (quote(column.name) if column.name in given else 'null')} as {column.type}) "
        f"as {quote(column.name)}"
        for column in contract.columns
    ]
    sql = (
        f"select {', '.join(values)}, cast(null as varchar) as reject_reason, cast(null as varchar) as reject_value, "
        f"cast(null as decimal(38,18)) as reject_cost, cast(null as varchar) as left_out_reason from {names[0]}"
    )
    if part.rejected is None or part.rejected.is_empty():
        return sql
    return (
        f"{sql} union all by name select {fixed['delivery_id']} as delivery_id, {fixed['source_part']} as source_part, "
        "cast(source_row as bigint) as source_row, reason as reject_reason, offending_value as reject_value, "
        f"cast(billed_cost as decimal(38,18)) as reject_cost from {names[1]}"
    )


@dataclass(frozen=True, slots=True)
class _Fault:
    """What makes a mapped row a rejected one: a condition, what is said of it, the value at fault, whose column."""

    condition: str
    reason: str
    value: str
    column: str | None = None


def _faults(contract: Contract, scan: Scan) -> list[_Fault]:
    """In the order they are told: the first that holds is a row's reason."""
    found = []
    for column in contract.columns:
        if column.name in LINEAGE_NAMES:
            continue
        name, raw = quote(column.name), quote(f"raw:{column.name}")
        if column.name in scan.select and scan.select[column.name].raw:
            found.append((f"{raw} is not null and {name} is null", f"not a {column.type}", raw, column.name))
        if not column.nullable:
            found.append((f"{name} is null", "missing", "null", column.name))
        if column.minimum is not None:
            found.append((f"{name} < {column.minimum}", f"below {column.minimum}", name, column.name))
        if column.maximum is not None:
            found.append((f"{name} > {column.maximum}", f"above {column.maximum}", name, column.name))
        if column.allowed:
            words = ", ".join(literal(word) for word in column.allowed)
            found.append((f"{name} not in ({words})", f"none of {', '.join(column.allowed)}", name, column.name))
    of_columns = [_Fault(condition, f"{name}: {what}", value, name) for condition, what, value, name in found]
    return [*of_columns, *(_Fault(condition, reason, "null") for reason, condition in scan.reject.items())]
