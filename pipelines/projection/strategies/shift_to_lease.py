"""Sell the fleet that stands and lease everything on demand."""

from pipelines.projection.capacity import Sizer
from pipelines.projection.plan import Capacity

SUMMARY = "sell the fleet and lease on demand"
OWNS = False
CONTRACTS = ("on_demand",)
FOR = "owned"


def size(sizer: Sizer) -> Capacity:
    """No capacity held."""
    return Capacity(sells_fleet=True)
