"""Which job held which GPU in which hour.

Belongs here: jobs as a scheduler would know them. Not here: what the GPUs then did (`activity`), and what is delivered.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Final

from pipelines.samples.world import (
    COMMITTED,
    GPUS_PER_MACHINE,
    HOURS,
    LUMEN,
    MACHINES,
    ON_DEMAND,
    OWNED_1,
    OWNED_2,
    Machine,
    between,
    hour_at,
    instant,
    stream,
)

PRETRAIN: Final = "nav-foundation-pretrain"
GRASP: Final = "grasp-finetune"
DOCK: Final = "dock-finetune"
SERVING: Final = "fleet-inference"
SHADOW: Final = "policy-shadow"
WORKLOAD_KINDS: Final = {
    PRETRAIN: "pre-training",
    GRASP: "fine-tuning",
    DOCK: "fine-tuning",
    SERVING: "inference",
    SHADOW: "inference",
}

IDLE_WEEKEND: Final = (hour_at("2026-02-21"), hour_at("2026-02-23"))
# The exporter's own pod labels every GPU of the committed machine in this hour; no job holds one.
OWN_LABEL_HOUR: Final = hour_at("2026-07-08T14")
EXPORTER: Final = ("gpu-operator", "nvidia-dcgm-exporter-7xk2p")


@dataclass(frozen=True, slots=True)
class Job:
    """A job on some slots of one machine; hours from START, end exclusive.

    Attributes:
        namespace, pod: labels on telemetry; '' for work that nobody labelled.
        profile: how it loads a GPU (see `activity`).
        workload: what it is for; '' when unlabelled.
    """

    first_hour: int
    end_hour: int
    slots: tuple[int, ...]
    namespace: str
    pod: str
    profile: str
    workload: str


def jobs(seed: int) -> dict[str, list[list[Job | None]]]:
    """Node → slot → hour → job."""
    plan: dict[str, list[list[Job | None]]] = {}
    for machine in MACHINES:
        table: list[list[Job | None]] = [[None] * HOURS for _ in range(GPUS_PER_MACHINE)]
        for job in _jobs_of(machine, stream(seed, f"jobs/{machine.node}")):
            for slot in job.slots:
                for hour in range(job.first_hour, job.end_hour):
                    if machine.runs(hour) and not (machine is COMMITTED and hour == OWN_LABEL_HOUR):
                        table[slot][hour] = job
        plan[machine.node] = table
    return plan


def _jobs_of(machine: Machine, rng: random.Random) -> list[Job]:
    whole, half = tuple(range(8)), (0, 1, 2, 3)
    if machine is COMMITTED:
        return [
            *_pretraining(rng, 0, IDLE_WEEKEND[0], run=1),
            *_finetuning(rng, IDLE_WEEKEND[1], HOURS, half, "dock", DOCK),
            *_finetuning(rng, IDLE_WEEKEND[1], HOURS, (4, 5, 6, 7), "grasp", GRASP),
        ]
    if machine is ON_DEMAND:
        return _finetuning(rng, 0, machine.end_hour, (0, 1, 2, 3, 4, 5), "grasp", GRASP)
    if machine is LUMEN:
        asked, loaded = hour_at("2025-10-01"), hour_at("2026-07-01")
        return [
            *(Job(0, HOURS, (slot,), "serving", f"fleet-vllm-{slot}", "inference", SERVING) for slot in range(6)),
            *(Job(asked, loaded, (slot,), "shadow", f"policy-shadow-{slot}", "loaded", SHADOW) for slot in (6, 7)),
            *(Job(loaded, HOURS, (slot,), "serving", f"fleet-vllm-{slot}", "inference", SERVING) for slot in (6, 7)),
        ]
    if machine is OWNED_1:
        # Three days of acceptance tests, which nobody labels.
        burn_in = Job(machine.first_hour, machine.first_hour + 72, whole, "", "", "pretraining", "")
        return [burn_in, *_pretraining(rng, burn_in.end_hour, HOURS, run=40)]
    if machine is OWNED_2:
        start = machine.first_hour
        return [
            *_finetuning(rng, start, HOURS, half, "grasp", GRASP),
            *(Job(start, HOURS, (slot,), "serving", f"fleet-vllm-1{slot}", "inference", SERVING) for slot in (4, 5, 6)),
            *_notebook(start, HOURS, 7),
        ]
    raise ValueError(machine.node)


def _pretraining(rng: random.Random, first: int, end: int, run: int) -> list[Job]:
    """Runs of six to twelve days on the whole machine, with some hours between them."""
    found: list[Job] = []
    hour = first
    while hour < end:
        stop = min(end, hour + between(rng, 144, 288))
        found.append(
            Job(hour, stop, tuple(range(8)), "pretrain", f"nav-pretrain-r{run:02d}-0", "pretraining", PRETRAIN)
        )
        hour, run = stop + between(rng, 4, 20), run + 1
    return found


def _finetuning(
    rng: random.Random, first: int, end: int, slots: tuple[int, ...], name: str, workload: str
) -> list[Job]:
    """Jobs of 6 to 30 hours, with longer pauses over weekends."""
    found: list[Job] = []
    hour = first + between(rng, 1, 9)
    number = 1
    while hour < end:
        stop = min(end, hour + between(rng, 6, 30))
        found.append(Job(hour, stop, slots, "finetune", f"{name}-{number:03d}", "finetuning", workload))
        weekend = instant(stop).weekday() >= 5
        hour, number = stop + (between(rng, 12, 30) if weekend else between(rng, 1, 8)), number + 1
    return found


def _notebook(first: int, end: int, slot: int) -> list[Job]:
    """Someone at work on weekdays, outside the scheduler: busy and without a label."""
    days = range(first, end, 24)
    return [Job(day + 8, day + 17, (slot,), "", "", "notebook", "") for day in days if instant(day).weekday() < 5]
