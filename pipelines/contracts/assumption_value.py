"""Every number a projection used, with its range, where it came from and how sure it is."""

from pipelines.contracts import QUESTION, Column, Contract

CONTRACT = Contract(
    table="projections.assumption_value",
    grain="One row per scenario, variant, day of decision, workload, assumption and age.",
    key=("scenario", "variant", "as_of_date", "workload", "assumption", "age_months"),
    columns=(
        *QUESTION,
        Column("workload", "VARCHAR", "Workload the number was used for.", nullable=False),
        Column("assumption", "VARCHAR", "Name of the number; its suffix is its unit.", nullable=False),
        Column("age_months", "INTEGER", "Age it holds for, where it depends on age; else 0.", nullable=False, minimum=0),
        Column("gpu_model", "VARCHAR", "GPU model it is given for; null for any."),
        Column("unit_name", "VARCHAR", "Unit of the three values.", nullable=False),
        Column("low_value", "DOUBLE", "Low end.", unit="see unit_name", nullable=False),
        Column("base_value", "DOUBLE", "Most likely.", unit="see unit_name", nullable=False),
        Column("high_value", "DOUBLE", "High end.", unit="see unit_name", nullable=False),
        Column("origin", "VARCHAR", "Who says so.", nullable=False, allowed=("scenario", "evidence", "assumption file")),
        Column("source", "VARCHAR", "Publication, measurement or fit behind it.", nullable=False),
        Column("confidence", "VARCHAR", "How sure it is.", nullable=False, allowed=("high", "medium", "low", "given")),
        Column("from_date", "DATE", "Day from which the value holds; null outside assumption files."),
    ),
)
