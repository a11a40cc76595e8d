"""Manifests of AWS CUR legacy: which files make up which assembly of a report.

Belongs here: reading a manifest, finding the files it names among those delivered. Not here: columns.

AWS writes every refresh of a month as an *assembly* of its own, with a manifest beside its files, and a manifest one
folder up (the period's) that repeats the current assembly's. Without assemblies each refresh overwrites the last, and
only the period's manifest exists. Files beside a manifest that it does not name are left-overs of earlier refreshes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pipelines.errors import IncompleteDeliveryError, InputError
from pipelines.sources.billing._manifest_keys import check_key, delivered_as, folder_of
from pipelines.sources.files import Candidate


@dataclass(frozen=True, slots=True)
class Manifest:
    """A manifest.

    Attributes:
        file: it.
        report_name, period, assembly_id: what it says; the period as YYYY-MM.
        keys: the report's files, as the manifest names them, in order.
    """

    file: Candidate
    report_name: str
    period: str
    assembly_id: str
    keys: tuple[str, ...]

    @property
    def folder(self) -> str:
        """Folder it stands in."""
        return folder_of(self.file.name)

    @property
    def is_assembled(self) -> bool:
        """Whether the report keeps earlier refreshes, each in a folder named after its assembly."""
        return all(self.assembly_id in key.split("/") for key in self.keys)


@dataclass(frozen=True, slots=True)
class Assembly:
    """One refresh of a report.

    Attributes:
        manifests: those that name exactly its files.
        parts: its data files, in order.
    """

    manifests: tuple[Manifest, ...]
    parts: tuple[Candidate, ...]

    @property
    def folder(self) -> str:
        """Folder its data files stand in."""
        return folder_of(self.parts[0].name)

    @property
    def period_manifest(self) -> Manifest | None:
        """The period's manifest, where it names this assembly."""
        for manifest in self.manifests:
            if not manifest.is_assembled or manifest.folder != self.folder:
                return manifest
        return None


def manifest_in(file: Candidate) -> Manifest | None:
    """The manifest of AWS CUR legacy that a file holds, or None.

    Raises:
        InputError: a key in it points outside the delivery, or its list of keys is no such list.
        IncompleteDeliveryError: it names no files yet.
    """
    content = file.json
    if not isinstance(content, dict) or not {"assemblyId", "reportKeys", "billingPeriod"} <= content.keys():
        return None
    keys = content["reportKeys"]
    if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys):
        raise InputError(
            f"reportKeys is not a list of file names: {keys!r}", file=file.name, next_step="copy the manifest again"
        )
    if not keys:
        raise IncompleteDeliveryError(
            "the manifest names no files: nothing has been delivered for its period yet",
            file=file.name,
            next_step="add it again when AWS has written the report",
        )
    name = str(content.get("reportName", ""))
    # A report without a prefix has keys that begin at the bucket's root: "/name/20260801-20260901/…".
    keys = [key.removeprefix("/") if name and key.startswith(f"/{name}/") else key for key in keys]
    for key in keys:
        check_key(file, key, listed_as="reportKeys", store="AWS's bucket")
    start = str(content["billingPeriod"].get("start", ""))
    return Manifest(
        file=file,
        report_name=name,
        period=f"{start[:4]}-{start[4:6]}",
        assembly_id=str(content["assemblyId"]),
        keys=tuple(dict.fromkeys(keys)),
    )


def assemblies(files: Sequence[Candidate]) -> list[Assembly]:
    """The assemblies that the manifests among `files` describe.

    Raises:
        IncompleteDeliveryError: a file that a manifest names is not among `files`.
        InputError: a manifest is not as it should be.
    """
    by_name = {file.name: file for file in files}
    manifests: dict[tuple[str, ...], list[Manifest]] = {}
    for file in files:
        if manifest := manifest_in(file):
            manifests.setdefault(_named(manifest, by_name), []).append(manifest)
    return [Assembly(tuple(group), tuple(by_name[name] for name in names)) for names, group in manifests.items()]


def _named(manifest: Manifest, names: Iterable[str]) -> tuple[str, ...]:
    """The names, among those delivered, of the files in a manifest."""
    delivered = set(names)
    found = []
    for key in manifest.keys:
        name = delivered_as(manifest.file, key, delivered)
        if name is None:
            raise IncompleteDeliveryError(
                f"the manifest names {key}, which is not among the files added",
                file=manifest.file.name,
                next_step="add the report's folder whole, once all its files are there",
            )
        found.append(name)
    return tuple(found)
