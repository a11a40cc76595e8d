"""The capacity plan of least cost: which hardware to order and which commitments to sign in which month.

Belongs here: the program (docs/method.md has it in symbols) and what the solver's answer means. Not here: what a server
or a commitment costs (`mix_costs.py`), the solver itself (`program.py`), rules that allow or forbid (`constraints.py`).

What a capacity k serves of a month, S(k), is concave; the program holds it from above by tangents, solves, adds
tangents where the answer lies, and solves again. So the program's bound is a proof, and the gap to the cost of the
plan as `evaluate` finds it is the distance from the best.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from pipelines.economics.rates import FloatArray
from pipelines.projection.flows import evaluate, lease_lines
from pipelines.projection.mix import Mix, plan_of_mix
from pipelines.projection.mix_costs import (
    ServerCosts,
    by_month_usd,
    commitment_costs,
    hourly_usd,
    server_costs,
)
from pipelines.projection.plan import Capacity, served_gpus
from pipelines.projection.plan_limits import LimitRows, limit_rows
from pipelines.projection.plan_parts import COVERAGE, EXISTING, ON_DEMAND, SPOT, Level, Limits, Offer, Part
from pipelines.projection.program import Answer, Columns, Program
from pipelines.projection.rules import OWN
from pipelines.projection.world import World

BLOCKS: Final = 8  # tangents to begin with, by month and level; the answer brings its own
MOST_ROUNDS: Final = 12
GAP_FRAC: Final = 1e-4  # good enough to stop: a hundredth of a percent of the cost


@dataclass(frozen=True)
class Solution:
    """A plan, or why there is none.

    Attributes:
        status: optimal, node_limit (the gap says how far it may be) or infeasible.
        reason: the limits that cannot hold together; None where there is a plan.
        mixes: by workload.
        cost_usd: present value of the plan, by `evaluate`.
        bound_usd: no plan costs less.
        shadow_usd: by limit, what one unit more of it would save, whole numbers aside.
    """

    status: str
    reason: str | None = None
    mixes: Mapping[str, Mix] = field(default_factory=dict)
    cost_usd: float = np.nan
    bound_usd: float = np.nan
    shadow_usd: Mapping[str, float] = field(default_factory=dict)

    @property
    def gap_frac(self) -> float:
        """Distance from the best plan there could be, over the cost."""
        return max(self.cost_usd - self.bound_usd, 0.0) / max(abs(self.cost_usd), 1.0)


def solve(offers: Sequence[Offer], limits: Limits | None = None, *, gap_frac: float = GAP_FRAC) -> Solution:
    """The plan of least present value of cost for all workloads together.

    Args:
        offers: what may be chosen, by workload.
        limits: what they share.
        gap_frac: distance from the best at which the search may end.
    """
    limits = limits or Limits()
    program, parts, rows = _program(offers, limits)
    answer = _on_the_curve(program, parts)
    if answer.values is None:
        return Solution("infeasible", _conflict(offers, limits))
    best: Solution | None = None
    constant = sum(part.constant_usd for part in parts)
    # The solver measures its gap by its own objective, which leaves out what no choice changes.
    own_frac = gap_frac / 2.0 * abs(answer.bound_usd + constant) / max(abs(answer.bound_usd), 1.0)
    for _ in range(MOST_ROUNDS):
        answer = program.whole_numbers(own_frac)
        if answer.values is None:
            return best or Solution("infeasible", _conflict(offers, limits))
        mixes = {part.offer.workload: part.mix(answer.values) for part in parts}
        cost = sum(_cost_usd(part.offer, mixes[part.offer.workload]) for part in parts)
        if best is None or cost < best.cost_usd:
            best = Solution(answer.status, None, mixes, cost)
            chosen = answer.values
        best = replace(best, bound_usd=min(answer.bound_usd + constant, best.cost_usd), status=answer.status)
        if best.gap_frac <= gap_frac or not _add_tangents(program, parts, answer.values):
            break
    if best is None:
        raise ValueError("no round was made")
    return replace(best, shadow_usd=_shadow(program, parts, rows, chosen))


def _cost_usd(offer: Offer, mix: Mix) -> float:
    return float(evaluate(offer.world, Capacity(mix=mix), offer.components, offer.tax).npv_usd[0])


def _on_the_curve(program: Program, parts: Sequence[Part], fixed: Mapping[int, float] | None = None) -> Answer:
    """Solve with fractions, adding tangents until the answer serves no more than its capacity can."""
    answer = program.relaxed(fixed)
    for _ in range(MOST_ROUNDS):
        if answer.values is None or not _add_tangents(program, parts, answer.values):
            break
        answer = program.relaxed(fixed)
    return answer


def _shadow(
    program: Program, parts: Sequence[Part], rows: Mapping[str, LimitRows], values: FloatArray
) -> dict[str, float]:
    """What one unit more of each limit saves, with the sites as they are opened and servers in fractions."""
    if not rows:
        return {}
    fixed = {step: float(np.rint(values[step])) for part in parts for step in part.steps}
    answer = _on_the_curve(program, parts, fixed)
    if answer.marginal_usd is None:
        return {}
    marginal = answer.marginal_usd
    return {name: float(-marginal[of.rows].sum()) * of.unit_ratio + 0.0 for name, of in rows.items()}


def _conflict(offers: Sequence[Offer], limits: Limits) -> str:
    """A smallest set of limits that cannot hold together: each is dropped once, and kept only if needed."""
    kept = {**limits.named(), **({} if all(offer.on_demand for offer in offers) else {COVERAGE: 1.0})}
    for name in list(kept):
        without = {key: value for key, value in kept.items() if key != name}
        eased = Limits(**{key: value for key, value in without.items() if key != COVERAGE})
        free = [replace(offer, on_demand=offer.on_demand or COVERAGE not in without) for offer in offers]
        if _program(free, eased)[0].whole_numbers().values is None:
            kept = without
    said = [name if name == COVERAGE else f"{name} of {value:,.10g}" for name, value in kept.items()]
    return f"cannot hold together: {' and '.join(said) or 'what is offered'}"


def _program(offers: Sequence[Offer], limits: Limits) -> tuple[Program, list[Part], dict[str, LimitRows]]:
    program = Program()
    parts = [_part(program, offer) for offer in offers]
    return program, parts, limit_rows(program, parts, limits)


def _most_servers(offer: Offer) -> int:
    """Servers that would cover the highest hour of the horizon."""
    world = offer.world
    if not offer.own or "server_gpus" not in world.values:
        return 0
    working = world.values["server_gpus"][0] * world.usable_frac[0] * world.own_work_ratio[0]
    peak = (world.demand_gpus[0] * world.curve.demand_ratio[-1] - world.existing.gpus).max()
    return int(max(np.ceil(peak / working - 1e-9), 0.0)) if working > 0.0 else 0


def _part(program: Program, offer: Offer) -> Part:
    """Columns and rows of one workload."""
    world = offer.world
    most = _most_servers(offer)
    server = server_costs(world, offer.components, offer.tax, most) if most else None
    if server is not None and not server.order_months.size:
        server = None
    commitments = {kind: commitment_costs(world, kind, offer.tax) for kind in sorted(offer.kinds)}
    running = {kind: cost.running_usd_per_gpu_hour for kind, cost in commitments.items()}
    if server is not None:
        running[OWN] = server.running_usd_per_gpu_hour
    merit = sorted(running, key=lambda name: (float(running[name].sum()), name))
    part = Part(offer, server, commitments, tuple(merit), [], 0.0)

    peak = float(np.ceil((world.demand_gpus[0] * world.curve.demand_ratio[-1]).max() - 1e-9))
    if server is not None:
        # Decided when the world says first, then in the rhythm of the company.
        upper = np.where((server.order_months - server.order_months[0]) % offer.every_months == 0, float(most), 0.0)
        part.orders = program.add(server.fixed_usd, upper.size, upper=upper, whole=True)
        _add_site(program, part, server, most)
    for kind, cost in commitments.items():
        upper = np.where(np.arange(world.months) % offer.every_months == 0, peak, 0.0)
        part.signed[kind] = program.add(cost.fixed_usd, world.months, upper=upper, whole=True)
    _add_levels(program, part, merit, running)
    return part


def _add_levels(program: Program, part: Part, merit: Sequence[str], running: Mapping[str, FloatArray]) -> None:
    """Capacity and hours served, level by level in the order of merit, and what is left for spot and on demand.

    `cost = Σ_l ρ_l·h·(S_l − S_{l−1}) + p·h·(D − S_L)`: each level served is worth the next level's running cost less
    its own.
    """
    offer, world = part.offer, part.offer.world
    months, hours = world.months, world.month_hours
    price = hourly_usd(world, ON_DEMAND, offer.tax)
    below = served_gpus(world, np.broadcast_to(world.existing.gpus, (1, months)))[0]
    demand = world.demand_gpus[0]
    part.constant_usd = float((price * hours * demand).sum()) + _existing_usd(offer)
    groups = _groups(part, merit, running)
    costs = [running[group[0]] for group in groups] + [price]
    part.constant_usd -= float((costs[0] * hours * below).sum())
    before: Columns | None = None
    for place, group in enumerate(groups):
        gpus = program.add(0.0, months)
        served = program.add(-(costs[place + 1] - costs[place]) * hours, months)
        for month in range(months):
            pairs = [_held(part, name, month) for name in group]
            columns = np.concatenate([*(pair[0] for pair in pairs), gpus[month : month + 1]])
            held = np.concatenate([*(-pair[1] for pair in pairs), np.ones(1)])
            if before is not None:
                columns, held = np.append(columns, before[month]), np.append(held, -1.0)
            program.at_most(columns, held, world.existing.gpus[month] if before is None else 0.0)
        before = gpus
        part.levels.append(Level(group[0], gpus, served))
    for level in part.levels:
        for month in range(months):
            ratio = np.quantile(world.curve.demand_ratio, np.linspace(0.0, 1.0, BLOCKS))
            for gpus_at in np.unique(np.append(ratio * demand[month], 0.0)):
                _tangent(program, world, level, month, float(gpus_at))
    for lower, upper in itertools.pairwise(part.levels):
        for month in range(months):
            program.at_most(np.array([lower.served[month], upper.served[month]]), np.array([1.0, -1.0]), 0.0)
    _add_rest(program, part, price, demand)


def _groups(part: Part, merit: Sequence[str], running: Mapping[str, FloatArray]) -> list[list[str]]:
    """Kinds that cost the same to run stand on one level, unless it matters whose hours they are."""
    groups: list[list[str]] = []
    for name in merit:
        same = groups and np.array_equal(running[groups[-1][0]], running[name]) and not part.offer.counterparties
        if same:
            groups[-1].append(name)
        else:
            groups.append([name])
    return groups


def _held(part: Part, name: str, month: int) -> tuple[Columns, FloatArray]:
    """Columns of a kind and the GPUs each unit of them brings in a month."""
    if name == OWN and part.server is not None and part.orders is not None:
        return part.orders, part.server.working_gpus[:, month]
    return part.signed[name], part.commitments[name].held[:, month]


def _add_rest(program: Program, part: Part, price: FloatArray, demand: FloatArray) -> None:
    """Spot up to its share, on demand where it may be had, else capacity for the highest hour."""
    offer, world = part.offer, part.offer.world
    top = part.levels[-1] if part.levels else None
    below = served_gpus(world, np.broadcast_to(world.existing.gpus, (1, world.months)))[0]
    if offer.spot_frac > 0.0:
        saved = price - hourly_usd(world, SPOT, offer.tax)
        if (saved > 0.0).all():
            part.spot = program.add(-saved * world.month_hours, world.months)
            for month in range(world.months):
                program.at_most(part.spot[month : month + 1], np.ones(1), offer.spot_frac * demand[month])
                both = np.array([part.spot[month], *([top.served[month]] if top else [])])
                program.at_most(both, np.ones(both.size), demand[month] - (0.0 if top else below[month]))
    if offer.on_demand:
        return
    for month in range(world.months):
        peak = demand[month] * world.curve.demand_ratio[-1]
        columns = np.array([top.gpus[month]]) if top else np.zeros(0, dtype=np.int64)
        held = 0.0 if top else world.existing.gpus[month]
        program.at_most(columns, np.full(columns.size, -1.0), held - peak + 1e-9 * max(peak, 1.0))


def _add_site(program: Program, part: Part, server: ServerCosts, most: int) -> None:
    """What a site pays for N servers, in steps: a column for each step of each month, taken if N reaches it."""
    if part.orders is None:
        return
    rise = np.diff(server.site_usd, axis=0)
    for month in np.flatnonzero(server.servers.any(axis=0)):
        slope = float(rise[:, month].min())
        extra = rise[:, month] - slope
        steps = np.flatnonzero(extra > 1e-9 * max(abs(rise[:, month]).max(), 1e-9))
        if slope:
            count = program.add(slope, 1)
            program.at_most(np.append(part.orders, count), np.append(server.servers[:, month], -1.0), 0.0)
        if not steps.size:
            continue
        taken = program.add(extra[steps], steps.size, upper=1.0, whole=True)
        part.steps += taken.tolist()
        width = np.diff(np.append(steps, most))
        columns, coefficients = np.append(part.orders, taken), np.append(server.servers[:, month], -width)
        program.at_most(columns, coefficients, float(steps[0]))
        for lower, upper in itertools.pairwise(taken):
            program.at_most(np.array([upper, lower]), np.array([1.0, -1.0]), 0.0)


def _existing_usd(offer: Offer) -> float:
    """Present value of what contracts already signed cost, whatever is chosen."""
    world = offer.world
    laid = plan_of_mix(world, Mix(np.zeros(world.months)), {})
    lines = [line for kind, columns in laid.leases if kind == EXISTING
             for line in lease_lines(world, kind, columns, offer.tax)]  # fmt: skip
    return float(by_month_usd(world, lines).sum()) if lines else 0.0


def _tangent(program: Program, world: World, level: Level, month: int, gpus: float) -> None:
    """Hours served lie below the tangent of the curve at a capacity."""
    demand = float(world.demand_gpus[0, month])
    ratio = np.array(gpus / demand if demand > 0.0 else 0.0)
    slope = float(world.curve.exceedance_frac(ratio)) if demand > 0.0 else 0.0
    reached = demand * float(world.curve.served_frac(ratio))
    columns = np.array([level.served[month], level.gpus[month]])
    program.at_most(columns, np.array([1.0, -slope]), reached - slope * gpus)


def _add_tangents(program: Program, parts: Sequence[Part], values: FloatArray) -> bool:
    """Tangents where an answer serves more than its capacity can; False where it nowhere does."""
    added = False
    for part in parts:
        world = part.offer.world
        for level in part.levels:
            gpus = values[level.gpus]
            reached = served_gpus(world, gpus[None, :])[0]
            scale = np.maximum(world.demand_gpus[0], 1.0)
            for month in np.flatnonzero(values[level.served] > reached + 1e-8 * scale):
                _tangent(program, world, level, int(month), float(gpus[month]))
                added = True
    return added
