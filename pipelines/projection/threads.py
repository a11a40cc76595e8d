"""Workloads are projected side by side: none knows of another."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

# NumPy and polars leave Python's lock for most of what they do; what is Python keeps more threads than these waiting.
MOST_THREADS: Final = 4


def side_by_side(work: Callable[[Item], Result], items: Iterable[Item]) -> list[Result]:
    """What becomes of each item, in the order of the items; the first error in that order is raised.

    Args:
        work: may share nothing that it changes.
        items: each done once.
    """
    items = list(items)
    threads = min(len(items), os.cpu_count() or 1, MOST_THREADS)
    if threads <= 1:
        return [work(item) for item in items]
    with ThreadPoolExecutor(threads, thread_name_prefix="projection") as pool:
        return list(pool.map(work, items))
