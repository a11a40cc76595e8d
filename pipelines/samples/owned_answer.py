"""The known answer for owned cost: per asset and day, per component, in `Decimal` of 50 digits.

Each amount of an asset-day (or site-day) is rounded half up to 18 places, then summed. The registers and the ledger of
GPU-hours are the only inputs. Days are UTC, from the first of the year to the last.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import ROUND_CEILING, Decimal
from pathlib import Path
from typing import Final

from pipelines.samples.activity import GpuHour
from pipelines.samples.answers import write_answer
from pipelines.samples.registers import ASSETS, IMPAIRMENTS, SITES, TARIFFS, Asset, Impairment, Site
from pipelines.samples.world import END, START, hour_at, month_text, rounded

DAYS_PER_YEAR: Final = 365
ZERO: Final = Decimal(0)
# What the reference says of such a server: power at the wall beside the GPUs', and for each kW of theirs.
FIXED_WALL_KW: Final = Decimal("1.75")
WALL_TO_GPU_RATIO: Final = Decimal("1.1")
# Node → hour → (sum of power in tenths of a watt, GPUs seen).
Drawn = dict[str, dict[int, tuple[int, int]]]


def write_owned_answer(answer_dir: Path, ledger: list[GpuHour]) -> None:
    """Write `owned_cost_by_month`: USD by month and component; what costs nothing has no row.

    The functions below say how.
    """
    drawn = _drawn(ledger)
    totals: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    day = START.date()
    while day < END.date():
        for asset in ASSETS:
            for component, cost in _asset_day(asset, day, drawn):
                totals[month_text(day), component] += rounded(cost)
        for component, cost in _site_day(day):
            totals[month_text(day), component] += rounded(cost)
        day += timedelta(days=1)
    write_answer(
        answer_dir / "owned_cost_by_month.csv",
        ("cost_month", "component", "cost_usd"),
        ((*key, total) for key, total in sorted(totals.items()) if total),
    )


def _drawn(ledger: list[GpuHour]) -> Drawn:
    owned = {asset.node for asset in ASSETS if asset.node}
    found: Drawn = {node: {} for node in owned}
    for row in ledger:
        if row.card.node in owned:
            total, gpus = found[row.card.node].get(row.hour, (0, 0))
            found[row.card.node][row.hour] = (total + row.power_dw, gpus + 1)
    return found


def _site_on(day: date) -> Site:
    (site,) = [s for s in SITES if s.valid_from_date <= day and (s.valid_to_date is None or day < s.valid_to_date)]
    return site


def _days_of_month(day: date) -> int:
    first = day.replace(day=1)
    after = (first + timedelta(days=32)).replace(day=1)
    return (after - first).days


def _end_of_life(asset: Asset) -> date:
    months = asset.go_live_date.month - 1 + asset.life_months
    return asset.go_live_date.replace(year=asset.go_live_date.year + months // 12, month=months % 12 + 1)


def _asset_day(asset: Asset, day: date, drawn: Drawn) -> Iterator[tuple[str, Decimal]]:
    """Components of one asset on one day, USD.

    implementation (ordered ≤ day < go-live): price × WACC / 365: the money is out and earns nothing.
    depreciation: book value less salvage over the days left of the life in months; it changes at an impairment only.
    cost_of_capital, insurance: net book value at the start of the day × rate / 365; the book value is the price less
        depreciation of the days before, not rounded, and impairments to this day.
    impairment: on its day.
    maintenance: price × rate / 365 from its first day, or from go-live.
    software: price of a GPU-year × GPUs / 365.
    colocation, demand_charge: price of a kW-month × contracted kW / days of that month.
    power: see `_power`.
    """
    price, wacc = asset.purchase_price_usd, asset.cost_of_capital_frac_per_year
    if day < asset.go_live_date:
        if asset.ordered_date <= day:
            yield "implementation", price * wacc / DAYS_PER_YEAR
        return
    site = _site_on(day)
    book_value, per_day = _book_value(asset, day)
    yield (
        "impairment",
        sum((event.impairment_usd for event in _impairments(asset) if event.impairment_date == day), ZERO),
    )
    yield "depreciation", per_day
    yield "cost_of_capital", book_value * wacc / DAYS_PER_YEAR
    yield "insurance", book_value * asset.insurance_frac_per_year / DAYS_PER_YEAR
    if day >= (asset.maintenance_from_date or asset.go_live_date):
        yield "maintenance", price * asset.maintenance_frac_per_year / DAYS_PER_YEAR
    yield "software", asset.software_usd_per_gpu_year * asset.gpus / DAYS_PER_YEAR
    yield "colocation", site.colocation_usd_per_kw_month * asset.contracted_kw / _days_of_month(day)
    yield "demand_charge", site.demand_charge_usd_per_kw_month * asset.contracted_kw / _days_of_month(day)
    yield "power", _power(asset, site, day, drawn)


def _impairments(asset: Asset) -> list[Impairment]:
    """In the order of their days. All are in service, and none changes the salvage value."""
    found = [event for event in IMPAIRMENTS if event.asset_id == asset.asset_id]
    return sorted(found, key=lambda event: event.impairment_date)


def _book_value(asset: Asset, day: date) -> tuple[Decimal, Decimal]:
    """Book value at the start of a day in service, and the depreciation of that day: straight line."""
    end, since, value = _end_of_life(asset), asset.go_live_date, asset.purchase_price_usd
    for event in _impairments(asset):
        if event.impairment_date <= day:
            value -= (value - asset.salvage_usd) / (end - since).days * (event.impairment_date - since).days
            value -= event.impairment_usd
            since = event.impairment_date
    per_day = (value - asset.salvage_usd) / (end - since).days
    return value - per_day * (day - since).days, per_day


def _power(asset: Asset, site: Site, day: date, drawn: Drawn) -> Decimal:
    """USD of a day: over its hours, kWh at the wall × PUE × tariff of the hour.

    A server draws its fixed part and so much for each kW of its GPUs; GPUs that were not seen leave their part of it at
    idle. Assets without GPUs draw idle power.
    """
    first = hour_at(day.isoformat())
    cost = Decimal(0)
    for hour in range(24):
        energy_kwh = asset.idle_kw
        if asset.gpus:
            total_dw, seen = drawn[asset.node][first + hour]
            idle_kwh = (asset.gpus - seen) * asset.idle_kw / asset.gpus
            energy_kwh = seen * FIXED_WALL_KW / asset.gpus + WALL_TO_GPU_RATIO * total_dw / 10_000 + idle_kwh
        cost += energy_kwh * site.pue_ratio * _tariff(day, hour)
    return cost


def _tariff(day: date, hour: int) -> Decimal:
    (tariff,) = [
        t
        for t in TARIFFS
        if t.valid_from_date <= day
        and (t.valid_to_date is None or day < t.valid_to_date)
        and t.hour_from_index <= hour < t.hour_to_index
    ]
    return tariff.energy_usd_per_kwh


def _site_day(day: date) -> Iterator[tuple[str, Decimal]]:
    """Components of the site on one day, USD, from the day the first asset there goes live.

    staff: max(minimum FTE, GPUs live that day / GPUs per FTE, rounded up) × cost of an FTE-year / 365.
    compliance: per year / 365.
    network, physical_security, facility (its other running cost): per month / days of that month.
    """
    if day < min(asset.go_live_date for asset in ASSETS):
        return
    site = _site_on(day)
    gpus = sum(asset.gpus for asset in ASSETS if asset.go_live_date <= day)
    posts = (gpus / site.staff_gpus_per_fte).to_integral_value(rounding=ROUND_CEILING)
    yield "staff", max(site.staff_minimum_fte, posts) * site.staff_usd_per_fte_year / DAYS_PER_YEAR
    yield "compliance", site.compliance_usd_per_year / DAYS_PER_YEAR
    days = _days_of_month(day)
    yield "network", site.network_usd_per_month / days
    yield "physical_security", site.physical_security_usd_per_month / days
    yield "facility", site.facility_opex_usd_per_month / days
