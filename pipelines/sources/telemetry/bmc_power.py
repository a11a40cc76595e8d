"""Power into whole machines, as their own meters (BMC: IPMI, Redfish) read it: CSV, one reading a row, plain or gzip.

A time (`timestamp`, `time` or `sampled_at`), the machine (`node`, `host` or `hostname`, else `--option node=NAME`), and
one of the columns in `POWER`, in watts. Times are seconds since 1970 or ISO 8601; text without a zone needs
`--option time_zone=…` (see `_clock`). Other columns, as temperatures, are left out. A table that names GPUs is none of
these: its power is a card's. Words for no reading (`na`, `no reading`) are null with their reason.

Meters round: 75 W steps and 15 s of delay are usual, so a reading says little of a second and much of an hour.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import polars as pl

from pipelines.errors import InputError
from pipelines.sources.files import Candidate, csv_layout
from pipelines.sources.frames import REJECTED_SCHEMA, csv_texts, in_schema, rows_schema
from pipelines.sources.model import Claim, Delivery, LandedFile, Reading, Rows
from pipelines.sources.telemetry._clock import Clock, instants

KIND = "telemetry"
TABLE = "raw.node_power_sample"
SUMMARY = "Node power from BMC meters (CSV: timestamp, node, sys_power_w or as Redfish says)"
MODE = "append"
SCOPE = ""

TIMES: Final = ("timestamp", "time", "sampled_at")
NODES: Final = ("node", "host", "hostname")
POWER: Final = (
    "sys_power_w",
    "system_power_w",
    "node_power_w",
    "PowerConsumedWatts",
    "power_consumed_watts",
    "system_power_watts",
)
_GPUS: Final = frozenset({"gpu", "uuid", "gpu_uuid"})
_NO_READING: Final = ("", "na", "n/a", "no reading", "null", "none")
# A rack of eight such nodes draws less; what lies beyond is a code, as 65535 is.
_LIMIT_W: Final = 60_000.0


def claim(files: Sequence[Candidate]) -> list[Claim]:
    """Each CSV with a time and a machine's power, by their names there."""
    return [
        Claim((file,), f"node power, CSV {file.name}")
        for file in files
        if _first(file.csv_header, TIMES) and _first(file.csv_header, POWER) and not _GPUS & set(file.csv_header)
    ]


def read(delivery: Delivery) -> Reading:
    """One sample a row.

    Raises:
        InputError: nothing says which machine it is, or whose clock a time is of.
    """
    return Reading(tuple(_rows(file, delivery.options) for file in delivery.files))


def _first(header: Sequence[str], names: Sequence[str]) -> str | None:
    return next((name for name in names if name in header), None)


def _rows(file: LandedFile, options: Mapping[str, str]) -> Rows:
    layout = csv_layout(file)
    time, node, sensor = (_first(layout.header, names) or "" for names in (TIMES, NODES, POWER))
    if not node and "node" not in options:
        raise InputError(
            "nothing says which machine the readings are of: there is no column node",
            file=file.name,
            line=1,
            next_step="add --option node=NAME, or a column node",
        )
    frame = (
        csv_texts(file, layout)
        .select(
            pl.col(time).alias("time"),
            pl.col(node).alias("node") if node else pl.lit(options["node"]).alias("node"),
            pl.col(sensor).alias("text"),
        )
        .with_row_index("source_row", offset=1)
        .with_columns((pl.col("source_row").cast(pl.Int64) + 1).alias("line"))
        .collect()
    )
    watts = pl.col("text").str.strip_suffix(" W").str.strip_suffix(" Watts").cast(pl.Float64, strict=False)
    is_none = pl.col("text").is_null() | pl.col("text").str.to_lowercase().is_in(_NO_READING)
    null_reason = (
        pl.when(is_none)
        .then(pl.lit("blank"))
        .when(watts.is_null() | ~watts.is_finite())
        .then(pl.lit("not_a_number"))
        .when((watts < 0) | (watts > _LIMIT_W))
        .then(pl.lit("out_of_range"))
    )
    judged = (
        instants(frame, "time", Clock.of(options, file), file)
        .lazy()
        .with_columns(
            pl.lit(sensor).alias("sensor"),
            null_reason.alias("null_reason"),
            pl.when(null_reason.is_null()).then(watts).alias("system_power_w"),
            pl.when(pl.col("node").is_null())
            .then(pl.lit("node: missing"))
            .when(pl.col("time").is_null())
            .then(pl.lit("sampled_at: missing"))
            .when(pl.col("sampled_at").is_null())
            .then(pl.lit("sampled_at: not a TIMESTAMP"))
            .alias("reason"),
            pl.when(pl.col("node").is_not_null()).then(pl.col("time")).alias("offending_value"),
            pl.lit(None).alias("billed_cost"),
        )
    )
    kept, rejected = pl.collect_all(
        [
            in_schema(judged.filter(pl.col("reason").is_null()), rows_schema(TABLE)),
            in_schema(judged.filter(pl.col("reason").is_not_null()), REJECTED_SCHEMA),
        ]
    )
    return Rows(file, kept, rejected)
