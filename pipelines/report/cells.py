"""Values as people read them: one function a kind, each giving a cell that keeps the exact value beside its text.

A missing value is a dash, never a zero. Belongs here: rounding for display. Not here: any arithmetic.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from pipelines.units import SUFFIXES

MISSING: Final = "–"
MINUS: Final = "−"
CENT: Final = Decimal("0.01")
PAST_MEASURE: Final = 10.0  # a share above this is only called larger

Number = float | int | Decimal
_NO_NOUN: Final = frozenset({"frac", "frac_per_year", "ratio", "usd", "usd_nominal", "kw", "w", "kwh"})
_UNIT_WORDS: Final = {"frac": "share", "frac_per_year": "share a year", "ratio": "ratio"}


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in a table cell.

    Attributes:
        text: as shown; markup in it is escaped when the page is rendered.
        value: the exact number as text, for machines; None where it is no number or missing.
        note: smaller text under it.
    """

    text: str
    value: str | None = None
    note: str | None = None


Format = Callable[[Any], Cell]


def text(value: object) -> Cell:
    """Words."""
    return Cell(MISSING if value is None or value == "" else str(value))


def words(value: str | None) -> Cell:
    """An identifier as words: `own_colocation` → own colocation."""
    return text(plain(value) if value else None)


def plain(name: str) -> str:
    """An identifier without its underscores."""
    return name.replace("_", " ")


def quantity(name: str) -> Cell:
    """The name of a number as words; a unit that is no noun stands in the column beside it."""
    suffix = _suffix(name) or ""
    words_of = plain(name.removesuffix(f"_{suffix}"))
    if suffix.startswith("usd_per"):
        return text(f"{words_of} rate")
    return text(words_of if suffix in _NO_NOUN else plain(name))


def unit(name: str) -> Cell:
    """The unit a name ends in, as words."""
    suffix = _suffix(name)
    return text(_UNIT_WORDS.get(suffix, SUFFIXES.get(suffix)) if suffix else None)


def _suffix(name: str) -> str | None:
    found = [suffix for suffix in SUFFIXES if name == suffix or name.endswith(f"_{suffix}")]
    return max(found, key=len) if found else None


def day(value: dt.date | dt.datetime | None) -> Cell:
    """A date, ISO; of a timestamp the UTC day and minute."""
    return text(f"{value:%Y-%m-%d %H:%M}" if isinstance(value, dt.datetime) else value)


def month(value: dt.date | None) -> Cell:
    """A month, ISO."""
    return text(f"{value:%Y-%m}" if value else None)


def usd(value: Number | None) -> Cell:
    """Money to the dollar."""
    return _number(value, lambda x: f"{x:,.0f}")


def cents(value: Decimal | None) -> Cell:
    """Money to the cent, half a cent up; an amount below that in full, so that a residual cannot hide."""
    return _number(value, _to_the_cent)


def rounded(usd_amount: float) -> str:
    """Money to three digits, as an axis would write it."""
    for size, letter in ((1e9, "B"), (1e6, "M"), (1e3, "k")):
        if abs(usd_amount) >= size:
            return f"{number(float(f'{usd_amount / size:.3g}')).text}{letter}"
    return usd(usd_amount).text


def price(value: Number | None) -> Cell:
    """A price by the hour, three decimals."""
    return _number(value, lambda x: f"{x:,.3f}")


def share(value: Number | None) -> Cell:
    """A fraction as percent, whole; what is neither none nor all never looks so, what is past measure says so."""
    return _number(value, _percent)


def count(value: Number | None) -> Cell:
    """Things counted; one decimal where there are parts of one."""
    return _number(value, lambda x: f"{x:,.1f}".removesuffix(".0"))


def number(value: Number | None) -> Cell:
    """A number of any size to four digits, without exponent."""
    return _number(value, _four_digits)


def measured(value: tuple[Number | None, str]) -> Cell:
    """A number and the name whose suffix is its unit: shares as percent, everything else as it is."""
    amount, name = value
    if name.endswith(("_frac", "_frac_per_year")):
        return _number(amount, lambda x: f"{x * 100:,.1f}".removesuffix(".0") + "%")
    return number(amount)


def _number(value: Number | None, shown: Callable[[Any], str]) -> Cell:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return Cell(MISSING)
    exact = f"{value:f}" if isinstance(value, Decimal) else repr(value)
    digits = shown(value)
    negative = digits.startswith("-") and any(digit in "123456789" for digit in digits)
    return Cell((MINUS if negative else "") + digits.removeprefix("-"), exact)


def _to_the_cent(value: Decimal) -> str:
    if value != 0 and abs(value) < CENT / 2:
        return f"{value:f}".rstrip("0")
    return f"{value.quantize(CENT, ROUND_HALF_UP):,f}"


def _percent(value: Number) -> str:
    if value >= PAST_MEASURE:
        return f">{PAST_MEASURE:.0%}"
    rounded = f"{value:.0%}"
    if rounded == "0%" and value > 0:
        return "<1%"
    return ">99%" if rounded == "100%" and value < 1 else rounded


def _four_digits(value: Number) -> str:
    size = abs(float(value))
    if size >= 1_000:
        return f"{value:,.0f}"
    decimals = 0 if size == 0 else max(0, min(6, 3 - math.floor(math.log10(size))))
    written = f"{value:.{decimals}f}"
    return written.rstrip("0").rstrip(".") if "." in written else written
