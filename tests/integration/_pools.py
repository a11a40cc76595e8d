"""Pools written by hand: a machine of a provider of its own, what it cost, what was seen on it, what ran there.

Each case is a provider, so that cases do not meet. A machine has eight GPUs at 10 USD a GPU-hour: 1,920 USD a day.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from _telemetry import DAY, UTIL, Telemetry

from pipelines.settings import Settings
from pipelines.warehouse.connect import writing

REFERENCE = {"delivery_id": "reference", "source_part": "f", "reference": "test"}
MODELS = [
    REFERENCE | {"gpu_model": "H100-SXM-80GB", "name_patterns": "nvidia h100.*", "max_slices": 7},
    REFERENCE | {"gpu_model": "A100-SXM-80GB", "name_patterns": "nvidia a100.*", "max_slices": 7},
]
DAY_OF_MACHINE = Decimal(1920)


def rule(workload: str, kind: str, match_field: str, pattern: str) -> dict[str, Any]:
    """A workload rule."""
    return {
        "delivery_id": "reference", "source_part": "f", "rule_id": f"{match_field} {pattern}", "priority_index": 1,
        "workload": workload, "workload_kind": kind, "match_field": match_field, "match_pattern": pattern,
    }  # fmt: skip


def machine_types(providers: list[str]) -> list[dict[str, Any]]:
    """box-8 with eight H100 and box-1 with one A100, at each provider."""
    types = (("box-8", "H100-SXM-80GB", 8), ("box-1", "A100-SXM-80GB", 1))
    return [
        REFERENCE | {"service_provider_name": provider, "instance_type": name, "gpu_model": model, "gpus": gpus}
        for provider in providers
        for name, model, gpus in types
    ]


def driver(by: str, **more: Any) -> dict[str, Any]:
    """A rule for shared cost."""
    patterns = " ".join(str(value) for value in more.values())
    return REFERENCE | {"rule_id": f"{by} {patterns}", "priority_index": 1, "driver": by} | more


def billed(provider: str, cost: Decimal | str, day: datetime = DAY, **more: Any) -> dict[str, Any]:
    """A line of a bill that names no machine."""
    amount = Decimal(cost)
    return {
        "delivery_id": "d1", "source_part": "bill", "source": "focus", "billing_account_id": provider,
        "billing_period_start": datetime(2026, 6, 1), "billing_period_end": datetime(2026, 7, 1),
        "charge_period_start": day, "charge_period_end": day + timedelta(days=1), "service_provider_name": provider,
        "charge_category": "Usage", "billing_currency": "USD", "billed_cost": amount, "effective_cost": amount,
        "service_category": "Other", "service_name": "Support", "tags": {},
    } | more  # fmt: skip


def machine(
    provider: str, cost: Decimal | str = DAY_OF_MACHINE, hours: int = 24, kind: str = "box-8", **more: Any
) -> dict[str, Any]:
    """A day of the machine `node-<provider>`."""
    return billed(provider, cost, **{
        "consumed_quantity": Decimal(hours), "consumed_unit": "Hours", "instance_type": kind,
        "resource_id": f"node-{provider}", "service_category": "Compute", "service_name": "Machines",
    } | more)  # fmt: skip


def ran(
    provider: str, job_id: str, gpus: float, started: datetime, ended: datetime | None, **more: Any
) -> dict[str, Any]:
    """A run of a Slurm job on the provider's machine."""
    return {
        "delivery_id": "d1", "source_part": "jobs", "source": "slurm_sacct", "job_kind": "slurm", "job_id": job_id,
        "state": "COMPLETED", "gpus": gpus, "submitted_at": started, "started_at": started, "ended_at": ended,
        "known_until_at": ended, "is_right_censored": ended is None, "account": "ml", "nodes": f"node-{provider}",
    } | more  # fmt: skip


def seen(telemetry: Telemetry, provider: str, gpu: str, hours: range, util: float, **more: Any) -> None:
    """One sample an hour of a GPU on the provider's machine."""
    times = [DAY + timedelta(hours=hour + 1) for hour in hours]
    telemetry.put(gpu, times, UTIL, util, covers_seconds=3600.0, node=f"node-{provider}", **more)


def bill(settings: Settings, lines: Sequence[dict[str, Any]]) -> None:
    """Put lines into the warehouse, after `deliver` has made its tables."""
    with writing(settings) as connection:
        for number, line in enumerate(lines, 1):
            plain = {name: value for name, value in line.items() if name != "tags"} | {"source_row": number}
            columns = ", ".join(f"? as {name}" for name in plain)
            connection.execute(
                f"insert into raw.cost_line by name select {columns}, map(?, ?) as tags",
                [*plain.values(), list(line["tags"]), list(line["tags"].values())],
            )
