"""Metrics of inference servers: how each engine calls what is stored, and what its labels mean.

Counters and the three parts of a histogram only: rates and gauges of a moment say nothing of the time between samples.
Of several names for one thing one is stored: vLLM's histogram of prompt lengths repeats its counter of prompt tokens.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import polars as pl

from pipelines.sources.frames import REJECTED_SCHEMA, in_schema, rows_schema

TABLE: Final = "raw.serving_sample"
ADD_AGAIN: Final = "; holds metrics of inference servers too: add it again with --source serving_metrics"
_TTFT: Final = "time_to_first_token_seconds"


@dataclass(frozen=True, slots=True)
class Stored:
    """One delivered metric: whose, what it is called here, and the factor to the unit here."""

    engine: str
    metric: str
    factor: float = 1.0


def _histogram(engine: str, name: str, factor: float = 1.0) -> dict[str, Stored]:
    return {
        f"{name}_sum": Stored(engine, f"{_TTFT}_sum", factor),
        f"{name}_count": Stored(engine, f"{_TTFT}_count"),
        f"{name}_bucket": Stored(engine, f"{_TTFT}_bucket", factor),
    }


# Without the ending `_total`, which some versions and parsers add and others leave out.
METRICS: Final[Mapping[str, Stored]] = {
    "vllm:request_success": Stored("vllm", "requests_count"),
    "vllm:prompt_tokens": Stored("vllm", "input_tokens_count"),
    "vllm:generation_tokens": Stored("vllm", "output_tokens_count"),
    **_histogram("vllm", "vllm:time_to_first_token_seconds"),
    "sglang:num_requests": Stored("sglang", "requests_count"),
    "sglang:prompt_tokens": Stored("sglang", "input_tokens_count"),
    "sglang:generation_tokens": Stored("sglang", "output_tokens_count"),
    **_histogram("sglang", "sglang:time_to_first_token_seconds"),
    "tgi_request_success": Stored("tgi", "requests_count"),
    "tgi_request_input_length_sum": Stored("tgi", "input_tokens_count"),
    "tgi_request_generated_tokens_sum": Stored("tgi", "output_tokens_count"),
    "nv_inference_request_success": Stored("triton", "requests_count"),
    **_histogram("triton", "nv_inference_first_response_histogram_ms", 0.001),
}
_SAMPLE: Final = re.compile(rf"^(?:{'|'.join(map(re.escape, METRICS))})(?:_total)?(?:\{{[^\n]*\}})? ", re.MULTILINE)

_LABELS: Final[Mapping[str, tuple[str, ...]]] = {
    "model_name": ("model_name", "model", "model_id"),
    "instance": ("instance",),
}
# Where the scrape kept the target's own labels, the server's stand beside them as `exported_…`, and win together.
_WORKLOAD: Final = ("namespace", "pod")
# Which of a pair of scrapers it was, as Prometheus' operator and Mimir say it: both count the same requests.
_SCRAPERS: Final = ("prometheus_replica", "__replica__")
TEXT_COLUMNS: Final = (*_LABELS, "service", *_WORKLOAD, "labels_json", "name", "le", "value_text")


def stored(name: str) -> Stored | None:
    """The stored metric that a delivered name is; None where it is none."""
    return METRICS.get(name) or METRICS.get(name.removesuffix("_total"))


def is_among(names: Iterable[str]) -> bool:
    """Whether a stored metric is among delivered names."""
    return any(stored(name) for name in names)


def is_scrape(text: str) -> bool:
    """Whether a line of text is a sample of a stored metric."""
    return bool(_SAMPLE.search(text))


def server_labels(labels: Mapping[str, str], service: str | None) -> dict[str, str | None]:
    """Contract columns, as text, from the labels of a series. An empty label is no label.

    Args:
        labels: the series', `__name__` allowed.
        service: what the person calls the service; else its label `service` does.
    """
    filled = {name: value for name, value in labels.items() if value and name not in ("__name__", "le", *_SCRAPERS)}
    found = {
        column: next((filled[name] for name in names if name in filled), None) for column, names in _LABELS.items()
    }
    exported = {name: filled.get("exported_" + name) for name in _WORKLOAD}
    return {
        **found,
        "service": service or filled.get("exported_service") or filled.get("service"),
        **(exported if any(exported.values()) else {name: filled.get(name) for name in _WORKLOAD}),
        "labels_json": json.dumps(filled, sort_keys=True, ensure_ascii=False),
        "le": labels.get("le"),
    }


def split(raw: pl.LazyFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Samples that are kept, in contract shape, and those rejected; the bucket without end is left out, as the count.

    Args:
        raw: `source_row`, `seconds` since 1970 and `TEXT_COLUMNS`.
    """
    names = sorted(set(METRICS) | {f"{name}_total" for name in METRICS})
    of = {name: found for name in names if (found := stored(name))}

    def mapped(values: Mapping[str, object], dtype: type[pl.DataType]) -> pl.Expr:
        return pl.col("name").replace_strict(values, default=None, return_dtype=dtype)

    factor = mapped({name: found.factor for name, found in of.items()}, pl.Float64)
    is_bucket = pl.col("name").str.ends_with("_bucket")
    number = pl.col("value_text").cast(pl.Float64, strict=False)
    micros = (pl.col("seconds") * 1_000_000).round().cast(pl.Int64, strict=False)
    upper = pl.when(is_bucket).then((pl.col("le").cast(pl.Float64, strict=False) * factor).round(9))
    null_reason = (
        pl.when(number.is_null() | ~number.is_finite())
        .then(pl.lit("not_a_number"))
        .when(number < 0)
        .then(pl.lit("out_of_range"))
    )
    judged = (
        raw.filter(~(is_bucket & upper.is_infinite().fill_null(False)))
        .with_columns(
            micros.cast(pl.Datetime("us"), strict=False).alias("sampled_at"),
            pl.lit("counter").alias("value_kind"),
            pl.lit(None, dtype=pl.Float64).alias("covers_seconds"),
            mapped({name: found.engine for name, found in of.items()}, pl.String).alias("engine"),
            mapped({name: found.metric for name, found in of.items()}, pl.String).alias("metric"),
            upper.alias("bucket_upper_seconds"),
            null_reason.alias("null_reason"),
            # A bucket counts requests, whatever the unit of its end.
            pl.when(null_reason.is_null()).then(number * pl.when(is_bucket).then(1.0).otherwise(factor)).alias("value"),
            pl.lit(None).alias("billed_cost"),
        )
        .with_columns(
            pl.when(pl.col("sampled_at").is_null())
            .then(pl.lit("sampled_at: not a TIMESTAMP"))
            .when(is_bucket & pl.col("bucket_upper_seconds").is_null())
            .then(pl.lit("le: the bucket has no upper end"))
            .alias("reason"),
            pl.coalesce(pl.when(pl.col("sampled_at").is_null()).then(pl.col("seconds").cast(pl.String)), "le").alias(
                "offending_value"
            ),
        )
    )
    kept, rejected = pl.collect_all(
        [
            in_schema(judged.filter(pl.col("reason").is_null()), rows_schema(TABLE)),
            in_schema(judged.filter(pl.col("reason").is_not_null()), REJECTED_SCHEMA),
        ]
    )
    return kept, rejected
