"""What owned hardware and its site cost by the day: each pool of servers, with its part of all else at the site."""

from __future__ import annotations

import calendar
from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from math import ceil

from _company import Company, Row
from _expected_bills import NO_MODEL, ZERO, Pool
from _expected_places import is_in_service
from _expected_power import ALL_DAYS, AssetHour, WallEnergy

YEAR_DAYS = 365


def months_later(day: date, months: int) -> date:
    """The same day of a later month, or its last."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def owned_pools(company: Company, energy: Mapping[AssetHour, WallEnergy]) -> dict[Pool, tuple[Fraction, Fraction]]:
    """USD and GPU-hours paid of each pool of servers."""
    kwh: dict[tuple[str, date], Fraction] = defaultdict(Fraction)
    for (asset_id, hour), wall in energy.items():
        kwh[asset_id, hour.date()] += wall.whole
    found: dict[Pool, tuple[Fraction, Fraction]] = {}
    for site in company.sites:
        for day in ALL_DAYS:
            found |= _site_day(company, site, day, kwh)
    return found


def _site_day(
    company: Company, site: Row, day: date, kwh: Mapping[tuple[str, date], Fraction]
) -> dict[Pool, tuple[Fraction, Fraction]]:
    cost, hours = defaultdict(Fraction), defaultdict(Fraction)
    in_service, waiting = defaultdict(Fraction), defaultdict(Fraction)
    price = Fraction(company.tariffs[0]["energy_usd_per_kwh"])
    for asset in company.assets:
        energy_usd = kwh.get((asset["asset_id"], day), ZERO) * Fraction(site["pue_ratio"]) * price
        model = asset["gpu_model"] if asset["gpus"] else NO_MODEL
        cost[model] += _asset_usd(asset, site, day) + energy_usd
        retired = asset.get("retired_date")
        if asset["gpus"] and asset["ordered_date"] <= day and (retired is None or day <= retired):
            waiting[model] += Fraction(asset["contracted_kw"])
        if asset["gpus"] and is_in_service(asset, day):
            in_service[model] += Fraction(asset["contracted_kw"])
            hours[model] += 24 * asset["gpus"]
    live = [asset for asset in company.assets if is_in_service(asset, day)]
    if live:
        cost[NO_MODEL] += _site_usd(site, day, sum(asset["gpus"] for asset in live))
    # Before any server is live, and on the day the last one leaves, what else stands there is of those that wait or go.
    shares = in_service or waiting
    if shares:
        rest = cost.pop(NO_MODEL, ZERO)
        for model, kw in shares.items():
            cost[model] += rest * kw / sum(shares.values())
    return {
        Pool(day, "owned", site["site_id"], model): (cost[model], hours[model]) for model in cost.keys() | hours.keys()
    }


def _asset_usd(asset: Row, site: Row, day: date) -> Fraction:
    """Cost of an asset on a day, but for its energy."""
    price, live, retired = Fraction(asset["purchase_price_usd"]), asset["go_live_date"], asset.get("retired_date")
    capital = Fraction(asset["cost_of_capital_frac_per_year"]) / YEAR_DAYS
    if live is None or day < live:
        return price * capital if asset["ordered_date"] <= day else ZERO
    life = (months_later(live, asset["life_months"]) - live).days
    daily = (price - Fraction(asset["salvage_usd"])) / life
    book = price - daily * min((day - live).days, life)
    if day == retired:
        return book - Fraction(asset["sale_proceeds_usd"])
    if not is_in_service(asset, day):
        return ZERO
    per_kw_month = Fraction(site["colocation_usd_per_kw_month"]) + Fraction(site["demand_charge_usd_per_kw_month"])
    return (
        (daily if (day - live).days < life else ZERO)
        + book * capital
        + price * Fraction(asset["maintenance_frac_per_year"]) / YEAR_DAYS
        + Fraction(asset["software_usd_per_gpu_year"]) * asset["gpus"] / YEAR_DAYS
        + book * Fraction(asset["insurance_frac_per_year"]) / YEAR_DAYS
        + Fraction(asset["contracted_kw"]) * per_kw_month / _month_days(day)
    )


def _site_usd(site: Row, day: date, gpus: int) -> Fraction:
    posts = max(Fraction(site["staff_minimum_fte"]), Fraction(ceil(gpus / Fraction(site["staff_gpus_per_fte"]))))
    by_month = ("network_usd_per_month", "physical_security_usd_per_month", "facility_opex_usd_per_month")
    return (
        posts * Fraction(site["staff_usd_per_fte_year"]) / YEAR_DAYS
        + sum(Fraction(site[name]) for name in by_month) / _month_days(day)
        + Fraction(site["compliance_usd_per_year"]) / YEAR_DAYS
    )


def _month_days(day: date) -> int:
    return calendar.monthrange(day.year, day.month)[1]
