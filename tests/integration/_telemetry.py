"""Hand-made telemetry in a warehouse of its own, built into marts: each case is one device, so cases do not meet."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from pipelines import transform
from pipelines.contracts import contract_for
from pipelines.settings import Settings
from pipelines.sources.frames import DTYPES
from pipelines.warehouse.connect import reading_warehouse, writing
from pipelines.warehouse.load import create_tables
from pipelines.warehouse.tables import replace_rows

DAY = datetime(2026, 6, 15)
FIRST, LAST = date(2026, 3, 1), date(2026, 12, 1)
MJ_PER_KWH = 3_600_000_000
UTIL, POWER = "DCGM_FI_DEV_GPU_UTIL", "DCGM_FI_DEV_POWER_USAGE"
ENERGY, ENGINE = "DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION", "DCGM_FI_PROF_GR_ENGINE_ACTIVE"


def at(clock: str, day: datetime = DAY) -> datetime:
    """A time of the day, as 12:30."""
    hours, minutes = clock.split(":")
    return day + timedelta(hours=int(hours), minutes=int(minutes))


def every(seconds: int, first: datetime, last: datetime) -> list[datetime]:
    """Times from first to last, both included."""
    return [first + timedelta(seconds=step) for step in range(0, int((last - first).total_seconds()) + 1, seconds)]


@dataclass
class Telemetry:
    """Samples to be, in the order they are put down."""

    rows: list[dict[str, Any]] = field(default_factory=list)

    def put(
        self, gpu: str, times: Iterable[datetime], metric: str, values: Sequence[float | None] | float, **more: Any
    ) -> None:
        """One value a time, or the same at all of them."""
        moments = list(times)
        given = values if isinstance(values, Sequence) else [values] * len(moments)
        for moment, value in zip(moments, given, strict=True):
            self.rows.append({
                "delivery_id": "d1", "source_part": "f", "source": "test", "sampled_at": moment, "node": f"node-{gpu}",
                "gpu_uuid": gpu, "gpu_model_name": "NVIDIA H100 80GB HBM3", "metric": metric, "value": value,
            } | more)  # fmt: skip


def frame(table: str, rows: Sequence[dict[str, Any]]) -> pl.DataFrame:
    """Rows in a contract's shape; what a row does not name is null, rows are numbered."""
    schema = {column.name: DTYPES[column.type] for column in contract_for(table).columns}
    full = [{name: row.get(name) for name in schema} | {"source_row": number} for number, row in enumerate(rows, 1)]
    return pl.DataFrame(full, schema=schema)


def deliver(settings: Settings, telemetry: Telemetry, others: dict[str, list[dict[str, Any]]]) -> None:
    """Put the samples and other contract rows into the warehouse; deliveries d1, d2, … arrived in that order."""
    ids = sorted({str(row["delivery_id"]) for row in telemetry.rows})
    ledger = [
        {
            "delivery_id": name, "scope": f"test|{name}", "kind": "telemetry", "source": "test",
            "table_name": "raw.gpu_sample", "provider_version": "", "received_at": DAY + timedelta(hours=position),
            "delivered_rows": 1, "kept_rows": 1, "rejected_rows": 0, "left_out_rows": 0, "status": "current",
        }
        for position, name in enumerate(["reference", *ids])
    ]  # fmt: skip
    with writing(settings) as connection:
        create_tables(connection)
        for table, rows in {**others, "raw.gpu_sample": telemetry.rows}.items():
            replace_rows(connection, table, frame(table, rows))
        names = list(ledger[0])
        connection.executemany(
            f"insert into meta.delivery by name select {', '.join(f'? as {name}' for name in names)}",
            [list(row.values()) for row in ledger],
        )


def build(
    settings: Settings,
    first: date = FIRST,
    last: date = LAST,
    *,
    full: bool = True,
    select: Sequence[str] = ("+fct_gpu_usage_hourly",),
) -> None:
    """The hourly usage, or the models named, and all they stand on, with their tests."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in transform.environment(settings).items():
            patch.setenv(name, value)
        transform.build(settings, from_date=first, to_date=last, as_of=last, full_refresh=full, select=select)


def ask(settings: Settings, sql: str) -> list[tuple[Any, ...]]:
    """Rows of a query on the warehouse."""
    with reading_warehouse(settings) as connection:
        return connection.execute(sql).fetchall()
