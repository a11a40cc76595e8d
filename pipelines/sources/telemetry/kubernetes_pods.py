"""Kubernetes pods as records of what ran where: `kubectl get pods -A -o json`, or a CSV of the same.

JSON   a List, a PodList or one Pod. GPUs are what the containers ask for (`nvidia.com/gpu`, `amd.com/gpu`); with
       `nvidia.com/gpucores` (per cent of each card, HAMi) they are parts of one. MIG instances (`nvidia.com/mig-…`) and
       time-sliced ones (`nvidia.com/gpu.shared`) are parts of GPUs whose size only the node knows.
CSV    `namespace, pod, node, phase, gpus, started_at`, and `uid, ended_at, created_at, gpu_parts, gpu_model_name,
       owner, cluster, labels` (a JSON object) where there are. Times are ISO 8601; without a zone they are UTC.

A pod holds its GPUs from when it is scheduled until its last container has ended. One that still runs has no end;
`--option taken_at=2026-08-01T12:00:00Z` says when the list was made, so that it is known to have run until then.
kubectl lists no pod that is deleted: make the list more often than pods are cleaned away. `--option cluster=NAME` names
the cluster.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import polars as pl

from pipelines.errors import InputError
from pipelines.sources.files import Candidate, candidate, csv_layout
from pipelines.sources.frames import REJECTED_SCHEMA, csv_texts, in_schema, read_text, rows_schema, utc_instant
from pipelines.sources.model import Claim, Delivery, LandedFile, Reading, Rows
from pipelines.sources.telemetry._clock import Clock, instants

KIND = "telemetry"
TABLE = "raw.job_record"
SUMMARY = "Kubernetes pods (kubectl get pods -o json, or CSV) with node, times and GPUs"
MODE = "append"
SCOPE = ""

REQUIRED: Final = ("namespace", "pod", "node", "phase", "gpus", "started_at")
_OPTIONAL: Final = ("uid", "ended_at", "created_at", "gpu_parts", "gpu_model_name", "owner", "cluster", "labels")
_PHASES: Final = ("Pending", "Running", "Succeeded", "Failed", "Unknown")
_OPEN_PHASES: Final = ("Pending", "Running", "Unknown")
_WHOLE: Final = ("nvidia.com/gpu", "amd.com/gpu")
_PER_CENT: Final = "nvidia.com/gpucores"
_MIG: Final = "nvidia.com/mig-"
_SHARED: Final = "nvidia.com/gpu.shared"
_MODEL_LABELS: Final = ("nvidia.com/gpu.product", "cloud.google.com/gke-accelerator")


def claim(files: Sequence[Candidate]) -> list[Claim]:
    """Each JSON that is Kubernetes' list of pods, and each CSV with the columns above."""
    return [
        Claim((file,), f"Kubernetes pods {file.name}")
        for file in files
        if set(REQUIRED) <= set(file.csv_header) or _pods_in(file.json) is not None
    ]


def read(delivery: Delivery) -> Reading:
    """One row a pod.

    Raises:
        InputError: the file is cut, a time given as option is none, or a column is missing.
    """
    return Reading(tuple(_rows(file, delivery.options) for file in delivery.files))


def _pods_in(content: object) -> list[Mapping[str, Any]] | None:
    """The pods of a document; None where it is none of pods."""
    if not isinstance(content, dict):
        return None
    if content.get("kind") == "Pod":
        return [content]
    items = content.get("items")
    if content.get("kind") not in {"List", "PodList"} or not isinstance(items, list) or not items:
        return None
    # In a PodList, the items may do without their kind.
    kinds = {item.get("kind", "Pod") if isinstance(item, dict) else None for item in items}
    return items if kinds == {"Pod"} and (content["kind"] == "PodList" or "kind" in items[0]) else None


def _rows(file: LandedFile, options: Mapping[str, str]) -> Rows:
    taken_at = options.get("taken_at")
    if taken_at is not None and utc_instant(taken_at) is None:
        raise InputError(
            f"taken_at is {taken_at!r}, which is no time",
            file=file.name,
            next_step="write it as --option taken_at=2026-08-01T12:00:00Z",
        )
    texts = _from_csv(file) if candidate(file).csv_header else _from_json(file)
    return _judged(file, texts, utc_instant(taken_at) if taken_at else None, options.get("cluster"))


def _from_csv(file: LandedFile) -> pl.LazyFrame:
    layout = csv_layout(file)
    absent = [name for name in _OPTIONAL if name not in layout.header]
    return (
        csv_texts(file, layout)
        .with_columns(pl.lit(None, dtype=pl.String).alias(name) for name in absent)
        .select(*REQUIRED, *_OPTIONAL)
    )


def _from_json(file: LandedFile) -> pl.LazyFrame:
    try:
        pods = _pods_in(json.loads(read_text(file))) or []
    except json.JSONDecodeError as error:
        raise InputError(
            f"the JSON is cut or damaged ({error.msg})",
            file=file.name,
            line=error.lineno,
            next_step="run kubectl again",
        ) from error
    return pl.LazyFrame(
        [_texts(pod) for pod in pods], schema=dict.fromkeys((*REQUIRED, *_OPTIONAL), pl.String), orient="row"
    )


def _texts(pod: Mapping[str, Any]) -> dict[str, str | None]:
    meta, spec, status = pod.get("metadata") or {}, pod.get("spec") or {}, pod.get("status") or {}
    asked = _resources(spec)
    gpus = sum(asked.get(name, 0.0) for name in _WHOLE)
    if asked.get(_PER_CENT):
        # The per cent are of each card where the pod asks for several.
        gpus *= min(asked[_PER_CENT], 100.0) / 100
    parts = {name: count for name, count in asked.items() if name.startswith(_MIG) or name == _SHARED}
    selector = spec.get("nodeSelector") or {}
    owners = [owner.get("name") for owner in meta.get("ownerReferences") or [] if owner.get("controller", True)]
    return {
        "namespace": meta.get("namespace"),
        "pod": meta.get("name"),
        "uid": meta.get("uid"),
        "node": spec.get("nodeName"),
        "phase": status.get("phase"),
        "gpus": str(gpus),
        "gpu_parts": ",".join(f"{name.partition('/')[2]}={count:g}" for name, count in sorted(parts.items())) or None,
        "gpu_model_name": next((selector[name] for name in _MODEL_LABELS if name in selector), None),
        "owner": next(iter(owners), None),
        "cluster": None,
        "created_at": meta.get("creationTimestamp"),
        "started_at": _since(status, "PodScheduled", "True") or status.get("startTime")
        if spec.get("nodeName")
        else None,
        "ended_at": _ended(status) if status.get("phase") not in _OPEN_PHASES else None,
        "labels": json.dumps(meta["labels"], sort_keys=True, ensure_ascii=False) if meta.get("labels") else None,
    }


def _resources(spec: Mapping[str, Any]) -> dict[str, float]:
    """What the scheduler sets aside: containers and sidecars together, or the largest initial container if more."""
    init = spec.get("initContainers") or []
    sidecars = [container for container in init if container.get("restartPolicy") == "Always"]
    together = _added(_asked(container) for container in (*(spec.get("containers") or []), *sidecars))
    for container in init:
        for name, count in _asked(container).items():
            together[name] = max(together.get(name, 0.0), count)
    return together


def _added(asked: Iterable[Mapping[str, float]]) -> dict[str, float]:
    total: dict[str, float] = {}
    for item in asked:
        for name, count in item.items():
            # Shares of a card do not add up over containers that have cards of their own.
            total[name] = max(total.get(name, 0.0), count) if name == _PER_CENT else total.get(name, 0.0) + count
    return total


def _asked(container: Mapping[str, Any]) -> dict[str, float]:
    """GPU resources of a container, by name. Limits and requests of such are equal; either may be left out."""
    resources = container.get("resources") or {}
    both = {**(resources.get("requests") or {}), **(resources.get("limits") or {})}
    named = (name for name in both if name in (*_WHOLE, _PER_CENT, _SHARED) or name.startswith(_MIG))
    return {name: float(both[name]) for name in named if str(both[name]).isdigit()}


def _since(status: Mapping[str, Any], kind: str, value: str) -> str | None:
    """Since when a condition of the pod has a value."""
    for condition in status.get("conditions") or []:
        if (condition.get("type"), condition.get("status")) == (kind, value) and condition.get("lastTransitionTime"):
            return str(condition["lastTransitionTime"])
    return None


def _ended(status: Mapping[str, Any]) -> str | None:
    """When the last container ended; of an evicted pod, that tells none, when it ceased to be ready."""
    states = (item.get("state") or {} for item in status.get("containerStatuses") or [])
    finished = [state["terminated"].get("finishedAt") for state in states if "terminated" in state]
    known = [str(moment) for moment in finished if moment]
    return max(known) if known else _since(status, "Ready", "False")


def _judged(file: LandedFile, texts: pl.LazyFrame, taken_at: datetime | None, cluster: str | None) -> Rows:
    times = {"created_at": "submitted_at", "started_at": "started_at", "ended_at": "ended_at"}
    frame = texts.with_row_index("source_row", offset=1).with_columns(pl.col("source_row").alias("line")).collect()
    for column in times:
        frame = instants(frame, column, Clock("UTC", None), file).rename({"sampled_at": f"{column[:-3]}_time"})
    gpus = pl.col("gpus").cast(pl.Float64, strict=False)
    is_open = pl.col("phase").is_in(_OPEN_PHASES)
    started, ended = pl.col("started_time"), pl.col("ended_time")
    faults: list[tuple[str, pl.Expr, str]] = [
        ("pod: missing", pl.col("pod").is_null(), "pod"),
        (f"phase: none of {', '.join(_PHASES)}", ~pl.col("phase").is_in(_PHASES).fill_null(False), "phase"),
        ("gpus: not a DOUBLE", gpus.is_null() | ~gpus.is_finite(), "gpus"),
        ("gpus: below 0", gpus < 0, "gpus"),
        *(
            (
                f"{column}: not a TIMESTAMP",
                pl.col(column).is_not_null() & pl.col(f"{column[:-3]}_time").is_null(),
                column,
            )
            for column in times
        ),
        ("ended_at: missing, though the pod has ended", started.is_not_null() & ended.is_null() & ~is_open, "phase"),
        ("ended_at: before started_at", ended < started, "ended_at"),
    ]
    reason, value = pl.lit(None, dtype=pl.String), pl.lit(None, dtype=pl.String)
    for words, condition, column in reversed(faults):
        reason = pl.when(condition).then(pl.lit(words)).otherwise(reason)
        value = pl.when(condition).then(pl.col(column)).otherwise(value)
    judged = frame.with_columns(
        reason.alias("reason"), value.alias("offending_value"), pl.lit(None).alias("billed_cost")
    )
    kept = judged.lazy().filter(pl.col("reason").is_null())
    rows = kept.with_columns(
        pl.lit("kubernetes").alias("job_kind"),
        pl.coalesce("cluster", pl.lit(cluster, dtype=pl.String)).alias("cluster"),
        pl.coalesce("uid", pl.concat_str("namespace", "pod", separator="/")).alias("job_id"),
        pl.col("owner").alias("job_name"),
        pl.col("labels").alias("labels_json"),
        pl.col("phase").alias("state"),
        *(pl.col(f"{column[:-3]}_time").alias(name) for column, name in times.items()),
        pl.coalesce(ended, pl.when(started.is_not_null()).then(pl.lit(taken_at, dtype=pl.Datetime("us")))).alias(
            "known_until_at"
        ),
        (started.is_not_null() & ended.is_null()).alias("is_right_censored"),
        pl.col("node").alias("node_list"),
        pl.col("node").alias("nodes"),
        gpus.alias("gpus"),
        *(pl.lit(None, dtype=pl.String).alias(name) for name in ("array_job_id", "user_name", "account", "partition")),
    )
    rejected = judged.lazy().filter(pl.col("reason").is_not_null())
    return Rows(file, in_schema(rows, rows_schema(TABLE)).collect(), in_schema(rejected, REJECTED_SCHEMA).collect())
