"""A person's own quotes and observations (CSV or YAML), one price a row, kept by hand and read strictly.

    observed_at,provider,region_id,gpu_model_name,instance_type,gpus,pricing_model,price_basis,currency,price_usd_per_hour

`price_usd_per_hour` is the price of the whole machine, in USD, whatever `currency` it was quoted in; it is divided by
`gpus`. Any fault refuses the file, with line, column, value and remedy.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Final

import polars as pl

from pipelines.contracts import MONEY, Column
from pipelines.contracts.price_point import CONTRACT
from pipelines.errors import InputError
from pipelines.sources.files import Candidate
from pipelines.sources.frames import rows_schema
from pipelines.sources.handkept import Problem, Row, columns_of, raise_problems, read_rows
from pipelines.sources.model import Claim, Delivery, Reading, Rows

KIND = "prices"
TABLE = "raw.price_point"
SUMMARY = "Own quotes and price observations (CSV or YAML): price_usd_per_hour of a whole machine"
MODE = "append"
SCOPE = ""

COLUMNS: Final = (
    Column("observed_at", "TIMESTAMP", "When the price stood, UTC.", nullable=False),
    *(
        CONTRACT.by_name[name]
        for name in ("provider", "region_id", "gpu_model_name", "instance_type", "gpus", "pricing_model", "price_basis")
    ),
    Column("currency", "VARCHAR", "ISO 4217 code of the currency it was quoted in.", nullable=False),
    Column("price_usd_per_hour", MONEY, "Price of the whole machine for one hour.", nullable=False),
)
_NEEDED: Final = frozenset({"observed_at", "gpu_model_name", "price_usd_per_hour"})
_EIGHTEEN_PLACES: Final = Decimal(1).scaleb(-18)
_DIVISION: Final = Context(prec=50, rounding=ROUND_HALF_UP)


def claim(files: Sequence[Candidate]) -> list[Claim]:
    """Each file with a time, a GPU and the price of a machine."""
    return [Claim((file,), f"price history {file.name}") for file in files if set(columns_of(file)) >= _NEEDED]


def read(delivery: Delivery) -> Reading:
    """One row per price.

    Raises:
        InputError: lists every fault of the file.
    """
    parts: list[Rows] = []
    for file in delivery.files:
        rows, problems = read_rows(file, COLUMNS)
        raise_problems([*problems, *_too_low(rows)], InputError)
        parts.append(Rows(file, pl.DataFrame([_point(row) for row in rows], schema=rows_schema(TABLE))))
    return Reading(tuple(parts))


def _too_low(rows: Sequence[Row]) -> list[Problem]:
    column = "price_usd_per_hour"
    return [
        row.problem(column, f"{row.texts[column]} is not above 0", "write the price, or leave the row out")
        for row in rows
        if isinstance(price := row.values.get(column), Decimal) and price <= 0
    ]


def _point(row: Row) -> dict[str, object]:
    values = row.values
    price = _DIVISION.divide(Decimal(str(values["price_usd_per_hour"])), Decimal(str(values["gpus"])))
    return {
        **{name: values[name] for name in CONTRACT.names if name in values},
        "source_row": row.number,
        "statistic": "offer",
        "offers_count": None,
        "list_currency": values["currency"],
        "price_usd_per_gpu_hour": price.quantize(_EIGHTEEN_PLACES, context=_DIVISION),
    }
