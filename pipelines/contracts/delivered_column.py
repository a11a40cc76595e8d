"""Columns of delivered files: which are read, and which nobody reads, so that a change of schema is seen."""

from pipelines.contracts import Column, Contract

CONTRACT = Contract(
    table="meta.delivered_column",
    grain="One row per delivery, file and column of a tabular file.",
    key=("delivery_id", "source_part", "column_index"),
    columns=(
        Column("delivery_id", "VARCHAR", "Delivery.", nullable=False),
        Column("source", "VARCHAR", "Source module.", nullable=False),
        Column("source_part", "VARCHAR", "File within the delivery, as delivered.", nullable=False),
        Column("column_index", "INTEGER", "0-based place in the file.", nullable=False, minimum=0),
        Column("column_name", "VARCHAR", "Name as delivered.", nullable=False),
        Column("is_read", "BOOLEAN", "Whether the source takes anything from it.", nullable=False),
    ),
)
