"""SQL expressions that sources build their mappings from: one parser a type, used by all.

A source asks `Fields` for a column by its delivered name and wraps it: `money(fields["BilledCost"])`. Every expression
reads text and yields null where the text is not of that type, so that the loader can reject the row by name and value.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from pipelines.errors import InputError
from pipelines.sources.model import Expression, LandedFile

# Words that exports write for "no value". An empty field is null in any case.
NULL_WORDS = ("NULL", "null")
BYTE_ORDER_MARK = 0xFEFF


class Typed(str):
    """SQL text of a column that its file gives a type, with the value of that type beside it.

    Whoever builds SQL with it gets the text; the parsers below take the value, which needs no parsing.

    Attributes:
        native: SQL of the value as the file holds it.
        type: its DuckDB type: DECIMAL(p,s), an integer, DOUBLE, TIMESTAMP, TIMESTAMP WITH TIME ZONE, DATE or
            MAP(VARCHAR, VARCHAR).
    """

    native: str
    type: str

    def __new__(cls, text: str, native: str, type: str) -> Typed:
        """Text and value of one column."""
        value = super().__new__(cls, text)
        value.native = native
        value.type = type
        return value


# Digits before the point that every value of an integer type fits in.
_INTEGER_DIGITS = {"TINYINT": 3, "SMALLINT": 5, "INTEGER": 10, "BIGINT": 19, "UTINYINT": 3, "USMALLINT": 5}
_INTEGER_DIGITS |= {"UINTEGER": 10, "UBIGINT": 20}
_MONEY_DIGITS, _MONEY_SCALE = 20, 18


def _fits_money(type: str) -> bool | None:
    """Whether every value of a type is a DECIMAL(38,18) as it stands; None for types that are not exact numbers."""
    if type in _INTEGER_DIGITS:
        return True
    found = re.fullmatch(r"DECIMAL\((\d+), ?(\d+)\)", type)
    if not found:
        return None
    digits, scale = int(found[1]), int(found[2])
    return scale <= _MONEY_SCALE and digits - scale <= _MONEY_DIGITS


class Fields:
    """The columns of one file, by delivered name.

    CSV columns are addressed by position, because exports hold names that differ only by case: `c0`, `c1`, … as they
    are in the file, `t0`, `t1`, … as text (see `text`), which the loader makes once for all expressions that ask.
    """

    def __init__(self, file: LandedFile, names: Iterable[str], *, positional: bool) -> None:
        self.file = file
        self._positional = positional
        self._identifiers: dict[str, str] = {}
        self._read: set[str] = set()
        for position, name in enumerate(names):
            identifier = f"c{position}" if positional else quote(name)
            self._identifiers.setdefault(name, identifier)

    def __contains__(self, name: str) -> bool:
        return name in self._identifiers

    @property
    def names(self) -> tuple[str, ...]:
        """Delivered names, in order."""
        return tuple(self._identifiers)

    def __getitem__(self, name: str) -> str:
        """SQL text value of a required column.

        Raises:
            InputError: the file has no such column.
        """
        if name not in self._identifiers:
            raise InputError(
                f"required column {name!r} is missing",
                file=self.file.name,
                line=1,
                next_step="export the file again with that column, or name another source with --source",
            )
        self._read.add(name)
        return self._text(name)

    def get(self, *names: str) -> str:
        """SQL text value of the first of `names` the file has; 'null' where it has none."""
        for name in names:
            if name in self._identifiers:
                self._read.add(name)
                return self._text(name)
        return "cast(null as varchar)"

    def _text(self, name: str) -> str:
        identifier = self._identifiers[name]
        return text_at(int(identifier.removeprefix("c"))) if self._positional else text(identifier)

    def identifier(self, name: str) -> str:
        """The bare SQL identifier of a column, for values that are not text (Parquet maps, decimals)."""
        self._read.add(name)
        return self._identifiers[name]

    @property
    def unread(self) -> tuple[str, ...]:
        """Delivered names that nobody has asked for so far, in order."""
        return tuple(name for name in self._identifiers if name not in self._read)


def quote(identifier: str) -> str:
    """An SQL identifier, quoted."""
    return '"' + identifier.replace('"', '""') + '"'


def said(name: str) -> str:
    """The SQL name of what a scan has `by_words`, beside each row: the file may have a column of the same name."""
    return quote(f"said:{name}")


def literal(value: str) -> str:
    """An SQL string literal."""
    return "'" + value.replace("'", "''") + "'"


def text_at(place: int) -> str:
    """The text of a CSV column by its 0-based place, as the loader makes it (see `text`)."""
    return f"t{place}"


def text(sql: str) -> str:
    """The value as trimmed text; empty and the words for null become null. A stray byte order mark is dropped."""
    value = f"cast({sql} as varchar)"
    words = ", ".join(literal(word) for word in NULL_WORDS)
    trimmed = f"trim(ltrim({value}, chr({BYTE_ORDER_MARK})))"
    # Trimming costs ten times as much as looking whether there is anything to trim; nothing at all has the code 0.
    is_odd = f"ascii({value}) <= 32 or ascii({value}) = {BYTE_ORDER_MARK} or ends_with({value}, ' ')"
    return (
        f"case when {is_odd} then case when {trimmed} in ('', {words}) then null else {trimmed} end "
        f"when {value} in ({words}) then null else {value} end"
    )


def as_text(sql: str) -> Expression:
    """A VARCHAR column."""
    return Expression(sql)


def money(sql: str) -> Expression:
    """A DECIMAL column from text: plain, signed or with an exponent; never through binary floating point.

    DuckDB's text → DECIMAL cast takes exponents, and rounds beyond 18 places half away from zero. A column that is
    DECIMAL or an integer already is taken as it is; one that is DOUBLE is taken by its shortest text.
    """
    if isinstance(sql, Typed) and sql.type == "DOUBLE":
        return _money_from_double(sql)
    fits = _fits_money(sql.type) if isinstance(sql, Typed) else None
    if isinstance(sql, Typed) and fits is not None:
        cast = "cast" if fits else "try_cast"
        return Expression(f"{cast}({sql.native} as decimal(38,18))", raw=None if fits else str(sql))
    return Expression(_money_from_text(sql), raw=sql)


def _money_from_text(sql: str) -> str:
    # A cast to 38 digits takes thirty times as long as one to 18, into which most amounts fit without rounding. DuckDB
    # also reads `1_000`, which no export means as a number.
    is_short = f"length({sql}) - strpos({sql}, '.') <= 10 and not contains({sql}, 'e') and not contains({sql}, 'E')"
    return (
        f"case when contains({sql}, '_') then null "
        f"else coalesce(case when {is_short} then cast(try_cast({sql} as decimal(18,10)) as decimal(38,18)) end, "
        f"try_cast({sql} as decimal(38,18))) end"
    )


def _money_from_double(sql: Typed) -> Expression:
    """What the shortest text of a binary number says, mostly without writing it.

    A decimal of 15 digits that rounds to the number is its shortest text: no two such decimals round to one number.
    """
    value = sql.native
    short = f"cast({value} as decimal(15,10))"
    is_short = f"abs({value}) < 1e5 and cast({short} as double) = {value}"
    return Expression(
        f"case when {is_short} then cast({short} as decimal(38,18)) else try_cast({sql} as decimal(38,18)) end",
        # Only numbers without end, or with too many digits, can fail.
        raw=f"case when not isfinite({value}) or abs({value}) >= 1e20 then {sql} end",
    )


def number(sql: str, sql_type: str = "double") -> Expression:
    """A number that is not money."""
    return Expression(f"try_cast({sql} as {sql_type})", raw=sql)


def timestamp(sql: str) -> Expression:
    """A UTC TIMESTAMP from ISO 8601 text, with or without zone, with or without seconds.

    The session zone is UTC on every connection (`warehouse.connect`), so text without a zone is UTC. Not cast to
    TIMESTAMP directly: that drops an offset without a word. A column that is a time already is taken as it is.
    """
    if isinstance(sql, Typed) and sql.type == "TIMESTAMP WITH TIME ZONE":
        return Expression(_utc(f"cast({sql.native} as timestamptz)"))
    if isinstance(sql, Typed) and sql.type in ("TIMESTAMP", "DATE"):
        return Expression(f"cast({sql.native} as timestamp)")
    # DuckDB takes "2023-11-13T10:00", but not "2023-11-13T10:00Z".
    whole = f"case when length({sql}) = 17 and ends_with({sql}, 'Z') then left({sql}, 16) || ':00Z' else {sql} end"
    return Expression(_utc(f"try_cast({whole} as timestamptz)"), raw=sql)


def _utc(instant: str) -> str:
    """SQL of an instant as UTC without a zone. `timezone('UTC', …)` says the same and takes ten times as long."""
    return f"make_timestamp(epoch_us({instant}))"


def constant(value: str) -> Expression:
    """The same text in every row."""
    return Expression(literal(value))


def tags_from_columns(fields: Mapping[str, str]) -> Expression:
    """A tag map from one column a tag: tag key → SQL value. Empty values are left out."""
    if not fields:
        return Expression("map([], [])::map(varchar, varchar)")
    entries = ", ".join(f"struct_pack(k := {literal(key)}, v := {value})" for key, value in fields.items())
    return Expression(f"map_from_entries(list_filter([{entries}], lambda entry: entry.v is not null))")


def tags_from_map(sql: str) -> Expression:
    """A tag map from a MAP of text; null gives an empty map, empty values are left out."""
    has_value = "lambda entry: entry.value is not null and entry.value <> ''"
    return Expression(
        f"case when {sql} is null then map([], [])::map(varchar, varchar) "
        f"when list_contains(map_values({sql}), '') or len(map_values({sql})) > list_count(map_values({sql})) "
        f"then map_from_entries(list_filter(map_entries({sql}), {has_value})) else {sql} end"
    )


def tags_from_json(sql: str) -> Expression:
    """A tag map from JSON text like {"team": "search"}; null and empty text give an empty map.

    Empty values are left out. Of a key that is repeated the first value is kept: a cast to MAP would stop the whole
    load there. Text that is not a JSON object yields null, which rejects the row. A column that is such a map already
    is taken as it is.
    """
    if isinstance(sql, Typed) and sql.type == "MAP(VARCHAR, VARCHAR)":
        return tags_from_map(sql.native)
    json = f"try_cast({sql} as json)"
    keys = f"json_keys({json})"
    # A JSON pointer takes any key, whatever quotes, dots or slashes are in it.
    pointer = "'/' || replace(replace(name, '~', '~0'), '/', '~1')"
    first_values = (
        f"list_transform(list_sort(list_distinct({keys})), "
        f"lambda name: struct_pack(key := name, value := json_extract_string({json}, {pointer})))"
    )
    has_value = "lambda entry: entry.value is not null and entry.value <> ''"
    whole = f"cast({json} as map(varchar, varchar))"
    # Filtering costs more than reading the map, and most texts hold no empty value.
    may_be_empty = f"contains({sql}, '\"\"') or contains({sql}, 'null')"
    filtered = f"map_from_entries(list_filter(map_entries({whole}), {has_value}))"
    filled = f"case when {may_be_empty} then {filtered} else {whole} end"
    return Expression(
        f"case when {sql} is null then map([], [])::map(varchar, varchar) "
        f"when json_type({json}) <> 'OBJECT' then null "
        f"when len({keys}) = list_unique({keys}) then {filled} "
        f"else map_from_entries(list_filter({first_values}, {has_value})) end",
        raw=sql,
    )
