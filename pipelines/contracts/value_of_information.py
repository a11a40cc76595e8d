"""What it would be worth to know a number before deciding."""

from pipelines.contracts import SUBJECT, Column, Contract

CONTRACT = Contract(
    table="projections.value_of_information",
    grain="One row per scenario, variant, day of decision, workload and assumption.",
    key=("scenario", "variant", "as_of_date", "workload", "assumption"),
    columns=(
        *SUBJECT,
        Column("assumption", "VARCHAR", "The number known; 'everything' for all of them.", nullable=False),
        Column("rank_index", "INTEGER", "1 is worth most to know; 0 is everything.", nullable=False, minimum=0),
        Column("unit_name", "VARCHAR", "Unit of the number."),
        Column("information_value_usd", "DOUBLE", "Present value saved on average by who knows it before choosing among the strategies that can be done; no study of it is worth more.", nullable=False, minimum=0),
        Column("standard_error_usd", "DOUBLE", "Standard error of that value, from the draws.", nullable=False, minimum=0),
    ),
)
