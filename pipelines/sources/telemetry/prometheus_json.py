"""Answers of Prometheus' HTTP API, saved as JSON: instant (`/api/v1/query`) and range (`/api/v1/query_range`).

One file is one answer and may hold several metrics. `source_row` numbers its samples, series by series. Series of
metrics that no model uses are left out and named in the delivery's description. The answer does not say how much time
a sample speaks for, so `covers_seconds` stays null; the models derive coverage from the spacing. An answer over metrics
of inference servers alone is left to `serving_metrics`; one that mixes both is read here, and says so.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from pipelines.errors import InputError
from pipelines.sources.files import Candidate, candidate
from pipelines.sources.model import Claim, Delivery, Expression, Items, LandedFile, Reading, Scan
from pipelines.sources.telemetry import _samples, _serving
from pipelines.sources.telemetry._answers import Doubt, QuickAnswer, checked_series, outline
from pipelines.sources.telemetry._prometheus import answer_names, is_answer

KIND = "telemetry"
TABLE = "raw.gpu_sample"
SUMMARY = "Prometheus query answers (JSON, instant or range) over DCGM metrics"
MODE = "append"
SCOPE = ""

_INTEGER: Final = re.compile(r"[+-]?\d+")
_TEXTS: Final = tuple(column for column in _samples.TEXT_COLUMNS if column != "value_text")
_COLUMNS: Final = {
    **dict.fromkeys(_TEXTS, "VARCHAR"),
    "highest_value": "DOUBLE",
    "rows_before": "BIGINT",
    "point_rows": "BIGINT",
    "points": "VARCHAR[][]",
}
_IS_RIGHT: Final = """
    point_rows > 0 and len(points) = point_rows
    and len(list_filter(points, lambda point: len(point) <> 2 or try_cast(point[1] as double) is null)) = 0
"""
_WORKLOAD: Final = [f"{_samples.workload_sql(name, *_samples.WORKLOAD)} as {name}" for name in _samples.WORKLOAD]
# What is said of a series is worked out once a series, before its points are told apart.
_ROWS: Final = f"""
    select
        * exclude (rows_before, point_rows, point, place),
        point[1] as seconds_text,
        -- Prometheus writes text; another store's null is no number, which is not the same as nothing.
        coalesce(point[2], 'None') as value_text,
        rows_before + place as source_row
    from (
        select
            * exclude (points) replace ({", ".join(_WORKLOAD)}),
            unnest(points) as point,
            unnest(range(1, point_rows + 1)) as place
        from {{items}}
        where metric is not null
    )
"""


def claim(files: Sequence[Candidate]) -> list[Claim]:
    """Each file that is an answer of the query API; failed queries and cut files too, `read` says what is wrong."""
    return [
        Claim((file,), _describe(content))
        for file in files
        if is_answer(file) and not _is_of_servers_alone(answer_names(content := outline(file)))
    ]


def read(delivery: Delivery) -> Reading:
    """Every sample of the stored metrics, in file order.

    Raises:
        InputError: the query failed, the file is cut, or its series are of no stored metric.
    """
    return Reading(tuple(_scan(file) for file in delivery.files))


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


def _scan(file: LandedFile) -> Scan:
    seconds, number, text = "try_cast(seconds_text as double)", "try_cast(value_text as double)", "value_text"
    is_measured = f"{number} >= 0.0 and {number} <= highest_value"
    reason = _samples.null_reason_sql("metric", text, "mig_instance")
    mapped = (
        "node",
        "gpu_uuid",
        "mig_instance",
        "mig_profile",
        "gpu_model_name",
        "metric",
        "job_id",
        *_samples.WORKLOAD,
    )
    return Scan(
        file=file,
        layout=Items(
            lines=lambda is_checked: _lines(file, is_checked=is_checked),
            columns=_COLUMNS,
            is_right=_IS_RIGHT,
            rows=_ROWS,
        ),
        select={
            **{column: Expression(column) for column in mapped},
            # A cast rounds to the microsecond, half of one to the even.
            "sampled_at": Expression(f"make_timestamp(try_cast({seconds} * 1000000 as bigint))", raw="seconds_text"),
            "gpu_index": Expression("try_cast(gpu_index as integer)"),
            "value": Expression(f"case when {is_measured} then {number} end"),
            "null_reason": Expression(f"case when {is_measured} then null else {reason} end"),
        },
    )


def _lines(file: LandedFile, *, is_checked: bool) -> Iterator[bytes]:
    """The series as objects: contract columns from their labels once, and the points as they stand."""
    names: set[str | None] = set()
    rows_before = 0
    try:
        for labels, parts in _checked(file) if is_checked else _quick(file):
            name = labels.get("__name__")
            names.add(name)
            head = _head(labels, name)
            for rows, points in parts:
                numbered = json.dumps(head | {"rows_before": rows_before, "point_rows": rows}).encode()
                # Line breaks between points are as good as blanks.
                yield numbered[:-1] + b', "points": ' + points.replace(b"\n", b" ") + b"}\n"
                rows_before += rows
    except Doubt:
        # An object without points is none: the checked ones are read instead.
        yield b"{}\n"
        return
    if names and not names & _samples.CANONICAL.keys():
        found = ", ".join(sorted(str(name) for name in names)) if names != {None} else "series without a name"
        raise InputError(
            f"the answer holds no metric that is stored: {found}",
            file=file.name,
            next_step="query a DCGM metric by its name, for example DCGM_FI_DEV_POWER_USAGE; functions drop the name",
        )


def _head(labels: Mapping[str, Any], name: object) -> dict[str, object]:
    columns: dict[str, object] = dict(_samples.device_labels(labels))
    metric = _samples.CANONICAL.get(str(name))
    mig = columns["mig_instance"]
    index = str(columns["gpu_index"] or "")
    return columns | {
        "metric": metric,
        "gpu_index": index if _INTEGER.fullmatch(index) else None,
        "highest_value": metric and _samples.limit(metric, None if mig is None else str(mig)),
    }


def _quick(file: LandedFile) -> Iterator[tuple[Mapping[str, Any], Iterator[tuple[int, bytes]]]]:
    for series in QuickAnswer(candidate(file)).series():
        yield series.labels, series.parts()


def _checked(file: LandedFile) -> Iterator[tuple[Mapping[str, Any], list[tuple[int, bytes]]]]:
    for labels, seconds, texts in checked_series(file):
        points = [[repr(moment), text] for moment, text in zip(seconds, texts, strict=True)]
        yield labels, [(len(points), json.dumps(points).encode())]
