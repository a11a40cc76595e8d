"""Steps of lease contracts whose committed capacity grows or shrinks over the term."""

from pipelines.contracts import LINEAGE, Column, Contract

CONTRACT = Contract(
    table="raw.lease_contract_ramp",
    grain="One row per contract and day of a step.",
    key=("contract_id", "from_date"),
    columns=(
        *LINEAGE,
        Column("contract_id", "VARCHAR", "Joins raw.lease_contract.", nullable=False),
        Column("from_date", "DATE", "First day of the step; until the first one the contract's own GPUs hold.", nullable=False),
        Column("gpus", "INTEGER", "GPUs committed from then on.", nullable=False, minimum=0),
    ),
)
