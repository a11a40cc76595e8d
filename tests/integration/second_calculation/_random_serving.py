"""Servers of models at random: counters of requests and tokens with restarts, read by one scraper or by two."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from random import Random

from _company import DAYS, Company, Row

# What a server counts, and how much of it comes in a second at most.
COUNTERS = {
    "requests_count": 5, "input_tokens_count": 4000, "output_tokens_count": 900,
    "time_to_first_token_seconds_sum": 2, "time_to_first_token_seconds_count": 5,
}  # fmt: skip


def draw_servers(rng: Random, company: Company) -> None:
    """Up to two servers of up to two replicas each, which nothing but their labels tells apart."""
    n = company.name
    for _ in range(rng.randint(0, 2)):
        of: Row = {"engine": rng.choice(["vllm", "sglang", "tgi", "triton"]), "model_name": f"{n}-llm"}
        of |= {"namespace": rng.choice([None, f"{n}-red", f"{n}-odd"]), "service": rng.choice([None, f"{n}-api"])}
        counted = rng.sample(list(COUNTERS), rng.randint(1, len(COUNTERS)))
        for replica in "ab"[: rng.choice([1, 2])]:
            server = of | {"instance": f"{n}-{replica}:8000", "pod": f"{n}-{replica}"}
            _Server(rng, company, server, counted).run()


class _Server:
    def __init__(self, rng: Random, company: Company, server: Row, counted: list[str]) -> None:
        self.rng, self.company, self.counted = rng, company, counted
        labels = {name: value for name, value in server.items() if value is not None}
        self.row = server | {
            "source_part": "f", "source": "serving_metrics", "value_kind": "counter",
            "labels_json": json.dumps(labels, sort_keys=True),
        }  # fmt: skip
        self.shown = {metric: float(rng.choice([0, 10, rng.randint(0, 10**7)])) for metric in counted}

    def run(self) -> None:
        rng = self.rng
        when = rng.choice(DAYS) + timedelta(hours=rng.choice([0, 11, 22, 23]), minutes=rng.choice([0, 45, 59]))
        for _ in range(rng.randint(1, 40)):
            for metric in self.counted:
                self._read(when, metric)
            seconds = rng.choice([15, 60, 60, 60, 299, 300, 301, 3000])
            way = rng.random()
            for metric in self.counted:
                self._count(metric, seconds, way)
            when += timedelta(seconds=seconds)

    def _count(self, metric: str, seconds: int, way: float) -> None:
        before, served = self.shown[metric], self.rng.randint(0, COUNTERS[metric] * seconds)
        if way < 0.08:
            self.shown[metric] = float(served)
        elif way < 0.2:
            # Some by a tenth and more, which is no clock's.
            self.shown[metric] = before - before * self.rng.choice([1, 9, 10, 11, 40]) // 100
        else:
            self.shown[metric] = before + served

    def _read(self, when: datetime, metric: str) -> None:
        rng = self.rng
        row = self.row | {"sampled_at": when, "metric": metric}
        if rng.random() < 0.05:
            self.company.served.append(row | {"delivery_id": "d1", "value": None, "null_reason": "not_a_number"})
            return
        self.company.served.append(row | {"delivery_id": "d1", "value": self.shown[metric]})
        if rng.random() < 0.1:
            # A replica of the scraper, whose answer came second.
            self.company.served.append(row | {"delivery_id": "d2", "value": self.shown[metric] + 7})
