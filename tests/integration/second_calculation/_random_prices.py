"""List prices of leasing at random: offers, medians and minima, of which not all can be had for all."""

from __future__ import annotations

from datetime import timedelta
from random import Random

from _company import DAYS, Company
from _random_bills import some
from _random_rules import LINEAGE


def draw_list_prices(rng: Random, company: Company) -> None:
    """Up to nine prices of the company's models."""
    for _ in range(rng.randint(0, 9)):
        company.price_points.append(
            LINEAGE
            | {
                "source": "test",
                "observed_at": rng.choice(DAYS) + timedelta(hours=rng.choice([0, 0, 12, 23])),
                "provider": rng.choice([None, "market", "other"]),
                "gpu_model_name": f"NVIDIA {company.name} {rng.choice('HA')}100",
                "gpus": rng.choice([1, 8]),
                "pricing_model": rng.choice(["on_demand", "on_demand", "on_demand", "spot", "reserved_1y"]),
                "price_basis": rng.choice(["list", "list", "list", "contract"]),
                "statistic": rng.choice(["offer", "offer", "median", "mean", "minimum"]),
                "list_currency": "USD",
                "price_usd_per_gpu_hour": rng.choice([some(rng, 0, 9), some(rng, 0, 9), 0]),
            }
        )
