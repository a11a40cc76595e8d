"""`python _crash.py HOME DEED POINT`: does a deed and kills itself the moment it reaches a point.

Points are `module.function`: the process dies as that function of the warehouse is entered; `…:after`, as it returns.
A function may be one that the module uses, as `landing.os.fsync`.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from pkgutil import resolve_name
from typing import Any

from pipelines.settings import Settings
from pipelines.warehouse import ingest, landing, publish


def arm(point: str, strike: Callable[[], None], put: Callable[[object, str, object], None] = setattr) -> None:
    """Make the point strike when it is reached; `put` sets the attribute."""
    place, _, when = point.partition(":")
    module_name, _, name = place.rpartition(".")
    module = resolve_name(f"pipelines.warehouse.{module_name}")
    original = getattr(module, name)

    def struck(*args: Any, **kwargs: Any) -> Any:
        if when != "after":
            strike()
        result = original(*args, **kwargs)
        if when == "after":
            strike()
        return result

    put(module, name, struck)


def die() -> None:
    """As the kernel's out-of-memory killer does it: nothing is cleaned up."""
    os.kill(os.getpid(), signal.SIGKILL)


def do(settings: Settings, deed: str) -> None:
    """load: what is pending. publish: the warehouse as it is. add: the file `late.csv` beside the home."""
    if deed == "load":
        ingest.ingest(settings, "billing")
    elif deed == "publish":
        publish.publish(settings, as_of=date(2026, 9, 2), code_revision="c1", inputs_hash="i2")
    elif deed == "add":
        landing.add(settings, [settings.home.parent / "late.csv"], received_at=landing.now())


if __name__ == "__main__":
    home, deed_asked, point_asked = sys.argv[1:]
    if point_asked != "none":
        arm(point_asked, die)
    do(Settings(home=Path(home), min_free_disk_bytes=0), deed_asked)
