"""What owned hardware and its site cost by the day and component; and pools of servers with their part of all else."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from math import ceil
from typing import NamedTuple

from _company import Company, Row
from _expected_bills import NO_MODEL, ZERO, Pool
from _expected_dates import YEAR_DAYS, month_days
from _expected_places import is_in_service
from _expected_power import ALL_DAYS, AssetHour, WallEnergy
from _expected_schedule import Schedule
from _expected_shares import split
from _expected_site import terms, usd_per_kwh

# Servers for which nothing is contracted bear equal parts.
A_WATT = Fraction(1, 1000)
BY_MONTH = {
    "network": "network_usd_per_month",
    "physical_security": "physical_security_usd_per_month",
    "facility": "facility_opex_usd_per_month",
}


class OwnedCost(NamedTuple):
    """USD of a component on a day, of an asset's GPU model or of what has none."""

    day: date
    site_id: str
    model: str
    component: str
    usd: Fraction


class OwnedPool(NamedTuple):
    """What a pool of servers costs by component, and its GPU-hours."""

    usd: dict[str, Fraction]
    hours: Fraction


def owned_costs(company: Company, energy: Mapping[AssetHour, WallEnergy]) -> list[OwnedCost]:
    """Every component of every day that costs or brings in something."""
    power = _power(company, energy)
    schedules = {asset["asset_id"]: Schedule(company, asset) for asset in company.assets}
    found = []
    for day in ALL_DAYS:
        for asset in company.assets:
            cost = _of_asset(company, asset, schedules[asset["asset_id"]], day)
            cost["power"] = power[asset["asset_id"], day]
            found += [OwnedCost(day, asset["site_id"], model_of(asset), name, usd) for name, usd in cost.items()]
        for site_id in sorted({asset["site_id"] for asset in company.assets}):
            live = [one for one in company.assets if one["site_id"] == site_id and is_in_service(one, day)]
            if live:
                cost = _of_site(terms(company, site_id, day), day, sum(asset["gpus"] for asset in live))
                found += [OwnedCost(day, site_id, NO_MODEL, name, usd) for name, usd in cost.items()]
    return [cost for cost in found if cost.usd]


def owned_pools(company: Company, costs: list[OwnedCost]) -> dict[Pool, OwnedPool]:
    """Each pool of servers, with its part of what has no GPUs."""
    found: dict[Pool, OwnedPool] = defaultdict(lambda: OwnedPool(defaultdict(Fraction), ZERO))
    for cost in costs:
        shares = _kw_of_servers(company, cost.site_id, cost.day) if cost.model == NO_MODEL else {}
        for model, usd in split(cost.usd, shares or {cost.model: Fraction(1)}).items():
            found[Pool(cost.day, "owned", cost.site_id, model)].usd[cost.component] += usd
    for day in ALL_DAYS:
        for asset in company.assets:
            if asset["gpus"] and is_in_service(asset, day):
                pool = Pool(day, "owned", asset["site_id"], model_of(asset))
                found[pool] = OwnedPool(found[pool].usd, found[pool].hours + 24 * asset["gpus"])
    return found


def model_of(asset: Row) -> str:
    """GPU model of an asset."""
    return asset.get("gpu_model") or NO_MODEL


def _power(company: Company, energy: Mapping[AssetHour, WallEnergy]) -> dict[tuple[str, date], Fraction]:
    found: dict[tuple[str, date], Fraction] = defaultdict(Fraction)
    site_of = {asset["asset_id"]: asset["site_id"] for asset in company.assets}
    for (asset_id, hour), wall in energy.items():
        pue = Fraction(terms(company, site_of[asset_id], hour.date())["pue_ratio"])
        found[asset_id, hour.date()] += wall.whole * pue * usd_per_kwh(company, site_of[asset_id], hour)
    return found


def _of_asset(company: Company, asset: Row, schedule: Schedule, day: date) -> dict[str, Fraction]:
    """Components of an asset, but for its energy."""
    live, retired = asset["go_live_date"], asset.get("retired_date")
    book = schedule.book_value(day)
    capital = book * Fraction(asset["cost_of_capital_frac_per_year"]) / YEAR_DAYS
    if day < asset["ordered_date"] or (retired and day > retired):
        return {}
    if day == retired:
        return {"disposal": book - Fraction(asset["sale_proceeds_usd"])}
    cost = {"impairment": schedule.impaired.get(day, ZERO)}
    if live is None or day < live:
        return cost | {"implementation": capital}
    site, price = terms(company, asset["site_id"], day), schedule.price
    kw = Fraction(asset["contracted_kw"]) / month_days(day)
    is_maintained = (asset.get("maintenance_from_date") or live) <= day
    return cost | {
        "depreciation": schedule.depreciation(day),
        "cost_of_capital": capital,
        "maintenance": is_maintained * price * Fraction(asset["maintenance_frac_per_year"]) / YEAR_DAYS,
        "software": Fraction(asset["software_usd_per_gpu_year"]) * asset["gpus"] / YEAR_DAYS,
        "insurance": book * Fraction(asset["insurance_frac_per_year"]) / YEAR_DAYS,
        "colocation": kw * Fraction(site["colocation_usd_per_kw_month"]),
        "demand_charge": kw * Fraction(site["demand_charge_usd_per_kw_month"]),
    }


def _of_site(site: Row, day: date, gpus: int) -> dict[str, Fraction]:
    posts = max(Fraction(site["staff_minimum_fte"]), Fraction(ceil(gpus / Fraction(site["staff_gpus_per_fte"]))))
    return {
        "staff": posts * Fraction(site["staff_usd_per_fte_year"]) / YEAR_DAYS,
        "compliance": Fraction(site["compliance_usd_per_year"]) / YEAR_DAYS,
    } | {name: Fraction(site[column]) / month_days(day) for name, column in BY_MONTH.items()}


def _kw_of_servers(company: Company, site_id: str, day: date) -> dict[str, Fraction]:
    """Contracted power of each GPU model: of servers that are live; else of those that wait or leave that day."""
    found: dict[bool, dict[str, Fraction]] = {True: defaultdict(Fraction), False: defaultdict(Fraction)}
    for asset in company.assets:
        retired = asset.get("retired_date")
        is_there = asset["site_id"] == site_id and asset["ordered_date"] <= day <= (retired or day)
        if is_there and model_of(asset) != NO_MODEL:
            found[is_in_service(asset, day)][model_of(asset)] += max(A_WATT, Fraction(asset["contracted_kw"]))
    return found[True] or found[False]
