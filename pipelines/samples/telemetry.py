"""The ledger of GPU-hours as deliveries: monthly wide CSV, one day of Prometheus answers, one `/metrics` text."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from pipelines.samples.activity import GpuHour
from pipelines.samples.schedule import EXPORTER
from pipelines.samples.textfiles import csv_text, write_gzip, write_json, write_text
from pipelines.samples.world import (
    GPU_MODEL_NAME,
    HOURS,
    MACHINES,
    START,
    hours_of_month,
    instant,
    iso,
    month_starts,
)

WIDE_COLUMNS: Final = (
    "sampled_at",
    "covers_seconds",
    "node",
    "gpu_uuid",
    "gpu_index",
    "gpu_model_name",
    "namespace",
    "pod",
    "DCGM_FI_DEV_GPU_UTIL",
    "DCGM_FI_PROF_SM_ACTIVE",
    "DCGM_FI_DEV_POWER_USAGE",
    "DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION",
)
POWER_NOT_SUPPORTED: Final = "140737488355330"  # DCGM's floating-point blank + 2
SCRAPED_AT: Final = "20260831T235930Z"
DRIVER: Final = "580.105.08"

METRICS: Final[dict[str, Callable[[GpuHour], str]]] = {
    "DCGM_FI_DEV_GPU_UTIL": lambda row: str(row.util),
    "DCGM_FI_PROF_SM_ACTIVE": lambda row: f"0.{row.sm_milli:03d}",
    "DCGM_FI_DEV_POWER_USAGE": lambda row: f"{row.power_dw // 10}.{row.power_dw % 10}",
    "DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION": lambda row: str(row.counter_mj),
}
SOURCING: Final = {machine.node: machine.sourcing for machine in MACHINES}


def write_telemetry(out_dir: Path, ledger: list[GpuHour]) -> None:
    """Write every sample of the ledger once, in one of the three formats."""
    by_kind: dict[str, list[GpuHour]] = defaultdict(list)
    for row in ledger:
        by_kind[row.delivered_as].append(row)
    _write_wide(out_dir / "gpu_samples_csv", by_kind["csv"])
    for metric, value in METRICS.items():
        answer = _range_answer(metric, value, by_kind["prometheus"])
        write_json(out_dir / "prometheus_json" / f"query_range-20260615-{metric}.json", answer)
    node = by_kind["scrape"][0].card.node
    write_text(out_dir / "prometheus_text" / f"{node}-{SCRAPED_AT}.prom", _exposition(by_kind["scrape"]))


def _write_wide(folder: Path, rows: list[GpuHour]) -> None:
    sampled_at = [iso(instant(hour + 1)) for hour in range(HOURS)]
    month_of = {hour: month.strftime("%Y-%m") for month in month_starts() for hour in hours_of_month(month)}
    files: dict[tuple[str, str], list[tuple[object, ...]]] = defaultdict(list)
    util, sm_active, power, energy = METRICS.values()
    for row in rows:
        files[SOURCING[row.card.node], month_of[row.hour]].append(
            (
                sampled_at[row.hour],
                3600,
                row.card.node,
                row.card.uuid,
                row.card.slot,
                GPU_MODEL_NAME,
                row.namespace,
                row.pod,
                util(row),
                sm_active(row),
                POWER_NOT_SUPPORTED if row.power_is_sentinel else power(row),
                energy(row),
            )
        )
    for (sourcing, month), lines in sorted(files.items()):
        write_gzip(folder / f"{sourcing}-{month}.csv.gz", csv_text(WIDE_COLUMNS, lines))


def _range_answer(metric: str, value: Callable[[GpuHour], str], rows: Iterable[GpuHour]) -> dict[str, object]:
    """A range query's answer: one series a label set, points at the end of each hour.

    The scrape honours labels on owned nodes only: on leased ones the workload stands in `exported_*`, and `namespace`
    and `pod` are the exporter's.
    """
    series: dict[tuple[str, str, str], list[GpuHour]] = defaultdict(list)
    for row in rows:
        series[row.card.uuid, row.namespace, row.pod].append(row)
    result = []
    for (uuid, namespace, pod), points in series.items():
        card = points[0].card
        labels = {
            "__name__": metric,
            "DCGM_FI_DRIVER_VERSION": DRIVER,
            "Hostname": card.node,
            "UUID": uuid,
            "device": f"nvidia{card.slot}",
            "gpu": str(card.slot),
            "job": "nvidia-dcgm-exporter",
            "modelName": GPU_MODEL_NAME,
        }
        if SOURCING[card.node] == "owned" and pod:
            labels |= {"namespace": namespace, "pod": pod}
        else:
            labels |= {"namespace": EXPORTER[0], "pod": EXPORTER[1]}
            if pod:
                labels |= {"exported_namespace": namespace, "exported_pod": pod}
        start = int(START.timestamp())
        values = [[start + 3600 * (row.hour + 1), value(row)] for row in points]
        result.append({"metric": labels, "values": values})
    return {"status": "success", "data": {"resultType": "matrix", "result": result}}


def _exposition(rows: list[GpuHour]) -> str:
    """Prometheus text: the counter is read half a minute before the hour ends, so it lacks that much energy."""
    kinds = {"DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION": "counter"}
    lines: list[str] = []
    for metric, value in METRICS.items():
        lines += [f"# HELP {metric} Value of {metric}.", f"# TYPE {metric} {kinds.get(metric, 'gauge')}"]
        for row in rows:
            text = str(scraped_counter_mj(row)) if metric in kinds else value(row)
            labels = {
                "gpu": str(row.card.slot),
                "UUID": row.card.uuid,
                "device": f"nvidia{row.card.slot}",
                "modelName": GPU_MODEL_NAME,
                "Hostname": row.card.node,
                "DCGM_FI_DRIVER_VERSION": DRIVER,
            }
            if row.pod:
                labels |= {"container": "main", "namespace": row.namespace, "pod": row.pod}
            inner = ",".join(f'{key}="{text_}"' for key, text_ in labels.items())
            lines.append(f"{metric}{{{inner}}} {text}")
    return "\n".join(lines) + "\n"


def scraped_counter_mj(row: GpuHour) -> int:
    """The energy counter 30 seconds before the end of the hour, at the hour's mean power."""
    return row.counter_mj - row.power_dw * 100 * 30
