"""What would have to be true: where the answer flips if one number moves and the others stay."""

from pipelines.contracts import SUBJECT, Column, Contract

CONTRACT = Contract(
    table="projections.threshold",
    grain="One row per scenario, variant, day of decision, workload, strategy and parameter.",
    key=("scenario", "variant", "as_of_date", "workload", "strategy", "parameter"),
    columns=(
        *SUBJECT,
        Column("strategy", "VARCHAR", "Strategy compared with staying on demand.", nullable=False),
        Column("parameter", "VARCHAR", "The number moved.", nullable=False),
        Column("unit_name", "VARCHAR", "Its unit.", nullable=False),
        Column("basis", "VARCHAR", "What is set equal.", nullable=False, allowed=("capex", "npv", "total_cost")),
        Column(
            "status",
            "VARCHAR",
            "'never' within the range searched; 'not_used' where the number plays no part.",
            nullable=False,
            allowed=("flips", "never", "not_used"),
        ),
        Column("base_value", "DOUBLE", "Where it stands.", unit="see unit_name"),
        Column("threshold_value", "DOUBLE", "Where both cost the same; nearest to base_value.", unit="see unit_name"),
        Column("searched_from_value", "DOUBLE", "Low end of the range searched.", unit="see unit_name"),
        Column("searched_to_value", "DOUBLE", "High end of the range searched.", unit="see unit_name"),
        Column("past_draws_frac", "DOUBLE", "Share of the draws in which the number lies beyond the threshold; 0 for never, null where it plays no part.", minimum=0, maximum=1),
    ),
)
