"""How a result that grows over time spreads over the draws, month by month."""

from pipelines.contracts import SUBJECT, Column, Contract

CONTRACT = Contract(
    table="projections.draw_quantiles_monthly",
    grain="One row per scenario, variant, day of decision, workload, strategy, measure, month and quantile.",
    key=("scenario", "variant", "as_of_date", "workload", "strategy", "measure", "month_index", "quantile_frac"),
    columns=(
        *SUBJECT,
        Column(
            "strategy",
            "VARCHAR",
            "Strategy other than staying on demand, which it is measured against.",
            nullable=False,
        ),
        Column("measure", "VARCHAR", "Result up to the end of the month; its suffix is its unit.", nullable=False),
        Column("month_index", "INTEGER", "Months since as_of_date; 0 is the first.", nullable=False, minimum=0),
        Column("month_start_date", "DATE", "First day of that month.", nullable=False),
        Column(
            "quantile_frac", "DOUBLE", "Share of the draws at or below the value.", nullable=False, minimum=0, maximum=1
        ),
        Column(
            "quantile_value",
            "DOUBLE",
            "Value; a quantile of each month by itself, so not the path of one draw.",
            unit="by the suffix of measure",
            nullable=False,
        ),
    ),
)
