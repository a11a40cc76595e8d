"""Parquet of samples, in its four shapes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from _run import Outcome, candidates, run

from pipelines.errors import InputError
from pipelines.sources.telemetry import gpu_samples_parquet

UTIL = "DCGM_FI_DEV_GPU_UTIL"
POWER = "DCGM_FI_DEV_POWER_USAGE"
NOON = datetime(2026, 8, 1, 12)
MILLIS = 1_785_585_600_000  # noon of 2026-08-01, UTC


def outcome(folder: Path, table: dict[str, list[object]] | pa.Table, **options: str) -> Outcome:
    """One file through the source."""
    path = folder / "samples.parquet"
    if isinstance(table, dict):
        pl.DataFrame(table).write_parquet(path)
    else:
        pq.write_table(table, path)
    (claim,) = gpu_samples_parquet.claim(candidates(folder))
    return run(gpu_samples_parquet, replace(claim, options=options))


def stored(labels: list[dict[str, str]], names: list[str], values: list[float], times: pa.Array) -> pa.Table:
    """Samples as read from Prometheus' store."""
    maps = pa.array([list(item.items()) for item in labels], type=pa.map_(pa.string(), pa.string()))
    return pa.table({"__name__": names, "timestamp": times, "value": values, "labels": maps})


def test_long_rows_become_samples(tmp_path: Path) -> None:
    """2147483634 is the 32-bit code for not supported."""
    table = {
        "sampled_at": [NOON, NOON],
        "gpu_uuid": ["GPU-1", "GPU-1"],
        "metric": [POWER, "dcgm_gpu_utilization"],
        "value": [300.5, 2147483634.0],
        "pod": ["train-0", "nvidia-dcgm-exporter-x"],
    }
    names = ("source_row", "sampled_at", "metric", "value", "null_reason", "pod")
    assert [tuple(row[name] for name in names) for row in outcome(tmp_path, table).kept] == [
        (1, NOON, POWER, 300.5, None, "train-0"),
        (2, NOON, UTIL, None, "not_supported", None),
    ]


@pytest.mark.parametrize(
    "shape", [{"metric": [POWER] * 2, "value": [1.0] * 2}, {POWER: [1.0] * 2}], ids=["long", "wide"]
)
def test_no_sample_speaks_for_more_than_a_day(tmp_path: Path, shape: dict[str, list[object]]) -> None:
    """A night that rebuilds the days of this one alone would not know of the day before."""
    table = {"sampled_at": [NOON] * 2, "gpu_uuid": ["GPU-1"] * 2, "covers_seconds": [86400.0, 86401.0]} | shape
    found = outcome(tmp_path, table)
    assert [row["covers_seconds"] for row in found.kept] == [86400]
    assert [row["reject_reason"] for row in found.rejected] == ["covers_seconds: more than a day (86400)"]


def test_long_row_of_a_metric_that_is_not_stored_is_rejected(tmp_path: Path) -> None:
    table = {"sampled_at": [NOON], "gpu_uuid": ["GPU-1"], "metric": ["DCGM_FI_DEV_GPU_TEMP"], "value": [30.0]}
    assert [row["reject_value"] for row in outcome(tmp_path, table).rejected] == ["DCGM_FI_DEV_GPU_TEMP"]


def test_wide_columns_become_parts_and_other_metrics_stay_out(tmp_path: Path) -> None:
    table = {"sampled_at": [NOON], "gpu_uuid": ["GPU-1"], POWER: [300.5], UTIL: [None], "DCGM_FI_DEV_GPU_TEMP": [44]}
    kept = outcome(tmp_path, table).kept
    assert [(row["source_part"], row["value"], row["null_reason"]) for row in kept] == [
        (f"samples.parquet#{UTIL}", None, "blank"),
        (f"samples.parquet#{POWER}", 300.5, None),
    ]


@pytest.mark.parametrize("columns", [{"metric": [UTIL] * 2, "value": [0.0, 40.0]}, {UTIL: [0.0, 40.0]}])
def test_util_of_an_instance_is_null_and_that_of_the_whole_beside_it_stays(
    tmp_path: Path, columns: dict[str, list[object]]
) -> None:
    """G03, in tenure's long and wide shape: an exporter writes 0 for an instance, which is no measurement."""
    table = {"sampled_at": [NOON] * 2, "gpu_uuid": ["GPU-1"] * 2, "mig_instance": ["3", None], **columns}
    assert [(row["mig_instance"], row["value"], row["null_reason"]) for row in outcome(tmp_path, table).kept] == [
        ("3", None, "not_supported"),
        (None, 40.0, None),
    ]


def test_a_time_with_a_zone_is_the_instant_it_names(tmp_path: Path) -> None:
    zoned = pl.Series([NOON.replace(tzinfo=UTC)]).dt.convert_time_zone("Europe/Zagreb")
    kept = outcome(tmp_path, {"sampled_at": zoned, "gpu_uuid": ["GPU-1"], POWER: [1.0]}).kept
    assert [row["sampled_at"] for row in kept] == [NOON]


@pytest.mark.parametrize("times", [[1785585600.1], [datetime(2026, 8, 1, 12, 0, 0, 100_000)]])
def test_a_collectors_columns_become_parts(tmp_path: Path, times: list[object]) -> None:
    kept = outcome(tmp_path, {"timestamp": times, "gpu": [3], "energy_mj": [238749445947]}, node="n1").kept
    names = ("sampled_at", "gpu_uuid", "value", "source_part")
    assert [tuple(row[name] for name in names) for row in kept] == [
        (datetime(2026, 8, 1, 12, 0, 0, 100_000), "n1/gpu3", 238749445947.0, "samples.parquet#energy_mj")
    ]


@pytest.mark.parametrize(
    "times",
    [pa.array([MILLIS]), pa.array([MILLIS / 1000]), pa.array([NOON], type=pa.timestamp("ns", tz="UTC"))],
)
def test_prometheus_times_are_milliseconds_or_a_fraction_of_seconds(tmp_path: Path, times: pa.Array) -> None:
    table = stored([{"UUID": "GPU-1", "gpu": "2", "Hostname": "n1"}], [POWER], [68.347], times)
    names = ("sampled_at", "gpu_uuid", "gpu_index", "node", "value")
    assert [tuple(row[name] for name in names) for row in outcome(tmp_path, table).kept] == [
        (NOON, "GPU-1", 2, "n1", 68.347)
    ]


def test_prometheus_series_of_other_metrics_are_left_out_and_counted(tmp_path: Path) -> None:
    labels = [{"UUID": "GPU-1"}, {"instance": "n1:9100"}]
    result = outcome(tmp_path, stored(labels, [POWER, "node_load1"], [1.0, 2.0], pa.array([MILLIS, MILLIS])))
    assert (len(result.kept), len(result.rejected), len(result.left_out)) == (1, 0, 1)


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        (
            {"namespace": "gpu-operator", "pod": "nvidia-dcgm-exporter-x", "container": "nvidia-dcgm-exporter"},
            (None, None),
        ),
        (
            {"namespace": "monitoring", "pod": "scraper", "exported_namespace": "ml", "exported_pod": "vllm-0"},
            ("ml", "vllm-0"),
        ),
        ({"exported_pod": "", "namespace": "ml", "pod": "vllm-0"}, ("ml", "vllm-0")),
    ],
)
def test_the_workload_is_the_exported_one_and_never_the_exporter(
    tmp_path: Path, labels: dict[str, str], expected: tuple[str | None, str | None]
) -> None:
    """G07, G08."""
    (row,) = outcome(tmp_path, stored([{"UUID": "GPU-1", **labels}], [POWER], [1.0], pa.array([MILLIS]))).kept
    assert (row["namespace"], row["pod"]) == expected


def test_util_of_a_mig_instance_is_null_and_not_idle(tmp_path: Path) -> None:
    """G03, G10."""
    labels = [{"UUID": "GPU-1", "GPU_I_ID": "3", "GPU_I_PROFILE": "1g.10gb"}]
    (row,) = outcome(tmp_path, stored(labels, [UTIL], [0.0], pa.array([MILLIS]))).kept
    assert (row["mig_instance"], row["mig_profile"], row["value"], row["null_reason"]) == (
        "3",
        "1g.10gb",
        None,
        "not_supported",
    )


def test_stored_samples_that_are_no_number_are_null(tmp_path: Path) -> None:
    """G02: NaN is Prometheus' staleness mark."""
    (row,) = outcome(tmp_path, stored([{"UUID": "GPU-1"}], [POWER], [float("nan")], pa.array([MILLIS]))).kept
    assert (row["value"], row["null_reason"]) == (None, "not_a_number")


def test_labels_that_are_no_map_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="'labels' is no map of text"):
        outcome(tmp_path, {"__name__": [POWER], "timestamp": [MILLIS], "value": [1.0], "labels": ['{"UUID": "GPU-1"}']})


@pytest.mark.parametrize("table", [{"timestamp": [1], "value": [1]}, {"sampled_at": [NOON], "gpu_uuid": ["GPU-1"]}])
def test_other_parquet_is_left_alone(tmp_path: Path, table: dict[str, list[object]]) -> None:
    pl.DataFrame(table).write_parquet(tmp_path / "other.parquet")
    assert gpu_samples_parquet.claim(candidates(tmp_path)) == []
