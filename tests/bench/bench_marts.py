"""Cost by workload of a month of lines with 200 workloads: the models and their tests, against one script by hand.

The script gives the same rows, by shares that are rounded and need not add up, and tests nothing.
"""

from __future__ import annotations

from pathlib import Path

import duckdb
from _history import LAST_MONTH, MEMORY_LIMIT, build, make, settings_of

ROWS = 20_000_000
GOAL_RATIO = 1.5

SCRIPT = """
    create table lines as
    select
        cast(charge_period_start as date) as usage_date,
        service_provider_name as location,
        instance_type is not null as is_gpu,
        rules.workload,
        sum(effective_cost) as cost_usd,
        sum(consumed_quantity * types.gpus) as gpu_hours
    from warehouse.raw.cost_line as lines
    left join warehouse.raw.workload_rule as rules on lines.tags['team'] = rules.match_pattern
    left join warehouse.raw.instance_type as types using (service_provider_name, instance_type)
    group by all;
    create table pools as
    select usage_date, location, sum(cost_usd) as cost_usd, sum(gpu_hours) as gpu_hours
    from lines
    where is_gpu
    group by all;
    create table shared as
    select usage_date, location, sum(cost_usd) as cost_usd
    from lines
    where not is_gpu and workload is null
    group by all;
    create table tco as
    select
        usage_date,
        location,
        coalesce(workload, '__unallocated__') as workload,
        sum(case when is_gpu then pools.cost_usd * (lines.gpu_hours / pools.gpu_hours) else lines.cost_usd end)
            as cost_usd,
        sum(lines.gpu_hours) as gpu_hours,
        sum(shared.cost_usd * (lines.gpu_hours / pools.gpu_hours)) as shared_cost_usd
    from lines
    inner join pools using (usage_date, location)
    left join shared using (usage_date, location)
    where is_gpu or workload is not null
    group by all
    order by all
"""


def _home(folder: Path, rows: int) -> Path:
    return folder / f"month-{rows}"


def prepare(folder: Path, rows: int) -> None:
    """Make the warehouse, once."""
    make(_home(folder, rows), rows, LAST_MONTH)


def ours(folder: Path, scratch: Path, rows: int) -> None:
    """The models of the month, with their tests; nothing is written to scratch."""
    del scratch
    build(_home(folder, rows), LAST_MONTH, full_refresh=True)


def plain(folder: Path, scratch: Path, rows: int) -> None:
    """One script."""
    with duckdb.connect(str(scratch / "plain.duckdb")) as connection:
        connection.execute(f"set memory_limit = '{MEMORY_LIMIT}'; set threads = 2")
        connection.execute(f"attach '{settings_of(_home(folder, rows)).paths.database}' as warehouse (read_only)")
        connection.execute(SCRIPT)
