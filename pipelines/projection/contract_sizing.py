"""How much to sign on a contract with take-or-pay: the level whose contract and remaining peak together cost least.

Take-or-pay is owed on the whole, not layer by layer, so the rule of screening curves does not hold: every level is
tried.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipelines.economics.rates import FloatArray
from pipelines.projection.flows import discounting
from pipelines.projection.plan import stub_hours
from pipelines.projection.world import World


@dataclass(frozen=True)
class Offer:
    """What a lessor offers, in the world without chance.

    Attributes:
        price_ratio: its price over the on-demand price at signature.
        term_months: how long it binds.
        ramp_months: months in which capacity climbs to its full size, in equal steps; only in the first term.
        take_or_pay_frac: share of the hours held that is owed whether used or not.
        prepaid_frac: share of the hours owed that is paid at signature.
        termination_fee_frac: share of what is still owed that leaving at the horizon costs.
    """

    price_ratio: float
    term_months: int
    ramp_months: float
    take_or_pay_frac: float
    prepaid_frac: float
    termination_fee_frac: float

    @classmethod
    def of(cls, world: World) -> Offer:
        """The offer as the assumptions describe it, each number at its base."""

        def number(key: str) -> float:
            return float(world.values[f"negotiated_{key}"][0])

        return cls(
            number("price_ratio"),
            max(round(number("term_months")), 1),
            number("ramp_months"),
            number("take_or_pay_frac"),
            number("prepaid_frac"),
            number("termination_fee_frac"),
        )


def signed_gpus(world: World, offer: Offer, wait_months: int) -> FloatArray:
    """GPUs held in each month, shape (months,); whole GPUs at full size.

    Args:
        world: without chance; its first draw is used.
        offer: the contract.
        wait_months: month of the first signature.
    """
    gpus = np.zeros(world.months)
    for start in range(wait_months, world.months, offer.term_months):
        term = slice(start, min(start + offer.term_months, world.months))
        climbed = np.ones(term.stop - term.start)
        if start == wait_months and offer.ramp_months > 0.0:
            climbed = np.minimum((np.arange(climbed.size) + 1.0) / offer.ramp_months, 1.0)
        gpus[term] = climbed * _best_level(world, offer, term, climbed)
    return gpus


def _best_level(world: World, offer: Offer, term: slice, climbed: FloatArray) -> int:
    """GPUs at full size that cost least over one term; 0 where none pays."""
    factors = {when: factor[0] for when, factor in discounting(world).items()}
    price, hours, demand = world.list_usd_per_gpu_hour[0], world.month_hours[term, None], world.demand_gpus[0][term]
    existing = world.existing.gpus[term, None]
    peak = int(np.ceil((demand * world.curve.demand_ratio[-1]).max() - 1e-9))
    held = climbed[:, None] * np.arange(peak + 1)[None, :]

    def served(gpus: FloatArray) -> FloatArray:
        ratio = np.divide(gpus, demand[:, None], out=np.zeros_like(gpus), where=demand[:, None] > 0.0)
        found: FloatArray = demand[:, None] * world.curve.served_frac(ratio)
        return found

    used = served(existing + held) - served(existing + np.zeros_like(held))
    contract_usd_per_gpu_hour = price[term.start] * offer.price_ratio
    owed = held * offer.take_or_pay_frac
    during = factors["during"][term, None]
    stub = stub_hours(world, term.start, offer.term_months)
    billed_usd = (np.maximum(used, owed) - offer.prepaid_frac * owed) * hours * contract_usd_per_gpu_hour
    saved_usd = used * hours * price[term, None]
    stub_owed = owed[-1] * stub
    prepaid_usd = offer.prepaid_frac * ((owed * hours).sum(axis=0) + stub_owed) * contract_usd_per_gpu_hour
    left_usd = (1.0 - offer.prepaid_frac) * stub_owed * offer.termination_fee_frac * contract_usd_per_gpu_hour
    cost_usd = ((billed_usd - saved_usd) * during).sum(axis=0)
    cost_usd = cost_usd + prepaid_usd * factors["start"][term.start] + left_usd * factors["end"][-1]
    cheapest = float(cost_usd.min())
    return int(np.argmax(cost_usd <= cheapest + 1e-9)) if cheapest < -1e-9 else 0
