"""Commit the base for a year at a time, lease the peak on demand."""

from pipelines.projection.capacity import Sizer
from pipelines.projection.plan import Capacity

SUMMARY = "commit to {held}, a year at a time, and lease the peak on demand"
OWNS = False
CONTRACTS = ("on_demand", "commitment_1y")
PAYMENT_FORMS = True


def size(sizer: Sizer) -> Capacity:
    """GPUs whose hours are used more than the commitment's price over the on-demand price."""
    return sizer.commitment("commitment_1y")
