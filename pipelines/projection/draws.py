"""Random numbers: one stream a name, so that adding an assumption or a workload moves no other draw."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np

from pipelines.economics.rates import FloatArray


@dataclass(frozen=True)
class Draws:
    """A source of draws. With `spread_ratio` 0 every draw is the base.

    Attributes:
        count: how many draws.
        seed: of the run.
        spread_ratio: how much of each range is used, 0–1.
    """

    count: int
    seed: int = 0
    spread_ratio: float = 1.0

    @classmethod
    def central(cls) -> Draws:
        """One draw with every number at its base and no noise."""
        return cls(count=1, spread_ratio=0.0)

    def _stream(self, name: str) -> np.random.Generator:
        key = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "little")
        return np.random.Generator(np.random.PCG64(np.random.SeedSequence([self.seed, key])))

    def triangular(self, name: str, low: float, base: float, high: float) -> FloatArray:
        """Triangular between low and high with its peak at base, shape (count,).

        Args:
            name: of the stream; the same name gives the same draws for every strategy.
            low: lowest value.
            base: most likely value, and the only one without spread.
            high: highest value.
        """
        low, high = base - (base - low) * self.spread_ratio, base + (high - base) * self.spread_ratio
        if low == high:
            return np.full(self.count, base)
        uniform = self._stream(name).random(self.count)
        split = (base - low) / (high - low)
        left = low + np.sqrt(uniform * (high - low) * (base - low))
        right = high - np.sqrt((1.0 - uniform) * (high - low) * (high - base))
        return np.where(uniform < split, left, right)

    def uniform(self, name: str) -> FloatArray:
        """Uniform on [0, 1), shape (count,); one half everywhere without spread."""
        if self.spread_ratio == 0.0:
            return np.full(self.count, 0.5)
        return self._stream(name).random(self.count)

    def normal(self, name: str, months: int) -> FloatArray:
        """Standard normal times the spread, shape (count, months)."""
        if self.spread_ratio == 0.0:
            return np.zeros((self.count, months))
        return self._stream(name).standard_normal((self.count, months)) * self.spread_ratio
