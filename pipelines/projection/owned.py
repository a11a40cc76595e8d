"""Subjects of what runs on owned GPUs today: the same reading of history, and the fleet that serves it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import replace
from typing import Final

import polars as pl

from pipelines.projection.evidence import Evidence, Resolved, Subject
from pipelines.projection.history import LEASED, LEVEL_KEY, POOL, subjects_of
from pipelines.projection.scenario import Conventions, HistoryDemand
from pipelines.projection.standing import standing_fleet
from pipelines.projection.work import reference_ratios, unknown_work

OWNED: Final = "owned"
REALISED: Final = "realised_usd_per_gpu_hour"


def owned_subjects(
    evidence: Evidence,
    demand: HistoryDemand,
    conventions: Conventions,
    as_of: dt.date,
    months: int,
    taken: Collection[str],
) -> list[Subject]:
    """One subject a workload with use on owned GPUs before `as_of`, and one for all of them pooled.

    Args:
        evidence: frames from marts.
        demand: which workloads, over which days.
        conventions: what the lease price includes.
        as_of: the day of the decision.
        months: horizon.
        taken: names of subjects of leased use; what is owned of the same workload is called '… (owned)'.

    Returns:
        Sorted by workload, the pool last; those without a fleet in the register are left out.
    """
    as_leased = replace(
        evidence,
        usage_hourly=_swapped(evidence.usage_hourly),
        tco_daily=_swapped(evidence.tco_daily),
        lease_contracts=None,
    )
    found = subjects_of(as_leased, demand, conventions, as_of, months)
    ratios = reference_ratios(evidence.gpu_models)
    by_model: dict[str | None, float] = {}
    for subject in found:
        if subject.workload != POOL:
            by_model[subject.gpu_model] = by_model.get(subject.gpu_model, 0.0) + subject.level_gpus
    owned = []
    for subject in found:
        pooled = subject.workload == POOL
        of_model = None if pooled else subject.gpu_model
        fleet = standing_fleet(evidence.assets, ratios, subject.gpu_model, as_of, of_model)
        total = by_model.get(subject.gpu_model, 0.0)
        share = 1.0 if pooled else subject.level_gpus / total if total > 0.0 else 0.0
        if fleet is None or share == 0.0:
            continue
        told = {key: Resolved.certain(value, "mean of the asset register") for key, value in fleet.numbers.items()}
        # What an owned hour cost is no price at which an hour can be leased.
        kept = {key: value for key, value in subject.values.items() if key != REALISED}
        name = f"{subject.workload} (owned)" if pooled or subject.workload in taken else subject.workload
        gap = unknown_work(fleet.models, subject.gpu_model, ratios)
        gaps = {LEVEL_KEY: gap, **subject.gaps} if gap else subject.gaps
        owned.append(replace(subject, workload=name, fleet=fleet.share(share), values=kept | told, gaps=gaps))
    return owned


def _swapped(frame: pl.DataFrame | None) -> pl.DataFrame | None:
    """Owned rows where leased ones stood, and the other way round."""
    if frame is None:
        return None
    turned = pl.col("sourcing").replace({OWNED: LEASED, LEASED: OWNED})
    return frame.with_columns(sourcing=turned)
