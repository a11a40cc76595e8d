"""The published month of a warehouse-scale data center, from register files through the warehouse.

Everything published is by the month of 8760 / 12 hours; what the warehouse accrues by the day makes months unequal, so
a twelfth of a year is compared.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import numpy_financial as npf
import pytest
from _bills import write
from _telemetry import ask, build
from ruamel.yaml import YAML

from pipelines.settings import Settings
from pipelines.warehouse import ingest, landing

# Three years without a 29 February: the whole life of the servers.
FIRST, LAST = date(2025, 1, 1), date(2028, 1, 1)
YEARS = (2025, 2026, 2027)
# Payments are published in arrears, on the month's opening book value. The daily charge is on a book value that falls
# through the month, and so is less by half a month's interest on what the month writes off: 0.05 / 24 of it, 0.21 %.
CAPITAL_RATIO = 0.05 / 24
NOTHING = {
    "salvage_usd": 0, "gpus": 0, "ordered_date": FIRST, "go_live_date": FIRST, "depreciation_method": "annuity",
    "idle_kw": 0, "peak_kw": 0, "contracted_kw": 0, "maintenance_frac_per_year": 0, "software_usd_per_gpu_year": 0,
    "insurance_frac_per_year": 0,
}  # fmt: skip


@pytest.fixture(scope="module")
def published(shared: Path) -> dict[str, Any]:
    table: dict[str, Any] = YAML(typ="safe").load((shared / "golden/warehouse_scale.yaml").read_text())
    return table["hamilton"]


@pytest.fixture(scope="module")
def capital(published: dict[str, Any]) -> dict[str, tuple[str, Decimal, int]]:
    """Class, price in USD and life in months of each asset, as published."""
    given = {name: Decimal(str(value)) for name, value in published["inputs"].items() if name != "staff"}
    cooling_usd = given["facility_usd"] * given["power_and_cooling_frac_of_facility"]
    return {
        "servers": ("gpu_server", given["servers"] * given["server_usd"], int(12 * given["server_years"])),
        "network": ("network", given["network_usd"], int(12 * given["network_years"])),
        "power_and_cooling_infra": ("facility", cooling_usd, int(12 * given["facility_years"])),
        "other_infra": ("facility", given["facility_usd"] - cooling_usd, int(12 * given["facility_years"])),
    }


@pytest.fixture(scope="module")
def home(
    published: dict[str, Any],
    capital: dict[str, tuple[str, Decimal, int]],
    tmp_path_factory: pytest.TempPathFactory,
) -> Settings:
    folder: Path = tmp_path_factory.mktemp("warehouse_scale")
    settings = Settings(home=folder / "home", min_free_disk_bytes=0)
    given = {name: Decimal(str(value)) for name, value in published["inputs"].items() if name != "staff"}
    staff = {name: Decimal(str(value)) for name, value in published["inputs"]["staff"].items()}
    with_benefits = 1 + staff["benefits_frac"]
    assets = [
        NOTHING | {
            "asset_id": name, "asset_class": kind, "site_id": "hall", "purchase_price_usd": usd, "life_months": months,
            "cost_of_capital_frac_per_year": given["cost_of_money"],
        }
        for name, (kind, usd, months) in capital.items()
    ]  # fmt: skip
    # The critical load is what the servers draw at the wall; at no time less than the average that is published.
    peak_kw = 1000 * given["critical_load_mw"]
    assets[0] |= {"peak_kw": peak_kw, "idle_kw": peak_kw * given["average_load_frac"]}
    site = {
        "site_id": "hall", "site_name": "Hall", "operator": "Own", "jurisdiction": "US", "valid_from_date": FIRST,
        "pue_ratio": given["pue_ratio"], "staff_gpus_per_fte": 1, "staff_minimum_fte": staff["engineers"],
        # A post that is manned around the clock.
        "staff_usd_per_fte_year": staff["engineer_usd_per_hour"] * 8760 * with_benefits,
        "physical_security_usd_per_month": staff["guards"] * staff["guard_usd_per_hour"] * 8760 * with_benefits / 12,
        **dict.fromkeys(
            ("colocation_usd_per_kw_month", "demand_charge_usd_per_kw_month", "network_usd_per_month",
             "compliance_usd_per_year", "facility_opex_usd_per_month"), 0),
    }  # fmt: skip
    tariff = {
        "site_id": "hall", "valid_from_date": FIRST, "hour_from_index": 0, "hour_to_index": 24,
        "energy_usd_per_kwh": given["usd_per_kwh"],
    }  # fmt: skip
    files = {"asset": assets, "site": [site], "tariff": [tariff]}
    paths = [write(folder / f"{name}.csv", rows) for name, rows in files.items()]
    landing.add(settings, paths, received_at=datetime(2028, 1, 2))
    ingest.ingest(settings, "registers")
    build(settings, FIRST, LAST, select=["+int_owned_cost_daily"])
    return settings


def months(home: Settings, where: str = "true") -> dict[str, float]:
    """USD of the parts that are published, of the days named."""
    sql = """
        select
            case
                when component in ('depreciation', 'cost_of_capital') then asset_id
                when component in ('staff', 'physical_security') then 'people'
                else component
            end as part,
            sum(cost_usd)
        from intermediate.int_owned_cost_daily
    """
    return {part: float(usd) for part, usd in ask(home, f"{sql} where {where} group by part having sum(cost_usd) <> 0")}


@pytest.mark.parametrize("year", YEARS)
def test_a_twelfth_of_a_year_is_the_published_month(home: Settings, published: dict[str, Any], year: int) -> None:
    """Power and people to the dollar that is printed; capital short by no more than the daily charge is."""
    month = {part: usd / 12 for part, usd in months(home, f"year(usage_date) = {year}").items()}
    printed = dict(published["per_month_usd_verified"])
    total = printed.pop("total")
    assert sorted(month) == sorted(printed)
    for part, usd in printed.items():
        exact = part in ("power", "people")
        assert month[part] == (pytest.approx(usd, abs=0.5) if exact else pytest.approx(usd, rel=CAPITAL_RATIO)), part
    assert sum(month.values()) == pytest.approx(total, rel=CAPITAL_RATIO)


def test_capital_of_a_year_is_its_payments_but_for_the_day_count(
    home: Settings, capital: dict[str, tuple[str, Decimal, int]]
) -> None:
    """To the cent: the principal parts, and the charge on a book value that falls evenly through each month's days."""
    lengths = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
    for name, (_, usd, life) in capital.items():
        principal = -npf.ppmt(0.05 / 12, np.arange(1, life + 1), life, float(usd))
        book = float(usd) - np.concatenate([[0.0], principal.cumsum()])
        for number, year in enumerate(YEARS):
            of_year = slice(12 * number, 12 * number + 12)
            charge = 0.05 / 365 * (lengths * book[:-1][of_year] - principal[of_year] * (lengths - 1) / 2)
            found = months(home, f"year(usage_date) = {year} and asset_id = '{name}'")
            expected = principal[of_year].sum() + charge.sum()
            assert sum(usd for part, usd in found.items() if part == name) == pytest.approx(expected, abs=0.005)


@pytest.mark.parametrize("month", [1, 4, 12])
def test_capital_is_level_from_the_first_month_on(
    home: Settings, capital: dict[str, tuple[str, Decimal, int]], month: int
) -> None:
    """The same month of each year, since interest goes by days; a straight line would lose 7 to 9 % in two years."""
    first, *later = (months(home, f"year(usage_date) = {year} and month(usage_date) = {month}") for year in YEARS)
    for found in later:
        assert {name: found[name] for name in capital} == pytest.approx(
            {name: first[name] for name in capital}, rel=CAPITAL_RATIO
        )


def test_a_server_hour_costs_what_is_printed(home: Settings, published: dict[str, Any]) -> None:
    """0.11 $, of all servers over a year of 8760 hours."""
    hours = published["inputs"]["servers"] * 8760
    usd = sum(months(home, "year(usage_date) = 2025").values())
    assert usd / hours == pytest.approx(published["printed"]["usd_per_server_hour"], abs=0.005)


def test_servers_are_written_off_to_the_cent_over_their_life(
    home: Settings, capital: dict[str, tuple[str, Decimal, int]]
) -> None:
    ((usd,),) = ask(home, "select sum(cost_usd) from intermediate.int_owned_cost_daily "
                          "where asset_id = 'servers' and component = 'depreciation'")  # fmt: skip
    assert usd == capital["servers"][1]
