"""Energy at the wall of each hour of an owned asset: by its meter, else by its GPUs, else as if it did nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from itertools import pairwise

from _company import AS_OF, FIRST, Company, Row
from _expected_bills import ZERO
from _expected_devices import J_PER_KWH, LONGEST_GAP, hours_of
from _expected_places import is_in_service
from _expected_usage import AN_HOUR, DeviceTime, NodeHour, Usage

AssetHour = tuple[str, datetime]
ALL_DAYS = tuple(FIRST + timedelta(days=number) for number in range((AS_OF - FIRST).days))


@dataclass(frozen=True)
class WallEnergy:
    """kWh of an hour: the fixed part, and the moving one of GPUs that were seen and of those that were not."""

    fixed: Fraction
    of_seen: Fraction = ZERO
    of_unseen: Fraction = ZERO

    @property
    def whole(self) -> Fraction:
        """All of it."""
        return self.fixed + self.of_seen + self.of_unseen


def server_kind(company: Company, model: str, gpus: int) -> Row:
    """What is known of servers of a model with so many GPUs."""
    kinds = (kind for kind in company.server_kinds if (kind["gpu_model"], kind["gpus"]) == (model, gpus))
    return next(kinds, {})


def wall_energy(company: Company, usage: Usage) -> dict[AssetHour, WallEnergy]:
    """Every hour in service of every asset."""
    metered = _metered(company)
    found: dict[AssetHour, WallEnergy] = {}
    for asset in company.assets:
        for day in ALL_DAYS:
            for number in range(24 if is_in_service(asset, day) else 0):
                hour = datetime.combine(day, datetime.min.time()) + timedelta(hours=number)
                at = (asset["asset_id"], hour)
                seen = usage.devices.get(usage.host_of.get(at), {})
                found[at] = _energy(company, asset, seen.values(), metered[asset.get("node") or "", hour])
    return found


def _metered(company: Company) -> dict[NodeHour, tuple[Fraction, Fraction]]:
    """Seconds that the node's meter covers, each reading to the next, or as long as it was waited for; and kWh."""
    found: dict[NodeHour, tuple[Fraction, Fraction]] = defaultdict(lambda: (ZERO, ZERO))
    series: dict[str, list[tuple[datetime, Fraction]]] = defaultdict(list)
    for row in company.meter_readings:
        if row["system_power_w"] is not None:
            series[row["node"]].append((row["sampled_at"], Fraction(row["system_power_w"])))
    gap = timedelta(seconds=int(LONGEST_GAP))
    for node, moments in series.items():
        waited = gap
        for (when, watts), (following, _) in pairwise([*sorted(moments), (datetime.max, ZERO)]):
            last = following if following - when <= gap else when + min(waited, gap)
            waited = following - when
            for hour, seconds in hours_of(when, last):
                before = found[node, hour]
                found[node, hour] = (before[0] + seconds, before[1] + watts * seconds / J_PER_KWH)
    return found


def _energy(
    company: Company, asset: Row, seen: Collection[DeviceTime], metered: tuple[Fraction, Fraction]
) -> WallEnergy:
    if not asset["gpus"]:
        return WallEnergy(Fraction(asset["idle_kw"]))
    fixed_kw, ratio = _fixed_and_ratio(company, asset)
    modelled = _modelled(asset, seen, fixed_kw, ratio)
    base_kw = Fraction(asset["idle_kw"]) if fixed_kw is None else fixed_kw
    covered, kwh = metered[0] / AN_HOUR, metered[1]
    fixed = min(base_kw * covered, kwh)
    seen_frac = _hours(asset, ((time, time.covered) for time in seen))
    # The part of the hour that the meter does not cover goes by the mean of the whole hour.
    return WallEnergy(
        fixed + (1 - covered) * modelled.fixed,
        (kwh - fixed) * seen_frac + (1 - covered) * modelled.of_seen,
        (kwh - fixed) * (1 - seen_frac) + (1 - covered) * modelled.of_unseen,
    )


def _fixed_and_ratio(company: Company, asset: Row) -> tuple[Fraction | None, Fraction]:
    """KW before the GPUs draw anything, None where nobody knows; and kWh at the wall of one of the GPUs."""
    kind = server_kind(company, asset["gpu_model"], asset["gpus"])
    own_kw, own_ratio = asset.get("fixed_wall_kw"), asset.get("wall_to_gpu_ratio")
    kw = kind.get("fixed_wall_kw") if own_kw is None else own_kw
    ratio = kind.get("wall_to_gpu_ratio") if own_ratio is None else own_ratio
    return None if kw is None else Fraction(kw), Fraction(ratio or 0)


def _modelled(asset: Row, seen: Collection[DeviceTime], fixed_kw: Fraction | None, ratio: Fraction) -> WallEnergy:
    """An hour without a meter: as far as GPU energy is known by that, else by their use, else as if idle."""
    idle_kw, peak_kw = Fraction(asset["idle_kw"]), Fraction(asset["peak_kw"])
    # Without a fixed part and a ratio, energy of the GPUs says nothing of the wall.
    base_kw = idle_kw if fixed_kw is None else fixed_kw
    known = [ZERO if fixed_kw is None else time.known for time in seen]
    unknown = [max(ZERO, time.covered - seconds) for time, seconds in zip(seen, known, strict=True)]
    used = [(time, min(time.used, seconds)) for time, seconds in zip(seen, unknown, strict=True) if time.used]
    by_energy = min(Fraction(1), _hours(asset, zip(seen, known, strict=True)))
    by_use = min(1 - by_energy, _hours(asset, used))
    by_nothing = 1 - by_energy - by_use
    all_use = _hours(asset, used)
    use = _hours(asset, ((time, seconds * time.use / time.used) for time, seconds in used))
    used_kw = idle_kw + (peak_kw - idle_kw) * (use / all_use if all_use else ZERO)
    kwh = sum((time.kwh for time in seen), ZERO) if fixed_kw is not None else ZERO
    return WallEnergy(
        base_kw * by_energy + min(base_kw, used_kw) * by_use + min(base_kw, idle_kw) * by_nothing,
        ratio * max(ZERO, kwh) + max(ZERO, used_kw - base_kw) * by_use,
        max(ZERO, idle_kw - base_kw) * by_nothing,
    )


def _hours(asset: Row, times: Iterable[tuple[DeviceTime, Fraction]]) -> Fraction:
    """Device time as a part of the server's hour."""
    return sum((seconds * time.part for time, seconds in times), ZERO) / asset["gpus"] / AN_HOUR
