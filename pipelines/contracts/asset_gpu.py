"""Which card was in which owned server, and when: cards are swapped."""

from pipelines.contracts import LINEAGE, Column, Contract

CONTRACT = Contract(
    table="raw.asset_gpu",
    grain="One row per card and stay in an asset.",
    key=("gpu_uuid", "valid_from_date"),
    columns=(
        *LINEAGE,
        Column("gpu_uuid", "VARCHAR", "Device UUID.", nullable=False),
        Column("asset_id", "VARCHAR", "Joins raw.asset.", nullable=False),
        Column("slot_index", "INTEGER", "Slot in the server."),
        Column("valid_from_date", "DATE", "First day in the slot.", nullable=False),
        Column("valid_to_date", "DATE", "First day no longer in it; null while it is."),
    ),
)
