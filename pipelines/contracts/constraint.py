"""What is allowed and what it costs: each rule and limit on each strategy."""

from pipelines.contracts import CHOICE, Column, Contract

CONTRACT = Contract(
    table="projections.constraint",
    grain="One row per scenario, variant, day of decision, workload, strategy and constraint.",
    key=("scenario", "variant", "as_of_date", "workload", "strategy", "constraint_name"),
    columns=(
        *CHOICE,
        Column("constraint_name", "VARCHAR", "Key of the scenario's `constraints`.", nullable=False),
        Column("unit_name", "VARCHAR", "Unit of limit and value; null where they are no numbers."),
        Column("limit_text", "VARCHAR", "What is asked.", nullable=False),
        Column("limit_value", "DOUBLE", "The same as a number, where it is one.", unit="see unit_name"),
        Column("actual_text", "VARCHAR", "What the strategy has; null where that is not known."),
        Column("actual_value", "DOUBLE", "The same as a number, where it is one.", unit="see unit_name"),
        Column("met", "BOOLEAN", "Whether it is met; null where that is not proven, which counts as not."),
        Column("reason", "VARCHAR", "Why it is not met or not proven, or what it leaves out of a plan."),
        Column("binding", "BOOLEAN", "Whether the answer would cost less without it.", nullable=False),
        Column("shadow_price_usd", "DOUBLE", "Present value that one unit more of the limit saves, or its lifting where it is no number of the program; null where that is not computed.", minimum=0),
        Column("price_basis", "VARCHAR", "'per unit' from the solver's duals, servers in fractions; 'lifted' by answering again without it.", allowed=("per unit", "lifted")),
    ),
)
