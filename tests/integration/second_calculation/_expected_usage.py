"""Who held which GPU time: by labels, then by what schedulers say of the time that has no label.

Of each pool its time by holder; of each node's hour the shares by which its energy is split.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from fractions import Fraction

from _company import Company
from _expected_bills import NO_MODEL, ZERO, Pool
from _expected_devices import Reading, hours_of, readings
from _expected_places import UNKNOWN, Place, Places
from _expected_rules import IDLE, NOBODY, workload_of_label, workload_of_run

NodeHour = tuple[str, datetime]
Device = tuple[str, str, str, str]
AN_HOUR = Fraction(3600)
NO_INSTANCE = "none"


def by_workload() -> dict[str, Fraction]:
    """Amounts by workload, none yet."""
    return defaultdict(Fraction)


@dataclass
class Share:
    """Part of a node's hour: seconds of GPUs, of them busy, with energy known; and that energy."""

    seconds: Fraction = ZERO
    busy: Fraction = ZERO
    known: Fraction = ZERO
    kwh: Fraction = ZERO
    is_known: bool = False

    def add(self, time: DeviceTime, covered: Fraction, busy: Fraction, kwh: Fraction) -> None:
        """Add some of the time of a device."""
        self.seconds += covered * time.part
        self.busy += busy * time.part
        if time.known:
            self.is_known = True
            self.known += covered * time.part
            self.kwh += kwh


@dataclass
class DeviceTime:
    """What a device did in an hour for one who held it, in seconds of its own.

    Attributes:
        all_seconds, of_gpu: all of it, and that in seconds of a whole GPU.
        used, use: time whose use is known, and that time times its use.
        idle: seconds and energy of what was seen of it at rest.
    """

    place: Place
    all_seconds: Fraction = ZERO
    of_gpu: Fraction = ZERO
    covered: Fraction = ZERO
    busy: Fraction = ZERO
    used: Fraction = ZERO
    use: Fraction = ZERO
    frozen: Fraction = ZERO
    known: Fraction = ZERO
    kwh: Fraction = ZERO
    idle: Share = field(default_factory=Share)

    @property
    def part(self) -> Fraction:
        """Of a whole GPU, in the mean."""
        return self.of_gpu / self.all_seconds

    def add(self, reading: Reading, part: Fraction | int) -> None:
        """Add a part of a reading."""
        seconds, frozen = reading.own_seconds * part, reading.frozen * part
        self.all_seconds += seconds + frozen
        self.of_gpu += (seconds + frozen) * reading.part
        self.covered += seconds
        self.busy += seconds if reading.is_busy else ZERO
        self.used += seconds if reading.use_frac is not None else ZERO
        self.use += seconds * (reading.use_frac or 0)
        self.frozen += frozen
        self.known += reading.known * part
        self.kwh += reading.kwh * part
        if reading.is_busy is False:
            self.idle.seconds += seconds
            self.idle.kwh += reading.kwh * part


@dataclass
class PoolTime:
    """Hours of a pool.

    Attributes:
        by_label, by_run: held by workload, as labels and schedulers say.
        idle: seen, with nobody on it and nothing running.
        nameless: seen, with nobody's label, and something ran or may have.
        over: claimed beyond a node's own time.
        busy: with a kernel running, by who held it.
    """

    by_label: dict[str, Fraction] = field(default_factory=by_workload)
    by_run: dict[str, Fraction] = field(default_factory=by_workload)
    idle: Fraction = ZERO
    nameless: Fraction = ZERO
    over: Fraction = ZERO
    busy: dict[str, Fraction] = field(default_factory=by_workload)

    @property
    def told_by(self) -> str | None:
        """What speaks first of any of it; of time that a scheduler gave to a run, the scheduler speaks."""
        if self.by_label or self.idle or self.nameless:
            return "telemetry"
        return "scheduler" if self.by_run else None


class Usage:
    """All that telemetry and schedulers tell of a company.

    Attributes:
        pools: time of each pool.
        pool_of: pool of each node's hour in which a device was seen.
        readings: of each node's hour.
        host_of: the node of an owned asset's hour, by the name it goes by in telemetry.
        devices: what each did in a node's hour, by device, instance, workload and how that is known.
        runs: seconds of GPUs of each pool that a run held, by its number among the jobs.
    """

    def __init__(self, company: Company, places: Places) -> None:
        self.company, self.places = company, places
        self.pools: dict[Pool, PoolTime] = defaultdict(PoolTime)
        self.pool_of: dict[NodeHour, Pool] = {}
        self.readings: dict[NodeHour, list[Reading]] = defaultdict(list)
        self.host_of: dict[tuple[str, datetime], NodeHour] = {}
        self.devices: dict[NodeHour, dict[Device, DeviceTime]] = defaultdict(dict)
        self.runs: dict[tuple[Pool, int], Fraction] = defaultdict(Fraction)
        self._gpus: dict[tuple[str, date], dict[str, str]] = defaultdict(dict)
        for reading in readings(company):
            self.readings[reading.node, reading.hour].append(reading)
            self._gpus[reading.node, reading.hour.date()][reading.gpu] = reading.model
        claims = self._claims()
        for at in self.readings.keys() | claims.keys():
            self._hour(at, claims[at])

    def shares(self, at: NodeHour | None) -> dict[str, Share]:
        """Of a node's hour, by who held it; nobody's time at rest is idle.

        Energy is known of a device's hour as soon as any of it is.
        """
        found: dict[str, Share] = defaultdict(Share)
        for (_, _, workload, _), time in self.devices.get(at, {}).items():
            rest = time.idle if workload == NOBODY else Share()
            if rest.seconds:
                found[IDLE].add(time, rest.seconds, ZERO, rest.kwh)
            if time.covered > rest.seconds:
                found[workload].add(time, time.covered - rest.seconds, time.busy, time.kwh - rest.kwh)
        return found

    def place(self, node: str, day: date) -> Place:
        """Where a node was on a day, by what was seen on it."""
        gpus = self._gpus.get((node, day), {})
        return self.places.of(node, gpus, min(gpus.values(), default=None), day)

    def _claims(self) -> dict[NodeHour, dict[str, Fraction]]:
        """Seconds of GPUs that runs of each workload held on a node in an hour: equal parts on each node."""
        claims: dict[NodeHour, dict[str, Fraction]] = defaultdict(by_workload)
        for number, run in enumerate(self.company.jobs):
            workload, nodes = workload_of_run(self.company, run), run["nodes"].split(",")
            for hour, seconds in hours_of(run["started_at"], run["ended_at"] or run["known_until_at"]):
                for node in nodes:
                    held = seconds * Fraction(run["gpus"]) / len(nodes)
                    claims[node, hour][workload] += held
                    place = self.place(node, hour.date())
                    pool = Pool(hour.date(), place.sourcing, place.location, place.model or UNKNOWN)
                    self.runs[pool, number] += held
        return claims

    def _hour(self, at: NodeHour, claimed: dict[str, Fraction]) -> None:
        node, hour = at
        place = self.place(node, hour.date())
        key = Pool(hour.date(), place.sourcing, place.location, place.model or NO_MODEL)
        pool = self.pools[key]
        labelled = by_workload()
        for reading in self.readings[at]:
            self.pool_of[at] = key
            self.host_of[place.asset_id or "", hour] = at
            if reading.label:
                workload = workload_of_label(self.company, reading.label_day, reading.label)
                labelled[workload] += reading.seconds
                self._give(at, workload, reading, "label")
        for workload, seconds in labelled.items():
            pool.by_label[workload] += seconds / AN_HOUR
        beyond = {who: claimed[who] - labelled[who] for who in sorted(claimed) if claimed[who] > labelled[who]}
        for workload, seconds in beyond.items():
            pool.by_run[workload] += seconds / AN_HOUR
        gpus = place.gpus or len(self._gpus.get((node, hour.date()), {}))
        if place.location != UNKNOWN:
            room = max(ZERO, gpus * AN_HOUR - sum(labelled.values()))
            pool.over += max(ZERO, sum(beyond.values()) - room) / AN_HOUR
        self._give_out(at, beyond)
        for (_, _, workload, basis), time in self.devices.get(at, {}).items():
            pool.busy[workload] += time.busy * time.part / AN_HOUR
            if basis == "none":
                pool.idle += time.idle.seconds * time.part / AN_HOUR
                pool.nameless += (time.covered - time.idle.seconds) * time.part / AN_HOUR

    def _give_out(self, at: NodeHour, claimed: dict[str, Fraction]) -> None:
        """Time without a label to those who claimed it, the busiest devices first; what is left is nobody's."""
        free: dict[tuple[str, str], list[Reading]] = defaultdict(list)
        for reading in self.readings[at]:
            if not reading.label:
                free[reading.gpu, reading.instance].append(reading)
        waiting = dict(claimed)
        for device in sorted(free, key=lambda device: (-_busy(free[device]), device[0], not device[1], device[1])):
            whole = left = sum(reading.seconds for reading in free[device])
            for workload in list(waiting):
                part = min(left, waiting[workload])
                left -= part
                waiting[workload] -= part
                for reading in free[device] if part else ():
                    self._give(at, workload, reading, "scheduler", part / whole)
            for reading in free[device] if left or not whole else ():
                self._give(at, NOBODY, reading, "none", left / whole if whole else 1)

    def _give(self, at: NodeHour, workload: str, reading: Reading, basis: str, part: Fraction | int = 1) -> None:
        device = (reading.gpu, reading.instance or NO_INSTANCE, workload, basis)
        place = self.place(reading.node, reading.hour.date())
        self.devices[at].setdefault(device, DeviceTime(place)).add(reading, part)


def _busy(parts: Iterable[Reading]) -> Fraction:
    return sum((reading.seconds for reading in parts if reading.is_busy), ZERO)
