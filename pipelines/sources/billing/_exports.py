"""Exports with a manifest that lists their data files: which of the files delivered make up which run of which export.

Belongs here: all files of a manifest or none, left-overs beside them, the time of a run. Not here: what one provider's
manifest looks like (`_aws_export`, `_focus_export`), columns.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from pipelines.errors import IncompleteDeliveryError
from pipelines.sources.billing._manifest_keys import delivered_as, folder_of, within
from pipelines.sources.files import Candidate

# A folder of one run: `20260831T060000Z-<execution>`, `2026-08-31T06:00:00.000Z-<execution>`, `202608310600`.
_RUN: Final = re.compile(r"(20\d\d)-?(\d\d)-?(\d\d)[T ]?(\d\d)[:_]?(\d\d)(?:[:_]?(\d\d)(?:\.\d+)?)?Z?(?:-.+)?")


@dataclass(frozen=True, slots=True)
class Manifest:
    """A manifest, as far as all providers' have it in common.

    Attributes:
        file: it.
        rows: data rows promised, by the key of each file it names, in order; None where it promises none.
        columns: names of the columns exported; () where it does not say.
        ran_at: time of the run, as ISO 8601 with Z; '' where neither it nor a folder tells it.
        label: export and period, for people.
    """

    file: Candidate
    rows: Mapping[str, int | None]
    columns: tuple[str, ...]
    ran_at: str
    label: str


@dataclass(frozen=True, slots=True)
class Export:
    """One run of an export.

    Attributes:
        manifests: those that name exactly its files.
        parts: its data files, in order.
        rows: data rows promised, by the name of each of them.
        beside: files that no manifest names where its own stand: of an earlier run. They are kept, not read.
    """

    manifests: tuple[Manifest, ...]
    parts: tuple[Candidate, ...]
    rows: Mapping[str, int | None]
    beside: list[Candidate] = field(default_factory=list)

    @property
    def ran_at(self) -> str:
        """Time of the run, as ISO 8601 with Z; '' where nothing tells it."""
        return max(manifest.ran_at for manifest in self.manifests)

    @property
    def files(self) -> tuple[Candidate, ...]:
        """All its files, those with rows first."""
        return (*self.parts, *(manifest.file for manifest in self.manifests), *self.beside)

    @property
    def words(self) -> str:
        """Export, period, run and left-overs, for people."""
        run = [f"run {self.ran_at}"] if self.ran_at else []
        left = [f"{len(self.beside)} file(s) beside it that no manifest names are not read"] if self.beside else []
        return ", ".join([self.manifests[0].label, *run, *left])

    def holds(self, name: str) -> bool:
        """Whether a file stands where the export writes the files of its period, of this run or another."""
        folders = {_period_folder(part.name) for part in self.parts}
        return any(within(folder, name) if folder else not folder_of(name) for folder in folders)


def exports_among(
    files: Sequence[Candidate],
    manifest_in: Callable[[Candidate], Manifest | None],
    is_ours: Callable[[Sequence[str]], bool],
) -> tuple[list[Export], list[Candidate]]:
    """The exports of one format among `files`, and the files in that format that belong to none.

    Args:
        files: all that was added.
        manifest_in: reads a manifest.
        is_ours: whether columns are those of the format.

    Raises:
        IncompleteDeliveryError: a manifest of the format names no files, or one that is not among `files`.
        InputError: a manifest is not as it should be.
    """
    by_name = {file.name: file for file in files}
    found: dict[tuple[str, ...], list[tuple[Manifest, dict[str, int | None]]]] = {}
    for manifest in filter(None, map(manifest_in, files)):
        names = {key: delivered_as(manifest.file, key, by_name) for key in manifest.rows}
        if is_ours(manifest.columns or _columns_of(by_name[name] for name in names.values() if name)):
            named = _complete(manifest, names)
            found.setdefault(tuple(named), []).append((manifest, named))
    exports = [
        Export(tuple(manifest for manifest, _ in group), tuple(by_name[name] for name in names), group[0][1])
        for names, group in found.items()
    ]
    taken = {part.name for export in exports for part in export.parts}
    alone: list[Candidate] = []
    for file in files:
        if file.name in taken or not is_ours(file.columns):
            continue
        owner = next((export for export in exports if export.holds(file.name)), None)
        (owner.beside if owner else alone).append(file)
    return exports, alone


def run_time(folders: Iterable[str]) -> str:
    """The time in the name of a run's folder, as ISO 8601 with Z; '' where none of the names holds one."""
    for name in folders:
        if match := _RUN.fullmatch(name):
            year, month, day, hour, minute, second = match.groups(default="00")
            return f"{year}-{month}-{day}T{hour}:{minute}:{second}Z"
    return ""


def _period_folder(name: str) -> str:
    """The folder of a file, or the one above it where that is a run's."""
    folder = folder_of(name)
    return folder_of(folder) if run_time([folder.rpartition("/")[2]]) else folder


def _columns_of(files: Iterable[Candidate]) -> tuple[str, ...]:
    first = next(iter(files), None)
    return first.columns if first else ()


def _complete(manifest: Manifest, names: Mapping[str, str | None]) -> dict[str, int | None]:
    if not names:
        raise IncompleteDeliveryError(
            "the manifest names no files: nothing has been delivered for its period yet",
            file=manifest.file.name,
            next_step="add it again when the export has run",
        )
    missing = next((key for key, name in names.items() if name is None), None)
    if missing:
        raise IncompleteDeliveryError(
            f"the manifest names {missing}, which is not among the files added",
            file=manifest.file.name,
            next_step="add the export's folder whole, once all its files are there",
        )
    return {name: manifest.rows[key] for key, name in names.items() if name}
