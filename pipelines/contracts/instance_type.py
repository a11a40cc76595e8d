"""Which GPUs, and how many, are in a leased machine type."""

from pipelines.contracts import LINEAGE, Column, Contract

CONTRACT = Contract(
    table="raw.instance_type",
    grain="One row per provider and machine type.",
    key=("service_provider_name", "instance_type"),
    columns=(
        *LINEAGE,
        Column("service_provider_name", "VARCHAR", "As on the cost line.", nullable=False),
        Column("instance_type", "VARCHAR", "As on the cost line.", nullable=False),
        Column("gpu_model", "VARCHAR", "Joins raw.gpu_model.", nullable=False),
        Column("gpus", "INTEGER", "GPUs in the machine.", nullable=False, minimum=1),
        Column("reference", "VARCHAR", "Source of the figures.", nullable=False),
    ),
)
