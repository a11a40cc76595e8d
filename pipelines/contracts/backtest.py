"""What was projected from an earlier day, with what was known then, against what came of it."""

from pipelines.contracts import Column, Contract

CONTRACT = Contract(
    table="projections.backtest",
    grain="One row per scenario, day it is scored, kind of knowledge, origin, workload and strategy.",
    key=("scenario", "as_of_date", "knowledge", "origin_date", "workload", "strategy"),
    columns=(
        Column("scenario", "VARCHAR", "Scenario file.", nullable=False),
        Column("as_of_date", "DATE", "Day it is scored: what came before that day is what came of it.", nullable=False),
        Column("knowledge", "VARCHAR", "What was known at the origin: what had arrived by then, or what is dated before it as it stands today.", nullable=False, allowed=("arrived", "dated")),
        Column("origin_date", "DATE", "Day projected from.", nullable=False),
        Column("workload", "VARCHAR", "Workload.", nullable=False),
        Column("strategy", "VARCHAR", "Strategy.", nullable=False),
        Column("scored_months", "INTEGER", "Whole months after the origin that have come.", nullable=False, minimum=1),
        Column("horizon_months", "INTEGER", "Months the decision looked ahead.", nullable=False, minimum=1),
        Column("infeasible_reason", "VARCHAR", "Why it could not be done; where it is set, there are no results."),
        Column("projected_p5_cost_usd_nominal", "DOUBLE", "Cost of the scored months: 5 % of the draws are lower."),
        Column("projected_p50_cost_usd_nominal", "DOUBLE", "Half of the draws are lower."),
        Column("projected_p95_cost_usd_nominal", "DOUBLE", "95 % of the draws are lower."),
        Column("realised_cost_usd_nominal", "DOUBLE", "What leasing did cost in these months; null for strategies nobody took."),
        Column("hindsight_cost_usd_nominal", "DOUBLE", "What the strategy, sized then, costs at the demand and prices that came."),
        Column("scored_against", "VARCHAR", "Which of the two the errors are of.", allowed=("realised", "hindsight")),
        Column("mape_frac", "DOUBLE", "Mean absolute error of the median by month, over what came; null where a month cost nothing.", minimum=0),
        Column("bias_frac", "DOUBLE", "Median of the scored months beyond what came, over what came."),
        Column("inside_interval", "BOOLEAN", "Whether what came lies from the 5 % to the 95 % quantile."),
        Column("decided_then", "BOOLEAN", "Whether the projection recommended it.", nullable=False),
        Column("best_in_hindsight", "BOOLEAN", "Whether it costs least over the horizon at what came, and from there on as expected then.", nullable=False),
        Column("hindsight_npv_cost_usd", "DOUBLE", "Present value of that cost."),
        Column("regret_usd", "DOUBLE", "hindsight_npv_cost_usd beyond that of the best.", minimum=0),
        Column("demand_model", "VARCHAR", "What the projected demand grew by."),
        Column("demand_mape_frac", "DOUBLE", "Mean absolute error of projected demand by month, over what came.", minimum=0),
        Column("naive_demand_mape_frac", "DOUBLE", "The same for the last week before the origin, going on.", minimum=0),
        Column("price_mape_frac", "DOUBLE", "The same for the lease price.", minimum=0),
    ),
)
