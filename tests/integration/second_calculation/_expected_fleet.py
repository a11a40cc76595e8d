"""Lease beside own by month: hours, cost as it accrues and as it is paid, and what the other side would have asked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from math import ceil
from re import IGNORECASE, fullmatch
from typing import NamedTuple

from _company import AS_OF, Company
from _expected_bills import NO_MODEL, ZERO, Charge, Pool
from _expected_owned import OwnedPool, model_of
from _expected_shares import counted
from _expected_usage import AN_HOUR, Usage

OTHER = {"leased": "owned", "owned": "leased"}
HARDWARE = ("depreciation", "impairment", "disposal")
CAPITAL = ("cost_of_capital", "implementation")


class Fleet(NamedTuple):
    """A month of a GPU model at a place."""

    month: date
    model: str
    sourcing: str
    location: str


@dataclass
class FleetMonth:
    """GPU-hours by kind, as far as anything tells of them; and USD."""

    hours: dict[str, Fraction] = field(default_factory=lambda: defaultdict(Fraction))
    accrued: Fraction = ZERO
    hardware: Fraction = ZERO
    capital: Fraction = ZERO
    capex_cash: Fraction = ZERO
    opex_cash: Fraction = ZERO


def fleet_months(
    company: Company,
    billed: Iterable[Charge],
    owned: Mapping[Pool, OwnedPool],
    usage: Usage,
    workloads: Iterable[tuple[Pool, Mapping[str, Fraction]]],
) -> dict[Fleet, dict[str, Fraction | None]]:
    """Every month of every model and place; `workloads` are cost and hours of each workload of each pool."""
    found: dict[Fleet, FleetMonth] = defaultdict(FleetMonth)
    for pool, cells in workloads:
        if not any(cells.values()):
            continue
        month = found[_fleet(pool)]
        month.accrued += cells["total_cost_usd"]
        for kind in ("paid", "allocated"):
            month.hours[kind] += cells[f"gpu_hours_{kind}"]
    for at, devices in usage.devices.items():
        hours = found[_fleet(usage.pool_of[at])].hours
        for time in devices.values():
            hours["measured"] += time.used * time.part / AN_HOUR
            hours["busy"] += time.busy * time.part / AN_HOUR
    for pool, cost in owned.items():
        month = found[_fleet(pool)]
        month.hardware += sum((cost.usd[name] for name in HARDWARE), ZERO)
        month.capital += sum((cost.usd[name] for name in CAPITAL), ZERO)
        month.opex_cash += sum((usd for name, usd in cost.usd.items() if name not in HARDWARE + CAPITAL), ZERO)
    for charge in billed:
        if charge.billed_month:
            paid_in = Fleet(charge.billed_month, charge.model or NO_MODEL, "leased", charge.provider)
            found[paid_in].opex_cash += charge.billed_usd
    for asset in company.assets:
        retired = asset.get("retired_date")
        for day, usd in (
            (asset["ordered_date"], Fraction(asset["purchase_price_usd"])),
            (retired, -Fraction(asset["sale_proceeds_usd"] or 0)),
        ):
            if day and day < AS_OF:
                found[Fleet(day.replace(day=1), model_of(asset), "owned", asset["site_id"])].capex_cash += usd
    return {fleet: _cells(company, found, fleet) for fleet in found}


def _fleet(pool: Pool) -> Fleet:
    return Fleet(pool.day.replace(day=1), pool.model, pool.sourcing, pool.location)


def _cells(company: Company, found: Mapping[Fleet, FleetMonth], fleet: Fleet) -> dict[str, Fraction | None]:
    month = found[fleet]
    told = dict(month.hours)
    if not told.get("measured"):
        # Of time of which nobody knows it is not known that nothing ran.
        told.pop("busy", None)
    cells: dict[str, Fraction | None] = {f"gpu_hours_{kind}": hours for kind, hours in told.items()}
    paid = month.hours.get("paid", ZERO)
    hours = {kind: counted(amount) for kind, amount in ({"measured": ZERO} | told).items()}
    if paid > 0:
        cells |= {f"{kind}_frac": hours[kind] / paid for kind in hours.keys() - {"paid"}}
    for kind in hours.keys() - {"measured"}:
        cells[f"cost_usd_per_{kind}_gpu_hour"] = month.accrued / hours[kind] if hours[kind] > 0 else None
    cells |= {
        "accrued_cost_usd": month.accrued,
        "capex_cost_usd": month.hardware,
        "capital_charge_usd": month.capital,
        "opex_cost_usd": month.accrued - month.hardware - month.capital,
        "capex_cash_usd": month.capex_cash,
        "opex_cash_usd": month.opex_cash,
        "cash_usd": month.capex_cash + month.opex_cash,
    }
    prices = {
        "realised": _realised_price(found, fleet),
        "list": _list_price(company, fleet) if fleet.sourcing == "owned" else None,
    }
    for kind, price in prices.items():
        cells[f"other_{kind}_usd_per_gpu_hour"] = price
        if price is not None and paid > 0:
            cells[f"other_{kind}_cost_usd"] = price * paid
            cells[f"dearer_than_other_{kind}_usd"] = month.accrued - price * paid
    return cells


def _realised_price(found: Mapping[Fleet, FleetMonth], fleet: Fleet) -> Fraction | None:
    """What an hour of the model cost on the other side that month, over all its places."""
    others = [
        other
        for at, other in found.items()
        if (at.month, at.model, at.sourcing) == (fleet.month, fleet.model, OTHER[fleet.sourcing])
    ]
    hours = sum((other.hours.get("paid", ZERO) for other in others), ZERO)
    return sum((other.accrued for other in others), ZERO) / hours if hours > 0 else None


def _list_price(company: Company, fleet: Fleet) -> Fraction | None:
    """Lower median of the prices at which the model was to be had that month; a minimum of many is no price for all."""
    patterns = {row["gpu_model"]: row["name_patterns"] for row in company.gpu_models}
    prices = sorted(
        Fraction(row["price_usd_per_gpu_hour"])
        for row in company.price_points
        if fleet.model in patterns
        and fullmatch(patterns[fleet.model], row["gpu_model_name"], IGNORECASE)
        and row["observed_at"].date().replace(day=1) == fleet.month
        and (row["pricing_model"], row["price_basis"]) == ("on_demand", "list")
        and row["statistic"] != "minimum"
        and row["price_usd_per_gpu_hour"] > 0
    )
    return prices[ceil(len(prices) / 2) - 1] if prices else None
