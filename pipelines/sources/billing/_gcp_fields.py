"""The fields of a Google Cloud billing export by one name each, whatever file BigQuery's rows were written to.

BigQuery nests them: JSON lines and Parquet keep that, CSV is flattened by whoever exports, to `sku.id` or `sku_id`.
Here they are all `sku_id`. Arrays (credits, labels) are read into lists of records once a row.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from pipelines.sources.files import Candidate, candidate, csv_layout
from pipelines.sources.model import Csv, Expression, LandedFile
from pipelines.sources.sql import Fields, literal, quote

# What the rules of the export read. JSON lines leave out what is null, so a file's first lines do not tell its fields.
SCHEMA: Final = (
    "billing_account_id",
    "invoice.month",
    "cost_type",
    "service.id",
    "service.description",
    "sku.id",
    "sku.description",
    "usage_start_time",
    "usage_end_time",
    "project.id",
    "project.name",
    "project.labels",
    "labels",
    "system_labels",
    "tags",
    "location.location",
    "location.region",
    "location.zone",
    "cost",
    "currency",
    "currency_conversion_rate",
    "usage.amount",
    "usage.unit",
    "usage.amount_in_pricing_units",
    "usage.pricing_unit",
    "credits",
    "adjustment_info.id",
    "adjustment_info.type",
    "export_time",
    "cost_at_list",
    "cost_at_effective_price_default",
    "seller_name",
    "price.list_price",
    "price.effective_price_default",
    "price.effective_price",
    "price.pricing_unit_quantity",
    "consumption_model.description",
    "subscription.instance_id",
    "resource.global_name",
    "resource.name",
    "partition_date",
    "partition_time",
)

# Arrays, and what their records hold. Labels and tags are alike in what is read of them.
_LABEL: Final = ("key", "value")
ARRAYS: Final = {
    "credits": ("id", "name", "full_name", "type", "amount"),
    "labels": _LABEL,
    "system_labels": _LABEL,
    "project_labels": _LABEL,
    "tags": _LABEL,
}
# Numbers in JSON are read from the line's own text: a JSON parser takes them through binary floating point.
NUMBERS: Final = frozenset(
    {
        "cost",
        "cost_at_list",
        "cost_at_effective_price_default",
        "currency_conversion_rate",
        "usage_amount",
        "usage_amount_in_pricing_units",
        "price_list_price",
        "price_effective_price_default",
        "price_effective_price",
        "price_pricing_unit_quantity",
    }
)

_LINE: Final = "c0"
_SHARED: Final = "parsed"
_RECORDS: Final = "records"
_JSON_ARRAY: Final = r'(\[(?:[^\]"]|"(?:[^"\\]|\\.)*")*\])'
_JSON_SCALAR: Final = r'"?([^",}\]\s]*)'
_JSON_NUMBER: Final = r'("[A-Za-z0-9_]+"\s*:\s*)(-?[0-9][-+.0-9eE]*)'
_AS_TEXT: Final = r'\1"\2"'
_KEY: Final = r'{}"{}"\s*:\s*'
_PYTHON_TOKEN: Final = r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|[^'"]+"""


class ExportFields(Fields):
    """The fields of one file of an export, named with `_` for every dot.

    What takes parsing is parsed once a row, and shared by all expressions: they have to pass through `sharing`.

    Attributes:
        layout: how the file is read: `Csv`, of one column where it holds JSON lines; None for Parquet.
    """

    def __init__(self, file: LandedFile) -> None:
        super().__init__(file, (), positional=False)
        look = candidate(file)
        names = field_names(look)
        self._delivered = {canonical(name): name for name in reversed(names)}
        self._shared: dict[str, str] = {}
        self.layout: Csv | None = None
        if look.is_parquet:
            self._identifiers = {canonical(name): sql for name, sql in _parquet_columns(file)}
        elif look.csv_header:
            self.layout = csv_layout(file)
            self._identifiers = {canonical(name): f"c{self.layout.header.index(name)}" for name in reversed(names)}
        else:
            self.layout = Csv(("line",), delimiter="\x01", lines_before_data=0, compression=look.compression)
            self._shared = _json_fields(dict.fromkeys((*SCHEMA, *names)))
            self._identifiers = {name: f"{_SHARED}.{name}" for name in self._shared}
        for name, keys in ARRAYS.items():
            delivered = self._shared.get(name) or self._identifiers.get(name)
            self._shared[f"{name}_{_RECORDS}"] = _records(delivered, keys) if delivered else _no_records(keys)

    def sharing(self, expression: Expression) -> Expression:
        """The expression with what it needs of the parsed row bound before it.

        DuckDB computes once what several columns write alike, but not inside a `case`: hence outside of it.
        """

        def over(sql: str) -> str:
            names = sorted(set(re.findall(rf"\b{_SHARED}\.(\w+)", sql)))
            bound = ", ".join(f"{name} := {self._shared[name]}" for name in names)
            return f"list_transform([struct_pack({bound})], lambda {_SHARED}: {sql})[1]" if names else sql

        return Expression(over(expression.sql), over(expression.raw) if expression.raw else None)

    @property
    def unread(self) -> tuple[str, ...]:
        """Delivered names that no rule has asked for, as delivered."""
        return tuple(name for key, name in self._delivered.items() if key not in self._read)


def records(fields: Fields, name: str) -> str:
    """SQL of an array as a list of structs of text, `ARRAYS` says which; null where it is missing or unreadable."""
    fields.get(name)
    return f"{_SHARED}.{name}_{_RECORDS}"


def canonical(name: str) -> str:
    """One name for `sku.id` and `sku_id`."""
    return name.replace(".", "_").lower()


def field_names(file: Candidate) -> tuple[str, ...]:
    """Delivered names of the fields: a header, Parquet's columns, or what the first JSON lines hold; () for others."""
    if file.is_parquet:
        import pyarrow.parquet as pq

        return tuple(name for name, _ in _flat_schema(pq.read_schema(file.path)))
    return file.csv_header or tuple(dict.fromkeys(_json_names(file)))


def _records(sql: str, keys: Sequence[str]) -> str:
    """SQL of an array as a list of structs, from JSON text or from what Python prints of lists and dicts."""
    shape = json.dumps([dict.fromkeys(keys, "VARCHAR")])
    return f"from_json({_json_text(sql)}, {literal(shape)})"


def _no_records(keys: Sequence[str]) -> str:
    return f"cast(null as struct({', '.join(f'{quote(key)} varchar' for key in keys)})[])"


def _json_text(sql: str) -> str:
    """SQL of a JSON value whose numbers are strings; null where the text is no JSON, nor Python's."""
    single, double, escaped_single, escaped_double = map(literal, ("'", '"', "\\'", '\\"'))
    inner = f"replace(replace(part[2:-2], {double}, {escaped_double}), {escaped_single}, {single})"
    words = "replace(replace(replace(part, 'None', 'null'), 'True', 'true'), 'False', 'false')"
    as_json = (
        f"case when starts_with(part, {single}) then {double} || {inner} || {double} "
        f"when starts_with(part, {double}) then part else {words} end"
    )
    parts = f"regexp_extract_all({sql}, {literal(_PYTHON_TOKEN)})"
    python = f"array_to_string(list_transform({parts}, lambda part: {as_json}), '')"
    json_text = f"case when json_valid({sql}) then {sql} else {python} end"
    return f"try_cast(regexp_replace({json_text}, {literal(_JSON_NUMBER)}, {literal(_AS_TEXT)}, 'g') as json)"


def _json_fields(names: Iterable[str]) -> dict[str, str]:
    """SQL of the fields of a JSON line, by canonical name: text, arrays as JSON text."""
    names = tuple(names)
    row = f"json_transform(try_cast({_LINE} as json), {literal(_json_shape(names))})"
    fields: dict[str, str] = {}
    for name in names:
        *parents, last = name.split(".")
        key = canonical(name)
        if key in NUMBERS or key == "credits":
            # Objects with numbers (usage, price) hold no other objects.
            before = "".join(rf'"{parent}"\s*:\s*\{{[^{{}}]*?' for parent in parents)
            pattern = _KEY.format(before, last) + (_JSON_ARRAY if key == "credits" else _JSON_SCALAR)
            fields[key] = f"nullif(regexp_extract({_LINE}, {literal(pattern)}, 1), '')"
        else:
            fields[key] = ".".join((f"({row})", *map(quote, (*parents, last))))
    return fields


def _json_shape(names: Iterable[str]) -> str:
    shape: dict[str, Any] = {}
    for name in names:
        *parents, last = name.split(".")
        inside = shape
        for parent in parents:
            inside = inside.setdefault(parent, {})
        inside.setdefault(last, "VARCHAR")
    return json.dumps(shape)


def _json_names(file: Candidate) -> Iterator[str]:
    text = file.head_text
    if not text.lstrip().startswith("{"):
        return
    lines = text.split("\n")
    for line in lines[:-1] or lines:
        try:
            row = json.loads(line) if line.strip() else {}
        except json.JSONDecodeError:
            return
        yield from _flat_names(row)


def _flat_names(row: Mapping[str, Any], before: str = "") -> Iterator[str]:
    for name, value in row.items():
        if isinstance(value, dict):
            yield from _flat_names(value, f"{before}{name}.")
        # Null may stand for a whole object.
        elif value is not None:
            yield before + name


def _parquet_columns(file: LandedFile) -> Iterator[tuple[str, str]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    for name, kind in _flat_schema(pq.read_schema(file.path)):
        identifier = ".".join(quote(step) for step in name.split("."))
        yield name, f"to_json({identifier})" if pa.types.is_nested(kind) else identifier


def _flat_schema(fields: Iterable[Any], before: str = "") -> Iterator[tuple[str, Any]]:
    """Names and types of a Parquet schema, with structs taken apart."""
    import pyarrow as pa

    for field in fields:
        if pa.types.is_struct(field.type):
            yield from _flat_schema(list(field.type), f"{before}{field.name}.")
        else:
            yield before + field.name, field.type
