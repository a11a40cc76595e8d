"""What a kind of server draws beside its GPUs, and what making it emitted."""

from pipelines.contracts import LINEAGE, MONEY, Column, Contract

CONTRACT = Contract(
    table="raw.node_type",
    grain="One row per GPU model and number of GPUs in a server.",
    key=("gpu_model", "gpus"),
    columns=(
        *LINEAGE,
        Column("node_type", "VARCHAR", "What it is called, as HGX H100.", nullable=False),
        Column("gpu_model", "VARCHAR", "Joins raw.gpu_model.", nullable=False),
        Column("gpus", "INTEGER", "GPUs in the server.", nullable=False, minimum=1),
        Column(
            "fixed_wall_kw",
            MONEY,
            "Power at the wall that does not move with the GPUs'; null where nobody measured it.",
            minimum=0,
        ),
        Column(
            "wall_to_gpu_ratio",
            MONEY,
            "Further kW at the wall for each kW of the GPUs (their own, supplies, fans); null with fixed_wall_kw.",
            minimum=0,
        ),
        Column(
            "embodied_kgco2e", MONEY, "Emissions of making one server, GPUs included; null where unknown.", minimum=0
        ),
        Column(
            "embodied_life_months",
            "INTEGER",
            "Months over which a leased server's are spread; an owned one's over its own life.",
            minimum=1,
        ),
        Column("reference", "VARCHAR", "Source of the figures.", nullable=False),
    ),
)
