"""A company drawn from a seed: the same seed is the same company, whatever others there are."""

from __future__ import annotations

import random

from _company import Company
from _pools import REFERENCE
from _random_bills import MACHINES, draw_bills
from _random_contracts import draw_contracts
from _random_hardware import draw_hardware, draw_meter_readings, draw_server_kinds
from _random_prices import draw_list_prices
from _random_rules import draw_drivers, draw_tag_rules, draw_workload_rules
from _random_serving import draw_servers
from _random_sites import draw_sites
from _random_telemetry import draw_telemetry
from _random_work import draw_jobs, draw_served

TRAITS = (
    "workload rules", "tag rules", "drivers", "corrections", "currencies", "gpu lines", "unused", "telemetry", "mig",
    "job labels", "jobs", "pods", "served", "hardware", "contracts", "energy",
    "counters", "hangs", "servers", "cards",
    "methods", "impairments", "tariffs", "list prices",
)  # fmt: skip
# Nine in ten have a trait, so that one in six has them all, and each combination of two is missing now and then.
TRAIT_FRAC = 0.9


def random_company(seed: int) -> Company:
    """The company of a seed."""
    rng = random.Random(f"company {seed}")
    company = Company(seed, frozenset(trait for trait in TRAITS if rng.random() < TRAIT_FRAC))
    _catalogue(company)
    # Later draws look at what earlier ones put down: machines that bills name, hardware that has a node.
    draws = (
        ("workload rules", draw_workload_rules),
        ("tag rules", draw_tag_rules),
        (None, draw_bills),
        ("energy", draw_server_kinds),
        ("hardware", draw_sites),
        ("hardware", draw_hardware),
        ("contracts", draw_contracts),
        ("drivers", draw_drivers),
        ("telemetry", draw_telemetry),
        ("energy", draw_meter_readings),
        ("jobs", draw_jobs),
        ("served", draw_served),
        ("servers", draw_servers),
        ("list prices", draw_list_prices),
    )
    for trait, draw in draws:
        if trait is None or trait in company.traits:
            draw(rng, company)
    # No answer may depend on the order in which rows came.
    for rows in (company.lines, company.jobs, company.served):
        rng.shuffle(rows)
    return company


def _catalogue(company: Company) -> None:
    n = company.name
    for letter in "HA":
        names = f"nvidia {n} {letter.lower()}.*"
        company.gpu_models.append(REFERENCE | {"gpu_model": f"{n}-{letter}", "name_patterns": names, "max_slices": 7})
    for provider in (f"{n}-x", f"{n}-y"):
        for kind, (letter, gpus) in MACHINES.items():
            machine = {"instance_type": kind, "gpu_model": f"{n}-{letter}", "gpus": gpus}
            company.machine_types.append(REFERENCE | {"service_provider_name": provider} | machine)
