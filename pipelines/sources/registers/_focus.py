"""Datasets of FOCUS beside Cost and Usage: small tables that a provider exports, read like a bill.

Belongs here: recognising one by its columns, reading it by a mapping. Not here: what its columns become.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipelines.sources.billing._mapping import Rule, select
from pipelines.sources.billing._parts import grouped
from pipelines.sources.files import Candidate, candidate, csv_layout
from pipelines.sources.model import Claim, Delivery, LandedFile, Reading, Scan
from pipelines.sources.parquet import ParquetFields
from pipelines.sources.sql import Fields


@dataclass(frozen=True, slots=True)
class Dataset:
    """A dataset of FOCUS.

    Attributes:
        name: what FOCUS calls it.
        marks: columns that no other dataset has. One of them is enough: the error can name those that are missing.
        mapping: contract column → rule.
        reject: reason → SQL condition over the contract columns.
        version_sql: the order of versions, as an aggregate over the contract columns.
    """

    name: str
    marks: frozenset[str]
    mapping: Mapping[str, Rule]
    reject: Mapping[str, str]
    version_sql: str

    def claim(self, files: Sequence[Candidate]) -> list[Claim]:
        """Each file of the dataset, or the numbered parts of one export together.

        Raises:
            IncompleteDeliveryError: numbers between such parts are missing.
        """
        found = []
        for group in grouped(file for file in files if self.marks & set(file.columns)):
            parts = f" and {len(group) - 1} more parts" if len(group) > 1 else ""
            found.append(Claim(group, f"FOCUS {self.name}, {group[0].name}{parts}"))
        return found

    def read(self, delivery: Delivery) -> Reading:
        """Every file as a scan for the warehouse.

        Raises:
            InputError: required columns are missing.
        """
        return Reading(tuple(map(self._scan, delivery.files)), version_sql=self.version_sql)

    def _scan(self, file: LandedFile) -> Scan:
        layout = None if candidate(file).is_parquet else csv_layout(file)
        fields = Fields(file, layout.header, positional=True) if layout else ParquetFields(file)
        mapped = select(self.mapping, fields, file, what=f"FOCUS {self.name}")
        return Scan(file, layout, mapped, self.reject, unread=fields.unread)


def latest(column: str) -> str:
    """SQL of the latest value of a time column, as sortable text; '' where there is none."""
    return f"coalesce(strftime(max({column}), '%Y-%m-%dT%H:%M:%SZ'), '')"
