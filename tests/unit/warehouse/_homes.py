"""Homes and tiny deliveries for the warehouse: a FOCUS file, a CUR assembly, a telemetry file, and what is loaded.

Costs are given by resource, so that a table's content reads as {"a": "10"}.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.settings import Settings
from pipelines.warehouse import ingest, landing
from pipelines.warehouse.connect import reading_warehouse
from pipelines.warehouse.landing import Added
from pipelines.warehouse.load import Loaded

ARRIVAL = datetime(2026, 9, 2, 6)
ACCOUNT = "001234567890"


def settings_of(folder: Path, **limits: object) -> Settings:
    """Settings of a home under a test's folder."""
    return Settings(home=folder / "home", min_free_disk_bytes=0, **limits)


def focus_line(resource: str, cost: str, *, day: int = 3, month: str = "2026-08", **changed: str) -> dict[str, str]:
    """A line of usage of ten o'clock."""
    year, number = int(month[:4]), int(month[5:])
    after = f"{year + number // 12}-{number % 12 + 1:02}"
    return {
        "BillingAccountId": ACCOUNT,
        "BillingPeriodStart": f"{month}-01T00:00:00Z",
        "BillingPeriodEnd": f"{after}-01T00:00:00Z",
        "ChargePeriodStart": f"{month}-{day:02}T10:00:00Z",
        "ChargePeriodEnd": f"{month}-{day:02}T11:00:00Z",
        "ChargeCategory": "Usage",
        "BillingCurrency": "USD",
        "BilledCost": cost,
        "EffectiveCost": cost,
        "ProviderName": "Lumen",
        "ResourceId": resource,
        "Tags": "{}",
    } | changed


def focus_text(lines: Sequence[Mapping[str, str]]) -> str:
    """The lines as CSV; without lines, its header."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(focus_line("a", "1")), lineterminator="\n")
    writer.writeheader()
    writer.writerows(lines)
    return text.getvalue()


def focus_file(path: Path, costs: Mapping[str, str], **line: object) -> Path:
    """A FOCUS file, as its name says: .csv, .csv.gz or .parquet; one line a resource."""
    return write_lines(path, [focus_line(resource, cost, **line) for resource, cost in costs.items()])


def write_lines(path: Path, lines: Sequence[Mapping[str, str]]) -> Path:
    """Lines as a FOCUS file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".parquet":
        names = list(focus_line("a", "1"))
        schema = pa.schema([(name, pa.string()) for name in names])
        pq.write_table(pa.Table.from_pylist([dict(line) for line in lines], schema=schema), path)
        return path
    text = focus_text(lines).encode()
    path.write_bytes(gzip.compress(text, mtime=0) if path.suffix == ".gz" else text)
    return path


def cur_assembly(root: Path, assembly: str, costs: Sequence[str], *, leave_out: int | None = None) -> list[Path]:
    """An assembly of August with one part a cost, its manifest and the period's; part `leave_out` is missing."""
    period = root / "gpu/20260801-20260901"
    folder = period / assembly
    folder.mkdir(parents=True, exist_ok=True)
    keys: list[str] = []
    files: list[Path] = []
    for number, cost in enumerate(costs, start=1):
        keys.append(f"gpu/20260801-20260901/{assembly}/gpu-{number:05}.csv.gz")
        line = {
            "identity/LineItemId": f"{assembly}-{number}",
            "bill/PayerAccountId": "000000000009",
            "bill/BillingPeriodStartDate": "2026-08-01T00:00:00Z",
            "bill/BillingPeriodEndDate": "2026-09-01T00:00:00Z",
            "lineItem/LineItemType": "Usage",
            "lineItem/UsageStartDate": "2026-08-03T10:00:00Z",
            "lineItem/UsageEndDate": "2026-08-03T11:00:00Z",
            "lineItem/CurrencyCode": "USD",
            "lineItem/UnblendedCost": cost,
            "lineItem/ResourceId": f"part-{number}",
        }
        text = ",".join(line) + "\n" + ",".join(line.values()) + "\n"
        if number != leave_out:
            files.append(folder / f"gpu-{number:05}.csv.gz")
            files[-1].write_bytes(gzip.compress(text.encode(), mtime=0))
    manifest = {
        "assemblyId": assembly,
        "reportName": "gpu",
        "billingPeriod": {"start": "20260801T000000.000Z", "end": "20260901T000000.000Z"},
        "reportKeys": keys,
    }
    for place in (folder, period):
        files.append(place / "gpu-Manifest.json")
        files[-1].write_text(json.dumps(manifest))
    return files


def add(settings: Settings, *paths: Path, day: int = 0) -> list[Added]:
    """Into landing, some days after the others."""
    return landing.add(settings, list(paths), received_at=ARRIVAL.replace(day=2 + day))


def load(settings: Settings, kind: str = "billing") -> list[Loaded]:
    """What is pending, into the warehouse."""
    return ingest.ingest(settings, kind)


def deliver(settings: Settings, *paths: Path, day: int = 0) -> list[Loaded]:
    """Add and load."""
    add(settings, *paths, day=day)
    return load(settings)


def ask(settings: Settings, sql: str) -> list[tuple[object, ...]]:
    """The answer of the warehouse."""
    with reading_warehouse(settings) as connection:
        return connection.execute(sql).fetchall()


def costs(settings: Settings) -> list[tuple[str, Decimal]]:
    """Resource and billed cost of every line loaded."""
    return ask(settings, "select resource_id, billed_cost from raw.cost_line order by all")


def expected(costs_by_resource: Mapping[str, str]) -> list[tuple[str, Decimal]]:
    """What `costs` should be."""
    return sorted((resource, Decimal(cost)) for resource, cost in costs_by_resource.items())


def everything(settings: Settings) -> dict[str, list[tuple[object, ...]]]:
    """All rows of cost lines, ledger and rejects: what a failed load must not touch."""
    return {
        table: ask(settings, f"select * from {table} order by all")
        for table in ("raw.cost_line", "meta.delivery", "meta.rejected_row")
    }
