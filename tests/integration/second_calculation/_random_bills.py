"""Bills at random: machines with and without commitments, corrections, unused capacity, shared services, taxes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from itertools import pairwise
from random import Random
from typing import Any

from _company import DAYS, Company, Row
from _pools import billed

MACHINES = {"box8": ("H", 8), "box2": ("H", 2), "abox": ("A", 4)}
PROVIDERS = "xy"
# Days on which bills begin: by the month, from the middle of one, from the last of one.
PERIODS = (
    tuple(datetime(2026, month, 1) for month in (6, 7, 8)),
    tuple(datetime(2026, month, 1) for month in (6, 7, 8)),
    tuple(datetime(2026, month, 15) for month in (6, 7)),
    tuple(datetime(2026, month, 30) for month in (5, 6, 7)),
)
Line = Callable[..., None]


def draw_bills(rng: Random, company: Company) -> None:
    """Lines of one or two providers on each day."""
    for provider in [f"{company.name}-{end}" for end in PROVIDERS][: rng.choice([1, 2, 2])]:
        periods = rng.choice(PERIODS)
        for day in DAYS:
            _day(rng, company, provider, day, periods)


def money(rng: Random, low: float = -2, high: float = 400) -> Decimal:
    """An amount of 0 to 10 places."""
    return Decimal(str(round(rng.uniform(low, high), rng.choice([0, 2, 4, 10]))))


def some(rng: Random, low: float, high: float, places: int = 3) -> Decimal:
    """A figure of so many places."""
    return Decimal(str(round(rng.uniform(low, high), places)))


def _day(rng: Random, company: Company, provider: str, day: datetime, periods: tuple[datetime, ...]) -> None:
    n = company.name
    period = next(pair for pair in pairwise(periods) if pair[0] <= day < pair[1])

    def line(cost: Decimal, **more: Any) -> None:
        drawn: Row = {"tags": _tags(rng, n), "sub_account_id": rng.choice([None, f"{n}-sub1", f"{n}-sub2"])}
        drawn |= _currency(rng, company) | dict(
            zip(("billing_period_start", "billing_period_end"), period, strict=True)
        )
        company.lines.append(billed(provider, cost, day, **(drawn | more)))

    for kind in rng.sample(list(MACHINES), rng.randint(0, 3)):
        for number in range(rng.randint(1, 2)):
            _machine(rng, company, line, f"{provider}-{kind}-{number}", kind)
    if "unused" in company.traits:
        _unused(rng, n, provider, line)
    for _ in range(rng.randint(0, 12)):
        _shared(rng, n, line)


def _machine(rng: Random, company: Company, line: Line, node: str, kind: str) -> None:
    n = company.name
    company.machines[node] = MACHINES[kind]
    hours = rng.choice([*[Decimal(24)] * 3, Decimal(10), Decimal("7.25"), Decimal(0), None])
    base: Row = {
        "resource_id": node, "instance_type": kind, "service_category": "Compute", "service_name": f"{n} Machines",
        "consumed_quantity": hours, "consumed_unit": rng.choice(["Hours", "Hrs", "h"]),
    }  # fmt: skip
    if rng.random() < 0.3:
        base |= {"commitment_discount_id": f"{n}-plan{rng.choice('12')}", "commitment_discount_status": "Used"}
    line(money(rng, 0, 2000 if hours else 3), **base)
    if "corrections" in company.traits and rng.random() < 0.25:
        taken_back = {"charge_class": "Correction", "consumed_quantity": Decimal(rng.choice([0, -1, -2]))}
        line(money(rng, -50, 0), **(base | taken_back))
    if "gpu lines" in company.traits:
        # GPUs billed apart from the cores and memory of their machine.
        for unit, gpu_hours in (("Core Hours", Decimal(0)), ("GPU Hours", Decimal("3.5"))):
            if rng.random() < 0.2:
                line(money(rng, 0, 50), **(base | {"consumed_gpu_hours": gpu_hours, "consumed_unit": unit}))


def _unused(rng: Random, n: str, provider: str, line: Line) -> None:
    machines = {"service_name": f"{n} Machines"}
    for _ in range(rng.randint(0, 2)):
        plan = {"commitment_discount_id": f"{n}-plan{rng.choice('123')}", "commitment_discount_status": "Unused"}
        plan |= {"instance_type": rng.choice([None, None, "box8", "abox"]), "billed_cost": Decimal(0)}
        plan |= rng.choice([{}, {"consumed_quantity": Decimal(5), "consumed_unit": "Hours"}])
        line(money(rng, 0, 60), charge_category=rng.choice(["Usage", "Purchase"]), **(machines | plan))
    if rng.random() < 0.2:
        reserved = {"capacity_reservation_id": f"{provider}-cr", "capacity_reservation_status": "Unused"}
        reserved |= {"instance_type": "box8", "consumed_quantity": Decimal(24), "consumed_unit": "Hours"}
        line(money(rng, 0, 30), **(machines | reserved))
    if rng.random() < 0.3:
        fee = {"charge_category": "Purchase", "billed_cost": Decimal(3650), "commitment_discount_id": f"{n}-plan1"}
        line(Decimal(0), **(machines | fee))


def _shared(rng: Random, n: str, line: Line) -> None:
    kinds = [
        {"service_category": "Storage", "service_name": f"{n} Disk"},
        {"service_category": "Networking", "service_name": f"{n} Net"},
        {"service_name": f"{n} Help"},
        {"charge_category": "Tax", "service_name": f"{n} Tax"},
        {"charge_category": "Credit", "service_name": f"{n} Machines"},
        {"charge_category": "Adjustment", "service_name": f"{n} Refund"},
        # A machine type that is in no catalogue.
        {"instance_type": "strange.8", "service_name": f"{n} Machines", "consumed_quantity": Decimal(24),
         "consumed_unit": "Hours"},
    ]  # fmt: skip
    # Mostly storage, so that of one service some lines name somebody and some do not.
    kind = rng.choice([kinds[0], kinds[0], kinds[0], *kinds])
    low, high = {"Credit": (-40, 0), "Adjustment": (-20, 5)}.get(str(kind.get("charge_category")), (0, 60))
    line(Decimal(0) if rng.random() < 1 / 6 else money(rng, low, high), **kind)


def _tags(rng: Random, n: str) -> dict[str, str]:
    values = [f"{n}-red", f"{n}-blue", f"{n}-Red", f"{n}_red", f"{n}_blue", "else"]
    return {key: rng.choice(values) for key in ("team", "Team", f"{n}k", f"{n}K") if rng.random() < 0.3}


def _currency(rng: Random, company: Company) -> Row:
    if "currencies" not in company.traits:
        return {}
    return rng.choice([
        {}, {}, {"billing_currency": "EUR"}, {"billing_currency": "JPY"},
        {"billing_currency": "EUR", "provider_usd_rate": Decimal("1.0912")},
    ])  # fmt: skip
