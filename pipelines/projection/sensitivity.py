"""Which numbers move the answer: each alone over its range, and as a share of the spread over the draws.

Belongs here: both measures and their ranks. Not here: where the answer flips (`thresholds.py`) and what it would be
worth to know a number (`value_of_information.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from pipelines.economics.rates import FloatArray
from pipelines.projection.assumptions import RESALE_KEY
from pipelines.projection.setting import Setting
from pipelines.projection.thresholds import Run
from pipelines.projection.world import RESALE_PLACE, World

HARMONICS: Final = 10
MIN_DRAWS: Final = 100
MATTERS_FRAC: Final = 0.05  # of the largest swing: below it a number is not searched for a threshold


@dataclass(frozen=True)
class Swing:
    """The saving at both ends of a number's range, the others at their base.

    Attributes:
        assumption: the number.
        low_value, base_value, high_value: its range; None for a curve of several numbers.
        at_low_usd, at_high_usd: present value saved there.
        base_usd: present value saved with every number at its base.
    """

    assumption: str
    low_value: float | None
    base_value: float | None
    high_value: float | None
    at_low_usd: float
    at_high_usd: float
    base_usd: float

    @property
    def swing_usd(self) -> float:
        """How far the ends lie apart."""
        return abs(self.at_high_usd - self.at_low_usd)

    @property
    def flips(self) -> bool:
        """Whether another side is cheaper at an end than at the base."""
        return len({at > 0.0 for at in (self.at_low_usd, self.base_usd, self.at_high_usd)}) > 1


def swings(central: World, setting: Setting, run: Run) -> list[Swing]:
    """Each number that has a range at both its ends, the widest swing first; in one world, two draws a number.

    Args:
        central: the world without chance.
        setting: ranges.
        run: evaluates reference and strategy in a world.
    """
    ranged = {key: value for key, value in setting.values.items() if value.low < value.high}
    ends: dict[str, tuple[float, float]] = {key: (value.low, value.high) for key, value in ranged.items()}
    if any(value.low < value.high for _, value in setting.resale):
        ends[RESALE_PLACE] = (0.0, 1.0)
    world = central.repeated(1 + 2 * len(ends))
    for position, (key, pair) in enumerate(ends.items()):
        moved = world.values[key].copy()
        moved[1 + 2 * position : 3 + 2 * position] = pair
        world = world.with_value(key, moved)
    reference, own = run(world)
    saving = reference.npv_usd - own.npv_usd
    base = float(saving[0])
    found = []
    for position, key in enumerate(ends):
        low, high = (float(value) for value in saving[1 + 2 * position : 3 + 2 * position])
        if key in ranged:
            value = ranged[key]
            found.append(Swing(key, value.low, value.base, value.high, low, high, base))
        else:
            found.append(Swing(RESALE_KEY, None, None, None, low, high, base))
    return sorted(found, key=lambda item: (-item.swing_usd, item.assumption))


def that_matter(found: list[Swing]) -> list[str]:
    """Numbers with a swing worth looking at, or that flip the answer within their range."""
    largest = found[0].swing_usd if found else 0.0
    return [
        item.assumption
        for item in found
        if item.base_value is not None and (item.flips or item.swing_usd > MATTERS_FRAC * largest)
    ]


def variance_shares(saving_usd: FloatArray, inputs: Mapping[str, FloatArray]) -> dict[str, float]:
    """First-order Sobol index of each number: the share of the saving's variance that goes once it is known.

    `Var(E[saving | x]) / Var(saving)`, by random balance design with its bias taken off (SALib `rbd_fast`: Plischke
    2010, Tissot and Prieur 2012), from the draws that are there: no run is added. Total indices would take a run for
    each number and draw, and have no meaning where numbers move together. What the shares leave of 1 is joint effects;
    with numbers that move together they can pass it. Largest first.

    Args:
        saving_usd: present value saved, shape (draws,).
        inputs: what was drawn, by assumption key, each of shape (draws,).
    """
    if not inputs or saving_usd.size < MIN_DRAWS or float(np.ptp(saving_usd)) == 0.0:
        return {}
    from SALib.analyze.rbd_fast import permute_outputs, unskew_S1
    from scipy.signal import periodogram

    # `compute_first_order` of SALib, for all numbers at once: nearly all of its time is spent on the call.
    _, power = periodogram(np.stack([permute_outputs(values, saving_usd) for values in inputs.values()]), axis=1)
    first_order = power[:, 1 : HARMONICS + 1].sum(axis=1) / power[:, 1:].sum(axis=1)
    shares = dict(zip(inputs, unskew_S1(first_order, HARMONICS, saving_usd.size), strict=True))
    bounded = {name: min(max(float(share), 0.0), 1.0) for name, share in shares.items()}
    return dict(sorted(bounded.items(), key=lambda item: (-item[1], item[0])))
