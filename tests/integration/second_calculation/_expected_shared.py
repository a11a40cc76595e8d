"""Who bears a line of a bill that names nobody: by the driver that the register declares for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction

from _company import Company, Row
from _expected_bills import NO_MODEL, Charge, Holder, Pool
from _expected_rules import IDLE, NOBODY, SHARED, first_rule, holds, matches
from _expected_shares import MILLIONTHS_PER_USD, MILLIWATT_HOURS_PER_KWH, counted, sums
from _expected_usage import Usage

Weights = Mapping[Holder, Fraction]


class SharedCost:
    """What drivers weigh by.

    Attributes:
        held: GPU time of each pool and workload.
        direct: direct cost of each pool and workload.
        named: lines that would be shared and name their workload.
    """

    def __init__(self, company: Company, usage: Usage, held: Weights, direct: Weights, named: Iterable[Charge]) -> None:
        self.company, self.usage, self.held, self.direct, self.named = company, usage, held, direct, list(named)

    def weights(self, charge: Charge) -> tuple[str, Weights]:
        """The driver that finds somebody, and the weights of those it finds."""
        rule = first_rule(self.company.drivers, lambda rule: _is_for(rule, charge))
        nowhere = Pool(charge.day, "leased", charge.provider, NO_MODEL)
        if rule and rule["driver"] == "workload":
            return "workload", {(nowhere, rule["workload"]): Fraction(1)}
        for driver in (rule["driver"] if rule else "gpu_hours", "gpu_hours"):
            weights = self._weights(driver, charge)
            there = {at: weight for at, weight in weights.items() if at[0][:3] == nowhere[:3] and weight > 0}
            if there:
                return driver, there
        return "none", {(nowhere, SHARED): Fraction(1)}

    def _weights(self, driver: str, charge: Charge) -> Weights:
        if driver == "gpu_hours":
            return self.held
        if driver == "equal":
            return self._once_each(charge)
        if driver == "direct_cost":
            weights, units = self.direct, MILLIONTHS_PER_USD
        elif driver == "tagged_cost":
            like = [one for one in self.named if one.service == charge.service]
            weights, units = sums(((one.pool, one.workload or ""), one.usd) for one in like), MILLIONTHS_PER_USD
        else:
            weights, units = self._energy(), MILLIWATT_HOURS_PER_KWH
        return {at: counted(weight, units) for at, weight in weights.items()}

    def _once_each(self, charge: Charge) -> Weights:
        """One for each workload, on the pool it held most of; among equals the first by name."""
        most: dict[str, tuple[Fraction, Pool]] = {}
        for (pool, workload), hours in sorted(self.held.items()):
            is_there = pool[:3] == (charge.day, "leased", charge.provider)
            if is_there and (workload not in most or hours > most[workload][0]):
                most[workload] = (hours, pool)
        return {(pool, workload): Fraction(1) for workload, (_, pool) in most.items()}

    def _energy(self) -> Weights:
        return sums(
            ((self.usage.pool_of[at], workload), share.kwh)
            for at in self.usage.devices
            for workload, share in self.usage.shares(at).items()
            if workload not in (IDLE, NOBODY)
        )


def _is_for(rule: Row, charge: Charge) -> bool:
    fields = {
        "provider_pattern": charge.provider,
        "service_category_pattern": charge.service_category,
        "service_pattern": charge.service,
        "charge_category_pattern": charge.charge_category,
    }
    named = {name: value for name, value in fields.items() if rule.get(name) is not None}
    return holds(rule, charge.day) and all(matches(rule[name], value) for name, value in named.items())
