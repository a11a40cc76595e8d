"""The keys of a mapping file: what may stand in one, value by value.

Belongs here: the shape of each part. Not here: which contract columns there are, what contradicts itself across parts.
"""

from __future__ import annotations

import re
import zoneinfo
from functools import cache
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BeforeValidator, Field, field_validator, model_validator

from pipelines.sources.billing._mapped_yaml import Number, Strict, nearest

DIRECTIVES: Final = frozenset("YymdbBHIMSfpzj%")


def is_number(text: str) -> bool:
    """Whether text is a plain finite number of at most 18 places."""
    return bool(re.fullmatch(r"[+-]?[0-9]{1,18}(\.[0-9]{1,18})?", text))


@cache
def _zones() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones())


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


Texts = Annotated[tuple[str, ...], BeforeValidator(_listed)]


def _time_format(value: str) -> str:
    found = re.findall(r"%(.?)", value)
    unknown = [f"%{letter}" for letter in found if letter not in DIRECTIVES]
    if value != "iso" and (unknown or not found):
        known = ", ".join(f"%{letter}" for letter in sorted(DIRECTIVES))
        raise ValueError(f"{', '.join(unknown) or 'a format'} is not known: write 'iso', or a format made of {known}")
    return value


TimeFormat = Annotated[str, AfterValidator(_time_format)]


class CsvKeys(Strict):
    """How the file is laid out."""

    encoding: Literal["utf-8", "utf-16", "latin-1"]
    delimiter: Literal[",", ";", "tab", "|"]
    lines_before_header: int = Field(default=0, ge=0, le=1000)

    @property
    def character(self) -> str:
        """The delimiter itself."""
        return "\t" if self.delimiter == "tab" else self.delimiter


class NumberKeys(Strict):
    """How numbers are spelled."""

    decimal: Literal[".", ","]
    thousands: Literal["none", ",", ".", "space", "apostrophe"]
    negative_in_parentheses: bool = False
    currency_signs: Texts = ()

    @model_validator(mode="after")
    def _differ(self) -> NumberKeys:
        if self.decimal == self.thousands:
            raise ValueError(f"decimal and thousands are both {self.decimal!r}: write the two as the file has them")
        odd = [sign for sign in self.currency_signs if not re.fullmatch(r"[^\W\d_]{0,3}[^\w\s\d.,()+'\\-]?", sign)]
        if odd or "" in self.currency_signs:
            raise ValueError(f"currency sign {(odd or [''])[0]!r}: write letters, a sign like $ or €, or both")
        return self


class TimeKeys(Strict):
    """How times are written."""

    format: TimeFormat
    zone: str
    end: Literal[
        "exclusive", "last_day", "last_hour", "last_minute", "last_second", "last_millisecond", "last_microsecond"
    ]
    repeated_hour: Literal["earlier", "later"] | None = None

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        if value != "UTC" and value not in _zones():
            raise ValueError(f"not a time zone: did you mean {nearest(value, _zones())!r}?")
        return value


class PeriodKeys(Strict):
    """Where the billing period is taken from."""

    of: Literal["charge"] | None = None
    month: str | None = None
    value: str | None = None
    start: str | None = None
    end: str | None = None
    format: TimeFormat | None = None

    @model_validator(mode="before")
    @classmethod
    def _short(cls, data: Any) -> Any:
        return {"of": "charge"} if data == "month_of_charge" else data

    @model_validator(mode="after")
    def _one_way(self) -> PeriodKeys:
        ways = [self.of, self.month, self.value, self.start or self.end]
        if sum(way is not None for way in ways) != 1 or (self.start is None) != (self.end is None):
            raise ValueError(
                "write one of: month_of_charge, month (a column), value (a month), start and end (columns)"
            )
        if self.value is not None and not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", self.value):
            raise ValueError(f"value {self.value!r} is no month: write it as 2026-08")
        if self.format is not None and self.month is None and self.start is None:
            raise ValueError("format belongs to month, or to start and end")
        return self


class TotalKeys(Strict):
    """Rows that repeat a sum."""

    column: str
    words: Texts = Field(alias="is", min_length=1)


class LeaveOutKeys(Strict):
    """Rows that tell in another way what other rows tell."""

    column: str
    reason: str = Field(min_length=3)
    words: Texts = Field(default=(), alias="is")
    empty: bool = False

    @model_validator(mode="after")
    def _one_condition(self) -> LeaveOutKeys:
        if bool(self.words) == self.empty:
            raise ValueError("write either `is:` with the words, or `empty: true`")
        return self


class TextRule(Strict):
    """A text column."""

    column: str | None = None
    first_of: Texts = ()
    join: Texts = ()
    separator: str = " "
    values: dict[str, str] = Field(default_factory=dict)
    otherwise: str | None = None
    blank: str | None = None


class NumberRule(Strict):
    """A number column."""

    column: str | None = None
    sum: Texts = ()
    minus: Texts = ()
    times: tuple[str, ...] = ()
    divided_by: int | None = Field(default=None, ge=1, le=10**12)
    blank: str | None = None
    # Which of `times` are numbers, not columns.
    factors: tuple[str, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _told_apart(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        if "factors" in data:
            raise ValueError("unknown key 'factors': did you mean 'times'?")
        given = data.get("times", [])
        given = given if isinstance(given, list) else [given]
        numbers = [str(item) for item in given if isinstance(item, Number)]
        columns = [item for item in given if not isinstance(item, Number)]
        return data | {"times": columns, "factors": numbers}

    @field_validator("factors", "blank")
    @classmethod
    def _plain(cls, value: Any) -> Any:
        for text in value if isinstance(value, tuple) else [value]:
            if text is not None and not is_number(text):
                raise ValueError(f"{text!r} is no number: write it plainly with a point, as 0.5")
        return value


class TimeRule(Strict):
    """A start or end of a charge."""

    column: str | None = None
    format: TimeFormat | None = None
    from_period: Literal["start", "end"] | None = None
    lasts: Literal["hour", "day", "month"] | None = None
    lasts_hours: str | None = None


Rule = TextRule | NumberRule | TimeRule


class MappingKeys(Strict):
    """A mapping file."""

    mapping: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")
    about: str = ""
    files: Texts = Field(min_length=1)
    header: tuple[str, ...] = ()
    csv: CsvKeys
    numbers: NumberKeys
    times: TimeKeys
    null_words: Texts = ()
    period: PeriodKeys
    columns: dict[str, Any] = Field(min_length=1)
    constants: dict[str, str] = Field(default_factory=dict)
    tags: dict[str, str] = Field(default_factory=dict)
    tags_json: str | None = None
    leave_out: tuple[LeaveOutKeys, ...] = ()
    total_rows: TotalKeys | None = None
    version: Literal["usage", "arrival"] | int = "usage"

    @field_validator("tags", mode="before")
    @classmethod
    def _tags_by_name(cls, value: Any) -> Any:
        return {str(name): name for name in value} if isinstance(value, list) else value

    @field_validator("version", mode="before")
    @classmethod
    def _numbered(cls, value: Any) -> Any:
        return int(value) if isinstance(value, Number) and value.isdecimal() else value

    @field_validator("files")
    @classmethod
    def _inside(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for pattern in value:
            parts = pattern.split("/")
            if pattern.startswith("/") or "\\" in pattern or any(part in ("", ".", "..") for part in parts):
                raise ValueError(
                    f"{pattern!r} leads out of the mapping's folder: write names within it, as bills/*.csv"
                )
        return value
