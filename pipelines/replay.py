"""The past again: a home that holds what had arrived by a time, to be refreshed and asked like any other.

Belongs here: which deliveries were there. Not here: making numbers of them (the night does).
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pipelines.errors import NoDataError, UsageError
from pipelines.settings import Home, Settings
from pipelines.sources.model import Delivery
from pipelines.warehouse import landing, lock

BUNDLED_ORIGIN = "bundled"


@dataclass(frozen=True, slots=True)
class Replay:
    """A home of the past.

    Attributes:
        home: its folder.
        known: deliveries that had arrived.
        later: deliveries that had not.
    """

    home: Path
    known: int
    later: int


def replay(settings: Settings, at: datetime, folder: Path | None = None) -> Replay:
    """Make, or bring up to date, the home as it was known at a time.

    Files are linked where the disk allows it, so that a past costs no second copy. Scenarios and assumptions are
    today's: they are questions, and a question may be asked of the past.

    Args:
        settings: the home whose past is asked for.
        at: the time, UTC without zone; what arrived at that instant is in.
        folder: where to make it; by default under the home's `replays/`.

    Raises:
        NoDataError: nothing had arrived by then.
        UsageError: the folder is a home of something else.
        LockedError: another process writes that home.
    """
    home = settings.paths
    target = Home((folder or home.root / "replays" / at.strftime("%Y-%m-%dT%H%M%SZ")).resolve())
    deliveries = landing.deliveries(home)
    known = [item for item in deliveries if item.received_at <= at or _is_reference(item)]
    if all(_is_reference(item) for item in known):
        first = min((item.received_at for item in deliveries if not _is_reference(item)), default=None)
        raise NoDataError(
            f"nothing had arrived by {at}",
            next_step=f"ask for a time from {first} on" if first else "run: tenure add PATH…",
        )
    _check_folder(target, {item.delivery_id for item in deliveries})
    target.landing.mkdir(parents=True, exist_ok=True)
    with lock.held(target, "replay"):
        for delivery in known:
            landing.link(home, target, delivery)
    for name in ("scenarios", "assumptions"):
        own = home.root / name
        if own.is_dir():
            shutil.rmtree(target.root / name, ignore_errors=True)
            shutil.copytree(own, target.root / name)
    return Replay(target.root, len(known), len(deliveries) - len(known))


def _is_reference(delivery: Delivery) -> bool:
    """What ships with tenure was never news."""
    return delivery.options.get("origin") == BUNDLED_ORIGIN


def _check_folder(target: Home, own: set[str]) -> None:
    if not target.root.exists():
        return
    strangers = {item.delivery_id for item in landing.deliveries(target)} - own
    if strangers or (any(target.root.iterdir()) and not target.landing.is_dir()):
        raise UsageError(f"{target.root} holds something else", next_step="name an empty folder with --to")
