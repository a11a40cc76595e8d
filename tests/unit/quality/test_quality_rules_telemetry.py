"""The rules on telemetry before dbt: what they let pass and what they stop."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import duckdb
import pytest
from _quality_tables import AS_OF, ask, ask_one, fill

from pipelines.settings import code_revision

AUGUST = datetime(2026, 8, 1)


def sample(warehouse: duckdb.DuckDBPyConnection, at: datetime, **values: object) -> None:
    given = {"metric": "DCGM_FI_DEV_POWER_USAGE", "value": 300.0, "gpu_uuid": "g1", **values}
    fill(warehouse, "raw.gpu_sample", sampled_at=at, **given)


def clock(warehouse: duckdb.DuckDBPyConnection, as_of: date = AS_OF) -> dict[str, bool]:
    fill(warehouse, "meta.delivery", delivery_id="delivery_id", status="current")
    return {check.column: success for check, success in ask(warehouse, "telemetry_clock", as_of)}


@pytest.mark.parametrize(
    ("at", "past", "present"),
    [
        (datetime(1970, 1, 1), False, True),
        (datetime(2009, 12, 31, 23, 59), False, True),
        (datetime(2010, 1, 1), True, True),
        (datetime(2026, 9, 2), True, True),  # the day the run speaks for, and one
        (datetime(2026, 9, 2, 0, 7), True, False),
    ],
)
def test_samples_are_neither_ancient_nor_from_the_future(
    warehouse: duckdb.DuckDBPyConnection, at: datetime, past: bool, present: bool
) -> None:
    sample(warehouse, at)
    assert clock(warehouse) == {"sampled_at": past, "sampled_ahead_hours": present}


def test_a_run_for_an_earlier_day_takes_samples_that_came_in_since(warehouse: duckdb.DuckDBPyConnection) -> None:
    sample(warehouse, datetime(2026, 8, 15), delivery_id="d1")
    fill(warehouse, "meta.delivery", delivery_id="d1", received_at=datetime(2026, 8, 16))
    assert clock(warehouse, date(2026, 3, 1)) == {"sampled_at": True, "sampled_ahead_hours": True}


def test_a_sample_from_the_future_is_placed(warehouse: duckdb.DuckDBPyConnection) -> None:
    sample(warehouse, datetime(2026, 8, 1))
    sample(warehouse, datetime(2027, 1, 1), node="gpu-7", source_part="t.csv", source_row=5)
    fill(warehouse, "meta.delivery", delivery_id="delivery_id", status="current")
    observed = [check.observed for check, _ in ask(warehouse, "telemetry_clock")]
    assert observed == ["none is", "1 rows, as 2027-01-01 00:00:00 of node gpu-7 in t.csv row 5"]


def power(
    warehouse: duckdb.DuckDBPyConnection, minutes: range, watts: float, start: datetime = AUGUST, **values: object
) -> None:
    """One sample of power at each of the minutes after the start."""
    for minute in minutes:
        sample(warehouse, start + timedelta(minutes=minute), value=watts, **values)


FROM_2130 = AUGUST + timedelta(hours=21, minutes=30)


def test_power_that_stands_for_six_hours_is_a_warning(warehouse: duckdb.DuckDBPyConnection) -> None:
    # Off the full hour and over midnight; 310 W before and after.
    power(warehouse, range(-60, 0, 15), 310.0, FROM_2130)
    power(warehouse, range(0, 361, 15), 300.5, FROM_2130)
    power(warehouse, range(375, 420, 15), 310.0, FROM_2130)
    check, success = ask_one(warehouse, "power_flatline")
    assert (success, check.severity) == (False, "warning")
    assert check.observed == "1 devices, longest 6.0 hours: g1 at 300.5 W from 2026-08-01 21:30:00"
    assert check.unexpected_rows == 25  # 360 minutes in steps of 15, both ends


@pytest.mark.parametrize(("later_is_fresh", "holds"), [(True, False), (False, True)])
def test_power_that_stands_still_is_looked_for_from_the_day_before_the_first_fresh_sample(
    warehouse: duckdb.DuckDBPyConnection, later_is_fresh: bool, holds: bool
) -> None:
    """Four hours in a delivery that passed and three in one that is new: together seven, and both are told again."""
    revisions = {"old": code_revision(), "new": None if later_is_fresh else code_revision()}
    starts = {"old": AUGUST, "new": AUGUST + timedelta(hours=4)}
    for delivery_id, revision in revisions.items():
        power(warehouse, range(0, 240 if delivery_id == "old" else 181, 15), 300.5, starts[delivery_id],
              delivery_id=delivery_id)  # fmt: skip
        fill(warehouse, "meta.delivery", delivery_id=delivery_id, table_name="raw.gpu_sample", status="current",
             period_start=starts[delivery_id] - timedelta(days=1), passed_code_revision=revision)  # fmt: skip
    check, success = ask_one(warehouse, "power_flatline")
    assert success is holds
    assert check.warned == (() if holds else ("new", "old"))
    if not holds:
        assert check.observed.startswith("1 devices, longest 7.0 hours")


def test_power_that_moves_within_six_hours_passes(warehouse: duckdb.DuckDBPyConnection) -> None:
    power(warehouse, range(0, 346, 15), 300.5, FROM_2130)
    power(warehouse, range(360, 420, 15), 300.6, FROM_2130)
    assert ask_one(warehouse, "power_flatline")[1]


def test_zero_power_and_hours_without_a_sample_are_no_flatline(warehouse: duckdb.DuckDBPyConnection) -> None:
    power(warehouse, range(0, 600, 30), 0.0, gpu_uuid="off")
    power(warehouse, range(0, 240, 30), 300.5, gpu_uuid="gap")
    power(warehouse, range(360, 600, 30), 300.5, gpu_uuid="gap")
    assert ask_one(warehouse, "power_flatline")[1]


@pytest.mark.parametrize(("rise_mj", "holds"), [(0, False), (5, True)])
def test_a_rising_energy_counter_shows_that_the_device_is_alive(
    warehouse: duckdb.DuckDBPyConnection, rise_mj: int, holds: bool
) -> None:
    power(warehouse, range(0, 481, 60), 67.1)
    for hour in range(9):
        sample(
            warehouse,
            AUGUST + timedelta(hours=hour),
            metric="DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION",
            value=1000.0 + rise_mj * hour,
        )
    assert ask_one(warehouse, "power_flatline")[1] is holds


def test_samples_that_this_code_passed_are_not_read_again_and_new_ones_are(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    for delivery_id, revision in (("old", code_revision()), ("new", None)):
        sample(warehouse, datetime(1970, 1, 1), delivery_id=delivery_id, source_part=delivery_id)
        fill(warehouse, "meta.delivery", delivery_id=delivery_id, status="current", passed_code_revision=revision)
    (early, _), _ = ask(warehouse, "telemetry_clock")
    assert early.observed.startswith("1 rows, as 1970-01-01 00:00:00 of node")
    assert "in new row" in early.observed
