"""Energy counters at random, as their readers see them: resets, exchanges, clocks that differ; and meters that hang."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

A_KWH, A_JOULE = 3_600_000_000, 1000
# What is believed of a GPU, 3 kW, in a second; a counter is read in millijoules.
MOST_PER_SECOND = 3_000_000
SLACK_SECONDS = 60


class Counter:
    """The counter of one device."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.shown = rng.choice([0, rng.randint(0, 1000 * A_KWH)])
        self.read_at: datetime | None = None

    def read(self, when: datetime) -> float | None:
        """The next reading; some of them stand where a rise or a fall is no longer believed."""
        rng = self.rng
        if self.read_at is None:
            self.read_at = when
            return float(self.shown)
        if rng.random() < 0.1:
            return None
        seconds = (when - self.read_at) // timedelta(seconds=1)
        most = (seconds + SLACK_SECONDS) * MOST_PER_SECOND
        used = rng.randint(0, 700) * 1000 * seconds
        self.read_at = when
        way = rng.random()
        if way < 0.7:
            self.shown += used
        elif way < 0.75:
            self.shown = rng.choice([0, used, most - A_JOULE, most + A_JOULE])
        elif way < 0.85:
            self.shown = max(0, self.shown - rng.choice([1, 5 * A_KWH // 1000, most - A_JOULE, most + A_JOULE]))
        elif way < 0.9:
            self.shown += rng.choice([most - A_JOULE, most + A_JOULE])
        elif way < 0.95:
            self.shown = rng.randint(0, 1000 * A_KWH)
        return float(self.shown)
