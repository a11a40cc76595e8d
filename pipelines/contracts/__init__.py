"""What every table that Python writes looks like: one module a table, each with a `CONTRACT`.

The DuckDB table, the polars schema, the Great Expectations suite and the data dictionary are all derived from it, so a
column is described once. Models that dbt writes carry their contract in the `.yml` beside the model, not here.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Final

MONEY: Final = "DECIMAL(38,18)"
TAGS: Final = "MAP(VARCHAR, VARCHAR)"
TYPES: Final = frozenset({"VARCHAR", "BIGINT", "INTEGER", "DOUBLE", "BOOLEAN", "DATE", "TIMESTAMP", MONEY, TAGS})


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a contract.

    Attributes:
        name: snake_case; a number's name ends in its unit unless FOCUS names it.
        type: a DuckDB type from `TYPES`. `TIMESTAMP` is always UTC without a zone, so no session zone can move it.
        description: one sentence for the dictionary.
        unit: unit in words; required for numbers whose name does not end in it.
        nullable: whether a missing value is legal. Missing is null, never zero.
        minimum, maximum: inclusive bounds the gate checks.
        allowed: closed list of values.
    """

    name: str
    type: str
    description: str
    unit: str | None = None
    nullable: bool = True
    minimum: float | None = None
    maximum: float | None = None
    allowed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Contract:
    """A table that Python writes.

    Attributes:
        table: `schema.name`.
        grain: "One row per …".
        key: the columns that identify a row.
        columns: in order.
        series: columns of words that many rows repeat; the warehouse keeps each combination once.
    """

    table: str
    grain: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    series: tuple[str, ...] = ()

    @property
    def table_of_rows(self) -> str:
        """The table that holds a row for each of the contract's: of its own name, unless series lie apart."""
        return f"{self.table}_point" if self.series else self.table

    @property
    def by_name(self) -> Mapping[str, Column]:
        """Columns by name, in order."""
        return MappingProxyType({column.name: column for column in self.columns})

    @property
    def names(self) -> tuple[str, ...]:
        """Column names, in order."""
        return tuple(column.name for column in self.columns)

    def ddl(self, table: str | None = None) -> str:
        """`create table if not exists` for this contract (DuckDB)."""
        lines = [f'  "{column.name}" {column.type}{"" if column.nullable else " not null"}' for column in self.columns]
        return f"create table if not exists {table or self.table} (\n" + ",\n".join(lines) + "\n)"


# Where a delivered row came from: the first columns of every raw table.
LINEAGE: Final = (
    Column("delivery_id", "VARCHAR", "Delivery the row came in (see meta.delivery).", nullable=False),
    Column("source_part", "VARCHAR", "File within the delivery, as delivered.", nullable=False),
    Column("source_row", "BIGINT", "1-based data row (or sample) in that file.", unit="row number", nullable=False),
)

# What a row of a projection answers: whose question, for which workload, about which strategy.
QUESTION: Final = (
    Column("scenario", "VARCHAR", "Scenario file.", nullable=False),
    Column("variant", "VARCHAR", "'base', or the value a sweep sets.", nullable=False),
    Column("as_of_date", "DATE", "Day of the decision; nothing later was known.", nullable=False),
)
SUBJECT: Final = (*QUESTION, Column("workload", "VARCHAR", "Workload, or all of them together.", nullable=False))
CHOICE: Final = (*SUBJECT, Column("strategy", "VARCHAR", "Strategy.", nullable=False))


@cache
def all_contracts() -> Mapping[str, Contract]:
    """Every contract by table name, discovered from the modules of this package."""
    found: dict[str, Contract] = {}
    for info in sorted(pkgutil.iter_modules(__path__), key=lambda item: item.name):
        contract: Contract = importlib.import_module(f"{__name__}.{info.name}").CONTRACT
        found[contract.table] = contract
    return MappingProxyType(found)


def contract_for(table: str) -> Contract:
    """The contract of a table.

    Raises:
        KeyError: no module of this package declares that table.
    """
    return all_contracts()[table]
