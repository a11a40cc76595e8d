"""tenure's own CSV of samples, long and wide."""

from __future__ import annotations

import gzip
from datetime import datetime
from pathlib import Path

import pytest
from _run import Outcome, candidates, run

from pipelines.errors import InputError
from pipelines.sources.model import Delivery, LandedFile, Rows, Scan
from pipelines.sources.telemetry import gpu_samples_csv

POWER = "DCGM_FI_DEV_POWER_USAGE"
UTIL = "DCGM_FI_DEV_GPU_UTIL"
LONGER = "covers_seconds: more than a day (86400)"


def outcome(folder: Path, text: str, name: str = "samples.csv") -> Outcome:
    """One file through the source."""
    content = text.encode()
    (folder / name).write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    (claim,) = gpu_samples_csv.claim(candidates(folder))
    return run(gpu_samples_csv, claim)


LONG = f"""sampled_at,node,gpu_uuid,gpu_index,metric,value,covers_seconds,pod
2026-08-01T00:00:30Z,n1,GPU-1,0,{POWER},300.5,30,serve-1
2026-08-01 02:00:30+02:00,n1,GPU-1,0,{UTIL},2147483634,30,serve-1
2026-08-01T00:00:30,n1,GPU-2,1,dcgm_power_usage,70,,nvidia-dcgm-exporter-x
"""
WIDE = f"""sampled_at,node,gpu_uuid,{POWER},DCGM_FI_DEV_GPU_TEMP,{UTIL},covers_seconds,pod
2026-08-01T00:00:30Z,n1,GPU-1,300.5,44,2147483634,30,serve-1
2026-08-01 02:01:00+02:00,n1,GPU-2,70,30,,,nvidia-dcgm-exporter-x
"""


def test_long_rows_become_samples(tmp_path: Path) -> None:
    """Line 3 is +02:00, so the same instant as line 2; its value is DCGM's code for not supported."""
    at = datetime(2026, 8, 1, 0, 0, 30)
    kept = outcome(tmp_path, LONG).kept
    names = ("source_row", "sampled_at", "gpu_uuid", "metric", "value", "null_reason", "covers_seconds", "pod")
    assert [tuple(row[name] for name in names) for row in kept] == [
        (1, at, "GPU-1", POWER, 300.5, None, 30.0, "serve-1"),
        (2, at, "GPU-1", UTIL, None, "not_supported", 30.0, "serve-1"),
        (3, at, "GPU-2", POWER, 70.0, None, None, None),
    ]


def test_util_of_an_instance_is_null_and_that_of_the_whole_beside_it_stays(tmp_path: Path) -> None:
    """G03: an exporter writes 0 for an instance, which is no measurement."""
    rows = f"2026-08-01T00:00:30Z,GPU-1,3,{UTIL},0\n2026-08-01T00:00:30Z,GPU-1,,{UTIL},40\n"
    kept = outcome(tmp_path, f"sampled_at,gpu_uuid,mig_instance,metric,value\n{rows}").kept
    assert [(row["mig_instance"], row["value"], row["null_reason"]) for row in kept] == [
        ("3", None, "not_supported"),
        (None, 40.0, None),
    ]


def test_wide_row_becomes_one_sample_a_metric_column(tmp_path: Path) -> None:
    """Two stored metrics: sample (row - 1)·2 + position. 02:01 at +02:00 is 00:01 UTC."""
    kept = outcome(tmp_path, WIDE).kept
    names = ("source_row", "sampled_at", "gpu_uuid", "metric", "value", "null_reason", "covers_seconds", "pod")
    assert [tuple(row[name] for name in names) for row in kept] == [
        (1, datetime(2026, 8, 1, 0, 0, 30), "GPU-1", POWER, 300.5, None, 30.0, "serve-1"),
        (2, datetime(2026, 8, 1, 0, 0, 30), "GPU-1", UTIL, None, "not_supported", 30.0, "serve-1"),
        (3, datetime(2026, 8, 1, 0, 1), "GPU-2", POWER, 70.0, None, None, None),
        (4, datetime(2026, 8, 1, 0, 1), "GPU-2", UTIL, None, "blank", None, None),
    ]


@pytest.mark.parametrize(("text", "part"), [(LONG, Scan), (WIDE, Rows)])
def test_long_is_read_by_the_warehouse_and_wide_here(tmp_path: Path, text: str, part: type) -> None:
    (tmp_path / "samples.csv").write_text(text)
    (claim,) = gpu_samples_csv.claim(candidates(tmp_path))
    files = tuple(LandedFile(file.name, file.path, "", 1) for file in claim.files)
    delivery = Delivery("d1", "telemetry", "gpu_samples_csv", "", datetime(2026, 9, 2), files)
    assert isinstance(gpu_samples_csv.read(delivery).parts[0], part)


@pytest.mark.parametrize("name", ["a[1]*?{b}.csv", "a[1]*?{b}.csv.gz"])
def test_glob_characters_in_a_path_are_only_characters(tmp_path: Path, name: str) -> None:
    """X05, plain and gzip; the long shape is opened by the warehouse, under a name of its own."""
    assert len(outcome(tmp_path, WIDE, name).kept) == 4


@pytest.mark.parametrize("text", [LONG, WIDE])
def test_byte_order_mark_is_no_part_of_the_first_column(tmp_path: Path, text: str) -> None:
    """T01."""
    assert outcome(tmp_path, "\ufeff" + text).rejected == []


@pytest.mark.parametrize(
    ("header", "line", "reason"),
    [
        ("metric,value", "2026-08-01T00:00:00Z,,DCGM_FI_DEV_POWER_USAGE,1", "gpu_uuid: missing"),
        ("metric,value", "1/8/2026,GPU-1,DCGM_FI_DEV_POWER_USAGE,1", "sampled_at: not a TIMESTAMP"),
        (POWER, "2026-08-01T00:00:00Z,,1", "gpu_uuid: missing"),
        (POWER, "1/8/2026,GPU-1,1", "sampled_at: not a TIMESTAMP"),
        (POWER, ",GPU-1,1", "sampled_at: missing"),
        (f"{POWER},covers_seconds", "2026-08-01T00:00:00Z,GPU-1,1,-5", "covers_seconds: below 0"),
        (f"{POWER},covers_seconds", "2026-08-01T00:00:00Z,GPU-1,1,86401", LONGER),
        (f"{POWER},covers_seconds", "2026-08-01T00:00:00Z,GPU-1,1,half", "covers_seconds: not a DOUBLE"),
        (f"{POWER},gpu_index", "2026-08-01T00:00:00Z,GPU-1,1,first", "gpu_index: not an INTEGER"),
        ("metric,value,covers_seconds", f"2026-08-01T00:00:00Z,GPU-1,{POWER},1,-5", "covers_seconds: below 0"),
        ("metric,value,covers_seconds", f"2026-08-01T00:00:00Z,GPU-1,{POWER},1,86401", LONGER),
        ("metric,value,covers_seconds", f"2026-08-01T00:00:00Z,GPU-1,{POWER},1,half", "covers_seconds: not a DOUBLE"),
    ],
)
def test_row_without_identity_or_time_is_rejected_with_the_reason(
    tmp_path: Path, header: str, line: str, reason: str
) -> None:
    result = outcome(tmp_path, f"sampled_at,gpu_uuid,{header}\n{line}\n")
    assert [row["reject_reason"] for row in result.rejected] == [reason]


def test_long_row_of_a_metric_that_is_not_stored_is_rejected_by_name(tmp_path: Path) -> None:
    result = outcome(tmp_path, "sampled_at,gpu_uuid,metric,value\n2026-08-01T00:00:00Z,GPU-1,DCGM_FI_DEV_GPU_TEMP,30\n")
    assert [(row["reject_value"], row["reject_reason"].split(":")[0]) for row in result.rejected] == [
        ("DCGM_FI_DEV_GPU_TEMP", "metric")
    ]


def test_misspelt_column_is_named_with_the_nearest_one(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"column 'jobid' is not one of the format[\s\S]*'job_id'"):
        outcome(tmp_path, f"sampled_at,gpu_uuid,{POWER},jobid\n")


def test_column_that_stands_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="'pod' stands twice"):
        outcome(tmp_path, f"sampled_at,gpu_uuid,{POWER},pod,pod\n")


def test_wide_line_cut_short_is_an_error_with_its_line(tmp_path: Path) -> None:
    """B08: a file cut in the middle of its last line."""
    with pytest.raises(InputError) as raised:
        outcome(tmp_path, WIDE[: WIDE.rindex(",")])
    assert raised.value.line == 3


@pytest.mark.parametrize("header", ["sampled_at,gpu_uuid,value", "a,b", "gpu_uuid,asset_id,valid_from_date"])
def test_other_files_are_left_alone(tmp_path: Path, header: str) -> None:
    (tmp_path / "other.csv").write_text(header + "\n")
    assert gpu_samples_csv.claim(candidates(tmp_path)) == []
