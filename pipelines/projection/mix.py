"""Capacity in cohorts: hardware ordered and commitments signed month by month, and who serves which hour of them.

Belongs here: what a mix holds and when. Not here: which mix is best (`capacity_plan.py`), what it costs (`flows.py`).

Whoever costs least to run an hour serves first, so contracts already signed come first, then the kinds of capacity in
`Mix.merit`, then spot up to its share of demand, then on demand. In the dual run hardware is proved under full load.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from pipelines.economics.rates import FloatArray
from pipelines.projection.plan import Plan, fleet_columns, served_gpus, stub_hours
from pipelines.projection.rules import OWN
from pipelines.projection.world import World

# A site sees the whole fleet: what stands and runs there, not what each cohort once cost.
SITE_SUMS: Final = ("owned_gpus", "owned_servers_count")
SITE_SHARED: Final = ("opex_escalation_ratio", "energy_escalation_ratio", "site_share_frac")


@dataclass(frozen=True)
class Mix:
    """What is bought and signed, month by month.

    Attributes:
        ordered_gpus: GPUs of hardware ordered in each month, in whole servers, shape (months,).
        signed_gpus: GPUs committed in each month by kind of lease, each for its term.
        merit: `OWN` and the kinds of lease held, in the order in which they serve.
        spot_frac: share of each month's demand that may be put on spot where capacity is short.
    """

    ordered_gpus: FloatArray
    signed_gpus: Mapping[str, FloatArray] = field(default_factory=dict)
    merit: tuple[str, ...] = (OWN,)
    spot_frac: float = 0.0

    @property
    def owns(self) -> bool:
        """Whether any hardware is ordered."""
        return bool((self.ordered_gpus > 0.0).any())

    @property
    def holds(self) -> bool:
        """Whether anything is ordered or signed."""
        return self.owns or any((gpus > 0.0).any() for gpus in self.signed_gpus.values())


@dataclass(frozen=True)
class MixPlan:
    """A mix laid over a world.

    Attributes:
        plan: the whole, with the fleet as its site sees it.
        cohorts: plan columns of each cohort of hardware.
        leases: plan columns of each lease, by kind; a kind with several signatures has several.
    """

    plan: Plan
    cohorts: tuple[dict[str, FloatArray], ...]
    leases: tuple[tuple[str, dict[str, FloatArray]], ...]


def commitment_columns(
    world: World, signed_index: FloatArray, term_months: int, gpus: FloatArray | float
) -> dict[str, FloatArray]:
    """Plan columns of GPUs signed in one month: the price of that month, and the hours of the term when it is signed.

    Args:
        world: draws and months; what the horizon cuts off a term is owed at its end, where the world says so.
        signed_index: month of signature by draw, shape (draws,).
        term_months: length of the term.
        gpus: held, by draw or one number for all.
    """
    shape, signed = (world.draws, world.months), signed_index.astype(np.int64)[:, None]
    month = np.arange(world.months)[None, :]
    held = ((month >= signed) & (month < signed + term_months)).astype(np.float64)
    stub_of = np.array([stub_hours(world, month, term_months) for month in range(world.months)])
    stub = stub_of[signed]
    whole_hours = stub + (held * world.month_hours).sum(axis=1, keepdims=True)
    return {
        "leased_gpus": np.broadcast_to(np.asarray(gpus, dtype=np.float64), (world.draws,))[:, None] * held,
        "leased_gpu_hours": np.zeros(shape),
        "list_usd_per_gpu_hour": world.list_usd_per_gpu_hour,
        "signed_usd_per_gpu_hour": np.broadcast_to(
            np.take_along_axis(world.list_usd_per_gpu_hour, signed, axis=1), shape
        ),
        "term_hours": np.where(month == signed, whole_hours, 0.0),
        "stub_hours": np.where(month == world.months - 1, stub, 0.0),
        "upfront_frac": np.zeros(shape),
        "upfront_price_ratio": np.ones(shape),
    }


def plan_of_mix(world: World, mix: Mix, terms: Mapping[str, int]) -> MixPlan:
    """Lay a mix over a world.

    Args:
        world: draws and months.
        mix: what is ordered and signed.
        terms: months of the term by kind of lease.
    """
    shape = (world.draws, world.months)
    hours = world.month_hours[None, :]
    cohorts, able, working = _cohorts(world, mix)
    signed = {
        kind: [
            commitment_columns(world, np.full(world.draws, month), terms[kind], float(gpus[month]))
            for month in np.flatnonzero(gpus)
        ]
        for kind, gpus in mix.signed_gpus.items()
    }
    held = {kind: sum((part["leased_gpus"] for part in parts), np.zeros(shape)) for kind, parts in signed.items()}

    existing = np.broadcast_to(world.existing.gpus, shape)
    level, below = existing, served_gpus(world, existing)
    by_existing, used = below, {}
    for name in mix.merit:
        level = level + (working if name == OWN else held.get(name, np.zeros(shape)))
        reached = served_gpus(world, level)
        used[name], below = reached - below, reached

    for kind, parts in signed.items():
        share = np.divide(used[kind], held[kind], out=np.zeros(shape), where=held[kind] > 0.0)
        for part in parts:
            part["leased_gpu_hours"] = part["leased_gpus"] * share * hours
    rest = (world.demand_gpus - below) * hours
    spot = np.minimum(rest, mix.spot_frac * world.demand_gpus * hours)
    proving = able - working
    own_hours = (used.get(OWN, np.zeros(shape)) + proving) / world.own_work_ratio[:, None] * hours
    plan = _whole(
        world, mix, cohorts, own_hours, held, {kind: used[kind] * hours for kind in signed}, rest - spot, spot
    )
    leases = [(kind, part) for kind, parts in signed.items() for part in parts]
    price = {"list_usd_per_gpu_hour": world.list_usd_per_gpu_hour}
    leases.append(("on_demand", _flat(rest - spot, hours) | price))
    if mix.spot_frac > 0.0:
        leases.append(("spot", _flat(spot, hours) | price))
    if world.existing.gpus.any():
        plan.leases["existing_contract"] = (existing, by_existing * hours)
        terms_of_existing = {
            "signed_usd_per_gpu_hour": np.broadcast_to(world.existing.usd_per_gpu_hour, shape),
            "take_or_pay_frac": np.broadcast_to(world.existing.take_or_pay_frac, shape),
        }
        columns = {"leased_gpus": existing, "leased_gpu_hours": by_existing * hours}
        leases.append(("existing_contract", columns | price | terms_of_existing))
    for columns in cohorts:
        columns["owned_used_frac"] = plan.columns["owned_used_frac"]
        columns["charged_frac"] = plan.columns["charged_frac"]
    return MixPlan(plan, tuple(cohorts), tuple(leases))


def _flat(used_hours: FloatArray, hours: FloatArray) -> dict[str, FloatArray]:
    """Capacity that is held only while it is used."""
    return {"leased_gpus": used_hours / hours, "leased_gpu_hours": used_hours}


def _cohorts(world: World, mix: Mix) -> tuple[list[dict[str, FloatArray]], FloatArray, FloatArray]:
    """Plan columns of each cohort, and the GPUs able and working together."""
    able = working = np.zeros((world.draws, world.months))
    cohorts = []
    for month in np.flatnonzero(mix.ordered_gpus):
        order = np.full(world.draws, float(month))
        columns, cohort_able, cohort_working = fleet_columns(world, float(mix.ordered_gpus[month]), order)
        able, working = able + cohort_able, working + cohort_working
        cohorts.append(dict(columns))
    return cohorts, able, working


def _whole(world: World, mix: Mix, cohorts: list[dict[str, FloatArray]], own_hours: FloatArray,
           held: Mapping[str, FloatArray], used_hours: Mapping[str, FloatArray], on_demand_hours: FloatArray,
           spot_hours: FloatArray) -> Plan:  # fmt: skip
    """The mix as one plan."""
    shape, hours = (world.draws, world.months), world.month_hours[None, :]
    fleet: dict[str, FloatArray] = {}
    if cohorts:
        fleet = {name: sum((part[name] for part in cohorts), np.zeros(shape)) for name in SITE_SUMS}
        fleet |= {name: cohorts[0][name] for name in SITE_SHARED}
        live = fleet["owned_gpus"]
        fleet["in_service_count"] = (live > 0.0).astype(np.float64)
        fleet["owned_used_frac"] = np.divide(own_hours, live * hours, out=np.zeros(shape), where=live > 0.0)
        fleet["charged_frac"] = fleet["owned_used_frac"] if world.fixed_by_use else np.ones(shape)
    leases = {kind: (held[kind], used_hours[kind]) for kind in held}
    leases["on_demand"] = (on_demand_hours / hours, on_demand_hours)
    if mix.spot_frac > 0.0:
        leases["spot"] = (spot_hours / hours, spot_hours)
    return Plan(fleet, own_hours, leases, tuple(held))
