"""A month of the sample company allocated a second time, from the raw files, with `csv`, `json` and `Decimal` alone.

August 2026: both billed pools from their bills and telemetry, the owned one from its days' cost and its telemetry, a
contract that nothing bills from its terms in the register.
Nothing here is taken from the models but the owned cost of each day, which has a known answer of its own.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.settings import REPOSITORY

if TYPE_CHECKING:
    from _nights import House

SAMPLES = REPOSITORY / "data" / "samples"
AWS, LUMEN, SITE = "AWS", "Lumen Compute", "lis-colo-1"
PLACE_OF = {"i-0a51d4c0ffee0001a": AWS, "lc-h100-0731": LUMEN, "nw-gpu-01": SITE, "nw-gpu-02": SITE}
LAST_HOUR = datetime(2026, 8, 31, 23)
CENT = Decimal("0.01")
Key = tuple[str, str, str]  # place, workload, class


@dataclass
class Day:
    """A pool on a day: seconds by workload, money by what it is for."""

    direct: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    idle: Decimal = Decimal(0)
    unallocated: Decimal = Decimal(0)
    paid: Decimal = Decimal(0)
    used_usd: Decimal = Decimal(0)
    unused_usd: Decimal = Decimal(0)
    unknown_usd: Decimal = Decimal(0)
    named_usd: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    shared_usd: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    tagged_storage_usd: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))


Days = Mapping[tuple[str, str], Day]


def rows(path: Path) -> list[dict[str, str]]:
    with (gzip.open if path.suffix == ".gz" else open)(path, "rt", newline="") as file:
        return list(csv.DictReader(io.StringIO(file.read())))


def workload_of(namespace: str, pod: str) -> str:
    if re.fullmatch("grasp-[0-9]+", pod):
        return "grasp-finetune"
    if re.fullmatch("dock-[0-9]+", pod):
        return "dock-finetune"
    return {"pretrain": "nav-foundation-pretrain", "serving": "fleet-inference", "": ""}[namespace]


def add_telemetry(days: Days) -> None:
    """Samples of an hour each, but for the last hour of the cloud machine: a scrape, which speaks for 30 seconds."""
    for side in ("leased", "owned"):
        for row in rows(SAMPLES / "telemetry" / "gpu_samples_csv" / f"{side}-2026-08.csv.gz"):
            start = datetime.strptime(row["sampled_at"], "%Y-%m-%dT%H:%M:%SZ") - timedelta(hours=1)
            day = days[PLACE_OF[row["node"]], str(start.date())]
            seconds = Decimal(row["covers_seconds"])
            if name := workload_of(row["namespace"], row["pod"]):
                day.direct[name] += seconds
            elif int(row["DCGM_FI_DEV_GPU_UTIL"]) > 5:
                day.unallocated += seconds
            else:
                day.idle += seconds


def add_last_hour(days: Days) -> None:
    """What Slurm's dump says ran on the cloud machine: 30 seconds of it are labelled on the scrape as well."""
    with (SAMPLES / "telemetry" / "slurm_sacct" / "northwind-2026-08.sacct.txt").open() as file:
        jobs = list(csv.DictReader(file, delimiter="|"))
    for job in jobs:
        start = datetime.strptime(job["Start"], "%Y-%m-%dT%H:%M:%S%z").replace(tzinfo=None)
        end = start + timedelta(seconds=int(job["ElapsedRaw"]))
        held = (min(end, LAST_HOUR + timedelta(hours=1)) - max(start, LAST_HOUR)).total_seconds()
        if job["NodeList"] == "i-0a51d4c0ffee0001a" and held > 0:
            gpus = int(job["AllocTRES"].rsplit("=", 1)[1])
            name = workload_of("finetune", job["JobName"])
            days[AWS, "2026-08-31"].direct[name] += gpus * Decimal(held)


def add_aws(days: Days) -> None:
    (manifest,) = (SAMPLES / "billing" / "aws_cur_legacy" / "northwind-cur").glob(
        "20260801-*/northwind-cur-Manifest.json"
    )
    keys = json.loads(manifest.read_text())["reportKeys"]
    for key in keys:
        for row in rows(SAMPLES / "billing" / "aws_cur_legacy" / key):
            day = days[AWS, row["lineItem/UsageStartDate"][:10]]
            kind, workload = row["lineItem/LineItemType"], row["resourceTags/user:workload"]
            cost = Decimal(row["lineItem/UnblendedCost"])
            if kind == "SavingsPlanCoveredUsage":
                day.used_usd += Decimal(row["savingsPlan/SavingsPlanEffectiveCost"])
                day.paid += 8 * 3600 * Decimal(row["lineItem/UsageAmount"])
            elif kind == "SavingsPlanRecurringFee":
                owed, used = row["savingsPlan/TotalCommitmentToDate"], row["savingsPlan/UsedCommitment"]
                day.unused_usd += Decimal(owed) - Decimal(used)
            elif kind == "SavingsPlanNegation":
                continue
            elif workload:
                day.named_usd[workload] += cost
                if row["lineItem/ProductCode"] == "AmazonS3":
                    day.tagged_storage_usd[workload] += cost
            else:
                driver = {"Tax": "direct_cost"}.get(kind, "gpu_hours")
                day.shared_usd["tagged_cost" if row["lineItem/ProductCode"] == "AmazonS3" else driver] += cost


def add_lumen(days: Days) -> None:
    for row in rows(SAMPLES / "billing" / "focus" / "lumen-focus-2026-08.csv.gz"):
        day, cost = days[LUMEN, row["ChargePeriodStart"][:10]], Decimal(row["EffectiveCost"])
        workload = json.loads(row["Tags"] or "{}").get("workload")
        if row["ServiceName"] == "Lumen GPU Servers" and row["ChargeCategory"] == "Usage":
            day.used_usd += cost
            day.paid += 8 * 3600 * Decimal(row["ConsumedQuantity"])
        elif workload:
            day.named_usd[workload] += cost
        else:
            # No storage line names a workload: GPU time stands in.
            day.shared_usd["direct_cost" if row["ChargeCategory"] == "Tax" else "gpu_hours"] += cost


def add_owned(days: Days, cost_of: Mapping[str, Decimal]) -> None:
    for day, cost in cost_of.items():
        days[SITE, day].used_usd += cost
        days[SITE, day].paid += 16 * 24 * 3600


def add_contract(days: Days) -> None:
    """The contract that no bill covers yet: the hours owed at its price, and its prepayment by the day."""
    registers = SAMPLES / "registers"
    (terms,) = (
        row for row in rows(registers / "lease_contract/lease_contract.csv") if not row["commitment_discount_id"]
    )
    steps = rows(registers / "lease_contract_ramp/lease_contract_ramp.csv")
    term = date.fromisoformat(terms["end_date"]) - date.fromisoformat(terms["start_date"])
    for day in (f"2026-08-{number:02}" for number in range(1, 32)):
        began = [row for row in [terms | {"from_date": terms["start_date"]}, *steps] if row["from_date"] <= day]
        owed_hours = Decimal(24 * int(began[-1]["gpus"])) * Decimal(terms["take_or_pay_frac"])
        prepaid = Decimal(terms["upfront_usd"]) / term.days
        days[terms["counterparty"], day].unknown_usd = (
            owed_hours * Decimal(terms["committed_price_usd_per_gpu_hour"]) + prepaid
        )


def spread(amount: Decimal, weights: Mapping[str, Decimal]) -> dict[str, Decimal]:
    total = sum(weights.values(), Decimal(0))
    return {name: amount * weight / total for name, weight in weights.items()}


def allocated(days: Days) -> dict[Key, Decimal]:
    """Month totals by place, workload and class."""
    found: dict[Key, Decimal] = defaultdict(Decimal)
    for (place, _), day in days.items():
        found[place, "__unallocated__", "unallocated"] += day.unknown_usd
        if not day.paid:
            continue
        held = sum(day.direct.values(), Decimal(0)) + day.idle
        idle_usd = day.used_usd * day.idle / day.paid + day.unused_usd
        direct = {name: day.used_usd * seconds / day.paid for name, seconds in day.direct.items()}
        for name, cost in day.named_usd.items():
            direct[name] = direct.get(name, Decimal(0)) + cost
        found[place, "__unallocated__", "unallocated"] += day.used_usd * (day.paid - held) / day.paid
        weights = {"gpu_hours": day.direct, "direct_cost": direct, "tagged_cost": day.tagged_storage_usd or day.direct}
        shares = [("direct", direct), ("idle", spread(idle_usd, day.direct))]
        shares += [("shared", spread(amount, weights[driver])) for driver, amount in day.shared_usd.items()]
        for cost_class, parts in shares:
            for name, cost in parts.items():
                found[place, name, cost_class] += cost
    return found


@cache
def by_hand(owned: tuple[tuple[str, Decimal], ...]) -> dict[Key, Decimal]:
    days: dict[tuple[str, str], Day] = defaultdict(Day)
    add_telemetry(days)
    add_last_hour(days)
    add_aws(days)
    add_lumen(days)
    add_owned(days, dict(owned))
    add_contract(days)
    return allocated(days)


def published(night: House) -> dict[Key, Decimal]:
    classes = ("direct", "idle", "shared", "unallocated", "over_allocated")
    sums = ", ".join(f"sum({name}_cost_usd)" for name in classes)
    sql = f"select location, workload, {sums} from marts.fct_workload_tco_daily "
    sql += "where date_trunc('month', usage_date) = date '2026-08-01' group by 1, 2"
    return {
        (place, workload, name): cost
        for place, workload, *costs in night.ask(sql)
        for name, cost in zip(classes, costs, strict=True)
        if cost
    }


def expected(night: House) -> dict[Key, Decimal]:
    sql = "select cast(charge_date as varchar), sum(effective_cost_usd) from marts.fct_cost_daily "
    sql += "where sourcing = 'owned' and date_trunc('month', charge_date) = date '2026-08-01' group by 1 order by 1"
    return by_hand(tuple(night.ask(sql)))


def test_every_workload_costs_what_a_second_calculation_gives_in_every_pool_and_class(night: House) -> None:
    """M02: to the cent, over a month of 31 days."""
    mine, theirs = expected(night), published(night)
    wrong = {
        key: (mine.get(key, Decimal(0)), theirs.get(key, Decimal(0)))
        for key in mine.keys() | theirs.keys()
        if abs(mine.get(key, Decimal(0)) - theirs.get(key, Decimal(0))) >= CENT / 2
    }
    assert wrong == {}


def test_the_second_calculation_closes_to_the_bills(night: House) -> None:
    """B16: the same files give the same leased total, whatever was done between."""
    mine = sum(cost for (place, *_), cost in expected(night).items() if place != SITE)
    sql = "select sum(effective_cost_usd) from marts.fct_cost_daily where sourcing = 'leased' "
    ((paid,),) = night.ask(sql + "and date_trunc('month', charge_date) = date '2026-08-01'")
    assert abs(mine - paid) < CENT / 2


def test_jobs_and_requests_are_those_of_the_known_answer(night: House) -> None:
    """Runs over all their days; tokens are the rises of counters over a restart."""
    with (REPOSITORY / "data" / "known_answer" / "jobs_by_workload.csv").open() as file:
        jobs = {
            (row["workload"], row["outcome"]): (int(row["jobs"]), float(row["gpu_hours"]))
            for row in csv.DictReader(file)
        }
    sql = "select workload, outcome, count(*), sum(gpu_hours) from marts.fct_job group by 1, 2"
    assert {(name, outcome): (runs, hours) for name, outcome, runs, hours in night.ask(sql)} == jobs
    with (REPOSITORY / "data" / "known_answer" / "serving_by_workload_month.csv").open() as file:
        (serving,) = csv.DictReader(file)
    counts = ("requests", "input_tokens", "output_tokens")
    sums = ", ".join(f"sum({name}_count)" for name in counts)
    (found,) = night.ask(f"select {sums} from marts.fct_workload_tco_daily where requests_count is not null")
    assert found == tuple(float(serving[name]) for name in counts)
