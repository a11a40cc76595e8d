"""Register of invoice totals typed in from the documents (CSV or YAML), to compare bills with.

One line an invoice, or one a service or kind of charge on it; then the lines add up to the invoice. A delivery replaces
the invoices that it names and leaves others alone, so that each month may have a file of its own.
"""

from pipelines.sources.registers._register import Register

KIND = "registers"
TABLE = "raw.invoice_total"
SUMMARY = "Invoice totals typed in from the documents"
MODE = "replace"
SCOPE = "concat_ws('|', source, invoice_issuer_name, billing_account_id, invoice_id)"

_REGISTER = Register(
    TABLE,
    distinct=(
        "invoice_issuer_name",
        "billing_account_id",
        "invoice_id",
        "billing_period_start",
        "service_name",
        "charge_category",
        "billing_currency",
    ),
)
claim = _REGISTER.claim
read = _REGISTER.read
