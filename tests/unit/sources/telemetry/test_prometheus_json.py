"""Answers of Prometheus' query API as samples."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest
from _run import Outcome, candidates, run

from pipelines.errors import InputError
from pipelines.sources.files import Candidate
from pipelines.sources.telemetry import prometheus_json

POWER = "DCGM_FI_DEV_POWER_USAGE"
SERIES = {"__name__": POWER, "UUID": "GPU-1", "gpu": "0", "Hostname": "node-1", "modelName": "NVIDIA H100 80GB HBM3"}


def outcome(folder: Path, content: object) -> Outcome:
    """One file through the source."""
    text = content if isinstance(content, str) else json.dumps(content)
    (folder / "answer.json").write_text(text)
    (claim,) = prometheus_json.claim(candidates(folder))
    return run(prometheus_json, claim)


def vector(*series: dict[str, str], value: str = "300.5") -> dict[str, object]:
    """An instant query's answer."""
    result = [{"metric": labels, "value": [1785585600.25, value]} for labels in series]
    return {"status": "success", "data": {"resultType": "vector", "result": result}}


def test_real_idle_gpus_end_without_a_pod_and_the_busy_one_keeps_its_own(shared: Path) -> None:
    """G07: of 16 real GPUs, 15 carry the exporter's pod; by hand, GPU-c4529c8d runs vllm at 113.611 W."""
    path = shared / "data/telemetry/dcgm/prom_query_power.json"
    (claim,) = prometheus_json.claim([Candidate(path.name, path)])
    rows = run(prometheus_json, claim).kept
    pods = [(row["pod"], row["gpu_uuid"], row["value"]) for row in rows if row["pod"]]
    assert (len(rows), pods) == (
        16,
        [("vllm-agg-0-vllmdecodeworker-s65j5", "GPU-c4529c8d-69c4-b61d-e0bc-7b2460096005", 113.611)],
    )


def test_real_values_are_those_of_the_file(shared: Path) -> None:
    path = shared / "data/telemetry/dcgm/prom_query_power.json"
    (claim,) = prometheus_json.claim([Candidate(path.name, path)])
    delivered = [float(series["value"][1]) for series in json.loads(path.read_text())["data"]["result"]]
    assert [row["value"] for row in run(prometheus_json, claim).kept] == delivered


def test_instant_answer_gives_one_sample_a_series_at_its_time(tmp_path: Path) -> None:
    """1785585600 is 2026-08-01 12:00:00 UTC (date -u -d @1785585600)."""
    (row,) = outcome(tmp_path, vector(SERIES)).kept
    assert (row["sampled_at"], row["value"], row["covers_seconds"], row["node"], row["gpu_index"]) == (
        datetime(2026, 8, 1, 12, 0, 0, 250_000),
        300.5,
        None,
        "node-1",
        0,
    )


def test_range_answer_gives_one_sample_a_point_in_file_order(tmp_path: Path) -> None:
    util = SERIES | {"__name__": "DCGM_FI_DEV_GPU_UTIL"}
    result = [
        {"metric": SERIES, "values": [[1785585600, "1"], [1785585630, "NaN"]]},
        {"metric": util, "values": [[1785585600, "7"]]},
    ]
    content = {"status": "success", "data": {"resultType": "matrix", "result": result}}
    assert [
        (row["source_row"], row["metric"], row["value"], row["null_reason"]) for row in outcome(tmp_path, content).kept
    ] == [(1, POWER, 1.0, None), (2, POWER, None, "not_a_number"), (3, "DCGM_FI_DEV_GPU_UTIL", 7.0, None)]


@pytest.mark.parametrize("points", [[], [[1785585600, "1", "2"]], [[1785585600]], [["noon", "1"]]])
def test_series_of_other_than_times_and_texts_is_named(tmp_path: Path, points: list[list[object]]) -> None:
    result = [{"metric": SERIES, "values": [[1785585600, "1"]]}, {"metric": SERIES, "values": points}]
    with pytest.raises(InputError, match="series 2 has no labels and 'values'"):
        outcome(tmp_path, {"status": "success", "data": {"resultType": "matrix", "result": result}})


def test_a_null_for_a_value_is_a_sample_without_one(tmp_path: Path) -> None:
    """Prometheus writes text; another store's null is no number, and the samples beside it stay."""
    result = [{"metric": SERIES, "values": [[1785585600, "1"], [1785585630.5, None]]}]
    content = {"status": "success", "data": {"resultType": "matrix", "result": result}}
    assert [(row["sampled_at"], row["value"], row["null_reason"]) for row in outcome(tmp_path, content).kept] == [
        (datetime(2026, 8, 1, 12), 1.0, None),
        (datetime(2026, 8, 1, 12, 0, 30, 500_000), None, "not_a_number"),
    ]


def test_lower_case_label_and_old_name_are_the_same_device_and_metric(tmp_path: Path) -> None:
    (row,) = outcome(tmp_path, vector({"__name__": "dcgm_power_usage", "uuid": "GPU-1", "hostname": "node-1"})).kept
    assert (row["metric"], row["gpu_uuid"], row["node"]) == (POWER, "GPU-1", "node-1")


def test_mig_instance_and_slurm_job_are_kept(tmp_path: Path) -> None:
    labels = SERIES | {"GPU_I_ID": "3", "GPU_I_PROFILE": "1g.10gb", "hpc_job": "4711"}
    (row,) = outcome(tmp_path, vector(labels)).kept
    assert (row["mig_instance"], row["mig_profile"], row["job_id"]) == ("3", "1g.10gb", "4711")


def test_series_without_a_uuid_is_rejected_and_named(tmp_path: Path) -> None:
    labels = {name: value for name, value in SERIES.items() if name != "UUID"}
    result = outcome(tmp_path, vector(labels, SERIES))
    assert [(row["source_row"], row["reject_reason"]) for row in result.rejected] == [(1, "gpu_uuid: missing")]


def test_metrics_that_are_not_stored_are_left_out_and_named_in_the_description(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps(vector(SERIES, SERIES | {"__name__": "DCGM_FI_DEV_GPU_TEMP"})))
    (claim,) = prometheus_json.claim(candidates(tmp_path))
    assert (claim.description, len(run(prometheus_json, claim).kept)) == (
        f"Prometheus vector, 2 series of {POWER}; not stored: DCGM_FI_DEV_GPU_TEMP",
        1,
    )


def test_warnings_of_prometheus_reach_the_description(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps(vector(SERIES) | {"warnings": ["partial response"]}))
    (claim,) = prometheus_json.claim(candidates(tmp_path))
    assert claim.description.endswith("Prometheus warns: partial response")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (
            {"status": "error", "errorType": "bad_data", "error": "unknown function"},
            "the query failed: bad_data: unknown function",
        ),
        (vector({"UUID": "GPU-1"}), "series without a name"),
        (vector(SERIES | {"__name__": "up"}), "no metric that is stored: up"),
        ('{"status": "success", "data": {"resultType": "vector", "result": [{"met', "cut or damaged"),
        (
            {"status": "success", "data": {"resultType": "vector", "result": [{"metric": SERIES}]}},
            "series 1 has no labels and 'value'",
        ),
    ],
)
def test_answer_that_cannot_be_loaded_says_why_and_what_to_do(tmp_path: Path, content: object, words: str) -> None:
    with pytest.raises(InputError, match=r"answer\.json") as raised:
        outcome(tmp_path, content)
    assert words in raised.value.message and raised.value.next_step


@pytest.mark.parametrize("content", ["[1, 2]", '{"status": "ok"}', '{"status": "success", "data": []}', "a,b\n1,2\n"])
def test_other_files_are_left_alone(tmp_path: Path, content: str) -> None:
    (tmp_path / "other.json").write_text(content)
    assert prometheus_json.claim(candidates(tmp_path)) == []
