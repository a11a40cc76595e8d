"""What is written off an owned asset by day: its method, spread over its life, and what write-downs change."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from fractions import Fraction
from itertools import accumulate, pairwise
from typing import NamedTuple

from _company import Company, Row
from _expected_bills import ZERO
from _expected_dates import months_later

MONTHS_PER_YEAR = 12
# IRS Publication 946, table A-1: property of five years, half-year convention.
MACRS_FRAC = tuple(Fraction(hundredths, 10000) for hundredths in (2000, 3200, 1920, 1152, 1152, 576))


class Segment(NamedTuple):
    """An amount that is written off evenly over the days of some months of life."""

    from_month: int
    to_month: int
    usd: Fraction


class Schedule:
    """Book value and depreciation of an asset, by day.

    Attributes:
        impaired: USD written down, by day.
    """

    def __init__(self, company: Company, asset: Row) -> None:
        self.price = Fraction(asset["purchase_price_usd"])
        self.live: date | None = asset["go_live_date"]
        events = [row for row in company.impairments if row["asset_id"] == asset["asset_id"]]
        self.impaired = {row["impairment_date"]: Fraction(row["impairment_usd"]) for row in events}
        self._by_method = _by_days(self.live, _segments(asset)) if self.live else []
        self._daily = list(self._by_method)
        salvage = Fraction(asset["salvage_usd"])
        for row in sorted(events, key=lambda row: row["impairment_date"]):
            stated = salvage if row["new_salvage_usd"] is None else Fraction(row["new_salvage_usd"])
            # A tax schedule goes down to nothing, whatever the hardware may bring.
            more_kept = ZERO if asset["depreciation_method"] == "macrs_5" else stated - salvage
            self._write_down(row["impairment_date"], Fraction(row["impairment_usd"]) + more_kept)
            salvage = stated
        self._before = [ZERO, *accumulate(self._daily)]

    def depreciation(self, day: date) -> Fraction:
        """What the day writes off."""
        number = self._number(day)
        return self._daily[number] if 0 <= number < len(self._daily) else ZERO

    def book_value(self, day: date) -> Fraction:
        """What the asset is worth in the books as the day begins; the day's own write-down is off it."""
        lost = sum((usd for at, usd in self.impaired.items() if at <= day), ZERO)
        return self.price - lost - self._before[min(max(self._number(day), 0), len(self._daily))]

    def is_over(self, day: date) -> bool:
        """Whether neither the day nor any after it can write anything off."""
        return self.live is not None and self._number(day) >= len(self._daily)

    def _number(self, day: date) -> int:
        """Days since go-live."""
        return (day - self.live).days if self.live else -1

    def _write_down(self, day: date, less: Fraction) -> None:
        """Takes an amount off the days from one on, in the method's proportions; evenly where it has nothing left."""
        first = max(self._number(day), 0)
        weights = self._by_method[first:]
        if not any(weights):
            weights = [Fraction(1)] * len(weights)
        each = less / sum(weights) if weights else ZERO
        for number, weight in enumerate(weights, first):
            self._daily[number] -= each * weight


def _segments(asset: Row) -> Iterator[Segment]:
    months = asset["life_months"]
    price, salvage = Fraction(asset["purchase_price_usd"]), Fraction(asset["salvage_usd"])
    method = asset["depreciation_method"]
    interest = Fraction(asset["cost_of_capital_frac_per_year"]) / MONTHS_PER_YEAR
    if method == "straight_line" or (method == "annuity" and not interest):
        return iter([Segment(0, months, price - salvage)])
    if method == "annuity":
        return _weighted(price - salvage, 1, months, [(1 + interest) ** number for number in range(months)])
    years = range(0, months, MONTHS_PER_YEAR)
    if method == "sum_of_years":
        return _weighted(price - salvage, MONTHS_PER_YEAR, months, [Fraction(months - began) for began in years])
    if method == "declining_balance":
        falls = 1 - min(Fraction(1), Fraction(2 * MONTHS_PER_YEAR, months))
        values = [max(salvage, price * falls**number) for number in range(len(years))] + [salvage]
        written = [before - after for before, after in pairwise(values)]
        return _each(written, MONTHS_PER_YEAR, months)
    return _each([price * frac for frac in MACRS_FRAC], MONTHS_PER_YEAR, MONTHS_PER_YEAR * len(MACRS_FRAC))


def _weighted(usd: Fraction, step: int, months: int, weights: list[Fraction]) -> Iterator[Segment]:
    return _each([usd * weight / sum(weights) for weight in weights], step, months)


def _each(amounts: Iterable[Fraction], step: int, months: int) -> Iterator[Segment]:
    for number, usd in enumerate(amounts):
        yield Segment(number * step, min((number + 1) * step, months), usd)


def _by_days(live: date, segments: Iterable[Segment]) -> list[Fraction]:
    found: list[Fraction] = []
    for segment in segments:
        days = (months_later(live, segment.to_month) - months_later(live, segment.from_month)).days
        found += [segment.usd / days] * days
    return found
