"""FOCUS Cost and Usage out: any billing period as Parquet, leased and owned rows in one file.

Leased rows are those of the bill, one by one, with delivery, file and row in columns of our own. Owned rows are the
daily components of owned assets: nobody invoices them here, so their billed cost is 0 and their effective cost is what
they cost.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Literal

from pipelines.errors import NoDataError, UsageError
from pipelines.export.focus_columns import VERSIONS, FocusColumn, of_version
from pipelines.settings import Settings
from pipelines.sources.sql import literal, quote
from pipelines.warehouse.connect import reading_warehouse

Sourcing = Literal["all", "leased", "owned"]


@dataclass(frozen=True, slots=True)
class Exported:
    """A file written.

    Attributes:
        path: it.
        version: FOCUS version.
        leased_rows, owned_rows: rows.
        billed_cost, effective_cost: sums by billing currency.
    """

    path: Path
    version: str
    leased_rows: int
    owned_rows: int
    billed_cost: dict[str, Decimal]
    effective_cost: dict[str, Decimal]


def export(
    settings: Settings,
    folder: Path,
    *,
    version: str,
    first: date,
    last: date,
    sourcing: Sourcing = "all",
) -> Exported:
    """Write the billing periods that start in [first, last).

    Args:
        settings: the home.
        folder: where to; the file is named after version and months.
        version: 1.2, 1.3 or 1.4.
        first: first day of the first period.
        last: first day after the last.
        sourcing: which rows.

    Raises:
        UsageError: a version that is not written.
        NoDataError: there are no rows of these periods.
        LockedError: the warehouse is being written.
    """
    if version not in VERSIONS:
        raise UsageError(f"FOCUS {version} is not written", next_step=f"use one of {', '.join(VERSIONS)}")
    columns = of_version(version)
    parts = []
    if sourcing != "owned":
        parts.append(f"select {_select(columns, 'leased')} from ({_leased(first, last)})")
    if sourcing != "leased":
        parts.append(f"select {_select(columns, 'owned')} from ({_owned(first, last)})")
    folder.mkdir(parents=True, exist_ok=True)
    months = f"{first:%Y-%m}" if _next_month(first) == last else f"{first:%Y-%m}_{last - timedelta(days=1):%Y-%m}"
    path = folder / f"focus-{version}-cost-and-usage-{months}.parquet"
    partial = path.with_suffix(".writing")
    with reading_warehouse(settings) as connection:
        connection.execute(
            f"copy ({' union all '.join(parts)} order by all) to {literal(str(partial))} "
            "(format parquet, compression zstd)"
        )
        rows = connection.execute(
            "select x_Sourcing, BillingCurrency, count(*), sum(BilledCost), sum(EffectiveCost) "
            f"from read_parquet({literal(str(partial))}) group by all order by all"
        ).fetchall()
    if not rows:
        partial.unlink()
        raise NoDataError(
            f"no rows of billing periods from {first} to {last} (exclusive)", next_step="see: tenure reconcile"
        )
    partial.replace(path)
    billed: dict[str, Decimal] = {}
    effective: dict[str, Decimal] = {}
    counts = {"leased": 0, "owned": 0}
    for kind, currency, count, billed_cost, effective_cost in rows:
        counts[kind] += count
        billed[currency] = billed.get(currency, Decimal(0)) + billed_cost
        effective[currency] = effective.get(currency, Decimal(0)) + effective_cost
    return Exported(path, version, counts["leased"], counts["owned"], billed, effective)


def _select(columns: dict[str, FocusColumn], kind: Literal["leased", "owned"]) -> str:
    return ", ".join(
        f"cast({getattr(column, kind)} as {column.type}) as {quote(name)}" for name, column in columns.items()
    )


def _leased(first: date, last: date) -> str:
    within = f"billing_period_start >= date '{first}' and billing_period_start < date '{last}'"
    return (
        "select lines.*, coalesce(types.gpu_model, covered.gpu_model) as gpu_model, services.main_category, "
        "services.main_subcategory from raw.cost_line as lines "
        "left join staging.stg_instance_type as types using (service_provider_name, instance_type) "
        "left join intermediate.int_commitment_gpu as covered "
        "using (service_provider_name, commitment_discount_id) "
        # The commonest, and the first by name among equals: the same rows give the same file.
        "left join (select service_name, service_category as main_category, service_subcategory as main_subcategory "
        f"from raw.cost_line where service_category is not null and {within} "
        "group by service_name, service_category, service_subcategory "
        "qualify row_number() over (partition by service_name order by count(*) desc, service_category, "
        "service_subcategory) = 1) as services on lines.service_name = services.service_name "
        f"where lines.{within.replace(' and ', ' and lines.')}"
    )


def _owned(first: date, last: date) -> str:
    return (
        "select costs.*, assets.asset_class, assets.gpu_model from intermediate.int_owned_cost_daily as costs "
        "left join staging.stg_asset as assets using (asset_id) "
        f"where costs.usage_date >= date '{first}' and costs.usage_date < date '{last}'"
    )


def _next_month(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1)
