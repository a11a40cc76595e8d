"""What comes beside the price of leased capacity: one item a module, each a pure function to the same monthly frame.

Belongs here: storage, support, lost work, setting up and whatever else a cluster costs that its price by the hour does
not hold. Not here: the price itself (`leasing/<kind>.py`). Adding a module adds an item; a scenario names those it
counts under `lease_components`.

A module declares

    NEEDS: tuple[str, ...]   keys of the assumptions it multiplies; each is a column of the plan
    BILLED: bool             whether the provider bills it with the capacity
    ON_BILL: bool            whether it is computed on that bill, after the others
    cash(plan)               the monthly frame of `owning.monthly()`

The plan has one row per draw and month: `compute_usd` paid for leased capacity, `bill_usd` with what is billed beside
it, `in_use_count` 1 where anything is leased, `first_use_count` 1 in the first such month.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Protocol, cast

import polars as pl


class LeaseComponent(Protocol):
    """What every module of this package provides."""

    __name__: str
    NEEDS: tuple[str, ...]
    BILLED: bool
    ON_BILL: bool

    def cash(self, plan: pl.LazyFrame) -> pl.LazyFrame:
        """The item's cash by draw and month, in the order of the plan's rows."""
        ...


@cache
def all_lease_components() -> Mapping[str, LeaseComponent]:
    """Every item by name (the module's file name), in a stable order."""
    found: dict[str, LeaseComponent] = {}
    for info in sorted(pkgutil.iter_modules(__path__), key=lambda item: item.name):
        found[info.name] = cast(LeaseComponent, importlib.import_module(f"{__name__}.{info.name}"))
    return MappingProxyType(found)
