"""A data center and a watt by the month, capital as an annuity: published tables against scenario files."""

import pytest

CHARGE = ("hardware", "hardware_loan", "hardware_loan_interest")


@pytest.fixture
def table(golden):
    return golden("warehouse_scale")


def charge(answer, month, **where):
    cash = answer.cash(month, **where)
    return sum(cash[part] for part in CHARGE)


@pytest.mark.parametrize("month", [0, 7, 35])
def test_month_of_a_data_center(table, answer, month):
    found, printed = answer("hamilton_warehouse"), table["hamilton"]["per_month_usd_verified"]
    servers = found.cash(month, workload="servers")
    parts = {
        "servers": charge(found, month, workload="servers"),
        "network": charge(found, month, workload="network"),
        "power_and_cooling_infra": charge(found, month, workload="power and cooling"),
        "other_infra": charge(found, month, workload="other infrastructure"),
        "power": servers["power"],
        "people": servers["site"],
    }
    assert parts | {"total": sum(parts.values())} == pytest.approx(printed, abs=1.0)


def test_server_hour_of_a_data_center(table, answer):
    rows = answer("hamilton_warehouse").table("cash_flow_monthly", strategy="own_colocation", month_index=0)
    hours = table["hamilton"]["inputs"]["servers"] * 8760 / 12
    assert rows["cash_usd_nominal"].sum() / hours == pytest.approx(
        table["hamilton"]["printed"]["usd_per_server_hour"], abs=0.005
    )


def test_watt_month_by_part(table, answer):
    found, printed = answer("watt_month"), table["asic_clouds_watt_month"]["outputs"]
    server, facility = (found.cash(3, workload=name) for name in ("server", "facility"))
    facility_month, server_month = (charge(found, 3, workload=name) / 500 for name in ("facility", "server"))
    power = server["power"] / 500
    parts = {
        # the table splits an annuity into a straight line and the rest
        "facility_amortisation": 10 / 144,
        "facility_interest": facility_month - 10 / 144,
        "facility_opex": facility["colocation"] / 500,
        "server_amortisation": 8 / 48,
        "server_interest": server_month - 8 / 48,
        "server_opex": server["maintenance"] / 500,
        "power": power / 1.5,
        "pue_overhead": power - power / 1.5,
    }
    assert parts | {"total": sum(parts.values())} == pytest.approx(
        {name: printed[name] for name in [*parts, "total"]}, abs=6e-7
    )


def test_cost_of_a_server_over_its_life(table, answer):
    found = answer("watt_month")
    total = sum(found.summary(workload=name)["total_cost_usd_nominal"] for name in ("server", "facility"))
    assert total == pytest.approx(table["asic_clouds_watt_month"]["outputs"]["life_tco_usd"], abs=0.01)
