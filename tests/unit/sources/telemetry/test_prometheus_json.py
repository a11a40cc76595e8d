"""Answers of Prometheus' query API as samples."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest
from _run import Outcome, candidates, run

from pipelines.errors import InputError
from pipelines.sources import files
from pipelines.sources.files import Candidate
from pipelines.sources.model import LandedFile
from pipelines.sources.telemetry import _answers, prometheus_json

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


def matrix(*series: tuple[dict[str, str], list[list[object]]]) -> dict[str, object]:
    """A range query's answer."""
    result = [{"metric": labels, "values": points} for labels, points in series]
    return {"status": "success", "data": {"resultType": "matrix", "result": result}}


def samples(result: Outcome) -> list[tuple[object, ...]]:
    """Number, device, time and value of the rows kept."""
    return [(row["source_row"], row["gpu_uuid"], row["sampled_at"], row["value"]) for row in result.kept]


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


# Labels that look like the beginning or end of something.
ODD = SERIES | {"UUID": 'GPU-"}]{"metric": {', "pod": "{[,", "Hostname": "Zürich\\"}
THREE = matrix((SERIES, [[1785585600, "1"], [1785585601.5, "2"]]), (ODD, [[1785585602, "3"]]), (SERIES, [[0, "4"]]))
NOON = datetime(2026, 8, 1, 12)
THREE_ROWS = [
    (1, "GPU-1", NOON, 1.0),
    (2, "GPU-1", NOON.replace(second=1, microsecond=500_000), 2.0),
    (3, ODD["UUID"], NOON.replace(second=2), 3.0),
    (4, "GPU-1", datetime(1970, 1, 1), 4.0),
]


@pytest.mark.parametrize("indent", [None, 1])
@pytest.mark.parametrize("size_bytes", [1, 7, 64, 1 << 20])
def test_answer_read_in_pieces_of_any_size_gives_the_same_rows(
    tmp_path: Path, monkeypatch, size_bytes: int, indent: int | None
) -> None:
    """Wherever a piece ends: within a label, a number, or between two points of a series."""
    monkeypatch.setattr(_answers, "_CHUNK_BYTES", size_bytes)
    monkeypatch.setattr(_answers, "_PART_BYTES", size_bytes)
    monkeypatch.setattr(prometheus_json, "checked_series", None)  # as Prometheus writes it, Python parses no point
    assert samples(outcome(tmp_path, json.dumps(THREE, indent=indent))) == THREE_ROWS


def test_long_answer_is_described_like_a_short_one(tmp_path: Path, monkeypatch) -> None:
    """Behind the first bytes only labels are looked at."""
    (tmp_path / "a.json").write_text(json.dumps(THREE | {"warnings": ["partial"]}))
    (short,) = prometheus_json.claim(candidates(tmp_path))
    monkeypatch.setattr(files, "HEAD_BYTES", 70)
    (long,) = prometheus_json.claim(candidates(tmp_path))
    assert candidates(tmp_path)[0].json is None
    assert long.description == short.description == f"Prometheus matrix, 3 series of {POWER}; Prometheus warns: partial"


@pytest.mark.parametrize(
    "item",
    [
        '{"values": [[1785585600, "5"]], "metric": %s}',
        '{"metric": %s, "values": [[1785585600, "5"]], "histograms": [[1, {"count": "1", "buckets": [[0, "1"]]}]]}',
        '{"metric": %s, "stored": true, "values": [[1785585600, 5]]}',
        '{"metric": %s, "values": [["1.7855856e9", "5"]]}',
    ],
)
def test_series_written_in_another_way_give_the_same_samples(tmp_path: Path, item: str) -> None:
    """Keys in another order, native histograms beside the floats, a key between, times as text."""
    text = '{"status": "success", "data": {"result": [' + item % json.dumps(SERIES) + '], "resultType": "matrix"}}'
    assert samples(outcome(tmp_path, text)) == [(1, "GPU-1", NOON, 5.0)]


def test_text_among_values_that_looks_like_more_points_is_one_value(tmp_path: Path) -> None:
    up = SERIES | {"__name__": "up"}
    content = matrix((up, [[1, "[1, 2]"], [2, "}]}"]]), (SERIES, [[1785585600, "["], [1785585600, "6"]]))
    assert [row[::3] for row in samples(outcome(tmp_path, content))] == [(3, None), (4, 6.0)]


@pytest.mark.parametrize("cut", range(1, 12))
def test_cut_answer_never_gives_rows(tmp_path: Path, cut: int) -> None:
    """B08: a copy that ends too early, in eleven places and just before its end."""
    text = json.dumps(THREE)
    with pytest.raises(InputError, match="cut or damaged"):
        outcome(tmp_path, text[: len(text) * cut // 11 - (cut == 11)])


@pytest.mark.parametrize(
    ("right", "wrong", "line", "words"),
    [
        ('"2"\n', '"2",\n', 22, "in series 1, at ']"),
        ('"3"\n', '"3\n', 37, "in series 2, at"),
        ("   },\n   {", "   }\n   {", 25, "Expecting ',' delimiter in series 1"),
        ("1785585602", "178558S602", 36, "in series 2, at 'S602"),
    ],
)
def test_damage_is_told_by_series_line_and_what_stands_there(
    tmp_path: Path, right: str, wrong: str, line: int, words: str
) -> None:
    """Lines counted by hand in the indented answer: seven of labels and brackets come before a series' first point."""
    text = json.dumps(THREE, indent=1)
    with pytest.raises(InputError, match="cut or damaged") as raised:
        outcome(tmp_path, text.replace(right, wrong, 1))
    assert (raised.value.line, words in raised.value.message) == (line, True), raised.value.message


def test_answer_of_another_type_is_refused_by_its_name(tmp_path: Path) -> None:
    """A scalar has no labels, so nobody's power it is; such a file is no delivery, and none by force either."""
    scalar = {"status": "success", "data": {"resultType": "scalar", "result": [1785585600, "1"]}}
    (tmp_path / "answer.json").write_text(json.dumps(scalar))
    assert prometheus_json.claim(candidates(tmp_path)) == []
    landed = LandedFile("answer.json", tmp_path / "answer.json", "", 0)
    with pytest.raises(InputError, match="of the type 'scalar', not vector or matrix"):
        list(_answers.checked_series(landed))


def test_faulty_point_is_named_with_its_place(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"series 2 .* \(point 2 is \[5\]\)"):
        outcome(tmp_path, matrix((SERIES, [[1, "1"]]), (SERIES, [[1, "1"], [5]])))


def test_device_index_that_is_no_number_is_unknown_and_the_sample_stays(tmp_path: Path) -> None:
    content = vector(SERIES | {"gpu": "GPU0"}, SERIES | {"gpu": "1.5"}, SERIES | {"gpu": "7"})
    assert [row["gpu_index"] for row in outcome(tmp_path, content).kept] == [None, None, 7]
