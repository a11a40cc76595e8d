"""Ways to get the capacity: one strategy a module, each a choice of how much to hold of what.

A strategy module declares

    SUMMARY: str                  what it does, for people, as an order; {held} stands for the GPUs held
    OWNS: bool                    whether it buys hardware
    CONTRACTS: tuple[str, ...]    kinds of lease it uses
    size(sizer)                   the capacity it holds

and may declare

    SITE: str                     where what it buys stands: 'colocation' (otherwise) or 'data_center'
    FOR: str                      what serves today where it can be chosen: 'leased' (otherwise) or 'owned'
    PAYMENT_FORMS: bool           whether its commitment can be paid upfront: each form of the scenario is tried
    PLANNED: bool                 whether it holds what the solver finds, which is then asked before `size`

Adding a module adds a strategy. What a capacity costs is not decided here.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable, Mapping
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Protocol, cast

COLOCATION: Final = "colocation"
DATA_CENTER: Final = "data_center"
STANDING: Final = "standing"  # a fleet that is there already
REFERENCES: Final = {"leased": "stay_on_demand", "owned": "keep_owning"}  # nothing changes, by what serves today

if TYPE_CHECKING:
    from pipelines.projection.capacity import Sizer
    from pipelines.projection.plan import Capacity


class Strategy(Protocol):
    """What every module of this package provides."""

    __name__: str
    SUMMARY: str
    OWNS: bool
    CONTRACTS: tuple[str, ...]

    def size(self, sizer: Sizer) -> Capacity:
        """The capacity the strategy holds."""
        ...


def pays_by_form(strategy: Strategy) -> bool:
    """Whether the strategy leaves open how its commitment is paid."""
    return bool(getattr(strategy, "PAYMENT_FORMS", False))


def site_of(strategy: Strategy) -> str:
    """Where what the strategy buys stands."""
    return str(getattr(strategy, "SITE", COLOCATION))


def is_planned(strategy: Strategy) -> bool:
    """Whether the strategy holds what the solver finds."""
    return bool(getattr(strategy, "PLANNED", False))


def strategies_for(names: Iterable[str], sourcing: str) -> list[str]:
    """Those that can be chosen where capacity is leased, or owned, today; staying as today among them.

    Args:
        names: of strategies.
        sourcing: 'leased' or 'owned'.
    """
    fitting = {name for name in names if getattr(all_strategies()[name], "FOR", "leased") == sourcing}
    return sorted({*fitting, REFERENCES[sourcing]})


@cache
def all_strategies() -> Mapping[str, Strategy]:
    """Every strategy by name (the module's file name), in a stable order."""
    found: dict[str, Strategy] = {}
    for info in sorted(pkgutil.iter_modules(__path__), key=lambda item: item.name):
        found[info.name] = cast(Strategy, importlib.import_module(f"{__name__}.{info.name}"))
    return MappingProxyType(found)
