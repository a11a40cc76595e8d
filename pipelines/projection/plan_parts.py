"""What a capacity plan may choose and share, and the columns it has for it.

Belongs here: the shapes that the program (`capacity_plan.py`) and its shared limits (`plan_limits.py`) speak in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from pipelines.economics.rates import FloatArray
from pipelines.owning import Component
from pipelines.projection.mix import Mix
from pipelines.projection.mix_costs import CommitmentCosts, ServerCosts
from pipelines.projection.program import Columns
from pipelines.projection.terms import Tax
from pipelines.projection.world import World

COVERAGE: Final = "every hour served without on-demand capacity"
ON_DEMAND, SPOT, EXISTING = "on_demand", "spot", "existing_contract"


@dataclass(frozen=True)
class Offer:
    """What may be chosen for one workload.

    Attributes:
        workload: its name.
        world: central, one draw.
        components: owning components in use.
        tax: None without income tax.
        own: whether hardware may be bought.
        kinds: kinds of commitment that may be signed.
        on_demand: whether what is left may be leased on demand; else capacity has to cover every hour.
        spot_frac: share of demand that may be put on spot.
        counterparties: third party by option: `OWN`, a kind of lease.
        every_months: months between two rounds of orders and signatures, the first in month 0.
    """

    workload: str
    world: World
    components: Mapping[str, Component]
    tax: Tax | None = None
    own: bool = True
    kinds: tuple[str, ...] = ()
    on_demand: bool = True
    spot_frac: float = 0.0
    counterparties: Mapping[str, str] = field(default_factory=dict)
    every_months: int = 1


@dataclass(frozen=True)
class Limits:
    """What all workloads share; None where nothing is limited.

    Attributes:
        max_capex_usd: money into hardware over the horizon, nominal.
        max_capex_usd_per_year: the same in each year from the day of decision.
        max_power_kw: power contracted for servers in service.
        max_rack_units: rack space of servers in service.
        max_share_per_counterparty_frac: share of the GPU-hours of demand that one third party serves.
    """

    max_capex_usd: float | None = None
    max_capex_usd_per_year: float | None = None
    max_power_kw: float | None = None
    max_rack_units: float | None = None
    max_share_per_counterparty_frac: float | None = None

    def named(self) -> dict[str, float]:
        """The limits that there are."""
        return {name: value for name, value in vars(self).items() if value is not None}


@dataclass
class Level:
    """Capacity up to one kind in the order of merit: its columns by month, and what they hold."""

    name: str
    gpus: Columns  # column of the capacity reached
    served: Columns  # column of the mean GPUs served by it


@dataclass
class Part:
    """The columns of one workload."""

    offer: Offer
    server: ServerCosts | None
    commitments: dict[str, CommitmentCosts]
    merit: tuple[str, ...]
    levels: list[Level]
    constant_usd: float
    orders: Columns | None = None
    signed: dict[str, Columns] = field(default_factory=dict)
    spot: Columns | None = None
    steps: list[int] = field(default_factory=list)

    def mix(self, values: FloatArray) -> Mix:
        """The plan in the solver's values, whole numbers made whole."""
        months = self.offer.world.months
        ordered = np.zeros(months)
        if self.orders is not None and self.server is not None:
            at = self.server.order_months.astype(np.int64)
            ordered[at] = np.rint(values[self.orders]) * self.server.server_gpus
        signed = {kind: np.rint(values[columns]) for kind, columns in self.signed.items()}
        return Mix(ordered, signed, self.merit, self.offer.spot_frac if self.spot is not None else 0.0)
