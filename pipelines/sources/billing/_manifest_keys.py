"""Names that a manifest gives its files, found again among the files delivered.

Belongs here: folders, safe keys, the longest end of a key that was delivered. Not here: what any one manifest says.
"""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import unquote

from pipelines.errors import InputError
from pipelines.sources.files import Candidate

_COMPRESSED = (".gz", ".zip")


def folder_of(name: str) -> str:
    """The folder part of a name."""
    return name.rpartition("/")[0]


def within(folder: str, name: str) -> bool:
    """Whether a file stands in a folder or below it."""
    return not folder or name.startswith(folder + "/")


def check_key(file: Candidate, key: str, *, listed_as: str, store: str) -> None:
    """Refuse a key that is no plain relative path: keys are only compared with names, yet none may point elsewhere.

    Args:
        file: the manifest.
        key: what it names.
        listed_as: the manifest's word for its list of keys.
        store: where manifests come from, for the next step.

    Raises:
        InputError: the key is absolute, has a drive or a scheme, or climbs.
    """
    plain = unquote(unquote(key)).replace("\\", "/")
    if ":" in plain.split("/")[0] or {"", ".", ".."} & set(plain.split("/")) or "\0" in plain:
        raise InputError(
            f"{listed_as} names {key!r}, which is not a path below the report's folder",
            file=file.name,
            next_step=f"take the manifest from {store} again; this one may have been tampered with",
        )


def delivered_as(manifest: Candidate, key: str, delivered: Iterable[str]) -> str | None:
    """The name, among those delivered, of a file that a manifest names; None where it did not come along.

    People add a whole store, a report's folder or one run alone. A manifest stands in its files' folder, above it, or
    in a folder beside it (`metadata/` beside `data/`), so a file is found below one of the folders the manifest stands
    in, by the longest end of its key, as it is or unpacked.
    """
    names = delivered if isinstance(delivered, (set, frozenset, dict)) else set(delivered)
    steps = key.split("/")
    folder = folder_of(manifest.name)
    above = folder.split("/") if folder else []
    for start in range(len(steps)):
        end = "/".join(steps[start:])
        for depth in range(len(above), -1, -1):
            if not _may_stand(steps, start, above, depth):
                continue
            name = "/".join((*above[:depth], end))
            for spelling in (name, *(name.removesuffix(ending) for ending in _COMPRESSED)):
                if spelling in names:
                    return spelling
    return None


def _may_stand(steps: list[str], start: int, above: list[str], depth: int) -> bool:
    """Whether the end of a key from `start` on may stand in a folder that the manifest stands in.

    Not in a folder that the key has elsewhere: a file left in the period's folder is none of a run's folder. And a name
    alone is looked for beside the manifest only.
    """
    if start and depth and above[depth - 1] in steps[:-1] and above[depth - 1] != steps[start - 1]:
        return False
    return depth == len(above) or start < len(steps) - 1
