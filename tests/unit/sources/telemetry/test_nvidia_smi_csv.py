"""Logs of nvidia-smi as samples."""

from __future__ import annotations

import gzip
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from _run import Outcome, candidates, run

from pipelines.errors import InputError
from pipelines.sources.files import Candidate
from pipelines.sources.telemetry import nvidia_smi_csv

UTIL = "DCGM_FI_DEV_GPU_UTIL"
POWER = "DCGM_FI_DEV_POWER_USAGE"
MEMORY = "DCGM_FI_DEV_FB_USED"
HEADER = "timestamp, uuid, utilization.gpu [%], memory.used [MiB], power.draw [W]\n"


def outcome(folder: Path, text: str, **options: str) -> Outcome:
    """One log through the source, by a clock in UTC unless told otherwise."""
    (folder / "smi.csv").write_text(text)
    (claim,) = nvidia_smi_csv.claim(candidates(folder))
    told = {"time_zone": "UTC", **options}
    return run(nvidia_smi_csv, replace(claim, options={name: text for name, text in told.items() if text}))


def test_a_line_gives_a_sample_a_metric_without_its_units(tmp_path: Path) -> None:
    """Sample (line - 2)·3 + position; clocks in Zagreb are two hours ahead of UTC in August."""
    line = "2026/08/01 14:00:30.507, GPU-1, 69 %, 1129 MiB, 333.09 W\n"
    kept = outcome(tmp_path, HEADER + line, time_zone="Europe/Zagreb").kept
    at = datetime(2026, 8, 1, 12, 0, 30, 507_000)
    names = ("source_row", "sampled_at", "gpu_uuid", "metric", "value")
    assert [tuple(row[name] for name in names) for row in kept] == [
        (1, at, "GPU-1", UTIL, 69.0),
        (2, at, "GPU-1", MEMORY, 1129.0),
        (3, at, "GPU-1", POWER, 333.09),
    ]


def test_a_log_without_units_reads_the_same(tmp_path: Path) -> None:
    kept = outcome(tmp_path, HEADER + "2026/08/01 12:00:30.507, GPU-1, 69, 1129, 333.09\n").kept
    assert [row["value"] for row in kept] == [69.0, 1129.0, 333.09]


@pytest.mark.parametrize(
    ("word", "reason"),
    [
        ("[N/A]", "blank"),
        ("[Not Supported]", "not_supported"),
        ("[Unknown Error]", "device_error"),
        ("[GPU requires reset]", "device_error"),
        ("[Insufficient Permissions]", "not_permissioned"),
        ("4294967295 %", "out_of_range"),
    ],
)
def test_what_the_driver_says_instead_of_a_number_is_null_with_its_reason(
    tmp_path: Path, word: str, reason: str
) -> None:
    """G02, G03: no value is never 0."""
    kept = outcome(tmp_path, f"timestamp, uuid, utilization.gpu [%]\n2026/08/01 12:00:00, GPU-1, {word}\n").kept
    assert [(row["value"], row["null_reason"]) for row in kept] == [(None, reason)]


def test_headers_of_appended_logs_are_no_rows(tmp_path: Path) -> None:
    line = "2026/08/01 12:00:0{}, GPU-1, 69 %, 1129 MiB, 333.09 W\n"
    result = outcome(tmp_path, HEADER + line.format(1) + HEADER + "\n" + line.format(2))
    assert ([row["source_row"] for row in result.kept], result.rejected) == ([1, 2, 3, 10, 11, 12], [])


def test_an_appended_log_of_other_columns_is_refused_at_its_line(tmp_path: Path) -> None:
    text = HEADER + "2026/08/01 12:00:01, GPU-1, 69 %, 1129 MiB, 333.09 W\n"
    with pytest.raises(InputError, match="another log begins here") as raised:
        outcome(tmp_path, text + "timestamp, uuid, power.draw [W], memory.used [MiB], utilization.gpu [%]\n")
    assert raised.value.line == 3


def test_lines_of_several_gpus_are_told_apart_by_their_uuid(tmp_path: Path) -> None:
    line = "2026/08/01 12:00:01, GPU-{0}, {0} %, 1 MiB, 1 W\n"
    kept = outcome(tmp_path, HEADER + line.format(1) + line.format(2)).kept
    assert {(row["gpu_uuid"], row["value"]) for row in kept if row["metric"] == UTIL} == {
        ("GPU-1", 1.0),
        ("GPU-2", 2.0),
    }


@pytest.mark.parametrize(
    "bad", ["Unable to determine the device handle for GPU 0000:3B:00.0", "2026/08/01 12:00:02, GPU-1, 6"]
)
def test_a_line_that_is_cut_or_none_is_rejected_with_its_text(tmp_path: Path, bad: str) -> None:
    """Both samples of it, so that kept and rejected are lines by columns."""
    header = "timestamp, uuid, utilization.gpu [%], power.draw [W]\n"
    result = outcome(tmp_path, f"{header}2026/08/01 12:00:01, GPU-1, 69 %, 3 W\n{bad}\n")
    assert {row["reject_value"] for row in result.rejected} == {bad}
    assert (len(result.kept), len(result.rejected)) == (2, 2)


def test_a_value_of_another_unit_is_rejected(tmp_path: Path) -> None:
    result = outcome(tmp_path, "timestamp, uuid, memory.used [MiB]\n2026/08/01 12:00:00, GPU-1, 3 GiB\n")
    assert [row["reject_value"] for row in result.rejected] == ["3 GiB"]


def test_a_column_of_another_unit_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"'memory.used \[GiB\]' is not in MiB"):
        outcome(tmp_path, "timestamp, uuid, memory.used [GiB]\n2026/08/01 12:00:00, GPU-1, 3\n")


def test_one_power_reading_is_stored_where_the_driver_has_three(tmp_path: Path) -> None:
    text = "timestamp, uuid, power.draw.instant [W], power.draw [W], power.draw.average [W]\n"
    kept = outcome(tmp_path, text + "2026/08/01 12:00:00, GPU-1, 1 W, 2 W, 3 W\n").kept
    assert [row["value"] for row in kept] == [2.0]


def test_a_log_without_uuid_is_refused_with_what_to_do(tmp_path: Path) -> None:
    """G12: a number on a host is no identity, unless somebody says so."""
    with pytest.raises(InputError, match=r"no column uuid[\s\S]*--query-gpu=timestamp,uuid"):
        outcome(tmp_path, "timestamp, index, power.draw [W]\n2026/08/01 12:00:00, 0, 70 W\n")


def test_a_node_given_for_a_log_without_uuid_names_its_devices(tmp_path: Path) -> None:
    kept = outcome(tmp_path, "timestamp, index, power.draw [W]\n2026/08/01 12:00:00, 3, 70 W\n", node="n1").kept
    assert [(row["gpu_uuid"], row["gpu_index"], row["node"]) for row in kept] == [("n1/gpu3", 3, "n1")]


@pytest.mark.parametrize(
    ("header", "first", "second"),
    [
        ("index, power.draw [W]", "0, 70 W", "1, 70 W"),
        ("name, power.draw [W]", "H100, 70 W", "A100, 70 W"),
        ("power.draw [W]", "70 W", "80 W"),
    ],
)
def test_one_uuid_for_a_log_of_several_gpus_is_refused(tmp_path: Path, header: str, first: str, second: str) -> None:
    """G12; without index and name they show by two lines of one time."""
    text = f"timestamp, {header}\n2026/08/01 12:00:00, {first}\n2026/08/01 12:00:00, {second}\n"
    with pytest.raises(InputError, match="the log is of several GPUs"):
        outcome(tmp_path, text, gpu_uuid="GPU-1")


def test_a_log_is_refused_until_somebody_says_whose_clock_it_is_of(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"has no time zone[\s\S]*--option time_zone=") as raised:
        outcome(tmp_path, HEADER + "2026/08/01 12:00:00, GPU-1, 69 %, 1 MiB, 3 W\n", time_zone="")
    assert raised.value.line == 2


def test_an_hour_that_comes_twice_is_known_by_the_clock_going_back(tmp_path: Path) -> None:
    """Zagreb, 2026-10-25: at 03:00 (+02:00) clocks go back to 02:00 (+01:00), which is 01:00 UTC."""
    times = ("01:59:59", "02:30:00", "02:59:59", "02:00:00", "02:30:00", "03:00:00")
    lines = "".join(f"2026/10/25 {time}, GPU-1, 3 W\n" for time in times)
    kept = outcome(tmp_path, "timestamp, uuid, power.draw [W]\n" + lines, time_zone="Europe/Zagreb").kept
    utc = [str(row["sampled_at"])[11:] for row in kept]
    assert utc == ["23:59:59", "00:30:00", "00:59:59", "01:00:00", "01:30:00", "02:00:00"]


def test_a_header_and_nothing_else_is_no_sample(tmp_path: Path) -> None:
    assert outcome(tmp_path, HEADER).kept == []


def test_a_gzip_of_a_log_reads_the_same(tmp_path: Path) -> None:
    (tmp_path / "smi.csv.gz").write_bytes(gzip.compress(f"{HEADER}2026/08/01 12:00:00, GPU-1, 1, 1, 1\n".encode()))
    (claim,) = nvidia_smi_csv.claim(candidates(tmp_path))
    assert len(run(nvidia_smi_csv, replace(claim, options={"time_zone": "UTC"})).kept) == 3


@pytest.mark.parametrize("text", ["2026/08/01 12:00:00.1, GPU-1, 3 W\n", "timestamp, name\n"])
def test_other_files_are_left_alone(tmp_path: Path, text: str) -> None:
    (tmp_path / "other.csv").write_text(text)
    assert nvidia_smi_csv.claim(candidates(tmp_path)) == []


NO_HEADER = "2026/08/01 12:00:00.100, GPU-1, 69 %, 1129 MiB, 33.09 W\n2026/08/01 12:00:01.100, GPU-1, 70, 1129, 34\n"


def test_a_log_without_header_is_read_by_the_columns_that_were_asked_for(tmp_path: Path) -> None:
    asked = "timestamp,uuid,utilization.gpu,memory.used,power.draw"
    kept = outcome(tmp_path, NO_HEADER, columns=asked).kept
    assert [(row["metric"], row["value"]) for row in kept] == [
        (UTIL, 69.0), (MEMORY, 1129.0), (POWER, 33.09), (UTIL, 70.0), (MEMORY, 1129.0), (POWER, 34.0),
    ]  # fmt: skip
    assert [row["source_row"] for row in kept] == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize("columns", ["", "timestamp,uuid", "uuid,name,index,pstate,power.draw"])
def test_a_log_without_header_is_refused_until_somebody_says_its_columns(tmp_path: Path, columns: str) -> None:
    with pytest.raises(InputError, match="no header") as refused:
        outcome(tmp_path, NO_HEADER, columns=columns)
    assert "--option columns=" in str(refused.value)


def test_a_real_log_keeps_every_value(shared: Path) -> None:
    """Sums are taken from the text by splitting it."""
    path = shared / "data/telemetry/dcgm/nvidia-smi_gpu_log_rtx4090.csv"
    (claim,) = nvidia_smi_csv.claim([Candidate(path.name, path)])
    result = run(nvidia_smi_csv, replace(claim, options={"time_zone": "UTC", "gpu_uuid": "GPU-1"}))
    values = [line.split(", ") for line in path.read_text().splitlines()[1:]]
    watts = sum(float(value[5].removesuffix(" W")) for value in values)
    power = [row["value"] for row in result.kept if row["metric"] == POWER]
    assert (len(result.kept), result.rejected) == (3 * len(values), [])
    assert sum(power) == pytest.approx(watts)
