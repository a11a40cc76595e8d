"""What every GPU did in every hour: the ledger that telemetry and the known answer are both written from.

Invented levels, close to published measurements of eight-H100 machines: 120 W loaded and idle, 550-690 W in training.
Utilisation is 0 or at least 10 of 100, so that "busy" means the same under any threshold from 0 to 9 of 100.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Final

from pipelines.samples.schedule import EXPORTER, OWN_LABEL_HOUR, Job, jobs
from pipelines.samples.world import (
    COMMITTED,
    HOURS,
    MACHINES,
    SWAP_NODE,
    Card,
    between,
    cards,
    hour_at,
    instant,
    stream,
)

MJ_PER_DW_HOUR: Final = 100 * 3600  # 0.1 W for an hour is 360 J
GAP: Final = (COMMITTED.node, hour_at("2025-11-12T03"), hour_at("2025-11-12T05"))
PROMETHEUS_DAY: Final = (hour_at("2026-06-15"), hour_at("2026-06-16"))
SCRAPE: Final = (COMMITTED.node, HOURS - 1)
SENTINEL: Final = (SWAP_NODE, 2, hour_at("2026-03-17T09"))  # node, slot, hour: power reads "not supported"

# Least utilisation of 100, SM activity in thousandths and tenths of a watt, and tenths of a watt the mood adds.
TRAINING: Final = {
    "pretraining": (90, 640, 5600, 12),
    "finetuning": (62, 420, 3900, 18),
    "notebook": (20, 90, 1700, 10),
}
# Share of requests by hour of the day, UTC, of 100.
DIURNAL: Final = (18, 15, 14, 14, 16, 22, 34, 48, 62, 70, 74, 76, 72, 74, 76, 74, 68, 60, 52, 46, 40, 34, 28, 22)


@dataclass(frozen=True, slots=True)
class GpuHour:
    """One GPU in one hour.

    Attributes:
        hour: from START.
        card: the GPU.
        job: what held it, or None.
        namespace, pod: labels as delivered ('' when there are none).
        util: 0-100.
        sm_milli: SM activity, thousandths.
        power_dw: mean power, tenths of a watt.
        counter_mj: energy counter at the end of the hour, millijoule.
    """

    hour: int
    card: Card
    job: Job | None
    namespace: str
    pod: str
    util: int
    sm_milli: int
    power_dw: int
    counter_mj: int

    @property
    def delivered_as(self) -> str:
        """'gap', 'scrape', 'prometheus' or 'csv'."""
        if self.card.node == GAP[0] and GAP[1] <= self.hour < GAP[2]:
            return "gap"
        if (self.card.node, self.hour) == SCRAPE:
            return "scrape"
        if PROMETHEUS_DAY[0] <= self.hour < PROMETHEUS_DAY[1]:
            return "prometheus"
        return "csv"

    @property
    def power_is_sentinel(self) -> bool:
        """Whether power was delivered as a blank."""
        return (self.card.node, self.card.slot, self.hour) == SENTINEL


def gpu_hours(seed: int) -> list[GpuHour]:
    """The ledger, by card and time. The counter restarts where the machine was off and kept its cards."""
    plan = jobs(seed)
    found: list[GpuHour] = []
    machines = {machine.node: machine for machine in MACHINES}
    moods = {machine.node: _moods(stream(seed, f"mood/{machine.node}")) for machine in MACHINES}
    for card in cards(seed):
        rng = stream(seed, f"activity/{card.uuid}")
        machine = machines[card.node]
        leaning_dw = between(rng, -120, 120)
        counter_mj = between(rng, 10**9, 10**12)
        for hour in range(card.first_hour, card.end_hour):
            if not machine.runs(hour):
                counter_mj = 0
                continue
            job = plan[card.node][card.slot][hour]
            util, sm_milli, power_dw = _load(rng, job, hour, moods[card.node][hour])
            power_dw += leaning_dw if util else leaning_dw // 10
            counter_mj += power_dw * MJ_PER_DW_HOUR
            namespace, pod = (job.namespace, job.pod) if job else ("", "")
            if card.node == COMMITTED.node and hour == OWN_LABEL_HOUR:
                namespace, pod = EXPORTER
            found.append(GpuHour(hour, card, job, namespace, pod, util, sm_milli, power_dw, counter_mj))
    return found


def _moods(rng: random.Random) -> list[int]:
    """One number an hour that all GPUs of a machine share: they run the same job."""
    return [between(rng, 0, 99) for _ in range(HOURS)]


def _load(rng: random.Random, job: Job | None, hour: int, mood: int) -> tuple[int, int, int]:
    """Utilisation, SM activity in thousandths and power in tenths of a watt."""
    if job is None:
        return 0, 0, 680 + between(rng, 0, 3)
    idle = job.profile == "loaded" or (job.profile == "pretraining" and mood == 0)  # mood 0: a crash, restarting
    if idle:
        return 0, 0, (1200 if job.profile == "loaded" else 1150) + between(rng, 0, 5)
    if job.profile in TRAINING:
        util, sm_milli, power_dw, dw_a_mood = TRAINING[job.profile]
        util += mood % 10 if job.profile == "pretraining" else mood // 3
        return util, sm_milli + 2 * mood + between(rng, 0, 9), power_dw + dw_a_mood * mood + 5 * between(rng, 0, 7)
    asked = DIURNAL[instant(hour).hour] * (60 if instant(hour).weekday() >= 5 else 100) // 100
    util = max(10, asked + mood % 7 + between(rng, 0, 2))
    return util, 6 * util + between(rng, 0, 9), 1250 + 22 * util + 5 * between(rng, 0, 7)
