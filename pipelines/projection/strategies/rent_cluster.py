"""Rent a cluster for a fixed term at a fixed rent, lease what goes beyond it on demand."""

import numpy as np

from pipelines.projection.capacity import Sizer
from pipelines.projection.plan import Capacity

SUMMARY = "rent {held} for a fixed term and lease the peak on demand"
OWNS = False
CONTRACTS = ("on_demand", "fixed_rental")


def size(sizer: Sizer) -> Capacity:
    """The typed number of GPUs, or the whole GPUs that mean demand fills today."""
    world = sizer.world
    gpus = sizer.typed_gpus if sizer.typed_gpus is not None else np.floor(world.demand_gpus[0, 0] + 1e-9)
    return Capacity(
        commitment="fixed_rental",
        committed_gpus=np.full(world.months, float(gpus)),
        term_months=max(int(world.values["rental_term_months"][0]), 1),
    )
