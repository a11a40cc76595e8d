"""Rows to frames: the schema of a contract pinned, sorted by its key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import polars as pl

from pipelines.contracts import Contract, contract_for

TABLES: Final = (
    "projections.cash_flow_monthly",
    "projections.strategy_summary",
    "projections.strategy_option",
    "projections.draw_quantiles",
    "projections.draw_quantiles_monthly",
    "projections.threshold",
    "projections.sensitivity",
    "projections.value_of_information",
    "projections.finance_yearly",
    "projections.lease_liability_monthly",
    "projections.capacity_plan",
    "projections.constraint",
    "projections.projection_run",
    "projections.assumption_value",
    "projections.demand_fit",
    "projections.demand_path",
    "projections.price_fit",
    "projections.price_path",
)
_TYPES: Final[Mapping[str, pl.DataType | type[pl.DataType]]] = {
    "VARCHAR": pl.String,
    "BIGINT": pl.Int64,
    "INTEGER": pl.Int32,
    "DOUBLE": pl.Float64,
    "BOOLEAN": pl.Boolean,
    "DATE": pl.Date,
}


def schema_of(contract: Contract) -> dict[str, pl.DataType | type[pl.DataType]]:
    """The polars schema of a contract, columns in order."""
    return {column.name: _TYPES[column.type] for column in contract.columns}


def frame_of(table: str, rows: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    """Rows as the contract's frame. A key a row does not have is null.

    Args:
        table: contract table name.
        rows: one mapping a row.
    """
    contract = contract_for(table)
    return pl.DataFrame(list(rows), schema=schema_of(contract), orient="row").sort(contract.key)


def conform(table: str, frames: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Frames that hold all columns of a contract, as one: cast, ordered, sorted by key."""
    contract = contract_for(table)
    schema = schema_of(contract)
    if not frames:
        return pl.DataFrame(schema=schema)
    return pl.concat(frame.select(pl.col(name).cast(kind) for name, kind in schema.items()) for frame in frames).sort(
        contract.key
    )
