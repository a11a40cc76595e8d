"""GPU reference: what each model is and how it compares."""

from pipelines.contracts import LINEAGE, Column, Contract

CONTRACT = Contract(
    table="raw.gpu_model",
    grain="One row per GPU model.",
    key=("gpu_model",),
    columns=(
        *LINEAGE,
        Column("gpu_model", "VARCHAR", "Canonical name, as H100-SXM-80GB.", nullable=False),
        Column("name_patterns", "VARCHAR", "Regular expressions, `;`-separated, matched without case against names in telemetry and price lists.", nullable=False),
        Column("memory_gib", "DOUBLE", "Memory.", minimum=0),
        Column("tdp_w", "DOUBLE", "Thermal design power.", minimum=0),
        Column("release_date", "DATE", "General availability."),
        Column("fp16_tflops", "DOUBLE", "Dense FP16/BF16 tensor throughput.", minimum=0),
        Column("reference_ratio", "DOUBLE", "Work per hour relative to one H100-SXM-80GB.", minimum=0),
        Column("max_slices", "INTEGER", "MIG slices of a whole GPU; null where MIG does not exist.", unit="slice"),
        Column("reference", "VARCHAR", "Source of the figures.", nullable=False),
    ),
)
