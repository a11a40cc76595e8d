"""Rows that could not be kept: where they stood, why, and what they cost."""

from pipelines.contracts import LINEAGE, MONEY, Column, Contract

CONTRACT = Contract(
    table="meta.rejected_row",
    grain="One row per rejected input row.",
    key=("delivery_id", "source_part", "source_row"),
    columns=(
        *LINEAGE,
        Column("source", "VARCHAR", "Source module.", nullable=False),
        Column("scope", "VARCHAR", "Scope it would have been part of, where that could be told."),
        Column("reason", "VARCHAR", "What is wrong, with the column.", nullable=False),
        Column("offending_value", "VARCHAR", "The value."),
        Column("billed_cost", MONEY, "What the row costs, where that could be read.", unit="billing currency"),
    ),
)
