"""Write-downs of owned assets beyond their schedule: value that is lost on a day."""

from pipelines.contracts import LINEAGE, MONEY, Column, Contract

CONTRACT = Contract(
    table="raw.asset_impairment",
    grain="One row per asset and day of a write-down.",
    key=("asset_id", "impairment_date"),
    columns=(
        *LINEAGE,
        Column("asset_id", "VARCHAR", "Joins raw.asset.", nullable=False),
        Column(
            "impairment_date", "DATE", "Day it is recognised; the book value begins that day lower.", nullable=False
        ),
        Column("impairment_usd", MONEY, "Taken off the book value.", nullable=False, minimum=0),
        Column("new_salvage_usd", MONEY, "Value expected at end of life from that day on; null: as before.", minimum=0),
        Column("reason", "VARCHAR", "Why, for the auditor."),
    ),
)
