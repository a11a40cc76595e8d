"""SQL expressions that sources build their mappings from: one parser a type, used by all.

A source asks `Fields` for a column by its delivered name and wraps it: `money(fields["BilledCost"])`. Every expression
reads text and yields null where the text is not of that type, so that the loader can reject the row by name and value.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pipelines.errors import InputError
from pipelines.sources.model import Expression, LandedFile

# Words that exports write for "no value". An empty field is null in any case.
NULL_WORDS = ("NULL", "null")


class Fields:
    """The columns of one file, by delivered name.

    CSV columns are addressed by position (`c0`, `c1`, …), because exports hold names that differ only by case.
    """

    def __init__(self, file: LandedFile, names: Iterable[str], *, positional: bool) -> None:
        self.file = file
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
        return text(self._identifiers[name])

    def get(self, *names: str) -> str:
        """SQL text value of the first of `names` the file has; 'null' where it has none."""
        for name in names:
            if name in self._identifiers:
                self._read.add(name)
                return text(self._identifiers[name])
        return "cast(null as varchar)"

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


def literal(value: str) -> str:
    """An SQL string literal."""
    return "'" + value.replace("'", "''") + "'"


def text(sql: str) -> str:
    """The value as trimmed text; empty and the words for null become null. A stray byte order mark is dropped."""
    words = ", ".join(literal(word) for word in ("", *NULL_WORDS))
    trimmed = f"trim(ltrim(cast({sql} as varchar), chr(65279)))"
    return f"case when {trimmed} in ({words}) then null else {trimmed} end"


def as_text(sql: str) -> Expression:
    """A VARCHAR column."""
    return Expression(sql)


def money(sql: str) -> Expression:
    """A DECIMAL column from text: plain, signed or with an exponent; never through binary floating point.

    DuckDB's text → DECIMAL cast takes exponents, and rounds beyond 18 places half away from zero.
    """
    return Expression(f"try_cast({sql} as decimal(38,18))", raw=sql)


def number(sql: str, sql_type: str = "double") -> Expression:
    """A number that is not money."""
    return Expression(f"try_cast({sql} as {sql_type})", raw=sql)


def timestamp(sql: str) -> Expression:
    """A UTC TIMESTAMP from ISO 8601 text, with or without zone, with or without seconds.

    The session zone is UTC on every connection (`warehouse.connect`), so text without a zone is UTC. Not cast to
    TIMESTAMP directly: that drops an offset without a word.
    """
    # DuckDB takes "2023-11-13T10:00", but not "2023-11-13T10:00Z".
    whole = f"case when length({sql}) = 17 and ends_with({sql}, 'Z') then left({sql}, 16) || ':00Z' else {sql} end"
    return Expression(f"timezone('UTC', try_cast({whole} as timestamptz))", raw=sql)


def constant(value: str) -> Expression:
    """The same text in every row."""
    return Expression(literal(value))


def tags_from_columns(fields: Mapping[str, str]) -> Expression:
    """A tag map from one column a tag: tag key → SQL value. Empty values are left out."""
    if not fields:
        return Expression("map([], [])::map(varchar, varchar)")
    entries = ", ".join(f"struct_pack(k := {literal(key)}, v := {value})" for key, value in fields.items())
    return Expression(f"map_from_entries(list_filter([{entries}], lambda entry: entry.v is not null))")


def tags_from_json(sql: str) -> Expression:
    """A tag map from JSON text like {"team": "search"}; null and empty text give an empty map.

    Empty values are left out. Of a key that is repeated the first value is kept: a cast to MAP would stop the whole
    load there. Text that is not a JSON object yields null, which rejects the row.
    """
    json = f"try_cast({sql} as json)"
    keys = f"json_keys({json})"
    # A JSON pointer takes any key, whatever quotes, dots or slashes are in it.
    pointer = "'/' || replace(replace(name, '~', '~0'), '/', '~1')"
    first_values = (
        f"list_transform(list_sort(list_distinct({keys})), "
        f"lambda name: struct_pack(key := name, value := json_extract_string({json}, {pointer})))"
    )
    has_value = "lambda entry: entry.value is not null and entry.value <> ''"
    return Expression(
        f"case when {sql} is null then map([], [])::map(varchar, varchar) "
        f"when json_type({json}) <> 'OBJECT' then null "
        f"when len({keys}) = len(list_distinct({keys})) "
        f"then map_from_entries(list_filter(map_entries(cast({json} as map(varchar, varchar))), {has_value})) "
        f"else map_from_entries(list_filter({first_values}, {has_value})) end",
        raw=sql,
    )
