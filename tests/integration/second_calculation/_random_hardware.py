"""Owned hardware at random: bought, live, written off and down, sold or scrapped, metered or not."""

from __future__ import annotations

import math
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from random import Random

from _company import AS_OF, DAYS, Company, Row
from _expected_bills import ZERO
from _expected_schedule import Schedule
from _owned import asset
from _pools import REFERENCE
from _random_bills import some
from _random_rules import LINEAGE

START, SECOND, THIRD = (day.date() for day in DAYS)
# Planned for a day on which the night knows nothing yet.
LATER = AS_OF + timedelta(days=3)
FEW = (START - timedelta(days=1), START, SECOND, THIRD, LATER)
METHODS = ("straight_line", "declining_balance", "sum_of_years", "macrs_5", "annuity")


def draw_hardware(rng: Random, company: Company) -> None:
    """One to four assets at sites of the company's own; the first is a server."""
    site_ids = sorted({row["site_id"] for row in company.sites})
    for number in range(rng.randint(1, 4)):
        _asset(rng, company, rng.choice(site_ids), number, is_server=number == 0 or rng.random() < 0.75)


def draw_server_kinds(rng: Random, company: Company) -> None:
    """What is known of servers by GPU model and count; of some neither power nor carbon."""
    for letter, gpus in (("H", 8), ("H", 2), ("H", 4), ("A", 4), ("A", 8)):
        if rng.random() < 0.3:
            continue
        is_measured = rng.random() < 0.7
        company.server_kinds.append(
            REFERENCE
            | {
                "node_type": f"{company.name} {letter}{gpus}",
                "gpu_model": f"{company.name}-{letter}",
                "gpus": gpus,
                "fixed_wall_kw": some(rng, 0.1, 2, 2) if is_measured else None,
                "wall_to_gpu_ratio": some(rng, 0.9, 1.4, 2) if is_measured else None,
                "embodied_kgco2e": rng.choice([None, Decimal("1234.5"), Decimal(3000)]),
                "embodied_life_months": rng.choice([36, 48, 72]),
            }
        )


def draw_meter_readings(rng: Random, company: Company) -> None:
    """Meters of some servers, with holes, blanks and readings no GPU explains."""
    for one in company.assets:
        if not one.get("node") or rng.random() < 0.5:
            continue
        for day in DAYS:
            if rng.random() < 0.3:
                continue
            when = day + timedelta(hours=rng.randint(0, 22), minutes=rng.randint(0, 59))
            for _ in range(rng.randint(1, 40)):
                watts = rng.choice([None, 500.0, 1500.0, 3000.0, 9000.0, 0.0])
                company.meter_readings.append({
                    "delivery_id": "d1", "source_part": "f", "source": "bmc_power", "sampled_at": when,
                    "node": one["node"], "sensor": "sys", "system_power_w": watts,
                    "null_reason": "blank" if watts is None else None,
                })  # fmt: skip
                when += timedelta(seconds=rng.choice([60, 300, 300, 300, 400]))


def _asset(rng: Random, company: Company, site_id: str, number: int, *, is_server: bool) -> None:
    n = company.name
    has_energy = "energy" in company.traits
    ordered, live = _began(rng)
    retired = rng.choice([None, None, SECOND, THIRD, LATER])
    retired = retired if retired and retired > (live or ordered) else None
    price, kw = some(rng, 1000, 300000), some(rng, 0.5, 12)
    is_contracted = rng.random() < 0.9
    maintained = START - timedelta(days=rng.choice([400, 0, -1, -2]))
    row = asset(
        f"{n}-a{number}",
        price,
        ordered,
        live,
        site_id=site_id,
        salvage_usd=rng.choice([Decimal(0), Decimal(0), price / 4, price]),
        life_months=rng.choice([1, 13, 30, 36, 60]),
        depreciation_method=rng.choice(METHODS) if "methods" in company.traits else "straight_line",
        cost_of_capital_frac_per_year=rng.choice([Decimal(0), some(rng, 0, 0.2)]),
        maintenance_frac_per_year=some(rng, 0, 0.1),
        maintenance_from_date=rng.choice([None, maintained]),
        software_usd_per_gpu_year=some(rng, 0, 500),
        insurance_frac_per_year=some(rng, 0, 0.05),
        idle_kw=kw,
        peak_kw=kw + (some(rng, 0, 6) if has_energy else 0),
        contracted_kw=kw * 2 if is_contracted else Decimal(0),
        retired_date=retired,
        sale_proceeds_usd=some(rng, -100, 90000) if retired else None,
    )
    if "impairments" in company.traits:
        _impairments(rng, company, row)
    if not is_server:
        # A spare is of a GPU model and has no GPUs that serve.
        of_none = [{"asset_class": name} for name in ("network", "storage", "rack")]
        company.assets.append(row | rng.choice([*of_none, {"asset_class": "spare", "gpu_model": f"{n}-H"}]))
        return
    node, letter, gpus = f"{n}-own-{number}", rng.choice("HHA"), rng.choice([2, 4, 8])
    host = _register_cards(rng, company, row["asset_id"], node, gpus) if "cards" in company.traits else node
    company.machines[host] = (letter, gpus)
    server = {"node": node, "gpu_model": f"{n}-{letter}", "gpus": gpus}
    company.assets.append(row | server | (_own_energy(rng) if has_energy else {}))


def _register_cards(rng: Random, company: Company, asset_id: str, node: str, gpus: int) -> str:
    """Which cards are in a server, some of them exchanged on the second day; its host's name, which may be another."""
    host = rng.choice([node, f"{node}-renamed"])
    for number in range(gpus):
        card = LINEAGE | {"asset_id": asset_id, "slot_index": number, "valid_from_date": START - timedelta(days=9)}
        first = card | {"gpu_uuid": f"{host}-g{number}"}
        if rng.random() < 0.3:
            # The register goes by the day, and lets both be there on some.
            first |= {"valid_to_date": rng.choice([None, AS_OF])}
            second = {"gpu_uuid": f"{host}-g{number}-new", "valid_from_date": SECOND}
            company.cards.append(card | second)
            company.exchanged[first["gpu_uuid"]] = second["gpu_uuid"]
        company.cards.append(first)
    return host


def _began(rng: Random) -> tuple[date, date | None]:
    """Day of order and first day in service; the last days of a month come often, whose day not every month has."""
    ordered = START - timedelta(days=rng.choice([0, 1, 40, 400, rng.randint(0, 2500)]))
    live = rng.choice([None, LATER, *(max(ordered, day.date()) for day in DAYS), *([ordered + timedelta(days=30)] * 9)])
    if live and rng.random() < 0.2:
        live = max(ordered, live - timedelta(days=live.day))
    return ordered, live


def _impairments(rng: Random, company: Company, row: Row) -> None:
    """Up to two write-downs while it is held, each as far as the book value allows: no other would pass the gate."""
    ordered, salvage, is_macrs = row["ordered_date"], row["salvage_usd"], row["depreciation_method"] == "macrs_5"
    last = (row["retired_date"] or LATER + timedelta(days=1)) - timedelta(days=1)
    days = [day for day in (*FEW, ordered + timedelta(days=rng.randint(0, 2000))) if ordered <= day <= last]
    for day in sorted(rng.sample(days, min(len(days), rng.choice([0, 1, 2])))):
        schedule = Schedule(company, row)
        stated = rng.choice([None, salvage / 2, Decimal(0), salvage * 2])
        keeps = ZERO if is_macrs else Fraction(salvage if stated is None else stated)
        room = schedule.book_value(day) - keeps
        if room < 0:
            continue
        usd = rng.choice([Decimal(0), Decimal(math.floor(room * 100)) / 100, Decimal(math.floor(room * 30)) / 100])
        if schedule.is_over(day) and not is_macrs:
            # Nothing is left to write off: what is lost is lost of what it is expected to bring.
            usd, stated = salvage - salvage / 2, salvage / 2
        event = {"asset_id": row["asset_id"], "impairment_date": day, "impairment_usd": usd, "new_salvage_usd": stated}
        company.impairments.append(LINEAGE | event)
        salvage = salvage if stated is None else stated


def _own_energy(rng: Random) -> Row:
    known: Row = {}
    if rng.random() < 0.5:
        known |= {"fixed_wall_kw": some(rng, 0, 3, 2), "wall_to_gpu_ratio": some(rng, 0, 1.4, 2)}
    if rng.random() < 0.5:
        known |= {"embodied_kgco2e": Decimal(rng.choice([0, 3650, 10000]))}
    return known
