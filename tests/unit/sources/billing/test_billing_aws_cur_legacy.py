"""AWS CUR legacy lines as cost lines. Expected values: AWS's rules worked by hand, or csv and Decimal over the file."""

from __future__ import annotations

import csv
import gzip
import json
from decimal import Decimal
from pathlib import Path

import pytest
from _cur import HEADER, LINE, PLAN, RESERVATION, one, outcome
from _run import Outcome, candidates, run

from pipelines.contracts import LINEAGE, contract_for
from pipelines.errors import InputError
from pipelines.sources.billing import aws_cur_legacy as cur
from pipelines.sources.billing._mapping import table_of

GPU = "data/billing/aws_cur_gpu"


@pytest.fixture(scope="module")
def gpu(shared: Path) -> dict[str, Outcome]:
    """Both assemblies of the GPU month, by assembly id."""
    return {
        claim.files[0].name.split("/")[-2]: run(cur, claim) for claim in cur.claim(candidates(shared / GPU / "legacy"))
    }


@pytest.fixture(scope="module")
def truth(shared: Path) -> dict[str, dict[str, object]]:
    """What the GPU month's generator says, by assembly id."""
    return json.loads((shared / GPU / "truth.json").read_text())


def test_current_assembly_costs_what_its_generator_says(gpu: dict[str, Outcome]) -> None:
    current = gpu["22222222-bbbb-4bbb-8bbb-222222222222"]
    assert current.total("billed_cost") == Decimal("53308.8170967680")
    assert current.total("effective_cost") == Decimal("59068.8170967680")


def test_each_assembly_keeps_its_own_rows_and_totals(
    gpu: dict[str, Outcome], truth: dict[str, dict[str, object]]
) -> None:
    found = {
        name: (len(result.kept), result.total("billed_cost"), result.total("effective_cost"))
        for name, result in gpu.items()
    }
    assert found == {
        name: (truth[name]["rows"], Decimal(truth[name]["unblended"]), Decimal(truth[name]["amortized"]))
        for name in gpu
    }
    assert all(result.rejected == [] for result in gpu.values())


def test_every_line_item_type_amortises_to_its_own_sum(
    gpu: dict[str, Outcome], truth: dict[str, dict[str, object]], shared: Path
) -> None:
    """M03, M05: types are read from the files again, in the rows' order."""
    for name, result in gpu.items():
        found: dict[str, list[object]] = {}
        for path in sorted((shared / GPU / "legacy/gpu-cur/20260801-20260901" / name).glob("*.csv.gz")):
            with gzip.open(path, "rt", newline="") as text:
                types = [line["lineItem/LineItemType"] for line in csv.DictReader(text)]
            rows = [row for row in result.kept if row["source_part"].endswith(f"{name}/{path.name}")]
            for kind, row in zip(types, rows, strict=True):
                count, billed, effective = found.get(kind, [0, Decimal(0), Decimal(0)])
                found[kind] = [count + 1, billed + row["billed_cost"], effective + row["effective_cost"]]
        expected = truth[name]["by_type"]
        assert found == {kind: [n, Decimal(billed), Decimal(used)] for kind, (n, billed, used) in expected.items()}


def test_reserved_hours_used_are_counted_once(gpu: dict[str, Outcome]) -> None:
    """M03: 700 under the reservation and 720 under the plan; the plan's 720 negations add none."""
    rows = gpu["22222222-bbbb-4bbb-8bbb-222222222222"].kept
    hours = sum(row["consumed_quantity"] or 0 for row in rows if row["instance_type"] == "p4d.24xlarge")
    assert hours == 1420


def test_later_assembly_sorts_above_the_earlier(gpu: dict[str, Outcome]) -> None:
    """B09"""
    earlier, later = (gpu[name].version for name in sorted(gpu))
    assert (earlier, later) == (
        "current=0 2026-08-20T23:00:00Z invoiced=0",
        "current=1 2026-08-30T23:00:00Z invoiced=1",
    )


def test_real_report_totals_equal_an_independent_sum(shared: Path) -> None:
    """Usage and tax only, so both costs are the unblended one. It spells SavingsPlanARN and has no ReservationARN."""
    (claim,) = cur.claim(candidates(shared / "data/billing/aws_cur_real"))
    result = run(cur, claim)
    with gzip.open(claim.files[0].path, "rt", newline="") as text:
        expected = sum(Decimal(line["lineItem/UnblendedCost"]) for line in csv.DictReader(text))
    assert (len(result.kept), result.rejected) == (1281, [])
    assert (result.total("billed_cost"), result.total("effective_cost")) == (expected, expected)


def test_columns_without_a_rule_are_those_the_format_says_nothing_of() -> None:
    """Which lines correct an earlier period, what kind of account it is, FOCUS's finer categories."""
    filled_by_loader = {column.name for column in LINEAGE} | {"source"}
    assert set(contract_for(cur.TABLE).names) - filled_by_loader - set(cur.MAPPING) == {
        "billing_account_type",
        "charge_class",
        "commitment_discount_name",
        "consumed_gpu_hours",
        "delivery_partition",
        "host_provider_name",
        "provider_usd_rate",
        "service_subcategory",
        "sku_price_details",
        "sub_account_type",
    }


def test_the_mapping_can_be_printed() -> None:
    """For the docs: each contract column with the columns it is made of."""
    words = dict(table_of(cur.MAPPING))
    assert words["billed_cost"] == "lineItem/UnblendedCost (required)"
    assert words["service_name"] == "product/ProductName else product/servicename else lineItem/ProductCode"


# Line item type, columns, and by AWS's rules: category, billed, effective, status of the commitment.
KINDS = [
    ("Usage", {}, "Usage", "55.04", "55.04", None),
    ("SavingsPlanCoveredUsage", {"savingsPlan/SavingsPlanEffectiveCost": "33.03"}, "Usage", "55.04", "33.03", "Used"),
    ("DiscountedUsage", {"reservation/EffectiveCost": "14"}, "Usage", "55.04", "14", "Used"),
    ("SavingsPlanNegation", {"lineItem/UnblendedCost": "-55.04"}, "Usage", "-55.04", "0", None),
    ("SavingsPlanUpfrontFee", {}, "Purchase", "55.04", "0", None),
    # 40 − 33.03
    (
        "SavingsPlanRecurringFee",
        {"savingsPlan/TotalCommitmentToDate": "40", "savingsPlan/UsedCommitment": "33.03"},
        "Purchase",
        "55.04",
        "6.97",
        "Unused",
    ),
    (
        "SavingsPlanRecurringFee",
        {"savingsPlan/TotalCommitmentToDate": "40", "savingsPlan/UsedCommitment": "40"},
        "Purchase",
        "55.04",
        "0",
        None,
    ),
    # nothing used: 40 − nothing
    ("SavingsPlanRecurringFee", {"savingsPlan/TotalCommitmentToDate": "40"}, "Purchase", "55.04", "40", "Unused"),
    # neither is there: the fee as it is billed, all unused
    ("SavingsPlanRecurringFee", {}, "Purchase", "55.04", "55.04", "Unused"),
    # 160 + 120
    (
        "RIFee",
        {
            "reservation/UnusedAmortizedUpfrontFeeForBillingPeriod": "160",
            "reservation/UnusedRecurringFee": "120",
        },
        "Purchase",
        "55.04",
        "280",
        "Unused",
    ),
    ("RIFee", {"reservation/UnusedRecurringFee": "120"}, "Purchase", "55.04", "120", "Unused"),
    ("RIFee", {}, "Purchase", "55.04", "0", None),
    ("Fee", {"reservation/ReservationARN": RESERVATION}, "Purchase", "55.04", "0", None),
    ("Fee", {"lineItem/ResourceId": RESERVATION}, "Purchase", "55.04", "0", None),
    ("Fee", {"lineItem/ResourceId": "arn:aws:ec2:us-east-1:1:instance/i-1"}, "Purchase", "55.04", "55.04", None),
    ("Tax", {}, "Tax", "55.04", "55.04", None),
    ("Credit", {"lineItem/UnblendedCost": "-500"}, "Credit", "-500", "-500", None),
    ("Refund", {"lineItem/UnblendedCost": "-5"}, "Adjustment", "-5", "-5", None),
    (
        "Refund",
        {
            "lineItem/UnblendedCost": "-900",
            "lineItem/LineItemDescription": "Refund for one-time fee for Savings Plan ID : p1",
        },
        "Adjustment",
        "-900",
        "0",
        None,
    ),
    ("EdpDiscount", {"lineItem/UnblendedCost": "-1"}, "Adjustment", "-1", "-1", None),
    ("BundledDiscount", {"lineItem/UnblendedCost": "-1"}, "Adjustment", "-1", "-1", None),
    ("SomethingNewIn2028", {"lineItem/UnblendedCost": "7"}, "Adjustment", "7", "7", None),
]


@pytest.mark.parametrize(("kind", "columns", "category", "billed", "effective", "status"), KINDS)
def test_line_item_types_amortise_by_the_rules(
    tmp_path: Path, kind: str, columns: dict[str, str], category: str, billed: str, effective: str, status: str | None
) -> None:
    """M03, M05: no sign is clamped, a missing part of a commitment is no null, and no type is dropped."""
    (row,) = outcome(tmp_path, LINE | {"lineItem/LineItemType": kind} | columns).kept
    found = (row["charge_category"], row["billed_cost"], row["effective_cost"], row["commitment_discount_status"])
    assert found == (category, Decimal(billed), Decimal(effective), status)


def test_a_used_commitment_that_is_no_number_rejects_its_row(tmp_path: Path) -> None:
    """T05: taken for nothing used, it would invent an unused commitment."""
    columns = {"savingsPlan/TotalCommitmentToDate": "40", "savingsPlan/UsedCommitment": "n/a"}
    result = outcome(tmp_path, LINE | {"lineItem/LineItemType": "SavingsPlanRecurringFee"} | columns)
    assert result.rejected[0]["reject_value"] == "40 n/a"


def test_covered_usage_without_its_effective_cost_is_rejected(tmp_path: Path) -> None:
    """Missing is not zero; the row's billed cost goes with the rejection."""
    result = outcome(tmp_path, LINE | {"lineItem/LineItemType": "SavingsPlanCoveredUsage"})
    assert (result.rejected[0]["reject_reason"], result.rejected[0]["reject_cost"]) == (
        "effective_cost: missing",
        Decimal("55.04"),
    )


def test_columns_of_commitments_may_be_missing_altogether(tmp_path: Path) -> None:
    """B14: an account without commitments has none of them."""
    header = [name for name in HEADER if not name.startswith(("savingsPlan/", "reservation/"))]
    result = outcome(tmp_path, {name: LINE[name] for name in header}, header=header)
    assert result.kept[0]["effective_cost"] == Decimal("55.04")


@pytest.mark.parametrize("name", ["savingsPlan/SavingsPlanARN", "savingsPlan/SavingsPlanArn"])
def test_both_spellings_of_the_plans_arn_are_read(tmp_path: Path, name: str) -> None:
    """B13"""
    header = [*(column for column in HEADER if column != "savingsPlan/SavingsPlanARN"), name]
    line = {column: LINE[column] for column in header if column in LINE} | {name: PLAN}
    row = outcome(tmp_path, line, header=header).kept[0]
    found = (row["commitment_discount_id"], row["commitment_discount_category"], row["commitment_discount_type"])
    assert found == (PLAN, "Spend", "Savings Plan")


@pytest.mark.parametrize(
    ("kind", "usage_type", "quantity"),
    [
        ("Usage", "BoxUsage:p5.48xlarge", Decimal(1)),
        ("Usage", "UnusedBox:p5.48xlarge", None),
        ("Usage", "USE2-Reservation:p5.48xlarge", None),
        ("SavingsPlanNegation", "BoxUsage:p5.48xlarge", None),
        ("RIFee", "HeavyUsage:p5.48xlarge", None),
        ("Tax", "", None),
    ],
)
def test_only_use_has_a_consumed_quantity(tmp_path: Path, kind: str, usage_type: str, quantity: Decimal | None) -> None:
    """M03: capacity held without a running machine, fees and negations are no use."""
    row = one(tmp_path, lineItem__LineItemType=kind, lineItem__UsageType=usage_type)
    assert (row["consumed_quantity"], row["consumed_unit"]) == (quantity, "Hrs" if quantity else None)


def test_a_negation_repeats_no_list_price(tmp_path: Path) -> None:
    """M05"""
    row = one(tmp_path, lineItem__LineItemType="SavingsPlanNegation")
    assert (row["list_cost"], row["pricing_quantity"], row["pricing_category"]) == (None, None, "Committed")


@pytest.mark.parametrize(
    ("columns", "machine", "pricing"),
    [
        ({"product/instanceType": "p4d.24xlarge"}, "p4d.24xlarge", "Standard"),
        ({"lineItem/UsageType": "BoxUsage:p5.48xlarge"}, "p5.48xlarge", "Standard"),
        ({"lineItem/UsageType": "USE1-UnusedBox:p5en.48xlarge"}, "p5en.48xlarge", "Standard"),
        ({"lineItem/UsageType": "EU-Reservation:p6-b200.48xlarge"}, "p6-b200.48xlarge", "Standard"),
        ({"lineItem/UsageType": "SpotUsage:p5.48xlarge"}, "p5.48xlarge", "Dynamic"),
        (
            {
                "lineItem/UsageType": "SpotUsage",
                "lineItem/LineItemDescription": "p5.48xlarge Linux/UNIX Spot Instance-hour in US East in VPC Zone #1",
            },
            "p5.48xlarge",
            "Dynamic",
        ),
        ({"lineItem/UsageType": "EBS:VolumeUsage.gp3"}, None, "Standard"),
        ({"lineItem/UsageType": "Bytes:tier.large-objects"}, None, "Standard"),
        ({"lineItem/UsageType": "", "lineItem/LineItemType": "Tax"}, None, None),
    ],
)
def test_machine_and_pricing_come_from_product_usage_type_or_description(
    tmp_path: Path, columns: dict[str, str], machine: str | None, pricing: str | None
) -> None:
    row = outcome(tmp_path, LINE | columns).kept[0]
    assert (row["instance_type"], row["pricing_category"]) == (machine, pricing)


def test_idle_capacity_reservation_is_unused(tmp_path: Path) -> None:
    arn = "arn:aws:ec2:us-east-1:000000000042:capacity-reservation/cr-1"
    row = one(tmp_path, lineItem__UsageType="UnusedBox:p5.48xlarge", lineItem__ResourceId=arn)
    assert (row["capacity_reservation_id"], row["capacity_reservation_status"]) == (arn, "Unused")


def test_account_ids_keep_their_leading_zeros(tmp_path: Path) -> None:
    """T07"""
    row = one(tmp_path)
    assert (row["billing_account_id"], row["sub_account_id"]) == ("000000000009", "000000000042")


def test_tags_and_cost_categories_keep_their_keys(tmp_path: Path) -> None:
    """T09: two keys differ by case only; empty values are left out."""
    row = outcome(
        tmp_path,
        LINE
        | {
            "resourceTags/user:environment": "a",
            "resourceTags/user:Environment": "b",
            'resourceTags/user:o\'brien "x"': "NULL",
            "resourceTags/aws:createdBy": "",
            "costCategory/Charge type": "gpu",
        },
    ).kept[0]
    assert row["tags"] == {"user:environment": "a", "user:Environment": "b", "costCategory/Charge type": "gpu"}


@pytest.mark.parametrize(
    ("written", "end"),
    [
        ("2026-08-31T23:59:59Z", "2026-09-01 00:00:00"),
        ("2026-09-01T00:00:00.000Z", "2026-09-01 00:00:00"),
        ("2027-08-03T10:00:00Z", "2027-08-03 10:00:00"),
    ],
)
def test_charges_end_exclusively(tmp_path: Path, written: str, end: str) -> None:
    """Z04: a plan's upfront fee ends a year away; it is kept as it is, not spread."""
    assert str(one(tmp_path, lineItem__UsageEndDate=written)["charge_period_end"]) == end


def test_the_billing_period_ends_on_the_first_of_the_next_month(tmp_path: Path) -> None:
    """Z04"""
    assert str(one(tmp_path)["billing_period_end"]) == "2026-09-01 00:00:00"


def test_a_delivery_replaces_a_payers_billing_period(tmp_path: Path) -> None:
    """B01, B02"""
    assert outcome(tmp_path, LINE).scopes == ["aws_cur_legacy|000000000009|2026-08-01"]


def test_costs_with_an_exponent_are_exact(tmp_path: Path) -> None:
    """T05, T06"""
    assert one(tmp_path, lineItem__UnblendedCost="1.34E-8")["billed_cost"] == Decimal("0.0000000134")


def test_a_cost_that_is_no_number_rejects_its_row_with_the_text(tmp_path: Path) -> None:
    """T05"""
    result = outcome(tmp_path, LINE, LINE | {"lineItem/UnblendedCost": "$55.04"})
    assert (result.rejected[0]["source_row"], result.rejected[0]["reject_value"]) == (2, "$55.04")


def test_a_missing_required_column_is_named_with_file_and_line(tmp_path: Path) -> None:
    """B14"""
    header = [name for name in HEADER if name not in ("bill/PayerAccountId", "lineItem/UsageEndDate")]
    with pytest.raises(InputError) as error:
        outcome(tmp_path, header=header)
    assert (error.value.file, error.value.line) == ("cur.csv", 1)
    assert error.value.message.endswith("missing: bill/PayerAccountId, lineItem/UsageEndDate")


def test_an_open_month_has_no_invoice(tmp_path: Path) -> None:
    """B01: the empty invoice id tells that the month is not final; among equal snapshots the final one is later."""
    opened, final = (outcome(tmp_path, LINE | {"bill/InvoiceId": invoice}) for invoice in ("", "2026080042"))
    assert (opened.kept[0]["invoice_id"], final.kept[0]["invoice_id"]) == (None, "2026080042")
    assert final.version > opened.version
