"""FOCUS 1.4 Billing Period: whether an issuer's period is still open. It is about all accounts the issuer invoices."""

from __future__ import annotations

from typing import Final

from pipelines.sources.billing._mapping import Rule, column, spelled_as
from pipelines.sources.registers._focus import Dataset, latest
from pipelines.sources.sql import timestamp

KIND = "registers"
TABLE = "raw.billing_period"
SUMMARY = "FOCUS 1.4 Billing Period: which periods are closed (CSV or Parquet)"
MODE = "replace"
SCOPE = "concat_ws('|', source, invoice_issuer_name, strftime(billing_period_start, '%Y-%m-%d'))"

MAPPING: Final[dict[str, Rule]] = {
    "invoice_issuer_name": column("InvoiceIssuerName", required=True),
    "billing_period_start": column("BillingPeriodStart", parse=timestamp, required=True),
    "billing_period_end": column("BillingPeriodEnd", parse=timestamp, required=True),
    "billing_period_status": column("BillingPeriodStatus", parse=spelled_as("Open", "Closed"), required=True),
    "last_updated_at": column("BillingPeriodLastUpdated", parse=timestamp),
}
REJECT: Final = {"billing_period_end: not after billing_period_start": "billing_period_end <= billing_period_start"}

_DATASET: Final = Dataset(
    name="Billing Period",
    marks=frozenset({"BillingPeriodStatus", "BillingPeriodLastUpdated"}),
    mapping=MAPPING,
    reject=REJECT,
    version_sql=latest("last_updated_at"),
)
claim = _DATASET.claim
read = _DATASET.read
