"""Every way a strategy was tried: how it is paid and when it starts; the best way is the strategy's own row."""

from pipelines.contracts import CHOICE, Column, Contract

CONTRACT = Contract(
    table="projections.strategy_option",
    grain="One row per scenario, variant, day of decision, workload, strategy, payment form and month of start.",
    key=("scenario", "variant", "as_of_date", "workload", "strategy", "payment_form", "start_month_index"),
    columns=(
        *CHOICE,
        Column("payment_form", "VARCHAR", "How a commitment is paid; 'no_choice' where the strategy leaves none.", nullable=False, allowed=("no_choice", "no_upfront", "partial_upfront", "all_upfront")),
        Column("start_month_index", "INTEGER", "Months waited before anything is ordered, signed or sold.", nullable=False, minimum=0),
        Column("start_date", "DATE", "First day of that month.", nullable=False),
        Column("feasible", "BOOLEAN", "Whether it can be done this way; where not, every result is null.", nullable=False),
        Column("infeasible_reason", "VARCHAR", "Why not."),
        Column("best", "BOOLEAN", "Lowest mean present value of cost among the strategy's ways: the one in strategy_summary.", nullable=False),
        Column("owned_gpus", "INTEGER", "Fleet bought.", minimum=0),
        Column("committed_gpus", "DOUBLE", "Mean GPUs committed over the horizon.", minimum=0),
        Column("npv_cost_usd", "DOUBLE", "Present value of the cost."),
        Column("npv_saving_usd", "DOUBLE", "Present value of the reference minus that of this way."),
        Column("cheaper_draws_frac", "DOUBLE", "Share of the draws in which it is cheaper than the reference; of a strategy with several ways the first 1,000 draws.", minimum=0, maximum=1),
        Column("mean_npv_saving_usd", "DOUBLE", "Mean of npv_saving over the same draws."),
        Column("p5_npv_saving_usd", "DOUBLE", "5 % of the same draws save less."),
        Column("p95_npv_saving_usd", "DOUBLE", "95 % of the same draws save less."),
        Column("waiting_value_usd", "DOUBLE", "Mean saving minus that of the best way that starts first; null where none starts earlier or can be done."),
    ),
)
