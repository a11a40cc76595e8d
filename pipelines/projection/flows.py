"""Cash of a strategy in a world: every component and lease, by draw and month, and its present value.

Belongs here: running the components over the plan, tax, discounting. Not here: what the numbers mean for a decision.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import polars as pl

from pipelines.economics.rates import FloatArray
from pipelines.leasing import all_lease_contracts
from pipelines.owning import HARDWARE_LIFE, Component, life_of, seen_by_site
from pipelines.projection.beside import beside_lines
from pipelines.projection.loans import loan_lines
from pipelines.projection.mix import MixPlan, plan_of_mix
from pipelines.projection.plan import Capacity, Plan, cash_of, plan_frame, plan_of
from pipelines.projection.taxes import Line, tax_lines
from pipelines.projection.terms import Tax
from pipelines.projection.world import World

OWNED, LEASED, ON_DEMAND = "owned", "leased", "on_demand"
Kind = tuple[str, str, str, str]  # of a line: its name, sourcing, treatment by the tax, and life


@dataclass(frozen=True)
class Signed:
    """Cash of capacity signed for a term, renewed as long as it goes on.

    Attributes:
        line: its cash.
        term_months: length of each term.
        held_gpus: what is held, by draw and month; the first term begins with it.
    """

    line: Line
    term_months: int
    held_gpus: FloatArray


@dataclass(frozen=True)
class Flows:
    """Cash of a strategy: costs positive, nominal USD.

    Attributes:
        world: where it happens.
        plan: who serves what.
        lines: one a component or lease, sorted by name; then loans and tax.
        signed: of the leases among them, each that was signed for a term.
    """

    world: World
    plan: Plan
    lines: tuple[Line, ...]
    signed: tuple[Signed, ...] = ()

    def part(self, when: str, sourcing: str | None = None) -> FloatArray:
        """Sum over lines of one part ('start', 'during', 'end'), shape (draws, months); not to be written to."""
        if (when, sourcing) not in self._parts:
            total = np.zeros((self.world.draws, self.world.months))
            for line in self.lines:
                if sourcing is None or line.sourcing == sourcing:
                    total += getattr(line, when)
            self._parts[when, sourcing] = total
        return self._parts[when, sourcing]

    @cached_property
    def _parts(self) -> dict[tuple[str, str | None], FloatArray]:
        """Sums made so far: cost, saving and payback of every strategy ask for the same ones."""
        return {}

    @cached_property
    def total_usd(self) -> FloatArray:
        """Undiscounted cost by draw."""
        total: FloatArray = (self.part("start") + self.part("during") + self.part("end")).sum(axis=1)
        return total

    @cached_property
    def before_resale_usd(self) -> FloatArray:
        """Undiscounted cost by draw without what the hardware brings in the end."""
        resale = (line.total.sum(axis=1) for line in self.lines if line.tax == "resale")
        total: FloatArray = self.total_usd - sum(resale, np.zeros(self.world.draws))
        return total

    @cached_property
    def npv_usd(self) -> FloatArray:
        """Present value of the cost by draw."""
        return self.present_value()

    def present_value(self, sourcing: str | None = None) -> FloatArray:
        """Present value by draw of all lines, or of the owned or leased ones."""
        total: FloatArray = sum(
            (self.part(when, sourcing) * factor for when, factor in discounting(self.world).items()),
            np.zeros((self.world.draws, self.world.months)),
        ).sum(axis=1)
        return total

    @property
    def capex_usd(self) -> FloatArray:
        """Undiscounted money put into hardware, by draw."""
        total = np.zeros(self.world.draws)
        for line in self.lines:
            if line.tax == "capital":
                total = total + line.start.sum(axis=1)
        return total


def discounting(world: World) -> dict[str, FloatArray]:
    """Discount factor by draw and month for what falls at the start, during and at the end of a month."""
    return world.discount_factors


def evaluate(world: World, capacity: Capacity, components: Mapping[str, Component], tax: Tax | None = None) -> Flows:
    """Run a capacity through a world.

    Args:
        world: draws and months.
        capacity: what the strategy holds.
        components: owning components in use, by name.
        tax: None without income tax.
    """
    contracts = all_lease_contracts()
    components = components if capacity.components is None else capacity.components
    if capacity.mix is not None:
        terms = {kind: contracts[kind].TERM_MONTHS or world.months for kind in capacity.mix.signed_gpus}
        laid = plan_of_mix(world, capacity.mix, terms)
        return Flows(world, laid.plan, *_mix_lines(world, laid, components, tax))
    term_months = capacity.term_months
    if capacity.commitment and term_months is None:
        term_months = contracts[capacity.commitment].TERM_MONTHS
    plan = plan_of(world, capacity, term_months)
    frames: list[tuple[Kind, pl.LazyFrame]] = []
    if plan.columns:
        needs = {key for component in components.values() for key in component.NEEDS} | {HARDWARE_LIFE}
        frame = plan_frame(world, plan.columns, needs)
        for name, component in sorted(components.items()):
            frames.append(((name, OWNED, component.TAX, life_of(component)), component.cash(frame)))
    for name in sorted(plan.leases):
        held, used = plan.leases[name]
        columns = {
            "leased_gpus": held,
            "leased_gpu_hours": used,
            "list_usd_per_gpu_hour": world.list_usd_per_gpu_hour,
            **plan.extra.get(name, {}),
        }
        kind = world.market if name == ON_DEMAND else name
        frame = plan_frame(world, columns, contracts[kind].NEEDS)
        frames.append(((kind, LEASED, "expense", HARDWARE_LIFE), contracts[kind].cash(frame)))
    lines = _lines(frames, world)
    lines += beside_lines(lines, world)
    signed = tuple(
        Signed(line, term_months, plan.leases[line.name][0])
        for line in lines
        if term_months and line.name == capacity.commitment
    )
    return Flows(world, plan, tuple(financed(lines, plan, world, tax)), signed)


def cohort_lines(
    world: World, columns: Mapping[str, FloatArray], components: Mapping[str, Component], tax: Tax | None
) -> list[Line]:
    """Cash of one cohort of hardware, but for what is paid by the site; with tax on it.

    Args:
        world: draws and months.
        columns: plan columns of the cohort.
        components: owning components in use.
        tax: None without income tax.
    """
    own = {name: item for name, item in components.items() if not seen_by_site(item)}
    lines = _owned_lines(world, columns, own)
    return financed(lines, Plan(dict(columns), np.zeros(0), {}), world, tax)


def site_lines(
    world: World, columns: Mapping[str, FloatArray], components: Mapping[str, Component], tax: Tax | None
) -> list[Line]:
    """Cash that a site pays for its whole fleet, in steps; with tax on it.

    Args:
        world: draws and months.
        columns: plan columns of the fleet as its site sees it.
        components: owning components in use.
        tax: None without income tax.
    """
    lines = _owned_lines(world, columns, {name: item for name, item in components.items() if seen_by_site(item)})
    return financed(lines, None, world, tax)


def lease_lines(world: World, kind: str, columns: Mapping[str, FloatArray], tax: Tax | None) -> list[Line]:
    """Cash of one lease of a kind; with tax on it.

    Args:
        world: draws and months.
        kind: kind of lease.
        columns: its plan columns.
        tax: None without income tax.
    """
    kind = world.market if kind == ON_DEMAND else kind
    contract = all_lease_contracts()[kind]
    cash = contract.cash(plan_frame(world, dict(columns), contract.NEEDS))
    return financed(_lines([((kind, LEASED, "expense", HARDWARE_LIFE), cash)], world), None, world, tax)


def _owned_lines(world: World, columns: Mapping[str, FloatArray], components: Mapping[str, Component]) -> list[Line]:
    """Each component over one fleet."""
    needs = {key for component in components.values() for key in component.NEEDS} | {HARDWARE_LIFE}
    frame = plan_frame(world, dict(columns), needs)
    kinds = [(name, OWNED, component.TAX, life_of(component)) for name, component in components.items()]
    cash = [component.cash(frame) for component in components.values()]
    return _lines(list(zip(kinds, cash, strict=True)), world)


def financed(lines: list[Line], plan: Plan | None, world: World, tax: Tax | None) -> list[Line]:
    """Lines with the loans that pay for them, and tax on all."""
    lines = lines + loan_lines(lines, world)
    return lines + (tax_lines(lines, plan, world, tax) if tax and lines else [])


def _mix_lines(
    world: World, laid: MixPlan, components: Mapping[str, Component], tax: Tax | None
) -> tuple[tuple[Line, ...], tuple[Signed, ...]]:
    """Cohorts, site and leases, each component and kind summed over its cohorts; and each signed lease by itself."""
    signed: list[Signed] = []
    lines: list[Line] = []
    for columns in laid.cohorts:
        lines += cohort_lines(world, columns, components, tax)
    if laid.cohorts:
        lines += site_lines(world, laid.plan.columns, components, tax)
    for kind, columns in laid.leases:
        of_lease = lease_lines(world, kind, columns, tax)
        if term_months := all_lease_contracts()[kind].TERM_MONTHS:
            signed.append(Signed(of_lease[0], term_months, columns["leased_gpus"]))
        lines += of_lease
    if beside := beside_lines(lines, world):
        lines += financed(beside, None, world, tax)
    total: dict[str, Line] = {}
    for line in lines:
        before = total.get(line.name)
        parts = {when: getattr(line, when) for when in ("start", "during", "end")}
        if before is not None:
            parts = {when: getattr(before, when) + part for when, part in parts.items()}
        total[line.name] = replace(line, **parts)
    return tuple(total[name] for name in sorted(total)), tuple(signed)


def _lines(frames: Sequence[tuple[Kind, pl.LazyFrame]], world: World) -> list[Line]:
    """Frames of components and contracts, run, as lines."""
    found = cash_of([(name, frame) for (name, *_), frame in frames], world)
    return [
        Line(name, sourcing, treatment, *cash, life)
        for ((name, sourcing, treatment, life), _), cash in zip(frames, found, strict=True)
    ]
