"""Own the base in colocation, lease the burst on demand."""

from pipelines.projection.capacity import Sizer
from pipelines.projection.plan import Capacity

SUMMARY = "own {held} in colocation and lease the burst on demand"
OWNS = True
CONTRACTS = ("on_demand",)


def size(sizer: Sizer) -> Capacity:
    """The fleet that screening curves on the duration curve find worth owning."""
    return sizer.fleet_for_base()
