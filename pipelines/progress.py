"""One place to say what is being done, for whoever watches; silent when nobody does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

_listener: Callable[[str, str], None] | None = None


def say(step: str, detail: str) -> None:
    """Tell the watcher, if any: the step under way and what it is at."""
    if _listener is not None:
        _listener(step, detail)


@contextmanager
def watched(listener: Callable[[str, str], None]) -> Iterator[None]:
    """Give what is said to `listener` for as long as the block runs."""
    global _listener  # noqa: PLW0603 - a run is one process; its watcher is one too
    _listener = listener
    try:
        yield
    finally:
        _listener = None
