"""What it would be worth to know a number before deciding, from the draws that are there anyway.

Belongs here: the expected value of perfect information, of everything and of each number. Not here: which numbers move
the result most (`sensitivity.py`); a number can move it much and change no decision.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from pipelines.economics.rates import FloatArray

EVERYTHING: Final = "everything"
DEGREE: Final = 3
MIN_DRAWS: Final = 100  # half of them fit a curve of four numbers, the other half judge it


@dataclass(frozen=True)
class Information:
    """What knowing a number is worth.

    Attributes:
        assumption: the number, or `EVERYTHING`.
        value_usd: present value saved on average by who knows it before choosing.
        standard_error_usd: of that, from the draws.
    """

    assumption: str
    value_usd: float
    standard_error_usd: float


def value_of_information(costs: FloatArray, inputs: Mapping[str, FloatArray]) -> list[Information]:
    """The value of knowing everything, then of each number alone, the dearest first.

    Everything: `min_s E[cost_s] − E[min_s cost_s]`, the expected regret of the strategy that is best on average.

    One number x: `min_s E[cost_s] − E[min_s E[cost_s | x]]`, the inner mean by regression (Strong, Oakley and Brennan,
    Medical Decision Making 34, 2014): a cubic in x by least squares. It is fitted to one half of the draws and chooses
    in the other half, whose own costs say what the choice is worth: noise that the fit took for knowledge earns nothing
    there. What a cubic cannot follow is missing, so the value is a lower bound up to its standard error; below nothing
    it is nothing.

    Args:
        costs: present values, USD, shape (strategies, draws).
        inputs: what was drawn, by assumption key, each of shape (draws,).
    """
    draws = costs.shape[1]
    best = int(np.argmin(costs.mean(axis=1)))
    more = costs - costs[best]
    found = [_of_gain(EVERYTHING, -more.min(axis=0))]
    if draws >= MIN_DRAWS and len(costs) > 1:
        each = [_of_gain(name, _gain(more, values)) for name, values in inputs.items()]
        found += sorted(each, key=lambda item: (-item.value_usd, item.assumption))
    return found


def _gain(more: FloatArray, values: FloatArray) -> FloatArray:
    """What choosing by a number saves in each draw, against always the same strategy.

    Args:
        more: cost above that of the strategy that is best on average, shape (strategies, draws).
        values: the number, shape (draws,).
    """
    spread = float(values.std())
    scaled = (values - values.mean()) / spread if spread > 0.0 else np.zeros_like(values)
    curve = np.vander(scaled, DEGREE + 1)
    gain = np.empty(values.size)
    for fitted, judged in ((slice(0, None, 2), slice(1, None, 2)), (slice(1, None, 2), slice(0, None, 2))):
        # By the normal equations: four of them, whose numbers are of size one as the values are scaled.
        of_half = curve[fitted].T
        weights = np.linalg.lstsq(of_half @ of_half.T, of_half @ more[:, fitted].T, rcond=None)[0]
        chosen = np.argmin(curve[judged] @ weights, axis=1)
        gain[judged] = -np.take_along_axis(more[:, judged], chosen[None, :], axis=0)[0]
    return gain


def _of_gain(name: str, gain: FloatArray) -> Information:
    error = float(gain.std() / np.sqrt(gain.size))
    return Information(name, max(float(gain.mean()), 0.0), error)
