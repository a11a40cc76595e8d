"""What the solver finds: own, commit and lease in the months and amounts that cost least within the limits."""

from pipelines.projection.capacity import Sizer
from pipelines.projection.plan import Capacity

SUMMARY = "follow the capacity plan, hold {held} and lease the rest"
# Owning and commitments are options of the plan, not conditions of the strategy.
OWNS = False
CONTRACTS = ("on_demand",)
PLANNED = True


def size(sizer: Sizer) -> Capacity:
    """The plan."""
    return Capacity(mix=sizer.planned)
