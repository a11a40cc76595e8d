"""Telemetry at random: hours and scrapes with holes, labels that change, replicas, shared GPUs, MIG, hung meters."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from typing import Any

from _company import DAYS, Company, Row
from _random_meters import Counter
from _telemetry import ENERGY, ENGINE, POWER, UTIL


def draw_telemetry(rng: Random, company: Company) -> None:
    """Some GPUs of most nodes, on most days; now and then a node that no bill and no register knows."""
    ghosts = {f"{company.name}-ghost": ("H", 1)} if rng.random() < 0.3 else {}
    for node, (letter, gpus) in sorted((company.machines | ghosts).items()):
        if rng.random() < 0.25:
            continue
        for number in range(rng.randint(1, gpus)):
            base = {"node": node, "gpu_model_name": f"NVIDIA {company.name} {letter}100"}
            gpu = _Gpu(rng, company, f"{node}-g{number}", base)
            new = company.exchanged.get(gpu.gpu)
            for day in DAYS:
                if new and day == DAYS[1]:
                    gpu = _Gpu(rng, company, new, base)
                gpu.draw(day)


class _Gpu:
    """One device: a day of it is silent, told by the hour or scraped, or by MIG instances that are others each day.

    Exporters that tell the whole and the instances in turns are not drawn; `test_dbt_devices` has them.
    """

    def __init__(self, rng: Random, company: Company, gpu: str, base: Row) -> None:
        self.rng, self.company, self.gpu, self.base = rng, company, gpu, base
        self.tells_power = "energy" in company.traits and rng.random() < 0.6
        self.counter = Counter(rng) if "counters" in company.traits and rng.random() < 0.5 else None
        self.silent_until = DAYS[0]
        self.tells_whole = rng.random() < 0.4
        self.has_instances = "mig" in company.traits and rng.random() < 0.2

    def draw(self, day: datetime) -> None:
        if self.rng.random() < 0.2 or day < self.silent_until:
            return
        if "hangs" in self.company.traits and self.tells_power and self.rng.random() < 0.15:
            self._hangs(day)
        elif self.has_instances:
            self._instances(day)
        elif self.rng.random() < 0.6:
            self._by_the_hour(day)
        else:
            self._scrapes(day)

    def _by_the_hour(self, day: datetime) -> None:
        rng = self.rng
        first = rng.randint(0, 20)
        # Half an hour over the hour, and so over midnight.
        minutes = rng.choice([0, 0, 0, 30])
        label = self._label()
        for hour in range(first, rng.randint(first, 24)):
            label = self._label() if rng.random() < 0.5 else label
            when = day + timedelta(hours=hour + 1, minutes=minutes)
            self._moment(when, label, covers_seconds=rng.choice([3600.0, 3600.0, 1800.0]))

    def _scrapes(self, day: datetime) -> None:
        rng = self.rng
        when = day + timedelta(hours=rng.randint(0, 23), seconds=rng.randint(0, 3599))
        label = self._label()
        for _ in range(rng.randint(1, 30)):
            self._moment(when, label)
            # Beyond 300 seconds a gap is a hole.
            when += timedelta(seconds=rng.choice([15, 60, 300, 300, 301, 1000]))
            label = self._label() if rng.random() < 0.2 else label

    def _hangs(self, day: datetime) -> None:
        """Meters that show the same for about six hours and more, some of them over midnight; then life, or nothing."""
        rng = self.rng
        step, said = rng.choice([(300, {}), (300, {}), (1800, {"covers_seconds": 1800.0}), (3600, {})])
        when = day + timedelta(hours=rng.randint(0, 23), seconds=rng.choice([0, 0, 17, 1800]))
        label = self._label()
        watts = rng.choice([0.0, 71.5, 71.5, 71.5, 400.0])
        still = 6 * 3600 // step + rng.choice([-1, 0, 0, 1, 6 * 3600 // step, 18 * 3600 // step])
        rises = rng.random() < 0.15
        for number in range(-3, still + 4):
            is_still = 0 <= number <= still
            self._put(when, POWER, watts if is_still else rng.uniform(1, 700), **said)
            self._put(when, UTIL, rng.choice([0.0, 90.0]), **label, **said)
            if self.counter:
                is_read = not is_still or number == 0 or rises
                self._put(when, ENERGY, self.counter.read(when) if is_read else float(self.counter.shown), **said)
            when += timedelta(seconds=step)
        self.silent_until = when

    def _moment(self, when: datetime, label: Row, **more: Any) -> None:
        rng, n = self.rng, self.company.name
        # 5 of 100 is not busy, 6 is; a blank is neither.
        use = rng.choice([0.0, 0.0, 3.0, 5.0, 6.0, 50.0, 97.0, None])
        labels = [label]
        if label.get("namespace") and rng.random() < 0.2:
            labels.append({"namespace": f"{n}-{rng.choice(['red', 'green', 'tan'])}", "pod": f"{n}-other"})
        for one in labels:
            self._put(when, UTIL, use, **one, **more)
        if self.tells_power:
            self._put(when, POWER, rng.choice([0.0, rng.uniform(1, 700), rng.uniform(1, 700)]), **more)
        if self.counter:
            self._put(when, ENERGY, self.counter.read(when), **more)
        if rng.random() < 0.15:
            # A replica that arrived later and says another thing of use.
            self._put(when, UTIL, 99.0, **label, **more, delivery_id="d2")

    def _instances(self, day: datetime) -> None:
        """Instances of one cut or of two, by the hour or scraped; some exporters tell the whole beside them."""
        rng = self.rng
        step, said = rng.choice([(3600, {"covers_seconds": 3600.0}), (300, {})])
        when = day + timedelta(hours=rng.randint(1, 12))
        for _ in range(rng.choice([1, 1, 2])):
            slices = rng.choice([[1] * 7, [3, 4], [1, 2], [2, 2, 3], [1]])
            labels = [self._label() for _ in slices]
            for _ in range(rng.randint(1, 6)):
                watts = rng.uniform(50, 700) if self.tells_power else None
                counted = self.counter.read(when) if self.counter else None
                if self.tells_whole:
                    self._meters_of(when, watts, counted, said)
                    self._put(when, UTIL, 0.0, **rng.choice([{}, self._label()]), **said)
                for number, (part, label) in enumerate(zip(slices, labels, strict=True), 1):
                    instance = label | {"mig_instance": str(number), "mig_profile": f"{part}g.{10 * part}gb"}
                    if self.tells_whole and rng.random() < 0.1:
                        continue
                    if not self.tells_whole or rng.random() < 0.5:
                        self._meters_of(when, watts, counted, said | instance)
                    self._put(when, ENGINE, rng.choice([0.0, 0.0, 0.5, None]), **said, **instance)
                when += timedelta(seconds=step)

    def _meters_of(self, when: datetime, watts: float | None, counted: float | None, more: Row) -> None:
        if self.tells_power:
            self._put(when, POWER, watts, **more)
        if self.counter:
            self._put(when, ENERGY, counted, **more)

    def _label(self) -> Row:
        rng, n = self.rng, self.company.name
        kind = rng.random()
        if kind < 0.35:
            return {}
        pod = {"pod": f"{n}-pod-{rng.choice('123')}"}
        if kind < 0.85:
            namespace = {"namespace": f"{n}-{rng.choice(['red', 'blue', 'green'])}"}
            return namespace | pod if rng.random() < 0.5 else namespace
        if "job labels" not in self.company.traits:
            return {}
        job = {"job_id": f"{n}-{rng.choice('1234')}"}
        return job | pod | {"namespace": f"{n}-{rng.choice(['red', 'tan'])}"} if rng.random() < 0.5 else job

    def _put(self, when: datetime, metric: str, value: float | None, **more: Any) -> None:
        blank = {"null_reason": "blank"} if value is None else {}
        self.company.telemetry.put(self.gpu, [when], metric, [value], **(self.base | more | blank))
