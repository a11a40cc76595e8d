"""A mixed-integer program, built column by column and row by row, and HiGHS that solves it.

Belongs here: sparse bookkeeping and the calls of the solver. Not here: what the columns mean.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from pipelines.economics.rates import FloatArray

Columns = NDArray[np.int64]

# Nodes and not seconds: a limit on time would let a slow machine answer differently.
MOST_NODES: Final = 100
GAP_FRAC: Final = 1e-4
_STATUS: Final = {0: "optimal", 1: "node_limit", 2: "infeasible", 3: "unbounded", 4: "infeasible"}


@dataclass(frozen=True)
class Answer:
    """What the solver found.

    Attributes:
        status: optimal, node_limit, infeasible or unbounded.
        values: of the columns; None where nothing was found.
        bound_usd: nothing costs less.
        marginal_usd: change of the optimum for one unit more of each row's limit, at most 0; None for whole numbers.
    """

    status: str
    values: FloatArray | None
    bound_usd: float
    marginal_usd: FloatArray | None = None


@dataclass
class Program:
    """Minimise cost · x with rows `Σ coefficient · x ≤ limit` and 0 ≤ x ≤ upper."""

    cost: list[FloatArray] = field(default_factory=list)
    upper: list[FloatArray] = field(default_factory=list)
    whole: list[FloatArray] = field(default_factory=list)
    size: int = 0
    _columns: list[Columns] = field(default_factory=list)
    _coefficients: list[FloatArray] = field(default_factory=list)
    limits: list[float] = field(default_factory=list)

    def add(
        self, cost: FloatArray | float, count: int, *, upper: FloatArray | float = np.inf, whole: bool = False
    ) -> Columns:
        """Add columns and give their numbers.

        Args:
            cost: of one unit of each.
            count: how many.
            upper: largest value of each.
            whole: whether only whole numbers will do.
        """
        self.cost.append(np.broadcast_to(np.asarray(cost, dtype=np.float64), (count,)).copy())
        self.upper.append(np.broadcast_to(np.asarray(upper, dtype=np.float64), (count,)).copy())
        self.whole.append(np.full(count, float(whole)))
        self.size += count
        return np.arange(self.size - count, self.size, dtype=np.int64)

    def at_most(self, columns: Columns, coefficients: FloatArray, limit: float) -> int:
        """Add a row and give its number."""
        used = np.flatnonzero(coefficients)
        self._columns.append(np.asarray(columns)[used])
        self._coefficients.append(np.asarray(coefficients, dtype=np.float64)[used])
        self.limits.append(float(limit))
        return len(self.limits) - 1

    def relaxed(self, fixed: Mapping[int, float] | None = None) -> Answer:
        """Solve it with fractions allowed.

        Args:
            fixed: columns held at a value.
        """
        from scipy.optimize import linprog

        lower, upper = np.zeros(self.size), np.concatenate(self.upper)
        for column, value in (fixed or {}).items():
            lower[column] = upper[column] = value
        found = linprog(
            np.concatenate(self.cost), A_ub=self._matrix(), b_ub=self.limits or None,
            bounds=np.column_stack([lower, upper]), method="highs",
        )  # fmt: skip
        if found.x is None:
            return Answer(_STATUS.get(found.status, "infeasible"), None, np.inf)
        return Answer("optimal", found.x, float(found.fun), found.ineqlin.marginals)

    def whole_numbers(self, gap_frac: float = GAP_FRAC) -> Answer:
        """Solve it as it is.

        Args:
            gap_frac: distance from the best, over its cost, at which the search may end.
        """
        from scipy.optimize import Bounds, LinearConstraint, milp

        rows = [LinearConstraint(self._matrix(), -np.inf, np.asarray(self.limits))] if self.limits else []
        found = milp(
            np.concatenate(self.cost), integrality=np.concatenate(self.whole), constraints=rows,
            bounds=Bounds(0.0, np.concatenate(self.upper)),
            options={"mip_rel_gap": gap_frac, "node_limit": MOST_NODES},
        )  # fmt: skip
        status = _STATUS.get(found.status, "infeasible")
        if found.x is None:
            return Answer(status, None, np.inf)
        status = "optimal" if status == "optimal" else "node_limit"
        bound = found.fun if found.mip_dual_bound is None else found.mip_dual_bound
        return Answer(status, found.x, float(bound))

    def _matrix(self) -> Any:
        """The rows as a sparse matrix; None without rows."""
        from scipy.sparse import csr_array

        if not self.limits:
            return None
        ends = np.cumsum([0, *(part.size for part in self._columns)])
        return csr_array(
            (np.concatenate(self._coefficients), np.concatenate(self._columns), ends),
            shape=(len(self.limits), self.size),
        )
