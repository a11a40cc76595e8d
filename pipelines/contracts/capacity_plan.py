"""How many GPUs to own, commit and lease, month by month: the plan of least cost that keeps to the limits."""

from pipelines.contracts import SUBJECT, Column, Contract

CONTRACT = Contract(
    table="projections.capacity_plan",
    grain="One row per scenario, variant, day of decision, workload, month and kind of capacity.",
    key=("scenario", "variant", "as_of_date", "workload", "month_index", "capacity"),
    columns=(
        *SUBJECT,
        Column("month_index", "INTEGER", "Months from the day of decision.", nullable=False, minimum=0),
        Column("month_start_date", "DATE", "First day of the month.", nullable=False),
        Column("capacity", "VARCHAR", "'own', or the kind of lease; one that is held in no month has no rows.", nullable=False),
        Column("gpu_model", "VARCHAR", "GPU that is owned or leased."),
        Column("held_gpus", "DOUBLE", "GPUs held; of what is paid by use, the mean over the month.", nullable=False, minimum=0),
        Column("ordered_gpus", "DOUBLE", "GPUs ordered or signed for in the month.", nullable=False, minimum=0),
        Column("ended_gpus", "DOUBLE", "GPUs sold or out of their term at the end of the month.", nullable=False, minimum=0),
        Column("used_gpu_hours", "DOUBLE", "Hours served, in hours of gpu_model.", nullable=False, minimum=0),
        Column("demand_gpus", "DOUBLE", "Mean demand of the month, in GPUs of the leased model.", nullable=False, minimum=0),
        Column("peak_gpus", "DOUBLE", "Demand of its highest hour.", nullable=False, minimum=0),
        Column("cost_usd_nominal", "DOUBLE", "Cash of the month, with tax.", nullable=False),
        Column("present_value_usd", "DOUBLE", "The same on the day of decision.", nullable=False),
        Column("plan_cost_usd", "DOUBLE", "Present value of the whole plan, all months and kinds.", nullable=False),
        Column("bound_usd", "DOUBLE", "The solver's proof: no plan within the limits costs less.", nullable=False),
        Column("gap_frac", "DOUBLE", "What a better plan could save at most, over the cost.", nullable=False, minimum=0),
        Column("solver_status", "VARCHAR", "Whether the solver ended at the best plan or at its limit of nodes.", nullable=False, allowed=("optimal", "node_limit")),
    ),
)
