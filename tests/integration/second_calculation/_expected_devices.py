"""What samples say of each device and hour: time covered, use, power and labels."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction

from _company import Company, Row
from _telemetry import ENGINE, POWER, UTIL

LABELS = ("namespace", "pod", "job_id")
J_PER_KWH = 3_600_000
MICROSECOND = timedelta(microseconds=1)
LONGEST_GAP, LONE_SAMPLE = Fraction(300), Fraction(30)
SLICES_OF_A_GPU = 7
BUSY_ABOVE_FRAC = Fraction(5, 100)


@dataclass(frozen=True)
class Reading:
    """A part of an hour of a device that one sample speaks for, and one of those who share it holds.

    Attributes:
        instance: MIG instance, empty for a whole GPU.
        seconds: of a whole GPU.
        use_frac: 0 to 1; None where it was not told.
        label: who held it; empty for nobody.
        label_day: the day the sample ends, whose rules hold.
    """

    node: str
    model: str
    gpu: str
    instance: str
    hour: datetime
    seconds: Fraction
    use_frac: Fraction | None
    watts: Fraction | None
    label: Row
    label_day: date

    @property
    def is_busy(self) -> bool | None:
        """Whether a kernel ran; None where nobody knows."""
        return None if self.use_frac is None else self.use_frac > BUSY_ABOVE_FRAC

    @property
    def kwh(self) -> Fraction:
        """Energy, 0 where power is unknown."""
        return (self.watts or 0) * self.seconds / J_PER_KWH


def seconds_of(span: timedelta) -> Fraction:
    """A span in seconds, exactly."""
    return Fraction(span // MICROSECOND, 10**6)


def hours_of(start: datetime, end: datetime) -> Iterator[tuple[datetime, Fraction]]:
    """The hours that a span touches, and its seconds in each."""
    while start < end:
        hour = start.replace(minute=0, second=0, microsecond=0)
        stop = min(end, hour + timedelta(hours=1))
        yield hour, seconds_of(stop - start)
        start = stop


def readings(company: Company) -> Iterator[Reading]:
    """All readings of a company."""
    series: dict[tuple[str, str], dict[datetime, list[Row]]] = defaultdict(lambda: defaultdict(list))
    for row in company.telemetry.rows:
        series[row["gpu_uuid"], row.get("mig_instance") or ""][row["sampled_at"]].append(row)
    for (gpu, instance), moments in series.items():
        before = None
        for when in sorted(moments):
            rows = moments[when]
            covered = _covered(rows[0].get("covers_seconds"), seconds_of(when - before) if before else None)
            yield from _of_moment(company, gpu, instance, when, rows, covered)
            before = when


def _covered(said: float | None, gap: Fraction | None) -> Fraction:
    by_gap = LONE_SAMPLE if gap is None or gap > LONGEST_GAP else gap
    covered = by_gap if said is None else Fraction(said)
    return covered if gap is None else min(covered, gap)


def _of_moment(
    company: Company, gpu: str, instance: str, when: datetime, rows: list[Row], covered: Fraction
) -> Iterator[Reading]:
    # A value is that of the delivery that came first; labels are all that any of them tells.
    first = [row for row in rows if row["delivery_id"] == "d1"]
    use, engine, watts = (_value(first, metric) for metric in (UTIL, ENGINE, POWER))
    told = {tuple((name, row[name]) for name in LABELS if row.get(name)) for row in rows}
    labels = [dict(label) for label in sorted(told) if label] or [{}]
    part = Fraction(int(rows[0]["mig_profile"][0]), SLICES_OF_A_GPU) if instance else Fraction(1)
    letter = rows[0]["gpu_model_name"].split()[-1][0]
    start = when - timedelta(microseconds=int(covered * 10**6))
    for hour, seconds in hours_of(start, when):
        for label in labels:
            yield Reading(
                node=rows[0]["node"],
                model=f"{company.name}-{letter}",
                gpu=gpu,
                instance=instance,
                hour=hour,
                seconds=seconds * part / len(labels),
                use_frac=engine if instance else None if use is None else use / 100,
                watts=watts,
                label=label,
                label_day=(when - MICROSECOND).date(),
            )


def _value(rows: list[Row], metric: str) -> Fraction | None:
    values = [row["value"] for row in rows if row["metric"] == metric and row["value"] is not None]
    return Fraction(values[0]) if values else None
