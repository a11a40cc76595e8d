"""What leasing costs, looking forward: one kind of lease a module, each a pure function to the same monthly frame.

Belongs here: what a contract charges for capacity held and hours used. Not here: how much of it a strategy takes
(`projection/strategies/`), price paths. Adding a module adds a kind of lease; `_name.py` is shared arithmetic.

A contract module declares

    NEEDS: tuple[str, ...]      keys of the assumptions it multiplies; each is a column of the plan
    TERM_MONTHS: int | None     months the price of signature holds; None where capacity follows the list price
    cash(plan)                  the monthly frame of `owning.monthly()`

and, where all that a strategy does not hold can be taken from it (`conventions.market`),

    market_price(values, token_basis)   USD per GPU-hour today, by draw
    MEASURED: tuple[str, ...]           what it multiplies that is measured or typed, and never assumed

The plan has one row per draw and month, with this contract's own `leased_gpus` (capacity held), `leased_gpu_hours`
(hours used on it), `list_usd_per_gpu_hour` (on-demand path) and `signed_usd_per_gpu_hour` (path at signature). One that
is signed for a term has `term_hours` and `term_gpu_hours` (of all GPUs held) in the month of signature, `stub_hours`
beyond the horizon in the last month, and `upfront_frac` and `upfront_price_ratio` of the payment form.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Protocol, cast

import polars as pl

from pipelines.economics.rates import FloatArray
from pipelines.economics.tokens import TokenBasis


class LeaseContract(Protocol):
    """What every module of this package provides."""

    __name__: str
    NEEDS: tuple[str, ...]
    TERM_MONTHS: int | None

    def cash(self, plan: pl.LazyFrame) -> pl.LazyFrame:
        """The contract's cash by draw and month, in the order of the plan's rows."""
        ...


@cache
def all_lease_contracts() -> Mapping[str, LeaseContract]:
    """Every kind of lease by name (the module's file name), in a stable order."""
    found: dict[str, LeaseContract] = {}
    for info in sorted(pkgutil.iter_modules(__path__), key=lambda item: item.name):
        if info.ispkg or info.name.startswith("_"):
            continue
        found[info.name] = cast(LeaseContract, importlib.import_module(f"{__name__}.{info.name}"))
    return MappingProxyType(found)


def all_markets() -> Mapping[str, LeaseContract]:
    """Kinds of lease from which everything that is not held can be taken, by name."""
    return {name: contract for name, contract in all_lease_contracts().items() if hasattr(contract, "market_price")}


def market_price(market: str, values: Mapping[str, FloatArray], token_basis: TokenBasis) -> FloatArray:
    """Price of a GPU-hour on a market today, by draw.

    Args:
        market: kind of lease.
        values: number by assumption and draw.
        token_basis: which tokens a throughput counts.
    """
    price: FloatArray = all_markets()[market].market_price(values, token_basis)  # type: ignore[attr-defined]
    return price
