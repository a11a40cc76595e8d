"""What a strategy's cash means: payback, rate of return, distribution over draws, regret.

Belongs here: measures of one strategy against the reference. Not here: what would flip them (`thresholds.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from pipelines.economics.payback import payback_months
from pipelines.economics.rates import FloatArray, payment_months
from pipelines.economics.value import Irr, irr
from pipelines.projection.flows import Flows, discounting
from pipelines.projection.world import World
from pipelines.units import MONTHS_PER_YEAR

QUANTILES: Final = (0.05, 0.25, 0.5, 0.75, 0.95)
MONTHLY_QUANTILES: Final = (0.05, 0.5, 0.95)
TAIL_FRAC: Final = 0.05


@dataclass(frozen=True)
class SavingParts:
    """What a strategy saves at the start, during and at the end of each month, USD, shape (draws, months)."""

    world: World
    start: FloatArray
    during: FloatArray
    end: FloatArray

    @classmethod
    def of(cls, reference: Flows, own: Flows) -> SavingParts:
        """Reference minus strategy, in the same world."""
        return cls(own.world, *(reference.part(when) - own.part(when) for when in ("start", "during", "end")))

    @cached_property
    def simple_payback_months(self) -> FloatArray:
        """Months until the saving has repaid what was put in, by draw; NaN for never."""
        return payback_months(self.start, self.during, self.end)

    @cached_property
    def discounted_payback_months(self) -> FloatArray:
        """The same on discounted flows."""
        factors = discounting(self.world)
        return payback_months(self.start * factors["start"], self.during * factors["during"], self.end * factors["end"])

    @property
    def cumulative_usd(self) -> FloatArray:
        """What has been saved by the end of each month, undiscounted, shape (draws, months)."""
        saved: FloatArray = np.cumsum(self.start + self.during + self.end, axis=1)
        return saved


def incremental_irr(reference: Flows, own: Flows) -> Irr:
    """Annual internal rate of return of the saving in the first draw, on the half-months at which it falls."""
    parts = SavingParts.of(reference, own)
    start, during, end = parts.start[0], parts.during[0], parts.end[0]
    months = own.world.months
    flows = np.zeros(2 * months + 1)
    flows[0:-1:2] += start
    np.add.at(flows, np.rint(2 * payment_months(months, own.world.timing)).astype(np.int64), during)
    flows[2::2] += end
    flows[np.abs(flows) < 1e-9 * max(float(np.abs(flows).max()), 1.0)] = 0.0
    found = irr(flows)
    if found.rate_frac is None:
        return found
    return Irr((1.0 + found.rate_frac) ** (2 * MONTHS_PER_YEAR) - 1.0, found.status)


def levelised_usd_per_gpu_hour(flows: Flows) -> float | None:
    """Present value of cost over present value of the GPU-hours of demand, first draw; None without demand."""
    world = flows.world
    factor = discounting(world)["during"][0]
    hours = float((world.demand_gpus[0] * world.month_hours * factor).sum())
    return float(flows.npv_usd[0]) / hours if hours > 0.0 else None


def used_frac(flows: Flows) -> FloatArray:
    """Share of the hours of held capacity, owned and committed, that is used, by draw; NaN where none is held."""
    hours = flows.world.month_hours[None, :]
    held, used = np.zeros(flows.world.draws), np.zeros(flows.world.draws)
    if flows.plan.columns:
        held = (flows.plan.columns["owned_gpus"] * hours).sum(axis=1)
        used = flows.plan.owned_used_gpu_hours.sum(axis=1)
    for kind in flows.plan.commitments:
        gpus, gpu_hours = flows.plan.leases[kind]
        held, used = held + (gpus * hours).sum(axis=1), used + gpu_hours.sum(axis=1)
    share: FloatArray = np.divide(used, held, out=np.full(held.shape, np.nan), where=held > 0.0)
    return share


def quantile_of(values: FloatArray, frac: float) -> float | None:
    """Quantile over draws; 'never' (NaN) counts as the largest value, and None says the quantile is never."""
    ordered = np.sort(np.where(np.isnan(values), np.inf, values))
    if np.isfinite(ordered).all():
        return float(np.quantile(ordered, frac))
    found = float(ordered[min(int(np.ceil(frac * ordered.size)) - 1, ordered.size - 1)])
    return found if np.isfinite(found) else None


def tail_mean(values: FloatArray) -> float:
    """Conditional value at risk: mean of the worst 5 % of savings (at least one draw)."""
    count = max(int(np.ceil(TAIL_FRAC * values.size)), 1)
    return float(np.sort(values)[:count].mean())


def expected_regret(costs: FloatArray) -> FloatArray:
    """Mean over draws of what each strategy costs more than the best one of that draw.

    Args:
        costs: present values, shape (strategies, draws).

    Returns:
        USD, shape (strategies,).
    """
    regret: FloatArray = (costs - costs.min(axis=0, keepdims=True)).mean(axis=1)
    return regret


def present(value: float) -> float | None:
    """NaN as null."""
    return None if np.isnan(value) else float(value)
