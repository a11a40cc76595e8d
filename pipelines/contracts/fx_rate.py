"""Foreign exchange reference rates, by day."""

from pipelines.contracts import LINEAGE, MONEY, Column, Contract

CONTRACT = Contract(
    table="raw.fx_rate",
    grain="One row per delivery, rate date and currency.",
    key=("delivery_id", "rate_date", "currency"),
    columns=(
        *LINEAGE,
        Column("rate_date", "DATE", "Day the rate was fixed on.", nullable=False),
        Column("currency", "VARCHAR", "ISO 4217 code of the quoted currency.", nullable=False),
        Column("base_currency", "VARCHAR", "ISO 4217 code of the currency that one unit of is quoted.", nullable=False),
        Column("units_per_base_ratio", MONEY, "Units of `currency` for one unit of `base_currency`.", nullable=False, minimum=0),
    ),
)
