"""What runs cost, what became of the time they held, and where they ended."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from _company import WORKLOAD_KINDS, Company, Row
from _expected_allocation import Allocation
from _expected_bills import ZERO, Holder, Pool
from _expected_meters import MICROSECOND
from _expected_rules import workload_of_run
from _expected_shares import counted
from _expected_usage import AN_HOUR, Usage

OUTCOMES = {"COMPLETED": "completed", "FAILED": "failed", "CANCELLED": "cancelled", "RUNNING": "running"}
UNFINISHED = ("failed", "cancelled")
NO_RECORD = "no record"
MEAN_BY_KIND = {
    "pre-training": "direct_cost_usd_per_training_run",
    "fine-tuning": "direct_cost_usd_per_fine_tuning_job",
}


@dataclass
class Time:
    """Time of a workload in a pool with one outcome; `usd` is None where its cost is unknown."""

    running: int = 0
    ended: int = 0
    hours: Fraction = ZERO
    usd: Fraction | None = ZERO

    def add(self, hours: Fraction, usd: Fraction | None) -> None:
        """Add time; what costs nobody knows how much makes the sum unknown."""
        self.hours += hours
        self.usd = None if usd is None or self.usd is None else self.usd + usd


@dataclass
class Run:
    """A run over all its days: its whole cost, and where it held most on its last one."""

    job: Row
    workload: str
    outcome: str
    usd: Fraction | None = ZERO
    hours: Fraction = ZERO
    last: tuple[Fraction, Pool] | None = None

    @property
    def ended_on(self) -> date | None:
        """The day it ended; at midnight, the day before."""
        return (self.job["ended_at"] - MICROSECOND).date() if self.job["ended_at"] else None


class Jobs:
    """All runs of a company.

    Attributes:
        runs: each of them.
        times: of each pool and workload, by outcome.
    """

    def __init__(self, company: Company, usage: Usage, allocation: Allocation) -> None:
        self.company = company
        self.runs = [Run(job, workload_of_run(company, job), OUTCOMES[job["state"]]) for job in company.jobs]
        self.times: dict[tuple[Pool, str, str], Time] = defaultdict(Time)
        recorded: dict[Holder, Fraction] = defaultdict(Fraction)
        for (pool, number), seconds in sorted(usage.runs.items()):
            self._add(self.runs[number], pool, counted(seconds / AN_HOUR), allocation)
            recorded[pool, self.runs[number].workload] += counted(seconds / AN_HOUR)
        for pool in allocation.hours:
            for workload, hours in allocation.held(pool).items():
                rest = hours - recorded[pool, workload]
                if rest:
                    self.times[pool, workload, NO_RECORD].add(rest, _usd(allocation, pool, workload, rest))

    def ended(self) -> dict[Holder, list[Run]]:
        """Runs by the day they ended and the pool in which they held most on their last day."""
        found = defaultdict(list)
        for run in self.runs:
            if run.ended_on and run.last:
                found[run.last[1]._replace(day=run.ended_on), run.workload].append(run)
        return found

    def unit_costs(self, workload: str, ended: list[Run]) -> dict[str, Fraction | None]:
        """Mean direct cost of those that completed, by kind of workload; cost of those that did not."""
        completed = [run for run in ended if run.outcome == "completed"]
        usd = _sum(completed)
        mean = None if usd is None else usd / len(completed)
        kind = WORKLOAD_KINDS.get(workload.removeprefix(f"{self.company.name}-"))
        means = {column: mean if kind == of else None for of, column in MEAN_BY_KIND.items()}
        return means | {"unfinished_job_cost_usd": _sum([run for run in ended if run.outcome in UNFINISHED])}

    def _add(self, run: Run, pool: Pool, hours: Fraction, allocation: Allocation) -> None:
        usd = _usd(allocation, pool, run.workload, hours)
        time = self.times[pool, run.workload, run.outcome]
        time.add(hours, usd)
        time.running += 1
        time.ended += run.ended_on == pool.day
        run.hours += hours
        run.usd = None if usd is None or run.usd is None else run.usd + usd
        # Pools come in order, so that among equals the first stays.
        if run.last is None or (pool.day, hours) > (run.last[1].day, run.last[0]):
            run.last = (hours, pool)


def _usd(allocation: Allocation, pool: Pool, workload: str, hours: Fraction) -> Fraction | None:
    """The part of a workload's direct cost of time in a pool; None where the pool has no cost."""
    held = allocation.held(pool).get(workload)
    if not held or (pool, workload) not in allocation.of_time:
        return None
    return allocation.of_time[pool, workload] * hours / held


def _sum(runs: list[Run]) -> Fraction | None:
    amounts = [run.usd for run in runs if run.usd is not None]
    return sum(amounts, ZERO) if runs and len(amounts) == len(runs) else None
