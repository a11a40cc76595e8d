"""Scrapes of the DCGM exporter as samples."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from _run import Outcome, candidates, run

from pipelines.errors import InputError
from pipelines.sources.files import Candidate
from pipelines.sources.telemetry import prometheus_text

LINE = 'DCGM_FI_DEV_POWER_USAGE{gpu="0",UUID="GPU-1",Hostname="node-1"} 68.347'
NAMED = "node-1-20260801T120000Z.prom"


def outcome(folder: Path, text: str, name: str = NAMED) -> Outcome:
    """One file through the source."""
    (folder / name).write_text(text)
    (claim,) = prometheus_text.claim(candidates(folder))
    return run(prometheus_text, claim)


def test_real_scrape_holds_eight_gpus_with_the_values_of_the_file(shared: Path) -> None:
    """Expected values are cut out of the text by a regular expression."""
    path = shared / "data/telemetry/dcgm/h100_8gpu_metrics.prom"
    lines = re.findall(r'^DCGM_FI_DEV_POWER_USAGE\{.*UUID="([^"]+)".*\} (\S+)$', path.read_text(), re.MULTILINE)
    (claim,) = prometheus_text.claim([Candidate(path.name, path)])
    rows = run(prometheus_text, replace(claim, options={"sampled_at": "2026-08-01T12:00:00Z"})).kept
    power = {row["gpu_uuid"]: row["value"] for row in rows if row["metric"] == "DCGM_FI_DEV_POWER_USAGE"}
    assert len(power) == 8 and power == {uuid: float(value) for uuid, value in lines}


def test_time_comes_from_the_files_name(tmp_path: Path) -> None:
    (row,) = outcome(tmp_path, LINE + "\n").kept
    assert row["sampled_at"] == datetime(2026, 8, 1, 12)


def test_timestamp_of_a_sample_is_milliseconds_and_wins_over_the_name(tmp_path: Path) -> None:
    """1785585600250 ms is 2026-08-01 12:00:00.25 UTC; the name says another day."""
    (row,) = outcome(tmp_path, LINE + " 1785585600250\n", "node-1-20260802T000000Z.prom").kept
    assert row["sampled_at"] == datetime(2026, 8, 1, 12, 0, 0, 250_000)


def test_timestamp_in_openmetrics_is_seconds_and_its_counter_has_the_stored_name(tmp_path: Path) -> None:
    text = (
        "# TYPE DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION counter\n"
        'DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION_total{UUID="GPU-1"} 1234 1785585600.25\n'
        "# EOF\n"
    )
    (row,) = outcome(tmp_path, text).kept
    assert (row["metric"], row["value"], row["sampled_at"]) == (
        "DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION",
        1234.0,
        datetime(2026, 8, 1, 12, 0, 0, 250_000),
    )


def test_counter_declared_by_type_keeps_its_name(tmp_path: Path) -> None:
    text = (
        "# HELP DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION Energy (in mJ).\n"
        "# TYPE DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION counter\n"
        'DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION{UUID="GPU-1"} 9223372036854775794\n'
    )
    (row,) = outcome(tmp_path, text).kept
    assert (row["metric"], row["null_reason"]) == ("DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION", "not_supported")


def test_escapes_in_labels_are_undone(tmp_path: Path) -> None:
    r"""X03: a pod called `a"b\c` (escaped in the text) arrives as it is called."""
    (row,) = outcome(tmp_path, r'DCGM_FI_DEV_GPU_UTIL{UUID="GPU-1",pod="a\"b\\c"} 5' + "\n").kept
    assert row["pod"] == 'a"b\\c'


def test_source_row_numbers_the_samples_of_the_file(tmp_path: Path) -> None:
    text = 'DCGM_FI_DEV_GPU_TEMP{UUID="GPU-1"} 30\n' + LINE + "\n"
    assert [row["source_row"] for row in outcome(tmp_path, text).kept] == [2]


def test_scrape_without_any_time_says_how_to_give_one(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nothing says when[\s\S]*--option sampled_at="):
        outcome(tmp_path, LINE + "\n", "metrics.txt")


def test_option_that_is_no_time_is_refused(tmp_path: Path) -> None:
    (tmp_path / "metrics.txt").write_text(LINE + "\n")
    (claim,) = prometheus_text.claim(candidates(tmp_path))
    with pytest.raises(InputError, match="'noon', which is no time"):
        run(prometheus_text, replace(claim, options={"sampled_at": "noon"}))


def test_damaged_line_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError) as raised:
        outcome(tmp_path, LINE + "\n" + LINE + "\nDCGM_FI_DEV_GPU_UTIL{UUID=GPU-1} 5\n")
    assert raised.value.line == 3


@pytest.mark.parametrize("text", ["node_load1 0.5\n", "sampled_at,DCGM_FI_DEV_POWER_USAGE\n"])
def test_other_files_are_left_alone(tmp_path: Path, text: str) -> None:
    (tmp_path / "other.prom").write_text(text)
    assert prometheus_text.claim(candidates(tmp_path)) == []
