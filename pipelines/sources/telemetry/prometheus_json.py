"""Answers of Prometheus' HTTP API, saved as JSON: instant (`/api/v1/query`) and range (`/api/v1/query_range`).

One file is one answer and may hold several metrics. `source_row` numbers its samples, series by series. Series of
metrics that no model uses are left out and named in the delivery's description. The answer does not say how much time
a sample speaks for, so `covers_seconds` stays null; the models derive coverage from the spacing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from pipelines.errors import InputError
from pipelines.sources.files import Candidate
from pipelines.sources.frames import read_text
from pipelines.sources.model import Claim, Delivery, LandedFile, Reading, Rows
from pipelines.sources.telemetry import _samples

KIND = "telemetry"
TABLE = "raw.gpu_sample"
SUMMARY = "Prometheus query answers (JSON, instant or range) over DCGM metrics"
MODE = "append"
SCOPE = ""

_BEGINS_LIKE_ONE = re.compile(r'\s*\{\s*"status"\s*:\s*"(success|error)"')
_RESULT_TYPES = ("vector", "matrix")


def claim(files: Sequence[Candidate]) -> list[Claim]:
    """Each file that is an answer of the query API; failed queries and cut files too, `read` says what is wrong."""
    return [Claim((file,), _describe(file.json)) for file in files if _is_answer(file)]


def read(delivery: Delivery) -> Reading:
    """Every sample of the stored metrics, in file order.

    Raises:
        InputError: the query failed, the file is cut, or its series are of no stored metric.
    """
    return Reading(tuple(_rows(file) for file in delivery.files))


def _is_answer(file: Candidate) -> bool:
    content = file.json
    if content is None:
        return bool(_BEGINS_LIKE_ONE.match(file.head_text))
    if not isinstance(content, dict):
        return False
    return (content.get("status") == "error" and "errorType" in content) or _result_type(content) in _RESULT_TYPES


def _result_type(content: Mapping[str, Any]) -> object:
    data = content.get("data")
    return data.get("resultType") if content.get("status") == "success" and isinstance(data, dict) else None


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
    if content.get("warnings"):
        text += f"; Prometheus warns: {'; '.join(map(str, content['warnings']))}"
    return text


def _rows(file: LandedFile) -> Rows:
    series = _series(file)
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


def _series(file: LandedFile) -> list[dict[str, Any]]:
    """The series of an answer: labels and the two columns of its points.

    Raises:
        InputError: see `read`.
    """
    try:
        content = json.loads(read_text(file))
    except json.JSONDecodeError as error:
        raise InputError(
            f"the JSON is cut or damaged ({error.msg})",
            file=file.name,
            line=error.lineno,
            next_step="run the query again",
        ) from error
    if content.get("status") == "error":
        raise InputError(
            f"the query failed: {content.get('errorType', 'error')}: {content.get('error', 'no message')}",
            file=file.name,
            next_step="mend the query and save its answer again",
        )
    plural = _result_type(content) == "matrix"
    key = "values" if plural else "value"
    series: list[dict[str, Any]] = []
    for position, item in enumerate(content["data"].get("result") or [], start=1):
        try:
            points = item[key] if plural else [item[key]]
            seconds, texts = zip(*points, strict=True)
            series.append({"metric": item["metric"], "points": (list(map(float, seconds)), list(map(str, texts)))})
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(
                f"series {position} has no labels and {key!r} of time and text",
                file=file.name,
                next_step="save the answer of /api/v1/query or /api/v1/query_range as it is",
            ) from error
    return series
