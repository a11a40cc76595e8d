"""AWS's snake_case column names, asked for by the legacy ones, so that one mapping reads every layout of the CUR.

Belongs here: the translation of names, values in map columns. Not here: what a column means (`_cur_columns`).

    lineItem/UnblendedCost       line_item_unblended_cost
    savingsPlan/SavingsPlanARN   savings_plan_savings_plan_a_r_n
    product/ProductName          product_product_name (Athena), or `product_name` in the map `product` (CUR 2.0)
    resourceTags/user:Name       resource_tags_user_name (Athena), or `user_name` in the map `resource_tags` (CUR 2.0)

AWS lowers the keys of tags and writes `_` for whatever is no letter or digit. The prefix that tells whose tag it is
comes back (`user_team` is `user:team` here, as in the legacy layout); the rest of a key is lost for good.
"""

from __future__ import annotations

import re
from typing import Final

from pipelines.sources.model import Expression
from pipelines.sources.sql import Fields, Typed, literal, tags_from_json, text

MAPS: Final = {"product": "product", "resourceTags": "resource_tags", "costCategory": "cost_category"}
# Column names that begin so are tags and cost categories → how the legacy layout begins them.
TAG_COLUMNS: Final = {
    "resource_tags_user_": "resourceTags/user:",
    "resource_tags_aws_": "resourceTags/aws:",
    "cost_category_": "costCategory/",
}


def snake(name: str) -> str:
    """A name as AWS writes it in snake_case: each capital begins a word."""
    words = re.sub(r"(?<=[A-Za-z0-9])(?=[A-Z])", "_", name)
    return re.sub(r"[^a-z0-9]+", "_", words.lower())


class SnakeFields(Fields):
    """Columns of a CUR with snake_case names, under their legacy names."""

    def __init__(self, columns: Fields) -> None:
        super().__init__(columns.file, (), positional=False)
        self._columns = columns

    def __contains__(self, name: str) -> bool:
        return self._column(name) in self._columns or self._map(name) is not None

    @property
    def names(self) -> tuple[str, ...]:
        """Legacy names of tags and cost categories; of other columns the names they have."""
        return tuple(map(_legacy, self._columns.names))

    def __getitem__(self, name: str) -> str:
        """SQL text value of a column or of a value in a map.

        Raises:
            InputError: the file has neither.
        """
        column, holder = self._column(name), self._map(name)
        if column in self._columns or holder is None:
            return self._columns[column]
        key = snake(name.partition("/")[2])
        values = self._columns[holder]
        if isinstance(values, Typed):
            return text(f"{values.native}[{literal(key)}]")
        return text(f"json_extract_string(try_cast({values} as json), {literal('/' + key)})")

    def get(self, *names: str) -> str:
        """SQL text value of the first of `names` the file has; null where it has none."""
        name = next((name for name in names if name in self), None)
        return super().get() if name is None else self[name]

    @property
    def unread(self) -> tuple[str, ...]:
        """Delivered names that nobody has asked for so far, in order."""
        return self._columns.unread

    def map_of(self, category: str) -> str | None:
        """SQL of a map column, as a MAP or as JSON text; None where the layout has none."""
        holder = self._map(f"{category}/")
        return None if holder is None else self._columns[holder]

    def _map(self, name: str) -> str | None:
        holder = MAPS.get(name.partition("/")[0])
        return holder if holder and holder in self._columns else None

    def _column(self, name: str) -> str:
        category, slash, rest = name.partition("/")
        return f"{snake(category)}_{snake(rest)}" if slash else name


def _legacy(column: str) -> str:
    for prefix, legacy in TAG_COLUMNS.items():
        if column.startswith(prefix):
            return legacy + column.removeprefix(prefix)
    return column


def tags_in_maps(fields: SnakeFields) -> Expression | None:
    """The tag map from CUR 2.0's maps of tags and cost categories; None where the layout has neither map.

    Text that is no JSON object yields null, which rejects the row.
    """
    tags, categories = fields.map_of("resourceTags"), fields.map_of("costCategory")
    given = [value for value in (tags, categories) if value is not None]
    if not given:
        return None
    entries = []
    if tags is not None:
        entries.append(_entries(tags, "regexp_replace(entry.key, '^(user|aws)_', '\\1:')"))
    if categories is not None:
        entries.append(_entries(categories, "'costCategory/' || entry.key"))
    together = entries[0] if len(entries) == 1 else f"list_concat({', '.join(entries)})"
    readable = [f"{tags_from_json(value).sql} is not null" for value in given if _native(value) is None]
    return Expression(
        f"case when {' and '.join(readable or ['true'])} then map_from_entries({together}) end",
        raw=f"nullif(concat_ws(' ', {', '.join(given)}), '')" if None in map(_native, given) else None,
    )


def _native(value: str) -> str | None:
    return value.native if isinstance(value, Typed) else None


def _entries(value: str, key: str) -> str:
    """SQL list of a map's entries that hold a value, with the keys renamed; [] for null."""
    filled = f"map_entries({tags_from_json(value).sql})"
    return f"list_transform({filled}, lambda entry: struct_pack(key := {key}, value := entry.value))"
