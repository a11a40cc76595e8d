"""Questions about bills, of the published file: do they close, what was known when, what was restated.

Belongs here: reading what the models worked out. Not here: working it out (dbt_project).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Literal

from pipelines.errors import NoDataError
from pipelines.settings import Settings
from pipelines.sources.sql import literal
from pipelines.warehouse.connect import reading_published
from pipelines.warehouse.tables import query

if TYPE_CHECKING:
    import polars as pl

View = Literal["invoice", "usage"]
MONTH_OF: dict[View, str] = {
    "invoice": "billing_period_date",
    "usage": "cast(date_trunc('month', charge_date) as date)",
}


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """Whether the bills close.

    Attributes:
        bills: one row a source, account, billing period and currency (meta.reconciliation).
        services: services whose cost changed on the way from file to model; empty is as it should be.
        invoices: invoices as stated against their lines (meta.invoice_check).
        accruals: what lease contracts cost by their terms on days that no bill spans, by counterparty and month; with
            the bills' effective cost it is the leased cost.
    """

    bills: pl.DataFrame
    services: pl.DataFrame
    invoices: pl.DataFrame
    accruals: pl.DataFrame

    @property
    def differing_bills(self) -> pl.DataFrame:
        """Bills that are not what their provider's own total says."""
        return self.bills.filter(~self.bills["is_equal_to_provider"])

    @property
    def differing_invoices(self) -> pl.DataFrame:
        """Invoices that are not what their lines add up to."""
        return self.invoices.filter(~self.invoices["is_equal"])


def reconciliation(settings: Settings, *, period: date | None = None, source: str | None = None) -> Reconciliation:
    """The bills of a period, or all of them.

    Args:
        settings: the home.
        period: first day of a billing period; None for all.
        source: source module; None for all. Invoices name none: those of the accounts that it bills are shown.

    Raises:
        NoDataError: nothing is published yet, or no bill of that period and source.
    """
    when = f"billing_period_date = date '{period}'" if period else "true"
    by_source = f"source = {literal(source)}" if source else "true"
    where = f"{when} and {by_source}"
    billed = f"select billing_account_id from meta.reconciliation where {by_source}"
    invoiced = f"{when} and billing_account_id in ({billed})" if source else when
    with reading_published(settings) as connection:
        found = Reconciliation(
            bills=query(
                connection,
                "select source, billing_account_id, billing_period_date, billing_currency, delivered_rows, kept_rows, "
                "rejected_rows, left_out_rows, delivered_billed_cost, modelled_billed_cost, unexplained_billed_cost, "
                "modelled_effective_cost, provider_billed_cost, provider_difference_billed_cost, "
                "provider_difference_explanation, is_equal_to_provider, status "
                f"from meta.reconciliation where {where} order by all",
            ),
            services=query(
                connection,
                f"select * from meta.reconciliation_service where is_unexplained and {where} order by all",
            ),
            invoices=query(connection, f"select * from meta.invoice_check where {invoiced} order by all"),
            accruals=query(
                connection,
                "select location as counterparty, billing_period_date, sum(effective_cost_usd) as accrued_cost_usd "
                f"from marts.fct_cost_daily where cost_status = 'contract accrual' and {where} "
                "group by location, billing_period_date order by all",
            ),
        )
    if found.bills.is_empty() and found.accruals.is_empty() and (period or source):
        asked = (f" of {period:%Y-%m}" if period else "") + (f" by {source}" if source else "")
        raise NoDataError(
            f"no bill{asked} is published", next_step="see: tenure reconcile, for the bills that are there"
        )
    return found


def known(
    settings: Settings, at: datetime, *, by: View = "invoice", period: date | None = None, source: str | None = None
) -> pl.DataFrame:
    """What was known of the bills at a time, beside what is known now.

    Args:
        settings: the home.
        at: the time, UTC without zone.
        by: months of the invoice, or of use.
        period: first day of a month; None for all.
        source: source module; None for all.

    Returns:
        source, billing_account_id, month_date, billing_currency, known_billed_cost, now_billed_cost,
        change_billed_cost, known_effective_cost, now_effective_cost, known_until_date, first_known_at; costs in
        billing currency.

    Raises:
        NoDataError: nothing is published yet.
    """
    month = MONTH_OF[by]
    where = f"{month} = date '{period}'" if period else "true"
    where += f" and source = {literal(source)}" if source else ""
    then = f"known_from_at <= timestamp '{at}' and (known_to_at is null or known_to_at > timestamp '{at}')"
    with reading_published(settings) as connection:
        return query(
            connection,
            f"""
            select
                source, billing_account_id, {month} as month_date, billing_currency,
                sum(billed_cost) filter ({then}) as known_billed_cost,
                sum(billed_cost) filter (known_to_at is null) as now_billed_cost,
                coalesce(now_billed_cost, 0) - coalesce(known_billed_cost, 0) as change_billed_cost,
                sum(effective_cost) filter ({then}) as known_effective_cost,
                sum(effective_cost) filter (known_to_at is null) as now_effective_cost,
                max(charge_date) filter ({then}) as known_until_date,
                min(known_from_at) as first_known_at
            from marts.fct_cost_known_daily
            where {where}
            group by all
            order by all
            """,
        )


def restatements(settings: Settings, *, period: date | None = None, source: str | None = None) -> pl.DataFrame:
    """What later deliveries changed of days that were known before.

    Args:
        settings: the home.
        period: first day of a billing period; None for all.
        source: source module; None for all.

    Raises:
        NoDataError: nothing is published yet.
    """
    where = f"billing_period_date = date '{period}'" if period else "true"
    where += f" and source = {literal(source)}" if source else ""
    with reading_published(settings) as connection:
        return query(
            connection,
            "select changed_at, delivery_id[:8] as delivery, source, billing_account_id, sub_account_id, "
            "billing_period_date, service_name, billing_currency, changed_days, before_billed_cost, "
            "after_billed_cost, change_billed_cost, change_effective_cost "
            f"from meta.restatement where not is_new_day and {where} order by all",
        )
