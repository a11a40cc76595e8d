"""What a contract cannot say: one module a rule, discovered from this folder, never listed.

A rule module declares

    GATE: "ingest" or "publish"
    NEEDS: tables that must hold rows; without them there is nothing to check
    checks(look)    its checks, in a fixed order
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping, Sequence
from functools import cache
from types import MappingProxyType
from typing import Protocol, cast

from pipelines.quality.check import Check, Gate, Look


class Rule(Protocol):
    """What every module of this package provides."""

    GATE: Gate
    NEEDS: tuple[str, ...]

    def checks(self, look: Look) -> Sequence[Check]:
        """The rule's checks on what there is."""
        ...


@cache
def all_rules() -> Mapping[str, Rule]:
    """Every rule by name (the module's file name), in a stable order."""
    names = sorted(info.name for info in pkgutil.iter_modules(__path__))
    return MappingProxyType({name: cast(Rule, importlib.import_module(f"{__name__}.{name}")) for name in names})
