"""What runs began to rebuild and no version holds yet: all that is known of one that failed or was killed midway."""

from pipelines.contracts import Column, Contract

CONTRACT = Contract(
    table="meta.unpublished_run",
    grain="One row per step of a run that began to change days, until a version is published.",
    key=("from_date", "to_date", "is_full_refresh"),
    columns=(
        Column("from_date", "DATE", "First day of the run.", nullable=False),
        Column("to_date", "DATE", "First day after those.", nullable=False),
        Column("is_full_refresh", "BOOLEAN", "Whether it rebuilds tables from nothing.", nullable=False),
    ),
)
