"""Metrics of inference servers as samples."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from _run import Outcome, candidates, run

from pipelines.errors import InputError
from pipelines.sources.telemetry import prometheus_json, prometheus_text, serving_metrics

SECONDS = 1_785_585_600  # noon of 2026-08-01, UTC
NOON = datetime(2026, 8, 1, 12)
DCGM = 'DCGM_FI_DEV_POWER_USAGE{UUID="GPU-1"} 68.347\n'
VLLM = """# TYPE vllm:num_requests_running gauge
vllm:num_requests_running{engine="0",model_name="llama"} 3.0
# TYPE vllm:prompt_tokens_total counter
vllm:prompt_tokens_total{engine="0",model_name="llama"} 1.234e+06
# TYPE vllm:generation_tokens_total counter
vllm:generation_tokens_total{engine="0",model_name="llama"} 500.0
# TYPE vllm:request_success_total counter
vllm:request_success_total{engine="0",finished_reason="stop",model_name="llama"} 7.0
vllm:request_success_total{engine="0",finished_reason="length",model_name="llama"} 2.0
# TYPE vllm:time_to_first_token_seconds histogram
vllm:time_to_first_token_seconds_bucket{engine="0",le="0.1",model_name="llama"} 4.0
vllm:time_to_first_token_seconds_bucket{engine="0",le="+Inf",model_name="llama"} 9.0
vllm:time_to_first_token_seconds_count{engine="0",model_name="llama"} 9.0
vllm:time_to_first_token_seconds_sum{engine="0",model_name="llama"} 1.5
"""


def outcome(folder: Path, content: object, name: str = "n1-20260801T120000Z.prom", **options: str) -> Outcome:
    """One file through the source."""
    (folder / name).write_text(content if isinstance(content, str) else json.dumps(content))
    (claim,) = serving_metrics.claim(candidates(folder))
    return run(serving_metrics, replace(claim, options={**claim.options, **options}))


def answer(*series: tuple[dict[str, str], list[list[object]]]) -> dict[str, object]:
    """A range answer of Prometheus."""
    result = [{"metric": labels, "values": values} for labels, values in series]
    return {"status": "success", "data": {"resultType": "matrix", "result": result}}


def test_counters_and_the_histogram_have_one_name_for_all_engines(tmp_path: Path) -> None:
    """The bucket without end is the count and left out; the gauge is not stored and keeps its number."""
    names = ("source_row", "metric", "value", "bucket_upper_seconds")
    assert [tuple(row[name] for name in names) for row in outcome(tmp_path, VLLM).kept] == [
        (2, "input_tokens_count", 1_234_000.0, None),
        (3, "output_tokens_count", 500.0, None),
        (4, "requests_count", 7.0, None),
        (5, "requests_count", 2.0, None),
        (6, "time_to_first_token_seconds_bucket", 4.0, 0.1),
        (8, "time_to_first_token_seconds_count", 9.0, None),
        (9, "time_to_first_token_seconds_sum", 1.5, None),
    ]


def test_a_series_is_told_by_all_its_labels(tmp_path: Path) -> None:
    """G01: a counter is differenced within its series, here by the reason of the end too."""
    kept = outcome(tmp_path, VLLM).kept
    series = [json.loads(row["labels_json"]) for row in kept if row["metric"] == "requests_count"]
    assert series == [
        {"engine": "0", "finished_reason": "stop", "model_name": "llama"},
        {"engine": "0", "finished_reason": "length", "model_name": "llama"},
    ]


@pytest.mark.parametrize("label", ["prometheus_replica", "__replica__"])
def test_two_scrapers_of_one_server_tell_one_series(tmp_path: Path, label: str) -> None:
    """G13: a store that does not merge a pair's answers gives each series twice; taken for two it counts twice."""
    labels = {"__name__": "vllm:generation_tokens_total", "model_name": "llama", "instance": "a:8000"}
    pair = answer(*((labels | {label: f"prom-{number}"}, [[1785542400 + number, "5"]]) for number in range(2)))
    kept = outcome(tmp_path, pair).kept
    assert [row["labels_json"] for row in kept] == ['{"instance": "a:8000", "model_name": "llama"}'] * 2


@pytest.mark.parametrize(
    ("line", "engine", "metric", "value"),
    [
        ('sglang:generation_tokens_total{model_name="m"} 5', "sglang", "output_tokens_count", 5.0),
        ("tgi_request_success 5", "tgi", "requests_count", 5.0),
        ("tgi_request_generated_tokens_sum 5", "tgi", "output_tokens_count", 5.0),
        ('nv_inference_request_success{model="m",version="1"} 5', "triton", "requests_count", 5.0),
        (
            'nv_inference_first_response_histogram_ms_sum{model="m",version="1"} 1500',
            "triton",
            "time_to_first_token_seconds_sum",
            1.5,
        ),
    ],
)
def test_each_engines_name_is_the_stored_metric(
    tmp_path: Path, line: str, engine: str, metric: str, value: float
) -> None:
    """Triton's histogram is in milliseconds."""
    kept = outcome(tmp_path, line + "\n").kept
    assert [(row["engine"], row["metric"], row["value"]) for row in kept] == [(engine, metric, value)]


def test_a_bucket_in_milliseconds_ends_in_seconds_and_still_counts_requests(tmp_path: Path) -> None:
    (row,) = outcome(tmp_path, 'nv_inference_first_response_histogram_ms_bucket{model="m",le="100"} 40\n').kept
    assert (row["bucket_upper_seconds"], row["value"]) == (0.1, 40.0)


def test_an_answer_of_prometheus_gives_every_point(tmp_path: Path) -> None:
    labels = {"__name__": "vllm:prompt_tokens_total", "model_name": "llama", "instance": "n1:8000"}
    content = answer((labels, [[SECONDS, "10"], [SECONDS + 15, "NaN"]]))
    kept = outcome(tmp_path, content, "answer.json").kept
    names = ("source_row", "sampled_at", "instance", "value", "null_reason")
    assert [tuple(row[name] for name in names) for row in kept] == [
        (1, NOON, "n1:8000", 10.0, None),
        (2, datetime(2026, 8, 1, 12, 0, 15), "n1:8000", None, "not_a_number"),
    ]


def test_an_answer_over_servers_alone_is_not_claimed_as_gpu_samples(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps(answer(({"__name__": "vllm:prompt_tokens_total"}, [[SECONDS, "1"]]))))
    assert prometheus_json.claim(candidates(tmp_path)) == []


def test_a_file_of_both_goes_to_the_gpu_samples_and_says_how_to_add_the_rest(tmp_path: Path) -> None:
    """Nothing is lost: the second source takes it too, when it is named."""
    (tmp_path / "both-20260801T120000Z.prom").write_text(DCGM + VLLM)
    (claim,) = prometheus_text.claim(candidates(tmp_path))
    assert "add it again with --source serving_metrics" in claim.description
    assert len(serving_metrics.claim(candidates(tmp_path))) == 1


def test_the_servers_own_labels_win_over_those_of_the_scrape(tmp_path: Path) -> None:
    """G08."""
    line = 'vllm:prompt_tokens_total{pod="scraper",namespace="monitoring",exported_pod="vllm-0"} 1\n'
    (row,) = outcome(tmp_path, line).kept
    assert (row["pod"], row["namespace"]) == ("vllm-0", None)


def test_a_service_can_be_named_by_hand(tmp_path: Path) -> None:
    (row,) = outcome(tmp_path, "tgi_request_success 5\n", service="chat").kept
    assert row["service"] == "chat"


def test_a_scrape_without_any_time_says_how_to_give_one(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nothing says when[\s\S]*--option sampled_at="):
        outcome(tmp_path, VLLM, "metrics.txt")


@pytest.mark.parametrize("text", ["node_load1 0.5\n", "# HELP vllm:prompt_tokens_total Tokens.\n", DCGM])
def test_other_scrapes_are_left_alone(tmp_path: Path, text: str) -> None:
    (tmp_path / "other.prom").write_text(text)
    assert serving_metrics.claim(candidates(tmp_path)) == []
