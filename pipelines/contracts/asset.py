"""Owned assets: what was bought, when, for how much, where it stands and what it became."""

from pipelines.contracts import LINEAGE, MONEY, Column, Contract

CONTRACT = Contract(
    table="raw.asset",
    grain="One row per asset.",
    key=("asset_id",),
    columns=(
        *LINEAGE,
        Column("asset_id", "VARCHAR", "Inventory number.", nullable=False),
        Column("asset_class", "VARCHAR", "Kind of asset.", nullable=False, allowed=("gpu_server", "network", "storage", "rack", "spare")),
        Column("site_id", "VARCHAR", "Where it stands; joins raw.site.", nullable=False),
        Column("node", "VARCHAR", "Host name; joins telemetry."),
        Column("gpu_model", "VARCHAR", "Joins raw.gpu_model; null for assets without GPUs."),
        Column("gpus", "INTEGER", "GPUs in it.", nullable=False, minimum=0),
        Column("purchase_price_usd", MONEY, "Price paid, with delivery and taxes that are not recoverable.", nullable=False, minimum=0),
        Column("salvage_usd", MONEY, "Value expected at end of life.", nullable=False, minimum=0),
        Column("ordered_date", "DATE", "Day the money was committed.", nullable=False),
        Column("go_live_date", "DATE", "First day in service; null while not live."),
        Column("life_months", "INTEGER", "Depreciable life.", nullable=False, minimum=1),
        Column("depreciation_method", "VARCHAR", "How it is written off.", nullable=False, allowed=("straight_line", "declining_balance", "sum_of_years", "macrs_5")),
        Column("cost_of_capital_frac_per_year", MONEY, "WACC charged on net book value.", nullable=False, minimum=0, maximum=1),
        Column("idle_kw", MONEY, "Power at no load, at the wall.", nullable=False, minimum=0),
        Column("peak_kw", MONEY, "Power at full load, at the wall.", nullable=False, minimum=0),
        Column("contracted_kw", MONEY, "Power reserved at the site.", nullable=False, minimum=0),
        Column("maintenance_frac_per_year", MONEY, "Maintenance and support, of the purchase price.", nullable=False, minimum=0),
        Column("maintenance_from_date", "DATE", "First day it is paid (after warranty); null: from go-live."),
        Column("software_usd_per_gpu_year", MONEY, "Licences.", nullable=False, minimum=0),
        Column("insurance_frac_per_year", MONEY, "Insurance, of net book value.", nullable=False, minimum=0),
        Column("retired_date", "DATE", "First day out of service."),
        Column("sale_proceeds_usd", MONEY, "Received on retirement, after selling cost.", minimum=0),
    ),
)
