"""From a world and a fleet to the plan: one row per draw and month, with everything a component multiplies.

Belongs here: when hardware is ordered, live, retired; who serves which hour. Not here: prices of components.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import polars as pl

from pipelines.economics.rates import FloatArray
from pipelines.owning import Component
from pipelines.projection.facility import facility_columns, months_to_order
from pipelines.projection.payment import NO_UPFRONT, PaymentForm, payment_terms
from pipelines.projection.standing import standing_columns
from pipelines.projection.world import IntArray, World
from pipelines.units import MONTHS_PER_YEAR

if TYPE_CHECKING:
    from pipelines.projection.mix import Mix

ON_DEMAND: Final = "on_demand"
CASH_COLUMNS: Final = ("start_usd", "during_usd", "end_usd")


@dataclass(frozen=True)
class Capacity:
    """How a strategy serves demand: contracts already signed first, then the fleet, then commitments, then the peak.

    Attributes:
        fleet_gpus: GPUs owned, by draw or one number for all; whole servers are bought for them.
        commitment: kind of lease held by the month, or None.
        committed_gpus: GPUs held on it in each month, shape (months,).
        peak: kind of lease that takes what is left.
        mix: cohorts of hardware and of commitments month by month, instead of all of the above.
        term_months: term of the commitment; None for the one its kind of lease states.
        payment_form: how the commitment is paid.
        wait_months: months in which all stays on demand before anything is ordered or signed.
        in_data_center: whether the fleet stands in a building of one's own, built for it.
        sells_fleet: whether the fleet that stands is sold once the waiting is over.
        components: owning components of its site; None for those of colocation.
    """

    fleet_gpus: FloatArray | float = 0.0
    commitment: str | None = None
    committed_gpus: FloatArray | None = None
    peak: str = ON_DEMAND
    mix: Mix | None = None
    term_months: int | None = None
    payment_form: PaymentForm = NO_UPFRONT
    wait_months: int = 0
    in_data_center: bool = False
    sells_fleet: bool = False
    components: Mapping[str, Component] | None = None

    @property
    def owns(self) -> bool:
        """Whether there is a fleet at all."""
        return bool(np.any(np.asarray(self.fleet_gpus) > 0.0)) or (self.mix is not None and self.mix.owns)


class Cash(NamedTuple):
    """Cash of a component or contract by draw and month, by where in the month it falls; shape (draws, months)."""

    start: FloatArray
    during: FloatArray
    end: FloatArray


@dataclass(frozen=True)
class Plan:
    """Arrays of shape (draws, months) that describe a strategy in a world.

    Attributes:
        columns: plan columns of owning by name; empty without a fleet.
        owned_used_gpu_hours: hours used on the fleet, of its own GPU model.
        leases: GPUs held and hours used by kind of lease, of the leased GPU model.
        commitments: kinds of lease held by the month.
        extra: further columns by kind of lease.
    """

    columns: dict[str, FloatArray]
    owned_used_gpu_hours: FloatArray
    leases: dict[str, tuple[FloatArray, FloatArray]]
    commitments: tuple[str, ...] = ()
    extra: dict[str, dict[str, FloatArray]] = field(default_factory=dict)


def plan_of(world: World, capacity: Capacity, term_months: int | None) -> Plan:
    """Lay a capacity over a world.

    Args:
        world: draws and months.
        capacity: what the strategy holds.
        term_months: term of its commitment, where the capacity does not say.
    """
    shape = (world.draws, world.months)
    started = np.arange(world.months) >= capacity.wait_months
    demand, hours = world.demand_gpus, world.month_hours[None, :]
    fleet: dict[str, FloatArray] = {}
    able = working = np.zeros(shape)
    if capacity.owns:
        until_order = np.full(world.draws, float(capacity.wait_months))
        if capacity.in_data_center:
            until_order = until_order + months_to_order(world)
        fleet, able, working = fleet_columns(world, capacity.fleet_gpus, wait_months=until_order)
        if capacity.in_data_center:
            fleet |= facility_columns(world, fleet, world.order_month_index + capacity.wait_months)
    elif world.fleet is not None:
        fleet, able = standing_columns(world, world.fleet, capacity.wait_months if capacity.sells_fleet else None)
        working = able
    existing = np.broadcast_to(world.existing.gpus, shape)
    committed = np.zeros(shape)
    if capacity.committed_gpus is not None:
        committed = np.broadcast_to(np.where(started, capacity.committed_gpus, 0.0), shape)

    by_existing = served_gpus(world, existing)
    by_fleet = served_gpus(world, existing + able) - by_existing
    after_fleet = served_gpus(world, existing + working)
    after_commitment = served_gpus(world, existing + working + committed)
    owned_used = by_fleet / world.own_work_ratio[:, None] * hours
    if fleet:
        live = fleet["owned_gpus"]
        fleet["owned_used_frac"] = np.divide(owned_used, live * hours, out=np.zeros(shape), where=live > 0.0)
        fleet["charged_frac"] = fleet["owned_used_frac"] if world.fixed_by_use else np.ones(shape)

    rest = (demand - after_commitment) * hours
    leases = {capacity.peak: (rest / hours, rest)}
    if capacity.wait_months and capacity.peak != ON_DEMAND:
        leases = {capacity.peak: (rest / hours * started, rest * started)}
        leases[ON_DEMAND] = (rest / hours * ~started, rest * ~started)
    extra: dict[str, dict[str, FloatArray]] = {}
    term_months = capacity.term_months or term_months
    commitments: tuple[str, ...] = ()
    if capacity.commitment is not None and term_months is not None:
        commitments = (capacity.commitment,)
        leases[capacity.commitment] = (committed, (after_commitment - after_fleet) * hours)
        extra[capacity.commitment] = _terms(world, term_months, capacity)
    if world.existing.gpus.any():
        leases["existing_contract"] = (existing, by_existing * hours)
        extra["existing_contract"] = {
            "signed_usd_per_gpu_hour": np.broadcast_to(world.existing.usd_per_gpu_hour, shape),
            "take_or_pay_frac": np.broadcast_to(world.existing.take_or_pay_frac, shape),
        }
    return Plan(fleet, owned_used, leases, commitments, extra)


def served_gpus(world: World, gpus: FloatArray) -> FloatArray:
    """Mean GPUs of demand that a capacity serves, by draw and month."""
    demand = world.demand_gpus
    ratio = np.divide(gpus, demand, out=np.zeros_like(demand), where=demand > 0.0)
    return demand * world.curve.served_frac(ratio)


def signatures(months: int, term_months: int, wait_months: int) -> IntArray:
    """The month in which the term that covers each month is signed; the month itself before the first one.

    Args:
        months: of the horizon.
        term_months: how long each term is.
        wait_months: month of the first signature.
    """
    month = np.arange(months)
    signed: IntArray = np.where(month >= wait_months, month - (month - wait_months) % term_months, month)
    return signed


def stub_hours(world: World, signed: int, term_months: int) -> float:
    """Hours of a term that lie beyond the horizon and are owed, at the mean length of a month.

    Args:
        world: its horizon, and whether what is cut off is owed at all.
        signed: month of signature.
        term_months: how long the term is.
    """
    beyond = max(signed + term_months - world.months, 0)
    return beyond * float(world.month_hours.mean()) if world.stub_owed else 0.0


def _terms(world: World, term_months: int, capacity: Capacity) -> dict[str, FloatArray]:
    """Price at signature for each month of a commitment, hours of a term where it is signed, and how it is paid."""
    shape, months = (world.draws, world.months), np.arange(world.months)
    signed = signatures(world.months, term_months, capacity.wait_months)
    ends = np.concatenate([[0.0], np.cumsum(world.month_hours)])
    held = np.zeros(world.months) if capacity.committed_gpus is None else capacity.committed_gpus
    hours, gpu_hours, stub = np.zeros((3, world.months))
    for start in months[(signed == months) & (months >= capacity.wait_months)]:
        last = min(start + term_months, world.months)
        stub[-1] = stub_hours(world, start, term_months)
        hours[start] = ends[last] - ends[start] + stub[-1]
        gpu_hours[start] = (held * world.month_hours)[start:last].sum() + held[-1] * stub[-1]
    upfront, price_ratio = payment_terms(world.values, capacity.payment_form)
    columns = {
        "signed_usd_per_gpu_hour": world.list_usd_per_gpu_hour[:, signed],
        "term_hours": hours,
        "term_gpu_hours": gpu_hours,
        "stub_hours": stub,
        "upfront_frac": upfront[:, None],
        "upfront_price_ratio": price_ratio[:, None],
    }
    return {name: np.broadcast_to(array, shape) for name, array in columns.items()}


def fleet_columns(
    world: World,
    fleet_gpus: FloatArray | float,
    order_month_index: FloatArray | None = None,
    wait_months: FloatArray | float = 0.0,
) -> tuple[dict[str, FloatArray], FloatArray, FloatArray]:
    """Columns of owning, GPUs able to work, and GPUs whose work replaces a lease (none during the dual run).

    Args:
        world: draws and months.
        fleet_gpus: GPUs by draw, or one number for all.
        order_month_index: month of order by draw, of a cohort that is bought once and serves one life; None for a
            fleet ordered when the world says and bought again at the end of its life.
        wait_months: months after which the world's order month begins to count, by draw or one number for all.
    """
    value = {key: array[:, None] for key, array in world.values.items()}
    month = np.arange(world.months, dtype=np.float64)[None, :]
    once = order_month_index is not None
    first = np.broadcast_to(world.order_month_index + np.asarray(wait_months), (world.draws,))[:, None]
    order = first if order_month_index is None else order_month_index[:, None]
    life = value["hardware_life_months"]
    live_from = order + value["lead_time_months"]
    since = month - live_from
    age = np.where(since >= 0.0, np.mod(since, life), 0.0)
    last = month == world.months - 1

    # The first generation is bought if it goes live at all, a later one if half its life lies within the horizon:
    # nobody buys a fleet for the last months, they lease.
    latest_first, latest_next = world.months - 1.0, -1.0 if once else world.months - life / 2.0
    due = (month >= order) & (np.mod(month - order, life) == 0.0)
    due &= month + value["lead_time_months"] <= np.where(month < order + life, latest_first, latest_next)
    bought = (since < life) | (live_from + np.floor(since / life) * life <= latest_next)
    in_service = ((since >= 0.0) & bought).astype(np.float64)
    delivery = in_service * (age == 0.0)
    retire = in_service * ((age == life - 1.0) | last)

    gpus = np.broadcast_to(np.asarray(fleet_gpus, dtype=np.float64), (world.draws,))[:, None]
    servers = np.ceil(gpus / value["server_gpus"] - 1e-9)
    bought_gpus = servers * value["server_gpus"]
    price = servers * value["server_price_usd"] + bought_gpus * value["accelerator_price_usd"]

    def price_in(at: FloatArray) -> FloatArray:
        decline = value["hardware_price_decline_frac_per_year"]
        dated: FloatArray = price * np.exp(-decline * np.maximum(at, 0.0) / MONTHS_PER_YEAR)
        return dated

    ordered_in = np.where(since >= 0.0, month - age - value["lead_time_months"], month)
    ramp = np.where(value["ramp_months"] > 0.0, (since + 0.5) / np.maximum(value["ramp_months"], 1e-9), 1.0)
    working_frac = world.usable_frac * world.own_work_ratio
    able = bought_gpus * in_service * working_frac[:, None] * np.clip(ramp, 0.0, 1.0)
    shape = (world.draws, world.months)
    years = month / MONTHS_PER_YEAR
    columns = {
        "owned_gpus": bought_gpus * in_service,
        "owned_servers_count": servers * in_service,
        "in_service_count": in_service,
        "age_months": age,
        "order_due_count": due.astype(np.float64),
        "delivery_due_count": delivery,
        "retire_due_count": retire,
        "order_price_usd": price_in(month),
        "service_price_usd": price_in(ordered_in),
        "resale_frac": _resale_at(world, age),
        "opex_escalation_ratio": (1.0 + value["opex_escalation_frac_per_year"]) ** years,
        "energy_escalation_ratio": (1.0 + value["energy_escalation_frac_per_year"]) ** years,
        "site_share_frac": np.full(shape, world.site_share_frac),
    }
    working = np.where(since >= value["dual_run_months"], able, 0.0)
    return {name: np.broadcast_to(array, shape) for name, array in columns.items()}, able, working


def _resale_at(world: World, age: FloatArray) -> FloatArray:
    """Share of the price at the end of a month in which hardware is that old; 0 where it is not sold."""
    if world.resale_frac is None:
        return np.zeros_like(age)
    at_end = np.clip(age + 1.0, 0.0, world.months).astype(np.int64)
    share: FloatArray = np.take_along_axis(world.resale_frac, at_end, axis=1) * world.resale_ratio
    return share


def plan_frame(world: World, columns: dict[str, FloatArray], keys: Iterable[str]) -> pl.LazyFrame:
    """The plan as a frame, sorted by draw and month: index, hours, the given columns, and one column a needed key.

    Args:
        world: draws and months.
        columns: arrays of shape (draws, months).
        keys: assumptions to spread over the months.
    """
    data = {name: np.ascontiguousarray(array).reshape(-1) for name, array in columns.items()}
    own = world.month_columns
    spread = [world.spread(key) for key in sorted({*keys} - data.keys() - own.keys())]
    return pl.DataFrame([*own.values(), *(pl.Series(name, array) for name, array in data.items()), *spread]).lazy()


def cash_of(frames: Sequence[tuple[str, pl.LazyFrame]], world: World) -> list[Cash]:
    """What components and contracts make of a plan, run together, as arrays of shape (draws, months).

    Looking for what two expressions have in common takes longer than working it out twice: a plan is small, and there
    are thousands.

    Args:
        frames: name and frame of each; the contract of a component is to keep the plan's rows in their order.
        world: draws and months.
    """
    optimizations = pl.QueryOptFlags(comm_subexpr_elim=False, comm_subplan_elim=False)
    found = pl.collect_all([frame for _, frame in frames], optimizations=optimizations)
    shape = (world.draws, world.months)
    for (name, _), frame in zip(frames, found, strict=True):
        if frame.height != world.draws * world.months:
            raise ValueError(f"{name} returned {frame.height} rows for {world.draws * world.months} of the plan")
    return [
        Cash(*(frame[column].cast(pl.Float64).to_numpy().reshape(shape) for column in CASH_COLUMNS)) for frame in found
    ]
