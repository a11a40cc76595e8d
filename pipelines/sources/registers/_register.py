"""Registers: contract tables kept by hand, CSV or YAML, read strictly. One implementation, named by a module each.

Columns, types, bounds, closed lists and the key come from the contract. What a contract cannot say stands here: ends
come after starts, one thing is in one place at a time, patterns compile.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import polars as pl

from pipelines.contracts import LINEAGE, Column, Contract, contract_for
from pipelines.errors import RegisterError
from pipelines.sources.files import Candidate
from pipelines.sources.frames import rows_schema
from pipelines.sources.handkept import Problem, Row, columns_of, raise_problems, read_rows
from pipelines.sources.model import Claim, Delivery, Reading, Rows

# A file is a register's when at least this share of its columns are the register's, and of the required ones are there.
RECOGNISED_FRAC: Final = 0.5

# First, end, and whether both may be the same day.
PERIODS: Final = (
    ("valid_from_date", "valid_to_date", False),
    ("billing_period_start", "billing_period_end", False),
    ("start_date", "end_date", False),
    ("hour_from_index", "hour_to_index", False),
    ("ordered_date", "go_live_date", True),
    ("ordered_date", "retired_date", True),
    ("go_live_date", "retired_date", True),
)
MATCH_FIELDS: Final = (
    "namespace", "pod", "job_id", "job_name", "user_name", "account", "partition", "service", "model_name",
    "resource_id", "sub_account_id", "service_name",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Register:
    """A register of one contract.

    Attributes:
        table: the contract's table.
        exclusive: columns that together hold one row at a time, beside the key's own.
        distinct: columns that together stand once, an empty value counting as one; where the contract's key is lineage.
        marks: columns of which a file has at least one, where another register shares most of the others.
        row_check: faults of a row that its contract cannot say.
    """

    table: str
    exclusive: tuple[tuple[str, ...], ...] = ()
    distinct: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()
    row_check: Callable[[Row], Iterable[Problem]] | None = None

    @property
    def contract(self) -> Contract:
        """Its contract."""
        return contract_for(self.table)

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns people fill in: the contract's without lineage and source."""
        filled = {column.name for column in LINEAGE} | {"source"}
        return tuple(column for column in self.contract.columns if column.name not in filled)

    def claim(self, files: Sequence[Candidate]) -> list[Claim]:
        """All files with this register's columns, as one delivery: together they replace the register whole."""
        found = tuple(file for file in files if self._recognises(columns_of(file)))
        names = ", ".join(file.name for file in found)
        return [Claim(found, f"register {self.table.removeprefix('raw.')} from {names}")] if found else []

    def read(self, delivery: Delivery) -> Reading:
        """The rows of all files.

        Raises:
            RegisterError: lists every fault, with file, line, column, value and remedy.
        """
        tables: list[list[Row]] = []
        problems: list[Problem] = []
        for file in delivery.files:
            rows, found = read_rows(file, self.columns)
            tables.append(rows)
            problems += found
        together = [row for rows in tables for row in rows]
        problems += self._across(together)
        raise_problems(problems, RegisterError)
        schema = rows_schema(self.table)
        parts = [
            Rows(file, pl.DataFrame([row.values | {"source_row": row.number} for row in rows], schema=schema))
            for file, rows in zip(delivery.files, tables, strict=True)
        ]
        return Reading(tuple(parts))

    def _recognises(self, names: Sequence[str]) -> bool:
        given = set(names)
        known = {column.name for column in self.columns}
        required = {column.name for column in self.columns if not column.nullable}
        return bool(given) and (
            len(given & known) >= RECOGNISED_FRAC * len(given)
            and len(given & required) >= RECOGNISED_FRAC * len(required)
            and (not self.marks or not given.isdisjoint(self.marks))
        )

    def _across(self, rows: Sequence[Row]) -> list[Problem]:
        """Faults beyond a single value."""
        problems: list[Problem] = []
        for row in rows:
            problems += _period_problems(row)
            problems += [
                problem
                for column, check in _TEXT_CHECKS.items()
                if (text := row.values.get(column)) and (problem := check(row, column, str(text)))
            ]
            problems += self.row_check(row) if self.row_check else ()
        key = self.contract.key
        problems += _repeated(rows, key)
        if self.distinct:
            problems += _repeated(rows, self.distinct, with_empty=True)
        if "valid_from_date" in key:
            own = tuple(name for name in key if name not in {"valid_from_date", "hour_from_index"})
            for columns in (own, *self.exclusive):
                problems += _overlapping(rows, columns, key)
        return problems


def _period_problems(row: Row) -> Iterable[Problem]:
    for first, end, may_be_equal in PERIODS:
        start_value, end_value = row.values.get(first), row.values.get(end)
        if start_value is None or end_value is None:
            continue
        if end_value < start_value or (end_value == start_value and not may_be_equal):  # type: ignore[operator]
            remedy = "an end is the first day (or hour) no longer covered"
            yield row.problem(end, f"{end_value} is not after {first} {start_value}", remedy)


def _known(row: Row, columns: Iterable[str]) -> tuple[object, ...] | None:
    """The values of the columns; None where one of them is missing."""
    values = tuple(row.values.get(name) for name in columns)
    return None if None in values else values


def _repeated(rows: Iterable[Row], key: tuple[str, ...], *, with_empty: bool = False) -> Iterable[Problem]:
    seen: dict[tuple[object, ...], Row] = {}
    for row in rows:
        values = tuple(row.values.get(name) or "" for name in key) if with_empty else _known(row, key)
        if values is None:
            continue
        first = seen.setdefault(values, row)
        if first is not row:
            what = f"{', '.join(map(str, values))} stands already in {first.file} line {first.line}"
            yield row.problem(", ".join(key), what, "one row a key: drop one, or change its key")


def _overlapping(rows: Iterable[Row], columns: tuple[str, ...], key: tuple[str, ...]) -> Iterable[Problem]:
    groups: dict[tuple[object, ...], list[Row]] = defaultdict(list)
    for row in rows:
        values = _known(row, (*columns, "valid_from_date"))
        if values is not None:
            groups[values[:-1]].append(row)
    for values, group in groups.items():
        active: list[Row] = []
        for row in sorted(group, key=_span):
            active = [other for other in active if _span(other)[1] > _span(row)[0]]
            for other in active:
                # The same key twice is told as such.
                if _known(row, key) != _known(other, key) and _share_hours(row, other):
                    until = other.values.get("valid_to_date")
                    what = (
                        f"{', '.join(map(str, values))} from {row.values['valid_from_date']} overlaps "
                        f"{other.file} line {other.line}, which holds {f'until {until}' if until else 'without end'}"
                    )
                    remedy = f"end line {other.line} where this one begins"
                    yield row.problem("valid_from_date", what, remedy)
            active.append(row)


def _span(row: Row) -> tuple[date, date]:
    start, end = row.values["valid_from_date"], row.values.get("valid_to_date")
    return (start, end if isinstance(end, date) else date.max) if isinstance(start, date) else (date.max, date.max)


def _hours(row: Row) -> tuple[int, int]:
    start, end = row.values.get("hour_from_index"), row.values.get("hour_to_index")
    return (start, end) if isinstance(start, int) and isinstance(end, int) else (0, 24)


def _share_hours(one: Row, other: Row) -> bool:
    (hour, hour_end), (other_hour, other_hour_end) = _hours(one), _hours(other)
    return hour < other_hour_end and other_hour < hour_end


def pattern_problem(row: Row, column: str, text: str) -> Problem | None:
    """A fault of a regular expression, judged by RE2: the engine that DuckDB matches with."""
    import pyarrow as pa
    import pyarrow.compute as pc

    try:
        pc.match_substring_regex(pa.array([""]), text)
    except pa.ArrowInvalid as error:
        return row.problem(column, f"{text!r} does not compile ({error})", "write an RE2 pattern: no look-around")
    return None


def _patterns(row: Row, column: str, text: str) -> Problem | None:
    for pattern in text.split(";"):
        if not pattern.strip():
            return row.problem(column, f"{text!r} holds an empty pattern", "write patterns with one ';' between them")
        if problem := pattern_problem(row, column, pattern):
            return problem
    return None


def _match_field(row: Row, column: str, text: str) -> Problem | None:
    if text in MATCH_FIELDS or re.fullmatch(r"tag:.+", text):
        return None
    return row.problem(column, f"{text!r} is no field to match", f"use one of: {', '.join(MATCH_FIELDS)}, tag:<key>")


_TEXT_CHECKS: dict[str, Callable[[Row, str, str], Problem | None]] = {
    "match_pattern": pattern_problem,
    "name_patterns": _patterns,
    "match_field": _match_field,
}
