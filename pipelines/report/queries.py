"""Everything the page asks of the published file, in one place: rows in, no wording out.

Sums of money are exact decimals, hours are summed as decimals too, and every result is ordered, so the same version
gives the same bytes. A table that a version does not have (nothing projected yet) is empty.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from pipelines.contracts import contract_for
from pipelines.errors import NoDataError, UsageError
from pipelines.projection.tables import TABLES, schema_of
from pipelines.settings import Settings
from pipelines.warehouse.connect import reading_published

if TYPE_CHECKING:
    import duckdb

Rows = list[dict[str, Any]]

SCENARIOS: Final = """
    select scenario, max(as_of_date) as as_of_date, min(question) as question
    from projections.projection_run
    group by scenario
    order by scenario
"""
REALISED: Final = """
    with ranked as (
        select workload, row_number() over (order by sum(total_cost_usd) desc, workload) as place
        from marts.fct_workload_tco_daily
        group by workload
    ),
    named as (
        select
            cast(date_trunc('month', cost.usage_date) as date) as usage_month,
            cost.sourcing,
            case when ranked.place <= $workloads then cost.workload else $others end as workload,
            cost.* exclude (usage_date, sourcing, workload)
        from marts.fct_workload_tco_daily as cost
        inner join ranked on cost.workload = ranked.workload
    )
    select
        usage_month, sourcing, workload,
        sum(direct_cost_usd) as direct_cost_usd,
        sum(idle_cost_usd) as idle_cost_usd,
        sum(shared_cost_usd) as shared_cost_usd,
        sum(unallocated_cost_usd) as unallocated_cost_usd,
        sum(over_allocated_cost_usd) as over_allocated_cost_usd,
        sum(total_cost_usd) as total_cost_usd,
        sum(cast(gpu_hours_paid as decimal(38, 9))) as gpu_hours_paid,
        sum(cast(gpu_hours_allocated as decimal(38, 9))) as gpu_hours_allocated,
        sum(cast(gpu_hours_busy as decimal(38, 9))) as gpu_hours_busy
    from named
    group by usage_month, sourcing, workload
    order by usage_month, sourcing, workload
"""
# The same days as a projection takes its level from, so that both speak of now.
USED_DAYS: Final = 28
USED: Final = """
    with newest as (select max(usage_date) as usage_date from marts.fct_workload_tco_daily where gpu_hours_paid > 0)
    select
        gpu_model,
        min(cost.usage_date) as first_date,
        max(cost.usage_date) as last_date,
        sum(cast(gpu_hours_allocated as decimal(38, 9))) / nullif(sum(cast(gpu_hours_paid as decimal(38, 9))), 0)
            as allocated_frac,
        sum(cast(gpu_hours_busy as decimal(38, 9))) / nullif(sum(cast(gpu_hours_paid as decimal(38, 9))), 0)
            as busy_frac
    from marts.fct_workload_tco_daily as cost
    cross join newest
    where cost.usage_date > newest.usage_date - $days and gpu_model is not null
    group by gpu_model
    order by gpu_model
"""
# Of the newest month: days on which nobody counted tokens bear none, and what ran where cost is unknown none of it.
UNIT_COSTS: Final = """
    with newest as (
        select date_trunc('month', max(usage_date)) as usage_month
        from marts.fct_workload_tco_daily
        where gpu_hours_paid > 0
    ),
    cost as (
        select
            *,
            case when location <> 'unknown' then gpu_hours_busy end as priced_gpu_hours_busy,
            case when location <> 'unknown' then requests_count end as priced_requests_count,
            case when location <> 'unknown' then input_tokens_count + output_tokens_count end as priced_tokens_count
        from marts.fct_workload_tco_daily
    )
    select
        workload,
        cast(newest.usage_month as date) as usage_month,
        sum(total_cost_usd) as total_cost_usd,
        cast(sum(total_cost_usd) / nullif(sum(cast(gpu_hours_allocated as decimal(38, 9))), 0) as decimal(38, 9))
            as cost_usd_per_allocated_gpu_hour,
        cast(sum(total_cost_usd) / nullif(sum(cast(priced_gpu_hours_busy as decimal(38, 9))), 0) as decimal(38, 9))
            as cost_usd_per_busy_gpu_hour,
        cast(
            1000000 * sum(case when output_tokens_count > 0 then total_cost_usd end)
            / nullif(sum(cast(priced_tokens_count as decimal(38, 3))), 0) as decimal(38, 9)
        ) as cost_usd_per_1m_tokens,
        cast(
            1000 * sum(case when requests_count > 0 then total_cost_usd end)
            / nullif(sum(cast(priced_requests_count as decimal(38, 3))), 0) as decimal(38, 9)
        ) as cost_usd_per_1000_requests,
        sum(completed_jobs_count) as completed_jobs_count,
        sum(failed_jobs_count + cancelled_jobs_count) as unfinished_jobs_count
    from cost
    inner join newest on date_trunc('month', cost.usage_date) = newest.usage_month
    where workload not like '\\_\\_%' escape '\\'
    group by workload, newest.usage_month
    order by sum(total_cost_usd) desc, workload
"""
# Bills and, where none spans the day, contracts by their terms: together what the page calls leased cost.
LEASED: Final = """
    select
        source = 'lease_contract' as is_accrual,
        source,
        sum(billed_cost_usd) as billed_cost_usd,
        sum(effective_cost_usd) as effective_cost_usd
    from marts.fct_cost_daily
    where sourcing = 'leased'
    group by is_accrual, source
    order by is_accrual, source
"""
HOURS_UNKNOWN: Final = """
    select sum(cost_usd) as cost_usd
    from marts.fct_allocated_cost_daily
    where allocation_basis = 'hours unknown'
    having sum(cost_usd) <> 0
"""
RECONCILIATION: Final = """
    select
        source, billing_account_id, billing_currency,
        count(*) as scopes_count,
        min(billing_period_date) as first_period_date,
        max(billing_period_date) as last_period_date,
        count(*) filter (where status = 'unexplained') as unexplained_count,
        count(*) filter (where status = 'estimated') as estimated_count,
        sum(delivered_rows) as delivered_rows,
        sum(rejected_rows) as rejected_rows,
        sum(modelled_rows) as modelled_rows,
        count(*) filter (where not is_equal_to_provider) as provider_differing_count,
        count(*) filter (where status = 'unexplained' or not is_equal_to_provider) as open_count,
        sum(provider_billed_cost) as provider_billed_cost,
        sum(provider_difference_billed_cost) as provider_difference_billed_cost,
        sum(delivered_billed_cost) as delivered_billed_cost,
        sum(modelled_billed_cost) as modelled_billed_cost,
        sum(unexplained_billed_cost) as unexplained_billed_cost,
        sum(unexplained_effective_cost) as unexplained_effective_cost
    from meta.reconciliation
    group by source, billing_account_id, billing_currency
    order by billing_currency, source, billing_account_id
"""
UNEXPLAINED: Final = """
    select source, billing_account_id, billing_period_date, scope, billing_currency, modelled_billed_cost,
           unexplained_billed_cost, unexplained_effective_cost
    from meta.reconciliation
    where status = 'unexplained'
    order by source, billing_account_id, billing_period_date, scope
"""
INVOICES: Final = """
    select invoice_id, invoice_issuer_name, billing_account_id, billing_period_date, billing_currency,
           stated_billed_cost, modelled_billed_cost, difference_billed_cost, explanation, is_equal
    from meta.invoice_check
    order by billing_account_id, billing_period_date, invoice_id, billing_currency
"""
FRESHNESS: Final = "select kind, source, data_until, age_days from meta.freshness order by kind, source"
UNKNOWN_SKUS: Final = """
    select service_provider_name, instance_type, sku_meter, line_rows, effective_cost_usd, first_charge_date,
           last_charge_date
    from meta.unknown_gpu_sku
    order by effective_cost_usd desc, service_provider_name, instance_type, sku_meter
"""
REJECTED: Final = """
    select source, reason, count(*) as rejected_rows, sum(billed_cost) as billed_cost
    from meta.rejected_row
    group by source, reason
    order by source, reason
"""
FAILED_CHECKS: Final = """
    select gate, table_name, column_name, expectation, observed, unexpected_rows
    from meta.quality_result
    where not success
    order by gate, table_name, column_name, expectation
"""
BACKTEST: Final = "projections.backtest"
WORKLOADS_SHOWN: Final = 8
OTHERS: Final = "other workloads"


@dataclass(frozen=True)
class Facts:
    """What stands in the published file, as far as the page shows it.

    Attributes:
        publication: row of meta.publication.
        scenario: the one shown; None where nothing is projected.
        scenarios: all there are, with their day and question.
        projections: the scenario's rows by contract table name, all variants, on its newest day.
        realised: cost by month, sourcing and workload; the smaller workloads together.
        leased: what the leased cost is made of, by source: bills first, then contracts that no bill spans.
        hours_unknown: the part of the idle cost whose GPU-hours no bill tells; no row where there is none.
        unit_costs: what a GPU-hour, a token and a request of each workload cost in the newest month.
        used: share of paid GPU-hours that were allocated and busy over the newest days, by GPU model.
        reconciliation, unexplained, invoices, freshness, unknown_skus, rejected, failed_checks: whether the data can
            be trusted.
    """

    publication: dict[str, Any]
    scenario: str | None
    scenarios: Rows
    projections: Mapping[str, pl.DataFrame]
    realised: Rows
    leased: Rows
    hours_unknown: Rows
    unit_costs: Rows
    used: Rows
    reconciliation: Rows
    unexplained: Rows
    invoices: Rows
    freshness: Rows
    unknown_skus: Rows
    rejected: Rows
    failed_checks: Rows


def read_facts(settings: Settings, scenario: str | None) -> Facts:
    """Read the version that stands.

    Args:
        settings: the home.
        scenario: which of the published scenarios; None for the first by name.

    Raises:
        NoDataError: nothing is published yet, or a scenario is asked for and none is projected.
        UsageError: no such scenario is published.
    """
    with reading_published(settings) as connection:
        reader = _Reader(connection)
        (publication,) = reader.rows("meta.publication", "select * from meta.publication")
        scenarios = reader.rows("projections.projection_run", SCENARIOS)
        chosen = _chosen(scenarios, scenario)
        key = {"scenario": chosen["scenario"], "as_of_date": chosen["as_of_date"]} if chosen else None
        return Facts(
            publication=publication,
            scenario=chosen["scenario"] if chosen else None,
            scenarios=scenarios,
            projections={table: reader.projection(table, key) for table in (*TABLES, BACKTEST)},
            realised=reader.rows(
                "marts.fct_workload_tco_daily", REALISED, {"workloads": WORKLOADS_SHOWN, "others": OTHERS}
            ),
            leased=reader.rows("marts.fct_cost_daily", LEASED),
            hours_unknown=reader.rows("marts.fct_allocated_cost_daily", HOURS_UNKNOWN),
            unit_costs=reader.rows("marts.fct_unit_cost_daily", UNIT_COSTS),
            used=reader.rows("marts.fct_workload_tco_daily", USED, {"days": USED_DAYS}),
            reconciliation=reader.rows("meta.reconciliation", RECONCILIATION),
            unexplained=reader.rows("meta.reconciliation", UNEXPLAINED),
            invoices=reader.rows("meta.invoice_check", INVOICES),
            freshness=reader.rows("meta.freshness", FRESHNESS),
            unknown_skus=reader.rows("meta.unknown_gpu_sku", UNKNOWN_SKUS),
            rejected=reader.rows("meta.rejected_row", REJECTED),
            failed_checks=reader.rows("meta.quality_result", FAILED_CHECKS),
        )


def _chosen(scenarios: Rows, name: str | None) -> dict[str, Any] | None:
    if name is None:
        return scenarios[0] if scenarios else None
    for row in scenarios:
        if row["scenario"] == name:
            return row
    known = ", ".join(row["scenario"] for row in scenarios)
    if not known:
        raise NoDataError(
            f"scenario {name!r} is not published: nothing is projected yet", next_step="run: tenure refresh"
        )
    raise UsageError(f"no published scenario {name!r}", next_step=f"name one of: {known}")


class _Reader:
    """Queries that give nothing where a version, published by other code, lacks their table or column."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        found = connection.execute("select table_schema || '.' || table_name from information_schema.tables").fetchall()
        self._tables = {name for (name,) in found}

    def rows(self, table: str, sql: str, values: Mapping[str, Any] | None = None) -> Rows:
        if table not in self._tables:
            return []
        return self._connection.execute(sql, dict(values) if values else None).pl().to_dicts()

    def projection(self, table: str, key: Mapping[str, Any] | None) -> pl.DataFrame:
        contract = contract_for(table)
        empty = pl.DataFrame(schema=schema_of(contract))
        if key is None or table not in self._tables:
            return empty
        found = self._connection.execute(
            f"select * from {table} where scenario = $scenario and as_of_date = $as_of_date", dict(key)
        ).pl()
        known = [pl.col(name) if name in found.columns else pl.lit(None).alias(name) for name in empty.columns]
        return found.select(known).cast(empty.schema).sort(contract.key)
