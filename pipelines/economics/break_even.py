"""Where two costs meet: in closed form, and as the crossing of a curve."""

from __future__ import annotations

import numpy as np

from pipelines.economics.rates import FloatArray


def break_even_hours(capex_usd: float, lease_usd_per_hour: float, opex_usd_per_hour: float) -> float | None:
    """Hours of use after which buying has paid for itself: `capex / (lease − opex)`; None for never.

    Args:
        capex_usd: outlay.
        lease_usd_per_hour: what an hour of use costs leased.
        opex_usd_per_hour: what an hour of use costs owned, without the outlay.
    """
    saving = lease_usd_per_hour - opex_usd_per_hour
    return capex_usd / saving if saving > 0.0 else None


def break_even_utilisation_frac(
    fixed_usd: float, lease_usd_per_hour: float, opex_usd_per_hour: float, hours: float
) -> float:
    """Share of the hours that must be used for owning to cost what leasing costs.

    `u = fixed / ((lease − opex) · hours)`; above 1 it cannot be reached.

    Args:
        fixed_usd: what owning costs whatever the use.
        lease_usd_per_hour: what an hour of use costs leased.
        opex_usd_per_hour: what an hour of use adds when owned.
        hours: hours there are.
    """
    return fixed_usd / ((lease_usd_per_hour - opex_usd_per_hour) * hours)


def nearest_crossing(x: FloatArray, y: FloatArray, near: float) -> int | None:
    """Index i of the segment `x[i] … x[i + 1]` in which y changes sign, nearest to a point; None for none.

    Args:
        x: ascending positions.
        y: values at them; zero counts as not negative.
        near: the point.
    """
    segments = np.flatnonzero(np.diff((y >= 0.0).astype(np.int8)))
    if segments.size == 0:
        return None
    middles = 0.5 * (x[segments] + x[segments + 1])
    return int(segments[np.argmin(np.abs(middles - near))])


def zero_between(x0: float, y0: float, x1: float, y1: float) -> float:
    """Where the straight line through two points is zero; exact when the curve is straight between them."""
    return x0 if y0 == y1 else x0 - y0 * (x1 - x0) / (y1 - y0)
