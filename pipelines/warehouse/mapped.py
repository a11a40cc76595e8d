"""A delivery's files as rows: one SELECT a part, over its file, with a verdict on every row.

Belongs here: turning what a source says of a file into SQL, and what makes a row a rejected one. Not here: counting
(`incoming`), which delivery is the latest (`load`), what a column means (sources).
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import cast

import duckdb

from pipelines.contracts import LINEAGE, Contract
from pipelines.sources.files import line_of_row
from pipelines.sources.model import Csv, Delivery, Expression, Items, Reading, Rows, Scan, Total
from pipelines.sources.sql import literal, quote
from pipelines.warehouse.reader import Reader, reader_of, reading_errors, rewritten, taken_apart

# What is said of a row, after the contract's columns: why it is rejected, for which value, what it cost; or why it is
# left out. All null: the row is kept.
VERDICT = ("reject_reason", "reject_value", "reject_cost", "left_out_reason")
KEPT = "reject_reason is null and left_out_reason is null"
# Always true. DuckDB moves a filter below what it filters, and then computes every column that the verdict looks at
# twice: for the verdict, and for the row. It moves none whose value may differ each time.
FENCE = "random() >= 0"
LINEAGE_NAMES = tuple(column.name for column in LINEAGE)


@dataclass(frozen=True, slots=True)
class Part:
    """One file of a delivery, ready to be read.

    Attributes:
        name: the file as delivered.
        sql: SELECT of the contract's columns and the verdict's.
        expected_rows: data rows a manifest promises.
        any_order: whether its rows may be written in any order: their numbers come with them.
        given: what the source said.
    """

    name: str
    sql: str
    expected_rows: int | None
    any_order: bool
    given: Scan | Rows

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
        InputError: a file that is rewritten cannot be read.
    """
    if scratch:
        scratch.mkdir(parents=True, exist_ok=True)
    registered: list[str] = []
    with tempfile.TemporaryDirectory(dir=scratch, prefix="unpacked-") as folder:
        try:
            parts = []
            for position, given in enumerate(reading.parts):
                fixed = {"delivery_id": literal(delivery.delivery_id), "source_part": literal(given.file.name)}
                if "source" in contract.by_name:
                    fixed["source"] = literal(delivery.source)
                any_order = False
                if isinstance(given, Scan):
                    if isinstance(given.layout, Items):
                        reader = taken_apart(connection, given.file, given.layout, Path(folder))
                    elif whole:
                        reader = rewritten(connection, given.file, given.layout, Path(folder))
                    else:
                        reader = reader_of(given.file, given.layout, Path(folder))
                    any_order = reader.any_order
                    sql = _scan_sql(contract, given, fixed, reader)
                else:
                    names = (f"part_{position}_rows", f"part_{position}_rejected")
                    registered += _register(connection, given, names)
                    sql = _rows_sql(contract, given, fixed, names)
                expected = given.expected_rows if isinstance(given, Scan) else None
                parts.append(Part(given.file.name, sql, expected, any_order, given))
            yield tuple(parts)
        finally:
            for name in registered:
                connection.unregister(name)


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


def _scan_sql(contract: Contract, part: Scan, fixed: dict[str, str], reader: Reader) -> str:
    mapped: list[str] = []
    for column in contract.columns:
        if column.name in fixed:
            value = fixed[column.name]
        elif column.name == "source_row":
            value = reader.source_row
        else:
            value = part.select.get(column.name, Expression("null")).sql
        mapped.append(f"cast({value} as {column.type}) as {quote(column.name)}")
    raws = {name: expression.raw for name, expression in part.select.items() if expression.raw}
    mapped += [f"{raw} as {quote('raw:' + name)}" for name, raw in raws.items()]
    left_out = " ".join(f"when {condition} then {literal(reason)}" for reason, condition in part.leave_out.items())
    mapped.append(f"{f'case {left_out} end' if left_out else 'cast(null as varchar)'} as left_out_reason")
    reason, value = _judgement(contract, raws, part)
    cost = quote("billed_cost") if "billed_cost" in contract.by_name else "null"
    return (
        f"with mapped as (select {', '.join(mapped)} from {reader.sql}), "
        f"judged as (select *, case when {FENCE} and left_out_reason is null then {reason} end as reject_reason "
        "from mapped) "
        f"select {', '.join(quote(name) for name in contract.names)}, reject_reason, "
        f"case when reject_reason is not null then {value} end as reject_value, "
        f"case when reject_reason is not null then cast({cost} as decimal(38,18)) end as reject_cost, "
        "left_out_reason from judged"
    )


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


def _judgement(contract: Contract, raws: dict[str, str], part: Scan) -> tuple[str, str]:
    """SQL of the reason a mapped row is rejected for (null: it is kept), and of the value at fault."""
    reasons: list[tuple[str, str, str]] = []
    for column in contract.columns:
        if column.name in LINEAGE_NAMES:
            continue
        name = quote(column.name)
        if column.name in raws:
            raw = quote("raw:" + column.name)
            reasons.append((f"{raw} is not null and {name} is null", f"{column.name}: not a {column.type}", raw))
        if not column.nullable:
            reasons.append((f"{name} is null", f"{column.name}: missing", "null"))
        if column.minimum is not None:
            reasons.append((f"{name} < {column.minimum}", f"{column.name}: below {column.minimum}", name))
        if column.maximum is not None:
            reasons.append((f"{name} > {column.maximum}", f"{column.name}: above {column.maximum}", name))
        if column.allowed:
            words = ", ".join(literal(word) for word in column.allowed)
            reasons.append((f"{name} not in ({words})", f"{column.name}: none of {', '.join(column.allowed)}", name))
    reasons += [(condition, reason, "null") for reason, condition in part.reject.items()]
    if not reasons:
        return "cast(null as varchar)", "cast(null as varchar)"
    why = " ".join(f"when {condition} then {literal(reason)}" for condition, reason, _ in reasons)
    what = " ".join(f"when {condition} then cast({value} as varchar)" for condition, _, value in reasons)
    return f"case {why} end", f"case {what} end"
