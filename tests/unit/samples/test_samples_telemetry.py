"""The known answer for telemetry is what the samples add up to, read by other means."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache

from _samples_reread import INSTANT, answer

OWNED = {"nw-gpu-01", "nw-gpu-02"}
WORKLOADS = {
    r"nav-pretrain-.*": "nav-foundation-pretrain",
    r"grasp-.*": "grasp-finetune",
    r"dock-.*": "dock-finetune",
    r"fleet-vllm-.*": "fleet-inference",
    r"policy-shadow-.*": "policy-shadow",
    r"nvidia-dcgm-exporter-.*": "",
    r"": "",
}
SENTINEL = "140737488355330"


@cache
def workload_of(pod):
    (workload,) = (workload for pattern, workload in WORKLOADS.items() if re.fullmatch(pattern, pod))
    return workload


@cache
def hour_of(sampled_at):
    """Start of the hour that ends at (or holds) the sample."""
    return (datetime.strptime(sampled_at, INSTANT) - timedelta(seconds=1)).replace(minute=0, second=0)


@cache
def month_of(sampled_at):
    return hour_of(sampled_at).strftime("%Y-%m-01")


def sourcing_of(row):
    return "owned" if row["node"] in OWNED else "leased"


def test_gpu_seconds_add_up_to_the_answer(telemetry):
    reread = defaultdict(lambda: [0, 0, 0, 0, 0])
    for kind, row in telemetry:
        workload = workload_of(row["pod"])
        total = reread[month_of(row["sampled_at"]), sourcing_of(row), workload]
        busy = int(row["DCGM_FI_DEV_GPU_UTIL"]) > 0
        if kind == "csv":
            seconds = int(row["covers_seconds"])
            total[0] += seconds
            total[1] += seconds if workload else 0
            total[2] += seconds if busy else 0
        else:
            total[3] += 1
            total[4] += busy
    expected = {
        (row["usage_month"], row["sourcing"], row["workload"]): [
            int(row[name])
            for name in (
                "observed_gpu_seconds",
                "allocated_gpu_seconds",
                "busy_gpu_seconds",
                "lone_samples",
                "lone_busy_samples",
            )
        ]
        for row in answer("usage_by_workload_month")
    }
    assert dict(reread) == expected


def test_energy_adds_up_to_the_answer(telemetry):
    """Readings in the order of time, whatever file they came in; a fall is a reset."""
    reread = defaultdict(lambda: [Decimal(0)] * 3)
    last = {}
    for kind, row in sorted(telemetry, key=lambda item: item[1]["sampled_at"]):
        key = month_of(row["sampled_at"]), sourcing_of(row), row["node"]
        total = list(reread[key])
        reading = Decimal(row["DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION"])
        before = last.get(row["gpu_uuid"])
        power = row["DCGM_FI_DEV_POWER_USAGE"]
        if before is None:
            total[1] += Decimal(power)
        else:
            total[0] += (reading if reading < before else reading - before) / 3_600_000
        if kind == "csv" and power != SENTINEL:
            total[2] += Decimal(power)
        last[row["gpu_uuid"]] = reading
        reread[key] = total
    expected = {
        (row["usage_month"], row["sourcing"], row["node"]): [
            Decimal(row[name]) for name in ("energy_counter_wh", "first_reading_gauge_wh", "energy_gauge_wh")
        ]
        for row in answer("energy_by_month")
    }
    assert dict(reread) == expected


def test_no_hour_of_a_gpu_is_delivered_twice(telemetry):
    hours = Counter((row["gpu_uuid"], hour_of(row["sampled_at"])) for _, row in telemetry)
    assert max(hours.values()) == 1


def test_every_hour_that_a_machine_ran_is_delivered_but_for_the_gap(telemetry):
    """Leased: 8724 + 3534 + 8754 machine-hours, owned: 274 and 183 days; eight GPUs each; a gap of two hours."""
    counts = Counter(sourcing_of(row) for _, row in telemetry)
    assert counts == {"leased": 8 * (8724 + 3534 + 8754) - 8 * 2, "owned": 8 * 24 * (274 + 183)}


def test_24_to_32_gpus_are_seen_each_day(telemetry):
    seen = defaultdict(set)
    for _, row in telemetry:
        seen[hour_of(row["sampled_at"]).date()].add(row["gpu_uuid"])
    assert {len(gpus) for gpus in seen.values()} == {24, 32}
    assert len(seen) == 365


def test_busy_or_not_does_not_depend_on_the_threshold(telemetry):
    """Nothing between 0 and 10 of 100."""
    assert not any(0 < int(row["DCGM_FI_DEV_GPU_UTIL"]) < 10 for _, row in telemetry)


def test_one_power_is_a_sentinel(telemetry):
    rows = [row for _, row in telemetry if row["DCGM_FI_DEV_POWER_USAGE"] == SENTINEL]
    assert [(row["node"], row["sampled_at"]) for row in rows] == [("nw-gpu-01", "2026-03-17T10:00:00Z")]


def test_one_hour_carries_the_exporters_own_pod_in_the_csv(telemetry):
    rows = [row for kind, row in telemetry if kind == "csv" and "exporter" in row["pod"]]
    assert {row["sampled_at"] for row in rows} == {"2026-07-08T15:00:00Z"}
    assert len(rows) == 8


def test_counters_fall_only_after_the_outage(telemetry):
    last, falls = {}, set()
    for _, row in sorted(telemetry, key=lambda item: item[1]["sampled_at"]):
        reading = int(row["DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION"])
        if reading < last.get(row["gpu_uuid"], 0):
            falls.add((row["node"], row["sampled_at"]))
        last[row["gpu_uuid"]] = reading
    assert falls == {("lc-h100-0731", "2026-02-10T09:00:00Z")}


def test_nothing_works_on_the_committed_machine_in_the_idle_weekend(telemetry):
    weekend = [
        row
        for _, row in telemetry
        if row["node"].startswith("i-0a") and "2026-02-21T00:30" < row["sampled_at"] < "2026-02-23T00:30"
    ]
    assert len(weekend) == 48 * 8
    assert {(row["pod"], row["DCGM_FI_DEV_GPU_UTIL"]) for row in weekend} == {("", "0")}
