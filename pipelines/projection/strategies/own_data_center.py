"""Own a fleet in a data center of one's own that covers nearly every hour; what goes beyond it is leased on demand."""

from pipelines.projection.capacity import Sizer
from pipelines.projection.plan import Capacity

SUMMARY = "own {held} in a data center of one's own"
OWNS = True
CONTRACTS = ("on_demand",)
SITE = "data_center"


def size(sizer: Sizer) -> Capacity:
    """The typed fleet, or whole servers for the share of the time the scenario asks for."""
    return sizer.fleet_for_peak()
