"""Runs of Azure exports: which files make up one, when it ran, which view of the month it holds.

Belongs here: manifests, folders, parts, and which two runs tell one month together. Not here: columns.

An export writes `<export>/<from>-<to>/<time of run>/<run>/part_N.csv` and, last, `manifest.json` beside the parts. Each
run of a month holds the whole month to date. Exports without partitions, from the portal or from before 2023, are one
file without a manifest.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from pipelines.errors import IncompleteDeliveryError, InputError
from pipelines.sources.billing._azure_dialect import is_usage_file
from pipelines.sources.billing._azure_profile import Profile, profile
from pipelines.sources.billing._manifest_keys import check_key, delivered_as, folder_of, within
from pipelines.sources.billing._parts import grouped
from pipelines.sources.files import Candidate

# The manifest's word for what was exported → the view; other exports (FocusCost, PriceSheet, …) are not read here.
VIEWS: Final = {"actualcost": "actual", "amortizedcost": "amortized", "usage": ""}

_STAMP: Final = re.compile(r"20[0-9]{10}(?:[0-9]{2})?")
_RANGE: Final = re.compile(r"(20[0-9]{6})-20[0-9]{6}")
_NUMBERED: Final = re.compile(r"[0-9]+")


@dataclass(frozen=True, slots=True)
class Manifest:
    """A manifest.

    Attributes:
        file: it.
        rows: data rows promised by the name of each file it names, in order; None where it promises none.
        view: "actual" or "amortized"; '' where it does not say.
        ran_at, starts_on: time of the run and first day exported, digits only; '' where it does not say.
    """

    file: Candidate
    rows: Mapping[str, int | None]
    view: str
    ran_at: str
    starts_on: str


@dataclass(frozen=True, slots=True)
class Run:
    """One run of an export.

    Attributes:
        parts: its data files, in order.
        manifest: what names them; None where nothing does.
        profile: what its rows are about.
        beside: files near it that no manifest names; kept, not read.
    """

    parts: tuple[Candidate, ...]
    manifest: Manifest | None
    profile: Profile
    beside: list[Candidate] = field(default_factory=list)

    @property
    def view(self) -> str:
        """The view it holds: what the manifest says, else what its rows tell; '' where they hold no commitment."""
        return self.manifest.view if self.manifest and self.manifest.view else self.profile.view

    @property
    def has_commitments(self) -> bool:
        """Whether the other view tells a part of the month's cost."""
        return self.profile.view != ""

    @property
    def ran_at(self) -> str:
        """Time of the run as YYYYMMDDhhmmss; '' where neither manifest nor folder tells it."""
        return ran_at(self.parts[0].name, self.manifest)

    @property
    def files(self) -> tuple[Candidate, ...]:
        """Its files that are not read for rows."""
        return (*([self.manifest.file] if self.manifest else []), *self.beside)


def ran_at(name: str, manifest: Manifest | None) -> str:
    """Time of the run that a file is of, by its manifest, else by a folder it stands in; '' where neither tells it."""
    stamp = (manifest.ran_at if manifest else "") or _stamp(name.split("/")[:-1])
    return stamp and stamp.ljust(14, "0")


def _stamp(folders: Sequence[str]) -> str:
    return next((step for step in reversed(folders) if _STAMP.fullmatch(step)), "")


def _range_start(folders: Sequence[str]) -> str:
    return next((match[1] for step in folders if (match := _RANGE.fullmatch(step))), "")


def manifest_in(file: Candidate) -> Manifest | None:
    """The manifest of usage details that a file holds, or None.

    Raises:
        InputError: it names a file outside its folder, or its list of files is no such list.
    """
    content = file.json
    if not isinstance(content, dict) or not {"blobs", "manifestVersion"} <= content.keys():
        return None
    config, run = (_object(content.get(key)) for key in ("exportConfig", "runInfo"))
    kind = str(config.get("type", "")).lower()
    if kind and kind not in VIEWS:
        return None
    blobs = content["blobs"]
    if not isinstance(blobs, list) or not all(isinstance(_object(blob).get("blobName"), str) for blob in blobs):
        raise InputError(
            f"blobs is not a list of files with a blobName: {str(blobs)[:80]}",
            file=file.name,
            next_step="copy the manifest again",
        )
    for blob in blobs:
        check_key(file, blob["blobName"], listed_as="blobs", store="Azure's storage")
    counts = {blob["blobName"]: blob.get("dataRowCount") for blob in blobs}
    # Whoever adds a run's folder alone has its time and months in the names of the blobs only.
    folders = [step for name in counts for step in name.split("/")[:-1]]
    return Manifest(
        file=file,
        rows={name: count if isinstance(count, int) else None for name, count in counts.items()},
        view=VIEWS.get(kind, ""),
        ran_at=_digits(run.get("submittedTime"), 14) or _stamp(folders),
        starts_on=_digits(run.get("startDate"), 8) or _range_start(folders),
    )


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _digits(value: Any, length: int) -> str:
    digits = "".join(filter(str.isdigit, str(value or "")))[:length]
    return digits if len(digits) == length and digits.startswith("20") else ""


def manifests_by_part(files: Sequence[Candidate]) -> dict[str, tuple[Manifest, int | None]]:
    """Each file that a manifest among `files` names: the manifest, and the data rows it promises of the file."""
    names = {file.name for file in files}
    found: dict[str, tuple[Manifest, int | None]] = {}
    for manifest in filter(None, map(manifest_in, files)):
        for key, rows in manifest.rows.items():
            name = delivered_as(manifest.file, key, names)
            if name:
                found[name] = (manifest, rows)
    return found


def runs_among(files: Sequence[Candidate]) -> list[Run]:
    """The runs of exports of usage details among `files`.

    Raises:
        IncompleteDeliveryError: a file that a manifest names is not there, or parts came without a manifest.
        InputError: a manifest is not as it should be, or a run holds a part of a month only.
    """
    by_name = {file.name: file for file in files}
    found: list[tuple[tuple[Candidate, ...], Manifest | None]] = []
    named: set[str] = set()
    for manifest in filter(None, map(manifest_in, files)):
        parts = _named(manifest, by_name)
        if all(is_usage_file(part.columns) for part in parts):
            found.append((parts, manifest))
            named |= {part.name for part in parts}
    loose = [file for file in files if file.name not in named and is_usage_file(file.columns)]
    beside: dict[int, list[Candidate]] = {}
    alone: list[Candidate] = []
    for file in loose:
        above = [
            (len(folder_of(manifest.file.name)), index)
            for index, (_, manifest) in enumerate(found)
            if manifest and within(folder_of(manifest.file.name), file.name)
        ]
        if above:
            beside.setdefault(max(above)[1], []).append(file)
        else:
            alone.append(file)
    _check_no_parts(alone)
    found += [((file,), None) for file in alone]
    runs = [Run(parts, manifest, profile(parts), beside.get(at, [])) for at, (parts, manifest) in enumerate(found)]
    for run in runs:
        _check_whole_months(run)
    return runs


def _named(manifest: Manifest, by_name: Mapping[str, Candidate]) -> tuple[Candidate, ...]:
    parts = []
    for key in manifest.rows:
        name = delivered_as(manifest.file, key, by_name)
        if name is None:
            raise IncompleteDeliveryError(
                f"the manifest names {key}, which is not among the files added",
                file=manifest.file.name,
                next_step="add the run's folder whole, once all its files are there",
            )
        parts.append(by_name[name])
    if not parts:
        raise IncompleteDeliveryError(
            "the manifest names no files: the run has delivered nothing",
            file=manifest.file.name,
            next_step="add it again when the export has run",
        )
    return tuple(parts)


def _check_no_parts(alone: Sequence[Candidate]) -> None:
    """Parts are complete only where a manifest says so."""
    numbered: dict[str, list[Candidate]] = {}
    for file in alone:
        if _NUMBERED.fullmatch(file.name.rpartition("/")[2].partition(".")[0]):
            numbered.setdefault(folder_of(file.name), []).append(file)
    for group in (*numbered.values(), *grouped(alone)):
        if len(group) > 1:
            raise IncompleteDeliveryError(
                f"{group[0].name} and {len(group) - 1} more are parts of one export, but their manifest is missing",
                file=group[0].name,
                next_step="add the run's folder with its manifest.json, which Azure writes last; exports of their own "
                "belong in folders of their own",
            )


def _check_whole_months(run: Run) -> None:
    """A delivery replaces whole months, so one that holds a part of a month would take the rest away."""
    found = run.profile
    starts_on = run.manifest.starts_on if run.manifest else ""
    starts_on = starts_on or _range_start(run.parts[0].name.split("/")[:-1])
    by_calendar = found.agreement == "pay-as-you-go"
    spans = len({month for _, month in found.months}) > 1
    if (by_calendar and spans and not found.first_day.endswith("-01")) or (
        not by_calendar and starts_on and not starts_on.endswith("01")
    ):
        day = found.first_day if by_calendar else f"{starts_on[:4]}-{starts_on[4:6]}-{starts_on[6:]}"
        raise InputError(
            f"the export begins on {day} and not with a month, so it would replace months it holds a part of",
            file=run.parts[0].name,
            next_step="export whole calendar months, or the month to date",
        )
