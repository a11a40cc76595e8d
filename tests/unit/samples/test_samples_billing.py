"""The known answer for bills is what the files add up to, read by other means."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from decimal import Decimal

import pytest
from _samples_reread import CUR, answer, cur_effective, table

RESTATED = CUR / "northwind-cur" / "20260101-20260201"


def by_period(source):
    return {
        row["billing_period"]: (int(row["lines"]), Decimal(row["billed_cost"]), Decimal(row["effective_cost"]))
        for row in answer("billing_by_period")
        if row["source"] == source
    }


def unblended(rows):
    return sum(Decimal(row["lineItem/UnblendedCost"]) for row in rows)


def assembly(name):
    return [row for path in sorted((RESTATED / name).glob("*.csv.gz")) for row in table(path)]


def test_current_aws_assemblies_add_up_to_the_answer(cur):
    reread = {
        month: (len(rows), unblended(rows), sum(cur_effective(row) for row in rows)) for month, rows in cur.items()
    }
    assert reread == by_period("aws_cur_legacy")


def test_lumen_files_add_up_to_the_answer(focus):
    reread = {
        month: (
            len(rows),
            sum(Decimal(row["BilledCost"]) for row in rows),
            sum(Decimal(row["EffectiveCost"]) for row in rows),
        )
        for month, rows in focus.items()
    }
    assert reread == by_period("focus")


def test_services_add_up_to_the_answer(cur, focus):
    reread = defaultdict(lambda: [0, Decimal(0), Decimal(0)])
    lines = [
        ("aws_cur_legacy", row["product/ProductName"], Decimal(row["lineItem/UnblendedCost"]), cur_effective(row))
        for rows in cur.values()
        for row in rows
    ]
    lines += [
        ("focus", row["ServiceName"], Decimal(row["BilledCost"]), Decimal(row["EffectiveCost"]))
        for rows in focus.values()
        for row in rows
    ]
    for source, service, billed, effective in lines:
        total = reread[source, service]
        total[0], total[1], total[2] = total[0] + 1, total[1] + billed, total[2] + effective
    expected = {
        (row["source"], row["service_name"]): [
            int(row["lines"]),
            Decimal(row["billed_cost"]),
            Decimal(row["effective_cost"]),
        ]
        for row in answer("billing_by_service")
    }
    assert dict(reread) == expected


def test_the_first_assembly_of_the_restated_month_is_not_the_answer():
    assert unblended(assembly("202601a1-0000-4000-8000-00000000c0de")) != by_period("aws_cur_legacy")["2026-01-01"][1]


def test_the_period_manifest_names_both_parts_of_the_second_assembly():
    manifest = json.loads((RESTATED / "northwind-cur-Manifest.json").read_text())
    folder = "northwind-cur/20260101-20260201/202601a2-0000-4000-8000-00000000c0de"
    assert manifest["reportKeys"] == [f"{folder}/northwind-cur-0000{part}.csv.gz" for part in (1, 2)]


def test_the_restatement_removes_adds_and_reprices():
    """18 hours go, 24 of 2026-01-10 fall from 98.32 to 55.04 $, five days of egress and the closing lines come."""

    def lines(name):
        return {
            (row["lineItem/LineItemType"], row["lineItem/UsageStartDate"], row["lineItem/UsageType"]): row[
                "lineItem/UnblendedCost"
            ]
            for row in assembly(name)
            if row["lineItem/UsageType"] != "TimedStorage-ByteHrs"
        }

    old = lines("202601a1-0000-4000-8000-00000000c0de")
    new = lines("202601a2-0000-4000-8000-00000000c0de")
    repriced = [(old[key], new[key]) for key in old.keys() & new.keys() if old[key] != new[key]]
    added = Counter(kind for kind, _, _ in new.keys() - old.keys())
    assert len(old.keys() - new.keys()) == 18
    assert repriced == [("98.32", "55.04")] * 24
    assert added == {"Usage": 5, "EdpDiscount": 1, "Fee": 1, "Tax": 1}


def test_only_the_first_assembly_of_the_restated_month_is_without_an_invoice(cur):
    assert {row["bill/InvoiceId"] for row in assembly("202601a1-0000-4000-8000-00000000c0de")} == {""}
    assert all(row["bill/InvoiceId"] for rows in cur.values() for row in rows)


@pytest.mark.parametrize(
    ("instance_type", "hours"),
    [
        # 8760 − 36 stopped, and 122 days to the end of the year + 29 days and 6 hours − 4 days over Christmas.
        ("p5.48xlarge", 8724 + 122 * 24 + 29 * 24 + 6 - 96),
        ("gpu-h100-sxm-8x", 8760 - 6),
    ],
)
def test_machine_hours_of_the_year_are_those_the_machines_ran(instance_type, hours):
    rows = [row for row in answer("leased_gpu_hours_by_month") if row["instance_type"] == instance_type]
    assert sum(int(row["machine_hours"]) for row in rows) == hours
    assert sum(int(row["gpu_hours"]) for row in rows) == 8 * hours


def test_machine_hours_by_month_are_those_on_the_bills(cur, focus):
    reread = Counter()
    for rows in cur.values():
        for row in rows:
            if row["lineItem/LineItemType"] in ("Usage", "SavingsPlanCoveredUsage") and row["product/instanceType"]:
                reread[row["lineItem/UsageStartDate"][:7]] += int(row["lineItem/UsageAmount"])
    for rows in focus.values():
        for row in rows:
            if row["ResourceType"] == "GPU Server" and row["ConsumedQuantity"]:
                reread[str(row["ChargePeriodStart"])[:7]] += int(Decimal(row["ConsumedQuantity"]))
    expected = Counter()
    for row in answer("leased_gpu_hours_by_month"):
        expected[row["usage_month"][:7]] += int(row["machine_hours"])
    assert reread == expected


def test_unused_savings_plan_is_its_rest_by_the_hour_and_all_of_it_while_stopped():
    """8724 h × (40 − 38.528) + 36 h × 40 $."""
    rows = [row for row in answer("leased_gpu_hours_by_month") if row["source"] == "aws_cur_legacy"]
    assert sum(Decimal(row["unused_commitment_cost"]) for row in rows) == 8724 * Decimal("1.472") + 36 * 40
    assert sum(int(row["unused_commitment_hours"]) for row in rows) == 36


def test_unused_reservation_is_the_outage():
    """6 h × 17.52 $."""
    (row,) = (row for row in answer("leased_gpu_hours_by_month") if row["unused_commitment_cost"] == "105.12")
    assert (row["usage_month"], row["unused_commitment_hours"]) == ("2026-02-01", "6")


def test_a_reservation_paid_in_part_upfront_costs_its_price_each_hour(focus):
    """Billed: half of 8760 h × 17.52 at signature, then 8.76 an hour; effective: 17.52 an hour from the first."""
    december = [row for row in focus["2025-12-01"] if row["CommitmentDiscountId"]]
    assert sum(Decimal(row["BilledCost"]) for row in december) == Decimal("76737.60") + 744 * Decimal("8.76")
    assert sum(Decimal(row["EffectiveCost"]) for row in december) == 744 * Decimal("17.52")


def test_lumen_months_have_the_columns_of_their_version(focus):
    def version(row):
        names = row.keys()
        return "1.3" if "ServiceProviderName" in names else "1.2" if "InvoiceId" in names else "1.0"

    assert [version(focus[month][0]) for month in sorted(focus)] == ["1.0", *["1.2"] * 10, "1.3"]


def test_the_correction_is_invoiced_in_march_for_february(focus):
    (row,) = (row for rows in focus.values() for row in rows if row["ChargeClass"] == "Correction")
    assert (row["BillingPeriodStart"], row["ChargePeriodStart"]) == ("2026-03-01T00:00:00Z", "2026-02-10T02:00:00Z")


def test_tag_keys_that_differ_by_case_are_both_in_use(cur):
    rows = [row for lines in cur.values() for row in lines]
    assert any(row["resourceTags/user:team"] for row in rows)
    assert any(row["resourceTags/user:Team"] for row in rows)


def test_one_cost_is_written_with_an_exponent_each_month(cur):
    assert [sum("E" in row["lineItem/UnblendedCost"] for row in rows) for rows in cur.values()] == [1] * 12
