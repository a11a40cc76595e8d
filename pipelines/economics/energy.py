"""Power and energy of servers. The same functions take numbers, arrays and polars expressions."""

from __future__ import annotations

from typing import TypeVar

import polars as pl

from pipelines.economics.rates import FloatArray

Number = TypeVar("Number", float, FloatArray, pl.Expr)


def server_kw(idle_kw: Number, peak_kw: Number, utilisation_frac: Number) -> Number:
    """Power at the wall by load: `idle + (peak − idle) · u`.

    Args:
        idle_kw: draw without load.
        peak_kw: draw at full load.
        utilisation_frac: load u, 0–1.
    """
    return idle_kw + (peak_kw - idle_kw) * utilisation_frac


def facility_kwh(it_kw: Number, hours: Number, pue_ratio: Number) -> Number:
    """Energy the building takes for a load: `kW · h · PUE`.

    Args:
        it_kw: power of the IT load.
        hours: how long.
        pue_ratio: facility energy over IT energy, at least 1.
    """
    return it_kw * hours * pue_ratio
