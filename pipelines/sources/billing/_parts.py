"""Files of one export told by their names, where no manifest says which belong together.

    gpu-cur-00001.csv.gz, gpu-cur-00002.csv.gz      part_0_0001.csv, part_1_0001.csv      focus_1.csv, focus_2.csv

A trailing number that is a date (`focus-2026-05`, `focus_20260501`) numbers a month or a day, not a part.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from pipelines.errors import IncompleteDeliveryError
from pipelines.sources.files import Candidate

_SUFFIX = re.compile(r"(?:\.(?:csv|json|jsonl|ndjson|gz|parquet|snappy))*$", re.IGNORECASE)
_DATED = re.compile(r"(?:.*\D)?20\d\d(?:[-_]?[01]\d(?:[-_]?[0-3]\d)?)?")
_PARTS = (
    re.compile(r"(?P<stem>(?:.*[-_])?part)[-_](?P<block>\d+)[-_](?P<number>\d+)"),
    re.compile(r"(?P<stem>(?:.*[-_])?part)-(?P<number>\d+)-(?P<job>[0-9a-f]{8}-.*)"),
    re.compile(r"(?P<stem>.*)[-_](?P<number>\d+)"),
)
_SHOWN = 3


def grouped(files: Iterable[Candidate]) -> list[tuple[Candidate, ...]]:
    """Files of one folder, with one header and names that differ in the part number only, in the parts' order.

    Raises:
        IncompleteDeliveryError: numbers between the parts of a group are missing.
    """
    groups: dict[tuple[str, tuple[str, ...]], list[tuple[tuple[int, ...], Candidate]]] = {}
    for file in files:
        stem, numbers = part_number(file.name)
        groups.setdefault((stem, file.columns), []).append((numbers, file))
    found = []
    for members in groups.values():
        members.sort(key=lambda member: (member[0], member[1].name))
        _check_complete(members)
        found.append(tuple(file for _, file in members))
    return found


def part_number(name: str) -> tuple[str, tuple[int, ...]]:
    """A file's name with its part number blanked out, and that number: the name itself and () where it has none."""
    folder, slash, base = name.rpartition("/")
    suffix = _SUFFIX.search(base)
    ending = suffix.group() if suffix else ""
    bare = base.removesuffix(ending)
    if _DATED.fullmatch(bare):
        return name, ()
    for pattern in _PARTS:
        if found := pattern.fullmatch(bare):
            named = found.groupdict()
            numbers = tuple(int(named[key]) for key in ("block", "number") if key in named)
            return f"{folder}{slash}{named['stem']}-*{named.get('job', '')}{ending}", numbers
    return name, ()


def _check_complete(members: Sequence[tuple[tuple[int, ...], Candidate]]) -> None:
    numbers = {number[0] for number, _ in members if len(number) == 1}
    if len(members) == 1 or not numbers:
        return
    missing = [str(number) for number in range(min(*numbers, 1), max(numbers)) if number not in numbers]
    if missing:
        more = f" and {len(missing) - _SHOWN} more" if len(missing) > _SHOWN else ""
        first, last = members[0][1].name, members[-1][1].name
        shown = ", ".join(missing[:_SHOWN])
        raise IncompleteDeliveryError(
            f"{first} and {last} look like parts of one export, but part {shown}{more} is missing",
            file=first,
            next_step="add all parts together; exports of their own belong in folders of their own",
        )
