"""What was known when: any time can be asked, and the answer is what the file that stood then said."""

from __future__ import annotations

import csv
from collections import defaultdict
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from _homes import ARRIVAL, add, ask, deliver, focus_file, focus_line, load, settings_of, write_lines
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from pipelines.warehouse import ingest
from pipelines.warehouse.connect import writing

TIMES = [ARRIVAL.replace(day=2 + day) for day in range(6)]


def known(settings, at: datetime) -> dict[tuple[date, str | None], Decimal]:
    """Billed cost by day and service as known at a time."""
    rows = ask(
        settings,
        "select charge_date, service_name, sum(billed_cost) from meta.cost_known_daily "
        f"where known_from_at <= timestamp '{at}' and (known_to_at is null or known_to_at > timestamp '{at}') "
        "group by all order by all",
    )
    return {(day, service): cost for day, service, cost in rows}


def said_by(path: Path) -> dict[tuple[date, str | None], Decimal]:
    """The same of a file, by Python's own means."""
    sums: dict[tuple[date, str | None], Decimal] = defaultdict(Decimal)
    with path.open(newline="") as file:
        for row in csv.DictReader(file):
            day = date.fromisoformat(row["ChargePeriodStart"][:10])
            sums[day, None] += Decimal(row["BilledCost"])
    return dict(sums)


def test_each_time_knows_what_its_delivery_said(tmp_path: Path) -> None:
    """B01, M08: three versions of August; before the first nothing was known."""
    settings = settings_of(tmp_path)
    files = []
    for day, version in enumerate(({"a": "10", "b": "20"}, {"a": "11"}, {"a": "11", "c": "0.5"})):
        files.append(focus_file(tmp_path / f"v{day}.csv", version))
        deliver(settings, files[-1], day=day)
    assert known(settings, TIMES[0] - timedelta(seconds=1)) == {}
    assert [known(settings, at) for at in TIMES[:3]] == [said_by(file) for file in files]
    assert known(settings, TIMES[5]) == said_by(files[2])


def test_what_stays_as_it_was_is_written_once(tmp_path: Path) -> None:
    """A daily export of the month to date adds a day and repeats the rest."""
    settings = settings_of(tmp_path)
    days = [focus_line("a", "10", day=day) for day in (1, 2, 3)]
    for upto in (1, 2, 3):
        deliver(settings, write_lines(tmp_path / f"to{upto}.csv", days[:upto]), day=upto)
    rows = ask(settings, "select charge_date, known_from_at, known_to_at from meta.cost_known_daily order by all")
    assert rows == [(date(2026, 8, day), TIMES[day], None) for day in (1, 2, 3)]


def test_a_version_that_came_late_was_never_known(tmp_path: Path) -> None:
    """B09."""
    settings = settings_of(tmp_path)
    deliver(settings, focus_file(tmp_path / "v2.csv", {"a": "7"}, day=9))
    deliver(settings, focus_file(tmp_path / "v1.csv", {"a": "5"}, day=3), day=1)
    assert known(settings, TIMES[1]) == {(date(2026, 8, 9), None): Decimal(7)}


def test_a_correction_moves_the_day_of_use_and_not_the_invoice_of_before(tmp_path: Path) -> None:
    """M08: November's bill corrects a day of August; August's invoice stays."""
    settings = settings_of(tmp_path)
    deliver(settings, focus_file(tmp_path / "august.csv", {"a": "100"}))
    correction = focus_line("a", "-8", month="2026-11") | {
        "ChargePeriodStart": "2026-08-03T10:00:00Z",
        "ChargePeriodEnd": "2026-08-03T11:00:00Z",
    }
    deliver(settings, write_lines(tmp_path / "november.csv", [correction]), day=1)
    by_use = "select sum(billed_cost) from meta.cost_known_daily where charge_date = date '2026-08-03'"
    by_invoice = "select sum(billed_cost) from meta.cost_known_daily where billing_period_date = date '2026-08-01'"
    assert ask(settings, by_use) == [(Decimal(92),)]
    assert ask(settings, by_invoice) == [(Decimal(100),)]


def test_loading_again_leaves_the_past_as_it_was(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    deliver(settings, focus_file(tmp_path / "v1.csv", {"a": "10", "b": "20"}))
    deliver(settings, focus_file(tmp_path / "v2.csv", {"a": "11"}), day=1)
    before = ask(settings, "select * from meta.cost_known_daily order by all")
    ingest.ingest(settings, "billing", again_from=date(2026, 8, 1), again_to=date(2026, 9, 1))
    assert ask(settings, "select * from meta.cost_known_daily order by all") == before


def test_rebuilt_from_landing_the_past_is_the_same(tmp_path: Path) -> None:
    """Promise 4."""
    settings = settings_of(tmp_path)
    for day, version in enumerate(({"a": "10"}, {"a": "11", "b": "2"}, {"b": "2"})):
        deliver(settings, focus_file(tmp_path / f"v{day}.csv", version), day=day)
    before = ask(settings, "select * from meta.cost_known_daily order by all")
    settings.paths.database.unlink()
    load(settings)
    assert ask(settings, "select * from meta.cost_known_daily order by all") == before


UPGRADES = {
    "a column more": "alter table raw.cost_line drop column region_name",
    "another type": "alter table meta.delivery alter column kept_rows type integer",
    "another table": "drop table meta.cost_known_daily",
}


@pytest.mark.parametrize("upgrade", UPGRADES)
def test_a_warehouse_of_another_shape_is_rebuilt_with_every_month(tmp_path: Path, upgrade: str) -> None:
    """B18: two months, one of them restated, in a warehouse that an earlier version of the code made."""
    settings = settings_of(tmp_path)
    for day, (month, costs) in enumerate((("2026-06", "10"), ("2026-07", "20"), ("2026-07", "21"))):
        deliver(settings, focus_file(tmp_path / f"{day}.csv", {"a": costs}, month=month), day=day)
    tables = ("raw.cost_line", "meta.delivery", "meta.cost_known_daily", "meta.delivered_column")
    before = {table: ask(settings, f"select * from {table} order by all") for table in tables}
    with writing(settings) as connection:
        connection.execute(UPGRADES[upgrade])
    assert ingest.discard_outdated(settings)
    load(settings)
    assert {table: ask(settings, f"select * from {table} order by all") for table in tables} == before


def test_a_warehouse_of_the_codes_own_shape_stays(tmp_path: Path) -> None:
    """B18"""
    settings = settings_of(tmp_path)
    deliver(settings, focus_file(tmp_path / "v1.csv", {"a": "10"}))
    assert not ingest.discard_outdated(settings)
    assert settings.paths.database.exists()


versions = st.lists(
    st.dictionaries(
        st.tuples(st.integers(1, 3), st.sampled_from("abc")), st.decimals("-50", "50", places=3), min_size=1, max_size=6
    ),
    min_size=1,
    max_size=5,
)


@hypothesis_settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(told=versions)
def test_any_series_of_versions_is_told_as_it_was(tmp_path_factory, told) -> None:
    """Every version reaches as far into the month, so each replaces the one before; days and accounts come and go."""
    folder = tmp_path_factory.mktemp("history")
    settings = settings_of(folder)
    files = []
    for day, version in enumerate(told):
        lines = [focus_line(name, str(cost), day=on) for (on, name), cost in version.items()]
        lines.append(focus_line("last", str(day), day=28))
        files.append(write_lines(folder / f"v{day}.csv", lines))
        add(settings, files[-1], day=day)
    load(settings)
    assert [known(settings, TIMES[day]) for day in range(len(files))] == [said_by(file) for file in files]


def test_columns_that_nobody_reads_are_listed(tmp_path: Path) -> None:
    """B14: an unknown column is kept in landing and named."""
    settings = settings_of(tmp_path)
    path = write_lines(tmp_path / "v1.csv", [focus_line("a", "1")])
    header, line = path.read_text().splitlines()
    path.write_text(f"{header},x_Surprise\n{line},42\n")
    deliver(settings, path)
    unread = ask(settings, "select column_name from meta.delivered_column where not is_read")
    assert unread == [("x_Surprise",)]
