"""What a strategy does to cash, profit and balance sheet, in the world without chance.

Belongs here: when cost is recognised, and what stands in the books. Not here: cash itself (`flows.py`), tax
(`taxes.py`). Nothing in here moves an answer.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from pipelines.economics.lease_accounting import LeaseSchedule, lease_schedule
from pipelines.economics.rates import FloatArray, monthly_rate
from pipelines.owning import HARDWARE_LIFE
from pipelines.projection.flows import OWNED, Flows, Signed, discounting
from pipelines.projection.scenario import Scenario
from pipelines.projection.taxes import Line
from pipelines.projection.terms import Accounting, Tax

Row = dict[str, Any]
Books = Mapping[str, FloatArray]
CLOSING: Final = "_closing_usd_nominal"
OPENING: Final = "_opening_usd_nominal"
LIABILITY_COLUMNS: Final = (
    "liability_opening", "liability_added", "interest", "payment", "principal", "liability_closing",
    "right_of_use_opening", "right_of_use_amortisation", "straight_line_expense",
)  # fmt: skip


def rows_of(flows: Flows, scenario: Scenario, starts: list[dt.date]) -> dict[str, list[Row]]:
    """Rows of a strategy by table, without the key of the strategy.

    Args:
        flows: of the strategy, of which the first draw counts.
        scenario: its tax and how the books are kept.
        starts: first day of each month, and the day after the last one.
    """
    return {
        "projections.finance_yearly": yearly_rows(flows, scenario.accounting, scenario.tax, starts),
        "projections.lease_liability_monthly": lease_rows(flows, scenario.accounting, starts),
    }


def yearly_rows(flows: Flows, accounting: Accounting, tax: Tax | None, starts: list[dt.date]) -> list[Row]:
    """One row a fiscal year.

    Args:
        flows: of the strategy, of which the first draw counts.
        accounting: how the books are kept.
        tax: None without income tax.
        starts: first day of each month, and the day after the last one.
    """
    books = monthly_books(flows, accounting, tax)
    years = [_fiscal_year(day, accounting.fiscal_year_start_month) for day in starts[:-1]]
    rows = []
    for index, year in enumerate(range(years[0], years[-1] + 1)):
        within = [position for position, of_month in enumerate(years) if of_month == year]
        first, last = within[0], within[-1]
        row: Row = {
            "fiscal_year_index": index,
            "fiscal_year_start_date": dt.date(year, accounting.fiscal_year_start_month, 1),
            "covered_months": len(within),
        }
        for name, values in books.items():
            if name.endswith(CLOSING):
                row[name] = float(values[last])
            elif name.endswith(OPENING):
                row[name] = float(values[first])
            else:
                row[name] = float(values[first : last + 1].sum())
        rows.append(row)
    return rows


def _fiscal_year(day: dt.date, start_month: int) -> int:
    """Calendar year in which the fiscal year of a day begins."""
    return day.year if day.month >= start_month else day.year - 1


def monthly_books(flows: Flows, accounting: Accounting, tax: Tax | None) -> dict[str, FloatArray]:
    """Every column of the yearly table by month, shape (months,)."""
    months = flows.world.months
    kinds = {"capital", "expense", "resale", "loan", "interest", "tax"}
    cash = {kind: np.zeros(months) for kind in kinds}
    drawn = np.zeros(months)
    value = np.zeros(months)
    factors = discounting(flows.world)
    for line in flows.lines:
        cash[line.tax] += line.total[0]
        drawn -= line.start[0] if line.tax == "loan" else 0.0
        value += sum(getattr(line, when)[0] * factor[0] for when, factor in factors.items())
    repaid = cash["loan"] + drawn
    depreciation, book, retired = _book_depreciation(flows)
    leases = lease_books(flows, accounting)
    liability = {name: _summed(leases, name, months) for name in LIABILITY_COLUMNS}
    spread = _spread(flows)
    closing = liability["liability_closing"]
    books = {
        "capex": cash["capital"],
        "opex_cash": cash["expense"],
        "opex_accrual": cash["expense"] + spread,
        "depreciation": depreciation,
        "disposal_loss": retired + cash["resale"],
        "proceeds": -cash["resale"],
        "net_book_value_closing": book,
        "loan_drawn": drawn,
        "loan_interest": cash["interest"],
        "loan_repaid": repaid,
        "loan_closing": np.cumsum(drawn - repaid),
        "tax_shield": -cash["tax"],
        "cash": np.sum(list(cash.values()), axis=0),
        "lease_liability_opening": np.concatenate([[0.0], closing[:-1]]),
        "lease_liability_added": liability["liability_added"],
        "lease_interest": liability["interest"],
        "lease_principal": liability["principal"],
        "lease_liability_closing": closing,
        "right_of_use_closing": liability["right_of_use_opening"] - liability["right_of_use_amortisation"],
        "right_of_use_amortisation": liability["right_of_use_amortisation"],
        "lease_straight_line_expense": liability["straight_line_expense"],
    }
    named = {f"{name}_usd_nominal": values for name, values in books.items()} | {"present_value_usd": value}
    if tax is not None and tax.rate_frac > 0.0:
        named["tax_depreciation_usd_nominal"] = _tax_depreciation(flows, tax)
    return named


def _tax_depreciation(flows: Flows, tax: Tax) -> FloatArray:
    """What the tax on owning deducts beside expenses and interest."""
    deducted = np.zeros(flows.world.months)
    for line in flows.lines:
        if line.sourcing == OWNED and line.tax in ("tax", "expense", "interest"):
            deducted -= line.total[0] / (tax.rate_frac if line.tax == "tax" else 1.0)
    return deducted


def _summed(leases: Mapping[str, Books], name: str, months: int) -> FloatArray:
    return np.sum([books[name] for books in leases.values()], axis=0) if leases else np.zeros(months)


def _book_depreciation(flows: Flows) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Depreciation, book value at the end, and book value of what is retired, by month.

    An outlay is written off straight from the month in which it is paid, or the first in which the fleet is in service
    where that is later. Hardware leaves the books at the horizon, because it is sold or scrapped there; what lasts
    longer stays in them.
    """
    months = flows.world.months
    depreciation, bought, retired = np.zeros(months), np.zeros(months), np.zeros(months)
    in_service = np.flatnonzero(flows.plan.columns["in_service_count"][0]) if flows.plan.columns else np.array([])
    for line in flows.lines:
        if line.tax != "capital":
            continue
        life = max(int(flows.world.values[line.life][0]), 1)
        for month in np.flatnonzero(line.total[0]):
            paid = float(line.total[0][month])
            bought[month] += paid
            live = in_service[in_service >= month]
            if live.size == 0:
                continue
            end = min(int(live[0]) + life, months)
            depreciation[int(live[0]) : end] += paid / life
            if line.life == HARDWARE_LIFE:
                retired[end - 1] += paid * (1.0 - (end - int(live[0])) / life)
    return depreciation, np.cumsum(bought - depreciation - retired), retired


def lease_books(flows: Flows, accounting: Accounting) -> dict[str, Books]:
    """Leases on the balance sheet by kind: the columns of the monthly table without their unit.

    A lease is on it where its term is longer than the accounting says; each term begins at its signature, and one that
    the horizon cuts counts with its months inside the horizon.
    """
    world = flows.world
    rate = accounting.lease_rate_frac_per_year
    annual = float(world.values["discount_rate_frac_per_year"][0]) if rate is None else rate
    found: dict[str, dict[str, FloatArray]] = {}
    for signed in flows.signed:
        if signed.term_months <= accounting.short_term_lease_months:
            continue
        books = found.setdefault(signed.line.name, {name: np.zeros(world.months) for name in LIABILITY_COLUMNS})
        for term in _terms(signed):
            part = _schedule(signed.line, term, monthly_rate(annual), world.timing)
            books["liability_added"][term.start] += part.opening[0]
            for name, values in _columns(part).items():
                books[name][term] += values
    return {name: books for name, books in found.items() if any(values.any() for values in books.values())}


def _columns(part: LeaseSchedule) -> dict[str, FloatArray]:
    return {
        "liability_opening": part.opening,
        "interest": part.interest,
        "payment": part.payment,
        "principal": part.principal,
        "liability_closing": part.closing,
        "right_of_use_opening": part.right_of_use_opening,
        "right_of_use_amortisation": part.amortisation,
        "straight_line_expense": part.straight_line_expense,
    }


def _schedule(line: Line, term: slice, rate_frac: float, timing: Any) -> LeaseSchedule:
    return lease_schedule(line.start[0][term], line.during[0][term], line.end[0][term], rate_frac, timing)


def _terms(signed: Signed) -> list[slice]:
    """The months of each term of a lease, from the first month in which it is held; none where it never is."""
    held = np.flatnonzero(signed.held_gpus[0])
    if held.size == 0:
        return []
    starts = range(int(held[0]), int(held[-1]) + 1, signed.term_months)
    return [slice(start, min(start + signed.term_months, signed.held_gpus.shape[1])) for start in starts]


def _spread(flows: Flows) -> FloatArray:
    """What the accrual view of leases with a term adds to their cash in each month; nothing over each whole term."""
    moved = np.zeros(flows.world.months)
    for signed in flows.signed:
        paid = signed.line.total[0]
        for term in _terms(signed):
            moved[term] += paid[term].mean() - paid[term]
    return moved


def lease_rows(flows: Flows, accounting: Accounting, starts: list[dt.date]) -> list[Row]:
    """One row a kind of lease on the balance sheet and month."""
    return [
        {"component": kind, "month_index": month, "month_start_date": starts[month]}
        | {f"{name}_usd_nominal": float(books[name][month]) for name in LIABILITY_COLUMNS}
        for kind, books in lease_books(flows, accounting).items()
        for month in range(flows.world.months)
    ]
