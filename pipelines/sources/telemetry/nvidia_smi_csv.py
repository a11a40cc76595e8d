"""Logs of `nvidia-smi --query-gpu=timestamp,uuid,… --format=csv -l 1`, with units or `nounits`, plain or gzip.

Logs of several GPUs, and logs appended to one another with
their headers in between, are read as they are; the headers between are no data rows. Stored are `utilization.gpu`,
`memory.used` and one power reading (`power.draw`, else `.average`, else `.instant`, which newer drivers tell apart);
the driver averages power over a second on most cards since Ampere. Other columns are left out. What the driver says
instead of a number (`[N/A]`, `[GPU requires reset]`) is null with its reason.

`timestamp` is of the node's clock and carries no zone: see `_clock`. The rows are in order, so of an hour that comes
twice the second is known by the clock going back.

A log of `--format=csv,noheader` begins with a time and says nothing of its columns: `--option columns=…` gives them, as
they were asked for.

`uuid` is the identity. A log without it needs `--option gpu_uuid=GPU-…` where it is of one GPU, or, with `index`,
`--option node=NAME`: its devices are then called `NAME/gpu0` and so on, which holds until a card is swapped or the
numbers change. `--option node=` names the host in any case.

`source_row` numbers samples: with k stored columns, the p-th of them on line n is sample (n - 2)·k + p; without a
header (n - 1)·k + p.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl

from pipelines.errors import InputError
from pipelines.sources.files import Candidate, candidate
from pipelines.sources.frames import read_text
from pipelines.sources.model import Claim, Delivery, LandedFile, Reading, Rows
from pipelines.sources.telemetry import _samples
from pipelines.sources.telemetry._clock import Clock, instants

KIND = "telemetry"
TABLE = "raw.gpu_sample"
SUMMARY = "nvidia-smi --query-gpu logs (CSV); needs --option time_zone, and without header --option columns"
MODE = "append"
SCOPE = ""

# Stored metric → columns that hold it, the best first, and their unit.
METRICS: Final[Mapping[str, tuple[tuple[str, ...], str]]] = {
    _samples.GPU_UTIL: (("utilization.gpu",), "%"),
    "DCGM_FI_DEV_FB_USED": (("memory.used",), "MiB"),
    "DCGM_FI_DEV_POWER_USAGE": (("power.draw", "power.draw.average", "power.draw.instant"), "W"),
}
_IDENTITY: Final = {
    "gpu_uuid": ("uuid", "gpu_uuid"),
    "gpu_index": ("index",),
    "gpu_model_name": ("name", "gpu_name"),
}
_FIRST_VALUE: Final = re.compile(r"^\d{4}/\d{2}/\d{2} \d{2}:\d{2}:\d{2}\.\d{3}$")
_COLUMN: Final = re.compile(r"^([a-z0-9_.]+)(?: \[([^\]]+)\])?$")


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where the columns stand, by name of the contract's columns and by metric, and the first line of data."""

    header: tuple[str, ...]
    first_line: int
    timestamp: int
    identity: Mapping[str, int]
    metrics: Mapping[str, int]


def claim(files: Sequence[Candidate]) -> list[Claim]:
    """Each file whose first line is nvidia-smi's: `timestamp` and a stored column by name, or one of its times."""
    return [
        Claim((file,), f"nvidia-smi log {file.name}")
        for file in files
        if _is_log(file.csv_header) or _begins_with_a_time(file.csv_header)
    ]


def read(delivery: Delivery) -> Reading:
    """One sample a line and stored column, in file order.

    Raises:
        InputError: nothing says which device or whose clock the log is of; a header in between differs from the first.
    """
    return Reading(tuple(_rows(file, delivery.options) for file in delivery.files))


def _names(header: Sequence[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for place, text in enumerate(header):
        column = _COLUMN.match(text)
        if column:
            found.setdefault(column[1], place)
    return found


def _is_log(header: Sequence[str]) -> bool:
    columns = _names(header).keys()
    return "timestamp" in columns and any(columns & set(names) for names, _ in METRICS.values())


def _begins_with_a_time(header: Sequence[str]) -> bool:
    return len(header) > 1 and _FIRST_VALUE.match(header[0]) is not None


def _header(file: LandedFile, columns: str | None) -> tuple[tuple[str, ...], int]:
    """The names of the columns, and the line the data begin on.

    Raises:
        InputError: the log has none and nobody gave them, or gave other ones than it has.
    """
    first = candidate(file).csv_header
    if not _begins_with_a_time(first):
        return first, 2
    given = tuple(name.strip() for name in (columns or "").split(","))
    if not _is_log(given) or len(given) != len(first):
        raise InputError(
            f"the log has no header, and columns is {columns!r}" if columns else "the log has no header",
            file=file.name,
            line=1,
            next_step=f"add --option columns=timestamp,uuid,… with the {len(first)} names that --query-gpu was given",
        )
    return given, 1


def _layout(file: LandedFile, columns: str | None) -> _Layout:
    header, first_line = _header(file, columns)
    places = _names(header)
    metrics: dict[str, int] = {}
    for metric, (names, unit) in METRICS.items():
        name = next((name for name in names if name in places), None)
        if name is None:
            continue
        written = header[places[name]]
        if written not in {name, f"{name} [{unit}]"}:
            raise InputError(
                f"column {written!r} is not in {unit}",
                file=file.name,
                line=1,
                next_step="log it as nvidia-smi writes it",
            )
        metrics[metric] = places[name]
    identity = {
        column: next(places[name] for name in names if name in places)
        for column, names in _IDENTITY.items()
        if any(name in places for name in names)
    }
    return _Layout(header, first_line, places["timestamp"], identity, metrics)


def _rows(file: LandedFile, options: Mapping[str, str]) -> Rows:
    layout = _layout(file, options.get("columns"))
    lines = _lines(file, layout)
    lines = _with_devices(file, layout, lines, options)
    lines = instants(lines, "timestamp", Clock.of(options, file), file, in_order=True)
    _refuse_mixed_devices(file, layout, lines)
    metrics = list(layout.metrics)
    absent = [name for name in _samples.TEXT_COLUMNS if name not in (*lines.columns, "metric", "value_text")]
    samples = (
        lines.lazy()
        .unpivot(
            metrics,
            index=["line", "is_whole", "text", "timestamp", "sampled_at", "node", *_IDENTITY],
            variable_name="metric",
            value_name="delivered",
        )
        .with_columns(
            *(pl.lit(None, dtype=pl.String).alias(name) for name in absent),
            pl.col("metric").replace_strict(metrics, range(len(metrics)), return_dtype=pl.Int64).alias("position"),
            pl.col("timestamp").alias("sampled_text"),
            pl.lit(None, dtype=pl.Float64).alias("covers_seconds"),
            _without_unit().alias("value_text"),
        )
        .with_columns(
            ((pl.col("line") - layout.first_line) * len(metrics) + pl.col("position") + 1).alias("source_row")
        )
        .sort("source_row")
    )
    reason = pl.sql_expr(_samples.null_reason_sql("metric", "value_text", "cast(null as varchar)"))
    kept, rejected = _samples.split(
        samples,
        faults=(("value: neither a number in its unit nor a word for none", reason == "not_a_number", "delivered"),),
        first=(("the line has not the columns of the header", ~pl.col("is_whole"), "text"),),
    )
    return Rows(file, kept, rejected)


def _without_unit() -> pl.Expr:
    """The value without the unit of its metric, where it has one."""
    text = pl.col("delivered")
    result = text
    for metric, (_, unit) in METRICS.items():
        result = pl.when(pl.col("metric") == metric).then(text.str.strip_suffix(f" {unit}")).otherwise(result)
    return result


def _lines(file: LandedFile, layout: _Layout) -> pl.DataFrame:
    """The data lines, split: `line`, `text`, `is_whole`, the timestamp, what tells the device, and the metrics.

    Raises:
        InputError: a header in between is of other columns.
    """
    lines = (
        pl.DataFrame({"text": read_text(file).splitlines()}, schema={"text": pl.String})
        .with_row_index("line", offset=1)
        .with_columns(pl.col("line").cast(pl.Int64), pl.col("text").str.strip_chars())
        .filter((pl.col("line") >= layout.first_line) & (pl.col("text") != ""))
        .with_columns(pl.col("text").str.split(",").list.eval(pl.element().str.strip_chars()).alias("values"))
    )
    place = layout.timestamp
    headers = lines.filter(
        pl.col("values").list.get(place, null_on_oob=True).eq_missing(layout.header[place])
        | pl.col("values").list.contains("timestamp")
    )
    other = headers.filter(pl.col("values").list.join(",") != ",".join(layout.header))
    for row in other.head(1).iter_rows(named=True):
        raise InputError(
            f"another log begins here, of other columns: {row['text']}",
            file=file.name,
            line=row["line"],
            next_step="split the file before this line and add both",
        )
    places = {**layout.identity, **layout.metrics, "timestamp": place}
    return lines.join(headers, on="line", how="anti").select(
        "line",
        "text",
        (pl.col("values").list.len() == len(layout.header)).alias("is_whole"),
        *(pl.col("values").list.get(at, null_on_oob=True).alias(name) for name, at in places.items()),
    )


def _with_devices(file: LandedFile, layout: _Layout, lines: pl.DataFrame, options: Mapping[str, str]) -> pl.DataFrame:
    """`lines` with `gpu_uuid`, `gpu_index`, `gpu_model_name` and `node`.

    Raises:
        InputError: nothing says which devices they are.
    """
    node, uuid = options.get("node"), options.get("gpu_uuid")
    if "gpu_uuid" in layout.identity:
        device = pl.col("gpu_uuid")
    elif uuid is not None:
        device = pl.lit(uuid)
    elif node is not None and "gpu_index" in layout.identity:
        device = pl.lit(f"{node}/gpu") + pl.col("gpu_index")
    else:
        raise InputError(
            "the log does not say which GPU a line is of: it has no column uuid",
            file=file.name,
            line=1,
            next_step="log uuid too (--query-gpu=timestamp,uuid,…); or, for a log that exists, add "
            "--option gpu_uuid=GPU-… where it is of one GPU, or --option node=NAME where it has the column index",
        )
    return lines.with_columns(
        *(pl.lit(None, dtype=pl.String).alias(name) for name in _IDENTITY if name not in layout.identity),
        pl.lit(node, dtype=pl.String).alias("node"),
    ).with_columns(device.alias("gpu_uuid"))


def _refuse_mixed_devices(file: LandedFile, layout: _Layout, lines: pl.DataFrame) -> None:
    """Refuse a log that one UUID was given for, and that shows more than one device.

    Raises:
        InputError: it does.
    """
    if "gpu_uuid" in layout.identity or lines.is_empty() or lines["gpu_uuid"].n_unique() > 1:
        return
    whole = lines.filter("is_whole")
    mixed = whole.filter(
        (pl.col("gpu_index") != pl.col("gpu_index").first())
        | (pl.col("gpu_model_name") != pl.col("gpu_model_name").first())
        | (pl.col("sampled_at").is_duplicated() & pl.col("sampled_at").is_not_null())
    )
    for row in mixed.head(1).iter_rows(named=True):
        raise InputError(
            f"one gpu_uuid was given, and the log is of several GPUs: {row['text']}",
            file=file.name,
            line=row["line"],
            next_step="log uuid too (--query-gpu=timestamp,uuid,…), or split the log",
        )
