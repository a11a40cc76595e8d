"""Hand-made registers of owned assets, built into owned cost: each case is an asset at a site of its own."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from _telemetry import Telemetry, ask, build, deliver

from pipelines.settings import Settings

LINEAGE = {"delivery_id": "reference", "source_part": "f"}
ASSET = {
    "asset_class": "gpu_server", "gpus": 0, "salvage_usd": 0, "life_months": 60,
    "depreciation_method": "straight_line", "cost_of_capital_frac_per_year": 0, "idle_kw": 0, "peak_kw": 0,
    "contracted_kw": 0, "maintenance_frac_per_year": 0, "software_usd_per_gpu_year": 0, "insurance_frac_per_year": 0,
}  # fmt: skip
SITE = {
    "site_name": "Hall", "operator": "Halls", "jurisdiction": "PT", "valid_from_date": date(2000, 1, 1),
    "pue_ratio": 1, "colocation_usd_per_kw_month": 0, "demand_charge_usd_per_kw_month": 0,
    "network_usd_per_month": 0, "physical_security_usd_per_month": 0, "compliance_usd_per_year": 0,
    "facility_opex_usd_per_month": 0, "staff_usd_per_fte_year": 0, "staff_minimum_fte": 0, "staff_gpus_per_fte": 1,
}  # fmt: skip
TARIFF = {"valid_from_date": date(2000, 1, 1), "hour_from_index": 0, "hour_to_index": 24, "energy_usd_per_kwh": 0}


def asset(name: str, price: float | Decimal, ordered: date, live: date | None, **more: Any) -> dict[str, Any]:
    """A row of the asset register, at the site of the same name."""
    own = {
        "asset_id": name, "site_id": name, "purchase_price_usd": price, "ordered_date": ordered, "go_live_date": live,
    }  # fmt: skip
    return LINEAGE | ASSET | own | more


def site(name: str, **more: Any) -> dict[str, Any]:
    """A row of the site register."""
    return LINEAGE | SITE | {"site_id": name} | more


def tariff(name: str, **more: Any) -> dict[str, Any]:
    """A row of the tariff register."""
    return LINEAGE | TARIFF | {"site_id": name} | more


def build_owned(
    settings: Settings, registers: dict[str, list[dict[str, Any]]], last: date, select: tuple[str, ...] = ()
) -> None:
    """Owned cost of the registers from the first order to `last`, with the tests of its models.

    Sites of assets that the registers do not have cost nothing, nor does energy without a tariff.
    """
    first = min(row["ordered_date"] for row in registers["raw.asset"])
    names = {row["site_id"] for row in registers["raw.asset"]}
    for table, plain in (("raw.site", site), ("raw.tariff", tariff)):
        given = registers.setdefault(table, [])
        given += [plain(name) for name in sorted(names - {row["site_id"] for row in given})]
    deliver(settings, Telemetry(), registers)
    build(settings, first, last, select=["+int_owned_cost_daily", *select])


def cost(settings: Settings, name: str, component: str, where: str = "true") -> Decimal | None:
    """Cost of a component of an asset (or a site), USD."""
    sql = "select sum(cost_usd) from intermediate.int_owned_cost_daily "
    ((found,),) = ask(settings, f"{sql} where site_id = '{name}' and component = '{component}' and {where}")
    return found
