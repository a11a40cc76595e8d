"""What owning costs, looking forward: one component a module, each a pure function to the same monthly frame.

Belongs here: the formula of a component and the assumptions it needs. Not here: how large the fleet is and when it goes
live (`projection/plan.py` puts that into the plan), discounting, tax. Adding a module adds a component.

A component module declares

    NEEDS: tuple[str, ...]          keys of the assumptions it multiplies; each is a column of the plan
    TAX: "expense" | "capital" | "resale"    how the tax office sees it
    cash(plan)                      the monthly frame of `monthly()`

and, where what it buys does not last as long as the hardware, or what it costs depends on the whole fleet of a site and
not on each server alone (a minimum, a step, a lump),

    LIFE = "…_life_months"          the assumption that says how long it lasts
    SCOPE = "site"                  it then sees GPUs and servers that stand there, not what each once cost

The plan has one row per draw and month. Costs are positive, proceeds negative, nominal USD.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Final, Literal, Protocol, cast

import polars as pl

from pipelines.units import MONTHS_PER_YEAR

TaxTreatment = Literal["expense", "capital", "resale"]
HARDWARE_LIFE: Final = "hardware_life_months"

MONTHLY_COLUMNS: Final = ("draw_index", "month_index", "component", "start_usd", "during_usd", "end_usd")


class Component(Protocol):
    """What every module of this package provides."""

    __name__: str
    NEEDS: tuple[str, ...]
    TAX: TaxTreatment

    def cash(self, plan: pl.LazyFrame) -> pl.LazyFrame:
        """The component's cash by draw and month, in the order of the plan's rows."""
        ...


def life_of(component: Component) -> str:
    """The assumption that says how many months lasts what a capital component buys."""
    return str(getattr(component, "LIFE", HARDWARE_LIFE))


def seen_by_site(component: Component) -> bool:
    """Whether a component's cost depends on the whole fleet of a site; else it is the same for every server."""
    return getattr(component, "SCOPE", "server") == "site"


def components_at(site: str, components: Mapping[str, Component]) -> dict[str, Component]:
    """The components that a kind of site has: those of every site and its own.

    Args:
        site: 'colocation' or 'data_center'.
        components: all in use.
    """
    return {name: item for name, item in components.items() if getattr(item, "SITE", site) == site}


@cache
def all_components() -> Mapping[str, Component]:
    """Every component by name (the module's file name), in a stable order."""
    found: dict[str, Component] = {}
    for info in sorted(pkgutil.iter_modules(__path__), key=lambda item: item.name):
        if info.name.startswith("_"):
            continue
        found[info.name] = cast(Component, importlib.import_module(f"{__name__}.{info.name}"))
    return MappingProxyType(found)


def monthly(
    plan: pl.LazyFrame,
    component: str,
    *,
    start: pl.Expr | None = None,
    during: pl.Expr | None = None,
    end: pl.Expr | None = None,
) -> pl.LazyFrame:
    """The monthly frame: one row per draw and month of the plan, in its order.

    Args:
        plan: draw × month.
        component: its name.
        start: USD paid at the start of the month (a purchase, a prepayment).
        during: USD paid over the month, at the timing the scenario says.
        end: USD paid at the end of the month (a sale, negative).
    """
    none = pl.lit(0.0)
    return plan.select(
        "draw_index",
        "month_index",
        component=pl.lit(component.rpartition(".")[2]),
        start_usd=none if start is None else start,
        during_usd=none if during is None else during,
        end_usd=none if end is None else end,
    )


def per_month(usd_per_year: pl.Expr) -> pl.Expr:
    """A running cost of the fleet in service, from USD a year to USD a month, escalated and on the scenario's basis.

    `charged_frac` is 1 where fixed cost runs by the calendar and the share of the hours used where it runs by use.
    """
    return usd_per_year / MONTHS_PER_YEAR * pl.col("opex_escalation_ratio") * pl.col("charged_frac")
