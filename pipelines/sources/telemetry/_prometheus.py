"""Prometheus' two file formats, whatever is measured: answers of its HTTP API and scrapes of a target.

Belongs here: samples as they stand in the file. Not here: which metrics are stored, and what their labels mean.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from itertools import chain
from pathlib import PurePosixPath
from typing import Any

from prometheus_client import Metric
from prometheus_client.openmetrics import parser as openmetrics
from prometheus_client.parser import text_string_to_metric_families

from pipelines.errors import InputError
from pipelines.sources.files import Candidate
from pipelines.sources.frames import read_text, utc_instant
from pipelines.sources.model import LandedFile

_BEGINS_LIKE_ONE = re.compile(r'\s*\{\s*"status"\s*:\s*"(success|error)"')
_RESULT_TYPES = ("vector", "matrix")
_TIME_IN_NAME = re.compile(r"(\d{8}T\d{6})Z")


def is_answer(file: Candidate) -> bool:
    """Whether a file is an answer of the query API, failed and cut ones included."""
    content = file.json
    if content is None:
        return bool(_BEGINS_LIKE_ONE.match(file.head_text))
    if not isinstance(content, dict):
        return False
    return (content.get("status") == "error" and "errorType" in content) or result_type(content) in _RESULT_TYPES


def result_type(content: Mapping[str, Any]) -> object:
    """`vector` of an instant query, `matrix` of a range; None where the query failed."""
    data = content.get("data")
    return data.get("resultType") if content.get("status") == "success" and isinstance(data, dict) else None


def answer_series(file: LandedFile) -> list[dict[str, Any]]:
    """The series of an answer: labels and the two columns of its points.

    Raises:
        InputError: the query failed, or the file is cut or of another shape.
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
    plural = result_type(content) == "matrix"
    key = "values" if plural else "value"
    series: list[dict[str, Any]] = []
    for position, item in enumerate(content["data"].get("result") or [], start=1):
        try:
            points = item[key] if plural else [item[key]]
            if set(map(len, points)) != {2}:
                raise ValueError
            flat = list(chain.from_iterable(points))
            pair = (list(map(float, flat[0::2])), list(map(str, flat[1::2])))
            series.append({"metric": item["metric"], "points": pair})
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(
                f"series {position} has no labels and {key!r} of time and text",
                file=file.name,
                next_step="save the answer of /api/v1/query or /api/v1/query_range as it is",
            ) from error
    return series


def answer_names(content: object) -> set[str]:
    """Names of the metrics in an answer; those that a function dropped are missing."""
    if not isinstance(content, dict) or result_type(content) not in _RESULT_TYPES:
        return set()
    series = content["data"].get("result") or []
    return {str(item["metric"]["__name__"]) for item in series if "__name__" in item.get("metric", {})}


def time_in_name(file: Candidate) -> dict[str, str]:
    """The option `sampled_at` that a scrape's name gives, as in node7-20260801T120000Z.prom."""
    stamp = _TIME_IN_NAME.search(PurePosixPath(file.name).name)
    if stamp is None:
        return {}
    try:
        moment = datetime.strptime(stamp[1], "%Y%m%dT%H%M%S")
    except ValueError:
        return {}
    return {"sampled_at": f"{moment.isoformat()}Z"}


def scraped_seconds(file: LandedFile, sampled_at: str | None) -> float | None:
    """When a scrape was taken, in seconds since 1970; None where nobody said.

    Raises:
        InputError: the option is no time.
    """
    stamp = None
    if sampled_at is not None and (stamp := utc_instant(sampled_at)) is None:
        raise InputError(
            f"sampled_at is {sampled_at!r}, which is no time",
            file=file.name,
            next_step="write it as --option sampled_at=2026-08-01T12:00:00Z",
        )
    return stamp.replace(tzinfo=UTC).timestamp() if stamp else None


def no_time(file: LandedFile) -> InputError:
    """The error of a scrape without any time."""
    return InputError(
        "nothing says when this scrape was taken",
        file=file.name,
        next_step="name the file like node7-20260801T120000Z.prom, or add --option sampled_at=2026-08-01T12:00:00Z",
    )


def families(file: LandedFile) -> list[Metric]:
    """The metrics of a scrape, in the Prometheus or the OpenMetrics text format.

    Raises:
        InputError: a line cannot be parsed.
    """
    text = read_text(file)
    # Only OpenMetrics ends with this mark, and only there are timestamps seconds instead of milliseconds.
    is_openmetrics = text.rstrip().endswith("# EOF")
    try:
        if is_openmetrics:
            return list(openmetrics.text_string_to_metric_families(text))  # type: ignore[no-untyped-call]
        return list(text_string_to_metric_families(text))
    except ValueError as error:
        raise InputError(
            f"not the {'OpenMetrics' if is_openmetrics else 'Prometheus'} text format: {error}",
            file=file.name,
            line=None if is_openmetrics else _first_bad_line(text.splitlines()),
            next_step="save the exporter's answer again as it is, for example with curl",
        ) from error


def _first_bad_line(lines: Iterable[str]) -> int | None:
    """The parser does not say where it stopped; a line it refuses alone is the one."""
    for number, line in enumerate(lines, start=1):
        try:
            list(text_string_to_metric_families(line))
        except ValueError:
            return number
    return None
