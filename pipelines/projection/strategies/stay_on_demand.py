"""Nothing changes: every hour is leased on demand. The reference that the others are compared with."""

from pipelines.projection.capacity import Sizer
from pipelines.projection.plan import Capacity

SUMMARY = "stay on demand"
OWNS = False
CONTRACTS = ("on_demand",)


def size(sizer: Sizer) -> Capacity:
    """No capacity held."""
    return Capacity()
