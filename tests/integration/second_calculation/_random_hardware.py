"""Owned hardware and lease contracts at random: bought, live, retired, metered or not, left early, ramped up."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from random import Random

from _company import AS_OF, DAYS, Company, Row
from _owned import asset, site, tariff
from _pools import REFERENCE
from _random_bills import money
from _random_rules import LINEAGE

START = DAYS[0].date()
SECOND, THIRD = DAYS[1].date(), DAYS[2].date()


def draw_hardware(rng: Random, company: Company) -> None:
    """One to four assets at a site of the company's own; the first is a server."""
    has_energy = "energy" in company.traits
    site_id = f"{company.name}-s"
    company.sites.append(
        site(
            site_id,
            pue_ratio=_some(rng, 1, 2),
            colocation_usd_per_kw_month=_some(rng, 0, 200),
            demand_charge_usd_per_kw_month=_some(rng, 0, 20),
            network_usd_per_month=_some(rng, 0, 900),
            physical_security_usd_per_month=_some(rng, 0, 900),
            compliance_usd_per_year=_some(rng, 0, 9000),
            facility_opex_usd_per_month=_some(rng, 0, 900),
            staff_usd_per_fte_year=_some(rng, 0, 90000),
            staff_minimum_fte=_some(rng, 0, 2),
            staff_gpus_per_fte=Decimal(rng.choice([1, 4, 8, 16])),
            grid_gco2e_per_kwh=rng.choice([None, _some(rng, 0, 700)]) if has_energy else None,
        )
    )
    company.tariffs.append(tariff(site_id, energy_usd_per_kwh=_some(rng, 0, 1)))
    for number in range(rng.randint(1, 4)):
        _asset(rng, company, site_id, number, is_server=number == 0 or rng.random() < 0.75)


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
                "fixed_wall_kw": _some(rng, 0.1, 2, 2) if is_measured else None,
                "wall_to_gpu_ratio": _some(rng, 0.9, 1.4, 2) if is_measured else None,
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


def draw_contracts(rng: Random, company: Company) -> None:
    """Up to two contracts that nothing bills; some name the company's own site as where they are used."""
    n = company.name
    for number in range(rng.randint(0, 2)):
        start = START - timedelta(days=rng.choice([0, -1, 5, 45, 200]))
        end = start + timedelta(days=rng.choice([2, 30, 365]))
        left = rng.choice([None, None, SECOND, THIRD])
        is_left = left is not None and start < left < end
        # Use is known where GPUs of the model are seen at the place it names.
        servers = [row["gpu_model"] for row in company.assets if row["gpus"]]
        is_at_site = bool(servers) and rng.random() < 0.7
        company.contracts.append(
            LINEAGE
            | {
                "contract_id": f"{n}-k{number}",
                "counterparty": f"{n}-z{number}",
                "jurisdiction": "SE",
                "gpu_model": rng.choice(servers) if is_at_site else f"{n}-{rng.choice('HA')}",
                "gpus": rng.choice([1, 2, 8]),
                "start_date": start,
                "end_date": end,
                "committed_price_usd_per_gpu_hour": money(rng, 0, 4),
                "upfront_usd": rng.choice([Decimal(0), money(rng, 0, 4000)]),
                "take_or_pay_frac": Decimal(rng.choice(["1", "0.8", "0.5", "0"])),
                "terminated_date": left if is_left else None,
                "termination_fee_usd": money(rng, 0, 500) if is_left else None,
                "fulfillment_interval": rng.choice([None, "Monthly", "Quarterly", "Full Period"]),
                "usage_location": f"{n}-s" if is_at_site else None,
            }
        )
        if rng.random() < 0.3:
            step = {"from_date": start + timedelta(days=rng.choice([1, 2, 60])), "gpus": rng.choice([0, 1, 4, 16])}
            company.ramps.append(LINEAGE | {"contract_id": f"{n}-k{number}"} | step)


def _asset(rng: Random, company: Company, site_id: str, number: int, *, is_server: bool) -> None:
    n = company.name
    has_energy = "energy" in company.traits
    ordered = START - timedelta(days=rng.choice([0, 1, 40, 400]))
    went_live = [max(ordered, day.date() + timedelta(days=later)) for day in DAYS for later in (-300, -30, 0)]
    live = rng.choice([*went_live, None])
    retired = rng.choice([None, None, SECOND, THIRD])
    retired = retired if live and retired and retired > live else None
    price, kw = _some(rng, 1000, 300000), _some(rng, 0.5, 12)
    row = asset(
        f"{n}-a{number}",
        price,
        ordered,
        live,
        site_id=site_id,
        salvage_usd=rng.choice([Decimal(0), price / 4]),
        life_months=rng.choice([1, 36, 60]),
        cost_of_capital_frac_per_year=rng.choice([Decimal(0), _some(rng, 0, 0.2)]),
        maintenance_frac_per_year=_some(rng, 0, 0.1),
        software_usd_per_gpu_year=_some(rng, 0, 500),
        insurance_frac_per_year=_some(rng, 0, 0.05),
        idle_kw=kw,
        peak_kw=kw + (_some(rng, 0, 6) if has_energy else 0),
        contracted_kw=kw * 2,
        retired_date=retired,
        sale_proceeds_usd=_some(rng, -100, 90000) if retired else None,
    )
    if not is_server:
        company.assets.append(row | {"asset_class": rng.choice(["network", "storage", "rack"])})
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


def _own_energy(rng: Random) -> Row:
    known: Row = {}
    if rng.random() < 0.5:
        known |= {"fixed_wall_kw": _some(rng, 0, 3, 2), "wall_to_gpu_ratio": _some(rng, 0, 1.4, 2)}
    if rng.random() < 0.5:
        known |= {"embodied_kgco2e": Decimal(rng.choice([0, 3650, 10000]))}
    return known


def _some(rng: Random, low: float, high: float, places: int = 3) -> Decimal:
    return Decimal(str(round(rng.uniform(low, high), places)))
