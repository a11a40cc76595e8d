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
        Column("column_name", "VARCHAR", "Column, the columns of a key, or the quantity made of several.", nullable=False),
        Column("severity", "VARCHAR", "An error closes the gate, a warning does not.", nullable=False, allowed=("error", "warning")),
        Column("success", "BOOLEAN", "Held.", nullable=False),
        Column("expected", "VARCHAR", "What should be.", nullable=False),
        Column("observed", "VARCHAR", "What was seen."),
        Column("unexpected_rows", "BIGINT", "Rows against it."),
        Column("next_step", "VARCHAR", "What to do about it; null where it held."),
    ),
)
