"""Which numbers move the answer."""

from pipelines.contracts import SUBJECT, Column, Contract

CONTRACT = Contract(
    table="projections.sensitivity",
    grain="One row per scenario, variant, day of decision, workload, strategy, assumption and method.",
    key=("scenario", "variant", "as_of_date", "workload", "strategy", "assumption", "method"),
    columns=(
        *SUBJECT,
        Column("strategy", "VARCHAR", "Strategy compared with staying on demand.", nullable=False),
        Column("assumption", "VARCHAR", "The number moved; on_demand_luck_ratio is where the path of the lease price goes by chance.", nullable=False),
        Column("method", "VARCHAR", "'one_way': at both ends of its range, the others at their base. 'first_order': Sobol index over the draws.", nullable=False, allowed=("one_way", "first_order")),
        Column("rank_index", "INTEGER", "1 moves the answer most, within workload, strategy and method.", nullable=False, minimum=1),
        Column("unit_name", "VARCHAR", "Unit of the number."),
        Column("low_value", "DOUBLE", "Low end of the range; null for a curve of several numbers and for first_order.", unit="see unit_name"),
        Column("base_value", "DOUBLE", "Base.", unit="see unit_name"),
        Column("high_value", "DOUBLE", "High end.", unit="see unit_name"),
        Column("low_npv_saving_usd", "DOUBLE", "Present value saved with the number at its low end; one_way only."),
        Column("high_npv_saving_usd", "DOUBLE", "The same at its high end."),
        Column("swing_usd", "DOUBLE", "How far the two lie apart.", minimum=0),
        Column("flips", "BOOLEAN", "Whether the other side is cheaper at one of the ends; one_way only."),
        Column("variance_share_frac", "DOUBLE", "Share of the variance of the saving that goes once the number is known; first_order only.", minimum=0, maximum=1),
    ),
)
