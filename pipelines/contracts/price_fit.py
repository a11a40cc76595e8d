"""What history says about the list price of leasing, how sure that is, and whether the projection uses it."""

from pipelines.contracts import SUBJECT, Column, Contract

CONTRACT = Contract(
    table="projections.price_fit",
    grain="One row per scenario, variant, day of decision and workload.",
    key=("scenario", "variant", "as_of_date", "workload"),
    columns=(
        *SUBJECT,
        Column("gpu_model", "VARCHAR", "GPU that is leased."),
        Column("used", "BOOLEAN", "Whether the projection takes its drift, spread and jumps from the fit.", nullable=False),
        Column("reason", "VARCHAR", "Why there is no fit, or why it is not used."),
        Column("decline_frac_per_year", "DOUBLE", "Continuous drift of the same sellers' prices, jumps apart; negative where they rose."),
        Column("standard_error_frac_per_year", "DOUBLE", "Standard error of the drift.", minimum=0),
        Column("volatility_ratio", "DOUBLE", "Standard deviation of the log price over a year.", minimum=0),
        Column("residual_ratio", "DOUBLE", "Standard deviation of the log index around the fit.", minimum=0),
        Column("first_month_date", "DATE", "First month with a price."),
        Column("last_month_date", "DATE", "Last month with a price."),
        Column("sellers_count", "INTEGER", "Sellers and terms followed.", minimum=1),
        Column("matched", "BOOLEAN", "Whether sellers are told apart; where not, a jump may be other sellers."),
        Column("jumps_count", "INTEGER", "Jumps taken out of the drift.", minimum=0),
        Column("jumps_ratio", "DOUBLE", "All jumps together: new level over old.", minimum=0),
        Column("composition_ratio", "DOUBLE", "Part of the median's change that was other sellers and no price; 1 for none.", minimum=0),
        Column("holdout_count", "INTEGER", "Times the fit was asked to foretell six months it had not seen; null where history is too short.", minimum=1),
        Column("holdout_mape_frac", "DOUBLE", "Mean absolute error of what it foretold.", minimum=0),
        Column("unchanged_mape_frac", "DOUBLE", "The same for a price that stays as it is.", minimum=0),
        Column("source", "VARCHAR", "Statistic, months and points behind it."),
    ),
)
