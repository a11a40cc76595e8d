"""Whatever came in which order, the last night publishes what one night of all of it would: every row of every table.

One order is sharp: each of its deliveries says something of days that are not its own. Others are drawn from a number,
which a failure names; CI draws none, as one costs half a dozen nights:

    TENURE_ORDERS=1-20 pytest tests/integration/test_any_order.py
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from datetime import date
from functools import partial
from itertools import islice
from pathlib import Path

import pytest
from _orders import ALL, FILES, FURTHER_REGISTERS, Order

CHOICE = "TENURE_ORDERS"
LATER, EARLIER = date(2026, 10, 12), date(2026, 10, 9)
# September's bill says whose the commitment of August is, and that July's invoice is not complete.
SECOND = ("september.csv", "gpus-2.csv", "meter-2.csv", "rates-of-a-day.csv")
# What would have a night rebuild these days for a reason of its own.
LEFT_OUT = ("quarter.csv", "runs-2.txt")
# A night needs something that is dated, a bill in euros a rate, and assets a place.
FIRST = ("site.csv", "tariff.csv", "august.csv", "rates.csv", "energy.csv")
DAYS_OF_NIGHTS = (None, None, date(2026, 8, 31), date(2026, 9, 2), LATER, date(2026, 10, 2))
SOME_MODELS = ("+fct_cost_daily", "+fct_gpu_usage_hourly", "+int_workload_daily")


def sharp(order: Order) -> None:
    """Nights that learn of days which no delivery of theirs is of."""
    order.deliver(name for name in FILES if name not in SECOND + LEFT_OUT)
    order.night(LATER)
    order.deliver(SECOND)
    order.night(EARLIER)


def drawn(order: Order, seed: int) -> None:
    """With nights that were killed or as of another day, deliveries while they run, removals and backfills."""
    rng = random.Random(seed)
    order.deliver(FIRST)
    others = rng.sample([name for name in ALL if name not in FIRST], len(ALL) // 2)
    early = [name for name in others if name in FURTHER_REGISTERS and rng.random() < 0.9]
    order.deliver(early)
    waiting = iter([name for name in others if name not in early])
    while some := list(islice(waiting, rng.randint(2, 12))):
        order.deliver(some)
        if rng.random() < 0.2:
            order.remove(rng.choice([name for name in order.delivered if name not in FIRST]))
        if rng.random() < 0.3:
            order.night(rng.choice(DAYS_OF_NIGHTS), models=[rng.choice(SOME_MODELS)])
        order.night(rng.choice(DAYS_OF_NIGHTS), meanwhile=islice(waiting, rng.randint(0, 2)))
        if rng.random() < 0.2:
            order.night(again=(date(2026, 8, 1), date(2026, 9, 1)))


def orders() -> dict[str, Callable[[Order], None]]:
    """By name: the sharp one, and those drawn from the numbers asked for."""
    first, _, last = os.environ.get(CHOICE, "1-0").partition("-")
    return {"sharp": sharp} | {
        str(seed): partial(drawn, seed=seed) for seed in range(int(first), int(last or first) + 1)
    }


@pytest.mark.parametrize("play", orders().values(), ids=orders())
def test_the_last_night_publishes_what_one_night_would(tmp_path: Path, play: Callable[[Order], None]) -> None:
    order = Order(tmp_path / "order")
    play(order)
    assert order.differs_from(order.of_one_night(tmp_path / "one-night")) == []
