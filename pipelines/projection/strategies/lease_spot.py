"""Every hour on spot capacity, for work that can be interrupted."""

from pipelines.projection.capacity import Sizer
from pipelines.projection.plan import Capacity

SUMMARY = "lease spot capacity"
OWNS = False
CONTRACTS = ("spot",)


def size(sizer: Sizer) -> Capacity:
    """No capacity held."""
    return Capacity(peak="spot")
