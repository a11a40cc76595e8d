"""What would have to be true: the value of one number at which a strategy and the reference cost the same.

Each number is moved over its range with all others at their base, in the world without chance; the points of a range
are the draws of one world, so a sweep costs no more than a simulation.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np

from pipelines.economics.break_even import nearest_crossing, zero_between
from pipelines.economics.rates import FloatArray
from pipelines.projection.assumptions import POSITIVE_KEYS, SIGNED_KEYS
from pipelines.projection.flows import Flows
from pipelines.projection.measures import used_frac
from pipelines.projection.world import World
from pipelines.units import unit_of

UTILISATION: Final = "utilisation_frac"
FIRST_POINTS: Final = 65
ZOOM_POINTS: Final = 17
ZOOMS: Final = 2
REACH: Final = 20.0  # a number is searched from nothing to this many times its base

Basis = Literal["capex", "npv", "total_cost"]
Status = Literal["flips", "never", "not_used"]
Run = Callable[[World], tuple[Flows, Flows]]


@dataclass(frozen=True)
class Threshold:
    """Where the answer flips.

    Attributes:
        parameter: the number moved.
        status: 'never' means not within the range searched.
        base_value: where it stands.
        threshold_value: where it would have to stand; None unless it flips.
        low, high: range searched.
    """

    parameter: str
    status: Status
    base_value: float | None = None
    threshold_value: float | None = None
    low: float | None = None
    high: float | None = None


def saving_on(basis: Basis, reference: Flows, own: Flows) -> FloatArray:
    """Saving by draw on a basis: present value, total cost, or total cost without what is left at the end."""
    if basis == "npv":
        return reference.npv_usd - own.npv_usd
    if basis == "total_cost":
        return reference.total_usd - own.total_usd
    return reference.before_resale_usd - own.before_resale_usd


def find_thresholds(central: World, parameters: Sequence[str], run: Run, basis: Basis) -> list[Threshold]:
    """The threshold of each parameter, one by one.

    Args:
        central: the world without chance.
        parameters: assumption keys, or `utilisation_frac` of the capacity held.
        run: evaluates reference and strategy in a world.
        basis: what is compared.
    """
    ranges = {name: bounds for name in parameters if (bounds := _range(central, name)) is not None}
    grids: dict[str, FloatArray] = {
        name: np.unique(np.append(np.linspace(low, high, FIRST_POINTS), _base(central, name)))
        for name, (low, high) in ranges.items()
    }
    found: dict[str, tuple[float, float] | None] = {}
    for _ in range(1 + ZOOMS):
        if not grids:
            break
        results = _evaluate(central, grids, run, basis)
        zoomed: dict[str, FloatArray] = {}
        for name, grid in grids.items():
            saving, used = results[name]
            near = _base(central, name) if name not in found else float(grid.mean())
            at = nearest_crossing(grid, saving, near)
            if at is None:
                found.setdefault(name, None)
                continue
            value = zero_between(grid[at], saving[at], grid[at + 1], saving[at + 1])
            found[name] = (value, float(np.interp(value, grid, used)))
            zoomed[name] = np.linspace(grid[at], grid[at + 1], ZOOM_POINTS)
        grids = zoomed
    base_used = float(used_frac(run(central)[1])[0]) if UTILISATION in parameters else np.nan
    return [_threshold(central, name, ranges.get(name), found.get(name), base_used) for name in parameters]


def _threshold(
    central: World,
    name: str,
    bounds: tuple[float, float] | None,
    found: tuple[float, float] | None,
    base_used: float,
) -> Threshold:
    if bounds is None or (name == UTILISATION and np.isnan(base_used)):
        return Threshold(name, "not_used")
    low, high = bounds
    base = _base(central, name)
    if name == UTILISATION:
        low, high, base = 0.0, 1.0, base_used
        found = None if found is None else (found[1], found[1])
    if found is None:
        return Threshold(name, "never", base, None, low, high)
    return Threshold(name, "flips", base, found[0], low, high)


def _base(central: World, name: str) -> float:
    """Where the parameter stands; utilisation is moved by scaling demand, from 1."""
    return 1.0 if name == UTILISATION else float(central.values[name][0])


def _range(central: World, name: str) -> tuple[float, float] | None:
    """The range to search; None where the number plays no part or gives no scale."""
    if name == UTILISATION:
        return 0.0, REACH
    if name not in central.values:
        return None
    if name in SIGNED_KEYS:
        return -0.9, 1.0
    if unit_of(name) in ("1", "1/year") and not name.endswith("_ratio"):
        return 0.0, 1.0
    base = float(central.values[name][0])
    lowest = min(base, 1.0) if name in POSITIVE_KEYS else 0.0  # a life of no months is none
    return (lowest, base * REACH) if base > 0.0 else None


def _evaluate(
    central: World, grids: Mapping[str, FloatArray], run: Run, basis: Basis
) -> dict[str, tuple[FloatArray, FloatArray]]:
    """Saving and use at every point of every grid, in one world."""
    sizes = {name: grid.size for name, grid in grids.items()}
    world = central.repeated(sum(sizes.values()))
    place = 0
    spans: dict[str, slice] = {}
    for name, grid in grids.items():
        spans[name] = slice(place, place + grid.size)
        place += grid.size
        base = world.level_gpus if name == UTILISATION else world.values[name]
        moved = base.copy()
        moved[spans[name]] = moved[spans[name]] * grid if name == UTILISATION else grid
        world = replace(world, level_gpus=moved) if name == UTILISATION else world.with_value(name, moved)
    reference, own = run(world)
    saving, used = saving_on(basis, reference, own), used_frac(own)
    return {name: (saving[span], used[span]) for name, span in spans.items()}
