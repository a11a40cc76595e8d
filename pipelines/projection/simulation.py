"""All strategies through all draws, part by part: what is kept of each draw, and nothing larger than a part beside it.

Belongs here: the loop over the draws and what is carried from one part to the next. Not here: what the numbers mean
(`measures.py`). Nothing kept depends on where one part ends and the next begins: what is kept by draw is put end to
end, and sums over the draws are taken in the order of the draws.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from pipelines.economics.rates import FloatArray
from pipelines.owning import Component
from pipelines.projection import measures
from pipelines.projection.draws import Draws
from pipelines.projection.flows import Flows, evaluate
from pipelines.projection.plan import Capacity
from pipelines.projection.terms import Tax
from pipelines.projection.world import World

CHUNK_CELLS: Final = 1 << 16  # draws times months of a part: arrays of half a MiB, which a processor's cache holds
FAN_CELLS: Final = 8_000_000  # draws times months kept for the quantiles by month: 61 MiB a strategy

WorldOf = Callable[[Draws], World]


@dataclass(frozen=True)
class Drawn:
    """A strategy over all draws. Arrays have the shape (draws,) unless said.

    Attributes:
        npv_usd: present value of the cost.
        total_usd: undiscounted cost.
        simple_payback_months: NaN for never.
        discounted_payback_months: the same on discounted flows.
        used_frac: use of the capacity held; NaN where none is.
        mean_cash_usd: mean over the draws by component or kind of lease, each shape (months,).
        fan_usd: quantiles of what is saved by the end of each month, shape (len(MONTHLY_QUANTILES), months).
    """

    npv_usd: FloatArray
    total_usd: FloatArray
    simple_payback_months: FloatArray
    discounted_payback_months: FloatArray
    used_frac: FloatArray
    mean_cash_usd: Mapping[str, FloatArray]
    fan_usd: FloatArray


@dataclass(frozen=True)
class Simulated:
    """Every strategy in the same draws.

    Attributes:
        strategies: by name.
        inputs: what was drawn, by assumption key, shape (draws,); only what differs between draws.
    """

    strategies: Mapping[str, Drawn]
    inputs: Mapping[str, FloatArray]


class _Kept:
    """What is kept of one strategy while the parts go by."""

    def __init__(self, draws: int, months: int) -> None:
        self.by_draw = {
            name: np.empty(draws)
            for name in (
                "npv_usd",
                "total_usd",
                "simple_payback_months",
                "discounted_payback_months",
                "used_frac",
            )
        }
        self.sums: dict[str, FloatArray] = {}
        self.saved = np.empty((min(draws, max(FAN_CELLS // months, 1)), months))

    def keep(self, first: int, reference: Flows, own: Flows) -> None:
        """Add a part that begins at draw `first`."""
        span = slice(first, first + own.world.draws)
        parts = measures.SavingParts.of(reference, own)
        found = {
            "npv_usd": own.npv_usd,
            "total_usd": own.total_usd,
            "simple_payback_months": parts.simple_payback_months,
            "discounted_payback_months": parts.discounted_payback_months,
            "used_frac": measures.used_frac(own),
        }
        for name, values in found.items():
            self.by_draw[name][span] = values
        for line in own.lines:
            carried = self.sums.get(line.name, np.zeros(own.world.months))
            # One draw after the other, as `accumulate` says it does: a sum by parts would depend on the parts.
            self.sums[line.name] = np.add.accumulate(np.vstack([carried, line.total]))[-1]
        room = self.saved[span]
        room[:] = parts.cumulative_usd[: len(room)]

    def drawn(self) -> Drawn:
        draws = self.by_draw["npv_usd"].size
        fan: FloatArray = np.quantile(self.saved, measures.MONTHLY_QUANTILES, axis=0, overwrite_input=True)
        return Drawn(
            **self.by_draw, mean_cash_usd={name: sum_ / draws for name, sum_ in self.sums.items()}, fan_usd=fan
        )


def simulate(
    world_of: WorldOf,
    draws: Draws,
    capacities: Mapping[str, Capacity],
    reference: str,
    components: Mapping[str, Component],
    tax: Tax | None,
    chunk_draws: int | None = None,
) -> Simulated:
    """Run capacities through the draws.

    Args:
        world_of: makes the world of some draws.
        draws: all of them.
        capacities: what each strategy holds, by name.
        reference: the one that savings are measured against.
        components: owning components in use.
        tax: None without income tax.
        chunk_draws: draws of a part; None for what fits a processor's cache. The results are the same bytes.
    """
    months = world_of(Draws.central()).months
    kept = {name: _Kept(draws.count, months) for name in capacities}
    parts: dict[str, list[FloatArray]] = {}
    for part in draws.chunks(chunk_draws or max(CHUNK_CELLS // months, 1)):
        world = world_of(part)
        staying = evaluate(world, capacities[reference], components, tax)
        for name, capacity in capacities.items():
            flows = staying if name == reference else evaluate(world, capacity, components, tax)
            kept[name].keep(part.first_index - draws.first_index, staying, flows)
        for key, values in world.inputs.items():
            parts.setdefault(key, []).append(values)
    whole = {key: np.concatenate(values) for key, values in parts.items()}
    inputs = {key: values for key, values in whole.items() if values.min() < values.max()}
    return Simulated({name: strategy.drawn() for name, strategy in kept.items()}, inputs)
