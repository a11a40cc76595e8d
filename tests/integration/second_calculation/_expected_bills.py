"""What bills say: each line's role, GPU model, GPU-hours, USD and workload."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import NamedTuple

from _company import QUOTES, Company, Row
from _expected_rules import workload_of_line

ZERO = Fraction(0)
NO_MODEL = "none"
HOURS = ("h", "hr", "hrs", "hour", "hours")
OLDEST_RATE_DAYS = 10


class Pool(NamedTuple):
    """A day, a side, a place and a GPU model: what has one cost and one paid time."""

    day: date
    sourcing: str
    location: str
    model: str


# A workload in a pool.
Holder = tuple[Pool, str]


@dataclass(frozen=True)
class Charge:
    """A cost of a day at a provider.

    Attributes:
        role: gpu, idle or shared.
        usd, billed_usd: amortised, and as the invoice of the month says; a contract's accrual is on none.
        hours: GPU-hours, negative where they are taken back.
        tells_hours: whether it says how many: 0 of a machine too, but not 0 of GPUs, on lines for its other parts.
        machine: the catalogue's row of the machine, where it is known.
    """

    day: date
    provider: str
    role: str
    model: str | None
    hours: Fraction
    usd: Fraction
    tells_hours: bool = True
    billed_usd: Fraction = ZERO
    billed_month: date | None = None
    commitment: str | None = None
    workload: str | None = None
    service: str | None = None
    service_category: str | None = None
    charge_category: str | None = None
    resource: str | None = None
    machine: Row | None = None

    @property
    def pool(self) -> Pool:
        """The pool it belongs to."""
        return Pool(self.day, "leased", self.provider, self.model or NO_MODEL)


def charges(company: Company) -> list[Charge]:
    """Every line of every bill."""
    machines = {(row["service_provider_name"], row["instance_type"]): row for row in company.machine_types}
    covered = defaultdict(set)
    for line in company.lines:
        machine = machines.get((line["service_provider_name"], line.get("instance_type")))
        if machine and line.get("commitment_discount_id") and line["charge_category"] == "Usage":
            covered[_plan(line)].add(machine["gpu_model"])
    return [
        _charge(company, line, machines.get((line["service_provider_name"], line.get("instance_type"))), covered)
        for line in company.lines
    ]


def _charge(company: Company, line: Row, machine: Row | None, covered: dict[tuple[str, str], set[str]]) -> Charge:
    role = "shared"
    if "Unused" in (line.get("commitment_discount_status"), line.get("capacity_reservation_status")):
        role = "idle"
    elif machine and line["charge_category"] == "Usage":
        role = "gpu"
    models = {machine["gpu_model"]} if machine else covered.get(_plan(line), set())
    hours = _gpu_hours(line, machine) if machine and role == "gpu" else None
    return Charge(
        day=line["charge_period_start"].date(),
        provider=line["service_provider_name"],
        role=role,
        model=next(iter(models)) if len(models) == 1 else None,
        hours=hours or ZERO,
        usd=Fraction(line["effective_cost"]) * _line_usd_rate(line),
        billed_usd=Fraction(line["billed_cost"]) * _line_usd_rate(line),
        billed_month=line["billing_period_start"].date().replace(day=1),
        commitment=line.get("commitment_discount_id"),
        tells_hours=hours is not None and (hours != 0 or line.get("consumed_gpu_hours") is None),
        workload=workload_of_line(company, line),
        service=line["service_name"],
        service_category=line["service_category"],
        charge_category=line["charge_category"],
        resource=line.get("resource_id"),
        machine=machine,
    )


def _plan(line: Row) -> tuple[str, str]:
    return line["service_provider_name"], line.get("commitment_discount_id") or ""


def _gpu_hours(line: Row, machine: Row) -> Fraction | None:
    if line.get("consumed_gpu_hours") is not None:
        return Fraction(line["consumed_gpu_hours"])
    is_in_hours = (line.get("consumed_unit") or "").lower() in HOURS
    quantity = line["consumed_quantity"] if is_in_hours else None
    return None if quantity is None else Fraction(quantity) * machine["gpus"]


def _line_usd_rate(line: Row) -> Fraction:
    if line["billing_currency"] != "USD" and line.get("provider_usd_rate") is not None:
        return Fraction(line["provider_usd_rate"])
    return usd_rate(line["billing_currency"], line["charge_period_start"].date())


def usd_rate(currency: str, day: date) -> Fraction:
    """USD of a unit of a currency, at the reference rate of the day or the last before it."""
    if currency == "USD":
        return Fraction(1)
    to_the_euro = {at: Fraction(units) for at, units in QUOTES.items()}
    to_the_euro |= {(quoted, "EUR"): Fraction(1) for quoted, _ in QUOTES}
    fixed = max(
        quoted
        for quoted, of in to_the_euro
        if of == currency and (quoted, "USD") in to_the_euro and 0 <= (day - quoted).days < OLDEST_RATE_DAYS
    )
    return to_the_euro[fixed, "USD"] / to_the_euro[fixed, currency]
