"""A building of one's own: when it is built and paid, when it is ready, and what it is worth at the horizon.

Belongs here: the plan columns that components of a data center read. Not here: their prices (`owning/facility*.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from pipelines.economics.rates import FloatArray
from pipelines.projection.world import World

BUILD_KEY: Final = "facility_build_months"
# What a building of one's own has instead of a colocation site's terms.
OWN_TERMS: Final[Mapping[str, str]] = {
    "pue_ratio": "facility_pue_ratio",
    "demand_charge_usd_per_kw_month": "facility_demand_charge_usd_per_kw_month",
}


def months_to_order(world: World) -> FloatArray:
    """Months from the start of building to the order of hardware, by draw: it arrives when the building is ready."""
    waited: FloatArray = np.maximum(world.values[BUILD_KEY] - world.values["lead_time_months"], 0.0)
    return waited


def facility_columns(world: World, fleet: Mapping[str, FloatArray], start_index: int) -> dict[str, FloatArray]:
    """Plan columns of the building, shape (draws, months).

    Args:
        world: draws and months.
        fleet: plan columns of the hardware in it.
        start_index: month in which building begins.
    """
    shape = (world.draws, world.months)
    month = np.arange(world.months, dtype=np.float64)[None, :]
    build = np.maximum(world.values[BUILD_KEY], 1.0)[:, None]
    live = np.maximum.accumulate(fleet["in_service_count"], axis=1)
    last = (month == world.months - 1) & (world.resale is not None)
    columns = {
        "built_servers_count": fleet["owned_servers_count"].max(axis=1, keepdims=True),
        "facility_due_frac": ((month >= start_index) & (month < start_index + build)) / build,
        "facility_live_count": live,
        "facility_age_months": np.cumsum(live, axis=1),
        "facility_sale_due_count": live * last,
    }
    columns |= {name: world.values[key][:, None] for name, key in OWN_TERMS.items() if key in world.values}
    return {name: np.broadcast_to(array, shape) for name, array in columns.items()}
