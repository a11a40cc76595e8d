"""What the rows of a file say in words, told apart before the rows are read: a thousand devices, not a million samples.

Belongs here: which of a file's columns the words of a series come from, and each of their combinations once. Not here:
how a series lies in the warehouse (`stored`), what makes a row a rejected one (`mapped`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final

import duckdb

from pipelines.sources.sql import literal, quote, said

NUMBER: Final = "word_number"


def tell_apart(
    connection: duckdb.DuckDBPyConnection,
    file: str,
    expressions: Mapping[str, str],
    of_words: Mapping[str, str],
    table: str,
) -> Callable[[str], str]:
    """Make a temporary table of what the rows of a file say in words: each of their combinations once, mapped.

    Args:
        connection: where the file is read.
        file: what stands behind FROM to read it.
        expressions: name → SQL over the file's columns, of the words and of what else goes by them alone.
        of_words: name → SQL over those names.
        table: name for it. Its columns are `word_number` and the names, beside the columns of the file that are read.

    Returns:
        From the file's rows, as they stand behind FROM, the same with the words beside them: `word_number`, and what
        `said` calls the names.
    """
    read = _columns_read(connection, file, expressions.values())
    kept = [quote(f"read:{name}") for name in read]
    columns = [f"{quote(name)} as {other}" for name, other in zip(read, kept, strict=True)]
    mapped = [f"{sql} as {quote(name)}" for name, sql in expressions.items()]
    each_once = f"select distinct {', '.join(map(quote, read))} from {file}" if read else "select 1"
    connection.execute(
        f"create or replace temp table {quote(table)} as "
        f"select {', '.join(['*', *(f'{sql} as {quote(name)}' for name, sql in of_words.items())])} from "
        f"(select {', '.join([f'row_number() over () as {NUMBER}', *columns, *mapped])} from ({each_once}) as file)"
    )
    names = [f"{quote(name)} as {said(name)}" for name in (*expressions, *of_words)]
    words = f"(select {', '.join([NUMBER, *kept, *names])} from {quote(table)}) as words"
    alike = [f"file.{quote(name)} is not distinct from words.{other}" for name, other in zip(read, kept, strict=True)]
    return lambda rows: f"{rows} as file inner join {words} on {' and '.join(alike) or 'true'}"


def _columns_read(connection: duckdb.DuckDBPyConnection, file: str, expressions: Iterable[str]) -> Sequence[str]:
    """The file's columns that expressions name, as DuckDB reads them."""
    (parsed,) = connection.execute(  # type: ignore[misc]
        f"select json_serialize_sql({literal('select ' + ', '.join(expressions))})"
    ).fetchone()
    named = {name.lower() for name in _names(json.loads(parsed))}
    columns = connection.execute(f"describe select * from {file}").fetchall()
    return [name for name, *_ in columns if name.lower() in named]


def _names(parsed: object) -> Iterator[str]:
    """Every name of a column in a parsed statement; a lambda's own are among them, and name no column."""
    if isinstance(parsed, dict):
        yield from parsed.get("column_names", ())
        for value in parsed.values():
            yield from _names(value)
    elif isinstance(parsed, list):
        for value in parsed:
            yield from _names(value)
