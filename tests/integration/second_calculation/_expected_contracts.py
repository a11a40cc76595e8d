"""What lease contracts cost by their terms, and what of it is cost because nothing bills the day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from _company import AS_OF, Company, Row
from _expected_bills import ZERO, Charge
from _expected_dates import months_later
from _expected_power import ALL_DAYS
from _expected_usage import AN_HOUR, Usage

INTERVAL_MONTHS = {None: 1, "Monthly": 1, "Quarterly": 3, "Annual": 12, "Full Period": 1200}


@dataclass(frozen=True)
class ContractDay:
    """A contract on a day; on the day it was left, only what leaving costs.

    Attributes:
        usage_basis, bill_basis: who tells its use, and whose bill spans the day.
        committed, owed, used: GPU-hours; `used` is None where nobody knows.
        counted: use that is paid for: up to what is committed; what is owed, where it is unknown.
        shortfall: change of what the settlement period is short of.
        for_use, rest: part of the prepayment for use, and what else of it falls on the day.
        fee: of leaving.
        billed, effective: USD of the bill with its commitment; None where none spans the day.
    """

    contract: Row
    day: date
    settlement: int
    usage_basis: str
    bill_basis: str
    committed: Fraction
    owed: Fraction
    used: Fraction | None
    counted: Fraction
    shortfall: Fraction
    for_use: Fraction
    rest: Fraction
    fee: Fraction
    billed: Fraction | None
    effective: Fraction | None

    @property
    def price(self) -> Fraction:
        """USD of a committed GPU-hour."""
        return Fraction(self.contract["committed_price_usd_per_gpu_hour"])

    @property
    def idle(self) -> Fraction:
        """USD that nobody used."""
        return self.price * self.shortfall + self.rest + self.fee

    @property
    def accrued(self) -> Fraction:
        """USD of the day."""
        return self.price * self.counted + self.for_use + self.idle

    def charges(self) -> Iterator[Charge]:
        """What of it is cost."""
        if self.bill_basis == "none":
            hours = self.committed if self.used is None else self.counted
            yield self._charge("gpu", self.accrued - self.idle, hours)
            yield self._charge("idle", self.idle, ZERO)

    def _charge(self, role: str, usd: Fraction, hours: Fraction) -> Charge:
        return Charge(self.day, self.contract["counterparty"], role, self.contract["gpu_model"], hours, usd)


class Contracts:
    """All contracts of a company.

    Attributes:
        days: of each, from its start to its end or the day the night speaks for.
    """

    def __init__(self, company: Company, billed: Iterable[Charge], usage: Usage) -> None:
        self.company = company
        self.seen: dict[tuple[date, str, str], Fraction] = defaultdict(Fraction)
        for (_, hour), parts in usage.readings.items():
            for reading in parts:
                place = usage.place(reading.node, hour.date())
                self.seen[hour.date(), place.location, reading.model] += reading.seconds / AN_HOUR
        self.bills: dict[tuple[str, date, date], set[str | None]] = defaultdict(set)
        for line in company.lines:
            period = line["billing_period_start"].date(), line["billing_period_end"].date()
            self.bills[line["service_provider_name"], *period].add(line.get("commitment_discount_id"))
        self.lines: dict[tuple[str, date], list[Charge]] = defaultdict(list)
        for charge in billed:
            if charge.commitment:
                self.lines[charge.commitment, charge.day].append(charge)
        self.days = [day for contract in company.contracts for day in self._days(contract)]

    def charges(self) -> list[Charge]:
        """What of them is cost."""
        return [charge for one in self.days if one.day in ALL_DAYS for charge in one.charges()]

    def _days(self, contract: Row) -> Iterator[ContractDay]:
        start, left = contract["start_date"], contract["terminated_date"]
        upfront = Fraction(contract["upfront_usd"])
        part = upfront / (contract["end_date"] - start).days
        owed = used = short = ZERO
        settlement = -1
        for number in range((min(left or contract["end_date"], AS_OF) - start).days):
            day = start + timedelta(days=number)
            if settlement != (settlement := _settlement(contract, day)):
                owed = used = short = ZERO
            committed = Fraction(24 * self._gpus(contract, day))
            basis, known = self._use(contract, day)
            must = committed * Fraction(contract["take_or_pay_frac"])
            counted = must if known is None else min(known, committed)
            owed, used, before = owed + must, used + counted, short
            short = max(ZERO, owed - used)
            for_use = part * _used_frac(known, committed)
            yield ContractDay(
                contract, day, settlement, basis, self._bill_basis(contract, day), committed, must, known, counted,
                short - before, for_use, part - for_use, ZERO, *self._billed(contract, day),
            )  # fmt: skip
        if left and left < AS_OF:
            rest, fee = upfront - part * (left - start).days, Fraction(contract["termination_fee_usd"])
            basis = "unknown" if self._billed_hours(contract, left) is None else "billing"
            yield ContractDay(
                contract, left, _settlement(contract, left), basis, self._bill_basis(contract, left), ZERO, ZERO, None,
                ZERO, ZERO, ZERO, rest, fee, *self._billed(contract, left),
            )  # fmt: skip

    def _gpus(self, contract: Row, day: date) -> int:
        steps = [
            row
            for row in self.company.ramps
            if row["contract_id"] == contract["contract_id"] and row["from_date"] <= day
        ]
        return max(steps, key=lambda row: row["from_date"])["gpus"] if steps else contract["gpus"]

    def _use(self, contract: Row, day: date) -> tuple[str, Fraction | None]:
        """Hours that its bill tells; else those seen at the place of use, where no other contract may have had them."""
        billed = self._billed_hours(contract, day)
        if billed is not None:
            return "billing", billed
        place, model = contract["usage_location"], contract["gpu_model"]
        rivals = [
            other
            for other in self.company.contracts
            if (other["usage_location"], other["gpu_model"]) == (place, model)
            and other["start_date"] <= day < (other["terminated_date"] or other["end_date"])
        ]
        seen = self.seen.get((day, place, model)) if place and len(rivals) == 1 else None
        return "unknown" if seen is None else "telemetry", seen

    def _billed_hours(self, contract: Row, day: date) -> Fraction | None:
        """What its bill says: 0 where no line is of use; None where those that are say nothing of hours."""
        if self._bill_basis(contract, day) != "commitment":
            return None
        lines = [line for line in self.lines[contract["commitment_discount_id"], day] if line.role == "gpu"]
        is_told = not lines or any(line.tells_hours for line in lines)
        return sum((line.hours for line in lines), ZERO) if is_told else None

    def _bill_basis(self, contract: Row, day: date) -> str:
        """Whose bill spans the day: one that names the commitment, another of the counterparty, or none."""
        spanning = {
            provider: commitments for (provider, first, end), commitments in self.bills.items() if first <= day < end
        }
        commitment = contract["commitment_discount_id"]
        if commitment and any(commitment in commitments for commitments in spanning.values()):
            return "commitment"
        return "counterparty" if contract["counterparty"] in spanning else "none"

    def _billed(self, contract: Row, day: date) -> tuple[Fraction | None, Fraction | None]:
        if self._bill_basis(contract, day) != "commitment":
            return None, None
        lines = self.lines[contract["commitment_discount_id"], day]
        return sum((line.billed_usd for line in lines), ZERO), sum((line.usd for line in lines), ZERO)


def _used_frac(known: Fraction | None, committed: Fraction) -> Fraction:
    """Share of a day's prepayment that is for use: all of it where use is unknown, none where nothing was to be had."""
    if not committed:
        return ZERO
    return Fraction(1) if known is None else min(known, committed) / committed


def _settlement(contract: Row, day: date) -> int:
    """Number of the settlement period: so many months from the start, on its day of the month or the last."""
    months = INTERVAL_MONTHS[contract["fulfillment_interval"]]
    number = 0
    while months_later(contract["start_date"], (number + 1) * months) <= day:
        number += 1
    return number
