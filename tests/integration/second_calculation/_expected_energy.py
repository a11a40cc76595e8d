"""Energy and carbon of each pool and workload."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction

from _company import Company, Row
from _expected_allocation import Allocation
from _expected_bills import NO_MODEL, ZERO, Charge, Holder, Pool
from _expected_dates import months_later
from _expected_places import is_in_service
from _expected_power import ALL_DAYS, AssetHour, WallEnergy, server_kind
from _expected_rules import NOBODY, SHARED
from _expected_shares import MICROWATT_HOURS_PER_KWH, counted, split, sums
from _expected_site import terms
from _expected_usage import AN_HOUR, Share, Usage

GRAMS_PER_KG = 1000
HOURS_PER_MONTH = Fraction("730.5")
Energy = dict[Holder, dict[str, Fraction]]
Found = Iterator[tuple[Pool, str, Fraction]]


def energy(
    company: Company,
    usage: Usage,
    wall: Mapping[AssetHour, WallEnergy],
    charges: Iterable[Charge],
    allocation: Allocation,
) -> Energy:
    """Each column of each pool and workload; one that is unknown is not there."""
    found: Energy = defaultdict(dict)

    def add(column: str, rows: Iterable[tuple[Pool, str, Fraction]]) -> None:
        for pool, workload, amount in rows:
            row = found[pool, workload]
            row[column] = row.get(column, ZERO) + amount

    add("gpu_energy_kwh", _of_gpus(usage))
    add("wall_energy_kwh", _of_leased(company, usage))
    for pool, workload, kwh in _of_owned(company, usage, wall):
        site = terms(company, pool.location, pool.day)
        at_site = kwh * Fraction(site["pue_ratio"])
        grams = site["grid_gco2e_per_kwh"]
        add("wall_energy_kwh", [(pool, workload, kwh)])
        add("facility_energy_kwh", [(pool, workload, at_site)])
        if grams is not None:
            add("operational_kgco2e", [(pool, workload, at_site * Fraction(grams) / GRAMS_PER_KG)])
    add("embodied_kgco2e", _embodied(company, charges, allocation))
    return found


def _of_gpus(usage: Usage) -> Found:
    for at in usage.devices:
        for workload, share in usage.shares(at).items():
            if share.is_known:
                yield usage.pool_of[at], workload, share.kwh


def _of_leased(company: Company, usage: Usage) -> Found:
    """By the largest server of the model that was measured; of GPUs whose energy nobody knows there is none."""
    for at in usage.devices:
        pool = usage.pool_of[at]
        kind = _largest(company, pool.model, "fixed_wall_kw") if pool.sourcing == "leased" else None
        for workload, share in usage.shares(at).items() if kind else ():
            if kind and share.is_known:
                fixed = Fraction(kind["fixed_wall_kw"]) / kind["gpus"] * share.known / AN_HOUR
                yield pool, workload, share.kwh * Fraction(kind["wall_to_gpu_ratio"]) + fixed


def _of_owned(company: Company, usage: Usage, wall: Mapping[AssetHour, WallEnergy]) -> Found:
    assets = {row["asset_id"]: row for row in company.assets}
    for (asset_id, hour), parts in wall.items():
        asset = assets[asset_id]
        if not asset["gpus"]:
            yield Pool(hour.date(), "owned", asset["site_id"], NO_MODEL), SHARED, parts.fixed
            continue
        pool = Pool(hour.date(), "owned", asset["site_id"], asset["gpu_model"])
        shares = usage.shares(usage.host_of.get((asset_id, hour)))
        for amount, weights in (
            (parts.fixed, _time(asset, shares)),
            (parts.of_seen, _work(shares)),
            (parts.of_unseen, {NOBODY: Fraction(1)}),
        ):
            for workload, kwh in split(amount, weights).items():
                yield pool, workload, kwh


def _time(asset: Row, shares: Mapping[str, Share]) -> dict[str, Fraction]:
    """GPU time by who held it; what was not seen is nobody's."""
    held = defaultdict(Fraction, {workload: counted(share.seconds / AN_HOUR) for workload, share in shares.items()})
    held[NOBODY] += max(ZERO, asset["gpus"] - sum(held.values()))
    return held


def _work(shares: Mapping[str, Share]) -> dict[str, Fraction]:
    """Energy of the GPUs, else time they were busy, else time they were seen."""
    for weights in (
        {workload: max(ZERO, counted(share.kwh, MICROWATT_HOURS_PER_KWH)) for workload, share in shares.items()},
        {workload: counted(share.busy / AN_HOUR) for workload, share in shares.items()},
        {workload: counted(share.seconds / AN_HOUR) for workload, share in shares.items()},
    ):
        if sum(weights.values()):
            return weights
    return {NOBODY: Fraction(1)}


def _embodied(company: Company, charges: Iterable[Charge], allocation: Allocation) -> Found:
    # More time taken back than given embodies nothing.
    leased = {pool: kg for pool, kg in sums(_embodied_of_leased(company, charges)).items() if kg > 0}
    for pool, kg in (sums(_embodied_of_owned(company)) | leased).items():
        for workload, part in split(kg, _holders(allocation, pool)).items():
            yield pool, workload, part


def _holders(allocation: Allocation, pool: Pool) -> dict[str, Fraction]:
    if pool.model == NO_MODEL:
        return {SHARED: Fraction(1)}
    holders: dict[str, Fraction] = defaultdict(Fraction)
    for slot, hours in allocation.hours.get(pool, {}).items():
        holders[slot.workload] += hours
    return holders if sum(holders.values()) else {NOBODY: Fraction(1)}


def _embodied_of_leased(company: Company, charges: Iterable[Charge]) -> Iterator[tuple[Pool, Fraction]]:
    for charge in charges:
        kind = _largest(company, charge.model or "", "embodied_kgco2e")
        if kind and charge.role == "gpu":
            gpu_months = kind["gpus"] * kind["embodied_life_months"]
            yield charge.pool, Fraction(kind["embodied_kgco2e"]) * charge.hours / (gpu_months * HOURS_PER_MONTH)


def _embodied_of_owned(company: Company) -> Iterator[tuple[Pool, Fraction]]:
    for asset in company.assets:
        kg, live = asset.get("embodied_kgco2e"), asset["go_live_date"]
        if kg is None and asset["gpus"]:
            kg = server_kind(company, asset["gpu_model"], asset["gpus"]).get("embodied_kgco2e")
        if kg is None or live is None:
            continue
        end = months_later(live, asset["life_months"])
        model = asset["gpu_model"] if asset["gpus"] else NO_MODEL
        for day in ALL_DAYS:
            if is_in_service(asset, day) and day < end:
                yield Pool(day, "owned", asset["site_id"], model), Fraction(kg) / (end - live).days


def _largest(company: Company, model: str, figure: str) -> Row | None:
    kinds = [kind for kind in company.server_kinds if kind["gpu_model"] == model and kind[figure] is not None]
    return max(kinds, key=lambda kind: kind["gpus"], default=None)
