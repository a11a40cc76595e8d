"""Answers of Prometheus to samples in the warehouse, against merely reading the JSON into Python."""

from __future__ import annotations

import json
from pathlib import Path

from _load import load_file

ROWS = 10_000_000
GOAL_RATIO = 1.5
MEMORY_LIMIT = "4GiB"
# What a range query gives at most of one series.
POINTS = 10_000


def _file(folder: Path, rows: int) -> Path:
    return folder / f"query_range-{rows}.json"


def prepare(folder: Path, rows: int) -> None:
    """Write the file, once."""
    if _file(folder, rows).exists():
        return
    series = []
    for number in range(max(1, rows // POINTS)):
        labels = {
            "__name__": "DCGM_FI_DEV_POWER_USAGE", "UUID": f"GPU-{number:08x}", "gpu": str(number % 8), "pod": "",
            "Hostname": f"node-{number // 8}", "modelName": "NVIDIA H100 80GB HBM3",
        }  # fmt: skip
        points = min(rows, POINTS)
        values = [[1780272000 + 30 * step, f"{400 + (step * 7 + number) % 300}.25"] for step in range(points)]
        series.append({"metric": labels, "values": values})
    answer = {"status": "success", "data": {"resultType": "matrix", "result": series}}
    _file(folder, rows).write_text(json.dumps(answer))


def ours(folder: Path, scratch: Path, rows: int) -> None:
    """The loader."""
    load_file(_file(folder, rows), "prometheus_json", rows, scratch, MEMORY_LIMIT)


def plain(folder: Path, scratch: Path, rows: int) -> None:
    """The standard library."""
    json.loads(_file(folder, rows).read_text())
