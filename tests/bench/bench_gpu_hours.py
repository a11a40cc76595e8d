"""Samples of a thousand GPUs to GPU-hours and kWh by hour, against the plain aggregate of the same Parquet file.

The plain side is what one would write in a notebook: readings by device and time, the time since the last reading, the
counter's difference, sums by hour. It knows no resets, replicas, labels, pools or MIG, and keeps nothing.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
from _load import load_file

from pipelines import transform
from pipelines.settings import Settings

ROWS = 50_000_000
GOAL_RATIO = 1.5
MEMORY_LIMIT = "8GiB"
DEVICES = 1_000
EVERY_SECONDS = 30
METRICS = ("DCGM_FI_DEV_GPU_UTIL", "DCGM_FI_DEV_POWER_USAGE", "DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION")


def _file(folder: Path, rows: int) -> Path:
    return folder / f"gpu-samples-{rows}.parquet"


def prepare(folder: Path, rows: int) -> None:
    """Write the file, once: scrape by scrape, as they come."""
    if _file(folder, rows).exists():
        return
    values = ("cast(40 + (scrape + device) % 60 as double)", "cast(400 + (scrape * 7 + device) % 300 as double)",
              "cast((1000 + scrape * 5.0 / 1200) * 3600000000 as double)")  # fmt: skip
    picked = " ".join(f"when {place} then {sql}" for place, sql in enumerate(values))
    names = " ".join(f"when {place} then '{name}'" for place, name in enumerate(METRICS))
    with duckdb.connect() as connection:
        connection.execute("set preserve_insertion_order = true; set memory_limit = '4GiB'; set threads = 2")
        connection.execute(
            f"""
            copy (
                select
                    timestamp '2026-06-01' + to_seconds(scrape * {EVERY_SECONDS}) as sampled_at,
                    'node-' || (device // 8) as node,
                    'GPU-' || printf('%08x', device) as gpu_uuid,
                    'NVIDIA H100 80GB HBM3' as gpu_model_name,
                    'team-' || (device % 20) as namespace,
                    'pod-' || device as pod,
                    case metric {names} end as metric,
                    case metric {picked} end as value
                from (
                    select i // {DEVICES * len(METRICS)} as scrape, (i // {len(METRICS)}) % {DEVICES} as device,
                        i % {len(METRICS)} as metric
                    from range({rows}) as numbers(i)
                )
            ) to '{_file(folder, rows)}' (format parquet)
            """
        )


def ours(folder: Path, scratch: Path, rows: int) -> None:
    """The loader and the models, with their tests."""
    load_file(_file(folder, rows), "gpu_samples_parquet", rows, scratch, MEMORY_LIMIT)
    settings = Settings(home=scratch, min_free_disk_bytes=0, memory_limit=MEMORY_LIMIT)
    transform.build(
        settings, from_date=date(2026, 5, 31), to_date=date(2026, 7, 1), as_of=date(2026, 7, 1),
        select=["+fct_gpu_usage_hourly"],
    )  # fmt: skip


def plain(folder: Path, scratch: Path, rows: int) -> None:
    """One statement."""
    util, power, energy = (f"max(value) filter (where metric = '{name}')" for name in METRICS)
    with duckdb.connect(str(scratch / "plain.duckdb")) as connection:
        connection.execute(f"set memory_limit = '{MEMORY_LIMIT}'; set threads = 2")
        connection.execute(
            f"""
            create table hours as
            with readings as (
                select gpu_uuid, sampled_at, max(pod) as pod, {util} as util, {power} as power_w, {energy} as counter_mj
                from read_parquet('{_file(folder, rows)}')
                group by gpu_uuid, sampled_at
            ),
            spans as (
                select *, least(300, epoch(sampled_at) - epoch(lag(sampled_at) over device)) as seconds,
                    counter_mj - lag(counter_mj) over device as used_mj
                from readings
                window device as (partition by gpu_uuid order by sampled_at)
            )
            select gpu_uuid, pod, date_trunc('hour', sampled_at) as hour_at, sum(seconds) as covered_seconds,
                sum(case when util > 5 then seconds end) as busy_seconds, sum(power_w * seconds) / 3.6e6 as power_kwh,
                sum(used_mj) / 3.6e9 as counter_kwh
            from spans
            group by gpu_uuid, pod, hour_at
            """
        )
