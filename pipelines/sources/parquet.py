"""The columns of a Parquet file, which have types: taken as they are where the contract has the same type.

Belongs here: what DuckDB reads a Parquet type as. Not here: what a column means.

Text that a column holds is cleaned as in CSV, but not trimmed: Parquet has no byte order mark before its first value
and no blanks around a delimiter. Binary floating point is not exact, so amounts are taken by its shortest text.
"""

from __future__ import annotations

from typing import Any

from pipelines.sources.model import LandedFile
from pipelines.sources.sql import NULL_WORDS, Fields, Typed, literal, quote

MAP = "MAP(VARCHAR, VARCHAR)"


class ParquetFields(Fields):
    """Columns of a Parquet file. As text, maps and structs are the JSON that stands in their place in CSV."""

    def __init__(self, file: LandedFile) -> None:
        import pyarrow.parquet as pq

        schema = pq.read_schema(file.path)
        super().__init__(file, schema.names, positional=False)
        self._texts = {field.name: _text(field.name, field.type) for field in schema}

    def __getitem__(self, name: str) -> str:
        """SQL text value of a required column; a `Typed` one where its type can be used.

        Raises:
            InputError: the file has no such column.
        """
        if name not in self._texts:
            return super().__getitem__(name)
        self._read.add(name)
        return self._texts[name]

    def get(self, *names: str) -> str:
        """SQL text value of the first of `names` the file has; null where it has none."""
        name = next((name for name in names if name in self._texts), None)
        return super().get() if name is None else self[name]


def _text(name: str, kind: Any) -> str:
    import pyarrow as pa

    native = quote(name)
    if pa.types.is_nested(kind):
        text = f"cast(to_json({native}) as varchar)"
        return Typed(text, native, MAP) if _is_text_map(kind) else text
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_dictionary(kind):
        words = ", ".join(literal(word) for word in ("", *NULL_WORDS))
        return f"case when {native} in ({words}) then null else {native} end"
    text = f"cast({native} as varchar)"
    duckdb_type = _duckdb_type(kind)
    return Typed(text, native, duckdb_type) if duckdb_type else text


def _is_text_map(kind: Any) -> bool:
    import pyarrow as pa

    return pa.types.is_map(kind) and all(
        pa.types.is_string(part) or pa.types.is_large_string(part) for part in (kind.key_type, kind.item_type)
    )


def _duckdb_type(kind: Any) -> str | None:
    """The DuckDB type of a scalar, where its values need no parsing."""
    import pyarrow as pa

    if pa.types.is_decimal(kind):
        return f"DECIMAL({kind.precision},{kind.scale})"
    if pa.types.is_float64(kind):
        return "DOUBLE"
    if pa.types.is_integer(kind):
        sizes = {8: "TINYINT", 16: "SMALLINT", 32: "INTEGER", 64: "BIGINT"}
        return ("U" if pa.types.is_unsigned_integer(kind) else "") + sizes[kind.bit_width]
    if pa.types.is_timestamp(kind):
        return "TIMESTAMP WITH TIME ZONE" if kind.tz else "TIMESTAMP"
    return "DATE" if pa.types.is_date(kind) else None
