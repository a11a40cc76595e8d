"""What samples say of each device and hour: time covered, use, energy and labels."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from itertools import chain

from _company import Company, Row
from _expected_meters import MICROSECOND, Counted, Meters, by_counter, frozen, seconds_of
from _telemetry import ENERGY, ENGINE, POWER, UTIL

LABELS = ("namespace", "pod", "job_id")
J_PER_KWH = 3_600_000
LONGEST_GAP, LONE_SAMPLE = Fraction(300), Fraction(30)
SLICES_OF_A_GPU = 7
BUSY_ABOVE_FRAC = Fraction(5, 100)
Moments = dict[datetime, list[Row]]


@dataclass(frozen=True)
class Reading:
    """A part of an hour of a device that one sample speaks for, and one of those who share it holds.

    Attributes:
        instance: MIG instance, empty for a whole GPU.
        part: of a whole GPU that the instance is.
        own_seconds: of the instance; those of a whole GPU are `seconds`.
        use_frac: 0 to 1; None where it was not told.
        kwh: energy of the part, 0 where it is unknown.
        known: seconds of the instance whose energy is known.
        frozen: seconds of the instance in which the exporter repeated itself.
        label: who held it; empty for nobody.
        label_day: the day the sample ends, whose rules hold.
    """

    node: str
    model: str
    gpu: str
    instance: str
    hour: datetime
    part: Fraction
    own_seconds: Fraction
    use_frac: Fraction | None
    kwh: Fraction
    known: Fraction
    frozen: Fraction
    label: Row
    label_day: date

    @property
    def seconds(self) -> Fraction:
        """Of a whole GPU."""
        return self.own_seconds * self.part

    @property
    def is_busy(self) -> bool | None:
        """Whether a kernel ran; None where nobody knows."""
        return None if self.use_frac is None else self.use_frac > BUSY_ABOVE_FRAC


def hours_of(start: datetime, end: datetime) -> Iterator[tuple[datetime, Fraction]]:
    """The hours that a span touches, and its seconds in each."""
    while start < end:
        hour = start.replace(minute=0, second=0, microsecond=0)
        stop = min(end, hour + timedelta(hours=1))
        yield hour, seconds_of(stop - start)
        start = stop


def readings(company: Company) -> Iterator[Reading]:
    """All readings of a company."""
    gpus: dict[str, dict[str, Moments]] = defaultdict(lambda: defaultdict(lambda: defaultdict(list)))
    for row in company.telemetry.rows:
        gpus[row["gpu_uuid"]][row.get("mig_instance") or ""][row["sampled_at"]].append(row)
    for instances in gpus.values():
        meters = {name: list(_in_order(moments, instances.get("", {}))) for name, moments in instances.items()}
        of_gpu = list(chain(*meters.values())) if len(meters) > 1 else []
        for name, moments in instances.items():
            counted, hung = by_counter(meters[name], of_gpu), set(frozen(meters[name]))
            for meter in meters[name]:
                when = meter.when
                told = [each[when] for other, each in instances.items() if other and when in each]
                sliced = sum((_slices(rows) for rows in told), Fraction(0))
                part = _slices(moments[when]) if name else 1 - sliced
                is_rest = not name and sliced > 0
                yield from _of_moment(
                    company, name, meter, moments[when], part, is_rest, when in hung, counted.get(when)
                )


def _in_order(moments: Moments, whole: Moments) -> Iterator[Meters]:
    before = None
    for when in sorted(moments):
        covered = _covered(moments[when][0].get("covers_seconds"), seconds_of(when - before) if before else None)
        yield _meters(when, covered, moments[when], whole.get(when, []))
        before = when


def _meters(when: datetime, covered: Fraction, rows: Iterable[Row], of_whole: Iterable[Row]) -> Meters:
    """Meters of the whole speak for instances that have none."""
    own, whole = _first(rows), _first(of_whole)
    watts, counted = (_value(own, metric) for metric in (POWER, ENERGY))
    return Meters(
        when,
        covered,
        _value(whole, POWER) if watts is None else watts,
        _value(whole, ENERGY) if counted is None else counted,
    )


def _slices(rows: list[Row]) -> Fraction:
    return Fraction(int(rows[0]["mig_profile"][0]), SLICES_OF_A_GPU)


def _covered(said: float | None, gap: Fraction | None) -> Fraction:
    by_gap = LONE_SAMPLE if gap is None or gap > LONGEST_GAP else gap
    covered = by_gap if said is None else Fraction(said)
    return covered if gap is None else min(covered, gap)


def _of_moment(
    company: Company, instance: str, meter: Meters, rows: list[Row], part: Fraction,
    is_rest: bool, is_frozen: bool, counted: Counted | None,
) -> Iterator[Reading]:  # fmt: skip
    first, when = _first(rows), meter.when
    use, engine = _value(first, UTIL), _value(first, ENGINE)
    told = {tuple((name, row[name]) for name in LABELS if row.get(name)) for row in rows}
    labels = [dict(label) for label in sorted(told) if label] or [{}]
    if is_rest or is_frozen:
        labels, use, engine = [{}], None, None
    letter = rows[0]["gpu_model_name"].split()[-1][0]
    covered = meter.covered
    start = when - timedelta(microseconds=int(covered * 10**6))
    for hour, seconds in hours_of(start, when):
        held = Fraction(1, len(labels))
        kwh, known = Fraction(0), Fraction(0)
        if counted is not None and not is_frozen:
            kwh, known = counted.kwh * seconds / covered, counted.seconds * seconds / covered
        elif meter.watts is not None and not is_frozen:
            kwh, known = meter.watts * seconds / J_PER_KWH, seconds
        for label in labels:
            yield Reading(
                node=rows[0]["node"],
                model=f"{company.name}-{letter}",
                gpu=rows[0]["gpu_uuid"],
                instance=instance,
                hour=hour,
                part=part,
                own_seconds=Fraction(0) if is_frozen else seconds * held,
                use_frac=engine if instance else None if use is None else use / 100,
                kwh=kwh * held * part,
                known=known * held,
                frozen=seconds * held if is_frozen else Fraction(0),
                label=label,
                label_day=(when - MICROSECOND).date(),
            )


def _first(rows: Iterable[Row]) -> list[Row]:
    """A value is that of the delivery that came first; labels are all that any of them tells."""
    return [row for row in rows if row["delivery_id"] == "d1"]


def _value(rows: list[Row], metric: str) -> Fraction | None:
    values = [row["value"] for row in rows if row["metric"] == metric and row["value"] is not None]
    return Fraction(values[0]) if values else None
