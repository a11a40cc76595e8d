"""What a night does about days it does not rebuild: a run of eight hours over midnight, and a bill that is restated.

The machine has eight GPUs and costs 1,920 USD a day, 80 an hour. The run holds all of it from 20:00 to 4:00.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from _pools import MODELS, bill, machine, machine_types, ran, rule
from _telemetry import DAY, Telemetry, ask, at, build, deliver

from pipelines.errors import QualityGateError
from pipelines.settings import Settings
from pipelines.warehouse.connect import writing

NEXT, AFTER = DAY + timedelta(days=1), DAY + timedelta(days=2)
UNITS = ["+fct_unit_cost_daily"]
LINES = ["stg_cost_line"]
PER_RUN = "select usage_date, direct_cost_usd_per_training_run from marts.fct_unit_cost_daily where workload = 'train'"


def window(home: Settings, first: Any, last: Any, select: list[str], *, full: bool = False) -> None:
    build(home, first.date(), last.date(), full=full, select=select)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Both days, built whole."""
    settings = Settings(home=tmp_path_factory.mktemp("window") / "home", min_free_disk_bytes=0)
    tables = {
        "raw.job_record": [ran("runs", "1", 8, at("20:00"), at("4:00", NEXT))],
        "raw.workload_rule": [rule("train", "pre-training", "account", "ml")],
        "raw.gpu_model": MODELS,
        "raw.instance_type": machine_types(["runs"]),
    }
    deliver(settings, Telemetry(), tables)
    bill(settings, [machine("runs"), machine("runs", day=NEXT)])
    window(settings, DAY, AFTER, UNITS, full=True)
    return settings


@pytest.fixture(scope="module")
def restated(home: Settings) -> Settings:
    """The first day costs twice as much, and is rebuilt alone; what stood of the other is kept beside it."""
    assert ask(home, f"{PER_RUN} order by usage_date") == [(DAY.date(), None), (NEXT.date(), Decimal(640))]
    with writing(home) as connection:
        connection.execute(
            "create table kept as select * from intermediate.int_workload_daily where usage_date > ?", [DAY]
        )
        connection.execute(
            "update raw.cost_line set billed_cost = 3840, effective_cost = 3840 where charge_period_start = ?", [DAY]
        )
    window(home, DAY, NEXT, UNITS)
    return home


def test_run_that_ends_after_the_window_costs_what_its_restated_day_makes_it(restated: Settings) -> None:
    """Four hours at 160 USD and four at 80: 960, where it was 640. The run counts on the day it ended."""
    assert ask(restated, f"{PER_RUN} order by usage_date") == [(DAY.date(), None), (NEXT.date(), Decimal(960))]


def test_day_outside_the_window_stays_and_no_row_is_there_twice(restated: Settings) -> None:
    costs = "select usage_date, sum(total_cost_usd), count(*) from {} group by 1 order by 1"
    units, pools = "marts.fct_unit_cost_daily", "intermediate.int_workload_daily"
    assert ask(restated, costs.format(units)) == ask(restated, costs.format(pools))
    after = f"from intermediate.int_workload_daily where usage_date > date '{DAY:%Y-%m-%d}'"
    assert ask(restated, f"select * {after} except select * from kept") == []
    assert ask(restated, f"select count(*) {after}") == ask(restated, "select count(*) from kept")


def test_key_that_breaks_is_found_by_the_night_that_wrote_it_and_by_whole_rebuilds(restated: Settings) -> None:
    """A line of the second day is there twice. Nights of other days have no business with it; its own night has.

    The ingest gate looks at the keys of everything that Python writes, whatever the window.
    """
    with writing(restated) as connection:
        connection.execute(
            "insert into raw.cost_line select * from raw.cost_line where charge_period_start = ?", [NEXT]
        )
    window(restated, DAY, NEXT, LINES)
    for first, last, full in ((NEXT, AFTER, False), (DAY, NEXT, True)):
        with pytest.raises(QualityGateError, match=r"rows of staging\.stg_cost_line share the key .*d1.*: 1 such"):
            window(restated, first, last, LINES, full=full)
