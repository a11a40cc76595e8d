"""All that the marts ought to say of a company, from its raw rows, a second time.

Derived from `docs/method.md` in plain fractions, hour by hour and line by line. It knows the marts by their columns and
nothing of the SQL behind them. Whoever changes a formula there changes the page, and then this by the page: a query
that was copied here would be wrong together with its model.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from fractions import Fraction

from _company import Company
from _expected_allocation import Allocation, allocate
from _expected_bills import ZERO, Holder, Pool, charges
from _expected_contracts import ContractDay, Contracts
from _expected_devices import J_PER_KWH
from _expected_energy import Energy, energy
from _expected_fleet import fleet_months
from _expected_jobs import Jobs
from _expected_output import cost_per_unit, served
from _expected_owned import OwnedCost, owned_costs, owned_pools
from _expected_places import UNKNOWN, Places
from _expected_power import AssetHour, WallEnergy, wall_energy
from _expected_serving import COUNTS, answered, workload_of_server
from _expected_shares import Quotient, sums
from _expected_site import terms
from _expected_usage import Usage

Value = Fraction | Quotient | int | str | None
Cells = dict[str, Value]
Key = tuple[object, ...]
Tables = dict[str, dict[Key, Cells]]

CLASSES = ("direct", "idle", "shared", "unallocated", "over_allocated")
FIRST_TOKEN = "time_to_first_token_seconds"
ENDED = ("completed", "failed", "cancelled")
KINDS_OF_ENERGY = ("gpu", "wall", "facility")


def expected(company: Company) -> Tables:
    """Rows of each mart by their key."""
    billed = charges(company)
    usage = Usage(company, Places(company, billed))
    wall = wall_energy(company, usage)
    contracts = Contracts(company, billed, usage)
    everything = billed + contracts.charges()
    costs = owned_costs(company, wall)
    owned = owned_pools(company, costs)
    allocation = allocate(company, everything, owned, usage)
    jobs = Jobs(company, usage, allocation)
    pools = _workloads(company, usage, allocation, jobs, energy(company, usage, wall, everything, allocation))
    fleet = fleet_months(company, billed, owned, usage, [(Pool(*key[:4]), cells) for key, (cells, _) in pools.items()])
    return {
        "fct_allocated_cost_daily": {
            (*part.pool, *part[1:]): {"cost_usd": usd} for part, usd in allocation.cost.items()
        },
        "fct_workload_tco_daily": {key: cells for key, (cells, _) in pools.items()},
        "fct_unit_cost_daily": {key: units for key, (_, units) in pools.items()},
        "fct_job": {
            (run.job["job_id"],): {
                "workload": run.workload, "outcome": run.outcome, "gpu_hours": run.hours,
                "direct_cost_usd": run.usd if run.last else None,
            }
            for run in jobs.runs
        },
        "fct_job_outcome_daily": {
            (*pool, workload, outcome): {
                "running_jobs_count": time.running, "ended_jobs_count": time.ended, "gpu_hours": time.hours,
                "direct_cost_usd": time.usd,
            }
            for (pool, workload, outcome), time in jobs.times.items()
        },
        "fct_owned_energy_hourly": _owned_hours(company, wall),
        "fct_gpu_usage_hourly": _device_hours(usage),
        "fct_serving_hourly": _serving_hours(company),
        "fct_cost_daily": _owned_components(costs),
        "fct_lease_contract_daily": {
            (one.contract["contract_id"], one.day): _contract_day(one) for one in contracts.days
        },
        "fct_fleet_month": {**fleet},
    }  # fmt: skip


def _workloads(
    company: Company, usage: Usage, allocation: Allocation, jobs: Jobs, kwh: Energy
) -> dict[Key, tuple[Cells, Cells]]:
    """What each workload had of each pool, and what a unit of it cost."""
    cost = _cost(allocation)
    hours = _hours(usage, allocation)
    counts = served(company, allocation)
    ended = jobs.ended()
    found = {}
    for pool, workload in cost.keys() | hours.keys() | counts.keys() | ended.keys() | kwh.keys():
        at = (pool, workload)
        usd = cost.get(at, {})
        whole = sum(usd.values(), ZERO)
        runs = ended.get(at, [])
        cells: Cells = {f"{name}_cost_usd": usd.get(name, ZERO) for name in CLASSES} | {"total_cost_usd": whole}
        cells |= {f"gpu_hours_{kind}": amount for kind, amount in hours[at].items()}
        cells |= kwh.get(at, {})
        cells |= counts.get(at, {})
        cells |= {f"{outcome}_jobs_count": sum(run.outcome == outcome for run in runs) for outcome in ENDED}
        units: Cells = {"total_cost_usd": whole}
        if pool.location != UNKNOWN:
            units |= cost_per_unit(whole, hours[at], counts.get(at, {}))
        units |= _joules_per_token(kwh.get(at, {}), counts.get(at, {}))
        units |= jobs.unit_costs(workload, runs)
        found[*pool, workload] = (cells, units)
    return found


def _cost(allocation: Allocation) -> dict[Holder, dict[str, Fraction]]:
    found: dict[Holder, dict[str, Fraction]] = defaultdict(lambda: defaultdict(Fraction))
    for part, usd in allocation.cost.items():
        if part.cost_class != "idle":
            found[part.pool, part.workload][part.cost_class] += usd
    for (pool, workload), usd in allocation.carried.items():
        found[pool, workload]["idle"] += usd
    return found


def _hours(usage: Usage, allocation: Allocation) -> dict[Holder, dict[str, Fraction]]:
    found: dict[Holder, dict[str, Fraction]] = defaultdict(lambda: {"paid": ZERO, "allocated": ZERO, "busy": ZERO})
    for pool, slots in allocation.hours.items():
        for slot, hours in slots.items():
            found[pool, slot.workload]["paid"] += hours
            found[pool, slot.workload]["allocated"] += hours if slot.cost_class == "direct" else ZERO
    for pool, time in usage.pools.items():
        for workload, hours in time.busy.items():
            found[pool, workload]["busy"] += hours
    return found


def _joules_per_token(kwh: Mapping[str, Fraction], counts: Mapping[str, Fraction]) -> Cells:
    _, tokens_in, tokens_out = (counts.get(metric) for metric in COUNTS)
    tokens = None if tokens_in is None or tokens_out is None else tokens_in + tokens_out
    amounts = {kind: kwh.get(f"{kind}_energy_kwh") for kind in KINDS_OF_ENERGY}
    return {
        f"{kind}_energy_j_per_token": Quotient(amount, tokens / J_PER_KWH)
        for kind, amount in amounts.items()
        if tokens and amount is not None
    }


def _owned_hours(company: Company, wall: Mapping[AssetHour, WallEnergy]) -> dict[Key, Cells]:
    site_of: dict[str, str] = {asset["asset_id"]: asset["site_id"] for asset in company.assets}
    return {
        (hour, asset_id): {
            "wall_energy_kwh": parts.whole,
            "fixed_wall_energy_kwh": parts.fixed,
            "facility_energy_kwh": parts.whole * Fraction(terms(company, site_of[asset_id], hour.date())["pue_ratio"]),
        }
        for (asset_id, hour), parts in wall.items()
    }


def _device_hours(usage: Usage) -> dict[Key, Cells]:
    return {
        (hour, *device): {
            "sourcing": time.place.sourcing,
            "location": time.place.location,
            "gpu_model": time.place.model,
            "covered_seconds": time.covered,
            "allocated_seconds": time.covered if device[-1] != "none" else ZERO,
            "busy_seconds": time.busy,
            "unknown_seconds": time.covered - time.used,
            "frozen_seconds": time.frozen,
            "energy_seconds": time.known,
            "gpu_energy_kwh": time.kwh if time.known else None,
        }
        for (_, hour), devices in usage.devices.items()
        for device, time in devices.items()
    }


def _serving_hours(company: Company) -> dict[Key, Cells]:
    found: dict[Key, dict[str, Fraction]] = defaultdict(dict)
    workloads: dict[Key, str] = {}
    for one in answered(company):
        key = (one.hour, *(name or "none" for name in (one.engine, one.service, one.model, one.namespace)))
        found[key][one.metric] = found[key].get(one.metric, ZERO) + one.amount
        workloads[key] = workload_of_server(company, one)
    return {
        key: {
            "workload": workloads[key],
            **{metric: amounts.get(metric) for metric in COUNTS},
            "time_to_first_token_seconds": _mean(
                amounts.get(f"{FIRST_TOKEN}_sum"), amounts.get(f"{FIRST_TOKEN}_count")
            ),
        }
        for key, amounts in found.items()
    }


def _mean(amount: Fraction | None, count: Fraction | None) -> Quotient | None:
    return Quotient(amount, count) if amount is not None and count else None


def _owned_components(costs: list[OwnedCost]) -> dict[Key, Cells]:
    found = sums(((cost.day, cost.site_id, cost.component, cost.model), cost.usd) for cost in costs)
    return {key: {"effective_cost_usd": usd} for key, usd in found.items()}


def _contract_day(one: ContractDay) -> Cells:
    return {
        "settlement_index": one.settlement,
        "usage_basis": one.usage_basis,
        "bill_basis": one.bill_basis,
        "committed_gpu_hours": one.committed,
        "owed_gpu_hours": one.owed,
        "used_gpu_hours": one.used,
        "shortfall_gpu_hours": None if one.usage_basis == "unknown" else one.shortfall,
        "beyond_gpu_hours": None if one.used is None else max(ZERO, one.used - one.committed),
        "used_cost_usd": one.price * one.counted,
        "shortfall_cost_usd": None if one.usage_basis == "unknown" else one.price * one.shortfall,
        "prepayment_usd": one.for_use + one.rest,
        "termination_usd": one.fee,
        "accrued_cost_usd": one.accrued,
        "idle_cost_usd": one.idle,
        "billed_cost_usd": one.billed,
        "effective_cost_usd": one.effective,
        "accrual_difference_usd": None if one.effective is None else one.accrued - one.effective,
    }
