"""The rules that all telemetry formats share, on hand-made values; each runs in DuckDB and in polars."""

from __future__ import annotations

import duckdb
import polars as pl
import pytest

from pipelines.contracts.gpu_sample import METRICS
from pipelines.sources.telemetry import _samples

UTIL = "DCGM_FI_DEV_GPU_UTIL"
POWER = "DCGM_FI_DEV_POWER_USAGE"
ENERGY = "DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION"
SM = "DCGM_FI_PROF_SM_ACTIVE"

# Metric, text, MIG instance → value, reason. The codes are those of dcgm_structs.h: int32 0x7ffffff0, fp64 2^47,
# int64 0x7ffffffffffffff0, each with +1 not found, +2 not supported, +3 not permissioned.
CASES = [
    (UTIL, "0", None, 0.0, None),
    (UTIL, "100", None, 100.0, None),
    (POWER, "68.347", None, 68.347, None),
    (SM, "1.000000", None, 1.0, None),
    (UTIL, "2147483632", None, None, "blank"),
    (UTIL, "2147483633", None, None, "not_found"),
    (UTIL, "2147483634", None, None, "not_supported"),
    (UTIL, "2147483635", None, None, "not_permissioned"),
    (POWER, "140737488355328.000000", None, None, "blank"),
    (POWER, "140737488355329.000000", None, None, "not_found"),
    (POWER, "1.40737488355330e+14", None, None, "not_supported"),
    (POWER, "140737488355331", None, None, "not_permissioned"),
    (ENERGY, "9223372036854775792", None, None, "blank"),
    (ENERGY, "9223372036854775793", None, None, "not_found"),
    (ENERGY, "9223372036854775794", None, None, "not_supported"),
    (ENERGY, "9223372036854775795", None, None, "not_permissioned"),
    # Prometheus keeps doubles: the four codes above have become 2^63 and cannot be told apart.
    (ENERGY, "9223372036854775808", None, None, "blank"),
    (UTIL, "9.223372036854776e+18", None, None, "blank"),
    (UTIL, "<<<NULL>>>", None, None, "blank"),
    (UTIL, "<<<NOT_SUPPORTED>>>", None, None, "not_supported"),
    (POWER, "[N/A]", None, None, "blank"),
    (UTIL, None, None, None, "blank"),
    (UTIL, "", None, None, "blank"),
    (UTIL, "NaN", None, None, "not_a_number"),
    (UTIL, "+Inf", None, None, "not_a_number"),
    (UTIL, "idle", None, None, "not_a_number"),
    # DCGM#199: 2^32 - 1 and 1k to 200k per cent.
    (UTIL, "4294967295", None, None, "out_of_range"),
    (UTIL, "1000", None, None, "out_of_range"),
    (UTIL, "-1", None, None, "out_of_range"),
    (SM, "45", None, None, "out_of_range"),
    (POWER, "10001", None, None, "out_of_range"),
    # 66 kWh since boot, as a real H100 shows it, and a counter that stands at a 32-bit code by chance.
    (ENERGY, "238749445947", None, 238749445947.0, None),
    (ENERGY, "2147483634", None, 2147483634.0, None),
    (UTIL, "0", "3", None, "not_supported"),
    (SM, "0.25", "3", 0.25, None),
]


def judged(engine: str, metric: str, text: str | None, mig: str | None) -> tuple[float | None, str | None]:
    frame = pl.DataFrame(
        {"metric": [metric], "text": [text], "mig": [mig]}, schema=dict.fromkeys(("metric", "text", "mig"), pl.String)
    )
    value = _samples.value_sql("metric", "text", "mig")
    reason = _samples.null_reason_sql("metric", "text", "mig")
    if engine == "duckdb":
        connection = duckdb.connect()
        connection.register("frame", frame.to_arrow())
        return connection.execute(f"select {value}, {reason} from frame").fetchone()
    return frame.select(pl.sql_expr(f"{value} as v"), pl.sql_expr(f"{reason} as r")).row(0)


@pytest.mark.parametrize("engine", ["duckdb", "polars"])
@pytest.mark.parametrize(("metric", "text", "mig", "value", "reason"), CASES)
def test_sentinel_or_impossible_value_is_null_with_its_reason_and_never_zero(
    engine: str, metric: str, text: str | None, mig: str | None, value: float | None, reason: str | None
) -> None:
    """G02, and G03 for GPU_UTIL on a MIG instance: exporters write 0 there, which is no measurement."""
    assert judged(engine, metric, text, mig) == (value, reason)


@pytest.mark.parametrize(
    ("name", "canonical"),
    [
        ("dcgm_gpu_utilization", UTIL),
        ("dcgm_power_usage", POWER),
        ("dcgm_total_energy_consumption", ENERGY),
        ("dcgm_fb_used", "DCGM_FI_DEV_FB_USED"),
        ("dcgm_fi_prof_pipe_tensor_active", "DCGM_FI_PROF_PIPE_TENSOR_ACTIVE"),
        (UTIL, UTIL),
    ],
)
def test_name_of_exporter_1x_is_the_canonical_metric(name: str, canonical: str) -> None:
    """Names as in the exporter's list of 1.x compatible metrics."""
    assert _samples.CANONICAL[name] == canonical


def test_every_stored_metric_has_a_physical_limit() -> None:
    assert set(_samples._LIMITS) == set(METRICS)


def workload(**labels: str) -> tuple[str | None, str | None, str | None]:
    columns = _samples.device_labels(labels)
    frame = pl.DataFrame({name: [columns[name]] for name in ("namespace", "pod", "container")})
    names = ("namespace", "pod", "container")
    return frame.cast(pl.String).select(pl.sql_expr(f"{_samples.workload_sql(n, *names)} as {n}") for n in names).row(0)


def test_exporters_own_pod_is_no_workload() -> None:
    """G07: an idle GPU is scraped with the exporter's pod in the workload's place."""
    own = {"namespace": "gpu-operator", "pod": "nvidia-dcgm-exporter-wqqqn", "container": "nvidia-dcgm-exporter"}
    assert workload(**own) == (None, None, None)


def test_scrape_job_of_the_exporter_does_not_take_a_workload_away() -> None:
    """G07: `job` names the exporter on every series, also on those with a workload's pod."""
    assert workload(namespace="ml", pod="vllm-0", container="main", job="nvidia-dcgm-exporter") == (
        "ml",
        "vllm-0",
        "main",
    )


def test_exported_labels_win_over_those_of_the_scrape_target() -> None:
    """G08: without honorLabels the workload's labels are renamed, and the plain ones are the exporter's."""
    labels = {
        "namespace": "monitoring",
        "pod": "scraper-1",
        "container": "scraper",
        "exported_namespace": "ml",
        "exported_pod": "vllm-0",
    }
    assert workload(**labels) == ("ml", "vllm-0", None)


def test_empty_exported_pod_leaves_an_idle_gpu_without_a_workload() -> None:
    """G08."""
    assert workload(exported_pod="", namespace="gpu-operator", pod="nvidia-dcgm-exporter-1") == (None, None, None)
