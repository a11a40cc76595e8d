"""One writer a home: a lock with its owner's name, so that the loser can say who holds it.

Whoever reads the warehouse shares the lock meanwhile. A writer waits for that, where it would find the file in use
later on; and who comes to read learns who writes, and turns no writer away by asking.
"""

from __future__ import annotations

import fcntl
import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Final

from pipelines.errors import LockedError
from pipelines.settings import Home

# How long a writer waits for those who read, and how often it looks whether they are done.
WAIT_SECONDS: Final = 60.0
LOOK_SECONDS: Final = 0.05

# Homes this process holds already: the steps of a run nest inside the run.
_held: set[Path] = set()


@dataclass(frozen=True, slots=True)
class Owner:
    """Who writes a home; all None of one that has not said so yet.

    Attributes:
        purpose: what for.
        pid: process.
        host: machine, as it calls itself.
        since: when it began, UTC.
    """

    purpose: str | None = None
    pid: int | None = None
    host: str | None = None
    since: str | None = None

    def __str__(self) -> str:
        if self.purpose is None:
            return "owner unknown"
        return f"{self.purpose}, pid {self.pid} on {self.host} since {self.since}"


@contextmanager
def held(home: Home, purpose: str) -> Iterator[None]:
    """Hold the home's writer lock. The kernel releases it when the process ends, however it ends.

    Args:
        home: the home to write.
        purpose: what for, shown to whoever is turned away.

    Raises:
        LockedError: another process holds it; names its pid, host, purpose and since when. Or one that reads the
            warehouse does not end.
    """
    if home.root in _held:
        yield
        return
    home.warehouse.mkdir(parents=True, exist_ok=True)
    with _file(home).open("a+") as file:
        _take(home, file)
        file.seek(0)
        file.truncate()
        since = datetime.now(UTC).isoformat(timespec="seconds")
        file.write(json.dumps(asdict(Owner(purpose, os.getpid(), socket.gethostname(), since))))
        file.flush()
        _held.add(home.root)
        try:
            yield
        finally:
            _held.discard(home.root)


@contextmanager
def shared(home: Home) -> Iterator[Owner | None]:
    """Let no other process begin to write meanwhile; or, where one writes already, say who. Waits for nobody.

    Args:
        home: the home to read; of a run that holds its lock, the run itself.

    Yields:
        Who writes; None where nobody else does.
    """
    if home.root in _held or not _file(home).exists():
        yield None
        return
    with _file(home).open() as file:
        yield None if _locked(file, fcntl.LOCK_SH) else _owner(file)


def being_written(home: Home, owner: Owner) -> LockedError:
    """What whoever is turned away is told."""
    return LockedError(
        f"another process writes {home.root}: {owner}", next_step="wait for it to end, or stop that process"
    )


def _take(home: Home, file: IO[str]) -> None:
    for _ in range(int(WAIT_SECONDS / LOOK_SECONDS)):
        if _locked(file, fcntl.LOCK_EX):
            return
        # Shared with others it is in the way of readers alone, who will be done; with a writer it cannot be shared.
        if not _locked(file, fcntl.LOCK_SH):
            raise being_written(home, _owner(file))
        fcntl.flock(file, fcntl.LOCK_UN)
        time.sleep(LOOK_SECONDS)
    raise LockedError(
        f"another process reads the warehouse of {home.root}, as an export does, and does not end",
        next_step="wait for it to end, or stop that process",
    )


def _locked(file: IO[str], kind: int) -> bool:
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _file(home: Home) -> Path:
    return home.warehouse / "writer.lock"


def _owner(file: IO[str]) -> Owner:
    file.seek(0)
    try:
        return Owner(**json.loads(file.read()))
    except json.JSONDecodeError:
        return Owner()
