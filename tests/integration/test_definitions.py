"""The definitions that Dagster loads: partitions, schedule, sensor, and blocking gates."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import dagster as dg
import pytest
from dagster._utils.schedules import schedule_execution_time_iterator

from pipelines.assets.partitions import DAILY, Window, first_day_tag, range_tags
from pipelines.assets.triggers import nightly_tags
from pipelines.definitions import defs
from pipelines.plan import plan
from pipelines.settings import Settings

if TYPE_CHECKING:
    from _nights import House

RANGE_START = "dagster/asset_partition_range_start"
RANGE_END = "dagster/asset_partition_range_end"


def test_bills_are_partitioned_by_period_and_telemetry_and_facts_by_day_in_one_run_a_range() -> None:
    """S06."""
    graph = defs.get_repository_def().asset_graph
    kinds = {}
    for key in ("raw/cost_line", "raw/gpu_sample", "marts/fct_workload_tco_daily", "marts/dim_workload"):
        node = graph.get(dg.AssetKey(key.split("/")))
        kinds[key] = type(node.partitions_def).__name__
    assert kinds == {
        "raw/cost_line": "MonthlyPartitionsDefinition",
        "raw/gpu_sample": "DailyPartitionsDefinition",
        "marts/fct_workload_tco_daily": "DailyPartitionsDefinition",
        "marts/dim_workload": "NoneType",
    }
    policies = {graph.get(key).backfill_policy for key in graph.materializable_asset_keys}
    assert policies == {dg.BackfillPolicy.single_run()}


def test_both_gates_block() -> None:
    """S18: nothing is built on, or published from, what a gate refused."""
    checks = {
        spec.key.to_user_string(): spec.blocking
        for definition in defs.asset_checks or []
        for spec in definition.check_specs  # type: ignore[union-attr]
    }
    assert checks["raw/cost_line:ingest_gate"] is True
    assert checks["projections/strategy_summary:publish_gate"] is True


def test_the_nightly_schedule_runs_in_utc_and_skips_a_night_with_nothing_new(
    night: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Z05."""
    monkeypatch.setenv("TENURE_HOME", str(night.home.root))
    schedule = defs.get_repository_def().get_schedule_def("nightly")
    assert (schedule.cron_schedule, schedule.execution_timezone) == ("0 2 * * *", "UTC")

    def tick(day: datetime) -> dg.RunRequest | str | None:
        with dg.build_schedule_context(scheduled_execution_time=day) as context:
            data = schedule.evaluate_tick(context)
        return data.run_requests[0] if data.run_requests else data.skip_message

    assert tick(datetime(2026, 9, 1, 2, tzinfo=UTC)) == "nothing new since the version that stands"
    request = tick(datetime(2026, 9, 3, 2, tzinfo=UTC))
    assert isinstance(request, dg.RunRequest)
    # Two days of owned cost have accrued since; the range begins at a month so that billing periods are whole.
    assert (request.tags[RANGE_START], request.tags[RANGE_END]) == ("2026-09-01", "2026-09-02")
    assert request.tags["tenure/as_of"] == "2026-09-03"
    assert request.tags["tenure/days"] == "2026-09-01/2026-09-03"


def test_a_run_whose_log_nobody_keeps_is_of_one_partition_and_all_its_days(night: House) -> None:
    """Dagster writes events for each asset and partition of a range; of years they took as long as the models."""
    tags = nightly_tags(plan(Settings(home=night.home.root), as_of=date(2026, 9, 3)))
    assert tags["tenure/days"] == "2026-09-01/2026-09-03"
    assert [name for name in tags if name.startswith("dagster/")] == []
    assert first_day_tag(tags) == {"dagster/partition": "2026-09-01"}


def test_a_range_ends_with_the_last_partition_there_is() -> None:
    """A bill of ten years reaches further than Dagster looks ahead."""
    tags = range_tags(Window(date(2026, 8, 1), date(2036, 8, 1)))
    assert (tags[RANGE_START], tags[RANGE_END]) == ("2026-08-01", DAILY.get_last_partition_key())


@pytest.mark.parametrize("zone", ["America/New_York", "Europe/Berlin", "Asia/Kolkata"])
def test_there_is_one_night_a_day_on_a_machine_of_any_zone(zone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Z05: New York's clocks change on 8 March and 1 November 2026, Berlin's on 29 March and 25 October, at 2."""
    schedule = defs.get_repository_def().get_schedule_def("nightly")
    first = datetime(2026, 3, 1, tzinfo=UTC)
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        ticks = schedule_execution_time_iterator(first.timestamp(), schedule.cron_schedule, schedule.execution_timezone)
        found = [next(ticks).timestamp() for _ in range(260)]
    finally:
        monkeypatch.undo()
        time.tzset()
    assert found == [(first + timedelta(days=day, hours=2)).timestamp() for day in range(260)]


def test_the_landing_sensor_waits_for_a_delivery(night: House, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TENURE_HOME", str(night.home.root))
    sensor = defs.get_repository_def().get_sensor_def("landing")

    def tick() -> list[dg.RunRequest]:
        with dg.build_sensor_context() as context:
            return list(sensor.evaluate_tick(context).run_requests or [])

    assert tick() == []
    quotes = tmp_path / "quotes.csv"
    quotes.write_text(
        "observed_at,provider,region_id,gpu_model_name,instance_type,gpus,pricing_model,price_basis,currency,"
        "price_usd_per_hour\n2026-08-20,Lumen,eu,H100,x,8,on_demand,list,USD,20.16\n"
    )
    added = night.must("add", str(quotes), "--json")
    (request,) = tick()
    assert request.tags["tenure/nightly"] == "true"
    night.must("remove", added.split('"delivery_id": "')[1][:24])
