"""Lease beside own on the sample company, against its known answer and its price list."""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from decimal import Decimal
from statistics import median_low
from typing import TYPE_CHECKING

from pipelines.settings import REPOSITORY

if TYPE_CHECKING:
    from _nights import House

DATA = REPOSITORY / "data"
DUST_USD = Decimal("0.000000000001")
CAPEX, CAPITAL = {"depreciation", "impairment", "disposal"}, {"cost_of_capital", "implementation"}


def rows(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(newline="") as file:
        return list(csv.DictReader(file))


def owned(components: set[str] | None = None, *, but: set[str] = frozenset()) -> dict[str, Decimal]:
    """Owned cost by month, of some components or of all but some."""
    found: dict[str, Decimal] = defaultdict(Decimal)
    for row in rows("known_answer/owned_cost_by_month.csv"):
        if (components is None or row["component"] in components) and row["component"] not in but:
            found[row["cost_month"]] += Decimal(row["cost_usd"])
    return found


def months(night: House, column: str, sourcing: str) -> dict[str, Decimal]:
    sql = (
        f"select cast(usage_month as varchar), sum({column}) from marts.fct_fleet_month where sourcing = '{sourcing}' "
    )
    return {month: amount for month, amount in night.ask(sql + "group by 1") if amount}


def close(found: dict[str, Decimal], expected: dict[str, Decimal]) -> bool:
    return found.keys() == expected.keys() and all(abs(found[month] - expected[month]) < DUST_USD for month in found)


def test_capex_capital_and_running_cost_of_owning_are_the_components_of_the_known_answer(night: House) -> None:
    assert close(months(night, "capex_cost_usd", "owned"), owned(CAPEX))
    assert close(months(night, "capital_charge_usd", "owned"), owned(CAPITAL))
    assert close(months(night, "opex_cost_usd", "owned"), owned(but=CAPEX | CAPITAL))


def test_owned_cash_is_hardware_when_ordered_and_running_cost(night: House) -> None:
    bought: dict[str, Decimal] = defaultdict(Decimal)
    for row in rows("samples/registers/asset/asset.csv"):
        bought[row["ordered_date"][:7] + "-01"] += Decimal(row["purchase_price_usd"])
    assert months(night, "capex_cash_usd", "owned") == bought
    assert close(months(night, "opex_cash_usd", "owned"), owned(but=CAPEX | CAPITAL))


def test_leased_cash_is_what_was_billed(night: House) -> None:
    billed: dict[str, Decimal] = defaultdict(Decimal)
    for row in rows("known_answer/billing_by_period.csv"):
        billed[row["billing_period"]] += Decimal(row["billed_cost"])
    assert months(night, "cash_usd", "leased") == billed


def test_owned_hours_at_list_price_are_the_median_offer_times_the_hours_of_the_month(night: House) -> None:
    """August: two servers of eight GPUs, 31 days of 24 h. The lower of two middle offers, as an offer that was made."""
    offers = [
        Decimal(row["price_usd_per_hour"]) / int(row["gpus"])
        for row in rows("samples/prices/price_history_csv/invented_h100_quotes.csv")
        if row["observed_at"][:7] == "2026-08" and (row["pricing_model"], row["price_basis"]) == ("on_demand", "list")
    ]
    sql = "select gpu_hours_paid, other_list_usd_per_gpu_hour, other_list_cost_usd from marts.fct_fleet_month "
    ((hours, price, cost),) = night.ask(
        sql + "where gpu_model <> 'none' and sourcing = 'owned' and usage_month = date '2026-08-01'"
    )
    assert hours == 16 * 31 * 24
    assert abs(price - median_low(offers)) < DUST_USD
    assert abs(cost - price * 16 * 31 * 24) < DUST_USD


def test_each_side_is_priced_at_what_the_other_really_cost(night: House) -> None:
    """Over all its places that month; where a side held nothing it says why there is no price."""
    sql = "select sourcing, sum(accrued_cost_usd) / sum(gpu_hours_paid), min(other_realised_usd_per_gpu_hour) "
    sql += "from marts.fct_fleet_month where usage_month = date '2026-08-01' and gpu_model = 'H100-SXM-80GB' group by 1"
    found = {side: (own, float(other)) for side, own, other in night.ask(sql)}
    assert abs(found["leased"][0] - found["owned"][1]) < 1e-9
    assert abs(found["owned"][0] - found["leased"][1]) < 1e-9
    reasons = "select distinct other_realised_null_reason from marts.fct_fleet_month where gpu_model <> 'none' "
    assert night.ask(reasons + "and sourcing = 'leased' and usage_month < date '2025-12-01'") == [
        ("no owned hours of this model in the month",)
    ]


def test_costs_by_sourcing_are_sums_over_sums_and_add_up(night: House) -> None:
    found = json.loads(night.must("costs", "--by", "sourcing", "--month", "2026-08", "--json"))
    sql = "select sourcing, sum(total_cost_usd), sum(total_cost_usd) / sum(gpu_hours_busy) "
    sql += "from marts.fct_workload_tco_daily where usage_date >= date '2026-08-01' group by 1"
    expected = {side: (cost, rate) for side, cost, rate in night.ask(sql)}
    assert {row["sourcing"]: Decimal(row["total_cost_usd"]) for row in found} == {
        side: cost for side, (cost, _) in expected.items()
    }
    for row in found:
        assert abs(row["cost_usd_per_busy_gpu_hour"] - expected[row["sourcing"]][1]) < 1e-9
    assert night.run("costs", "--by", "weather").exit_code == 2
