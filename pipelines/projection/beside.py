"""Cash of what comes beside leased capacity, on what was paid for the capacity itself."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pipelines.economics.rates import FloatArray
from pipelines.leasing.extras import LeaseComponent, all_lease_components
from pipelines.projection.plan import cash_of, plan_frame
from pipelines.projection.taxes import Line
from pipelines.projection.world import World


def beside_lines(lines: Sequence[Line], world: World) -> list[Line]:
    """A line for each item the scenario counts; none where nothing is leased.

    Args:
        lines: cash of leased capacity among others, before tax.
        world: draws and months, with the items counted.
    """
    leased = [line for line in lines if line.sourcing == "leased" and line.tax == "expense"]
    chosen = {name: all_lease_components()[name] for name in world.lease_components}
    if not leased or not chosen:
        return []
    compute = np.sum([line.total for line in leased], axis=0)
    found = {name: _line(name, item, compute, compute, world) for name, item in chosen.items() if not item.ON_BILL}
    bill = compute + sum(line.total for name, line in found.items() if chosen[name].BILLED)
    found |= {name: _line(name, item, compute, bill, world) for name, item in chosen.items() if item.ON_BILL}
    return [found[name] for name in sorted(found)]


def _line(name: str, item: LeaseComponent, compute: FloatArray, bill: FloatArray, world: World) -> Line:
    in_use = (compute > 0.0).astype(np.float64)
    columns = {
        "compute_usd": compute,
        "bill_usd": bill,
        "in_use_count": in_use,
        "first_use_count": in_use * (np.cumsum(in_use, axis=1) == 1.0),
    }
    (cash,) = cash_of([(name, item.cash(plan_frame(world, columns, item.NEEDS)))], world)
    return Line(name, "leased", "expense", *cash)
