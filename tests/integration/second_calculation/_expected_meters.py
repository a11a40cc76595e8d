"""What the meters of a device tell: energy by its counter, and whether an exporter hangs and repeats itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from itertools import pairwise

MICROSECOND = timedelta(microseconds=1)
MJ_PER_KWH = 3_600_000_000
LARGEST_KW, SLACK_SECONDS = 3, 60
SECONDS_PER_HOUR = 3600
LONGEST_GAP = 300
A_DAY = timedelta(days=1)
FROZEN_AFTER, LONGEST_SILENCE = timedelta(hours=6), timedelta(hours=18)


@dataclass(frozen=True)
class Meters:
    """What the meters of a device showed at a moment, None where one showed nothing; and the time it speaks for."""

    when: datetime
    covered: Fraction
    watts: Fraction | None
    counter_mj: Fraction | None


@dataclass(frozen=True)
class Counted:
    """Energy by a counter, and the time for which it is known: a gap's too, up to an hour."""

    kwh: Fraction
    seconds: Fraction


def seconds_of(span: timedelta) -> Fraction:
    """A span in seconds, exactly."""
    return Fraction(span // MICROSECOND, 10**6)


def by_counter(moments: Sequence[Meters], of_gpu: Iterable[Meters]) -> dict[datetime, Counted]:
    """Energy at each moment of which the counter tells any: of those between two readings, its part by time.

    Args:
        moments: of a device, in order of time.
        of_gpu: those of its GPU, whole and in instances: where others told later than the device itself did, by more
            than a sample speaks for, they had what was used until then, and moments before have no part of the rest.
    """
    found = {}
    before: Meters | None = None
    between: list[Meters] = []
    read = sorted((one for one in of_gpu if one.counter_mj is not None), key=lambda one: one.when)
    for now in moments:
        between.append(now)
        if now.counter_mj is None:
            continue
        others = [one for one in read if one.when < now.when]
        if others and (before is None or seconds_of(others[-1].when - before.when) > LONGEST_GAP):
            before = others[-1]
            between = [moment for moment in between if moment.when > before.when]
        kwh = _used(before, now) if before else None
        if before and kwh is not None:
            covered = sum(moment.covered for moment in between)
            gap = min(seconds_of(now.when - before.when), Fraction(SECONDS_PER_HOUR))
            for moment in between:
                part = moment.covered / covered
                found[moment.when] = Counted(kwh * part, max(gap, covered) * part)
        before, between = now, []
    return found


def frozen(moments: Sequence[Meters]) -> Iterator[datetime]:
    """Moments that an exporter repeats: all of a run of six hours but its first, which may be true."""
    run: list[Meters] = []
    for before, now in pairwise([None, *moments, None]):
        if before and now and _stands_still(before, now):
            run = run or [before]
            run.append(now)
            continue
        if run and run[-1].when - run[0].when >= FROZEN_AFTER:
            yield from (moment.when for moment in run[1:])
        run = []


def _stands_still(before: Meters, now: Meters) -> bool:
    is_same = (before.watts, before.counter_mj) == (now.watts, now.counter_mj)
    return bool(now.watts) and is_same and now.when - before.when <= LONGEST_SILENCE


def _used(before: Meters, now: Meters) -> Fraction | None:
    """Between two readings of a counter; None where they are of two."""
    last, reading = (Fraction(one.counter_mj or 0) / MJ_PER_KWH for one in (before, now))
    most = (seconds_of(now.when - before.when) + SLACK_SECONDS) * LARGEST_KW / SECONDS_PER_HOUR
    if now.when - before.when > A_DAY:
        return None
    if last <= reading:
        return reading - last if reading - last <= most else None
    if reading <= most:
        return reading
    return reading - last if last - reading <= most else None
