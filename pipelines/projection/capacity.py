"""How much to own and to commit: screening curves on the duration curve, and a search that must agree with them.

A layer of capacity is worth holding while the time it is used, weighed by what an hour of use saves, reaches what the
layer costs over what it would save if it were always used: `P(demand > k) ≥ fixed cost / (lease − running cost)`.
With growth and moving prices the shares and the costs are present values over the months.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

import numpy as np

from pipelines.economics.rates import FloatArray
from pipelines.economics.utilisation import DurationCurve
from pipelines.leasing import all_lease_contracts
from pipelines.owning import Component
from pipelines.projection.contract_sizing import Offer, signed_gpus
from pipelines.projection.flows import OWNED, discounting, evaluate
from pipelines.projection.mix import Mix
from pipelines.projection.payment import NO_UPFRONT, PaymentForm, payment_terms
from pipelines.projection.plan import Capacity, plan_of, stub_hours
from pipelines.projection.scenario import Sizing
from pipelines.projection.terms import Tax
from pipelines.projection.world import World

MAX_SEARCH_POINTS: Final = 65
SATURATING_GPUS: Final = 1e9  # more than any fleet


@dataclass(frozen=True)
class Sizer:
    """Sizes capacities in the one world without chance.

    Attributes:
        world: central, one draw.
        components: owning components in use.
        tax: None without income tax.
        sizing: method and share of the time a whole fleet must be enough.
        typed_gpus: fleet size that the scenario gives; None to find it.
        payment_form: how commitments are paid.
        wait_months: months before anything is ordered or signed.
        in_data_center: whether the fleet stands in a building of one's own.
        planned: what the solver found; None where it was not asked.
    """

    world: World
    components: Mapping[str, Component]
    tax: Tax | None
    sizing: Sizing
    typed_gpus: int | None = None
    payment_form: PaymentForm = NO_UPFRONT
    wait_months: int = 0
    in_data_center: bool = False
    planned: Mix | None = None

    @cached_property
    def server_gpus(self) -> float:
        """GPUs in a server."""
        return float(self.world.values["server_gpus"][0])

    @cached_property
    def _working_gpus(self) -> FloatArray:
        """Leased GPUs that one server replaces in each month, none before it is live and while both run."""
        full = self._in_full_use(self.world, np.full(1, SATURATING_GPUS))
        plan = plan_of(full, self._fleet(self.server_gpus), None)
        leased = plan.leases["on_demand"][1][0] / self.world.month_hours
        without: FloatArray = full.demand_gpus[0] - np.minimum(self.world.existing.gpus, full.demand_gpus[0])
        replaced: FloatArray = np.maximum(without - leased, 0.0).round(6)
        return replaced

    def _fleet(self, gpus: FloatArray | float) -> Capacity:
        """A fleet ordered when the waiting is over."""
        return Capacity(fleet_gpus=gpus, wait_months=self.wait_months, in_data_center=self.in_data_center)

    @staticmethod
    def _in_full_use(world: World, level_gpus: FloatArray) -> World:
        """A world with the same demand in every hour, so that a fleet is used always or never."""
        return replace(world, level_gpus=level_gpus, curve=DurationCurve.constant())

    @cached_property
    def peak_servers(self) -> int:
        """Servers that would cover the highest hour of the horizon."""
        working = self._working_gpus
        live = working > 0.0
        if not live.any():
            return 0
        peak = self.world.demand_gpus[0] * self.world.curve.demand_ratio[-1] - self.world.existing.gpus
        return max(int(np.ceil((peak[live] / working[live]).max() - 1e-6)), 0)

    def fleet_for_peak(self) -> Capacity:
        """A fleet that is enough in the share of the time the scenario asks for, the rest leased on demand."""
        if self.typed_gpus is not None:
            return self._fleet(float(self.typed_gpus))
        working = self._working_gpus
        live = working > 0.0
        if not live.any() or self.peak_servers == 0:
            return Capacity()
        servers = np.arange(self.peak_servers + 1)
        gpus = self.world.existing.gpus[live, None] + servers[None, :] * working[live, None]
        demand = self.world.demand_gpus[0][live, None]
        ratio = np.divide(gpus, demand, out=np.full(gpus.shape, np.inf), where=demand > 0.0)
        short = self.world.curve.exceedance_frac(ratio + 1e-9).mean(axis=0)
        enough = int(np.argmax(short <= 1.0 - self.sizing.peak_coverage_frac + 1e-12))
        return self._fleet(enough * self.server_gpus)

    def fleet_for_base(self) -> Capacity:
        """The fleet worth owning, the rest leased on demand; by the rule or by the search, as the scenario says."""
        if self.peak_servers == 0:
            return Capacity()
        servers = self.search_servers() if self.sizing.method == "search" else self.screened_servers()
        return self._fleet(servers * self.server_gpus)

    def screened_servers(self) -> int:
        """Servers whose layer of demand is used enough, one by one from the base up."""
        fixed_usd, worth_usd = self._server_economics()
        if worth_usd.sum() <= 0.0:
            return 0
        working, demand = self._working_gpus, self.world.demand_gpus[0]
        levels = self.world.existing.gpus[:, None] + np.arange(self.peak_servers + 1)[None, :] * working[:, None]
        ratio = np.divide(levels, demand[:, None], out=np.zeros_like(levels), where=demand[:, None] > 0.0)
        served = demand[:, None] * self.world.curve.served_frac(ratio)
        layer = np.diff(served, axis=1)
        share = np.divide(layer, working[:, None], out=np.zeros_like(layer), where=working[:, None] > 0.0)
        used_frac = (worth_usd[:, None] * share).sum(axis=0) / worth_usd.sum()
        worthwhile = used_frac >= fixed_usd / worth_usd.sum() - 1e-12
        return int(np.argmin(worthwhile)) if not worthwhile.all() else self.peak_servers

    def _server_economics(self) -> tuple[float, FloatArray]:
        """Present value of what one more server costs unused, and of what it saves in each month if fully used."""
        probe = self._in_full_use(self.world.repeated(3), np.array([0.0, 0.0, SATURATING_GPUS]))
        many = max(self.peak_servers, 2)
        fleets = np.array([1.0, float(many), 1.0]) * self.server_gpus
        flows = evaluate(probe, self._fleet(fleets), self.components, self.tax)
        factors = discounting(probe)
        monthly = np.zeros((3, probe.months))
        for when, factor in factors.items():
            monthly = monthly + flows.part(when, OWNED) * factor
        fixed_usd = float((monthly[1] - monthly[0]).sum()) / (many - 1)
        running_usd = monthly[2] - monthly[0]
        lease_usd = self._working_gpus * self.world.month_hours * self.world.list_usd_per_gpu_hour[0]
        shield = self.tax.rate_frac if self.tax else 0.0
        shielded = factors["during" if self.tax and self.tax.paid == "with_payments" else "end"][0]
        lease_usd = lease_usd * (factors["during"][0] - shield * shielded)
        return fixed_usd, lease_usd - np.where(self._working_gpus > 0.0, running_usd, 0.0)

    def search_servers(self) -> int:
        """The number of servers with the lowest present value of cost, over a grid from none to the peak."""
        grid = np.unique(np.linspace(0, self.peak_servers, min(self.peak_servers + 1, MAX_SEARCH_POINTS)).round())
        flows = evaluate(
            self.world.repeated(grid.size), self._fleet(grid * self.server_gpus), self.components, self.tax
        )
        # The fleet of no server still passes through the components; a site without servers costs nothing.
        none = evaluate(self.world, Capacity(), self.components, self.tax).npv_usd[0]
        costs = np.where(grid == 0.0, none, flows.npv_usd)
        return int(grid[np.argmin(costs)])

    def commitment(self, contract: str, *, upfront_frac: float | None = None) -> Capacity:
        """GPUs worth committing on a kind of lease at its own term and price, paid in the form that is tried.

        Args:
            contract: kind of lease; its price ratio is the assumption `<contract>_price_ratio`.
            upfront_frac: share of a term paid at signature, where the kind of lease leaves no choice.
        """
        values = self.world.values
        term_months = all_lease_contracts()[contract].TERM_MONTHS or self.world.months
        price_ratio = float(values[f"{contract}_price_ratio"][0])
        if upfront_frac is not None:
            return self.commitment_for_base(contract, term_months, price_ratio, upfront_frac)
        upfront, form_ratio = payment_terms(values, self.payment_form)
        found = self.commitment_for_base(contract, term_months, price_ratio * float(form_ratio[0]), float(upfront[0]))
        return replace(found, payment_form=self.payment_form)

    def negotiated(self, contract: str) -> Capacity:
        """GPUs worth signing on a contract as the assumptions describe it, the rest on demand.

        Args:
            contract: kind of lease.
        """
        offer = Offer.of(self.world)
        gpus = signed_gpus(self.world, offer, self.wait_months)
        return Capacity(
            commitment=contract, committed_gpus=gpus, term_months=offer.term_months, wait_months=self.wait_months
        )

    def commitment_for_base(self, contract: str, term_months: int, price_ratio: float, upfront_frac: float) -> Capacity:
        """GPUs worth committing, decided anew at each renewal, the rest on demand.

        Args:
            contract: kind of lease.
            term_months: how long it holds.
            price_ratio: its price over on-demand at signature.
            upfront_frac: share of the term paid at signature.
        """
        world = self.world
        factors = {when: factor[0] for when, factor in discounting(world).items()}
        price, hours, demand = world.list_usd_per_gpu_hour[0], world.month_hours, world.demand_gpus[0]
        committed = np.zeros(world.months)
        for start in range(self.wait_months, world.months, term_months):
            term = slice(start, min(start + term_months, world.months))
            held_usd = price[start] * price_ratio * hours[term]
            stub_usd = price[start] * price_ratio * stub_hours(world, start, term_months)
            later_usd = (held_usd * factors["during"][term]).sum() + stub_usd * factors["end"][-1]
            cost_usd = (1.0 - upfront_frac) * later_usd
            cost_usd += upfront_frac * (held_usd.sum() + stub_usd) * factors["start"][start]
            worth_usd = price[term] * hours[term] * factors["during"][term]
            peak = int(np.ceil((demand[term] * world.curve.demand_ratio[-1]).max() - 1e-9))
            levels = world.existing.gpus[term, None] + np.arange(peak + 1)[None, :]
            of_demand = demand[term, None]
            ratio = np.divide(levels, of_demand, out=np.zeros_like(levels), where=of_demand > 0.0)
            layer = np.diff(of_demand * world.curve.served_frac(ratio), axis=1)
            worthwhile = (worth_usd[:, None] * layer).sum(axis=0) >= cost_usd - 1e-9
            committed[term] = peak if worthwhile.all() else int(np.argmin(worthwhile))
        return Capacity(commitment=contract, committed_gpus=committed, wait_months=self.wait_months)
