"""What energy costs on a market, by hour or by whatever interval the market settles."""

from pipelines.contracts import LINEAGE, MONEY, Column, Contract

CONTRACT = Contract(
    table="raw.energy_price",
    grain="One row per delivery, market and interval.",
    key=("delivery_id", "source_part", "market_id", "starts_at"),
    columns=(
        *LINEAGE,
        Column("source", "VARCHAR", "Source module.", nullable=False),
        Column("market_id", "VARCHAR", "Bidding zone, hub or country; raw.tariff names it.", nullable=False),
        Column("starts_at", "TIMESTAMP", "Start of the interval, UTC, inclusive.", nullable=False),
        Column("ends_at", "TIMESTAMP", "End of the interval, exclusive.", nullable=False),
        Column("price_currency", "VARCHAR", "ISO 4217.", nullable=False),
        Column("energy_currency_per_mwh", MONEY, "Price of energy; negative where producers pay.", nullable=False),
    ),
)
