"""Limits that all workloads of a capacity plan share, as rows of its program.

Belongs here: budget, power, space, concentration. Not here: rules that an option meets or not (`constraints.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipelines.economics.rates import FloatArray
from pipelines.projection.plan import served_gpus
from pipelines.projection.plan_parts import EXISTING, ON_DEMAND, SPOT, Limits, Part
from pipelines.projection.program import Columns, Program
from pipelines.units import MONTHS_PER_YEAR


@dataclass(frozen=True)
class LimitRows:
    """The rows of one limit, and how many units of a row one unit of the limit is."""

    rows: list[int]
    unit_ratio: float = 1.0


def limit_rows(program: Program, parts: Sequence[Part], limits: Limits) -> dict[str, LimitRows]:
    """Rows of the limits that the workloads share, by name."""
    rows: dict[str, LimitRows] = {}
    months = parts[0].offer.world.months if parts else 0
    owning = [(part.orders, part.server) for part in parts if part.orders is not None and part.server is not None]
    columns = np.concatenate([orders for orders, _ in owning]) if owning else np.zeros(0, dtype=np.int64)
    capex = np.concatenate([server.capex_usd_nominal for _, server in owning]) if owning else np.zeros((0, months))
    if limits.max_capex_usd is not None:
        rows["max_capex_usd"] = LimitRows([program.at_most(columns, capex.sum(axis=1), limits.max_capex_usd)])
    if limits.max_capex_usd_per_year is not None:
        rows["max_capex_usd_per_year"] = LimitRows(
            [
                program.at_most(
                    columns, capex[:, year : year + MONTHS_PER_YEAR].sum(axis=1), limits.max_capex_usd_per_year
                )
                for year in range(0, months, MONTHS_PER_YEAR)
            ]
        )
    for name, limit in (("max_power_kw", limits.max_power_kw), ("max_rack_units", limits.max_rack_units)):
        if limit is not None and owning:
            needs = np.concatenate([server.servers * server.needs(name) for _, server in owning])
            rows[name] = LimitRows([program.at_most(columns, needs[:, month], limit) for month in range(months)])
    if limits.max_share_per_counterparty_frac is not None:
        rows["max_share_per_counterparty_frac"] = _share_rows(program, parts, limits.max_share_per_counterparty_frac)
    return rows


def _share_rows(program: Program, parts: Sequence[Part], limit_frac: float) -> LimitRows:
    """For each third party: its GPU-hours over all workloads are at most that share of demand."""
    parties = sorted({party for part in parts for party in part.offer.counterparties.values()})
    demand_hours = sum(float((part.offer.world.demand_gpus[0] * part.offer.world.month_hours).sum()) for part in parts)
    rows = []
    for party in parties:
        columns: list[Columns] = []
        coefficients: list[FloatArray] = []
        limit = limit_frac * demand_hours
        for part in parts:
            world, of = part.offer.world, part.offer.counterparties
            hours = world.month_hours
            below = served_gpus(world, np.broadcast_to(world.existing.gpus, (1, world.months)))[0]
            limit -= float((below * hours).sum()) if of.get(EXISTING) == party else 0.0
            before: Columns | None = None
            for level in part.levels:
                if of.get(level.name) == party:
                    columns, coefficients = [*columns, level.served], [*coefficients, hours]
                    if before is None:
                        limit += float((below * hours).sum())
                    else:
                        columns, coefficients = [*columns, before], [*coefficients, -hours]
                before = level.served
            if of.get(ON_DEMAND) == party:
                limit -= float((world.demand_gpus[0] * hours).sum())
                for served in (before, part.spot):
                    if served is not None:
                        columns, coefficients = [*columns, served], [*coefficients, -hours]
                limit += float((below * hours).sum()) if before is None else 0.0
            if part.spot is not None and of.get(SPOT) == party:
                columns, coefficients = [*columns, part.spot], [*coefficients, hours]
        if columns:
            program_columns = np.concatenate(columns)
            unique, place = np.unique(program_columns, return_inverse=True)
            summed = np.bincount(place, np.concatenate(coefficients)).astype(np.float64)
            rows.append(program.at_most(unique, summed, limit))
    return LimitRows(rows, demand_hours)
