"""Parquet of GPU samples, for telemetry too large for text. Four shapes, told apart by their columns:

long        tenure's own: `sampled_at, gpu_uuid, metric, value`, and the optional columns of `gpu_samples_csv`
wide        tenure's own: `sampled_at, gpu_uuid`, the optional columns, and one column a DCGM metric
collector   `timestamp, gpu, power_w, energy_mj, …`, as in `node_readings_csv`
Prometheus  samples read from its store: `__name__, timestamp, value, labels`, a map of text

A column of times is taken as it is, without a zone as UTC. Prometheus' `timestamp` may be of whole milliseconds, as its
store keeps it, or a binary fraction of seconds, as its HTTP API gives it. Its series of metrics that no model uses are
left out and counted; in tenure's own long shape such a name is rejected, for it may as well be a typing error.

In the wide and collector's shapes each column is a part, called `FILE#COLUMN`; `source_row` is the row in both.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from pipelines.errors import InputError
from pipelines.sources.files import Candidate
from pipelines.sources.model import Claim, Delivery, Expression, LandedFile, Reading, Scan
from pipelines.sources.parquet import MAP, ParquetFields
from pipelines.sources.sql import Typed, as_text, literal, number
from pipelines.sources.telemetry import _readings, _samples

KIND = "telemetry"
TABLE = "raw.gpu_sample"
SUMMARY = "Parquet of GPU samples: long, wide, a collector's, or read from Prometheus' store"
MODE = "append"
SCOPE = ""

_OWN: Final = {"sampled_at", "gpu_uuid"}
_PROMETHEUS: Final = {"__name__", "timestamp", "value", "labels"}
# Labels as exporters spell them, by contract column, the first that is there winning.
_LABELS: Final = {
    "node": ("Hostname", "hostname", "node"),
    "gpu_uuid": ("UUID", "uuid", "gpu_uuid"),
    "gpu_index": ("gpu",),
    "mig_instance": ("GPU_I_ID", "gpu_i_id"),
    "mig_profile": ("GPU_I_PROFILE", "gpu_i_profile"),
    "gpu_model_name": ("modelName", "modelname"),
    "job_id": ("hpc_job", "slurm_job_id", "job_id"),
}
_WORKLOAD: Final = {
    "namespace": ("namespace", "pod_namespace"),
    "pod": ("pod", "pod_name"),
    "container": ("container", "container_name"),
}


def claim(files: Sequence[Candidate]) -> list[Claim]:
    """Each Parquet file with the columns of one of the shapes."""
    return [
        Claim((file,), f"GPU samples, {shape} Parquet {file.name}")
        for file in files
        if (shape := _shape(file.parquet_columns))
    ]


def read(delivery: Delivery) -> Reading:
    """Scans for the warehouse, one a file or stored column.

    Raises:
        InputError: nothing says which device a row is of, or a column has not the type it needs.
    """
    parts: list[Scan] = []
    for file in delivery.files:
        fields = ParquetFields(file)
        shape = _shape(fields.names)
        if shape == "long":
            parts.append(_long(file, fields))
        elif shape == "wide":
            parts += _readings.wide(file, None, fields)
        elif shape == "collector's":
            parts += _readings.collected(file, None, fields, delivery.options)
        else:
            parts.append(_prometheus(file, fields))
    return Reading(tuple(parts))


def _shape(columns: Sequence[str]) -> str:
    names = set(columns)
    if names >= _OWN:
        if {"metric", "value"} <= names:
            return "long"
        return "wide" if names & _samples.CANONICAL.keys() else ""
    if names >= _PROMETHEUS:
        return "Prometheus"
    return "collector's" if _readings.is_collected(names) else ""


def _long(file: LandedFile, fields: ParquetFields) -> Scan:
    columns = _readings.own_columns(fields)
    metric = fields["metric"]
    return Scan(
        file=file,
        layout=None,
        select={
            **columns,
            "metric": Expression(_samples.metric_sql(metric)),
            **_readings.measured(metric, fields["value"], columns["mig_instance"].sql),
        },
        reject=_samples.COVERS_FAULTS,
        by_words=_readings.highest(metric, columns["mig_instance"].sql),
        unread=fields.unread,
    )


def _prometheus(file: LandedFile, fields: ParquetFields) -> Scan:
    labels, name, value = fields["labels"], fields["__name__"], fields["value"]
    if not isinstance(labels, Typed) or labels.type != MAP:
        raise InputError(
            "column 'labels' is no map of text",
            file=file.name,
            next_step="write the labels of a series as MAP<string, string>",
        )

    def label(names: Sequence[str]) -> str:
        values = [f"nullif({labels.native}[{literal(text)}], '')" for text in names]
        return f"coalesce({', '.join(values)})"

    mig = label(_LABELS["mig_instance"])
    # Where the scrape kept the target's own labels, the workload's are the exported ones, all three together.
    exported = {column: label([f"exported_{text}" for text in names]) for column, names in _WORKLOAD.items()}
    any_exported = f"coalesce({', '.join(exported.values())}) is not null"
    workload = [
        f"case when {any_exported} then {exported[column]} else {label(names)} end"
        for column, names in _WORKLOAD.items()
    ]
    known = ", ".join(literal(text) for text in _samples.CANONICAL)
    return Scan(
        file=file,
        layout=None,
        select={
            "sampled_at": _stored_instant(fields["timestamp"]),
            **{column: as_text(label(names)) for column, names in _LABELS.items() if column != "gpu_index"},
            "gpu_index": number(label(_LABELS["gpu_index"]), "integer"),
            "metric": Expression(_samples.metric_sql(name)),
            **_readings.measured(name, value, mig),
            **{
                column: Expression(_samples.workload_sql(text, *workload))
                for column, text in zip(_WORKLOAD, workload, strict=True)
            },
        },
        by_words=_readings.highest(name, mig),
        leave_out={"a metric that no model uses": f"{name} not in ({known})"},
        unread=fields.unread,
    )


def _stored_instant(value: str) -> Expression:
    if isinstance(value, Typed) and value.type == "BIGINT":
        return Expression(f"make_timestamp({value.native} * 1000)", raw=str(value))
    return _readings.instant(value)
