"""The list price of leasing: as it was, as fitted, and as the draws take it on."""

from pipelines.contracts import SUBJECT, Column, Contract

CONTRACT = Contract(
    table="projections.price_path",
    grain="One row per scenario, variant, day of decision, workload and month, past and projected.",
    key=("scenario", "variant", "as_of_date", "workload", "month_start_date"),
    columns=(
        *SUBJECT,
        Column("month_start_date", "DATE", "First day of the month.", nullable=False),
        Column("month_index", "INTEGER", "Months since as_of_date; 0 is the first projected one, negative is history.", nullable=False),
        Column("gpu_model", "VARCHAR", "GPU that is leased."),
        Column("observed_usd_per_gpu_hour", "DOUBLE", "Median of the on-demand prices seen in the month, whoever sold.", minimum=0),
        Column("index_usd_per_gpu_hour", "DOUBLE", "Same sellers at same terms, month against month, at the level observed last.", minimum=0),
        Column("fitted_usd_per_gpu_hour", "DOUBLE", "Drift and jumps of the index.", minimum=0),
        Column("sellers_count", "INTEGER", "Sellers and terms seen in the month.", minimum=0),
        Column("jump_ratio", "DOUBLE", "New level of the index over the old, in the month of a jump.", minimum=0),
        Column("base_usd_per_gpu_hour", "DOUBLE", "Projected price with every number at its base.", minimum=0),
        Column("p5_usd_per_gpu_hour", "DOUBLE", "5 % of the draws are lower.", minimum=0),
        Column("p50_usd_per_gpu_hour", "DOUBLE", "Half of the draws are lower.", minimum=0),
        Column("p95_usd_per_gpu_hour", "DOUBLE", "95 % of the draws are lower.", minimum=0),
    ),
)
