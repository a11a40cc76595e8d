"""Commit the base for a year at a time, lease the peak on demand."""

from pipelines.leasing import commitment_1y
from pipelines.projection.capacity import Sizer
from pipelines.projection.plan import Capacity

SUMMARY = "commit to {held}, a year at a time, and lease the peak on demand"
OWNS = False
CONTRACTS = ("on_demand", "commitment_1y")


def size(sizer: Sizer) -> Capacity:
    """GPUs whose hours are used more than the commitment's price over the on-demand price."""
    values = sizer.world.values
    return sizer.commitment_for_base(
        "commitment_1y",
        commitment_1y.TERM_MONTHS,
        float(values["commitment_1y_price_ratio"][0]),
        float(values["commitment_1y_upfront_frac"][0]),
    )
