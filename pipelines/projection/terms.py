"""How a company pays, is taxed and keeps its books: the parts of a scenario that finance answers for."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from pipelines.projection.yaml_file import Strict

Share = Annotated[float, Field(ge=0.0, le=1.0)]


class Tax(Strict):
    """Income tax: cost is deductible, hardware is written off, a sale is taxed against its book value."""

    rate_frac: Share = Field(description="Income tax rate.")
    depreciation: Literal["straight_line", "declining_balance", "sum_of_years", "macrs_5"] = Field(
        default="straight_line", description="Schedule by which the tax office lets hardware be written off."
    )
    life_years: int = Field(default=5, ge=1, description="Years of that schedule; macrs_5 has its own six.")
    salvage_frac: Share = Field(
        default=0.0, description="Share of the price that a straight line or sum of years leaves in the books."
    )
    bonus_depreciation_frac: Share = Field(
        default=0.0, description="Share of the price written off in the first year, before the schedule."
    )
    paid: Literal["month_end", "with_payments"] = Field(
        default="month_end", description="Whether tax falls at the end of each month or when running payments do."
    )
    source: str = Field(min_length=3, description="Where rate and schedule come from.")


class Financing(Strict):
    """A loan on the hardware, repaid in equal monthly instalments; without one it is paid in cash."""

    financed_frac: Share = Field(description="Share of the capital outlay that is borrowed.")
    rate_frac_per_year: float = Field(ge=0.0, le=1.0, description="Effective annual rate of the loan.")
    term_months: Annotated[int, Field(ge=1, le=480)] | Literal["life"] = Field(
        description="Instalments; `life` for as many months as what is bought lasts."
    )
    at_horizon: Literal["settled", "left"] = Field(
        default="settled", description="Whether what is owed at the horizon is repaid then or left out."
    )
    source: str = Field(min_length=3, description="Where rate and term come from.")

    def in_words(self) -> str:
        """For the record of a run."""
        term = "the life of what is bought" if self.term_months == "life" else f"{self.term_months} months"
        return f"{self.financed_frac:g} borrowed at {self.rate_frac_per_year:g} a year over {term}, {self.at_horizon}"


class Accounting(Strict):
    """How the books are kept; changes no cash and no answer."""

    fiscal_year_start_month: int = Field(default=1, ge=1, le=12, description="Month in which the fiscal year begins.")
    lease_rate_frac_per_year: float | None = Field(
        default=None, ge=0.0, le=1.0, description="Rate of lease liabilities; without it the discount rate."
    )
    short_term_lease_months: int = Field(
        default=12, ge=0, description="Leases with a term up to this are expensed as they are paid."
    )
