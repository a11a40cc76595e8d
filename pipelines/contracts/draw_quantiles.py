"""How a result spreads over the draws."""

from pipelines.contracts import CHOICE, Column, Contract

CONTRACT = Contract(
    table="projections.draw_quantiles",
    grain="One row per scenario, variant, day of decision, workload, strategy, measure and quantile.",
    key=("scenario", "variant", "as_of_date", "workload", "strategy", "measure", "quantile_frac"),
    columns=(
        *CHOICE,
        Column("measure", "VARCHAR", "Result; its suffix is its unit.", nullable=False),
        Column(
            "quantile_frac", "DOUBLE", "Share of the draws at or below the value.", nullable=False, minimum=0, maximum=1
        ),
        Column(
            "quantile_value",
            "DOUBLE",
            "Value; null where that quantile of a payback is never.",
            unit="by the suffix of measure",
        ),
    ),
)
