"""Demand of a workload: as it was, as fitted, as foretold, and as the draws take it on."""

from pipelines.contracts import SUBJECT, Column, Contract

CONTRACT = Contract(
    table="projections.demand_path",
    grain="One row per scenario, variant, day of decision, workload and month, past and projected.",
    key=("scenario", "variant", "as_of_date", "workload", "month_start_date"),
    columns=(
        *SUBJECT,
        Column("month_start_date", "DATE", "First day of the month.", nullable=False),
        Column("month_index", "INTEGER", "Months since as_of_date; 0 is the first projected one, negative is history.", nullable=False),
        Column("gpu_model", "VARCHAR", "GPU the demand is counted in."),
        Column("observed_gpus", "DOUBLE", "Mean GPUs in use over the month's observed days.", minimum=0),
        Column("observed_days", "INTEGER", "Days of the month on which anything was observed.", minimum=0, maximum=31),
        Column("fitted_gpus", "DOUBLE", "The forecast's fit, one day ahead, over the same month.", minimum=0),
        Column("forecast_p5_gpus", "DOUBLE", "5 % of the forecast's paths are lower; null beyond what it foretells.", minimum=0),
        Column("forecast_p50_gpus", "DOUBLE", "Half of its paths are lower.", minimum=0),
        Column("forecast_p95_gpus", "DOUBLE", "95 % of its paths are lower.", minimum=0),
        Column("base_gpus", "DOUBLE", "Projected demand with every number at its base.", minimum=0),
        Column("p5_gpus", "DOUBLE", "5 % of the draws are lower.", minimum=0),
        Column("p50_gpus", "DOUBLE", "Half of the draws are lower.", minimum=0),
        Column("p95_gpus", "DOUBLE", "95 % of the draws are lower.", minimum=0),
    ),
)
