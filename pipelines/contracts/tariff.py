"""Electricity price by site, validity and hour of the day (UTC): fixed, or on top of a market's price."""

from pipelines.contracts import LINEAGE, MONEY, Column, Contract

CONTRACT = Contract(
    table="raw.tariff",
    grain="One row per site, validity and band of hours.",
    key=("site_id", "valid_from_date", "hour_from_index"),
    columns=(
        *LINEAGE,
        Column("site_id", "VARCHAR", "Joins raw.site.", nullable=False),
        Column("valid_from_date", "DATE", "First day of the price.", nullable=False),
        Column("valid_to_date", "DATE", "First day no longer; null while it holds."),
        Column(
            "hour_from_index", "INTEGER", "First hour of the band, UTC, 0-23.", nullable=False, minimum=0, maximum=23
        ),
        Column("hour_to_index", "INTEGER", "First hour after the band, 1-24.", nullable=False, minimum=1, maximum=24),
        Column(
            "energy_usd_per_kwh",
            MONEY,
            "Energy with grid fees and taxes; with a market, what comes on top of its price.",
            nullable=False,
        ),
        Column(
            "market_id", "VARCHAR", "Market whose price of the hour is paid (raw.energy_price); null for a fixed price."
        ),
    ),
)
