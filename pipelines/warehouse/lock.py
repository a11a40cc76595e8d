"""One writer a home: a lock with its owner's name, so that the loser can say who holds it."""

from __future__ import annotations

import fcntl
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from pipelines.errors import LockedError
from pipelines.settings import Home

# Homes this process holds already: the steps of a run nest inside the run.
_held: set[Path] = set()


@contextmanager
def held(home: Home, purpose: str) -> Iterator[None]:
    """Hold the home's writer lock. The kernel releases it when the process ends, however it ends.

    Args:
        home: the home to write.
        purpose: what for, shown to whoever is turned away.

    Raises:
        LockedError: another process holds it; names its pid, host, purpose and since when.
    """
    if home.root in _held:
        yield
        return
    home.warehouse.mkdir(parents=True, exist_ok=True)
    path = home.warehouse / "writer.lock"
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            raise LockedError(
                f"another process writes {home.root}: {_owner(file.read())}",
                next_step="wait for it to end, or stop that process",
            ) from error
        file.seek(0)
        file.truncate()
        owner = {
            "pid": os.getpid(),
            "host": socket.gethostname(),
            "purpose": purpose,
            "since": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        file.write(json.dumps(owner))
        file.flush()
        _held.add(home.root)
        try:
            yield
        finally:
            _held.discard(home.root)


def _owner(text: str) -> str:
    try:
        owner = json.loads(text)
    except json.JSONDecodeError:
        return "owner unknown"
    return f"{owner['purpose']}, pid {owner['pid']} on {owner['host']} since {owner['since']}"
