"""Nothing changes: the fleet that stands serves to the end of its life, the rest is leased on demand."""

from pipelines.projection.capacity import Sizer
from pipelines.projection.plan import Capacity

SUMMARY = "keep the fleet"
OWNS = False
CONTRACTS = ("on_demand",)
FOR = "owned"


def size(sizer: Sizer) -> Capacity:
    """Nothing beside the fleet."""
    return Capacity()
