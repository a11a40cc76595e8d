"""Answers of Prometheus' HTTP API, saved as JSON: instant (`/api/v1/query`) and range (`/api/v1/query_range`).

One file is one answer and may hold several metrics. `source_row` numbers its samples, series by series. Series of
metrics that no model uses are left out and named in the delivery's description. The answer does not say how much time
a sample speaks for, so `covers_seconds` stays null; the models derive coverage from the spacing. An answer over metrics
of inference servers alone is left to `serving_metrics`; one that mixes both is read here, and says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl

from pipelines.errors import InputError
from pipelines.sources.files import Candidate
from pipelines.sources.model import Claim, Delivery, LandedFile, Reading, Rows
from pipelines.sources.telemetry import _samples, _serving
from pipelines.sources.telemetry._prometheus import answer_names, answer_series, is_answer

KIND = "telemetry"
TABLE = "raw.gpu_sample"
SUMMARY = "Prometheus query answers (JSON, instant or range) over DCGM metrics"
MODE = "append"
SCOPE = ""


def claim(files: Sequence[Candidate]) -> list[Claim]:
    """Each file that is an answer of the query API; failed queries and cut files too, `read` says what is wrong."""
    return [
        Claim((file,), _describe(file.json))
        for file in files
        if is_answer(file) and not _is_of_servers_alone(answer_names(file.json))
    ]


def read(delivery: Delivery) -> Reading:
    """Every sample of the stored metrics, in file order.

    Raises:
        InputError: the query failed, the file is cut, or its series are of no stored metric.
    """
    return Reading(tuple(_rows(file) for file in delivery.files))


def _is_of_servers_alone(names: set[str]) -> bool:
    return _serving.is_among(names) and not names & _samples.CANONICAL.keys()


def _describe(content: object) -> str:
    if not isinstance(content, dict) or content.get("status") != "success":
        return "Prometheus answer without data"
    series = content["data"].get("result") or []
    names = [str(item.get("metric", {}).get("__name__", "?")) for item in series]
    stored = sorted({_samples.CANONICAL[name] for name in names if name in _samples.CANONICAL})
    ignored = sorted({name for name in names if name not in _samples.CANONICAL})
    text = (
        f"Prometheus {content['data']['resultType']}, {len(series)} series of {', '.join(stored) or 'no stored metric'}"
    )
    if ignored:
        text += f"; not stored: {', '.join(ignored)}"
    if _serving.is_among(names):
        text += _serving.ADD_AGAIN
    if content.get("warnings"):
        text += f"; Prometheus warns: {'; '.join(map(str, content['warnings']))}"
    return text


def _rows(file: LandedFile) -> Rows:
    series = answer_series(file)
    names = {item["metric"].get("__name__") for item in series}
    if names and not names & _samples.CANONICAL.keys():
        found = ", ".join(sorted(str(name) for name in names)) if names != {None} else "series without a name"
        raise InputError(
            f"the answer holds no metric that is stored: {found}",
            file=file.name,
            next_step="query a DCGM metric by its name, for example DCGM_FI_DEV_POWER_USAGE; functions drop the name",
        )
    table: dict[str, list[Any]] = {name: [] for name in (*_samples.TEXT_COLUMNS, "seconds")}
    for item in series:
        seconds, texts = item["points"]
        labels = _samples.device_labels(item["metric"])
        row = {**labels, "metric": item["metric"].get("__name__"), "seconds": seconds, "value_text": texts}
        for name, values in table.items():
            values.append(row[name])
    schema = {name: pl.String() for name in _samples.TEXT_COLUMNS} | {
        "seconds": pl.List(pl.Float64()),
        "value_text": pl.List(pl.String()),
    }
    raw = (
        pl.LazyFrame(table, schema=schema)
        .explode("seconds", "value_text")
        .with_row_index("source_row", offset=1)
        .filter(pl.col("metric").is_in(list(_samples.CANONICAL)))
        .with_columns(pl.sql_expr(_samples.metric_sql("metric")).alias("metric"))
    )
    kept, rejected = _samples.split(_samples.from_seconds(raw))
    return Rows(file, kept, rejected)
