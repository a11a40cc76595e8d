"""Times written without a zone: whose clock they are of, and what is done with the hour that a clock shows twice.

Text with a zone (`2026-08-01T12:00:00+02:00`) and seconds since 1970 need neither. Text without one needs
`--option time_zone=Europe/Zagreb`. In autumn such a clock shows one hour twice: a format whose rows are in order tells
the second time by the clock going back; where the order does not tell, `--option ambiguous_time=first` or `second`
does, and without it the delivery is refused. A time that the clock never shows is refused, for the zone must be wrong.
"""

from __future__ import annotations

import zoneinfo
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Literal

import polars as pl

from pipelines.errors import InputError
from pipelines.sources.model import Expression, LandedFile
from pipelines.sources.sql import literal, timestamp

# 2001 to 2286: an 8-digit date or milliseconds are not taken for seconds.
_EPOCH: Final = r"\d{10}([.]\d+)?"
_ZONED: Final = r"\d{4}-\d{2}-\d{2}[T ].*(Z|[+-]\d{2}(:?\d{2})?)"
_LOCAL: Final = "%Y-%m-%dT%H:%M:%S%.f"
# A log's clock may be set by seconds at any time; back by more than a minute is the hour that begins again.
_SET_BACK: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Clock:
    """Whose clock the times without a zone are of.

    Attributes:
        zone: IANA name; None where nobody said.
        twice: which of the two a time is that comes twice; None where nobody said.
    """

    zone: str | None
    twice: str | None

    @classmethod
    def of(cls, options: Mapping[str, str], file: LandedFile) -> Clock:
        """The clock a delivery's options name.

        Raises:
            InputError: there is no such zone, or no such choice.
        """
        zone, twice = options.get("time_zone"), options.get("ambiguous_time")
        if zone is not None and zone not in zoneinfo.available_timezones():
            raise InputError(
                f"time_zone is {zone!r}, which is no time zone",
                file=file.name,
                next_step="write it as --option time_zone=Europe/Zagreb, or UTC",
            )
        if twice not in (None, "first", "second"):
            raise InputError(
                f"ambiguous_time is {twice!r}",
                file=file.name,
                next_step="write --option ambiguous_time=first, or second",
            )
        return cls(zone, twice)


def instants(
    frame: pl.DataFrame, column: str, clock: Clock, file: LandedFile, *, in_order: bool = False
) -> pl.DataFrame:
    """`frame` with `sampled_at`: the UTC instant in the text of `column`, null where it is no time.

    Args:
        frame: `line`, the 1-based line in the file, and the column.
        column: text as delivered; `2026/01/03` is read as `2026-01-03`.
        clock: see `Clock`.
        file: for messages.
        in_order: whether the rows follow each other in time.

    Raises:
        InputError: a time has no zone and nobody said which; it comes twice and nothing tells which; it never came.
    """
    text = pl.col(column).str.replace(r"^(\d{4})/(\d{2})/", "$1-$2-")
    dashed = text.str.replace(" ", "T", literal=True)
    micros = (text.cast(pl.Float64, strict=False) * 1_000_000).round().cast(pl.Int64, strict=False)
    zoned = dashed.str.replace("Z$", "+00:00").str.replace(r"([+-]\d{2})$", "${1}00")
    # Only texts of their own form reach each parser: "…-25" at the end of a date is no zone.
    read = frame.with_columns(
        pl.coalesce(
            pl.when(text.str.contains(f"^{_EPOCH}$")).then(micros.cast(pl.Datetime("us"), strict=False)),
            pl.when(text.str.contains(f"^{_ZONED}$")).then(
                zoned.str.to_datetime(
                    "%Y-%m-%dT%H:%M:%S%.f%#z", time_unit="us", time_zone="UTC", strict=False
                ).dt.replace_time_zone(None)
            ),
        ).alias("certain"),
        dashed.str.to_datetime(_LOCAL, time_unit="us", strict=False).alias("local"),
    )
    if read["local"].null_count() == read.height:
        return read.rename({"certain": "sampled_at"}).drop("local")
    resolved = _resolved(read, column, clock, file, in_order=in_order)
    return resolved.with_columns(pl.coalesce("certain", "resolved").alias("sampled_at")).drop(
        "certain", "local", "resolved"
    )


def _resolved(read: pl.DataFrame, column: str, clock: Clock, file: LandedFile, *, in_order: bool) -> pl.DataFrame:
    local = pl.col("local")
    if clock.zone is None:
        _refuse(
            read.filter(local.is_not_null()),
            column,
            file,
            "has no time zone, and nothing says whose clock it is of",
            "add --option time_zone=Europe/Zagreb (the zone of the machine that wrote it), or UTC",
        )
    first, second = _utc(local, clock.zone, "earliest"), _utc(local, clock.zone, "latest")
    both = read.with_columns(first.alias("first"), second.alias("second"))
    _refuse(
        both.filter(local.is_not_null() & pl.col("first").is_null()),
        column,
        file,
        f"never came in {clock.zone}: clocks were put forward over it",
        "add --option time_zone=… with the zone of the machine that wrote it",
    )
    is_twice = pl.col("first") != pl.col("second")
    # Counted per day: logs of several autumns may stand behind one another.
    went_back = (is_twice & is_twice.shift(1) & (local.diff() < -_SET_BACK)).fill_null(False)
    day = local.dt.date()
    marked = both.with_columns(
        is_twice.fill_null(False).alias("is_twice"),
        went_back.cum_sum().over(day).alias("times_back"),
        went_back.sum().over(day).alias("times_back_of_day"),
    )
    by_order = pl.col("times_back_of_day") == 1 if in_order else pl.lit(False)
    choice = (
        pl.when(~pl.col("is_twice"))
        .then(pl.col("first"))
        .when(by_order)
        .then(pl.when(pl.col("times_back") == 0).then(pl.col("first")).otherwise(pl.col("second")))
        .otherwise(pl.col(clock.twice) if clock.twice else None)
    )
    done = marked.with_columns(choice.alias("resolved"))
    _refuse(
        done.filter(local.is_not_null() & pl.col("resolved").is_null()),
        column,
        file,
        f"came twice in {clock.zone}, and nothing tells which time this is",
        "export it with times in UTC, or add --option ambiguous_time=first (or second)",
    )
    return done.drop("first", "second", "is_twice", "times_back", "times_back_of_day")


def _utc(local: pl.Expr, zone: str | None, twice: Literal["earliest", "latest"]) -> pl.Expr:
    """The instant of a time on a zone's clock; null where the clock never shows it."""
    there = local.dt.replace_time_zone(zone, ambiguous=twice, non_existent="null")
    return there.dt.convert_time_zone("UTC").dt.replace_time_zone(None)


def _refuse(wrong: pl.DataFrame, column: str, file: LandedFile, why: str, next_step: str) -> None:
    """Refuse a delivery for its first row in `wrong`."""
    for row in wrong.head(1).iter_rows(named=True):
        raise InputError(f"{row[column]!r} {why}", file=file.name, line=row["line"], next_step=next_step)


def instant_sql(text: str, clock: Clock, local: tuple[datetime, datetime] | None) -> Expression:
    """The same for a scan: SQL of the UTC instant in a text, null where it is no time.

    Args:
        text: SQL of the text.
        clock: see `Clock`.
        local: first and last time without a zone in the file, which `instants` has judged; None where there is none.
    """
    epoch = f"make_timestamp(cast(round(try_cast({text} as double) * 1000000) as bigint))"
    naive = f"try_cast({text} as timestamp)"
    shifted = f"{naive} - {_offset_sql(naive, clock, *local)}" if clock.zone and local else "cast(null as timestamp)"
    return Expression(
        f"case when regexp_full_match({text}, {literal(_EPOCH)}) then {epoch} "
        f"when regexp_full_match({text}, {literal(_ZONED)}) then {timestamp(text).sql} else {shifted} end",
        raw=text,
    )


def _offset_sql(naive: str, clock: Clock, first: datetime, last: datetime) -> str:
    """SQL of how far the zone is ahead of UTC at a local time: a step a transition, the latest first."""
    zone = zoneinfo.ZoneInfo(clock.zone or "UTC")
    steps = _transitions(zone, first - timedelta(days=2), last + timedelta(days=2))
    before = _interval((first - timedelta(days=2)).replace(tzinfo=UTC).astimezone(zone).utcoffset())
    cases = ""
    for moment in reversed(steps):
        ahead_before, ahead_after = (
            (moment + step).astimezone(zone).utcoffset() or timedelta()
            for step in (timedelta(microseconds=-1), timedelta())
        )
        # From when on the clock is of the new offset: of a time that comes twice, the second or both are.
        shown = moment + (ahead_after if clock.twice == "second" else max(ahead_before, ahead_after))
        cases += f"when {naive} >= timestamp {literal(shown.replace(tzinfo=None).isoformat(' '))} "
        cases += f"then {_interval(ahead_after)} "
    return f"case {cases}else {before} end" if cases else before


def _transitions(zone: zoneinfo.ZoneInfo, first: datetime, last: datetime) -> list[datetime]:
    """Instants, UTC, at which the zone's offset changes, in order."""
    found: list[datetime] = []
    day, end = first.replace(tzinfo=UTC), last.replace(tzinfo=UTC)
    while day < end:
        low, high = day, day + timedelta(days=1)
        before = low.astimezone(zone).utcoffset()
        if before != high.astimezone(zone).utcoffset():
            while high - low > timedelta(seconds=1):
                middle = low + (high - low) / 2
                if middle.astimezone(zone).utcoffset() == before:
                    low = middle
                else:
                    high = middle
            found.append(high.replace(microsecond=0))
        day += timedelta(days=1)
    return found


def _interval(ahead: timedelta | None) -> str:
    return f"to_seconds({int((ahead or timedelta()).total_seconds())})"
