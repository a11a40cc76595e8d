"""A publication after one month changed, with 36 months published before, against the same with that month alone.

`--rows` is the number of rows a month of each of four tables. Each home is published once before anything is timed.
"""

from __future__ import annotations

import time
from datetime import date
from pathlib import Path

from pipelines.settings import Settings
from pipelines.warehouse.connect import writing
from pipelines.warehouse.publish import publish

ROWS = 100_000
# Not 1: the months that did not change are read and hashed, to know that they did not.
GOAL_RATIO = 2.0
MONTHS = 36
TABLES = [f"marts.fct_number_{number}_daily" for number in range(4)]
LAST_MONTH = date(2026, 8, 1)


def _settings(folder: Path, name: str, rows: int) -> Settings:
    return Settings(home=folder / f"publish-{name}-{rows}", min_free_disk_bytes=0)


def _publish(settings: Settings) -> None:
    publish(settings, as_of=date(2026, 9, 1), code_revision="bench", inputs_hash="bench")


def prepare(folder: Path, rows: int) -> None:
    """Fill and publish both homes, once."""
    for name, months in (("long", MONTHS), ("short", 1)):
        settings = _settings(folder, name, rows)
        if settings.home.exists():
            continue
        with writing(settings) as connection:
            connection.execute("create schema marts")
            for table in TABLES:
                connection.execute(
                    f"""
                    create table {table} as
                    select
                        cast(date '{LAST_MONTH}' - to_months(cast(m as integer)) as date) + cast(i % 28 as integer)
                            as usage_date,
                        'workload-' || (i * 7919 % 50) as workload,
                        if(i % 2 = 0, 'leased', 'owned') as sourcing,
                        'node-' || (hash(i, m, 1) % 800) as node,
                        cast(hash(i, m, 2) % 1000000 / 1000 as decimal(38, 18)) as cost_usd,
                        cast(hash(i, m, 3) % 1000000 / 1000 as decimal(38, 18)) as billed_cost,
                        hash(i, m, 4) % 100000 / 7 as gpu_hours_paid,
                        hash(i, m, 5) % 100000 / 7 as gpu_hours_busy
                    from range({months}) as months(m), range({rows}) as lines(i)
                    """
                )
        _publish(settings)


def _night(settings: Settings) -> float:
    """Change the newest month of each table, and publish; seconds of the publication."""
    with writing(settings) as connection:
        for table in TABLES:
            connection.execute(f"update {table} set cost_usd = cost_usd + 1 where usage_date >= date '{LAST_MONTH}'")
    began = time.perf_counter()
    _publish(settings)
    return time.perf_counter() - began


def ours(folder: Path, scratch: Path, rows: int) -> float:
    """The publication with a history."""
    del scratch
    return _night(_settings(folder, "long", rows))


def plain(folder: Path, scratch: Path, rows: int) -> float:
    """The publication without."""
    del scratch
    return _night(_settings(folder, "short", rows))
