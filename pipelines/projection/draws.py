"""Random numbers: one stream a name, so that adding an assumption or a workload moves no other draw.

A stream can be entered at any draw, so that draws made in parts are the draws made at once, to the last bit.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from pipelines.economics.rates import FloatArray
from pipelines.projection.correlations import BY_WORKLOAD, Copula
from pipelines.units import MONTHS_PER_YEAR

_HALF_STEP = 2.0**-54  # uniforms are multiples of 2⁻⁵³ from 0 up; moved by half a step none has an infinite normal


@dataclass(frozen=True)
class Draws:
    """A source of draws. With `spread_ratio` 0 every draw is the base.

    Attributes:
        count: how many draws.
        seed: of the run.
        spread_ratio: how much of each range is used, 0–1.
        first_index: place of the first one in the streams.
        copula: which numbers are drawn together.
    """

    count: int
    seed: int = 0
    spread_ratio: float = 1.0
    first_index: int = 0
    copula: Copula = field(default_factory=Copula)

    @classmethod
    def central(cls) -> Draws:
        """One draw with every number at its base and no noise."""
        return cls(count=1, spread_ratio=0.0)

    def chunks(self, size: int) -> Iterator[Draws]:
        """The same draws in parts of at most `size`, in order."""
        for first in range(0, self.count, size):
            yield replace(self, count=min(size, self.count - first), first_index=self.first_index + first)

    def _uniform(self, name: str, width: int = 1) -> FloatArray:
        """Uniform on [0, 1), shape (count, width): one row a draw."""
        key = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "little")
        stream = np.random.PCG64(np.random.SeedSequence([self.seed, key])).advance(self.first_index * width)
        return np.random.Generator(stream).random((self.count, width))

    def triangular(self, name: str, low: float, base: float, high: float, workload: str = "") -> FloatArray:
        """Triangular between low and high with its peak at base, shape (count,).

        Args:
            name: of the number; the same name gives the same draws for every strategy.
            low: lowest value.
            base: most likely value, and the only one without spread.
            high: highest value.
            workload: whose it is, for numbers that each workload draws for itself.
        """
        low, high = base - (base - low) * self.spread_ratio, base + (high - base) * self.spread_ratio
        if low == high:
            return np.full(self.count, base)
        return triangular_quantile(self.uniform(name, workload), low, base, high)

    def uniform(self, name: str, workload: str = "") -> FloatArray:
        """Where in its range a number lies, uniform on [0, 1), shape (count,); one half without spread.

        What is drawn together with others is the normal distribution of a weighted sum of the normals of their streams.

        Args:
            name: of the number.
            workload: whose it is, for numbers that each workload draws for itself.
        """
        if self.spread_ratio == 0.0:
            return np.full(self.count, 0.5)
        group = self.copula.groups.get(name)
        weights = {} if group is None else dict(zip(group.names, group.weights[group.names.index(name)], strict=True))
        if weights.get(name, 1.0) == 1.0:
            return self._uniform(_stream(name, workload))[:, 0]
        from scipy.special import ndtr, ndtri

        normal = np.zeros(self.count)
        for member, weight in weights.items():
            if weight != 0.0:
                normal += weight * ndtri(self._uniform(_stream(member, workload))[:, 0] + _HALF_STEP)
        drawn: FloatArray = ndtr(normal)
        return drawn

    def jumps(self, name: str, per_year: float, size_ratios: Sequence[float], months: int) -> FloatArray:
        """Log size of jumps by month, shape (count, months): at most one a month, of a size drawn from those seen.

        Args:
            name: of the stream.
            per_year: how many to expect.
            size_ratios: new level over old, of each jump seen.
            months: how many.
        """
        if self.spread_ratio == 0.0 or per_year == 0.0 or not size_ratios:
            return np.zeros((self.count, months))
        uniform = self._uniform(name, 2 * months)
        comes = uniform[:, :months] < -np.expm1(-per_year / MONTHS_PER_YEAR)
        sizes = np.log(np.asarray(size_ratios, dtype=np.float64)) * self.spread_ratio
        which = (uniform[:, months:] * sizes.size).astype(np.intp)
        return np.where(comes, sizes[which], 0.0)

    def normal(self, name: str, months: int) -> FloatArray:
        """Standard normal times the spread, shape (count, months): uniforms through the inverse distribution."""
        if self.spread_ratio == 0.0:
            return np.zeros((self.count, months))
        from scipy.special import ndtri

        drawn: FloatArray = ndtri(self._uniform(name, months) + _HALF_STEP) * self.spread_ratio
        return drawn


def _stream(name: str, workload: str) -> str:
    return f"{name}/{workload}" if name in BY_WORKLOAD and workload else name


def triangular_quantile(uniform: FloatArray, low: float, base: float, high: float) -> FloatArray:
    """The value below which a share of a triangle lies: `low + √(u(b−a)(c−a))` up to the peak, the mirror beyond it.

    Args:
        uniform: shares, 0–1.
        low: lowest value a.
        base: peak c.
        high: highest value b, above a.
    """
    left = low + np.sqrt(uniform * (high - low) * (base - low))
    right = high - np.sqrt((1.0 - uniform) * (high - low) * (high - base))
    return np.where(uniform < (base - low) / (high - low), left, right)
