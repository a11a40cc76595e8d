"""The sample company's known answer, against what a night publishes.

The answer was worked out in plain `Decimal` by the generator, from its own ledger; it shares no code with the models.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from pipelines.settings import REPOSITORY

if TYPE_CHECKING:
    from _nights import House

ANSWER = REPOSITORY / "data" / "known_answer"
# Sums of daily values cut at 1e-18 against sums rounded at 1e-18: far below a cent, far above the cuts.
DUST_USD = Decimal("0.000000000001")
LONE_SAMPLE_SECONDS = 30


def answer(name: str) -> list[dict[str, str]]:
    with (ANSWER / f"{name}.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_every_billing_period_equals_the_invoice_to_the_last_digit(night: House) -> None:
    """The restated month, the credits and the commitment included."""
    published = {
        (source, account, period): (rows, billed, effective)
        for source, account, period, rows, billed, effective in night.ask(
            "select source, billing_account_id, billing_period_date, modelled_rows, modelled_billed_cost, "
            "modelled_effective_cost from meta.reconciliation"
        )
    }
    expected = {
        (row["source"], row["billing_account_id"], date.fromisoformat(row["billing_period"])): (
            int(row["lines"]),
            Decimal(row["billed_cost"]),
            Decimal(row["effective_cost"]),
        )
        for row in answer("billing_by_period")
    }
    assert len(expected) == 24
    assert published == expected


def test_every_service_equals_the_invoice(night: House) -> None:
    """B19: a total can be right while services swap cost."""
    published = {
        (source, service): (billed, effective)
        for source, service, billed, effective in night.ask(
            "select source, service_name, sum(billed_cost), sum(effective_cost) from marts.fct_cost_daily "
            "where sourcing = 'leased' and source <> 'lease_contract' group by all"
        )
    }
    expected = {
        (row["source"], row["service_name"]): (Decimal(row["billed_cost"]), Decimal(row["effective_cost"]))
        for row in answer("billing_by_service")
    }
    assert published == expected


def test_leased_gpu_hours_are_machine_hours_times_gpus(night: House) -> None:
    published = {
        (source, month): hours
        for source, month, hours in night.ask(
            "select source, cast(date_trunc('month', charge_date) as date), sum(gpu_hours) from marts.fct_cost_daily "
            "where sourcing = 'leased' and source <> 'lease_contract' group by all having sum(gpu_hours) is not null"
        )
    }
    expected = {
        (row["source"], date.fromisoformat(row["usage_month"])): Decimal(row["gpu_hours"])
        for row in answer("leased_gpu_hours_by_month")
    }
    assert published == expected


def test_unused_commitments_are_idle_cost(night: House) -> None:
    published = {
        (source, month): cost
        for source, month, cost in night.ask(
            "select source, cast(date_trunc('month', charge_date) as date), sum(effective_cost_usd) "
            "from marts.fct_cost_daily where cost_role = 'idle' group by all having sum(effective_cost_usd) <> 0"
        )
    }
    expected: dict[tuple[str, date], Decimal] = {}
    for row in answer("leased_gpu_hours_by_month"):
        cost = Decimal(row["unused_commitment_cost"])
        if cost:
            expected[row["source"], date.fromisoformat(row["usage_month"])] = cost
    assert published == expected


def test_owned_cost_equals_the_register_worked_out_by_hand_for_every_component_and_month(night: House) -> None:
    published = {
        (month, component): cost
        for month, component, cost in night.ask(
            "select cast(date_trunc('month', charge_date) as date), service_name, sum(effective_cost_usd) "
            "from marts.fct_cost_daily where sourcing = 'owned' group by all having sum(effective_cost_usd) <> 0"
        )
    }
    expected = {
        (date.fromisoformat(row["cost_month"]), row["component"]): Decimal(row["cost_usd"])
        for row in answer("owned_cost_by_month")
    }
    assert published.keys() == expected.keys()
    assert {key: abs(published[key] - expected[key]) < DUST_USD for key in expected} == dict.fromkeys(expected, True)


def test_lease_contracts_accrue_what_the_register_says(night: House) -> None:
    published = {
        (month, contract): (committed, owed, cost)
        for month, contract, committed, owed, cost in night.ask(
            "select cast(date_trunc('month', usage_date) as date), contract_id, sum(committed_gpu_hours), "
            "sum(owed_gpu_hours), sum(accrued_cost_usd) from marts.fct_lease_contract_daily group by all"
        )
    }
    names = ("committed_gpu_hours", "owed_gpu_hours", "accrued_cost_usd")
    expected = {
        (date.fromisoformat(row["accrual_month"]), row["contract_id"]): tuple(Decimal(row[name]) for name in names)
        for row in answer("lease_contract_by_month")
    }
    assert published.keys() == expected.keys()
    for key, (committed, owed, cost) in expected.items():
        assert published[key][:2] == (committed, owed)
        assert abs(published[key][2] - cost) < DUST_USD


def test_only_the_contract_that_no_bill_covers_is_cost_beside_the_bills(night: House) -> None:
    """M05: the other two are billed every month by their lessors."""
    published = night.ask(
        "select service_name, sum(effective_cost_usd) from marts.fct_cost_daily where source = 'lease_contract' "
        "group by service_name"
    )
    rows = [row for row in answer("lease_contract_by_month") if row["contract_id"] == "LC-2026-01"]
    assert published == [("Contract LC-2026-01", sum(Decimal(row["accrued_cost_usd"]) for row in rows))]


def test_gpu_seconds_of_every_workload_are_conserved(night: House) -> None:
    """G05, G07: the gap, the idle weekend, the unlabelled hours and the exporter's own label are all in here."""
    published = {
        (month, sourcing, workload): (round(covered), round(allocated), round(busy))
        for month, sourcing, workload, covered, allocated, busy in night.ask(
            "select cast(date_trunc('month', hour_at) as date), sourcing, workload, sum(covered_seconds), "
            "sum(allocated_seconds), sum(busy_seconds) from marts.fct_gpu_usage_hourly group by all"
        )
    }
    expected: dict[tuple[date, str, str], tuple[int, int, int]] = {}
    for row in answer("usage_by_workload_month"):
        # Samples that do not say what they cover count as one scrape interval each.
        lone = LONE_SAMPLE_SECONDS * int(row["lone_samples"])
        lone_busy = LONE_SAMPLE_SECONDS * int(row["lone_busy_samples"])
        labelled = bool(row["workload"])
        key = (date.fromisoformat(row["usage_month"]), row["sourcing"], row["workload"] or "__unallocated__")
        expected[key] = (
            int(row["observed_gpu_seconds"]) + lone,
            int(row["allocated_gpu_seconds"]) + (lone if labelled else 0),
            int(row["busy_gpu_seconds"]) + lone_busy,
        )
    assert published == expected


def test_energy_equals_the_counters_to_the_watt_hour(night: House) -> None:
    """G01: a counter reset is in here."""
    published = {
        (month, node): round(kwh * 1000)
        for month, node, kwh in night.ask(
            "select cast(date_trunc('month', hour_at) as date), node, sum(gpu_energy_kwh) "
            "from marts.fct_gpu_usage_hourly group by all"
        )
    }
    expected = {
        (date.fromisoformat(row["usage_month"]), row["node"]): round(
            Decimal(row["energy_counter_wh"]) + Decimal(row["first_reading_gauge_wh"])
        )
        for row in answer("energy_by_month")
    }
    assert published.keys() == expected.keys()
    assert max(abs(published[key] - expected[key]) for key in expected) <= 1


def test_every_dollar_of_the_year_is_with_a_workload_or_a_named_residual(night: House) -> None:
    """M02: allocation loses no cent; summed here in `Decimal`, not by the engine that allocated."""
    by_side: dict[str, Decimal] = defaultdict(Decimal)
    for sourcing, cost in night.ask("select sourcing, total_cost_usd from marts.fct_workload_tco_daily"):
        by_side[str(sourcing)] += Decimal(str(cost))
    leased = sum(Decimal(row["effective_cost"]) for row in answer("billing_by_period"))
    unbilled = [row for row in answer("lease_contract_by_month") if row["contract_id"] == "LC-2026-01"]
    leased += sum(Decimal(row["accrued_cost_usd"]) for row in unbilled)
    owned = sum(Decimal(row["cost_usd"]) for row in answer("owned_cost_by_month"))
    assert by_side["leased"] == leased
    assert abs(by_side["owned"] - owned) < DUST_USD


def test_no_workload_shows_up_that_the_company_does_not_have(night: House) -> None:
    names = {row["workload"] for row in answer("usage_by_workload_month")} - {""}
    published = {str(row[0]) for row in night.ask("select workload from marts.dim_workload where not is_residual")}
    assert published == names
