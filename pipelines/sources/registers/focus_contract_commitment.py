"""FOCUS Contract Commitment, 1.3 (13 columns, no provider) and 1.4: what was signed, for how long, at what cost.

A delivery replaces the contracts it names and leaves others alone: 1.3 does not say whose contracts a file holds, so
one provider's file must not take another's away. A contract that is in no later file stays; its end is in its period.
"""

from __future__ import annotations

from typing import Final

from pipelines.sources.billing._mapping import Rule, column, provider_name, spelled_as
from pipelines.sources.registers._focus import Dataset, latest
from pipelines.sources.sql import money, timestamp

KIND = "registers"
TABLE = "raw.contract_commitment"
SUMMARY = "FOCUS 1.3 and 1.4 Contract Commitment: what was signed (CSV or Parquet)"
MODE = "replace"
SCOPE = "concat_ws('|', source, contract_id)"

STATUSES: Final = ("Proposed", "Pending", "Active", "Exhausted", "Expired", "Canceled", "Superseded")
INTERVALS: Final = ("One-Time", "Monthly", "Quarterly", "Semi-Annual", "Annual", "Custom")
FULFILLED: Final = ("Hourly", "Daily", "Weekly", *INTERVALS[1:], "Full Period", "Transactional")
MAPPING: Final[dict[str, Rule]] = {
    "contract_id": column("ContractId", required=True),
    "contract_period_start": column("ContractPeriodStart", parse=timestamp),
    "contract_period_end": column("ContractPeriodEnd", parse=timestamp),
    "contract_commitment_id": column("ContractCommitmentId", required=True),
    "contract_commitment_description": column("ContractCommitmentDescription"),
    "contract_commitment_category": column(
        "ContractCommitmentCategory", parse=spelled_as("Spend", "Usage"), required=True
    ),
    "contract_commitment_type": column("ContractCommitmentType"),
    "contract_commitment_benefit_category": column(
        "ContractCommitmentBenefitCategory", parse=spelled_as("Discount", "Entitlement", "Availability", "Other")
    ),
    "contract_commitment_offer_category": column(
        "ContractCommitmentOfferCategory", parse=spelled_as("Negotiated", "Public")
    ),
    "contract_commitment_model": column("ContractCommitmentModel", parse=spelled_as("Continuous", "Discontinuous")),
    "contract_commitment_lifecycle_status": column("ContractCommitmentLifecycleStatus", parse=spelled_as(*STATUSES)),
    "contract_commitment_period_start": column("ContractCommitmentPeriodStart", parse=timestamp, required=True),
    "contract_commitment_period_end": column("ContractCommitmentPeriodEnd", parse=timestamp, required=True),
    "contract_commitment_duration_type": column("ContractCommitmentDurationType"),
    "contract_commitment_fulfillment_interval": column(
        "ContractCommitmentFulfillmentInterval", parse=spelled_as(*FULFILLED)
    ),
    "contract_commitment_quantity": column("ContractCommitmentQuantity", parse=money),
    "contract_commitment_unit": column("ContractCommitmentUnit"),
    "contract_commitment_cost": column("ContractCommitmentCost", parse=money),
    "billing_currency": column("BillingCurrency"),
    "pricing_currency_contract_commitment_cost": column("PricingCurrencyContractCommitmentCost", parse=money),
    "pricing_currency": column("PricingCurrency"),
    "contract_commitment_payment_model": column(
        "ContractCommitmentPaymentModel", parse=spelled_as("No Upfront", "Partial Upfront", "All Upfront")
    ),
    "contract_commitment_payment_interval": column("ContractCommitmentPaymentInterval", parse=spelled_as(*INTERVALS)),
    "contract_commitment_payment_upfront_frac": column("ContractCommitmentPaymentUpfrontPercentage", parse=money),
    "contract_commitment_discount_frac": column("ContractCommitmentDiscountPercentage", parse=money),
    "contract_commitment_applicability": column("ContractCommitmentApplicability"),
    "invoice_issuer_name": column("InvoiceIssuerName"),
    "service_provider_name": column("ServiceProviderName", parse=provider_name),
    "contract_commitment_created_at": column("ContractCommitmentCreated", parse=timestamp),
    "contract_commitment_last_updated_at": column("ContractCommitmentLastUpdated", parse=timestamp),
}
REJECT: Final = {
    "contract_commitment_period_end: not after contract_commitment_period_start": (
        "contract_commitment_period_end <= contract_commitment_period_start"
    ),
    "contract_commitment_cost: without a currency": "contract_commitment_cost is not null and billing_currency is null",
}

_DATASET: Final = Dataset(
    name="Contract Commitment",
    marks=frozenset({"ContractCommitmentId", "ContractCommitmentPeriodStart", "ContractCommitmentCategory"}),
    mapping=MAPPING,
    reject=REJECT,
    version_sql=latest("contract_commitment_last_updated_at"),
)
claim = _DATASET.claim
read = _DATASET.read
