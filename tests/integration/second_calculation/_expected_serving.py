"""What servers answered: rises of their counters, and logs by the minute."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

from _company import Company, Row
from _expected_devices import LONGEST_GAP
from _expected_meters import MICROSECOND, seconds_of
from _expected_rules import NOBODY, workload_of

COUNTS = ("requests_count", "input_tokens_count", "output_tokens_count")
A_TENTH = Fraction(1, 10)


class Answered(NamedTuple):
    """An amount of an hour, and who answered."""

    hour: datetime
    engine: str | None
    service: str | None
    model: str | None
    namespace: str | None
    metric: str
    amount: Fraction


def answered(company: Company) -> Iterator[Answered]:
    """All amounts of a company."""
    counters: dict[tuple[str, str], dict[datetime, Row]] = defaultdict(dict)
    minutes: dict[tuple[str, datetime], dict[str, list[Row]]] = defaultdict(lambda: defaultdict(list))
    for row in sorted(company.served, key=lambda row: row["delivery_id"], reverse=True):
        if row["value_kind"] == "amount":
            minutes[row["labels_json"], row["sampled_at"]][row["delivery_id"]].append(row)
        elif row["value"] is not None:
            # The first delivery has the last word.
            counters[row["labels_json"], row["metric"]][row["sampled_at"]] = row
    for readings in counters.values():
        for before, now in pairwise(readings[when] for when in sorted(readings)):
            yield _answered(now, _risen(before, now))
    for logs in minutes.values():
        told = {frozenset((row["metric"], row["value"]) for row in rows): rows for rows in logs.values()}
        for rows in told.values():
            for row in rows:
                yield _answered(row, Fraction(row["value"]))


def workload_of_server(company: Company, one: Answered) -> str:
    """By the first rule of the day on namespace, service or model; else its namespace's."""
    fields = {"namespace": one.namespace, "service": one.service, "model_name": one.model}
    nobody = f"namespace:{one.namespace}" if one.namespace else NOBODY
    return workload_of(company, one.hour.date(), fields) or nobody


def _risen(before: Row, now: Row) -> Fraction:
    last, reading = Fraction(before["value"]), Fraction(now["value"])
    seconds = seconds_of(now["sampled_at"] - before["sampled_at"])
    is_clocks = last - reading < last * A_TENTH and seconds <= LONGEST_GAP
    return reading - last if reading >= last or is_clocks else reading


def _answered(row: Row, amount: Fraction) -> Answered:
    hour = (row["sampled_at"] - MICROSECOND).replace(minute=0, second=0, microsecond=0)
    names = (row.get(name) for name in ("engine", "service", "model_name", "namespace"))
    return Answered(hour, *names, row["metric"], amount)
