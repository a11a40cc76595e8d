"""What workloads cost by unit of work, of the published file: sums of cost over sums of units.

Belongs here: adding up rows of a mart over days. Not here: working out what a row costs (dbt_project).
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final

from pipelines.errors import NoDataError, UsageError
from pipelines.settings import Settings
from pipelines.warehouse.connect import reading_published
from pipelines.warehouse.tables import query

if TYPE_CHECKING:
    import polars as pl

GROUPS: Final = ("workload", "sourcing", "location", "gpu_model")

_SQL: Final = """
    with days as (
        select *, location <> 'unknown' as is_priced from marts.fct_workload_tco_daily where {when}
    ),
    ended as (
        select
            {by},
            sum(direct_cost_usd) filter (where outcome in ('failed', 'cancelled')) as unfinished_job_cost_usd
        from marts.fct_job_outcome_daily
        where {when}
        group by {by}
    ),
    silent as (
        select {by}, sum(cost_usd) as hours_unknown_cost_usd
        from marts.fct_allocated_cost_daily
        where allocation_basis = 'hours unknown' and {when}
        group by {by}
    ),
    summed as (
        select
            {by},
            sum(total_cost_usd) as total_cost_usd,
            sum(idle_cost_usd) as idle_cost_usd,
            sum(gpu_hours_paid) as gpu_hours_paid,
            sum(gpu_hours_allocated) as gpu_hours_allocated,
            sum(gpu_hours_busy) as gpu_hours_busy,
            sum(gpu_hours_measured) as gpu_hours_measured,
            sum(requests_count) as requests_count,
            sum(input_tokens_count) as input_tokens_count,
            sum(output_tokens_count) as output_tokens_count,
            sum(completed_jobs_count) as completed_jobs_count,
            -- A unit is borne by the cost of the days and places that count it, not by those nobody counted; units of
            -- a place whose cost is unknown bear none, and would make all others look cheap.
            sum(case when requests_count > 0 then total_cost_usd end) as requests_cost_usd,
            sum(case when input_tokens_count + output_tokens_count > 0 then total_cost_usd end) as tokens_cost_usd,
            sum(case when is_priced then gpu_hours_busy end) as priced_gpu_hours_busy,
            sum(case when is_priced then requests_count end) as priced_requests_count,
            sum(case when is_priced then input_tokens_count end) as priced_input_tokens_count,
            sum(case when is_priced then output_tokens_count end) as priced_output_tokens_count
        from days
        group by {by}
    )
    select
        summed.{by},
        summed.total_cost_usd,
        summed.idle_cost_usd,
        coalesce(silent.hours_unknown_cost_usd, 0) as hours_unknown_cost_usd,
        gpu_hours_paid,
        gpu_hours_allocated,
        gpu_hours_busy,
        gpu_hours_measured,
        cast(summed.total_cost_usd as double) / nullif(gpu_hours_paid, 0) as cost_usd_per_paid_gpu_hour,
        cast(summed.total_cost_usd as double) / nullif(gpu_hours_allocated, 0) as cost_usd_per_allocated_gpu_hour,
        cast(summed.total_cost_usd as double) / nullif(priced_gpu_hours_busy, 0) as cost_usd_per_busy_gpu_hour,
        input_tokens_count,
        output_tokens_count,
        1000000 * cast(tokens_cost_usd as double)
            / nullif(priced_input_tokens_count + priced_output_tokens_count, 0) as cost_usd_per_1m_tokens,
        1000000 * cast(tokens_cost_usd as double) / nullif(priced_output_tokens_count, 0)
            as cost_usd_per_1m_output_tokens,
        requests_count,
        cast(requests_cost_usd as double) / nullif(priced_requests_count, 0) as cost_usd_per_request,
        completed_jobs_count,
        ended.unfinished_job_cost_usd
    from summed
    left join ended
        on summed.{by} = ended.{by}
    left join silent
        on summed.{by} = silent.{by}
    order by summed.total_cost_usd desc, summed.{by}
"""


def unit_costs(settings: Settings, *, by: str = "workload", month: date | None = None) -> pl.DataFrame:
    """Cost, GPU-hours, output and unit costs, dearest first.

    Args:
        settings: the home.
        by: one of `GROUPS`.
        month: first day of a month; None for all time.

    Returns:
        One row a value of `by`. Money is DECIMAL; unit costs, which are ratios of sums, are float64; null where a unit
        was not counted.

    Raises:
        UsageError: no such grouping.
        NoDataError: nothing is published yet, or nothing in that month.
    """
    if by not in GROUPS:
        raise UsageError(f"--by {by!r} is no grouping of costs", next_step=f"use one of: {', '.join(GROUPS)}")
    when = f"date_trunc('month', usage_date) = date '{month}'" if month else "true"
    with reading_published(settings) as connection:
        frame = query(connection, _SQL.format(by=by, when=when))
    if frame.is_empty():
        raise NoDataError(f"no cost is published of {month:%Y-%m}" if month else "no cost is published",
                          next_step="see: tenure status, for the days that are there")  # fmt: skip
    return frame
