"""Amounts split by weight, and the whole units in which weights are counted."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping
from fractions import Fraction
from typing import NamedTuple, TypeVar

MS_PER_HOUR = 3_600_000
MILLIONTHS_PER_USD = 10**6
MILLIWATT_HOURS_PER_KWH = 10**6
MICROWATT_HOURS_PER_KWH = 10**9
# What several pools answered together is split and seldom comes out even.
THOUSANDTHS = 1000
Bearer = TypeVar("Bearer", bound=Hashable)


class Quotient(NamedTuple):
    """An amount for each of so many."""

    amount: Fraction
    count: Fraction


def counted(amount: Fraction, units: int = MS_PER_HOUR) -> Fraction:
    """An amount to the nearest whole unit, of which one has that many: hours to a millisecond."""
    return Fraction(math.floor(amount * units + Fraction(1, 2)), units)


def split(amount: Fraction, weights: Mapping[Bearer, Fraction]) -> dict[Bearer, Fraction]:
    """An amount by weight."""
    whole = sum(weights.values())
    return {who: amount * weight / whole for who, weight in weights.items()}


def sums(rows: Iterable[tuple[Bearer, Fraction]]) -> dict[Bearer, Fraction]:
    """Amounts added up by whose they are."""
    found: dict[Bearer, Fraction] = defaultdict(Fraction)
    for who, amount in rows:
        found[who] += amount
    return found
