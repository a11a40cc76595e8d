"""Times without a zone: the instants they are, in polars and, for scans, in SQL."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import duckdb
import polars as pl
import pytest

from pipelines.errors import InputError
from pipelines.sources.model import LandedFile
from pipelines.sources.telemetry._clock import Clock, instant_sql, instants

FILE = LandedFile("log.csv", Path("log.csv"), "", 1)


def by_polars(texts: list[str], clock: Clock, *, in_order: bool = False) -> list[datetime | None]:
    frame = pl.DataFrame({"line": range(2, len(texts) + 2), "time": texts})
    return instants(frame, "time", clock, FILE, in_order=in_order)["sampled_at"].to_list()


def by_sql(texts: list[str], clock: Clock) -> list[datetime | None]:
    connection = duckdb.connect()
    connection.execute("set TimeZone = 'UTC'")
    local = [datetime.fromisoformat(text) for text in texts if len(text) == 19]
    sql = instant_sql("time", clock, (min(local), max(local)) if local else None).sql
    return [connection.execute(f"select {sql} from (select ? as time)", [text]).fetchone()[0] for text in texts]


ENGINES = pytest.mark.parametrize("read", [by_polars, by_sql])


@ENGINES
@pytest.mark.parametrize(
    ("zone", "text", "expected"),
    [
        ("UTC", "2026-08-01T12:00:00", datetime(2026, 8, 1, 12)),
        ("Europe/Zagreb", "2026-08-01T12:00:00", datetime(2026, 8, 1, 10)),
        ("Europe/Zagreb", "2026-01-01T12:00:00", datetime(2026, 1, 1, 11)),
        ("America/New_York", "2026-03-08T03:00:00", datetime(2026, 3, 8, 7)),
        ("America/New_York", "2026-03-08T01:59:59", datetime(2026, 3, 8, 6, 59, 59)),
        ("Asia/Kolkata", "2026-03-08T01:30:00", datetime(2026, 3, 7, 20)),
        (None, "1785585600", datetime(2026, 8, 1, 12)),
        (None, "1785585600.25", datetime(2026, 8, 1, 12, 0, 0, 250_000)),
        (None, "2026-08-01T12:00:00Z", datetime(2026, 8, 1, 12)),
        (None, "2026-08-01T12:00:00+0200", datetime(2026, 8, 1, 10)),
        (None, "2026-08-01 12:00:00.5-04", datetime(2026, 8, 1, 16, 0, 0, 500_000)),
        (None, "1785585600000", None),
        (None, "20260801", None),
        (None, "noon", None),
    ],
)
def test_a_time_is_the_instant_its_zone_says(read: object, zone: str | None, text: str, expected: datetime) -> None:
    """G14: milliseconds and dates without dashes are no seconds of 1970."""
    assert read([text], Clock(zone, None)) == [expected]


@ENGINES
@pytest.mark.parametrize(("choice", "minute"), [("first", "05:30"), ("second", "06:30")])
def test_a_time_that_comes_twice_is_the_one_that_was_chosen(read: object, choice: str, minute: str) -> None:
    """New York, 2026-11-01: 01:30 is 05:30 UTC in summer time and, an hour later, 06:30 in winter time."""
    texts = ["2026-11-01T00:59:59", "2026-11-01T01:30:00", "2026-11-01T02:00:00"]
    assert [str(moment)[11:16] for moment in read(texts, Clock("America/New_York", choice))] == [
        "04:59",
        minute,
        "07:00",
    ]


@ENGINES
def test_a_shift_of_half_an_hour_is_read_too(read: object) -> None:
    """Lord Howe, 2026-04-05: clocks go back from 02:00 (+11:00) to 01:30 (+10:30), which is 15:00 UTC."""
    texts = ["2026-04-05T01:29:59", "2026-04-05T01:45:00", "2026-04-05T02:00:00"]
    moments = read(texts, Clock("Australia/Lord_Howe", "second"))
    assert [str(moment)[11:] for moment in moments] == ["14:29:59", "15:15:00", "15:30:00"]


@pytest.mark.parametrize("in_order", [False, True])
def test_a_time_that_comes_twice_is_refused_where_nothing_tells_which(in_order: bool) -> None:
    """In order too, where the clock is not seen going back."""
    with pytest.raises(InputError, match=r"came twice in Europe/Zagreb[\s\S]*--option ambiguous_time=first") as raised:
        by_polars(["2026-10-25T01:30:00", "2026-10-25T02:30:00"], Clock("Europe/Zagreb", None), in_order=in_order)
    assert raised.value.line == 3


def test_a_clock_set_by_seconds_is_not_the_hour_beginning_again() -> None:
    texts = ["2026-10-25T02:30:01", "2026-10-25T02:30:00"]
    with pytest.raises(InputError, match="came twice"):
        by_polars(texts, Clock("Europe/Zagreb", None), in_order=True)


def test_a_time_that_never_came_shows_that_the_zone_is_wrong() -> None:
    """Zagreb, 2026-03-29: from 02:00 to 03:00."""
    with pytest.raises(InputError, match="never came in Europe/Zagreb"):
        by_polars(["2026-03-29T02:30:00"], Clock("Europe/Zagreb", None))


@pytest.mark.parametrize("options", [{"time_zone": "Zagreb"}, {"ambiguous_time": "both"}])
def test_an_option_that_is_none_is_refused(options: dict[str, str]) -> None:
    with pytest.raises(InputError, match=r"log\.csv: (time_zone|ambiguous_time) is '"):
        Clock.of(options, FILE)
