"""The delivery ledger: what came in, what it held, and what it was replaced by."""

from pipelines.contracts import MONEY, Column, Contract

CONTRACT = Contract(
    table="meta.delivery",
    grain="One row per delivery and scope it touches.",
    key=("delivery_id", "scope"),
    columns=(
        Column("delivery_id", "VARCHAR", "Hash of the source and the content of all its files.", nullable=False),
        Column("scope", "VARCHAR", "What the delivery replaces whole: account and billing period, node and day, or register.", nullable=False),
        Column("kind", "VARCHAR", "billing, telemetry, prices or registers.", nullable=False),
        Column("source", "VARCHAR", "Source module.", nullable=False),
        Column("table_name", "VARCHAR", "Contract its rows obey.", nullable=False),
        Column("provider_version", "VARCHAR", "The provider's own order of versions; later sorts higher.", nullable=False),
        Column("received_at", "TIMESTAMP", "When it was added to landing.", nullable=False),
        Column("period_start", "TIMESTAMP", "First instant the scope covers."),
        Column("period_end", "TIMESTAMP", "First instant after it."),
        Column("newest_at", "TIMESTAMP", "Newest use, sample or price of the scope; null for registers."),
        Column("delivered_rows", "BIGINT", "Data rows in the files.", nullable=False, minimum=0),
        Column("kept_rows", "BIGINT", "Rows in the contract table.", nullable=False, minimum=0),
        Column("rejected_rows", "BIGINT", "Rows in meta.rejected_row.", nullable=False, minimum=0),
        Column("left_out_rows", "BIGINT", "Rows that another kept row tells in another way.", nullable=False, minimum=0),
        Column("billed_cost", MONEY, "Sum over kept rows.", unit="billing currency"),
        Column("effective_cost", MONEY, "Sum over kept rows.", unit="billing currency"),
        Column("provider_billed_cost", MONEY, "The provider's own total, where it gives one.", unit="billing currency"),
        Column("status", "VARCHAR", "Whether its rows are in the contract table.", nullable=False, allowed=("current", "replaced", "superseded_on_arrival")),
        Column("replaced_by", "VARCHAR", "Delivery that took the scope over."),
        Column("known_to_at", "TIMESTAMP", "When that one arrived; null while this one is current."),
        Column("passed_code_revision", "VARCHAR", "Hash of the code whose ingest gate passed its rows; null until one did."),
    ),
)
