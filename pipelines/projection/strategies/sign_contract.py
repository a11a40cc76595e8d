"""Sign a contract of one's own for the base, lease the peak on demand."""

from pipelines.projection.capacity import Sizer
from pipelines.projection.plan import Capacity

SUMMARY = "sign a contract for {held} and lease the peak on demand"
OWNS = False
CONTRACTS = ("on_demand", "negotiated_contract")


def size(sizer: Sizer) -> Capacity:
    """GPUs for which the contract, its take-or-pay and its ramp cost least, decided anew at each renewal."""
    return sizer.negotiated("negotiated_contract")
