"""The calendar, the machines and the small helpers that every part of the sample company shares.

Belongs here: facts that more than one delivery must agree on (when a machine ran, which card was in it). Not here:
anything that only one format knows.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import cache
from typing import Final

SEED: Final = 20260831
START: Final = datetime(2025, 9, 1, tzinfo=UTC)
END: Final = datetime(2026, 9, 1, tzinfo=UTC)
HOURS: Final = int((END - START).total_seconds()) // 3600
PLACES: Final = Decimal(1).scaleb(-18)
# Every division of the known answer is done in this context, then rounded half up to 18 places.
EXACT: Final = Context(prec=50, rounding=ROUND_HALF_UP)

GPU_MODEL: Final = "H100-SXM-80GB"
GPU_MODEL_NAME: Final = "NVIDIA H100 80GB HBM3"
GPUS_PER_MACHINE: Final = 8


def hour_at(text: str) -> int:
    """Hours from START to an ISO instant, as `2026-01-30T06`."""
    moment = datetime.fromisoformat(text if "T" in text else text + "T00").replace(tzinfo=UTC)
    return int((moment - START).total_seconds()) // 3600


@cache
def instant(hour: int) -> datetime:
    """Start of an hour counted from START."""
    return START + timedelta(hours=hour)


@cache
def iso(moment: datetime) -> str:
    """ISO 8601 with a Z."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def month_starts() -> list[datetime]:
    """First instants of the twelve months."""
    return [datetime(2025 + (8 + i) // 12, (8 + i) % 12 + 1, 1, tzinfo=UTC) for i in range(12)]


def next_month(moment: datetime) -> datetime:
    """First instant of the month after."""
    return (moment.replace(day=1) + timedelta(days=32)).replace(day=1)


def hours_of_month(month: datetime) -> range:
    """The hours of a month, counted from START."""
    return range(hour_at(month.strftime("%Y-%m-%d")), hour_at(next_month(month).strftime("%Y-%m-%d")))


@cache
def month_text(moment: datetime | date) -> str:
    """First day of the month, as the answer tables write months."""
    return moment.strftime("%Y-%m-01")


def rounded(value: Decimal) -> Decimal:
    """Half up to 18 places."""
    return value.quantize(PLACES, context=EXACT)


def plain(value: Decimal) -> str:
    """Decimal text without an exponent and without trailing zeros."""
    text = format(value, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def stream(seed: int, name: str) -> random.Random:
    """Random numbers of one purpose, so that a change elsewhere does not move them."""
    return random.Random(f"{seed}/{name}")


def between(rng: random.Random, low: int, high: int) -> int:
    """An integer of [low, high], from `random()` alone: the one method whose sequence Python guarantees."""
    return low + int(rng.random() * (high - low + 1))


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine with eight GPUs.

    Attributes:
        node: host name in telemetry; the resource id on leased bills.
        sourcing: leased or owned.
        first_hour, end_hour: in use, counted from START, end exclusive.
        off: spans in which it does not run.
        new_cards_after_off: a stopped cloud machine comes back on other hardware; a rebooted one does not.
    """

    node: str
    sourcing: str
    first_hour: int
    end_hour: int
    off: tuple[tuple[int, int], ...] = ()
    new_cards_after_off: bool = False

    def runs(self, hour: int) -> bool:
        """Whether it runs in that hour."""
        return self.first_hour <= hour < self.end_hour and not any(a <= hour < b for a, b in self.off)


COMMITTED: Final = Machine(
    "i-0a51d4c0ffee0001a", "leased", 0, HOURS, ((hour_at("2026-04-11"), hour_at("2026-04-12T12")),), True
)
ON_DEMAND: Final = Machine(
    "i-0b52d4c0ffee0002b",
    "leased",
    0,
    hour_at("2026-01-30T06"),
    ((hour_at("2025-12-24"), hour_at("2025-12-28")),),
    True,
)
LUMEN: Final = Machine("lc-h100-0731", "leased", 0, HOURS, ((hour_at("2026-02-10T02"), hour_at("2026-02-10T08")),))
OWNED_1: Final = Machine("nw-gpu-01", "owned", hour_at("2025-12-01"), HOURS)
OWNED_2: Final = Machine("nw-gpu-02", "owned", hour_at("2026-03-02"), HOURS)
MACHINES: Final = (COMMITTED, ON_DEMAND, LUMEN, OWNED_1, OWNED_2)

SWAP_DATE: Final = date(2026, 4, 20)
SWAP_NODE: Final = OWNED_1.node
SWAP_SLOT: Final = 5


@dataclass(frozen=True, slots=True)
class Card:
    """A GPU and its stay in a slot, hours counted from START, end exclusive."""

    uuid: str
    node: str
    slot: int
    first_hour: int
    end_hour: int


def cards(seed: int) -> list[Card]:
    """Every card, by machine, slot and time."""
    found: list[Card] = []
    for machine in MACHINES:
        rng = stream(seed, f"cards/{machine.node}")
        spans = [(machine.first_hour, machine.end_hour)]
        if machine.new_cards_after_off:
            ((stop, start),) = machine.off
            spans = [(machine.first_hour, stop), (start, machine.end_hour)]
        for slot in range(GPUS_PER_MACHINE):
            stays = spans
            if (machine.node, slot) == (SWAP_NODE, SWAP_SLOT):
                swap = hour_at(SWAP_DATE.isoformat())
                stays = [(machine.first_hour, swap), (swap, machine.end_hour)]
            found += [Card(_uuid(rng), machine.node, slot, first, end) for first, end in stays]
    return found


def _uuid(rng: random.Random) -> str:
    digits = "".join(f"{between(rng, 0, 65535):04x}" for _ in range(8))
    return f"GPU-{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


@dataclass(frozen=True, slots=True)
class CostFact:
    """What a bill line means, stated by its author and not read back from its columns.

    Attributes:
        source: source module expected to read it.
        account: billing account.
        period: first day of the billing period.
        usage_month: first day of the month the charge is for.
        service: provider's service.
        billed, effective: USD.
        instance_type: machine type of a machine-hour line.
        machine_hours: consumed machine-hours.
        unused_hours: hours in which a commitment was not used at all.
        unused: effective cost of the unused part of a commitment, USD.
    """

    source: str
    account: str
    period: str
    usage_month: str
    service: str
    billed: Decimal
    effective: Decimal
    instance_type: str = ""
    machine_hours: int = 0
    unused_hours: int = 0
    unused: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Line:
    """A line as delivered, and what it means."""

    fields: dict[str, str]
    fact: CostFact
