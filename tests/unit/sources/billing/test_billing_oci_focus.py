"""Oracle's FOCUS reports as cost lines, on lines written by hand and on Oracle's lines of the real sample."""

from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from _run import Outcome, candidates, csv_text, run

from pipelines.contracts import LINEAGE, contract_for
from pipelines.sources.billing import focus
from pipelines.sources.billing import oci_focus as oci

# The header that Oracle documents: FOCUS, some of it under the preview's names.
LINE = {
    "BilledCost": "80",
    "BillingAccountId": "20209880",
    "BillingCurrency": "USD",
    "BillingPeriodStart": "2026-08-01T00:00Z",
    "BillingPeriodEnd": "2026-09-01T00:00:00.000Z",
    "ChargeCategory": "Usage",
    "ChargeDescription": "GPU - H100",
    "ChargeFrequency": "Usage-based",
    "ChargePeriodStart": "2026-08-03T10:00Z",
    "ChargePeriodEnd": "2026-08-03T11:00Z",
    "ChargeSubcategory": "",
    "EffectiveCost": "0.00000000000",
    "InvoiceIssuer": "Oracle",
    "ListCost": "80",
    "Provider": "OCI",
    "Publisher": "Oracle",
    "Region": "eu-frankfurt-1",
    "SkuId": "B98415",
    "SubAccountId": "ocid1.tenancy.oc1..a",
    "Tags": '{"Oracle-Tags.CreatedBy": "me"}',
    "UsageQuantity": "8",
    "UsageUnit": "GPU Hours",
    "oci_ReferenceNumber": "ref-1",
    "oci_CompartmentName": "ml",
    "oci_CostOverage": "30",
    "oci_AttributedCost": "20",
    "oci_BackReferenceNumber": "17053",
    "CommitmentDiscountId": "",
}


def outcome(folder: Path, *rows: dict[str, str]) -> Outcome:
    """One report through the source."""
    (folder / "report.csv").write_text(csv_text(list(rows[0]), *rows))
    (claim,) = oci.claim(candidates(folder))
    return run(oci, claim)


def one(folder: Path, **changed: str) -> dict[str, Any]:
    """The kept row of a report with one line."""
    result = outcome(folder, LINE | changed)
    assert result.rejected == []
    return result.kept[0]


def test_names_of_the_preview_stand_in_for_those_of_1_0(tmp_path: Path) -> None:
    """B13"""
    row = one(tmp_path)
    assert {
        name: row[name] for name in ("service_provider_name", "invoice_issuer_name", "publisher_name")
    } == dict.fromkeys(("service_provider_name", "invoice_issuer_name", "publisher_name"), "Oracle")
    assert (row["region_id"], row["consumed_quantity"], row["consumed_unit"]) == ("eu-frankfurt-1", 8, "GPU Hours")
    assert (row["consumed_gpu_hours"], row["instance_type"]) == (8, "GPU.H100")
    assert f"{row['charge_period_start']:%Y-%m-%dT%H:%M}" == "2026-08-03T10:00"


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, Decimal(80)),
        ({"EffectiveCost": ""}, Decimal(80)),
        ({"EffectiveCost": "60.5"}, Decimal("60.5")),
        ({"ChargeCategory": "Adjustment", "BilledCost": "-3"}, Decimal(-3)),
        ({"ChargeCategory": "Purchase"}, Decimal(0)),
        ({"CommitmentDiscountId": "c-1"}, Decimal(0)),
    ],
)
def test_a_billed_line_of_no_commitment_is_not_free(tmp_path: Path, changed: dict[str, str], expected: Decimal) -> None:
    """M05: nothing else in the reports would carry its cost."""
    assert one(tmp_path, **changed)["effective_cost"] == expected


def test_parts_of_the_billed_cost_are_not_added_to_it(tmp_path: Path) -> None:
    assert one(tmp_path)["billed_cost"] == 80


def test_real_lines_of_oracle_cost_what_they_are_billed(shared: Path, tmp_path: Path) -> None:
    """The sample's seven lines say 0 throughout; their billed costs by csv and Decimal."""
    with (shared / "data/billing/focus_real/focus_sample.csv").open(newline="") as text:
        rows = [row | {"oci_ReferenceNumber": "x"} for row in csv.DictReader(text) if row["ProviderName"] == "Oracle"]
    result = outcome(tmp_path, *rows)
    billed = sum(Decimal(row["BilledCost"]) for row in rows)
    assert (len(result.kept), sum(Decimal(row["EffectiveCost"]) for row in rows)) == (7, 0)
    assert result.total("billed_cost") == result.total("effective_cost") == billed == Decimal("0.53707392473")


@pytest.mark.parametrize(
    ("text", "expected"), [("Used Commitment", "Used"), ("Unused Commitment", "Unused"), ("On-Demand", None)]
)
def test_the_previews_subcategory_tells_used_from_unused(tmp_path: Path, text: str, expected: str | None) -> None:
    assert one(tmp_path, ChargeSubcategory=text)["commitment_discount_status"] == expected


def test_a_reference_back_is_no_correction(tmp_path: Path) -> None:
    assert one(tmp_path)["charge_class"] is None


def test_tags_of_the_json_of_columns_and_the_compartment_are_one_map(tmp_path: Path) -> None:
    assert one(tmp_path)["tags"] == {"oci_CompartmentName": "ml", "Oracle-Tags.CreatedBy": "me"}
    extended = outcome(tmp_path, LINE | {"tags/DevRel\\lab.release": "1.0", "Tags": ""}).kept[0]
    assert extended["tags"] == {"DevRel\\lab.release": "1.0", "oci_CompartmentName": "ml"}


def test_tags_that_are_no_json_reject_the_row(tmp_path: Path) -> None:
    (rejected,) = outcome(tmp_path, LINE | {"Tags": "me"}).rejected
    assert (rejected["reject_reason"], rejected["reject_value"]) == ("tags: not a MAP(VARCHAR, VARCHAR)", "me")


def test_slices_are_added_up_and_plain_focus_left_alone(tmp_path: Path) -> None:
    """B02: FOCUS files replace a month, Oracle's slices make one up."""
    for number in (1, 3):
        (tmp_path / f"0001000001-0000{number}.csv").write_text(csv_text(list(LINE), LINE))
    plain = {name: value for name, value in LINE.items() if not name.startswith("oci_")}
    (tmp_path / "focus.csv").write_text(csv_text(list(plain), plain))
    look = candidates(tmp_path)
    assert [claim.files[0].name for claim in focus.claim(look)] == ["focus.csv"]
    assert [claim.files[0].name for claim in oci.claim(look)] == ["0001000001-00001.csv", "0001000001-00003.csv"]
    assert (oci.MODE, oci.SCOPE) == ("append", "")


def test_the_mapping_names_columns_of_the_contract_only() -> None:
    filled_by_loader = {column.name for column in LINEAGE} | {"source"}
    assert set(oci.MAPPING) <= set(contract_for(oci.TABLE).names) - filled_by_loader
