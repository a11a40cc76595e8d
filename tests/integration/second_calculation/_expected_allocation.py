"""Cost of each pool by who held its time, and of what is shared by its driver; then idle cost by who held the pool."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import NamedTuple

from _company import Company
from _expected_bills import ZERO, Charge, Holder, Pool
from _expected_owned import OwnedPool
from _expected_places import UNKNOWN
from _expected_rules import IDLE, NOBODY, OVER
from _expected_shared import SharedCost
from _expected_shares import counted, split, sums
from _expected_usage import PoolTime, Usage, by_workload


class Part(NamedTuple):
    """Whose a part of a pool's cost is, and why."""

    pool: Pool
    workload: str
    cost_class: str
    basis: str
    driver: str = "none"


class Slot(NamedTuple):
    """A holder of a pool's time, and who says so."""

    workload: str
    cost_class: str
    basis: str


@dataclass
class PoolCost:
    """A pool's cost and paid time, from bills, contracts and hardware.

    Attributes:
        used_usd, unused_usd: cost of what gives time, and of capacity that was paid for and not used.
        paid_hours: GPU-hours.
        tells_hours: whether anything says how long it was to be had.
        named: hours that lines give, by the workload that they name; None for none.
    """

    used_usd: Fraction = ZERO
    unused_usd: Fraction = ZERO
    paid_hours: Fraction = ZERO
    tells_hours: bool = False
    named: dict[str | None, Fraction] = field(default_factory=lambda: defaultdict(Fraction))


@dataclass
class Allocation:
    """Who bears what.

    Attributes:
        cost: USD of each part.
        of_time: of it direct cost of time held; the rest of what is direct are lines that name their workload.
        hours: of each pool, by slot, in whole milliseconds.
        carried: idle cost of each pool, by who held it.
    """

    cost: dict[Part, Fraction] = field(default_factory=lambda: defaultdict(Fraction))
    of_time: dict[Holder, Fraction] = field(default_factory=lambda: defaultdict(Fraction))
    hours: dict[Pool, dict[Slot, Fraction]] = field(default_factory=dict)
    carried: dict[Holder, Fraction] = field(default_factory=lambda: defaultdict(Fraction))

    def held(self, pool: Pool) -> dict[str, Fraction]:
        """Hours that workloads held of a pool."""
        found = by_workload()
        for slot, hours in self.hours.get(pool, {}).items():
            if slot.cost_class == "direct":
                found[slot.workload] += hours
        return found


def allocate(company: Company, charges: Iterable[Charge], owned: Mapping[Pool, OwnedPool], usage: Usage) -> Allocation:
    """All cost of a company by pool, workload and class."""
    allocation = Allocation()
    pools: dict[Pool, PoolCost] = defaultdict(PoolCost)
    named, shared = [], []
    for charge in charges:
        pool = pools[charge.pool]
        if charge.role == "gpu":
            pool.used_usd += charge.usd
            pool.paid_hours += charge.hours
            pool.tells_hours = pool.tells_hours or charge.tells_hours
            pool.named[charge.workload] += charge.hours
        elif charge.role == "idle":
            pool.unused_usd += charge.usd
        elif charge.workload:
            named.append(charge)
        else:
            shared.append(charge)
    for key, servers in owned.items():
        pools[key].used_usd += sum(servers.usd.values(), ZERO)
        pools[key].paid_hours += servers.hours
        pools[key].tells_hours = True
    for key in pools.keys() | {key for key in usage.pools if key.location != UNKNOWN}:
        _allocate_pool(allocation, key, pools[key], usage.pools.get(key, PoolTime()))
    for charge in named:
        allocation.cost[Part(charge.pool, charge.workload or "", "direct", "billing")] += charge.usd
    # Drivers weigh by what was direct before any of them gave anything.
    direct = sums(
        ((part.pool, part.workload), usd) for part, usd in allocation.cost.items() if part.cost_class == "direct"
    )
    held = {(pool, workload): hours for pool in allocation.hours for workload, hours in allocation.held(pool).items()}
    drivers = SharedCost(company, usage, held, direct, named)
    for charge in shared:
        driver, weights = drivers.weights(charge)
        for (pool, workload), usd in split(charge.usd, weights).items():
            allocation.cost[Part(pool, workload, "shared", "driver", driver)] += usd
    _carry_idle(allocation)
    return allocation


def _allocate_pool(allocation: Allocation, key: Pool, pool: PoolCost, time: PoolTime) -> None:
    slots = {slot: counted(hours) for slot, hours in _slots(key, pool, time).items()}
    basis = _basis(key, time)
    rest = counted(pool.paid_hours) - sum(slots.values())
    closing = Slot(OVER, "over_allocated", basis) if rest < 0 else Slot(NOBODY, "unallocated", basis)
    slots[closing] = slots.get(closing, ZERO) + rest
    allocation.hours[key] = slots = {slot: hours for slot, hours in slots.items() if hours}
    if pool.paid_hours > 0:
        for slot, part in split(pool.used_usd, slots).items():
            allocation.cost[Part(key, *slot)] += part
            if slot.cost_class == "direct":
                allocation.of_time[key, slot.workload] += part
    else:
        # Nobody can have held what gave no time.
        why = "none" if pool.tells_hours else "hours unknown"
        allocation.cost[Part(key, IDLE, "idle", why)] += pool.used_usd
    allocation.cost[Part(key, IDLE, "idle", "commitment")] += pool.unused_usd


def _basis(key: Pool, time: PoolTime) -> str:
    return time.told_by or ("billing" if key.sourcing == "leased" else "none")


def _slots(key: Pool, pool: PoolCost, time: PoolTime) -> dict[Slot, Fraction]:
    found = {Slot(workload, "direct", "telemetry"): hours for workload, hours in time.by_label.items()}
    found |= {Slot(workload, "direct", "scheduler"): hours for workload, hours in time.by_run.items()}
    found |= {
        Slot(IDLE, "idle", "telemetry"): time.idle,
        Slot(NOBODY, "unallocated", "telemetry"): time.nameless,
        Slot(OVER, "over_allocated", "scheduler"): -time.over,
    }
    if _basis(key, time) == "billing":
        # Hours given less hours taken back; what is taken back beyond them was claimed by nobody.
        given = {workload: hours for workload, hours in pool.named.items() if hours > 0}
        found |= {
            Slot(workload or NOBODY, "direct" if workload else "unallocated", "billing"): hours
            for workload, hours in given.items()
        }
    return found


def _carry_idle(allocation: Allocation) -> None:
    for part, usd in allocation.cost.items():
        if part.cost_class == "idle":
            holders = allocation.held(part.pool) or {IDLE: Fraction(1)}
            for workload, share in split(usd, holders).items():
                allocation.carried[part.pool, workload] += share
