"""Prometheus' two file formats, whatever is measured: answers of its HTTP API and scrapes of a target.

Belongs here: telling answers, and samples of scrapes as they stand in the file. Not here: the series of answers
(`_answers`), which metrics are stored, and what their labels mean.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import PurePosixPath

from prometheus_client import Metric
from prometheus_client.openmetrics import parser as openmetrics
from prometheus_client.parser import text_string_to_metric_families

from pipelines.errors import InputError
from pipelines.sources.files import Candidate
from pipelines.sources.frames import read_text, utc_instant
from pipelines.sources.model import LandedFile
from pipelines.sources.telemetry._answers import RESULT_TYPES, result_type

_BEGINS_LIKE_ONE = re.compile(r'\s*\{\s*"status"\s*:\s*"(success|error)"')
_TIME_IN_NAME = re.compile(r"(\d{8}T\d{6})Z")


def is_answer(file: Candidate) -> bool:
    """Whether a file is an answer of the query API, failed and cut ones included."""
    content = file.json
    if content is None:
        return bool(_BEGINS_LIKE_ONE.match(file.head_text))
    if not isinstance(content, dict):
        return False
    return (content.get("status") == "error" and "errorType" in content) or result_type(content) in RESULT_TYPES


def answer_names(content: object) -> set[str]:
    """Names of the metrics in an answer; those that a function dropped are missing."""
    if not isinstance(content, dict) or result_type(content) not in RESULT_TYPES:
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
