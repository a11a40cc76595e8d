"""Tables that people keep by hand, read strictly: CSV or a YAML list of mappings, checked against declared columns.

Every fault of a file is collected, with its line, column, value and remedy, and raised at once: whoever keeps the table
mends it in one go. Belongs here: what any such table needs. Not here: rules of one table, or exports made by machines.
"""

from __future__ import annotations

import csv
import difflib
import io
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from pipelines.contracts import MONEY, Column
from pipelines.errors import InputError
from pipelines.sources.files import Candidate
from pipelines.sources.frames import read_text, utc_instant
from pipelines.sources.model import LandedFile
from pipelines.sources.sql import NULL_WORDS

if TYPE_CHECKING:
    from ruamel.yaml.nodes import Node

SHOWN_PROBLEMS = 10
YAML_NULLS = ("~", "Null")


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault: where it is, what is wrong with which value, what to write instead."""

    file: str
    line: int
    column: str | None
    what: str
    remedy: str

    def __str__(self) -> str:
        place = f"column {self.column}: " if self.column else ""
        return f"{place}{self.what}; {self.remedy}"


@dataclass(slots=True)
class Row:
    """One data row.

    Attributes:
        file: name as delivered.
        line: 1-based line it starts on.
        number: 1-based data row in the file.
        texts: column → text as delivered; None where there is none.
        lines: column → line of its value, where that is not `line` (YAML).
        values: column → value of the column's type, where the text is one.
    """

    file: str
    line: int
    number: int
    texts: dict[str, str | None]
    lines: dict[str, int] = field(default_factory=dict)
    values: dict[str, object] = field(default_factory=dict)

    def problem(self, column: str | None, what: str, remedy: str) -> Problem:
        """A fault of this row."""
        line = self.lines.get(column, self.line) if column else self.line
        return Problem(self.file, line, column, what, remedy)


def is_yaml(name: str) -> bool:
    """Whether a file of that name is read as YAML."""
    return name.lower().endswith((".yaml", ".yml"))


def columns_of(file: Candidate) -> tuple[str, ...]:
    """Column names of a CSV, or the keys of the first item of a YAML list; () where it is neither."""
    if not is_yaml(file.name):
        return file.csv_header
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    dash = re.search(r"^( *)- ", file.head_text, flags=re.MULTILINE)
    if dash is None:
        return ()
    second = re.compile(rf"^{dash[1]}- ", flags=re.MULTILINE).search(file.head_text, dash.end())
    try:
        items = YAML(typ="safe").load(file.head_text[dash.start() : second.start() if second else None])
    except YAMLError:
        return ()
    return tuple(map(str, items[0])) if isinstance(items[0], dict) else ()


def read_rows(file: LandedFile, columns: Sequence[Column]) -> tuple[list[Row], list[Problem]]:
    """The rows of a file with parsed values, and every fault found in it.

    Raises:
        InputError: the file is not text, or not YAML at all.
    """
    read = _yaml_rows if is_yaml(file.name) else _csv_rows
    rows, problems = read(file, columns)
    for row in rows:
        for column in columns:
            problems += _parse(row, column)
    return rows, problems


def line_of(file: LandedFile, number: int) -> int:
    """The line on which a data row begins, of a file that was read before."""
    rows, _ = (_yaml_rows if is_yaml(file.name) else _csv_rows)(file, ())
    return rows[number - 1].line


def raise_problems(problems: Iterable[Problem], error: type[InputError]) -> None:
    """Raise one error that lists them in the order of the files; return where there are none."""
    ordered = sorted(problems, key=lambda problem: (problem.file, problem.line))
    if not ordered:
        return
    first = ordered[0]
    message = str(first)
    if len(ordered) > 1:
        several_files = len({problem.file for problem in ordered}) > 1
        shown = [
            f"  {problem.file + ':' if several_files else 'line '}{problem.line}, {problem}"
            for problem in ordered[:SHOWN_PROBLEMS]
        ]
        more = f" (the first {SHOWN_PROBLEMS})" if len(ordered) > SHOWN_PROBLEMS else ""
        message = f"{len(ordered)} problems{more}:\n" + "\n".join(shown)
    raise error(message, file=first.file, line=first.line, next_step="mend and add again; nothing was loaded")


def _name_problems(
    file: LandedFile, names: Sequence[str], lines: Sequence[int], columns: Sequence[Column]
) -> list[Problem]:
    """Faults of column names: unknown ones, each with its nearest, and those that stand twice."""
    known = [column.name for column in columns]
    problems = []
    for position, (name, line) in enumerate(zip(names, lines, strict=True)):
        if name in names[:position]:
            problems.append(Problem(file.name, line, name, "stands twice", "keep one of them"))
        elif name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            remedy = f"did you mean {near[0]!r}?" if near else f"use one of: {', '.join(known)}"
            problems.append(Problem(file.name, line, name, "is not a column of this table", remedy))
    return problems


def _csv_rows(file: LandedFile, columns: Sequence[Column]) -> tuple[list[Row], list[Problem]]:
    reader = csv.reader(io.StringIO(read_text(file), newline=""), strict=True)
    rows: list[Row] = []
    line = 1
    try:
        header = [name.strip() for name in next(reader, [])]
        problems = _name_problems(file, header, [1] * len(header), columns)
        problems += [
            Problem(file.name, 1, column.name, "is missing", "add the column; each row needs a value in it")
            for column in columns
            if not column.nullable and column.name not in header
        ]
        line = reader.line_num + 1
        for cells in reader:
            if cells:
                row = Row(file.name, line, len(rows) + 1, dict(zip(header, map(_text, cells), strict=False)))
                rows.append(row)
                if len(cells) != len(header):
                    remedy = "quote values that hold commas; write nothing between commas for no value"
                    what = f"the row has {len(cells)} values for {len(header)} columns"
                    problems.append(row.problem(None, what, remedy))
            line = reader.line_num + 1
    except csv.Error as error:
        raise InputError(
            f"not readable as CSV: {error}", file=file.name, line=line, next_step="close every quote on its line"
        ) from error
    return rows, problems


def _yaml_rows(file: LandedFile, columns: Sequence[Column]) -> tuple[list[Row], list[Problem]]:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError
    from ruamel.yaml.nodes import MappingNode, SequenceNode

    try:
        root = YAML().compose(io.StringIO(read_text(file)))
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise InputError(
            f"not readable as YAML: {error.problem}",
            file=file.name,
            line=mark.line + 1 if mark else None,
            next_step="write a list of mappings: '- column: value', further columns indented below",
        ) from error
    items: list[Node] = root.value if isinstance(root, SequenceNode) else []
    if not isinstance(root, SequenceNode):
        raise InputError(
            "the file is not a list",
            file=file.name,
            line=1,
            next_step="write a list of mappings: '- column: value', further columns indented below",
        )
    rows: list[Row] = []
    problems: list[Problem] = []
    for number, item in enumerate(items, start=1):
        line = item.start_mark.line + 1
        if not isinstance(item, MappingNode):
            problems.append(Problem(file.name, line, None, "the item is not a mapping", "write '- column: value'"))
            continue
        lines = {str(key.value): key.start_mark.line + 1 for key, _ in item.value}
        names = [str(key.value) for key, _ in item.value]
        problems += _name_problems(file, names, [lines[name] for name in names], columns)
        row = Row(file.name, line, number, {}, lines)
        for name, (_, node) in zip(names, item.value, strict=True):
            if isinstance(node.value, str):
                row.texts[name] = _text("" if node.style is None and node.value in YAML_NULLS else node.value)
            else:
                problems.append(row.problem(name, "is a list or a mapping", "write one plain value"))
        rows.append(row)
        problems += [
            row.problem(column.name, "is missing", "write a value")
            for column in columns
            if not column.nullable and column.name not in row.texts
        ]
    return rows, problems


def _text(cell: str) -> str | None:
    stripped = cell.strip()
    return None if stripped in ("", *NULL_WORDS) else stripped


def _parse(row: Row, column: Column) -> list[Problem]:
    """Put the value of a column into the row; its faults where there is none."""
    text = row.texts.get(column.name)
    if text is None:
        row.values[column.name] = None
        if column.nullable or column.name not in row.texts:
            return []
        return [row.problem(column.name, "the value is missing", "write a value")]
    value = _PARSERS[column.type](text)
    if value is None:
        return [row.problem(column.name, f"{text!r} is not {_KINDS[column.type]}", _REMEDIES[column.type])]
    row.values[column.name] = value
    if column.allowed and text not in column.allowed:
        near = difflib.get_close_matches(text, column.allowed, n=1)
        hint = f"did you mean {near[0]!r}? " if near else ""
        return [row.problem(column.name, f"{text!r} is not allowed", f"{hint}use one of: {', '.join(column.allowed)}")]
    return _bounds(row, column, value) if isinstance(value, int | float | Decimal) else []


def _bounds(row: Row, column: Column, value: int | float | Decimal) -> list[Problem]:
    remedy = "check the value and its unit"
    if column.minimum is not None and value < column.minimum:
        return [row.problem(column.name, f"{row.texts[column.name]} is below {column.minimum:g}", remedy)]
    if column.maximum is not None and value > column.maximum:
        return [row.problem(column.name, f"{row.texts[column.name]} is above {column.maximum:g}", remedy)]
    return []


_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]*)?([eE][+-]?[0-9]{1,3})?")


def _integer(text: str) -> int | None:
    return int(text) if re.fullmatch(r"[+-]?[0-9]{1,9}", text) else None


def _double(text: str) -> float | None:
    return float(text) if _NUMBER.fullmatch(text) else None


def _money(text: str) -> Decimal | None:
    if not _NUMBER.fullmatch(text):
        return None
    value = Decimal(text)
    exponent = value.as_tuple().exponent
    fits = isinstance(exponent, int) and exponent >= -18 and value.adjusted() < 20
    return value if fits else None


def _date(text: str) -> date | None:
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


_PARSERS: dict[str, Callable[[str], object | None]] = {
    "VARCHAR": lambda text: text,
    "INTEGER": _integer,
    "DOUBLE": _double,
    MONEY: _money,
    "DATE": _date,
    "TIMESTAMP": utc_instant,
}
_KINDS = {
    "INTEGER": "a whole number",
    "DOUBLE": "a number",
    MONEY: "a number with up to 18 decimals",
    "DATE": "a date",
    "TIMESTAMP": "a time",
}
_REMEDIES = {
    "INTEGER": "write digits only, as 8",
    "DOUBLE": "write it plainly with a point, as 1234.5",
    MONEY: "write it plainly with a point, as 1234.56",
    "DATE": "write it as 2026-08-31",
    "TIMESTAMP": "write it as 2026-08-31T12:00:00Z",
}
