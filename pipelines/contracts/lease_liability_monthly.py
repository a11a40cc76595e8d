"""Leases with a term in the books, month by month: liability, interest and right of use (IFRS 16, ASC 842)."""

from pipelines.contracts import CHOICE, Column, Contract

CONTRACT = Contract(
    table="projections.lease_liability_monthly",
    grain="One row per scenario, variant, day of decision, workload, strategy, kind of lease and month.",
    key=("scenario", "variant", "as_of_date", "workload", "strategy", "component", "month_index"),
    columns=(
        *CHOICE,
        Column("component", "VARCHAR", "Kind of lease; several of one kind are added up.", nullable=False),
        Column("month_index", "INTEGER", "Months since as_of_date; 0 is the first.", nullable=False, minimum=0),
        Column("month_start_date", "DATE", "First day of that month.", nullable=False),
        Column("liability_opening_usd_nominal", "DOUBLE", "Owed before the month's payments; what begins in the month included.", nullable=False),
        Column("liability_added_usd_nominal", "DOUBLE", "Part of it that begins in the month.", nullable=False),
        Column("interest_usd_nominal", "DOUBLE", "Growth over the month.", nullable=False),
        Column("payment_usd_nominal", "DOUBLE", "Paid in the month; what is paid at commencement is part of the asset, and not in here.", nullable=False),
        Column("principal_usd_nominal", "DOUBLE", "Payment minus interest.", nullable=False),
        Column("liability_closing_usd_nominal", "DOUBLE", "Owed after it.", nullable=False),
        Column("right_of_use_opening_usd_nominal", "DOUBLE", "Asset before the month's amortisation: liability, prepayments and initial direct costs at commencement.", nullable=False),
        Column("right_of_use_amortisation_usd_nominal", "DOUBLE", "Straight line over the term.", nullable=False),
        Column("straight_line_expense_usd_nominal", "DOUBLE", "All payments spread evenly over the term.", nullable=False),
    ),
)
