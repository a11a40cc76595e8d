"""How good the forecast of a workload's demand is, and whether the projection uses it."""

from pipelines.contracts import SUBJECT, Column, Contract

CONTRACT = Contract(
    table="projections.demand_fit",
    grain="One row per scenario, variant, day of decision and workload.",
    key=("scenario", "variant", "as_of_date", "workload"),
    columns=(
        *SUBJECT,
        Column("trend", "VARCHAR", "What the scenario asks growth of.", nullable=False, allowed=("assumed", "fitted", "forecast", "typed")),
        Column("used", "BOOLEAN", "Whether level and growth are the forecast's: only where it beats the week before.", nullable=False),
        Column("reason", "VARCHAR", "Why not."),
        Column("model", "VARCHAR", "Model of the forecast."),
        Column("history_days", "INTEGER", "Days from the first use to the last day known.", minimum=0),
        Column("holdout_count", "INTEGER", "Times four weeks were held back and foretold.", minimum=1),
        Column("mape_frac", "DOUBLE", "Mean absolute error over use, on days with use.", minimum=0),
        Column("mase_ratio", "DOUBLE", "Mean absolute error over that of the week before within the days fitted on.", minimum=0),
        Column("bias_frac", "DOUBLE", "Foretold beyond what came, over what came."),
        Column("mean_mape_frac", "DOUBLE", "Error of the mean over the four weeks, over that mean.", minimum=0),
        Column("coverage_frac", "DOUBLE", "Share of days inside the interval from 5 % to 95 %.", minimum=0, maximum=1),
        Column("naive_mape_frac", "DOUBLE", "mape_frac of the same day of the week before.", minimum=0),
        Column("naive_mase_ratio", "DOUBLE", "mase_ratio of the same day of the week before.", minimum=0),
        Column("naive_bias_frac", "DOUBLE", "bias_frac of the same day of the week before."),
        Column("naive_mean_mape_frac", "DOUBLE", "mean_mape_frac of the last week.", minimum=0),
        Column("growth_frac_per_year", "DOUBLE", "Growth that the forecast says."),
    ),
)
