"""Buy the base in blocks of half a year, paid in advance; lease the peak on demand."""

from pipelines.projection.capacity import Sizer
from pipelines.projection.plan import Capacity

SUMMARY = "buy capacity blocks of {held}, half a year at a time, and lease the peak on demand"
OWNS = False
CONTRACTS = ("on_demand", "capacity_block")


def size(sizer: Sizer) -> Capacity:
    """GPUs whose hours are used more than the block's price over the on-demand price, money in advance counted."""
    return sizer.commitment("capacity_block", upfront_frac=1.0)
