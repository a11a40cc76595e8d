"""Monthly cost of a whole data center by annuities, and cost per watt-month."""

import pytest

from pipelines.economics.energy import facility_kwh
from pipelines.economics.value import annuity_payment
from pipelines.units import HOURS_PER_YEAR


@pytest.fixture
def table(golden):
    return golden("warehouse_scale")


def test_capital_of_a_data_center_per_month(table):
    given, month = table["hamilton"]["inputs"], table["hamilton"]["per_month_usd_verified"]
    rate = given["cost_of_money"] / 12
    facility = given["facility_usd"]
    share = given["power_and_cooling_frac_of_facility"]
    found = {
        "servers": annuity_payment(given["servers"] * given["server_usd"], rate, 12 * given["server_years"]),
        "network": annuity_payment(given["network_usd"], rate, 12 * given["network_years"]),
        "power_and_cooling_infra": annuity_payment(facility * share, rate, 12 * given["facility_years"]),
        "other_infra": annuity_payment(facility * (1 - share), rate, 12 * given["facility_years"]),
    }
    assert found == pytest.approx({name: month[name] for name in found}, abs=0.5)


def test_power_of_a_data_center_per_month(table):
    given, month = table["hamilton"]["inputs"], table["hamilton"]["per_month_usd_verified"]
    load_kw = given["critical_load_mw"] * 1_000 * given["average_load_frac"]
    energy_kwh = facility_kwh(load_kw, HOURS_PER_YEAR / 12, given["pue_ratio"])
    assert energy_kwh * given["usd_per_kwh"] == pytest.approx(month["power"], abs=0.5)


def test_interest_in_a_watt_month(table):
    given, printed = table["asic_clouds_watt_month"]["inputs"], table["asic_clouds_watt_month"]["outputs"]
    rate = given["interest"] / 12
    facility_usd_per_w, months = given["facility_usd_per_w"], 12 * given["facility_years"]
    payment = annuity_payment(facility_usd_per_w, rate, months)
    assert payment - facility_usd_per_w / months == pytest.approx(printed["facility_interest"], abs=5e-7)
    server_usd_per_w = 4000 / 500
    payment = annuity_payment(server_usd_per_w, rate, 48)
    assert payment - server_usd_per_w / 48 == pytest.approx(printed["server_interest"], abs=5e-7)


def test_power_and_its_overhead_in_a_watt_month(table):
    given, printed = table["asic_clouds_watt_month"]["inputs"], table["asic_clouds_watt_month"]["outputs"]
    hours = given["days_per_month"] * 24.0
    it = facility_kwh(0.001, hours, 1.0) * given["usd_per_kwh"]
    whole = facility_kwh(0.001, hours, given["pue_ratio"]) * given["usd_per_kwh"]
    assert (it, whole - it) == pytest.approx((printed["power"], printed["pue_overhead"]), abs=5e-7)
