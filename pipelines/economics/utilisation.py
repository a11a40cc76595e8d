"""The duration curve: for what share of the time demand exceeds a level, and what a capacity can serve of it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from pipelines.economics.rates import FloatArray


@dataclass(frozen=True)
class DurationCurve:
    """The shape of demand over the hours, with mean 1: multiply by a level to get GPUs.

    Attributes:
        demand_ratio: distinct demands over their mean, ascending.
        time_frac: share of the time spent at each; sums to 1.
    """

    demand_ratio: FloatArray
    time_frac: FloatArray

    @classmethod
    def constant(cls) -> DurationCurve:
        """The same demand in every hour."""
        return cls(np.ones(1), np.ones(1))

    @classmethod
    def of_hours(cls, demand_gpus: FloatArray) -> DurationCurve:
        """The curve of demands observed hour by hour; constant where there was none at all.

        Args:
            demand_gpus: mean GPUs in use in each observed hour.
        """
        if demand_gpus.size == 0 or demand_gpus.sum() <= 0.0:
            return cls.constant()
        values, counts = np.unique(demand_gpus, return_counts=True)
        return cls(values / demand_gpus.mean(), counts / demand_gpus.size)

    @cached_property
    def _knots(self) -> tuple[FloatArray, FloatArray]:
        below = np.cumsum(self.time_frac * self.demand_ratio)
        above = 1.0 - np.cumsum(self.time_frac)
        served = below + self.demand_ratio * np.maximum(above, 0.0)
        return np.concatenate([[0.0], self.demand_ratio]), np.concatenate([[0.0], served])

    def served_frac(self, capacity_ratio: FloatArray) -> FloatArray:
        """Share of demand that a capacity serves: `E[min(demand, capacity)]` over the mean.

        Args:
            capacity_ratio: capacity over mean demand, any shape.
        """
        levels, served = self._knots
        return np.interp(capacity_ratio, levels, served)

    def exceedance_frac(self, capacity_ratio: FloatArray) -> FloatArray:
        """Share of the time in which demand is above a capacity: `P(demand > k)`.

        Args:
            capacity_ratio: capacity k over mean demand, any shape.
        """
        at_most = np.concatenate([[0.0], np.cumsum(self.time_frac)])
        return 1.0 - at_most[np.searchsorted(self.demand_ratio, capacity_ratio, side="right")]
