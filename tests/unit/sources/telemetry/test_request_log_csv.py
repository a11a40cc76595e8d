"""Logs of inference requests as amounts of each minute."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from _run import Outcome, candidates, run

from pipelines.errors import InputError
from pipelines.sources.files import Candidate
from pipelines.sources.telemetry import request_log_csv

AZURE = """TIMESTAMP,ContextTokens,GeneratedTokens
2026-08-01 12:00:46.6805900,374,44
2026-08-01 12:00:59.9999999,396,109
2026-08-01 12:01:00.0000000,879,55
"""


def outcome(folder: Path, text: str, **options: str) -> Outcome:
    """One log through the source, in UTC and of the service chat unless told otherwise."""
    (folder / "log.csv").write_text(text)
    (claim,) = request_log_csv.claim(candidates(folder))
    told = {"time_zone": "UTC", "service": "chat", **options}
    return run(request_log_csv, replace(claim, options={name: text for name, text in told.items() if text}))


def test_requests_of_a_minute_become_three_amounts_that_end_with_it(tmp_path: Path) -> None:
    """Seven digits of a second: the last instant of 12:00 stays in it. 374 + 396, 44 + 109."""
    names = ("source_row", "sampled_at", "metric", "value")
    one, two = datetime(2026, 8, 1, 12, 1), datetime(2026, 8, 1, 12, 2)
    assert [tuple(row[name] for name in names) for row in outcome(tmp_path, AZURE).kept] == [
        (1, one, "requests_count", 2.0),
        (2, one, "input_tokens_count", 770.0),
        (3, one, "output_tokens_count", 153.0),
        (7, two, "requests_count", 1.0),
        (8, two, "input_tokens_count", 879.0),
        (9, two, "output_tokens_count", 55.0),
    ]


def test_an_amount_covers_its_minute(tmp_path: Path) -> None:
    kept = outcome(tmp_path, AZURE).kept
    assert {(row["value_kind"], row["covers_seconds"], row["service"]) for row in kept} == {("amount", 60.0, "chat")}


def test_models_are_counted_apart(tmp_path: Path) -> None:
    header = "timestamp,model,prompt_tokens,completion_tokens\n"
    lines = "2026-08-01T12:00:01Z,a,1,2\n2026-08-01T12:00:02Z,b,3,4\n"
    kept = outcome(tmp_path, header + lines, service="").kept
    tokens = {row["model_name"]: row["value"] for row in kept if row["metric"] == "input_tokens_count"}
    assert tokens == {"a": 1.0, "b": 3.0}


@pytest.mark.parametrize(
    "bad", ["noon,1,2", ",1,2", "2026-08-01 12:00:01,1.5,2", "2026-08-01 12:00:01,1,", "2026-08-01 12:00:01,-1,2"]
)
def test_counted_requests_and_rejected_rows_are_the_rows_of_the_log(tmp_path: Path, bad: str) -> None:
    result = outcome(tmp_path, AZURE + bad + "\n")
    requests = sum(row["value"] for row in result.kept if row["metric"] == "requests_count")
    assert (requests, [row["source_row"] for row in result.rejected]) == (3.0, [12])


def test_requests_of_nobody_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"whose the requests are[\s\S]*--option service=NAME"):
        outcome(tmp_path, AZURE, service="")


def test_times_without_a_zone_are_refused_until_somebody_says_which(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="has no time zone") as raised:
        outcome(tmp_path, AZURE, time_zone="")
    assert raised.value.line == 2


@pytest.mark.parametrize("header", ["TIMESTAMP,ContextTokens", "timestamp,gpu,power_w", "input_tokens,output_tokens"])
def test_other_files_are_left_alone(tmp_path: Path, header: str) -> None:
    (tmp_path / "other.csv").write_text(header + "\n")
    assert request_log_csv.claim(candidates(tmp_path)) == []


def test_a_real_trace_keeps_every_request_and_token(shared: Path) -> None:
    """Sums are taken from the text by splitting it."""
    path = shared / "data/telemetry/azure_llm/AzureLLMInferenceTrace_conv.csv"
    (claim,) = request_log_csv.claim([Candidate(path.name, path)])
    result = run(request_log_csv, replace(claim, options={"time_zone": "UTC", "service": "chat"}))
    rows = [line.split(",") for line in path.read_text().splitlines()[1:]]
    expected = {
        "requests_count": len(rows),
        "input_tokens_count": sum(int(row[1]) for row in rows),
        "output_tokens_count": sum(int(row[2]) for row in rows),
    }
    found = dict.fromkeys(expected, 0.0)
    for row in result.kept:
        found[row["metric"]] += row["value"]
    assert (found, result.rejected) == (expected, [])
