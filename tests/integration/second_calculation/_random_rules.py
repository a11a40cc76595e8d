"""Registers of rules at random: whose a line or label is, what its tags say, by what shared cost is split."""

from __future__ import annotations

from datetime import timedelta
from random import Random

from _company import DAYS, WORKLOAD_KINDS, Company, Row
from _pools import driver, rule

LINEAGE = {"delivery_id": "reference", "source_part": "f"}
WORKLOADS = tuple(WORKLOAD_KINDS)
# Fields by which much is known: what only some lines of a service or some runs have in common.
OFTEN = ("tag:team", "tag:team", "tag:Team", "namespace", "account", "job_name")


def draw_workload_rules(rng: Random, company: Company) -> None:
    """Rules on every field there is. Patterns hold the company's name, so that they catch no other's lines."""
    n = company.name
    patterns = {
        "tag:team": [f"{n}-red", f"{n}-(red|blue)", f"{n}-.*", f"{n}-r", f"(?i){n}-RED"],
        "tag:Team": [f"{n}-blue", f"{n}-.*"],
        "sub_account_id": [f"{n}-sub1", f"{n}-sub[12]", f"{n}-sub"],
        "service_name": [f"{n} Disk", f"{n} (Disk|Help)", f"{n} Machines"],
        "resource_id": [f"{n}-x-box.*", f"{n}-.-box8-0", f"{n}-x-abox-.*"],
        "namespace": [f"{n}-red", f"{n}-(red|blue)", f"{n}-b.*"],
        "pod": [f"{n}-pod-[0-9]", f"{n}-pod-1"],
        "job_id": [f"{n}-1", f"{n}-.*1"],
        "account": [f"{n}-ml", f"{n}-.*"],
        "job_name": [f"{n}-tune", f"{n}-t.*"],
        "user_name": [f"{n}-ann"],
        "partition": [f"{n}-gpu"],
        "service": [f"{n}-api"],
        "model_name": [f"{n}-llm", f"{n}-.*"],
    }
    for number in range(rng.randint(4, 14)):
        field = rng.choice([*patterns, *OFTEN])
        workload = rng.choice(WORKLOADS)
        row = rule(f"{n}-{workload}", WORKLOAD_KINDS[workload], field, rng.choice(patterns[field]))
        order = {"rule_id": f"{n} r{rng.choice('abc')}{number}", "priority_index": rng.randint(0, 3)}
        company.workload_rules.append(row | order | _validity(rng))


def draw_tag_rules(rng: Random, company: Company) -> None:
    """Rules of each kind, that take from keys of the company's own."""
    n = company.name
    rewrites = [
        {"match_pattern": f"({n})_(.*)", "replacement": "\\1-\\2"},
        {"match_pattern": f"{n}_red", "replacement": f"{n}-red"},
        {"match_pattern": f"{n}_.*", "replacement": ""},
        {"match_pattern": f"(?i){n}_RED", "replacement": f"{n}-blue"},
    ]
    for number in range(rng.randint(1, 5)):
        kind = rng.choice(["rename", "fallback", "regex", "account_default"])
        row = LINEAGE | {
            "rule_id": f"{n} t{number}", "priority_index": rng.randint(0, 2),
            "tag_key": rng.choice(["team", "Team"]), "rule_kind": kind,
        } | _validity(rng)  # fmt: skip
        if kind == "account_default":
            # Always of one account: a default of all lines would be one of all companies.
            row |= {"sub_account_id": rng.choice([f"{n}-sub1", f"{n}-sub2"])}
            row |= {"default_value": rng.choice([f"{n}-red", f"{n}-blue"])}
        else:
            row |= {"source_key": rng.choice([f"{n}k", f"{n}K"])}
        if kind == "regex":
            row |= rng.choice(rewrites)
        company.tag_rules.append(row)


def draw_drivers(rng: Random, company: Company) -> None:
    """Drivers of shared cost, for all or some lines of a provider."""
    n = company.name
    kinds = ["gpu_hours", "direct_cost", "equal", "tagged_cost", "tagged_cost", "workload"]
    kinds += ["energy", "energy"] if "energy" in company.traits else []
    for number in range(rng.randint(1, 6)):
        by = rng.choice(kinds)
        row = driver(by, provider_pattern=rng.choice([f"{n}-x", f"{n}-.*"])) | _validity(rng)
        row |= {"rule_id": f"{n} d{number}", "priority_index": rng.randint(0, 2)}
        if rng.random() < 0.5:
            row |= {"service_pattern": rng.choice([f"{n} Disk", f"{n} (Disk|Help|Net)", f"{n} Tax"])}
        if rng.random() < 0.2:
            row |= {"charge_category_pattern": rng.choice(["Tax", "Credit|Adjustment", "Usage"])}
        if rng.random() < 0.2:
            row |= {"service_category_pattern": rng.choice(["Storage", "Stor.*", "Other"])}
        if by == "workload":
            row |= {"workload": f"{n}-{rng.choice(WORKLOADS)}"}
        company.drivers.append(row)


def _validity(rng: Random) -> Row:
    edges = [None, None, None, *[(day + timedelta(days=later)).date() for day in DAYS for later in (0, 1)]]
    first, last = rng.choice(edges), rng.choice(edges)
    if first and last and first >= last:
        first, last = (last, first) if first > last else (first, None)
    return {"valid_from_date": first, "valid_to_date": last}
