"""Twelve periods of AWS CUR legacy.

Layout: `<report>/<yyyymmdd-yyyymmdd>/<report>-Manifest.json` names the current assembly, whose folder holds a
manifest of its own and the parts.
"""

from __future__ import annotations

from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Final

from pipelines.samples.aws_lines import PAYER, RESTATED, period
from pipelines.samples.columns import CUR_LEGACY
from pipelines.samples.textfiles import csv_text, mapping_rows, write_gzip, write_json
from pipelines.samples.world import Line, month_starts, next_month

REPORT: Final = "northwind-cur"


def aws_bill(seed: int) -> dict[str, list[list[Line]]]:
    """Month (`2026-01`) → its assemblies, the current one last."""
    bill: dict[str, list[list[Line]]] = {}
    for month in month_starts():
        key = month.strftime("%Y-%m")
        assemblies = [list(period(month, seed, final=True))]
        if key == RESTATED:
            assemblies.insert(0, list(period(month, seed, final=False)))
        bill[key] = assemblies
    return bill


def write_aws_bill(out_dir: Path, bill: dict[str, list[list[Line]]]) -> None:
    """Write every assembly with its manifest; the restated month's current assembly has two parts."""
    for month in month_starts():
        assemblies = bill[month.strftime("%Y-%m")]
        folder = f"{REPORT}/{month:%Y%m%d}-{next_month(month):%Y%m%d}"
        for version, lines in enumerate(assemblies, start=1):
            assembly = f"{month:%Y%m}a{version}-0000-4000-8000-00000000c0de"
            cuts = [0, len(lines)] if version == 1 else [0, len(lines) // 2, len(lines)]
            keys = []
            for part, (first, end) in enumerate(pairwise(cuts), start=1):
                keys.append(f"{folder}/{assembly}/{REPORT}-{part:05d}.csv.gz")
                rows = mapping_rows(CUR_LEGACY, (line.fields for line in lines[first:end]))
                write_gzip(out_dir / keys[-1], csv_text(CUR_LEGACY, rows))
            manifest = _manifest(month, assembly, keys)
            write_json(out_dir / folder / assembly / f"{REPORT}-Manifest.json", manifest)
            # The last assembly written is the current one, which is what AWS leaves here too.
            write_json(out_dir / folder / f"{REPORT}-Manifest.json", manifest)


def _manifest(month: datetime, assembly: str, keys: list[str]) -> dict[str, object]:
    return {
        "assemblyId": assembly,
        "account": PAYER,
        "columns": [dict(zip(("category", "name"), name.split("/", 1), strict=True)) for name in CUR_LEGACY],
        "charset": "UTF-8",
        "compression": "GZIP",
        "contentType": "text/csv",
        "reportId": "9e107d9d372bb6826bd81d3542a419d6",
        "reportName": REPORT,
        "billingPeriod": {
            "start": f"{month:%Y%m%d}T000000.000Z",
            "end": f"{next_month(month):%Y%m%d}T000000.000Z",
        },
        "bucket": "northwind-billing",
        "reportKeys": keys,
        "additionalArtifactKeys": [],
    }
