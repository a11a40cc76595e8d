"""A trace of pods' utilisation as samples."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from _run import Outcome, candidates, run

from pipelines.sources.telemetry import pod_utilisation_csv


def outcome(folder: Path, text: str, name: str = "pod_gpu_duty_cycle.csv") -> Outcome:
    """One file through the source."""
    (folder / name).write_text(text)
    (claim,) = pod_utilisation_csv.claim(candidates(folder))
    return run(pod_utilisation_csv, claim)


def test_a_row_is_a_sample_of_the_pods_gpu(tmp_path: Path) -> None:
    """G07: the pod is the workload's label, and the only name its GPU has."""
    (row,) = outcome(tmp_path, "value,timestamp_anon,container_ip\n7.5,1785585600.5,c1\n").kept
    names = ("sampled_at", "gpu_uuid", "pod", "metric", "value")
    assert tuple(row[name] for name in names) == (
        datetime(2026, 8, 1, 12, 0, 0, 500_000), "pod/c1", "c1", "DCGM_FI_DEV_GPU_UTIL", 7.5
    )  # fmt: skip


def test_memory_in_bytes_is_kept_in_mebibytes(tmp_path: Path) -> None:
    """33,879,490,560 / 2^20 = 32,310."""
    text = "timestamp_anon,value,container_ip\n1785585600,33879490560.0,c1\n"
    (row,) = outcome(tmp_path, text, "pod_gpu_memory_used_bytes.csv").kept
    assert (row["metric"], row["value"]) == ("DCGM_FI_DEV_FB_USED", 32310.0)


@pytest.mark.parametrize(("text", "reason"), [("nan", "not_a_number"), ("", "blank"), ("101", "out_of_range")])
def test_what_is_no_utilisation_is_null_with_its_reason(tmp_path: Path, text: str, reason: str) -> None:
    """G02."""
    (row,) = outcome(tmp_path, f"timestamp,value,pod\n1785585600,{text},c1\n").kept
    assert (row["value"], row["null_reason"]) == (None, reason)


def test_a_row_without_a_pod_is_rejected_and_not_lost(tmp_path: Path) -> None:
    found = outcome(tmp_path, "timestamp,value,pod\n1785585600,5,\n1785585600,5,c1\n")
    assert (len(found.kept), [row["reject_reason"] for row in found.rejected]) == (1, ["gpu_uuid: missing"])


@pytest.mark.parametrize(
    ("name", "header"),
    [("qps.csv", "timestamp,value,pod"), ("pod_gpu_duty_cycle.csv", "timestamp,value,pod,request_type")],
)
def test_other_measures_and_other_tables_are_none_of_these(tmp_path: Path, name: str, header: str) -> None:
    (tmp_path / name).write_text(f"{header}\n")
    assert pod_utilisation_csv.claim(candidates(tmp_path)) == []
