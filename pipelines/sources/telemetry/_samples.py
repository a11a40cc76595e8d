"""What every telemetry format shares: DCGM's names, its words for "no value", what each metric can be, whose pod it is.

The rules are SQL text in the subset that DuckDB and polars both speak, so that a CSV read by the warehouse and a JSON
answer read here are judged by the same rule, once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import polars as pl

from pipelines.contracts.gpu_sample import METRICS
from pipelines.sources.frames import REJECTED_SCHEMA, in_schema, rows_schema
from pipelines.sources.sql import literal

GPU_UTIL: Final = "DCGM_FI_DEV_GPU_UTIL"
ENERGY: Final = "DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION"

# Names of exporter 1.x (its compatibility list), which differ by more than the prefix and case.
_OLD_NAMES: Final = {
    "dcgm_gpu_utilization": GPU_UTIL,
    "dcgm_power_usage": "DCGM_FI_DEV_POWER_USAGE",
    "dcgm_total_energy_consumption": ENERGY,
    "dcgm_fb_used": "DCGM_FI_DEV_FB_USED",
}
CANONICAL: Final[Mapping[str, str]] = {
    **{name: name for name in METRICS},
    **{name.lower(): name for name in METRICS},
    **_OLD_NAMES,
}

# What a metric can physically be; beyond it the value is noise or one of the codes below. No accelerator draws 10 kW or
# has 1 TiB; 1.4e14 mJ is three years at 1.4 kW without a reboot.
_LIMITS: Final[Mapping[str, float]] = {
    GPU_UTIL: 100.0,
    "DCGM_FI_DEV_POWER_USAGE": 10_000.0,
    ENERGY: 1.4e14,
    "DCGM_FI_DEV_FB_USED": 1_048_576.0,
    "DCGM_FI_PROF_GR_ENGINE_ACTIVE": 1.0,
    "DCGM_FI_PROF_SM_ACTIVE": 1.0,
    "DCGM_FI_PROF_PIPE_TENSOR_ACTIVE": 1.0,
    "DCGM_FI_PROF_DRAM_ACTIVE": 1.0,
}

# dcgm_structs.h: blank, not found, not supported, not permissioned are four numbers in a row, in three widths.
_CODES: Final = ("blank", "not_found", "not_supported", "not_permissioned")
_INT32_BLANK: Final = 2_147_483_632
_FP64_BLANK: Final = 140_737_488_355_328
_INT64_BLANK: Final = 9_223_372_036_854_775_792
_WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "blank": ("<<<null>>>", "n/a", "[n/a]", "null"),
    "not_found": ("<<<not_found>>>", "[not found]"),
    "not_supported": ("<<<not_supported>>>", "[not supported]"),
    "not_permissioned": ("<<<not_perm>>>", "[insufficient permissions]"),
    "device_error": ("[unknown error]", "[gpu requires reset]", "[gpu is lost]"),
    "not_a_number": ("nan", "+nan", "-nan", "inf", "+inf", "-inf", "infinity", "+infinity", "-infinity"),
}

# Why a row is rejected for the time it says it speaks for: a run that rebuilds a day reads samples of the day after it,
# and none further on.
COVERS_FAULTS: Final[Mapping[str, str]] = {
    "covers_seconds: below 0": "covers_seconds < 0",
    "covers_seconds: more than a day (86400)": "covers_seconds > 86400",
}

# Labels of a series or sample, lower case, in order of preference. The exporter writes `UUID`, old ones `uuid`.
_LABELS: Final[Mapping[str, tuple[str, ...]]] = {
    "node": ("hostname", "node"),
    "gpu_uuid": ("uuid", "gpu_uuid"),
    "gpu_index": ("gpu",),
    "mig_instance": ("gpu_i_id",),
    "mig_profile": ("gpu_i_profile",),
    "gpu_model_name": ("modelname",),
    "job_id": ("hpc_job", "slurm_job_id", "job_id"),
}
_WORKLOAD: Final[Mapping[str, tuple[str, ...]]] = {
    "namespace": ("namespace", "pod_namespace"),
    "pod": ("pod", "pod_name"),
    "container": ("container", "container_name"),
}
WORKLOAD: Final = tuple(_WORKLOAD)
TEXT_COLUMNS: Final = (*_LABELS, *WORKLOAD, "metric", "value_text")


def device_labels(labels: Mapping[str, str]) -> dict[str, str | None]:
    """Contract columns, as text, from the labels of a series.

    Where the scrape kept the target's own `pod`, the workload stands in `exported_pod` and its siblings; they win, all
    three together. An empty label is no label.
    """
    lower = {name.lower(): value for name, value in labels.items() if value}

    def first(names: Iterable[str]) -> str | None:
        return next((lower[name] for name in names if name in lower), None)

    found = {column: first(names) for column, names in _LABELS.items()}
    exported = {column: first("exported_" + name for name in names) for column, names in _WORKLOAD.items()}
    plain = {column: first(names) for column, names in _WORKLOAD.items()}
    return found | (exported if any(exported.values()) else plain)


def metric_sql(name: str) -> str:
    """Canonical name of the metric text `name`; text that is no stored metric stays as it is."""
    cases = " ".join(
        f"when {name} = {literal(old)} then {literal(new)}" for old, new in CANONICAL.items() if old != new
    )
    # Nearly all are in DCGM's own spelling, and need not be compared with every other.
    return f"case when {name} like 'DCGM%' then {name} {cases} else {name} end"


def null_reason_sql(name: str, text: str, mig_instance: str, highest: str | None = None) -> str:
    """Why the value in `text` is none; null where it is one.

    Args:
        name: the metric's name, canonical or old.
        text: the value as delivered.
        mig_instance: the MIG instance, null for a whole GPU.
        highest: what `highest_sql` gives of both, where it is at hand.
    """
    number = f"try_cast({text} as double)"
    words = [
        f"when lower({text}) in ({', '.join(literal(word) for word in words)}) then '{reason}'"
        for reason, words in _WORDS.items()
    ]
    # As doubles the four 64-bit integers are one number, so they are told apart as text.
    int64 = [f"when {text} = '{_INT64_BLANK + step}' then '{code}'" for step, code in enumerate(_CODES)]
    narrower = [
        f"when {number} = {blank + step}.0 then '{code}'"
        for blank in (_FP64_BLANK, _INT32_BLANK)
        for step, code in enumerate(_CODES)
    ]
    return " ".join(
        (
            f"case when {_is_measured(text, highest or highest_sql(name, mig_instance))} then null",
            f"when {text} is null or {text} = '' then 'blank'",
            f"when {_is_util_of_mig(name, mig_instance)} then 'not_supported'",
            *words,
            f"when {number} is null then 'not_a_number'",
            *int64,
            f"when {number} >= 9223372036854774784.0 then 'blank'",
            *narrower,
            "else 'out_of_range' end",
        )
    )


def value_sql(name: str, text: str, mig_instance: str, highest: str | None = None) -> str:
    """The value in `text`; null where `null_reason_sql`, told the same, gives a reason."""
    is_measured = _is_measured(text, highest or highest_sql(name, mig_instance))
    return f"case when {is_measured} then try_cast({text} as double) end"


def highest_sql(name: str, mig_instance: str) -> str:
    """The highest value that a metric, by its canonical or old name, can have; null where it has none at all."""
    limits = " ".join(f"when {literal(old)} then {_LIMITS[metric]!r}" for old, metric in CANONICAL.items())
    return f"cast(case when not {_is_util_of_mig(name, mig_instance)} then case {name} {limits} end end as double)"


def limit(metric: str, mig_instance: str | None) -> float | None:
    """The highest value that a canonical metric can have; None where it has none at all."""
    return None if metric == GPU_UTIL and mig_instance is not None else _LIMITS[metric]


def _is_measured(text: str, highest: str) -> str:
    """Whether the value lies within the metric's limits; all of DCGM's codes for no value lie beyond them."""
    return f"try_cast({text} as double) >= 0.0 and try_cast({text} as double) <= {highest}"


def _is_util_of_mig(name: str, mig_instance: str) -> str:
    """A MIG instance has no `GPU_UTIL`: exporters leave it out or write 0, and 0 is not idle."""
    names = ", ".join(literal(old) for old, metric in CANONICAL.items() if metric == GPU_UTIL)
    return f"({mig_instance} is not null and {name} in ({names}))"


def workload_sql(value: str, namespace: str, pod: str, container: str) -> str:
    """`value`, one of the other three, unless they name the exporter itself: its own pod is nobody's workload.

    The scrape job is no evidence: it is the exporter's name on every series, the workload's too.
    """
    return (
        f"case when lower({pod}) like '%dcgm-exporter%' or lower({container}) like '%dcgm-exporter%' "
        f"or ({pod} is null and {container} is null and {namespace} = 'gpu-operator') then null else {value} end"
    )


def from_seconds(raw: pl.LazyFrame) -> pl.LazyFrame:
    """`raw` with the columns of time that `split` wants, from its `seconds` since 1970 (to the microsecond)."""
    micros = (pl.col("seconds") * 1_000_000).round().cast(pl.Int64, strict=False)
    return raw.with_columns(
        micros.cast(pl.Datetime("us"), strict=False).alias("sampled_at"),
        pl.col("seconds").cast(pl.String).alias("sampled_text"),
        pl.lit(None, dtype=pl.Float64).alias("covers_seconds"),
    )


def split(
    raw: pl.LazyFrame,
    faults: Sequence[tuple[str, pl.Expr, str]] = (),
    first: Sequence[tuple[str, pl.Expr, str]] = (),
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Samples that are kept, in contract shape, and those rejected.

    Args:
        raw: `source_row`, `sampled_at`, `sampled_text` (as delivered), `covers_seconds` and `TEXT_COLUMNS`, where
            `metric` is canonical.
        faults: further reasons to reject a row: reason, condition, column with the offending text.
        first: the same, told before any other reason.
    """
    reasons = [
        *first,
        ("gpu_uuid: missing", pl.col("gpu_uuid").is_null(), "gpu_uuid"),
        ("sampled_at: missing", pl.col("sampled_text").is_null(), "sampled_text"),
        ("sampled_at: not a TIMESTAMP", pl.col("sampled_at").is_null(), "sampled_text"),
        *faults,
    ]
    judged = raw.with_columns(
        _first_true([(condition, pl.lit(reason)) for reason, condition, _ in reasons]).alias("reason"),
        _first_true([(condition, pl.col(text)) for _, condition, text in reasons]).alias("offending_value"),
        pl.col("gpu_index").cast(pl.Int32, strict=False),
        *(
            pl.sql_expr(workload_sql(column, "namespace", "pod", "container")).alias(f"workload_{column}")
            for column in _WORKLOAD
        ),
        pl.sql_expr(null_reason_sql("metric", "value_text", "mig_instance")).alias("null_reason"),
        pl.sql_expr(value_sql("metric", "value_text", "mig_instance")).alias("value"),
        pl.lit(None).alias("billed_cost"),
    )
    kept = judged.filter(pl.col("reason").is_null()).with_columns(
        *(pl.col(f"workload_{column}").alias(column) for column in _WORKLOAD),
    )
    rejected = judged.filter(pl.col("reason").is_not_null())
    frames = pl.collect_all(
        [in_schema(kept, rows_schema("raw.gpu_sample")), in_schema(rejected, REJECTED_SCHEMA)], engine="streaming"
    )
    return frames[0], frames[1]


def _first_true(branches: Sequence[tuple[pl.Expr, pl.Expr]]) -> pl.Expr:
    """The value of the first branch whose condition holds; null where none does."""
    result = pl.lit(None, dtype=pl.String)
    for condition, value in reversed(branches):
        result = pl.when(condition).then(value).otherwise(result)
    return result
