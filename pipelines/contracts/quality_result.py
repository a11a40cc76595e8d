"""What the gates looked at and found."""

from pipelines.contracts import Column, Contract

CONTRACT = Contract(
    table="meta.quality_result",
    grain="One row per gate, table and expectation of the latest run.",
    key=("gate", "table_name", "expectation", "column_name"),
    columns=(
        Column("gate", "VARCHAR", "ingest or publish.", nullable=False),
        Column("table_name", "VARCHAR", "Table checked.", nullable=False),
        Column("expectation", "VARCHAR", "Great Expectations type.", nullable=False),
        Column("column_name", "VARCHAR", "Column, or '' for the whole table.", nullable=False),
        Column("success", "BOOLEAN", "Held.", nullable=False),
        Column("observed", "VARCHAR", "What was seen."),
        Column("unexpected_rows", "BIGINT", "Rows against it."),
    ),
)
