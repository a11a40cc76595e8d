"""From a workload's case to its capacity plan: what may be offered to the solver, and the plan as rows.

Belongs here: which options the scenario leaves open, and the table. Not here: the program (`capacity_plan.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from pipelines.economics.rates import FloatArray
from pipelines.leasing import all_lease_contracts
from pipelines.projection.capacity_plan import Solution, solve
from pipelines.projection.flows import LEASED, OWNED, Flows
from pipelines.projection.mix import Mix, plan_of_mix
from pipelines.projection.mix_costs import by_month_usd
from pipelines.projection.plan_parts import ON_DEMAND, SPOT, Limits, Offer
from pipelines.projection.rules import OWN, Constraints, judged
from pipelines.projection.strategies import all_strategies

if TYPE_CHECKING:
    from pipelines.projection.rows import Case

HELD_GPUS: Final = 1e-9  # a kind that never holds more is in no plan


@dataclass(frozen=True)
class Planned:
    """A solved plan.

    Attributes:
        solution: what the solver found.
        mix: what it holds; None where nothing keeps to the limits.
        options: what it may use.
        left_out: by rule, why it leaves an option out.
        lifted: the same, with what the plan would cost less without the rule; and limits of which one unit more is
            worth nothing, but their lifting is.
    """

    solution: Solution
    mix: Mix | None
    options: tuple[str, ...]
    left_out: Mapping[str, str]
    lifted: Mapping[str, tuple[str, float]]

    @property
    def reason(self) -> str:
        """Why nothing keeps to the limits."""
        because = "; ".join(dict.fromkeys(self.left_out.values()))
        return f"its limits {self.solution.reason}" + (f" ({because})" if because else "")


def plan_case(case: Case) -> Planned:
    """Solve a workload's plan, and price each rule that leaves an option out by solving again without it."""
    rules = case.scenario.constraints
    offer, barred = _offer(case, rules)
    limits = Limits(**{name: getattr(rules, name) for name in vars(Limits())})
    solution = solve([offer], limits)
    lifted: dict[str, tuple[str, float]] = {}
    for rule, reason in barred.items():
        freer, _ = _offer(case, rules.model_copy(update={rule: None}))
        without = solve([freer], limits)
        if solution.mixes and without.mixes:
            # Two plans within the gap of the solver are the same.
            saved = solution.cost_usd - without.cost_usd
            lifted[rule] = (reason, saved if saved > without.gap_frac * abs(without.cost_usd) else 0.0)
        elif without.mixes:
            lifted[rule] = (reason, 0.0)
    # A site that is not opened makes the first unit more worth nothing, and all of them together much.
    for name in limits.named():
        if solution.mixes and not solution.shadow_usd.get(name):
            without = solve([offer], replace(limits, **{name: None}))
            saved = solution.cost_usd - without.cost_usd
            if saved > without.gap_frac * abs(without.cost_usd):
                lifted[name] = ("", saved)
    options = (*((OWN,) if offer.own else ()), *offer.kinds, *((ON_DEMAND,) if offer.on_demand else ()))
    if offer.spot_frac > 0.0:
        options = (*options, SPOT)
    return Planned(solution, solution.mixes.get(offer.workload), options, barred, lifted)


def _offer(case: Case, rules: Constraints) -> tuple[Offer, dict[str, str]]:
    """What the scenario leaves open, and why not the rest, by rule.

    Kinds of commitment are those that its strategies name; owning needs every number of its components.
    """
    scenario, setting, facts = case.scenario, case.setting, case.scenario.options
    barred: dict[str, str] = {}

    def allowed(option: str) -> bool:
        found = [item for item in judged(rules, [option], facts) if item.met is not True]
        if option == OWN and rules.max_lead_time_months is not None:
            lead = float(case.central.values["lead_time_months"][0])
            if lead > rules.max_lead_time_months:
                barred["max_lead_time_months"] = f"own would wait {lead:.0f} months for its hardware"
                return False
        for item in found:
            barred[item.name] = "; ".join(filter(None, (barred.get(item.name), item.reason)))
        return not found

    contracts = all_lease_contracts()
    named = sorted({name for strategy in scenario.strategies for name in all_strategies()[strategy].CONTRACTS})
    known = [name for name in named if not setting.lacks(contracts[name].NEEDS)]
    kinds = tuple(name for name in known if contracts[name].TERM_MONTHS and allowed(name))
    able = setting.lacks(setting.owning_keys) is None and not case.central.fixed_by_use
    spot_frac = rules.max_spot_frac if SPOT in contracts and not setting.lacks(contracts[SPOT].NEEDS) else 0.0
    offer = Offer(
        workload=case.subject.workload,
        world=case.central,
        components=setting.components,
        tax=scenario.tax,
        own=able and allowed(OWN),
        kinds=kinds,
        on_demand=allowed(ON_DEMAND),
        spot_frac=spot_frac if spot_frac and allowed(SPOT) else 0.0,
        counterparties={name: item.counterparty for name, item in facts.items() if item.counterparty},
        every_months=scenario.sizing.decide_every_months,
    )
    if rules.max_share_per_counterparty_frac is not None:
        offer = _of_known_lessors(offer)
    return offer, barred


def _of_known_lessors(offer: Offer) -> Offer:
    """Where the share of one third party is limited, a lessor that is not known proves nothing."""
    known = offer.counterparties
    return replace(
        offer,
        kinds=tuple(kind for kind in offer.kinds if kind in known),
        on_demand=offer.on_demand and ON_DEMAND in known,
        spot_frac=offer.spot_frac if SPOT in known else 0.0,
    )


def plan_rows(case: Case, planned: Planned, flows: Flows) -> list[dict[str, Any]]:
    """The plan by month and kind of capacity.

    Args:
        case: the workload.
        planned: its plan.
        flows: the plan in the world without chance.
    """
    if planned.mix is None:
        return []
    world, mix, solution = case.central, planned.mix, planned.solution
    contracts = all_lease_contracts()
    terms = {kind: contracts[kind].TERM_MONTHS or world.months for kind in mix.signed_gpus}
    laid = plan_of_mix(world, mix, terms)
    none = np.zeros(world.months)
    parts: dict[str, tuple[FloatArray, FloatArray, FloatArray, FloatArray]] = {}
    if laid.cohorts:
        sold = sum(((part["owned_gpus"] * part["retire_due_count"])[0] for part in laid.cohorts), none)
        parts[OWN] = (laid.plan.columns["owned_gpus"][0], mix.ordered_gpus, sold, laid.plan.owned_used_gpu_hours[0])
    for kind, (held, used) in laid.plan.leases.items():
        signed = mix.signed_gpus.get(kind, none)
        ended = np.zeros(world.months)
        if kind in terms:
            ended[terms[kind] - 1 :] = signed[: max(world.months - terms[kind] + 1, 0)]
        parts[kind] = (held[0], signed, ended, used[0])
    demand = world.demand_gpus[0]
    whole = {
        "plan_cost_usd": solution.cost_usd,
        "bound_usd": solution.bound_usd,
        "gap_frac": solution.gap_frac,
        "solver_status": solution.status,
    }
    rows = []
    for name, (held, ordered, ended, used) in sorted(parts.items()):
        if max(float(held.max()), float(ordered.max())) <= HELD_GPUS:
            continue
        nominal, present = _cash(flows, name)
        for month in range(world.months):
            rows.append(
                {
                    **case.key,
                    "month_index": month,
                    "month_start_date": case.starts[month],
                    "capacity": name,
                    "gpu_model": case.setting.own_gpu_model if name == OWN else case.subject.gpu_model,
                    "held_gpus": float(held[month]),
                    "ordered_gpus": float(ordered[month]),
                    "ended_gpus": float(ended[month]),
                    "used_gpu_hours": max(float(used[month]), 0.0),
                    "demand_gpus": float(demand[month]),
                    "peak_gpus": float(demand[month] * world.curve.demand_ratio[-1]),
                    "cost_usd_nominal": float(nominal[month]),
                    "present_value_usd": float(present[month]),
                    **whole,
                }
            )
    return rows


def _cash(flows: Flows, name: str) -> tuple[FloatArray, FloatArray]:
    """Cash by month of one kind of capacity, nominal and present, with its part of the tax on leases."""
    world = flows.world
    if name == OWN:
        lines = [line for line in flows.lines if line.sourcing == OWNED]
        return sum((line.total[0] for line in lines), np.zeros(world.months)), by_month_usd(world, lines)[0]
    of = world.market if name == ON_DEMAND else name
    lines = [line for line in flows.lines if line.name == of]
    leased = [line for line in flows.lines if line.sourcing == LEASED and line.tax == "expense"]
    tax = [line for line in flows.lines if line.sourcing == LEASED and line.tax == "tax"]
    nominal = sum((line.total[0] for line in lines), np.zeros(world.months))
    total = sum((line.total[0] for line in leased), np.zeros(world.months))
    share = np.divide(nominal, total, out=np.zeros(world.months), where=total != 0.0)
    taxed = sum((line.total[0] for line in tax), np.zeros(world.months)) * share
    present = by_month_usd(world, lines)[0] + by_month_usd(world, tax)[0] * share
    return nominal + taxed, present
