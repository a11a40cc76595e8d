"""FOCUS's datasets beside Cost and Usage. Columns and words are those of the 1.4 data model; values are made up."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from pathlib import Path
from types import ModuleType

import pytest
from _run import Outcome, candidates, csv_text, run

from pipelines.contracts import LINEAGE, contract_for
from pipelines.errors import InputError
from pipelines.sources.billing import focus
from pipelines.sources.registers import focus_billing_period, focus_contract_commitment, focus_invoice_detail

COMMITMENT_1_3 = {
    "ContractCommitmentId": "cd-1",
    "ContractCommitmentType": "Reserved Instance",
    "ContractCommitmentCategory": "Usage",
    "ContractCommitmentCost": "280460.160000",
    "ContractCommitmentQuantity": "4380000.0000",
    "ContractCommitmentUnit": "Hours",
    "ContractCommitmentDescription": "1yr no upfront",
    "ContractCommitmentPeriodStart": "2026-05-01T11:00:00Z",
    "ContractCommitmentPeriodEnd": "2027-05-01T11:00:00Z",
    "ContractId": "C-1",
    "ContractPeriodStart": "2026-01-31T11:00:00Z",
    "ContractPeriodEnd": "2027-08-08T23:00:00Z",
    "BillingCurrency": "USD",
}
COMMITMENT_1_4 = COMMITMENT_1_3 | {
    "ContractCommitmentApplicability": '{"IsComplexScope":true}',
    "ContractCommitmentBenefitCategory": "discount",
    "ContractCommitmentCreated": "2026-05-01T11:00:00Z",
    "ContractCommitmentDiscountPercentage": "0.25",
    "ContractCommitmentDurationType": "1 Year",
    "ContractCommitmentFulfillmentInterval": "Full period",
    "ContractCommitmentLastUpdated": "2026-05-02T00:00:00Z",
    "ContractCommitmentLifecycleStatus": "Active",
    "ContractCommitmentModel": "Continuous",
    "ContractCommitmentOfferCategory": "Public",
    "ContractCommitmentPaymentInterval": "One-time",
    "ContractCommitmentPaymentModel": "Partial Upfront",
    "ContractCommitmentPaymentUpfrontPercentage": "0.5",
    "InvoiceIssuerName": "AWS",
    "PricingCurrency": "USD",
    "PricingCurrencyContractCommitmentCost": "280460.160000",
    "ServiceProviderName": "Amazon Web Services",
}
INVOICE = {
    "BilledCost": "20465.284000",
    "BillingAccountId": "001",
    "BillingCurrency": "USD",
    "BillingPeriodEnd": "2026-06-01T00:00:00Z",
    "BillingPeriodStart": "2026-05-01T00:00:00Z",
    "ChargeCategory": "Purchase",
    "InvoiceDetailGrain": '{"ServiceName":"Amazon EC2"}',
    "InvoiceDetailId": "L1",
    "InvoiceDetailLastUpdated": "2026-06-01T00:00:00Z",
    "InvoiceId": "INV-1",
    "InvoiceIssueStatus": "Issued",
    "InvoiceIssuerName": "AWS",
}
PERIOD = {
    "BillingPeriodCreated": "2026-05-01T00:00:00Z",
    "BillingPeriodEnd": "2026-06-01T00:00:00Z",
    "BillingPeriodLastUpdated": "2026-06-04T00:00:00Z",
    "BillingPeriodStart": "2026-05-01T00:00:00Z",
    "BillingPeriodStatus": "closed",
    "InvoiceIssuerName": "AWS",
}
DATASETS = [
    (focus_contract_commitment, COMMITMENT_1_3),
    (focus_contract_commitment, COMMITMENT_1_4),
    (focus_invoice_detail, INVOICE),
    (focus_billing_period, PERIOD),
]


def outcome(source: ModuleType, folder: Path, *lines: dict[str, str]) -> Outcome:
    """Lines as one CSV file through a source."""
    header = list(dict.fromkeys(name for line in lines for name in line))
    (folder / "dataset.csv").write_text(csv_text(header, *lines))
    (claim,) = source.claim(candidates(folder))
    return run(source, claim)


@pytest.mark.parametrize(("source", "line"), DATASETS)
def test_each_dataset_is_claimed_by_its_source_alone(source: ModuleType, line: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "focus_1_4.csv").write_text(csv_text(list(line), line))
    look = candidates(tmp_path)
    sources = (focus, focus_contract_commitment, focus_invoice_detail, focus_billing_period)
    assert [other for other in sources if other.claim(look)] == [source]


@pytest.mark.parametrize(
    ("source", "without"),
    [
        (focus_contract_commitment, set()),
        (focus_invoice_detail, set()),
        # The dataset is about all accounts of its issuer.
        (focus_billing_period, {"billing_account_id"}),
    ],
)
def test_every_contract_column_has_a_rule_but_what_the_dataset_lacks(source: ModuleType, without: set[str]) -> None:
    filled_by_loader = {column.name for column in LINEAGE} | {"source"}
    assert set(contract_for(source.TABLE).names) - filled_by_loader - set(source.MAPPING) == without


def test_a_commitment_of_1_4_is_read_whole(tmp_path: Path) -> None:
    (row,) = outcome(focus_contract_commitment, tmp_path, COMMITMENT_1_4).kept
    expected = {
        "contract_id": "C-1",
        "contract_commitment_id": "cd-1",
        "contract_commitment_category": "Usage",
        "contract_commitment_benefit_category": "Discount",
        "contract_commitment_fulfillment_interval": "Full Period",
        "contract_commitment_payment_interval": "One-Time",
        "contract_commitment_payment_upfront_frac": Decimal("0.5"),
        "contract_commitment_discount_frac": Decimal("0.25"),
        "contract_commitment_cost": Decimal("280460.16"),
        "contract_commitment_quantity": Decimal(4380000),
        "contract_commitment_period_end": datetime(2027, 5, 1, 11),
        "contract_commitment_last_updated_at": datetime(2026, 5, 2),
        "service_provider_name": "AWS",
    }
    assert {name: row[name] for name in expected} == expected


def test_a_commitment_of_1_3_has_no_provider(tmp_path: Path) -> None:
    result = outcome(focus_contract_commitment, tmp_path, COMMITMENT_1_3)
    assert (result.rejected, result.kept[0]["service_provider_name"]) == ([], None)
    assert result.scopes == ["focus_contract_commitment|C-1"]


def test_another_contract_is_not_replaced(tmp_path: Path) -> None:
    """B02: 1.3 does not say whose contracts a file holds."""
    other = COMMITMENT_1_3 | {"ContractId": "C-2"}
    scopes = outcome(focus_contract_commitment, tmp_path, COMMITMENT_1_3, other).scopes
    assert scopes == ["focus_contract_commitment|C-1", "focus_contract_commitment|C-2"]


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        ({"ContractCommitmentPeriodEnd": "2026-05-01T11:00:00Z"}, "contract_commitment_period_end: not after"),
        ({"ContractCommitmentCategory": "Hope"}, "contract_commitment_category: none of Spend, Usage"),
        ({"ContractCommitmentPaymentUpfrontPercentage": "50"}, "contract_commitment_payment_upfront_frac: above 1"),
        ({"ContractCommitmentCost": "much"}, "contract_commitment_cost: not a DECIMAL"),
        ({"BillingCurrency": ""}, "contract_commitment_cost: without a currency"),
        ({"ContractId": ""}, "contract_id: missing"),
    ],
)
def test_a_commitment_that_cannot_be_is_rejected(tmp_path: Path, columns: dict[str, str], reason: str) -> None:
    """T05: half upfront is 0.5 in FOCUS; 50 would be fifty times the price."""
    result = outcome(focus_contract_commitment, tmp_path, COMMITMENT_1_4, COMMITMENT_1_4 | columns)
    assert len(result.kept) == 1
    assert result.rejected[0]["reject_reason"].startswith(reason)


def test_invoice_lines_keep_amount_status_and_service(tmp_path: Path) -> None:
    (row,) = outcome(focus_invoice_detail, tmp_path, INVOICE).kept
    found = (row["invoice_id"], row["billed_cost"], row["invoice_status"], row["service_name"], row["charge_category"])
    assert found == ("INV-1", Decimal("20465.284"), "Issued", "Amazon EC2", "Purchase")


def test_a_delivery_replaces_the_invoices_it_names(tmp_path: Path) -> None:
    """B01: the open invoice of yesterday by the issued one of today."""
    result = outcome(focus_invoice_detail, tmp_path, INVOICE, INVOICE | {"InvoiceId": "INV-2"})
    assert result.scopes == ["focus_invoice_detail|AWS|001|INV-1", "focus_invoice_detail|AWS|001|INV-2"]


def test_an_invoice_amount_that_is_no_number_rejects_its_line(tmp_path: Path) -> None:
    """T04, T05"""
    result = outcome(focus_invoice_detail, tmp_path, INVOICE | {"BilledCost": "20.465,28"})
    assert result.rejected[0]["reject_value"] == "20.465,28"


def test_a_period_of_all_accounts_has_none(tmp_path: Path) -> None:
    (row,) = outcome(focus_billing_period, tmp_path, PERIOD).kept
    found = (row["invoice_issuer_name"], row["billing_account_id"], row["billing_period_status"])
    assert found == ("AWS", None, "Closed")


@pytest.mark.parametrize(
    ("source", "line", "column"),
    [
        (focus_billing_period, PERIOD, "BillingPeriodLastUpdated"),
        (focus_invoice_detail, INVOICE, "InvoiceDetailLastUpdated"),
        (focus_contract_commitment, COMMITMENT_1_4, "ContractCommitmentLastUpdated"),
    ],
)
def test_what_was_updated_later_is_the_later_version(
    tmp_path: Path, source: ModuleType, line: dict[str, str], column: str
) -> None:
    """B09"""
    versions = [outcome(source, tmp_path, line | {column: f"2026-06-0{day}T00:00:00Z"}).version for day in (1, 2)]
    assert versions == ["2026-06-01T00:00:00Z", "2026-06-02T00:00:00Z"]


@pytest.mark.parametrize(("source", "line"), DATASETS)
def test_a_missing_required_column_is_named(source: ModuleType, line: dict[str, str], tmp_path: Path) -> None:
    """B14"""
    needed = {focus_contract_commitment: "ContractId", focus_invoice_detail: "InvoiceId"}
    missing = needed.get(source, "InvoiceIssuerName")
    with pytest.raises(InputError, match=f"missing: {missing}"):
        outcome(source, tmp_path, {name: value for name, value in line.items() if name != missing})
