"""Tables with one row a device and time, and one column a metric: read by the warehouse, column by column.

Belongs here: which columns of such tables are which metric, device and label, in CSV and Parquet. Not here: the other
shapes of samples.

Each stored column is a part of its own, called after the file and the column (`run.parquet#power_w`), so that a sample
is traced to a row and a column and no row passes through Python.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from pipelines.errors import InputError
from pipelines.sources.model import Csv, Expression, LandedFile, Scan
from pipelines.sources.sql import Fields, Typed, as_text, literal, number, said, timestamp
from pipelines.sources.telemetry import _samples

# Columns of collectors that sample faster than an exporter is scraped. Units are in the names; ratios have none.
COLLECTED: Final[Mapping[str, str]] = {
    "power_w": "DCGM_FI_DEV_POWER_USAGE",
    "gpu_util_pct": _samples.GPU_UTIL,
    "mem_used_mib": "DCGM_FI_DEV_FB_USED",
    "energy_mj": _samples.ENERGY,
    "gr_engine_active": "DCGM_FI_PROF_GR_ENGINE_ACTIVE",
    "sm_active": "DCGM_FI_PROF_SM_ACTIVE",
    "tensor_active": "DCGM_FI_PROF_PIPE_TENSOR_ACTIVE",
    "dram_active": "DCGM_FI_PROF_DRAM_ACTIVE",
}
_HIGHEST: Final = "highest_value"
_NUMBERS: Final = frozenset({"DOUBLE", "TINYINT", "SMALLINT", "INTEGER", "BIGINT"})
_FIRST_SECOND, _LAST_SECOND = 1_000_000_000, 10_000_000_000


def is_collected(columns: Iterable[str]) -> bool:
    """Whether a table is a collector's: a time, a device and a metric, by their names there."""
    names = set(columns)
    return "timestamp" in names and bool(names & {"gpu", "gpu_uuid", "uuid"}) and bool(names & COLLECTED.keys())


def collected(file: LandedFile, layout: Csv | None, fields: Fields, options: Mapping[str, str]) -> tuple[Scan, ...]:
    """A collector's table as parts.

    Raises:
        InputError: nothing says which device a row is of.
    """
    return _parts(
        file,
        layout,
        fields,
        {name: metric for name, metric in COLLECTED.items() if name in fields},
        {
            "sampled_at": instant(fields["timestamp"]),
            "node": as_text(_node(fields, options)),
            "gpu_uuid": as_text(_device(file, fields, options)),
            "gpu_index": number(fields.get("gpu"), "integer"),
            "gpu_model_name": as_text(fields.get("gpu_model")),
            **labels(fields),
        },
    )


def wide(file: LandedFile, layout: Csv | None, fields: Fields) -> tuple[Scan, ...]:
    """The parts of tenure's own wide table: `sampled_at`, `gpu_uuid`, and a column a metric, by DCGM's names."""
    metrics = {name: _samples.CANONICAL[name] for name in fields.names if name in _samples.CANONICAL}
    return _parts(file, layout, fields, metrics, own_columns(fields))


def own_columns(fields: Fields) -> dict[str, Expression]:
    """What tenure's own table says of a row beside its values; text without a zone is UTC there."""
    return {
        "sampled_at": timestamp(fields["sampled_at"]),
        "covers_seconds": number(fields.get("covers_seconds")),
        "node": as_text(fields.get("node")),
        "gpu_uuid": as_text(fields["gpu_uuid"]),
        "gpu_index": number(fields.get("gpu_index"), "integer"),
        "gpu_model_name": as_text(fields.get("gpu_model_name")),
        **labels(fields),
    }


def labels(fields: Fields) -> dict[str, Expression]:
    """MIG instance and workload, from columns of the contract's names."""
    workload = (fields.get("namespace"), fields.get("pod"), fields.get("container"))
    return {
        "mig_instance": as_text(fields.get("mig_instance")),
        "mig_profile": as_text(fields.get("mig_profile")),
        "namespace": Expression(_samples.workload_sql(workload[0], *workload)),
        "pod": Expression(_samples.workload_sql(workload[1], *workload)),
        "container": Expression(_samples.workload_sql(workload[2], *workload)),
        "job_id": as_text(fields.get("job_id")),
    }


def measured(name: str, value: str, mig_instance: str) -> dict[str, Expression]:
    """`value` and `null_reason` of a metric, for a scan that also has what `highest` gives for its words.

    Args:
        name: SQL of the metric's name.
        value: SQL of the value as text; a `Typed` number is taken as it is, and written only to tell why it is none.
        mig_instance: SQL of the MIG instance, null for a whole GPU.
    """
    is_number = isinstance(value, Typed) and value.type in _NUMBERS
    number = f"cast({value.native} as double)" if is_number else value  # type: ignore[attr-defined]
    taken = _samples.value_sql(name, number, mig_instance, said(_HIGHEST))
    reason = _samples.null_reason_sql(name, value, mig_instance, said(_HIGHEST))
    return {
        "value": Expression(taken),
        "null_reason": Expression(f"case when ({taken}) is null then {reason} end" if is_number else reason),
    }


def highest(name: str, mig_instance: str) -> dict[str, str]:
    """The limit of a metric, once for all samples of a series: a name is compared with twenty."""
    return {_HIGHEST: _samples.highest_sql(name, mig_instance)}


def instant(value: str) -> Expression:
    """The UTC instant in a column: a time, a number of seconds since 1970 or its text, or text with a zone.

    Numbers outside 2001 to 2286 are no times: they are milliseconds, or a date without its dashes.
    """
    if isinstance(value, Typed) and value.type not in _NUMBERS:
        return timestamp(value)
    if isinstance(value, Typed):
        seconds, otherwise = f"cast({value.native} as double)", "null"
    else:
        seconds = f"try_cast({value} as double)"
        has_zone = f"regexp_full_match({value}, '.*[T ].*(Z|[+-][0-9]{{2}}(:?[0-9]{{2}})?)')"
        otherwise = f"case when {has_zone} then {timestamp(value).sql} end"
    return Expression(
        f"case when {seconds} >= {_FIRST_SECOND} and {seconds} < {_LAST_SECOND} "
        f"then make_timestamp(cast(round({seconds} * 1000000) as bigint)) else {otherwise} end",
        raw=value,
    )


def _parts(
    file: LandedFile,
    layout: Csv | None,
    fields: Fields,
    metrics: Mapping[str, str],
    columns: Mapping[str, Expression],
) -> tuple[Scan, ...]:
    mig = columns["mig_instance"].sql
    rejected = _samples.COVERS_FAULTS if "covers_seconds" in columns else {}
    return tuple(
        Scan(
            file=replace(file, name=f"{file.name}#{name}"),
            layout=layout,
            select={
                **columns,
                "metric": Expression(literal(metric)),
                **measured(literal(metric), fields[name], mig),
            },
            reject=rejected,
            by_words=highest(literal(metric), mig),
            unread=fields.unread,
        )
        for name, metric in metrics.items()
    )


def _node(fields: Fields, options: Mapping[str, str]) -> str:
    if "node" in options:
        return literal(options["node"])
    return fields.get("node", "hostname")


def _device(file: LandedFile, fields: Fields, options: Mapping[str, str]) -> str:
    """SQL of the device's identity: its UUID, else node and number.

    Raises:
        InputError: there is no UUID and no node.
    """
    if "gpu_uuid" in fields or "uuid" in fields:
        return fields.get("gpu_uuid", "uuid")
    if "node" not in options and "node" not in fields and "hostname" not in fields:
        raise InputError(
            "a row says the number of a GPU, and not of which machine: there is no column gpu_uuid or node",
            file=file.name,
            line=1,
            next_step="add --option node=NAME: its GPUs are then called NAME/gpu0 and so on, until a card is swapped",
        )
    return f"({_node(fields, options)} || '/gpu' || {fields['gpu']})"
