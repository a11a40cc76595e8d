"""Lease contracts at random: ramped up, paid ahead, left early, billed or not."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from random import Random

from _company import DAYS, Company
from _random_bills import PROVIDERS, money
from _random_rules import LINEAGE

START, SECOND, THIRD = (day.date() for day in DAYS)
INTERVALS = (None, "Monthly", "Quarterly", "Annual", "Full Period")


def draw_contracts(rng: Random, company: Company) -> None:
    """Up to three contracts; some name the company's own site as where they are used, and some its bills name."""
    n = company.name
    # Plans that lines of bills carry, of which no two contracts may hold the same.
    plans = [f"{n}-plan{number}" for number in "123"]
    rng.shuffle(plans)
    for number in range(rng.randint(0, 3)):
        start = START - timedelta(days=rng.choice([-9, 0, 5, 29, 119, 200, 400]))
        end = start + timedelta(days=rng.choice([6, 30, 365, 730, 730]))
        left = _left(rng, start, end)
        # Use is known where GPUs of the model are seen at the place it names.
        servers = [(row["gpu_model"], row["site_id"]) for row in company.assets if row["gpus"]]
        model, place = rng.choice(servers) if servers and rng.random() < 0.5 else (f"{n}-{rng.choice('HA')}", None)
        is_billed = rng.random() < 0.5
        company.contracts.append(
            LINEAGE
            | {
                "contract_id": f"{n}-k{number}",
                "counterparty": f"{n}-{rng.choice(PROVIDERS)}" if is_billed else f"{n}-z{number}",
                "commitment_discount_id": plans[number] if rng.random() < 0.7 else None,
                "jurisdiction": "SE",
                "gpu_model": model,
                "gpus": rng.choice([1, 2, 8]),
                "start_date": start,
                "end_date": end,
                "committed_price_usd_per_gpu_hour": money(rng, 0, 4),
                "upfront_usd": rng.choice([Decimal(0), money(rng, 0, 4000)]),
                "take_or_pay_frac": Decimal(rng.choice(["1", "0.8", "0.5", "0"])),
                "terminated_date": left,
                "termination_fee_usd": money(rng, 0, 500) if left or rng.random() < 0.5 else None,
                "fulfillment_interval": rng.choice(INTERVALS),
                "usage_location": place,
            }
        )
        first_steps = [day for day in (1, 2, 6, 60) if start + timedelta(days=day) < end]
        for later in rng.sample(first_steps, min(len(first_steps), rng.choice([0, 0, 1, 2]))):
            step = {"from_date": start + timedelta(days=later), "gpus": rng.choice([0, 1, 4, 16])}
            company.ramps.append(LINEAGE | {"contract_id": f"{n}-k{number}"} | step)


def _left(rng: Random, start: date, end: date) -> date | None:
    day = rng.choice([None, None, SECOND, THIRD])
    return day if day and start < day < end else None
