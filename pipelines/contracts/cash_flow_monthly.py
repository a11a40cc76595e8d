"""Projected cash by component and month."""

from pipelines.contracts import CHOICE, Column, Contract

CONTRACT = Contract(
    table="projections.cash_flow_monthly",
    grain="One row per scenario, variant, day of decision, workload, strategy, component and month.",
    key=("scenario", "variant", "as_of_date", "workload", "strategy", "component", "month_index"),
    columns=(
        *CHOICE,
        Column("component", "VARCHAR", "Component of owning, or kind of lease.", nullable=False),
        Column("month_index", "INTEGER", "Months since as_of_date; 0 is the first.", nullable=False, minimum=0),
        Column("month_start_date", "DATE", "First day of that month.", nullable=False),
        Column("sourcing", "VARCHAR", "Side of the comparison.", nullable=False, allowed=("owned", "leased")),
        Column("cash_usd_nominal", "DOUBLE", "Cost with every number at its base; proceeds negative.", nullable=False),
        Column("mean_cash_usd_nominal", "DOUBLE", "Mean cost over the draws.", nullable=False),
        Column("present_value_usd", "DOUBLE", "Present value of cash_usd_nominal.", nullable=False),
    ),
)
