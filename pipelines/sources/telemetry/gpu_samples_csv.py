"""tenure's own CSV of samples, for telemetry that comes from anywhere else. Plain or gzip, two shapes:

long   one row a sample: `sampled_at,gpu_uuid,metric,value`, and any of the optional columns
wide   one row a device and time: `sampled_at,gpu_uuid`, any of the optional columns, and one column a metric

Optional: `node, gpu_index, mig_instance, mig_profile, gpu_model_name, covers_seconds, namespace, pod, container,
job_id`. Times are ISO 8601; without a zone they are UTC. `covers_seconds` says how many seconds before `sampled_at` the
value speaks for, a day at most. Metrics are DCGM's names and units; a value is a number, or DCGM's words or codes for
none.

A long file may hold stored metrics only: another name is rejected with its row, for it may as well be a typing error.
A wide file's other `DCGM_…` columns are left out. The wide shape's `source_row` numbers its samples: with k metric
columns, the p-th of them in data row r is sample (r - 1)·k + p.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence

import polars as pl

from pipelines.errors import InputError
from pipelines.sources.files import Candidate, csv_layout
from pipelines.sources.frames import csv_texts
from pipelines.sources.model import Claim, Csv, Delivery, Expression, LandedFile, Reading, Rows, Scan
from pipelines.sources.sql import Fields, as_text, number, timestamp
from pipelines.sources.telemetry import _readings, _samples

KIND = "telemetry"
TABLE = "raw.gpu_sample"
SUMMARY = "tenure's CSV of GPU samples, long (metric,value) or wide (one column a DCGM metric)"
MODE = "append"
SCOPE = ""

REQUIRED = ("sampled_at", "gpu_uuid")
LONG = ("metric", "value")
OPTIONAL = (
    "node",
    "gpu_index",
    "mig_instance",
    "mig_profile",
    "gpu_model_name",
    "covers_seconds",
    "namespace",
    "pod",
    "container",
    "job_id",
)


def claim(files: Sequence[Candidate]) -> list[Claim]:
    """Each CSV with the columns of either shape."""
    found: list[Claim] = []
    for file in files:
        columns = set(file.csv_header)
        if set(REQUIRED) <= columns and (set(LONG) <= columns or columns & _samples.CANONICAL.keys()):
            shape = "long" if set(LONG) <= columns else "wide"
            found.append(Claim((file,), f"GPU samples, {shape} CSV {file.name}"))
    return found


def read(delivery: Delivery) -> Reading:
    """Long files as a scan for the warehouse, wide ones as rows.

    Raises:
        InputError: a column is not one of the format.
    """
    return Reading(tuple(_part(file) for file in delivery.files))


def _part(file: LandedFile) -> Scan | Rows:
    layout = csv_layout(file)
    is_long = set(LONG) <= set(layout.header)
    _check_columns(file, layout.header, is_long)
    return _long(file, layout) if is_long else _wide(file, layout)


def _check_columns(file: LandedFile, header: Sequence[str], is_long: bool) -> None:
    known = (*REQUIRED, *OPTIONAL, *(LONG if is_long else ()))
    for position, name in enumerate(header):
        if name in header[:position]:
            raise InputError(f"column {name!r} stands twice", file=file.name, line=1, next_step="leave one of them out")
        if name in known or (not is_long and name.upper().startswith("DCGM_")):
            continue
        near = difflib.get_close_matches(name, known, n=1)
        raise InputError(
            f"column {name!r} is not one of the format",
            file=file.name,
            line=1,
            next_step=f"call it {near[0]!r}" if near else f"leave it out, or use one of: {', '.join(known)}",
        )


def _long(file: LandedFile, layout: Csv) -> Scan:
    fields = Fields(file, layout.header, positional=True)
    metric, value, mig = fields["metric"], fields["value"], fields.get("mig_instance")
    workload = (fields.get("namespace"), fields.get("pod"), fields.get("container"))
    return Scan(
        file=file,
        layout=layout,
        select={
            "sampled_at": timestamp(fields["sampled_at"]),
            "covers_seconds": number(fields.get("covers_seconds")),
            "node": as_text(fields.get("node")),
            "gpu_uuid": as_text(fields["gpu_uuid"]),
            "gpu_index": number(fields.get("gpu_index"), "integer"),
            "mig_instance": as_text(mig),
            "mig_profile": as_text(fields.get("mig_profile")),
            "gpu_model_name": as_text(fields.get("gpu_model_name")),
            "metric": Expression(_samples.metric_sql(metric)),
            **_readings.measured(metric, value, mig),
            "namespace": Expression(_samples.workload_sql(workload[0], *workload)),
            "pod": Expression(_samples.workload_sql(workload[1], *workload)),
            "container": Expression(_samples.workload_sql(workload[2], *workload)),
            "job_id": as_text(fields.get("job_id")),
        },
        reject=_samples.COVERS_FAULTS,
        by_words=_readings.highest(metric, mig),
    )


def _wide(file: LandedFile, layout: Csv) -> Rows:
    metrics = [name for name in layout.header if name in _samples.CANONICAL]
    absent = [name for name in OPTIONAL if name not in layout.header]
    texts = csv_texts(file, layout).with_columns(
        *(pl.lit(None, dtype=pl.String).alias(name) for name in absent),
    )
    samples = (
        texts.with_row_index("row")
        .unpivot(metrics, index=["row", *REQUIRED, *OPTIONAL], variable_name="column", value_name="value_text")
        .with_columns(
            pl.col("column").replace_strict(metrics, range(len(metrics)), return_dtype=pl.Int64).alias("position"),
            pl.sql_expr(_samples.metric_sql('"column"')).alias("metric"),
            pl.col("sampled_at").alias("sampled_text"),
            _instant("sampled_at").alias("sampled_at"),
            pl.col("covers_seconds").alias("covers_text"),
            pl.col("covers_seconds").cast(pl.Float64, strict=False),
        )
        .with_columns((pl.col("row").cast(pl.Int64) * len(metrics) + pl.col("position") + 1).alias("source_row"))
    )
    index = pl.col("gpu_index")
    covers = pl.col("covers_seconds")
    kept, rejected = _samples.split(
        samples,
        faults=(
            ("covers_seconds: not a DOUBLE", pl.col("covers_text").is_not_null() & covers.is_null(), "covers_text"),
            *((reason, pl.sql_expr(fault), "covers_text") for reason, fault in _samples.COVERS_FAULTS.items()),
            ("gpu_index: not an INTEGER", index.is_not_null() & ~index.str.contains(r"^\d{1,9}$"), "gpu_index"),
        ),
    )
    return Rows(file, kept, rejected)


def _instant(name: str) -> pl.Expr:
    """The UTC instant in ISO text with a zone or without; null where it is none."""
    text = pl.col(name).str.replace(" ", "T", literal=True).str.replace("Z$", "+00:00")
    zoned = text.str.to_datetime("%Y-%m-%dT%H:%M:%S%.f%#z", time_unit="us", time_zone="UTC", strict=False)
    plain = text.str.to_datetime("%Y-%m-%dT%H:%M:%S%.f", time_unit="us", strict=False)
    return pl.coalesce(zoned.dt.replace_time_zone(None), plain)
