"""FILES → CONTRACT ROWS. One module a format, discovered from the folders, never listed.

Belongs here: recognising a delivery by its content, and saying how each of its columns becomes a contract column.
Not here: Dagster, dbt, table names beyond the contract, the order of versions in the warehouse, any network.

A source module declares

    KIND: str         the folder it stands in
    TABLE: str        the contract its rows obey
    SUMMARY: str      one line for people, shown by `tenure add` and in the docs
    MODE: str         "replace" (a delivery replaces its scope whole) or "append" (samples, prices: each adds)
    SCOPE: str        SQL over the contract columns: what one delivery replaces, as text ("replace" only)
    claim(files)      the deliveries it recognises among files, by content
    read(delivery)    how the delivery's files become contract rows
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping, Sequence
from functools import cache
from types import MappingProxyType
from typing import Protocol, cast

from pipelines.errors import UsageError
from pipelines.sources.files import Candidate
from pipelines.sources.model import Claim, Delivery, Reading

KINDS = ("billing", "telemetry", "prices", "registers")


class Source(Protocol):
    """What every module under `sources/<kind>/` provides."""

    __name__: str
    KIND: str
    TABLE: str
    SUMMARY: str
    MODE: str
    SCOPE: str

    def claim(self, files: Sequence[Candidate]) -> list[Claim]:
        """Return the deliveries this source recognises; files of other formats are left alone.

        Raises:
            IncompleteDeliveryError: a manifest names a file that is not among `files`.
        """
        ...

    def read(self, delivery: Delivery) -> Reading:
        """Return how the delivery's files become rows of `TABLE`.

        Raises:
            InputError: a required column is missing, or a file cannot be read at all.
        """
        ...


@cache
def all_sources() -> Mapping[str, Source]:
    """Every source by name (the module's file name), in a stable order."""
    found: dict[str, Source] = {}
    for kind in KINDS:
        package = importlib.import_module(f"{__name__}.{kind}")
        for info in sorted(pkgutil.iter_modules(package.__path__), key=lambda item: item.name):
            if not info.name.startswith("_"):
                found[info.name] = cast(Source, importlib.import_module(f"{package.__name__}.{info.name}"))
    return MappingProxyType(found)


def source_named(name: str) -> Source:
    """The source of that name.

    Raises:
        UsageError: there is none.
    """
    try:
        return all_sources()[name]
    except KeyError:
        known = ", ".join(all_sources())
        raise UsageError(f"no source is called {name!r}", next_step=f"use one of: {known}") from None
