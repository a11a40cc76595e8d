"""Own a fleet in colocation that covers nearly every hour; what goes beyond it is leased on demand."""

from pipelines.projection.capacity import Sizer
from pipelines.projection.plan import Capacity

SUMMARY = "own {held} in colocation"
OWNS = True
CONTRACTS = ("on_demand",)


def size(sizer: Sizer) -> Capacity:
    """The typed fleet, or whole servers for the share of the time the scenario asks for."""
    return sizer.fleet_for_peak()
