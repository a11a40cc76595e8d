"""A line of Google Cloud's billing export, nested as BigQuery has it, in every layout it is written in."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

from _run import Outcome, candidates, csv_text, run

from pipelines.sources.billing import gcp_export as gcp

MACHINE = "compute.googleapis.com/machine_spec"
LINE: dict[str, Any] = {
    "billing_account_id": "0123AB-4567CD-89EF01",
    "service": {"id": "6F81-5844-456A", "description": "Compute Engine"},
    "sku": {"id": "AAAA-BBBB-CCCC", "description": "Nvidia H100 80GB GPU running in Americas"},
    "usage_start_time": "2026-08-03 10:00:00 UTC",
    "usage_end_time": "2026-08-03 11:00:00 UTC",
    "project": {"id": "ml-prod", "name": "ML", "labels": [{"key": "team", "value": "platform"}]},
    "labels": [{"key": "team", "value": "search"}],
    "system_labels": [{"key": MACHINE, "value": "a3-highgpu-8g"}],
    "tags": [{"key": "env", "value": "prod", "inherited": False, "namespace": "1"}],
    "location": {"location": "us-east4", "country": "US", "region": "us-east4", "zone": "us-east4-a"},
    "export_time": "2026-08-04 02:00:00.5 UTC",
    "cost": 88.48,
    "currency": "USD",
    "currency_conversion_rate": 1.0,
    "usage": {"amount": 28800.0, "unit": "seconds", "amount_in_pricing_units": 8.0, "pricing_unit": "hour"},
    "credits": [],
    "invoice": {"month": "202608"},
    "cost_type": "regular",
}


def line(**changed: Any) -> dict[str, Any]:
    """The line with fields changed, nested ones by `a__b`."""
    result = copy.deepcopy(LINE)
    for name, value in changed.items():
        *parents, last = name.split("__")
        inside = result
        for parent in parents:
            inside = inside.setdefault(parent, {})
        inside[last] = value
    return result


def credit(kind: str | None, amount: object, name: str = "a credit", **more: object) -> dict[str, object]:
    """One member of `credits`."""
    return {"name": name, "amount": amount, "full_name": None, "id": name, "type": kind} | more


def flat(row: dict[str, Any], array: Any = json.dumps, before: str = "") -> dict[str, str]:
    """The row as CSV has it: one column a field, arrays as text."""
    result: dict[str, str] = {}
    for name, value in row.items():
        if isinstance(value, dict):
            result |= flat(value, array, f"{before}{name}.")
        else:
            result[before + name] = array(value) if isinstance(value, list) else "" if value is None else str(value)
    return result


def as_csv(*rows: dict[str, Any], array: Any = json.dumps) -> str:
    """Rows as flat CSV."""
    flattened = [flat(row, array) for row in rows]
    return csv_text(list(dict.fromkeys(name for row in flattened for name in row)), *flattened)


def as_lines(*rows: dict[str, Any]) -> str:
    """Rows as JSON lines."""
    return "".join(json.dumps(row) + "\n" for row in rows)


def outcome(folder: Path, text: str | bytes, name: str = "export.csv") -> Outcome:
    """One file through the source."""
    (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    (claim,) = gcp.claim(candidates(folder))
    return run(gcp, claim)


def one(folder: Path, **changed: Any) -> dict[str, Any]:
    """The kept row of an export with one line."""
    result = outcome(folder, as_csv(line(**changed)))
    assert result.rejected == []
    return result.kept[0]
