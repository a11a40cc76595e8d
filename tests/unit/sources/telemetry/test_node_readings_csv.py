"""A collector's CSV as samples."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from _run import Outcome, candidates, run

from pipelines.errors import InputError
from pipelines.sources.files import Candidate
from pipelines.sources.telemetry import node_readings_csv

HEADER = "timestamp,phase,gpu,gpu_model,power_w,temp_c,gpu_util_pct,sm_active,energy_mj\n"
LINE = "1785585600.100,steady,3,NVIDIA H100 80GB HBM3,547.2,66,85,0.61,238749445947\n"


def outcome(folder: Path, text: str, **options: str) -> Outcome:
    """One file through the source."""
    (folder / "run.csv").write_text(text)
    (claim,) = node_readings_csv.claim(candidates(folder))
    return run(node_readings_csv, replace(claim, options=options))


def test_a_row_gives_a_sample_a_stored_column_traced_to_both(tmp_path: Path) -> None:
    kept = outcome(tmp_path, HEADER + LINE, node="n1").kept
    names = ("source_part", "source_row", "metric", "value")
    assert [tuple(row[name] for name in names) for row in kept] == [
        ("run.csv#energy_mj", 1, "DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION", 238749445947.0),
        ("run.csv#gpu_util_pct", 1, "DCGM_FI_DEV_GPU_UTIL", 85.0),
        ("run.csv#power_w", 1, "DCGM_FI_DEV_POWER_USAGE", 547.2),
        ("run.csv#sm_active", 1, "DCGM_FI_PROF_SM_ACTIVE", 0.61),
    ]
    assert {row["sampled_at"] for row in kept} == {datetime(2026, 8, 1, 12, 0, 0, 100_000)}


def test_a_device_without_uuid_is_called_after_its_node(tmp_path: Path) -> None:
    kept = outcome(tmp_path, HEADER + LINE, node="n1").kept
    assert {(row["gpu_uuid"], row["gpu_index"], row["node"]) for row in kept} == {("n1/gpu3", 3, "n1")}


def test_numbers_without_a_node_are_refused(tmp_path: Path) -> None:
    """G12."""
    with pytest.raises(InputError, match=r"not of which machine[\s\S]*--option node=NAME"):
        outcome(tmp_path, HEADER + LINE)


def test_a_uuid_is_the_identity_where_there_is_one(tmp_path: Path) -> None:
    kept = outcome(tmp_path, "timestamp,gpu_uuid,power_w\n1785585600,GPU-1,70\n").kept
    assert [(row["gpu_uuid"], row["value"]) for row in kept] == [("GPU-1", 70.0)]


@pytest.mark.parametrize("time", ["1785585600100", "0", "2026-08-01 12:00:00"])
def test_a_time_in_milliseconds_of_1970_or_without_zone_is_rejected(tmp_path: Path, time: str) -> None:
    """G14."""
    result = outcome(tmp_path, f"timestamp,gpu_uuid,power_w\n{time},GPU-1,70\n")
    assert [(row["reject_reason"], row["reject_value"]) for row in result.rejected] == [
        ("sampled_at: not a TIMESTAMP", time)
    ]


def test_a_code_for_no_value_is_null_and_never_zero(tmp_path: Path) -> None:
    """G02: the 64-bit code for not supported."""
    kept = outcome(tmp_path, "timestamp,gpu_uuid,energy_mj\n1785585600,GPU-1,9223372036854775794\n").kept
    assert [(row["value"], row["null_reason"]) for row in kept] == [(None, "not_supported")]


# kWh over the run by the counters of eight GPUs, as the traces' own documentation has them.
@pytest.mark.parametrize(("run_name", "energy_kwh"), [("b1", 0.0880), ("t3", 0.4693)])
def test_a_real_run_uses_the_energy_that_is_told_of_it(shared: Path, run_name: str, energy_kwh: float) -> None:
    path = shared / f"data/telemetry/node_8xh100/{run_name}_telemetry.csv.gz"
    (claim,) = node_readings_csv.claim([Candidate(path.name, path)])
    kept = run(node_readings_csv, replace(claim, options={"node": "h100"})).kept
    counted: dict[object, list[float]] = {}
    for row in kept:
        if row["metric"] == "DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION":
            counted.setdefault(row["gpu_uuid"], []).append(row["value"])
    total_mj = sum(values[-1] - values[0] for values in counted.values())
    assert total_mj / 3.6e9 == pytest.approx(energy_kwh, abs=0.00005)
