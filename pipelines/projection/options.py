"""The ways in which one strategy can be carried out - how it is paid, when it starts - and the best of them.

Belongs here: which ways a scenario asks for, why one cannot be done, which is best. Not here: how much a strategy holds
(`strategies/`), and which strategy to take (`engine.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np

from pipelines.economics.rates import FloatArray
from pipelines.leasing import all_lease_contracts
from pipelines.projection import measures
from pipelines.projection.capacity import Sizer
from pipelines.projection.constraints import reason_of, verdicts
from pipelines.projection.draws import Draws
from pipelines.projection.facility import BUILD_KEY
from pipelines.projection.flows import Flows, evaluate
from pipelines.projection.payment import NO_UPFRONT, PAYMENT_NEEDS, PaymentForm
from pipelines.projection.plan import Capacity
from pipelines.projection.planning import Planned, plan_case
from pipelines.projection.rows import CENT_USD, Case, Outcome, Row, held_gpus
from pipelines.projection.rules import OWN, Verdict
from pipelines.projection.simulation import CHUNK_CELLS
from pipelines.projection.strategies import (
    COLOCATION,
    DATA_CENTER,
    REFERENCES,
    Strategy,
    all_strategies,
    is_planned,
    pays_by_form,
    site_of,
)
from pipelines.projection.world import World

NO_CHOICE: Final = "no_choice"
WAYS_DRAWS: Final = 1_000  # the ways of a strategy meet the same draws, so their order shows in few; the best meets all


@dataclass(frozen=True)
class Way:
    """One way to carry a strategy out.

    Attributes:
        form: how it is paid; 'no_choice' where the strategy leaves none.
        wait_months: months before it starts.
    """

    form: PaymentForm | Literal["no_choice"]
    wait_months: int

    @property
    def payment_form(self) -> PaymentForm:
        """How a commitment is paid."""
        return NO_UPFRONT if self.form == "no_choice" else self.form


@dataclass(frozen=True)
class Tried:
    """A way, with what came of it.

    Attributes:
        way: the way.
        capacity: what it holds; None where it cannot be done.
        central: its cash in the world without chance; None where it cannot be done.
        reason: why it cannot be done.
        npv_usd: present value of the cost over the first `WAYS_DRAWS` draws; None where there was nothing to choose.
        verdicts: every rule and limit on it, where it could be worked out.
        cost_usd: present value of its cost without chance, whether it is allowed or not.
        planned: the solver's plan behind it; None where it is sized by a rule of its own.
    """

    way: Way
    capacity: Capacity | None
    central: Flows | None
    reason: str | None
    npv_usd: FloatArray | None = None
    verdicts: tuple[Verdict, ...] = ()
    cost_usd: float | None = None
    planned: Planned | None = None


def ways_of(case: Case, name: str) -> Iterator[Way]:
    """Every way to try: the earliest start first, and within it the forms as the scenario lists them."""
    scenario = case.scenario
    # A plan chooses its own months.
    if name in REFERENCES.values() or is_planned(all_strategies()[name]):
        yield Way(NO_CHOICE, 0)
        return
    forms = scenario.payment_forms if pays_by_form(all_strategies()[name]) else (NO_CHOICE,)
    for wait_months in sorted({*scenario.wait_months}):
        for form in dict.fromkeys(forms):
            yield Way(form, wait_months)


def sized_ways(case: Case, name: str) -> list[Tried]:
    """Every way of a strategy: sized and run without chance, or why it cannot be done.

    Args:
        case: the workload.
        name: strategy.
    """
    return [_sized(case, name, way) for way in ways_of(case, name)]


def weighed(
    tried: Mapping[str, Sequence[Tried]],
    world_of: Callable[[Draws], World],
    draws: Draws,
    case: Case,
    chunk_draws: int | None,
) -> dict[str, list[Tried]]:
    """The same with the present value of the cost over the first draws, where a strategy has several ways.

    Args:
        tried: ways by strategy.
        world_of: makes the world of some draws.
        draws: all of them; the first `WAYS_DRAWS` are used.
        case: the workload.
        chunk_draws: draws of a part; no result depends on it.
    """
    draws = replace(draws, count=min(draws.count, WAYS_DRAWS))
    chosen = {name: [item for item in ways if item.capacity] for name, ways in tried.items() if len(ways) > 1}
    found = {(name, item.way): np.empty(draws.count) for name, ways in chosen.items() for item in ways}
    if found:
        for part in draws.chunks(chunk_draws or max(CHUNK_CELLS // case.central.months, 1)):
            world, first = world_of(part), part.first_index - draws.first_index
            for name, ways in chosen.items():
                for item in ways:
                    flows = evaluate(world, item.capacity or Capacity(), case.setting.components, case.scenario.tax)
                    found[name, item.way][first : first + world.draws] = flows.npv_usd
    return {name: [replace(item, npv_usd=found.get((name, item.way))) for item in ways] for name, ways in tried.items()}


def best_of(ways: Sequence[Tried]) -> Tried | None:
    """The lowest mean present value of cost; of ways that cost the same to half a cent, the one tried first."""
    best: Tried | None = None
    for item in ways:
        if item.central is None:
            continue
        if best is None or item.npv_usd is None or best.npv_usd is None:
            best = best or item
        elif item.npv_usd.mean() < best.npv_usd.mean() - CENT_USD:
            best = item
    return best


def option_rows(case: Case, ways: Sequence[Tried], best: Tried | None, reference: Outcome,
                simulated_usd: FloatArray | None) -> list[Row]:  # fmt: skip
    """A row for each way tried, with what it saves and what waiting for it is worth.

    Ways that were weighed are all told over the draws in which they were, so that their rows can be compared.

    Args:
        case: the workload.
        ways: all of one strategy.
        best: the one taken.
        reference: what they are compared with.
        simulated_usd: present value of the cost of the best over all draws; for a strategy of one way.
    """
    rows = []
    for item in ways:
        row: Row = {
            "payment_form": item.way.form,
            "start_month_index": item.way.wait_months,
            "start_date": case.starts[item.way.wait_months],
            "best": item is best,
            "feasible": item.central is not None and item.reason is None,
            "infeasible_reason": item.reason,
        }
        npv_usd = simulated_usd if item.npv_usd is None else item.npv_usd
        if item.central is not None and item.capacity is not None and npv_usd is not None:
            saving = reference.drawn.npv_usd[: npv_usd.size] - npv_usd
            row |= held_gpus(item.capacity, item.central) | {
                "npv_cost_usd": float(item.central.npv_usd[0]),
                "npv_saving_usd": float(reference.central.npv_usd[0] - item.central.npv_usd[0]),
                "cheaper_draws_frac": float((saving > CENT_USD).mean()),
                "mean_npv_saving_usd": float(saving.mean()),
                "p5_npv_saving_usd": measures.quantile_of(saving, 0.05),
                "p95_npv_saving_usd": measures.quantile_of(saving, 0.95),
            }
        rows.append(row)
    _value_waiting(rows)
    return rows


def _value_waiting(rows: Sequence[Row]) -> None:
    """What each way saves more than the best that starts first; null where no earlier start can be done."""
    able = [row for row in rows if row["feasible"]]
    first = min((row["start_month_index"] for row in able), default=0)
    at_first = max((row["mean_npv_saving_usd"] for row in able if row["start_month_index"] == first), default=0.0)
    for row in rows:
        later = row["feasible"] and row["start_month_index"] > first
        row["waiting_value_usd"] = row["mean_npv_saving_usd"] - at_first if later else None


def _sized(case: Case, name: str, way: Way) -> Tried:
    """What a strategy holds one way and what that costs without chance, and why it is not allowed or cannot be done."""
    strategy = all_strategies()[name]
    if reason := _obstacle(case, strategy, way):
        return Tried(way, None, None, reason)
    scenario, site = case.scenario, site_of(strategy)
    components = case.setting.components_at(site)
    planned = plan_case(case) if is_planned(strategy) else None
    if planned is not None and planned.mix is None:
        return Tried(way, None, None, planned.reason, planned=planned)
    sizer = Sizer(
        case.central,
        components,
        scenario.tax,
        scenario.sizing,
        case.subject.owned_gpus,
        planned=planned.mix if planned else None,
        payment_form=way.payment_form,
        wait_months=way.wait_months,
        in_data_center=site == DATA_CENTER,
    )
    of_site = None if site == COLOCATION else components
    capacity = replace(strategy.size(sizer), wait_months=way.wait_months, components=of_site)
    central = evaluate(case.central, capacity, components, scenario.tax)
    options = planned.options if planned else (*((OWN,) if strategy.OWNS else ()), *strategy.CONTRACTS)
    lead = _lead_months(case, site) if OWN in options else 0.0
    found = verdicts(scenario.constraints, scenario.options, options, central, lead)
    reason = reason_of(found)
    # Staying is run even where it is not allowed, because the others are compared with it.
    run = reason is None or name in REFERENCES.values()
    return Tried(
        way,
        capacity if run else None,
        central if run else None,
        reason,
        verdicts=found,
        cost_usd=float(central.npv_usd[0]),
        planned=planned,
    )


def _obstacle(case: Case, strategy: Strategy, way: Way) -> str | None:
    """Why a strategy cannot be done, before sizing it."""
    if case.subject.fleet and (reason := case.setting.lacks(case.setting.owning_keys)):
        return reason
    contracts = all_lease_contracts()
    needed = [key for name in strategy.CONTRACTS for key in contracts[name].NEEDS]
    needed += PAYMENT_NEEDS[way.payment_form]
    if reason := case.setting.lacks([*needed, *case.central.extras]):
        return reason
    if way.wait_months >= case.central.months:
        return f"it would start in month {way.wait_months}, after the horizon of {case.central.months} months"
    return _obstacle_to_owning(case, way, site_of(strategy)) if strategy.OWNS else None


def _obstacle_to_owning(case: Case, way: Way, site: str) -> str | None:
    """Why hardware cannot be bought that way."""
    if reason := case.setting.lacks(case.setting.owning_keys_at(site)):
        return reason
    live = case.central.order_month_index + way.wait_months + _lead_months(case, site)
    if live >= case.central.months:
        return f"hardware would go live in month {live:.0f}, after the horizon of {case.central.months} months"
    return None


def _lead_months(case: Case, site: str) -> float:
    """Months from the order to the first hour of service: of the hardware, or of the building if that takes longer."""
    times = ["lead_time_months", *([BUILD_KEY] if site == DATA_CENTER else [])]
    return max(float(case.central.values[key][0]) for key in times)
