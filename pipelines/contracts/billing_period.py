"""Whether a billing period is still open, as the provider says."""

from pipelines.contracts import LINEAGE, Column, Contract

CONTRACT = Contract(
    table="raw.billing_period",
    grain="One row per billing account and billing period of a current delivery.",
    key=("delivery_id", "source_part", "source_row"),
    columns=(
        *LINEAGE,
        Column("source", "VARCHAR", "Source module that read it.", nullable=False),
        Column("invoice_issuer_name", "VARCHAR", "Who invoices.", nullable=False),
        Column("billing_account_id", "VARCHAR", "Account it is about; null where it is about all of the issuer's."),
        Column("billing_period_start", "TIMESTAMP", "Start of the billing period, inclusive.", nullable=False),
        Column("billing_period_end", "TIMESTAMP", "End of the billing period, exclusive.", nullable=False),
        Column("billing_period_status", "VARCHAR", "Open or Closed.", nullable=False, allowed=("Open", "Closed")),
        Column("last_updated_at", "TIMESTAMP", "When the provider last changed the status."),
    ),
)
