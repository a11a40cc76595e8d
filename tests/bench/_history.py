"""A warehouse of invented bills: GPU machines by the hour of two providers, tagged with 200 workloads, and storage."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

from pipelines import transform
from pipelines.settings import Settings
from pipelines.warehouse.connect import writing
from pipelines.warehouse.load import create_tables

MEMORY_LIMIT = "4GiB"
WORKLOADS = 200
LAST_MONTH, END = date(2026, 8, 1), date(2026, 9, 1)
MODELS = ("+fct_workload_tco_daily", "+fct_allocated_cost_daily", "+fct_unit_cost_daily")

# One in twenty lines names no workload; of ten lines eight are machines and two storage.
LINES = """
    insert into raw.cost_line by name
    select
        'bills' as delivery_id,
        'bill' as source_part,
        i as source_row,
        'focus' as source,
        'acme' as billing_account_id,
        printf('%03d', i % 300) as sub_account_id,
        'P' || i % 2 as service_provider_name,
        date_trunc('month', hour_at) as billing_period_start,
        date_trunc('month', hour_at) + interval 1 month as billing_period_end,
        hour_at as charge_period_start,
        hour_at + interval 1 hour as charge_period_end,
        'Usage' as charge_category,
        'USD' as billing_currency,
        10 + i % 7 as billed_cost,
        10 + i % 7 as effective_cost,
        case when i % 10 < 8 then 'Machines' else 'Disk ' || i % 5 end as service_name,
        case when i % 10 < 8 then 'box-8' end as instance_type,
        1 as consumed_quantity,
        'Hours' as consumed_unit,
        'm-' || i % 400 as resource_id,
        case when i % 20 = 0 then map([], []) else map(['team'], ['w' || i % {workloads}]) end as tags
    from (
        select i, timestamp '{first}' + to_hours(cast(hash(i) % {hours} as integer)) as hour_at
        from range({rows}) as numbers(i)
    )
    -- Bills come month by month.
    order by billing_period_start
"""
REFERENCE = """
    insert into raw.workload_rule by name
    select
        'rules' as delivery_id, 'f' as source_part, i as source_row, 'team ' || i as rule_id, 1 as priority_index,
        'w' || i as workload, 'inference' as workload_kind, 'tag:team' as match_field, 'w' || i as match_pattern
    from range({workloads}) as numbers(i);
    insert into raw.instance_type by name
    select
        'rules' as delivery_id, 'f' as source_part, i as source_row, 'P' || i as service_provider_name,
        'box-8' as instance_type, 'H100-SXM-80GB' as gpu_model, 8 as gpus, 'invented' as reference
    from range(2) as numbers(i);
    insert into meta.delivery by name
    select
        'rules' as delivery_id, 'rules' as scope, 'registers' as kind, 'instance_type' as source,
        'raw.instance_type' as table_name, '' as provider_version, timestamp '2026-09-01' as received_at,
        2 as delivered_rows, 2 as kept_rows, 0 as rejected_rows, 0 as left_out_rows, 'current' as status
"""


def settings_of(home: Path) -> Settings:
    """Settings of such a warehouse."""
    return Settings(home=home, min_free_disk_bytes=0, memory_limit=MEMORY_LIMIT)


def make(home: Path, rows: int, first: date) -> None:
    """Fill a warehouse with so many lines from a day to the end, unless it is there."""
    if home.exists():
        return
    hours = (END - first).days * 24
    with writing(settings_of(home)) as connection:
        create_tables(connection)
        connection.execute(LINES.format(rows=rows, first=first, hours=hours, workloads=WORKLOADS))
        connection.execute(REFERENCE.format(workloads=WORKLOADS))


def build(home: Path, first: date, *, full_refresh: bool) -> float:
    """The marts of the days from one on, and their tests. Gives the seconds of dbt's nodes, without its start."""
    os.environ["TENURE_DBT_TARGET"] = str(home / "target")
    settings = settings_of(home)
    nodes = transform.build(settings, from_date=first, to_date=END, as_of=END, full_refresh=full_refresh, select=MODELS)
    return sum(node.seconds for node in nodes)
