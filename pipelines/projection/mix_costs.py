"""What one server or one GPU more costs, found by running the components for one: the coefficients of a capacity plan.

Belongs here: unit costs in present value, by month of order or signature. Not here: which to take (`capacity_plan.py`),
or any formula of a component.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from pipelines.economics.rates import FloatArray
from pipelines.leasing import all_lease_contracts
from pipelines.owning import Component
from pipelines.projection.assumptions import LIMIT_KEYS
from pipelines.projection.beside import beside_lines
from pipelines.projection.flows import cohort_lines, discounting, financed, lease_lines, site_lines
from pipelines.projection.mix import SITE_SHARED, commitment_columns
from pipelines.projection.plan import fleet_columns
from pipelines.projection.taxes import Line
from pipelines.projection.terms import Tax
from pipelines.projection.world import World

UNPROVEN: Final = 1e9


@dataclass(frozen=True)
class ServerCosts:
    """One server, by month of order (rows) and month (columns); money is present value unless it says nominal.

    Attributes:
        order_months: months in which an order can still go live, ascending.
        fixed_usd: cost of holding it unused, without what its site pays for the whole fleet, shape (orders,).
        running_usd_per_gpu_hour: what an hour of use costs, by month, in hours of the leased GPU.
        capex_usd_nominal: money put into hardware, shape (orders, months).
        servers: 1 while it is in service, shape (orders, months).
        working_gpus: GPUs of the leased model it replaces, shape (orders, months).
        site_usd: what the site costs with 0, 1, 2 … servers in service, shape (servers, months).
        server_gpus: GPUs in it.
        power_kw: power contracted for it; None where it is not known.
        rack_units: height in a rack; None where it is not known.
    """

    order_months: FloatArray
    fixed_usd: FloatArray
    running_usd_per_gpu_hour: FloatArray
    capex_usd_nominal: FloatArray
    servers: FloatArray
    working_gpus: FloatArray
    site_usd: FloatArray
    server_gpus: float
    power_kw: float | None
    rack_units: float | None

    def needs(self, limit: str) -> float:
        """What a server takes of a limit; where that is not known it is not proven to fit, so none of it fits."""
        need = {"max_power_kw": self.power_kw, "max_rack_units": self.rack_units}[limit]
        return UNPROVEN if need is None else need


@dataclass(frozen=True)
class CommitmentCosts:
    """One GPU committed, by month of signature (rows) and month (columns).

    Attributes:
        kind: kind of lease.
        fixed_usd: present value of holding it for the term, used or not, shape (months,).
        running_usd_per_gpu_hour: present value of an hour of use on top, by month.
        held: 1 in the months of the term, shape (months, months).
    """

    kind: str
    fixed_usd: FloatArray
    running_usd_per_gpu_hour: FloatArray
    held: FloatArray


def by_month_usd(world: World, lines: Sequence[Line]) -> FloatArray:
    """Present value of cash by draw and month."""
    total = np.zeros((world.draws, world.months))
    for when, factor in discounting(world).items():
        total = total + sum((getattr(line, when) for line in lines), np.zeros_like(total)) * factor
    return total


def hourly_usd(world: World, kind: str, tax: Tax | None) -> FloatArray:
    """Present value of one GPU-hour of a lease that is paid by use, by month, central world."""
    hours = np.broadcast_to(world.month_hours, (world.draws, world.months))
    columns = {
        "leased_gpus": np.ones(hours.shape),
        "leased_gpu_hours": hours,
        "list_usd_per_gpu_hour": world.list_usd_per_gpu_hour,
    }
    cost: FloatArray = _lease_usd(world, kind, columns, tax)[0] / world.month_hours
    return cost


def _lease_usd(world: World, kind: str, columns: Mapping[str, FloatArray], tax: Tax | None) -> FloatArray:
    """Present value by draw and month of a lease, with what comes beside it for each dollar of it.

    What is paid once, however much is leased, is no cost of one GPU more and is left out.
    """
    lines = lease_lines(world, kind, columns, tax)
    beside_usd = np.zeros((world.draws, world.months))
    if world.lease_components:
        bare = lines[0]
        once, twice = (
            replace(bare, start=bare.start * times, during=bare.during * times, end=bare.end * times)
            for times in (1.0, 2.0)
        )
        of_twice, of_once = (
            by_month_usd(world, financed(beside_lines([line], world), None, world, tax)) for line in (twice, once)
        )
        beside_usd = of_twice - of_once
    return by_month_usd(world, lines) + beside_usd


def server_costs(world: World, components: Mapping[str, Component], tax: Tax | None, most_servers: int) -> ServerCosts:
    """Unit costs of owning, from the components themselves.

    Args:
        world: central, one draw.
        components: owning components in use.
        tax: None without income tax.
        most_servers: largest fleet that the site is priced for.
    """
    lead = float(world.values["lead_time_months"][0])
    orders = np.arange(world.order_month_index, max(world.months - lead, world.order_month_index), dtype=np.float64)
    server_gpus, here = float(world.values["server_gpus"][0]), world.repeated(max(orders.size, 1))
    columns, able, working = fleet_columns(here, server_gpus, orders if orders.size else np.full(1, world.months))
    shape = (here.draws, here.months)
    idle = columns | {"owned_used_frac": np.zeros(shape), "charged_frac": np.ones(shape)}
    unused = cohort_lines(here, idle, components, tax)
    unused_usd = by_month_usd(here, unused)
    used_usd = by_month_usd(here, cohort_lines(here, idle | {"owned_used_frac": np.ones(shape)}, components, tax))
    own_hours = columns["owned_gpus"] * here.month_hours
    # The same for every cohort that is in service: an hour of use costs power, whenever the server was bought.
    running = np.divide(used_usd - unused_usd, own_hours, out=np.zeros(shape), where=own_hours > 0.0).max(axis=0)
    running = running / world.own_work_ratio[0]
    proving_usd = ((able - working) * world.month_hours * running).sum(axis=1)
    capital = sum((line.start for line in unused if line.tax == "capital"), np.zeros(shape))
    count = orders.size
    return ServerCosts(
        order_months=orders,
        fixed_usd=(unused_usd.sum(axis=1) + proving_usd)[:count],
        running_usd_per_gpu_hour=running,
        capex_usd_nominal=capital[:count],
        servers=columns["owned_servers_count"][:count],
        working_gpus=working[:count],
        site_usd=_site_usd(world, components, tax, most_servers, server_gpus),
        server_gpus=server_gpus,
        power_kw=_known(world, LIMIT_KEYS["max_power_kw"]),
        rack_units=_known(world, LIMIT_KEYS["max_rack_units"]),
    )


def _known(world: World, key: str) -> float | None:
    return float(world.values[key][0]) if key in world.values else None


def _site_usd(
    world: World, components: Mapping[str, Component], tax: Tax | None, most_servers: int, server_gpus: float
) -> FloatArray:
    """Present value of what the site pays, by servers in service and month; none without a server."""
    here = world.repeated(most_servers + 1)
    shape = (here.draws, here.months)
    servers = np.broadcast_to(np.arange(most_servers + 1.0)[:, None], shape)
    shared, _, _ = fleet_columns(here, server_gpus)
    columns = {name: shared[name] for name in SITE_SHARED} | {
        "owned_servers_count": servers,
        "owned_gpus": servers * server_gpus,
        "in_service_count": (servers > 0.0).astype(np.float64),
        "owned_used_frac": np.zeros(shape),
        "charged_frac": np.ones(shape),
    }
    cost = by_month_usd(here, site_lines(here, columns, components, tax))
    cost[0] = 0.0
    return cost


def commitment_costs(world: World, kind: str, tax: Tax | None) -> CommitmentCosts:
    """Unit costs of a commitment, from its kind of lease itself.

    Args:
        world: central, one draw.
        kind: a kind of lease with a term.
        tax: None without income tax.
    """
    here = world.repeated(world.months)
    term = all_lease_contracts()[kind].TERM_MONTHS or world.months
    columns = commitment_columns(here, np.arange(world.months, dtype=np.float64), term, 1.0)
    held = columns["leased_gpus"]
    unused = _lease_usd(here, kind, columns, tax)
    used = _lease_usd(here, kind, columns | {"leased_gpu_hours": held * here.month_hours}, tax)
    extra = ((used - unused) / here.month_hours).max(axis=0)
    return CommitmentCosts(kind, unused.sum(axis=1), extra, held)
