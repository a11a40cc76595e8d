"""Reading the committed samples with `csv`, `json` and `Decimal` only: what the answer is checked against."""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

ROOT = Path(__file__).parents[3]
SAMPLES = ROOT / "data" / "samples"
ANSWERS = ROOT / "data" / "known_answer"
CUR = SAMPLES / "billing" / "aws_cur_legacy"
FOCUS = SAMPLES / "billing" / "focus"
TELEMETRY = SAMPLES / "telemetry"
INSTANT = "%Y-%m-%dT%H:%M:%SZ"


def content(path: Path) -> bytes:
    """Bytes of a file, decompressed."""
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()


def table(path: Path) -> list[dict[str, str]]:
    """Rows of a CSV."""
    return list(csv.DictReader(io.StringIO(content(path).decode(), newline="")))


def answer(name: str) -> list[dict[str, str]]:
    """Rows of a known answer."""
    return table(ANSWERS / f"{name}.csv")


def cur_periods() -> dict[str, list[dict[str, str]]]:
    """Month → lines of the assembly that the period's manifest names."""
    found = {}
    for manifest in sorted(CUR.glob("*/*/*-Manifest.json")):
        keys = json.loads(manifest.read_text())["reportKeys"]
        month = manifest.parent.name[:6]
        found[f"{month[:4]}-{month[4:]}-01"] = [row for key in keys for row in table(CUR / key)]
    return found


def cur_effective(row: dict[str, str]) -> Decimal:
    """Amortised cost by line item type, as AWS's own dashboards compute it."""
    kind = row["lineItem/LineItemType"]
    if kind == "SavingsPlanCoveredUsage":
        return Decimal(row["savingsPlan/SavingsPlanEffectiveCost"])
    if kind == "SavingsPlanNegation":
        return Decimal(0)
    if kind == "SavingsPlanRecurringFee":
        return Decimal(row["savingsPlan/TotalCommitmentToDate"]) - Decimal(row["savingsPlan/UsedCommitment"])
    return Decimal(row["lineItem/UnblendedCost"])


def focus_periods() -> dict[str, list[dict[str, object]]]:
    """Month → lines; NULL and '' are None."""
    found: dict[str, list[dict[str, object]]] = {}
    for path in sorted(FOCUS.iterdir()):
        month = path.name.split("-", 2)[2][:7] + "-01"
        if path.suffix == ".parquet":
            import pyarrow.parquet as pq

            found[month] = pq.read_table(path).to_pylist()
        else:
            found[month] = [
                {name: None if text in ("", "NULL") else text for name, text in row.items()} for row in table(path)
            ]
    return found


def samples() -> Iterator[tuple[str, dict[str, str]]]:
    """Every sample of telemetry as a row of the wide CSV, with where it came from: csv, json or text."""
    for path in sorted((TELEMETRY / "gpu_samples_csv").iterdir()):
        for row in table(path):
            yield "csv", row
    points: dict[tuple[str, str], dict[str, str]] = {}
    for path in sorted((TELEMETRY / "prometheus_json").iterdir()):
        for series in json.loads(path.read_text())["data"]["result"]:
            labels = series["metric"]
            pod = labels.get("exported_pod") or labels["pod"]
            for seconds, value in series["values"]:
                at = datetime.fromtimestamp(seconds, tz=UTC).strftime(INSTANT)
                row = points.setdefault((labels["UUID"], at), {"node": labels["Hostname"], "gpu_uuid": labels["UUID"]})
                row |= {"sampled_at": at, "pod": pod, labels["__name__"]: value}
    for row in points.values():
        yield "json", row
    (path,) = (TELEMETRY / "prometheus_text").iterdir()
    stamp = re.search(r"-(\d{8}T\d{6})Z", path.name)
    moment = datetime.strptime(stamp[1], "%Y%m%dT%H%M%S")
    scraped: dict[str, dict[str, str]] = {}
    for metric, inner, value in re.findall(r"^(\w+)\{(.*)\} (\S+)$", path.read_text(), re.MULTILINE):
        labels = dict(re.findall(r'(\w+)="([^"]*)"', inner))
        row = scraped.setdefault(labels["UUID"], {"node": labels["Hostname"], "gpu_uuid": labels["UUID"]})
        row |= {"sampled_at": moment.strftime(INSTANT), "pod": labels.get("pod", ""), metric: value}
    for row in scraped.values():
        yield "text", row
