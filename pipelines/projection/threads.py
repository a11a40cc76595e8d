"""Workloads are projected side by side: none knows of another."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def side_by_side(work: Callable[[Item], Result], items: Iterable[Item], threads: int) -> list[Result]:
    """What becomes of each item, in the order of the items; the first error in that order is raised.

    NumPy and polars leave Python's lock for most of what they do, so two threads take two thirds of the time of one;
    many would wait for each other.

    Args:
        work: may share nothing that it changes.
        items: each done once.
        threads: most that are worked on at a time.
    """
    items = list(items)
    threads = min(threads, len(items))
    if threads <= 1:
        return [work(item) for item in items]
    with ThreadPoolExecutor(threads, thread_name_prefix="projection") as pool:
        return list(pool.map(work, items))
