"""Which numbers move together: pairs of assumptions with a coefficient, and what makes of them one draw.

Belongs here: pairs, whether they can hold together, and the weights of a Gaussian copula. Not here: streams
(`draws.py`), nor the range of any number.

A coefficient is that of the standard normals behind two numbers; of the numbers themselves, drawn from triangles, it
differs by little. Names that are linked, directly or through others, form a group. In a group each number is a mix of
its own stream and of those that stand before it, by the Cholesky factor; numbers that every workload draws for itself
stand last, so that what all workloads share depends on none of them.
"""

from __future__ import annotations

import datetime as dt
import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Final

import numpy as np
from pydantic import Field, model_validator

from pipelines.economics.rates import FloatArray
from pipelines.projection.yaml_file import Strict, contradiction

BY_WORKLOAD: Final = frozenset({"demand_level_ratio", "demand_growth_frac_per_year"})
_TOLERANCE: Final = 1e-9  # an eigenvalue this far below nothing is rounding


class Correlation(Strict):
    """Two numbers that move together (coefficient above 0) or against each other."""

    between: tuple[str, str]
    coefficient: Annotated[float, Field(ge=-1.0, le=1.0)]
    source: str = Field(min_length=3)

    @model_validator(mode="after")
    def _two_numbers(self) -> Correlation:
        if self.between[0] == self.between[1]:
            raise contradiction(f"{self.between[0]} cannot be correlated with itself", "between")
        return self

    @property
    def pair(self) -> tuple[str, str]:
        """Both names, in order of the alphabet."""
        one, other = sorted(self.between)
        return one, other


class DatedCorrelation(Correlation):
    """One of the assumption files: it holds from a day on."""

    from_date: dt.date
    confidence: str = Field(pattern="^(high|medium|low)$")
    note: str | None = None


@dataclass(frozen=True)
class Group:
    """Numbers that are drawn together.

    Attributes:
        names: in the order of their weights.
        weights: lower triangle: how much of the normal of each stream goes into each number, shape (names, names).
    """

    names: tuple[str, ...]
    weights: FloatArray


@dataclass(frozen=True)
class Copula:
    """What is drawn together, by name; a name that is in no group is drawn alone."""

    groups: Mapping[str, Group] = field(default_factory=dict)

    @classmethod
    def of(cls, coefficients: Mapping[tuple[str, str], float]) -> Copula:
        """The groups of some pairs that hold together (`fault_of`)."""
        groups: dict[str, Group] = {}
        for names in _groups(coefficients):
            # A hair on the diagonal lets numbers be the same number; taken off again by making rows of length one.
            matrix = _matrix(names, coefficients) + 10.0 * _TOLERANCE * np.eye(len(names))
            lower = np.linalg.cholesky(matrix)
            weights = lower / np.linalg.norm(lower, axis=1, keepdims=True)
            groups |= dict.fromkeys(names, Group(names, np.asarray(weights, dtype=np.float64)))
        return cls(groups)


def known_on(correlations: Iterable[DatedCorrelation], as_of: dt.date) -> dict[tuple[str, str], float]:
    """The newest coefficient of each pair known on a day."""
    known = sorted((item for item in correlations if item.from_date <= as_of), key=lambda item: item.from_date)
    return {item.pair: item.coefficient for item in known}


def fault_of(coefficients: Mapping[tuple[str, str], float]) -> str | None:
    """Why coefficients cannot hold together, with the nearest ones that can; None where they do.

    They can where the matrix of a group has no negative eigenvalue. The nearest is that of Higham, by statsmodels.
    """
    for names in _groups(coefficients):
        matrix = _matrix(names, coefficients)
        if float(np.linalg.eigvalsh(matrix)[0]) >= -_TOLERANCE:
            continue
        from statsmodels.stats.correlation_tools import corr_nearest

        with warnings.catch_warnings():  # it stops at a distance that two digits do not show
            warnings.simplefilter("ignore")
            nearest = corr_nearest(matrix)
        at = {name: place for place, name in enumerate(names)}
        instead = (
            f"{one} and {other} {nearest[at[one], at[other]]:.2f} (now {coefficient:g})"
            for (one, other), coefficient in sorted(coefficients.items())
            if one in at
        )
        return f"these coefficients cannot hold together; the nearest that can: {', '.join(instead)}"
    return None


def _groups(coefficients: Mapping[tuple[str, str], float]) -> list[tuple[str, ...]]:
    """Names that are linked, what all workloads share first, each in order of the alphabet."""
    groups: list[set[str]] = []
    for pair in sorted(coefficients):
        linked = [group for group in groups if group & set(pair)]
        groups = [group for group in groups if not group & set(pair)] + [set(pair).union(*linked)]
    return [tuple(sorted(group, key=lambda name: (name in BY_WORKLOAD, name))) for group in groups]


def _matrix(names: Sequence[str], coefficients: Mapping[tuple[str, str], float]) -> FloatArray:
    """The matrix of a group; pairs that are not given do not move together."""
    at = {name: place for place, name in enumerate(names)}
    matrix = np.eye(len(names))
    for (one, other), coefficient in coefficients.items():
        if one in at:
            matrix[at[one], at[other]] = matrix[at[other], at[one]] = coefficient
    return matrix
