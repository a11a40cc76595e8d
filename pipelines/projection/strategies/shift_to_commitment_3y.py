"""Sell the fleet that stands, commit the base for three years at a time, lease the peak on demand."""

from dataclasses import replace

from pipelines.projection.capacity import Sizer
from pipelines.projection.plan import Capacity

SUMMARY = "sell the fleet, commit to {held}, three years at a time, and lease the peak on demand"
OWNS = False
CONTRACTS = ("on_demand", "commitment_3y")
PAYMENT_FORMS = True
FOR = "owned"


def size(sizer: Sizer) -> Capacity:
    """GPUs whose hours are used more than the commitment's price over the on-demand price."""
    return replace(sizer.commitment("commitment_3y"), sells_fleet=True)
