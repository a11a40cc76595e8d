"""What a projection was run with: versions, hashes, seed and every convention that flips answers."""

from pipelines.contracts import QUESTION, Column, Contract

CONTRACT = Contract(
    table="projections.projection_run",
    grain="One row per scenario, variant and day of decision.",
    key=("scenario", "variant", "as_of_date"),
    columns=(
        *QUESTION,
        Column("question", "VARCHAR", "What the scenario asks.", nullable=False),
        Column("source", "VARCHAR", "Where its numbers were published, for a reproduced table."),
        Column("horizon_months", "INTEGER", "Months looked ahead.", nullable=False, minimum=1),
        Column("draws_count", "INTEGER", "Draws simulated.", nullable=False, minimum=1),
        Column("seed", "BIGINT", "Seed of the draws.", unit="seed", nullable=False),
        Column("spread_ratio", "DOUBLE", "Share of each range the draws use; 0 for none.", nullable=False, minimum=0, maximum=1),
        Column("code_revision", "VARCHAR", "Revision of the code.", nullable=False),
        Column("warehouse_version", "VARCHAR", "Data it read: of a night the `inputs_hash` in `meta.publication`, asked by hand the published version; '' for a scenario that stands alone.", nullable=False),
        Column("assumptions_sha256", "VARCHAR", "Hash of all assumption files as canonical JSON.", nullable=False),
        Column("scenario_sha256", "VARCHAR", "Hash of the scenario as canonical JSON.", nullable=False),
        Column("month_hours_convention", "VARCHAR", "Hours in a month: a number, or 'calendar'.", nullable=False),
        Column("fixed_opex_basis", "VARCHAR", "Whether fixed running cost is paid by the calendar hour or the used hour.", nullable=False, allowed=("calendar_hour", "used_hour")),
        Column("break_even_basis", "VARCHAR", "What a break-even sets equal.", nullable=False, allowed=("capex", "npv", "total_cost")),
        Column("compared", "VARCHAR", "What both sides must provide.", nullable=False),
        Column("lease_price_includes", "VARCHAR", "What of it the lease price covers.", nullable=False),
        Column("price_basis", "VARCHAR", "Whether the lease price is the one paid, listed or assumed.", nullable=False, allowed=("realised", "list", "assumed")),
        Column("demand_basis", "VARCHAR", "Hours that count as demand.", nullable=False, allowed=("allocated", "busy", "typed")),
        Column("payment_timing", "VARCHAR", "Where in its month a running payment falls.", nullable=False, allowed=("advance", "mid", "arrears", "year_end")),
        Column("residual_basis", "VARCHAR", "Whether hardware is sold in the end.", nullable=False, allowed=("resale_curve", "none")),
        Column("stub_basis", "VARCHAR", "Whether the part of a lease term beyond the horizon is owed, or counts for nothing.", nullable=False, allowed=("owed", "inside_horizon")),
        Column("market", "VARCHAR", "Kind of lease that takes what a strategy does not hold."),
        Column("token_basis", "VARCHAR", "Which tokens a throughput counts.", allowed=("output", "input", "blended")),
        Column("lease_components", "VARCHAR", "What is counted beside the price of leased capacity; '' for nothing."),
        Column("tax_convention", "VARCHAR", "Tax rate and schedule; 'none' without."),
        Column("financing_convention", "VARCHAR", "Loan on what is bought; 'cash' without."),
    ),
)
