"""What is allowed, and what that costs: the scenario's rules and limits on each strategy, with reasons and prices.

Belongs here: limits that are counted on a strategy's own plan, and the rows of the table. Not here: facts of an option
against a rule (`rules.py`), limits inside the solver's program (`plan_limits.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from pipelines.projection.assumptions import LIMIT_KEYS
from pipelines.projection.flows import Flows
from pipelines.projection.rules import OWN, Constraints, OptionFacts, Verdict, judged
from pipelines.units import MONTHS_PER_YEAR, unit_of

if TYPE_CHECKING:
    from pipelines.projection.capacity_plan import Solution
    from pipelines.projection.world import World

SAME_USD: Final = 0.005  # half a cent
SAME_FRAC: Final = 1e-9
RULE, LIMIT = "lifted", "per unit"


@dataclass(frozen=True)
class Priced:
    """A verdict with its price.

    Attributes:
        verdict: of one rule or limit on one strategy.
        shadow_usd: None where it is not computed.
        basis: `RULE` or `LIMIT`; None without a price.
    """

    verdict: Verdict
    shadow_usd: float | None = None
    basis: str | None = None


def verdicts(
    rules: Constraints, facts: Mapping[str, OptionFacts], options: Sequence[str], flows: Flows, lead_months: float
) -> tuple[Verdict, ...]:
    """Every rule and limit of a scenario on one strategy.

    Args:
        rules: of the scenario.
        facts: what is known, by option.
        options: what the strategy uses.
        flows: its cash and plan in the world without chance.
        lead_months: until what it buys is in service.
    """
    return (*judged(rules, options, facts), *_counted(rules, facts, options, flows, lead_months))


def reason_of(found: Sequence[Verdict]) -> str | None:
    """Why a strategy is not allowed, all reasons together; None where it is."""
    said = [item.reason for item in found if item.met is not True and item.reason]
    return "; ".join(dict.fromkeys(said)) or None


def _counted(
    rules: Constraints, facts: Mapping[str, OptionFacts], options: Sequence[str], flows: Flows, lead: float
) -> Iterator[Verdict]:
    """Limits that are counted on the plan."""
    world, fleet = flows.world, flows.plan.columns
    capital = sum((line.start[0] for line in flows.lines if line.tax == "capital"), np.zeros(world.months))
    if rules.max_lead_time_months is not None and OWN in options:
        limit = rules.max_lead_time_months
        why = f"its lead time of {lead:.0f} months is longer than the {limit:g} allowed"
        yield _at_most("max_lead_time_months", limit, lead, why)
    if rules.max_capex_usd is not None:
        limit, capex = rules.max_capex_usd, float(capital.sum())
        why = f"its capex of {capex:,.0f} USD is above the {limit:,.0f} USD allowed"
        yield _at_most("max_capex_usd", limit, capex, why)
    if rules.max_capex_usd_per_year is not None:
        limit = rules.max_capex_usd_per_year
        years = [float(capital[at : at + MONTHS_PER_YEAR].sum()) for at in range(0, world.months, MONTHS_PER_YEAR)]
        worst = int(np.argmax(years))
        yield _at_most("max_capex_usd_per_year", limit, years[worst],
                       f"its capex of {years[worst]:,.0f} USD in year {worst + 1} is above the {limit:,.0f} USD "
                       "allowed in a year")  # fmt: skip
    servers = float(fleet["owned_servers_count"][0].max()) if fleet else 0.0
    for name, what, unit in (("max_power_kw", "power", "kW"), ("max_rack_units", "height", "rack units")):
        limit = getattr(rules, name)
        if limit is not None:
            yield _of_servers(name, limit, servers, world, what, unit)
    if rules.max_share_per_counterparty_frac is not None:
        yield _share(rules.max_share_per_counterparty_frac, facts, flows)


def _at_most(name: str, limit: float, value: float, why: str) -> Verdict:
    met = value <= limit + SAME_FRAC * max(abs(limit), 1.0)
    return Verdict(name, f"{limit:,.10g}", f"{value:,.10g}", met, None if met else why, limit, value)


def _of_servers(name: str, limit: float, servers: float, world: World, what: str, unit: str) -> Verdict:
    """What all servers take together at their most."""
    key = LIMIT_KEYS[name]
    if servers and key not in world.values:
        reason = f"its fleet is not proven to fit: the {what} of a server ({key}) is not known"
        return Verdict(name, f"{limit:,.10g}", None, None, reason, limit)
    taken = servers * float(world.values[key][0]) if servers else 0.0
    return _at_most(name, limit, taken, f"its {servers:,.0f} servers take {taken:,.4g} {unit} of {limit:,.4g} allowed")


def _share(limit: float, facts: Mapping[str, OptionFacts], flows: Flows) -> Verdict:
    """Largest share of the GPU-hours of demand that one third party serves; owned at home is nobody's."""
    name, world = "max_share_per_counterparty_frac", flows.world
    total = float((world.demand_gpus[0] * world.month_hours).sum())
    hours = {kind: float(used[0].sum()) for kind, (_, used) in flows.plan.leases.items()}
    by_party: dict[str, float] = {}
    for kind, used in hours.items():
        party = facts[kind].counterparty if kind in facts else None
        if used > SAME_FRAC * max(total, 1.0) and party is None:
            reason = (
                f"{kind.replace('_', ' ')} is not proven to keep to {name.replace('_', ' ')}: its lessor is not known"
            )
            return Verdict(name, f"{limit:,.10g}", None, None, reason, limit)
        if party is not None:
            by_party[party] = by_party.get(party, 0.0) + used
    operator = facts[OWN].counterparty if OWN in facts else None
    if operator is not None:
        by_party[operator] = by_party.get(operator, 0.0) + total - sum(hours.values())
    most = max(by_party, key=lambda party: (by_party[party], party), default=None)
    share = by_party[most] / total if most is not None and total > 0.0 else 0.0
    # The curve of a month is read to nine digits, so is a share of it.
    met = share <= limit + 1e-6
    why = f"{most} would serve {share:.1%} of the GPU-hours, above the {limit:.0%} allowed to one third party"
    return Verdict(name, f"{limit:,.10g}", f"{share:,.6g}", met, None if met else why, limit, share)


def lifted_prices(found: Sequence[Verdict], cost_usd: float | None, best_usd: float | None) -> list[Priced]:
    """What lifting each rule alone saves, where a strategy is barred by it alone and costs less than the best allowed.

    Args:
        found: verdicts on the strategy.
        cost_usd: present value it would cost; None where that is not known.
        best_usd: present value of the best allowed strategy; None where none is.
    """
    barring = [item for item in found if item.met is not True]
    saved = None
    if len(barring) == 1 and best_usd is not None and cost_usd is not None:
        saved = max(best_usd - cost_usd, 0.0)
    priced = []
    for item in found:
        if item.met is True:
            priced.append(Priced(item))
        else:
            priced.append(Priced(item, saved, RULE if saved is not None else None))
    return priced


def plan_prices(found: Sequence[Verdict], solution: Solution, lifted: Mapping[str, tuple[str, float]]) -> list[Priced]:
    """Prices on a solved plan: limits by their duals, rules by what the plan costs less without them.

    Args:
        found: verdicts on the plan.
        solution: the plan.
        lifted: reason and saving by rule that leaves an option out.
    """
    priced = []
    for item in found:
        if item.name in lifted:
            reason, saved = lifted[item.name]
            kept = Verdict(**{**vars(item), "reason": item.reason or reason or None})
            priced.append(Priced(kept, saved, RULE))
        elif item.name in solution.shadow_usd:
            priced.append(Priced(item, max(solution.shadow_usd[item.name], 0.0), LIMIT))
        else:
            priced.append(Priced(item))
    return priced


def constraint_rows(key: Mapping[str, Any], priced: Sequence[Priced]) -> list[dict[str, Any]]:
    """Rows of one strategy."""
    return [
        {
            **key,
            "constraint_name": item.verdict.name,
            "unit_name": unit_of(item.verdict.name),
            "limit_text": item.verdict.limit,
            "limit_value": item.verdict.limit_value,
            "actual_text": item.verdict.value,
            "actual_value": item.verdict.actual_value,
            "met": item.verdict.met,
            "reason": item.verdict.reason,
            "binding": item.shadow_usd is not None and item.shadow_usd > SAME_USD * (item.basis == RULE),
            "shadow_price_usd": item.shadow_usd,
            "price_basis": item.basis,
        }
        for item in priced
    ]
