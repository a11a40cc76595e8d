"""What invoices say they amount to, from the provider or typed in from the document."""

from pipelines.contracts import LINEAGE, MONEY, Column, Contract

CONTRACT = Contract(
    table="raw.invoice_total",
    grain="One row per line of an invoice that states an amount.",
    key=("delivery_id", "source_part", "source_row"),
    columns=(
        *LINEAGE,
        Column("source", "VARCHAR", "Source module that read it.", nullable=False),
        Column("invoice_id", "VARCHAR", "Invoice.", nullable=False),
        Column("invoice_issuer_name", "VARCHAR", "Who invoices."),
        Column("billing_account_id", "VARCHAR", "Account the invoice is addressed to.", nullable=False),
        Column("billing_period_start", "TIMESTAMP", "Start of the billing period, inclusive.", nullable=False),
        Column("billing_period_end", "TIMESTAMP", "End of the billing period, exclusive.", nullable=False),
        Column("service_name", "VARCHAR", "Service the line is about; null where it is about the whole invoice."),
        Column("charge_category", "VARCHAR", "Kind of charge, where the line is about one."),
        Column("billing_currency", "VARCHAR", "ISO 4217 code of the amount.", nullable=False),
        Column("billed_cost", MONEY, "Amount.", unit="billing currency", nullable=False),
        Column("invoice_status", "VARCHAR", "What the provider says of the invoice or period: issued, open, voided, closed."),
        Column("last_updated_at", "TIMESTAMP", "When the issuer last changed it."),
    ),
)
