"""CSV of one measure of each pod's GPU over time, as public traces of clusters come: time, value, pod.

`timestamp` or `timestamp_anon` (seconds since 1970, or ISO 8601 with a zone), `value`, and the pod as `pod`, `pod_name`
or `container_ip`; `namespace` and `node` where there are. Which measure it is stands in the file's name, by the words
in `MEASURES`; a file of another measure is none of these.

Such a trace names no card. What it measures is taken for one GPU a pod, called `pod/NAME`: of a pod with several the
value is their mean, and its GPU-hours count once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Final

from pipelines.sources.files import Candidate, csv_layout
from pipelines.sources.model import Claim, Delivery, Expression, LandedFile, Reading, Scan
from pipelines.sources.sql import Fields, as_text, literal
from pipelines.sources.telemetry import _readings, _samples

KIND = "telemetry"
TABLE = "raw.gpu_sample"
SUMMARY = "Utilisation traces of pods (CSV: timestamp, value, pod), the measure in the file's name"
MODE = "append"
SCOPE = ""

TIMES: Final = ("timestamp", "timestamp_anon")
PODS: Final = ("pod", "pod_name", "container_ip")
_KNOWN: Final = frozenset({*TIMES, *PODS, "value", "namespace", "node"})
# Words in a file's name → metric, and how many of the file's units are one of the metric's.
MEASURES: Final[Mapping[str, tuple[str, float]]] = {
    "gpu_duty_cycle": (_samples.GPU_UTIL, 1.0),
    "gpu_utilization": (_samples.GPU_UTIL, 1.0),
    "gpu_memory_used_bytes": ("DCGM_FI_DEV_FB_USED", 1_048_576.0),
    "gpu_power_usage": ("DCGM_FI_DEV_POWER_USAGE", 1.0),
}


def claim(files: Sequence[Candidate]) -> list[Claim]:
    """Each CSV of these columns and no other, whose name says what it measures."""
    return [
        Claim((file,), f"{measure} of pods, CSV {file.name}")
        for file in files
        if _is_trace(file.csv_header) and (measure := _measure(file.name))
    ]


def read(delivery: Delivery) -> Reading:
    """One sample a row."""
    return Reading(tuple(_scan(file) for file in delivery.files))


def _is_trace(header: Sequence[str]) -> bool:
    names = set(header)
    return "value" in names and bool(names & set(TIMES)) and bool(names & set(PODS)) and names <= _KNOWN


def _measure(name: str) -> str | None:
    return next((words for words in MEASURES if words in PurePosixPath(name).name.lower()), None)


def _scan(file: LandedFile) -> Scan:
    layout = csv_layout(file)
    fields = Fields(file, layout.header, positional=True)
    # A file added by hand to this source may be called anything: then it is what it most often is.
    metric, units = MEASURES[_measure(file.name) or "gpu_duty_cycle"]
    pod, value = fields.get(*PODS), fields["value"]
    number = f"try_cast({value} as double)"
    scaled = value if units == 1.0 else f"coalesce(cast({number} / {units} as varchar), {value})"
    workload = (fields.get("namespace"), pod, "null")
    return Scan(
        file=file,
        layout=layout,
        select={
            "sampled_at": _readings.instant(fields.get(*TIMES)),
            "node": as_text(fields.get("node")),
            "gpu_uuid": as_text(f"('pod/' || {pod})"),
            "metric": Expression(literal(metric)),
            **_readings.measured(literal(metric), scaled, "cast(null as varchar)"),
            "namespace": Expression(_samples.workload_sql(workload[0], *workload)),
            "pod": Expression(_samples.workload_sql(workload[1], *workload)),
        },
        by_words=_readings.highest(literal(metric), "cast(null as varchar)"),
    )
