"""What a strategy does to cash, profit and balance sheet, by fiscal year: outlay, running cost, loan, tax, leases."""

from pipelines.contracts import CHOICE, Column, Contract

CONTRACT = Contract(
    table="projections.finance_yearly",
    grain="One row per scenario, variant, day of decision, workload, strategy and fiscal year.",
    key=("scenario", "variant", "as_of_date", "workload", "strategy", "fiscal_year_index"),
    columns=(
        *CHOICE,
        Column("fiscal_year_index", "INTEGER", "Fiscal years since the one of as_of_date, which is 0.", nullable=False, minimum=0),
        Column("fiscal_year_start_date", "DATE", "First day of the fiscal year; the first and last may be in part.", nullable=False),
        Column("covered_months", "INTEGER", "Months of it within the horizon.", nullable=False, minimum=1, maximum=12),
        Column("capex_usd_nominal", "DOUBLE", "CapEx: paid for hardware and what is installed with it.", nullable=False, minimum=0),
        Column("opex_cash_usd_nominal", "DOUBLE", "OpEx as paid: running cost of owning, leases, prepayments included.", nullable=False),
        Column("opex_accrual_usd_nominal", "DOUBLE", "OpEx as incurred: a lease's payments and prepayments spread evenly over its term.", nullable=False),
        Column("depreciation_usd_nominal", "DOUBLE", "Book depreciation, straight line over the life of what was bought.", nullable=False),
        Column("disposal_loss_usd_nominal", "DOUBLE", "Book value minus proceeds of what is retired; a gain is negative.", nullable=False),
        Column("proceeds_usd_nominal", "DOUBLE", "Received for hardware sold.", nullable=False),
        Column("net_book_value_closing_usd_nominal", "DOUBLE", "Left in the books at the end of the year.", nullable=False),
        Column("loan_drawn_usd_nominal", "DOUBLE", "Borrowed in the year.", nullable=False),
        Column("loan_interest_usd_nominal", "DOUBLE", "Interest paid.", nullable=False),
        Column("loan_repaid_usd_nominal", "DOUBLE", "Principal paid back.", nullable=False),
        Column("loan_closing_usd_nominal", "DOUBLE", "Owed at the end of the year.", nullable=False),
        Column("tax_depreciation_usd_nominal", "DOUBLE", "Deducted for hardware by the tax schedule, sales included; null without tax."),
        Column("tax_shield_usd_nominal", "DOUBLE", "Income tax saved by cost, interest and depreciation; 0 without tax.", nullable=False),
        Column("cash_usd_nominal", "DOUBLE", "All cash of the year: capex + opex − proceeds − drawn + interest + repaid − shield.", nullable=False),
        Column("present_value_usd", "DOUBLE", "Present value of that cash.", nullable=False),
        Column("lease_liability_opening_usd_nominal", "DOUBLE", "Owed on leases with a term at the start of the year.", nullable=False),
        Column("lease_liability_added_usd_nominal", "DOUBLE", "Recognised for leases that begin in the year.", nullable=False),
        Column("lease_interest_usd_nominal", "DOUBLE", "Growth of the liability.", nullable=False),
        Column("lease_principal_usd_nominal", "DOUBLE", "Part of the payments that reduces it.", nullable=False),
        Column("lease_liability_closing_usd_nominal", "DOUBLE", "Owed at the end: opening + added − principal.", nullable=False),
        Column("right_of_use_closing_usd_nominal", "DOUBLE", "Right-of-use asset at the end of the year.", nullable=False),
        Column("right_of_use_amortisation_usd_nominal", "DOUBLE", "Written off it, straight line; with the interest the expense under IFRS 16.", nullable=False),
        Column("lease_straight_line_expense_usd_nominal", "DOUBLE", "Single expense of the same leases as operating leases under ASC 842.", nullable=False),
    ),
)
