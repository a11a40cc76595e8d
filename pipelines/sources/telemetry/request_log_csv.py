"""Logs of inference requests, one a row, as Azure's public trace: time, tokens in, tokens out. CSV, plain or gzip.

Stored are the requests, tokens in and tokens out of each minute and model, as three amounts of `raw.serving_sample`
whose time ends with the minute. Nothing is lost in it: over a delivery, the sum of `requests_count` and the rejected
rows are the rows of the log, and the token sums are those of its rows. `source_row` of an amount is 3·(first row of the
minute and model) - 2 and the two after it; of a rejected row, 3·row.

Columns: `TIMESTAMP, ContextTokens, GeneratedTokens` (Azure), or `timestamp, input_tokens` or `prompt_tokens`,
`output_tokens` or `completion_tokens`; `model` and `service` where there are. Times with seven digits of a second, as
.NET writes, are read to the microsecond. Times without a zone need `--option time_zone=…` (see `_clock`). Whose the
requests are has to be said: by a column, or by `--option service=NAME` or `--option model_name=NAME`.
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
TABLE = "raw.serving_sample"
SUMMARY = "Logs of inference requests (CSV: timestamp, tokens in, tokens out), kept by minute"
MODE = "append"
SCOPE = ""

TIMES: Final = ("TIMESTAMP", "timestamp", "time")
TOKENS: Final[Mapping[str, tuple[str, ...]]] = {
    "input_tokens_count": ("ContextTokens", "input_tokens", "prompt_tokens"),
    "output_tokens_count": ("GeneratedTokens", "output_tokens", "completion_tokens"),
}
_WHOSE: Final[Mapping[str, tuple[str, ...]]] = {"service": ("service",), "model_name": ("model", "model_name")}
_METRICS: Final = ("requests_count", *TOKENS)
_MINUTE_SECONDS: Final = 60.0


def claim(files: Sequence[Candidate]) -> list[Claim]:
    """Each CSV with a time and both counts of tokens, by their names there."""
    return [
        Claim((file,), f"log of inference requests {file.name}")
        for file in files
        if all(_first(file.csv_header, names) for names in (TIMES, *TOKENS.values()))
    ]


def read(delivery: Delivery) -> Reading:
    """Three amounts a minute and model.

    Raises:
        InputError: nothing says whose the requests are, or whose clock a time is of.
    """
    return Reading(tuple(_rows(file, delivery.options) for file in delivery.files))


def _first(header: Sequence[str], names: Sequence[str]) -> str | None:
    return next((name for name in names if name in header), None)


def _rows(file: LandedFile, options: Mapping[str, str]) -> Rows:
    layout = csv_layout(file)
    whose = {column: _first(layout.header, names) for column, names in _WHOSE.items()}
    if not any(whose.values()) and not options.keys() & _WHOSE.keys():
        raise InputError(
            "nothing says whose the requests are: there is no column service or model",
            file=file.name,
            line=1,
            next_step="add --option service=NAME, or --option model_name=NAME",
        )
    frame = (
        csv_texts(file, layout)
        .select(
            pl.col(_first(layout.header, TIMES) or "").alias("time"),
            *(pl.col(_first(layout.header, names) or "").alias(metric) for metric, names in TOKENS.items()),
            *(
                pl.col(name).alias(column) if name else pl.lit(options.get(column), dtype=pl.String).alias(column)
                for column, name in whose.items()
            ),
        )
        .with_row_index("row", offset=1)
        .with_columns(pl.col("row").cast(pl.Int64), (pl.col("row").cast(pl.Int64) + 1).alias("line"))
        .collect()
    )
    judged = _judged(instants(frame, "time", Clock.of(options, file), file))
    kept, rejected = pl.collect_all(
        [
            in_schema(_amounts(judged.filter(pl.col("reason").is_null())), rows_schema(TABLE)),
            in_schema(judged.filter(pl.col("reason").is_not_null()), REJECTED_SCHEMA),
        ]
    )
    return Rows(file, kept, rejected)


def _judged(frame: pl.DataFrame) -> pl.LazyFrame:
    reason, value = pl.lit(None, dtype=pl.String), pl.lit(None, dtype=pl.String)
    faults = [
        ("sampled_at: missing", pl.col("time").is_null(), "time"),
        ("sampled_at: not a TIMESTAMP", pl.col("sampled_at").is_null(), "time"),
        *((f"{metric}: not a whole number of tokens", ~_is_count(metric), metric) for metric in TOKENS),
    ]
    for words, condition, column in reversed(faults):
        reason = pl.when(condition).then(pl.lit(words)).otherwise(reason)
        value = pl.when(condition).then(pl.col(column)).otherwise(value)
    return frame.lazy().with_columns(
        reason.alias("reason"),
        value.alias("offending_value"),
        pl.lit(None).alias("billed_cost"),
        (pl.col("row") * len(_METRICS)).alias("source_row"),
    )


def _is_count(column: str) -> pl.Expr:
    return pl.col(column).str.contains(r"^\d{1,12}$").fill_null(False)


def _amounts(rows: pl.LazyFrame) -> pl.LazyFrame:
    minutes = (
        rows.with_columns(
            pl.lit(1, dtype=pl.Int64).alias("requests_count"),
            *(pl.col(metric).cast(pl.Int64) for metric in TOKENS),
            (pl.col("sampled_at").dt.truncate("1m") + pl.duration(minutes=1)).alias("sampled_at"),
        )
        .group_by("sampled_at", *_WHOSE)
        .agg(pl.col(*_METRICS).sum(), pl.col("row").min())
    )
    return (
        minutes.unpivot(_METRICS, index=["sampled_at", "row", *_WHOSE], variable_name="metric", value_name="value")
        .with_columns(
            pl.col("metric").replace_strict(_METRICS, range(len(_METRICS)), return_dtype=pl.Int64).alias("position"),
        )
        .with_columns(
            ((pl.col("row") - 1) * len(_METRICS) + pl.col("position") + 1).alias("source_row"),
            pl.lit("amount").alias("value_kind"),
            pl.lit(_MINUTE_SECONDS).alias("covers_seconds"),
            *(
                pl.lit(None).alias(name)
                for name in (
                    "engine",
                    "instance",
                    "namespace",
                    "pod",
                    "labels_json",
                    "bucket_upper_seconds",
                    "null_reason",
                )
            ),
        )
        .sort("source_row")
    )
