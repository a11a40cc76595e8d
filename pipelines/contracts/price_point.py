"""What leasing a GPU costs on the market: one dated observation a row."""

from pipelines.contracts import LINEAGE, MONEY, Column, Contract

PRICING_MODELS = ("on_demand", "spot", "reserved_1y", "reserved_3y", "reserved_5y", "reserved", "dedicated_host", "mixed")

CONTRACT = Contract(
    table="raw.price_point",
    grain="One row per observed price.",
    key=("delivery_id", "source_part", "source_row"),
    columns=(
        *LINEAGE,
        Column("source", "VARCHAR", "Source module.", nullable=False),
        Column("observed_at", "TIMESTAMP", "When the price stood, UTC.", nullable=False),
        Column("provider", "VARCHAR", "Who offers; null for a statistic over several."),
        Column("region_id", "VARCHAR", "Region, where the price has one."),
        Column("gpu_model_name", "VARCHAR", "GPU as the price list names it.", nullable=False),
        Column("instance_type", "VARCHAR", "Machine type, where the price is of one."),
        Column("gpus", "INTEGER", "GPUs the listed price is for.", nullable=False, minimum=1),
        Column("pricing_model", "VARCHAR", "Commercial terms; 'mixed' where the source does not tell spot from on-demand.", nullable=False, allowed=PRICING_MODELS),
        Column("price_basis", "VARCHAR", "list, contract or invoice.", nullable=False, allowed=("list", "contract", "invoice")),
        Column("statistic", "VARCHAR", "What the number is over the offers seen.", nullable=False, allowed=("offer", "minimum", "median", "mean", "index")),
        Column("offers_count", "INTEGER", "Offers behind a statistic."),
        Column("list_currency", "VARCHAR", "ISO 4217.", nullable=False),
        Column("price_usd_per_gpu_hour", MONEY, "Price of one GPU for one hour.", nullable=False, minimum=0),
    ),
)
