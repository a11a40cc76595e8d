"""Trees of exports with manifests, made up: AWS Data Exports and Azure, in the layouts they are written in."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

Write = Callable[[Path, str], None]
ROOT = "exports/gpu"


def data_name(number: int, *, month: str = "2026-08", run: str = "", ending: str = ".csv") -> str:
    """Name of a data file of AWS Data Exports."""
    return "/".join(filter(None, (ROOT, "data", f"BILLING_PERIOD={month}", run, f"gpu-{number:05}{ending}")))


def aws_export(
    root: Path,
    write: Write,
    costs: Sequence[str],
    *,
    month: str = "2026-08",
    run: str = "",
    ending: str = ".csv",
    columns: Sequence[str] = (),
) -> list[str]:
    """A run of an AWS export with a file per cost, and its manifest; with a folder of the run or overwritten."""
    names = [data_name(number, month=month, run=run, ending=ending) for number in range(1, len(costs) + 1)]
    for name, cost in zip(names, costs, strict=True):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        write(root / name, cost)
    content: dict[str, object] = {"dataFiles": [f"s3://bucket/{name}" for name in names]}
    if columns:
        content["columns"] = [{"name": name, "type": "string"} for name in columns]
    folder = root / "/".join(filter(None, (ROOT, "metadata", f"BILLING_PERIOD={month}", run)))
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "gpu-Manifest.json").write_text(json.dumps(content))
    return names


def azure_export(root: Path, write: Write, costs: Sequence[str], *, run: str, rows: Sequence[int | None]) -> list[str]:
    """A run of an Azure export with a file per cost, and its manifest."""
    folder = f"{ROOT}/20260801-20260831/{run}/73746dc5"
    names = [f"{folder}/part_{number}_0001.csv" for number in range(len(costs))]
    (root / folder).mkdir(parents=True, exist_ok=True)
    for name, cost in zip(names, costs, strict=True):
        write(root / name, cost)
    blobs = [{"blobName": name, "byteCount": 1, "dataRowCount": count} for name, count in zip(names, rows, strict=True)]
    content = {"manifestVersion": "2024-04-01", "exportConfig": {"exportName": "gpu", "type": "FocusCost"}}
    (root / folder / "manifest.json").write_text(json.dumps(content | {"blobs": blobs}))
    return names
