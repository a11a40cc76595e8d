"""Kubernetes pods as records of what ran where."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from _run import Outcome, candidates, run

from pipelines.errors import InputError
from pipelines.sources.telemetry import kubernetes_pods

SCHEDULED = {"type": "PodScheduled", "status": "True", "lastTransitionTime": "2026-08-01T10:00:00Z"}


def pod(
    *containers: dict[str, str], phase: str = "Running", status: dict[str, Any] | None = None, **spec: Any
) -> dict[str, Any]:
    """A pod on n1 whose containers are limited to these resources."""
    return {
        "kind": "Pod",
        "metadata": {"name": "p", "namespace": "ml", "uid": "u-1", "labels": {"team": "search", "app": "x"}},
        "spec": {"nodeName": "n1", "containers": [{"resources": {"limits": limits}} for limits in containers], **spec},
        "status": {"phase": phase, "startTime": "2026-08-01T10:00:30Z", "conditions": [SCHEDULED], **(status or {})},
    }


def outcome(folder: Path, *pods: dict[str, Any], **options: str) -> Outcome:
    """A list of pods through the source."""
    (folder / "pods.json").write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": list(pods)}))
    return claimed(folder, **options)


def claimed(folder: Path, **options: str) -> Outcome:
    """What lies in the folder through the source."""
    (claim,) = kubernetes_pods.claim(candidates(folder))
    return run(kubernetes_pods, replace(claim, options=options))


def one(folder: Path, item: dict[str, Any], **options: str) -> dict[str, object]:
    """The record of one pod."""
    (row,) = outcome(folder, item, **options).kept
    return row


def test_a_pod_that_runs_holds_its_gpus_since_it_was_scheduled_and_has_no_end(tmp_path: Path) -> None:
    """G16: when the list was made is known only if somebody says."""
    row = one(tmp_path, pod({"nvidia.com/gpu": "2"}))
    expected = {
        "job_kind": "kubernetes",
        "job_id": "u-1",
        "namespace": "ml",
        "pod": "p",
        "nodes": "n1",
        "state": "Running",
        "started_at": datetime(2026, 8, 1, 10),
        "ended_at": None,
        "known_until_at": None,
        "is_right_censored": True,
        "gpus": 2.0,
        "labels_json": '{"app": "x", "team": "search"}',
    }
    assert {name: row[name] for name in expected} == expected


def test_a_pod_that_runs_is_known_until_the_list_was_made(tmp_path: Path) -> None:
    """G16."""
    assert one(tmp_path, pod({}), taken_at="2026-08-01T12:00:00Z")["known_until_at"] == datetime(2026, 8, 1, 12)


def test_a_pod_ends_with_its_last_container(tmp_path: Path) -> None:
    ends = [{"state": {"terminated": {"finishedAt": f"2026-08-01T1{hour}:00:00Z"}}} for hour in (2, 1)]
    row = one(tmp_path, pod({}, phase="Succeeded", status={"containerStatuses": ends}))
    assert (row["ended_at"], row["is_right_censored"]) == (datetime(2026, 8, 1, 12), False)


def test_an_evicted_pod_ends_when_it_ceases_to_be_ready(tmp_path: Path) -> None:
    ready = {"type": "Ready", "status": "False", "lastTransitionTime": "2026-08-01T11:00:00Z"}
    row = one(tmp_path, pod({}, phase="Failed", status={"conditions": [SCHEDULED, ready]}))
    assert row["ended_at"] == datetime(2026, 8, 1, 11)


def test_a_pod_that_ended_nobody_knows_when_is_rejected(tmp_path: Path) -> None:
    result = outcome(tmp_path, pod({}, phase="Succeeded"))
    assert [row["reject_reason"] for row in result.rejected] == ["ended_at: missing, though the pod has ended"]


@pytest.mark.parametrize(
    ("item", "gpus", "parts"),
    [
        (pod({"nvidia.com/gpu": "2"}, {"nvidia.com/gpu": "1"}), 3.0, None),
        (pod({"cpu": "4"}), 0.0, None),
        (pod({"amd.com/gpu": "8"}), 8.0, None),
        (pod({"nvidia.com/mig-1g.10gb": "2", "nvidia.com/mig-3g.40gb": "1"}), 0.0, "mig-1g.10gb=2,mig-3g.40gb=1"),
        (pod({"nvidia.com/gpu.shared": "1"}), 0.0, "gpu.shared=1"),
        (pod({"nvidia.com/gpu": "1"}, initContainers=[{"resources": {"limits": {"nvidia.com/gpu": "4"}}}]), 4.0, None),
    ],
)
def test_whole_gpus_are_those_set_aside_and_parts_stand_apart(
    tmp_path: Path, item: dict[str, Any], gpus: float, parts: str | None
) -> None:
    """G10: a MIG instance is no whole GPU. Initial containers run before the others, so the larger need counts."""
    row = one(tmp_path, item)
    assert (row["gpus"], row["gpu_parts"]) == (gpus, parts)


def test_four_pods_of_a_quarter_make_one_gpu(tmp_path: Path) -> None:
    """G11."""
    quarter = pod({"nvidia.com/gpu": "1", "nvidia.com/gpucores": "25"})
    assert sum(row["gpus"] for row in outcome(tmp_path, *[quarter] * 4).kept) == 1.0


def test_a_csv_tells_the_same(tmp_path: Path) -> None:
    (tmp_path / "pods.csv").write_text(
        "namespace,pod,node,phase,gpus,started_at,ended_at,labels\n"
        'ml,p,n1,Succeeded,2,2026-08-01T12:00:00+02:00,2026-08-01T11:00:00Z,"{""team"": ""search""}"\n'
    )
    (row,) = claimed(tmp_path, cluster="west").kept
    names = ("job_id", "started_at", "ended_at", "gpus", "cluster", "labels_json")
    assert tuple(row[name] for name in names) == (
        "ml/p",
        datetime(2026, 8, 1, 10),
        datetime(2026, 8, 1, 11),
        2.0,
        "west",
        '{"team": "search"}',
    )


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("ml,,n1,Running,2,", "pod: missing"),
        ("ml,p,n1,running,2,", "phase: none of Pending, Running, Succeeded, Failed, Unknown"),
        ("ml,p,n1,Running,two,", "gpus: not a DOUBLE"),
        ("ml,p,n1,Running,-1,", "gpus: below 0"),
        ("ml,p,n1,Running,2,noon", "started_at: not a TIMESTAMP"),
    ],
)
def test_a_row_that_cannot_be_is_rejected_with_the_reason(tmp_path: Path, line: str, reason: str) -> None:
    (tmp_path / "pods.csv").write_text(f"namespace,pod,node,phase,gpus,started_at\n{line}\n")
    assert [row["reject_reason"] for row in claimed(tmp_path).rejected] == [reason]


def test_an_option_that_is_no_time_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="taken_at is 'noon'"):
        outcome(tmp_path, pod({}), taken_at="noon")


@pytest.mark.parametrize(
    "content",
    [{"kind": "List", "items": []}, {"kind": "List", "items": [{"kind": "Node"}]}, {"items": [{"kind": "Pod"}]}, [1]],
)
def test_other_documents_are_left_alone(tmp_path: Path, content: object) -> None:
    (tmp_path / "other.json").write_text(json.dumps(content))
    assert kubernetes_pods.claim(candidates(tmp_path)) == []
