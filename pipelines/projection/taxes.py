"""Income tax on a strategy: cost is deductible, hardware is written off, a sale is taxed against its book value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipelines.economics.depreciation import (
    declining_balance_usd,
    macrs_5_usd,
    straight_line_usd,
    sum_of_years_usd,
)
from pipelines.economics.rates import FloatArray
from pipelines.owning import HARDWARE_LIFE
from pipelines.projection.plan import Plan
from pipelines.projection.terms import Tax
from pipelines.projection.world import World
from pipelines.units import MONTHS_PER_YEAR


@dataclass(frozen=True)
class Line:
    """Cash of one component or lease, arrays of shape (draws, months).

    Attributes:
        name: component or kind of lease.
        sourcing: owned or leased.
        tax: expense, capital, resale, loan (principal), interest, or tax itself.
        start: USD at the start of each month.
        during: USD over it.
        end: USD at its end.
        life: assumption that says how many months what is bought lasts.
    """

    name: str
    sourcing: str
    tax: str
    start: FloatArray
    during: FloatArray
    end: FloatArray
    life: str = HARDWARE_LIFE

    @property
    def total(self) -> FloatArray:
        """USD of each month."""
        return self.start + self.during + self.end


def yearly_schedule(tax: Tax) -> FloatArray:
    """Share of the price written off in each year of service: the bonus at once, the rest by the schedule."""
    salvage = tax.salvage_frac
    match tax.depreciation:
        case "macrs_5":
            written = macrs_5_usd(1.0)
        case "declining_balance":
            written = declining_balance_usd(1.0, salvage, tax.life_years)
        case "sum_of_years":
            written = sum_of_years_usd(1.0, salvage, tax.life_years)
        case "straight_line":
            written = straight_line_usd(1.0, salvage, tax.life_years)
    written = written * (1.0 - tax.bonus_depreciation_frac)
    written[0] += tax.bonus_depreciation_frac
    return written


def tax_lines(lines: Sequence[Line], plan: Plan | None, world: World, tax: Tax) -> list[Line]:
    """Tax on owning and on leasing, negative where cost saves tax; paid at the end of the month or with the payments.

    `−rate · (expenses + interest + depreciation)`, and on a sale `rate · (proceeds − book value)`. Losses are set
    off against other income of the company, so a shield is worth money when it arises.

    Args:
        lines: the cash before tax.
        plan: age of the hardware and its price; None where none of the lines is for hardware.
        world: draws and months.
        tax: rate and schedule.
    """
    result = []
    for sourcing in sorted({line.sourcing for line in lines}):
        base = np.zeros((world.draws, world.months))
        for line in lines:
            if line.sourcing == sourcing and line.tax in ("expense", "interest"):
                base = base + line.total
        if sourcing == "owned" and plan is not None:
            base = base + tax_depreciation_usd(lines, plan, world, tax)
        zero, due = np.zeros_like(base), -tax.rate_frac * base
        during, end = (due, zero) if tax.paid == "with_payments" else (zero, due)
        result.append(Line(f"{sourcing}_tax", sourcing, "tax", zero, during, end))
    return result


def tax_depreciation_usd(lines: Sequence[Line], plan: Plan, world: World, tax: Tax) -> FloatArray:
    """Depreciation for tax by draw and month, with book value minus proceeds in the month of a sale."""
    bought = [line for line in lines if line.tax == "capital"]
    capital = sum((line.start.sum(axis=1) for line in bought if line.life == HARDWARE_LIFE), np.zeros(world.draws))
    ordered = (plan.columns["order_due_count"] * plan.columns["order_price_usd"]).sum(axis=1)
    on_price = np.divide(capital, ordered, out=np.zeros(world.draws), where=ordered > 0.0)[:, None]
    by_month = np.repeat(yearly_schedule(tax) / MONTHS_PER_YEAR, MONTHS_PER_YEAR)
    by_age = np.zeros(world.months + 1)
    by_age[: min(by_month.size, by_age.size)] = by_month[: by_age.size]
    written = np.cumsum(by_age)
    age = np.minimum(plan.columns["age_months"].astype(np.int64), world.months)  # older only where none was bought
    cost = plan.columns["service_price_usd"] * on_price * plan.columns["in_service_count"]
    proceeds = -sum((line.total for line in lines if line.tax == "resale"), np.zeros((world.draws, world.months)))
    book = cost * (1.0 - written[age]) * plan.columns["retire_due_count"]
    sold = cost * by_age[age] + book - proceeds
    if "written_off_usd" in plan.columns:
        sold = sold + plan.columns["written_off_usd"]
    for line in bought:
        if line.life != HARDWARE_LIFE:
            sold = sold + _building_usd(line, plan, world.values[line.life])
    found: FloatArray = sold
    return found


def _building_usd(line: Line, plan: Plan, life_months: FloatArray) -> FloatArray:
    """What outlasts the hardware: written off straight line over its own life, the rest at the horizon."""
    life = life_months[:, None]
    live = np.maximum.accumulate(plan.columns["in_service_count"], axis=1)
    age = np.cumsum(live, axis=1)
    written: FloatArray = line.start.sum(axis=1, keepdims=True) * live * np.clip(life - age + 1.0, 0.0, 1.0) / life
    written[:, -1] += line.start.sum(axis=1) * live[:, -1] * np.clip(1.0 - age[:, -1] / life_months, 0.0, 1.0)
    return written
