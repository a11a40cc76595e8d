"""FOCUS 1.4 Invoice Detail: what each line of an invoice amounts to, and whether the invoice is issued.

A delivery replaces the invoices it names. Amounts are kept as they stand; a voided invoice keeps its amount and says
that it is voided.
"""

from __future__ import annotations

from typing import Final

from pipelines.contracts.cost_line import CHARGE_CATEGORIES
from pipelines.sources.billing._mapping import Rule, column, derived, spelled_as
from pipelines.sources.model import Expression
from pipelines.sources.registers._focus import Dataset, latest
from pipelines.sources.sql import Fields, money, timestamp

KIND = "registers"
TABLE = "raw.invoice_total"
SUMMARY = "FOCUS 1.4 Invoice Detail: lines of invoices (CSV or Parquet)"
MODE = "replace"
SCOPE = "concat_ws('|', source, invoice_issuer_name, billing_account_id, invoice_id)"


def _service(fields: Fields) -> Expression:
    """The grain holds, by column name, what the line is about beyond its own columns."""
    if "InvoiceDetailGrain" not in fields:
        return Expression("null")
    grain = f"try_cast({fields['InvoiceDetailGrain']} as json)"
    return Expression(f"nullif(json_extract_string({grain}, '$.ServiceName'), '')")


MAPPING: Final[dict[str, Rule]] = {
    "invoice_id": column("InvoiceId", required=True),
    "invoice_issuer_name": column("InvoiceIssuerName", required=True),
    "billing_account_id": column("BillingAccountId", required=True),
    "billing_period_start": column("BillingPeriodStart", parse=timestamp, required=True),
    "billing_period_end": column("BillingPeriodEnd", parse=timestamp, required=True),
    "service_name": derived("ServiceName in InvoiceDetailGrain", _service),
    "charge_category": column("ChargeCategory", parse=spelled_as(*CHARGE_CATEGORIES)),
    "billing_currency": column("BillingCurrency", required=True),
    "billed_cost": column("BilledCost", parse=money, required=True),
    "invoice_status": column("InvoiceIssueStatus", parse=spelled_as("Open", "Issued", "Voided")),
    "last_updated_at": column("InvoiceDetailLastUpdated", parse=timestamp),
}
REJECT: Final = {"billing_period_end: not after billing_period_start": "billing_period_end <= billing_period_start"}

_DATASET: Final = Dataset(
    name="Invoice Detail",
    marks=frozenset({"InvoiceIssueStatus", "InvoiceDetailLastUpdated", "InvoiceDetailGrain"}),
    mapping=MAPPING,
    reject=REJECT,
    version_sql=latest("last_updated_at"),
)
claim = _DATASET.claim
read = _DATASET.read
