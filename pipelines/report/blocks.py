"""What a page is made of: sections of figures, tables, facts and paragraphs. No wording and no numbers here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from markupsafe import Markup

from pipelines.report import cells
from pipelines.report.cells import Cell, Format

Values = Mapping[str, Any]
TEXTUAL: Final[frozenset[Format]] = frozenset({cells.text, cells.words, cells.quantity, cells.unit})
DATES: Final[frozenset[Format]] = frozenset({cells.day, cells.month})


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: its head, the key it reads, how it is shown, and its unit."""

    label: str
    key: str
    shown: Format = cells.text
    unit: str = ""

    @property
    def style(self) -> str:
        """How its cells are set: numbers flush right, dates on one line."""
        if self.shown in TEXTUAL:
            return "text"
        return "date" if self.shown in DATES else "num"


@dataclass(frozen=True, slots=True)
class Row:
    """A row: its cells, or a heading over the rows that follow; `mark` is a style."""

    cells: tuple[Cell, ...] = ()
    heading: str = ""
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A table with its caption. One that is folded opens on demand."""

    key: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    folded: bool = False
    kind: str = "table"


@dataclass(frozen=True, slots=True)
class Figure:
    """A chart: the finding as its title, the drawing, what to know when reading it."""

    finding: str
    drawing: Markup
    reading: str = ""
    kind: str = "figure"


@dataclass(frozen=True, slots=True)
class Figures:
    """Charts side by side where there is room."""

    items: tuple[Figure, ...]
    kind: str = "figures"


@dataclass(frozen=True, slots=True)
class Note:
    """A paragraph."""

    text: str
    kind: str = "note"


@dataclass(frozen=True, slots=True)
class Card:
    """A verdict: the workload, what to do in two words, the sentence, and a few figures under it."""

    heading: str
    badge: str
    sentence: str
    figures: tuple[tuple[str, Cell], ...]


@dataclass(frozen=True, slots=True)
class Cards:
    """Verdicts, one a workload."""

    items: tuple[Card, ...]
    kind: str = "cards"


Block = Table | Figure | Figures | Note | Cards


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the page under its own heading."""

    anchor: str
    title: str
    blocks: tuple[Block, ...]


def table(
    key: str,
    caption: str,
    columns: Sequence[Column],
    rows: Iterable[Values],
    *,
    group: str | None = None,
    mark: Callable[[Values], str] = lambda values: "",
    note: tuple[str, Callable[[Values], str | None]] | None = None,
    folded: bool = False,
) -> Table:
    """A table of rows, in their order.

    Args:
        key: id of the table on the page.
        caption: what it says.
        columns: in order.
        rows: mappings that hold the columns' keys.
        group: key whose value becomes a heading where it changes.
        mark: style of a row.
        note: column key, and the smaller text to put under its cell.
        folded: shown on demand only.
    """
    made: list[Row] = []
    heading: object = None
    for values in rows:
        if group is not None and values[group] != heading:
            heading = values[group]
            made.append(Row(heading=str(heading)))
        made.append(Row(tuple(_cell(column, values, note) for column in columns), mark=mark(values)))
    return Table(key, caption, tuple(columns), tuple(made), folded)


def _cell(column: Column, values: Values, note: tuple[str, Callable[[Values], str | None]] | None) -> Cell:
    cell = column.shown(values[column.key])
    if note is not None and note[0] == column.key and (under := note[1](values)):
        return Cell(cell.text, cell.value, under)
    return cell
