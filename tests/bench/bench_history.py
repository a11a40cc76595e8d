"""A whole night that rebuilds a month with 36 months of history behind it, against the night with that month alone.

Each side's home was filled and refreshed once, before anything is timed. Then the last month is delivered once more, at
other prices, and `tenure refresh` loads, rebuilds, projects, gates and publishes. `--rows` is the number of cost lines
a month; the work proper is the refresh without adding the file.
"""

from __future__ import annotations

import time
from datetime import date, timedelta
from pathlib import Path

import duckdb
from _history import END, LAST_MONTH, MEMORY_LIMIT, WORKLOADS

from pipelines.assets.run import refresh
from pipelines.plan import plan
from pipelines.settings import Home, Settings
from pipelines.warehouse import landing, lock

ROWS = 200_000
GOAL_RATIO = 1.1
LONG_AGO = date(2023, 9, 1)

# Machines of a GPU provider by the hour, tagged with 200 workloads, and storage; one in twenty lines names no workload.
BILL = """
    copy (
        select
            'GPU Cloud' as ProviderName,
            'GPU Cloud' as PublisherName,
            'GPU Cloud' as InvoiceIssuerName,
            'acme' as BillingAccountId,
            printf('project-%03d', i % 300) as SubAccountId,
            timestamp '{month}' as BillingPeriodStart,
            timestamp '{next_month}' as BillingPeriodEnd,
            timestamp '{month}' + to_hours(cast(hash(i) % {hours} as integer)) as ChargePeriodStart,
            timestamp '{month}' + to_hours(cast(hash(i) % {hours} as integer) + 1) as ChargePeriodEnd,
            'Usage' as ChargeCategory,
            'USD' as BillingCurrency,
            cast({price} + i % 7 as decimal(38, 18)) as BilledCost,
            cast({price} + i % 7 as decimal(38, 18)) as EffectiveCost,
            case when i % 10 < 8 then 'Machines' else 'Disk ' || i % 5 end as ServiceName,
            case when i % 10 < 8 then 'Compute' else 'Storage' end as ServiceCategory,
            case when i % 10 < 8 then '{{"InstanceType":"gpu-h100-sxm-8x","GpuCount":8}}' end as SkuPriceDetails,
            cast(1 as decimal(38, 18)) as ConsumedQuantity,
            'Hours' as ConsumedUnit,
            'm-' || i % 400 as ResourceId,
            case when i % 20 > 0 then map(['team'], ['w' || i % {workloads}]) end as Tags
        from range({rows}) as numbers(i)
    ) to '{file}' (format parquet)
"""
RULE = """\
- rule_id: team-{number}
  priority_index: 1
  workload: w{number}
  workload_kind: inference
  match_field: tag:team
  match_pattern: w{number}
"""


def prepare(folder: Path, rows: int) -> None:
    """Fill and refresh both homes, once."""
    for name, first in (("long", LONG_AGO), ("short", LAST_MONTH)):
        home = folder / f"{name}-{rows}"
        if not home.exists():
            bills = home / "bills"
            bills.mkdir(parents=True)
            (bills / "workload_rule.yaml").write_text(
                "".join(RULE.format(number=number) for number in range(WORKLOADS))
            )
            month = first
            while month < END:
                _bill(bills, month, rows, price=10)
                month = _month_after(month)
            _night(home, bills)


def ours(folder: Path, scratch: Path, rows: int) -> float:
    """The night with a history. Gives the seconds of the refresh."""
    return _restated(folder / f"long-{rows}", scratch, rows)


def plain(folder: Path, scratch: Path, rows: int) -> float:
    """The night without."""
    return _restated(folder / f"short-{rows}", scratch, rows)


def _restated(home: Path, scratch: Path, rows: int) -> float:
    _bill(scratch, LAST_MONTH, rows, price=10 + len(landing.deliveries(Home(home))))
    return _night(home, scratch)


def _night(home: Path, bills: Path) -> float:
    settings = Settings(home=home, min_free_disk_bytes=0, memory_limit=MEMORY_LIMIT)
    landing.add(settings, [bills], received_at=landing.now())
    began = time.perf_counter()
    with lock.held(settings.paths, "refresh"):
        refresh(settings, plan(settings, as_of=END))
    return time.perf_counter() - began


def _bill(folder: Path, month: date, rows: int, *, price: int) -> None:
    after = _month_after(month)
    with duckdb.connect() as connection:
        connection.execute(
            BILL.format(
                month=month, next_month=after, hours=(after - month).days * 24, price=price, workloads=WORKLOADS,
                rows=rows, file=folder / f"bill-{month:%Y-%m}.parquet",
            )
        )  # fmt: skip


def _month_after(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1)
