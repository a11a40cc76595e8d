"""What the scheduler and the inference servers recorded in the last month: a Slurm dump and scrapes, with their answer.

The jobs are those that telemetry labels (`schedule`), so that both tell of the same hours; some of them failed or were
cancelled, which telemetry cannot tell. Servers are scraped once a day and were restarted once.
"""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Final

from pipelines.samples.answers import write_answer
from pipelines.samples.schedule import PRETRAIN, SERVING, WORKLOAD_KINDS, Job, jobs
from pipelines.samples.textfiles import write_text
from pipelines.samples.world import COMMITTED, HOURS, OWNED_1, OWNED_2, between, hour_at, instant, stream

FIRST_HOUR: Final = hour_at("2026-08-01")
NODES: Final = (COMMITTED.node, OWNED_1.node, OWNED_2.node)
SACCT: Final = (
    "JobID", "JobIDRaw", "Cluster", "User", "Account", "Partition", "State", "Submit", "Start", "End", "ElapsedRaw",
    "NodeList", "AllocTRES", "JobName",
)  # fmt: skip
OUTCOMES: Final = {"COMPLETED": "completed", "RUNNING": "running", "FAILED": "failed", "CANCELLED": "cancelled"}
RESTART_DAY: Final = 12
MODEL: Final = "fleet-vla-7b"
COUNTERS: Final = ("vllm:request_success", "vllm:prompt_tokens", "vllm:generation_tokens")


def write_records(telemetry_dir: Path, answer_dir: Path, seed: int) -> None:
    """Write the dump, the scrapes and what they come to."""
    runs = _runs(seed)
    lines = ["|".join(SACCT)]
    rng = stream(seed, "records/jobs")
    for number, (node, job) in enumerate(runs, start=88_001):
        start, end = instant(job.first_hour), instant(job.end_hour)
        state = _state(job)
        shown = "CANCELLED by 1017" if state == "CANCELLED" else state
        times = [start - timedelta(seconds=between(rng, 5, 2400)), start, None if state == "RUNNING" else end]
        lines.append(
            "|".join([
                str(number), str(number), "northwind", "robo", "robotics", "gpu", shown,
                *(_zoned(moment) for moment in times), str(int((end - start).total_seconds())), node,
                f"cpu={24 * len(job.slots)},gres/gpu:h100={len(job.slots)},gres/gpu={len(job.slots)}", job.pod,
            ])
        )  # fmt: skip
    write_text(telemetry_dir / "slurm_sacct" / "northwind-2026-08.sacct.txt", "\n".join(lines) + "\n")
    _write_job_answer(answer_dir, [job for _, job in runs])
    _write_scrapes(telemetry_dir / "serving_metrics" / "fleet-vllm-2026-08.prom", answer_dir, seed)


def _runs(seed: int) -> list[tuple[str, Job]]:
    """Jobs with a pod of the fine-tuning and pre-training namespaces that ran in the last month, by start."""
    plan = jobs(seed)
    found = {
        (job.first_hour, node, job.pod): job
        for node in NODES
        for slot in plan[node]
        for job in slot[FIRST_HOUR:]
        if job is not None and job.namespace in ("pretrain", "finetune")
    }
    return [(node, found[start, node, pod]) for start, node, pod in sorted(found)]


def _state(job: Job) -> str:
    """How a job ended: what still runs at the end of the samples is running, every ninth or so failed."""
    if job.end_hour >= HOURS:
        return "RUNNING"
    number = 0 if job.workload == PRETRAIN else int(job.pod[-3:])
    return {4: "FAILED", 7: "CANCELLED"}.get(number % 9, "COMPLETED")


def _zoned(moment: datetime | None) -> str:
    return "Unknown" if moment is None else moment.strftime("%Y-%m-%dT%H:%M:%S+0000")


def _write_job_answer(answer_dir: Path, found: list[Job]) -> None:
    """GPU-hours over all of a job's days, also those before the month."""
    totals: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for job in found:
        total = totals[job.workload, OUTCOMES[_state(job)]]
        total[0] += 1
        total[1] += len(job.slots) * (job.end_hour - job.first_hour)
    write_answer(
        answer_dir / "jobs_by_workload.csv",
        ("workload", "workload_kind", "outcome", "jobs", "gpu_hours"),
        ((name, WORKLOAD_KINDS[name], outcome, *totals[name, outcome]) for name, outcome in sorted(totals)),
    )


def _write_scrapes(path: Path, answer_dir: Path, seed: int) -> None:
    """One scrape a day at 23:00, from the last day of July on; the first only begins the series."""
    rng = stream(seed, "records/serving")
    totals, counters, lines = [0, 0, 0], [71_204_113, 28_913_377_406, 9_622_041_880], []
    for name, counter in zip(COUNTERS, _series(rng, counters, totals), strict=True):
        lines.append(f"# TYPE {name}_total counter")
        labels = f'model_name="{MODEL}",namespace="serving"'
        for day, value in enumerate(counter):
            moment = instant(FIRST_HOUR - 1 + 24 * day)
            lines.append(f"{name}_total{{{labels}}} {value} {int(moment.timestamp()) * 1000}")
    write_text(path, "\n".join(lines) + "\n")
    write_answer(
        answer_dir / "serving_by_workload_month.csv",
        ("usage_month", "workload", "requests", "input_tokens", "output_tokens"),
        [("2026-08-01", SERVING, *(Decimal(total) for total in totals))],
    )


def _series(rng: random.Random, counters: list[int], totals: list[int]) -> list[list[int]]:
    """Values of each counter, day by day; what they rose is added to the totals."""
    series = [[value] for value in counters]
    for day in range(1, 32):
        requests = between(rng, 38_000, 64_000)
        rises = (requests, requests * between(rng, 390, 430), requests * between(rng, 128, 141))
        for place, rise in enumerate(rises):
            # A server that was started anew has counted only since.
            series[place].append(rise if day == RESTART_DAY else series[place][-1] + rise)
            totals[place] += rise
    return series
