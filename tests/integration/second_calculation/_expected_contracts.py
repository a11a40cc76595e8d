"""What lease contracts cost by their terms, on days that nothing bills."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from fractions import Fraction

from _company import AS_OF, Company, Row
from _expected_bills import ZERO, Charge
from _expected_owned import months_later
from _expected_power import ALL_DAYS
from _expected_usage import AN_HOUR, Usage

Seen = dict[tuple[date, str, str], Fraction]
INTERVAL_MONTHS = {None: 1, "Monthly": 1, "Quarterly": 3, "Full Period": 1200}


def accruals(company: Company, usage: Usage) -> list[Charge]:
    """Use and shortfall of each contract and day, as charges of its counterparty."""
    seen: Seen = defaultdict(Fraction)
    for (_, hour), parts in usage.readings.items():
        for reading in parts:
            place = usage.place(reading.node, hour.date())
            seen[hour.date(), place.location, reading.model] += reading.seconds / AN_HOUR
    return [
        charge
        for contract in company.contracts
        for charge in _accrued(company, contract, seen)
        if charge.day in ALL_DAYS
    ]


def _accrued(company: Company, contract: Row, seen: Seen) -> Iterator[Charge]:
    start, end, left = contract["start_date"], contract["end_date"], contract["terminated_date"]
    price, upfront = Fraction(contract["committed_price_usd_per_gpu_hour"]), Fraction(contract["upfront_usd"])
    part = upfront / (end - start).days
    last = min(left or end, AS_OF)
    owed = used = short = ZERO
    for number in range((last - start).days):
        day = start + timedelta(days=number)
        if _begins_period(contract, day):
            owed = used = short = ZERO
        committed = Fraction(24 * _gpus(company, contract, day))
        known = _known_hours(company, contract, day, seen)
        must = committed * Fraction(contract["take_or_pay_frac"])
        counted = must if known is None else min(known, committed)
        owed, used, before = owed + must, used + counted, short
        short = max(ZERO, owed - used)
        used_part = part * _used_frac(known, committed)
        hours = committed if known is None else counted
        yield _charge(contract, day, "gpu", price * counted + used_part, hours)
        yield _charge(contract, day, "idle", price * (short - before) + part - used_part)
    if left and left < AS_OF:
        rest = upfront - part * (left - start).days
        yield _charge(contract, left, "idle", Fraction(contract["termination_fee_usd"]) + rest)


def _charge(contract: Row, day: date, role: str, usd: Fraction, hours: Fraction = ZERO) -> Charge:
    return Charge(day, contract["counterparty"], role, contract["gpu_model"], hours, usd)


def _used_frac(known: Fraction | None, committed: Fraction) -> Fraction:
    """Share of a day's prepayment that is for use: all of it where use is unknown, none where nothing was to be had."""
    if not committed:
        return ZERO
    return Fraction(1) if known is None else min(known, committed) / committed


def _begins_period(contract: Row, day: date) -> bool:
    """Whether a settlement period begins: so many months after the start, on its day of the month or the last."""
    months = INTERVAL_MONTHS[contract["fulfillment_interval"]]
    number = 0
    while (begins := months_later(contract["start_date"], number * months)) < day:
        number += 1
    return begins == day


def _gpus(company: Company, contract: Row, day: date) -> int:
    steps = [row for row in company.ramps if row["contract_id"] == contract["contract_id"] and row["from_date"] <= day]
    return max(steps, key=lambda row: row["from_date"])["gpus"] if steps else contract["gpus"]


def _known_hours(company: Company, contract: Row, day: date, seen: Seen) -> Fraction | None:
    """GPU-hours seen at the place of use, where no other contract of that day names it for the same model."""
    place, model = contract["usage_location"], contract["gpu_model"]
    rivals = [
        other
        for other in company.contracts
        if (other["usage_location"], other["gpu_model"]) == (place, model)
        and other["start_date"] <= day < (other["terminated_date"] or other["end_date"])
    ]
    return seen.get((day, place, model)) if place and len(rivals) == 1 else None
