"""A little company: the raw rows of its bills, registers and telemetry, and the few days they speak of.

Every name in a company's rows begins with or holds the company's own, so that many of them stand in one warehouse, are
built by one dbt run and never meet.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from _telemetry import Telemetry

Row = dict[str, Any]

# What happens happens on three days, the last of another month; the models are built for some more on either side.
DAYS: tuple[datetime, ...] = tuple(datetime(2026, 6, 29) + timedelta(days=number) for number in range(3))
FIRST, AS_OF = date(2026, 6, 26), date(2026, 7, 6)
WORKLOAD_KINDS = {"alpha": "pre-training", "beta": "fine-tuning", "gamma": "inference", "delta": "other"}
# Units of a currency to the euro; the 27th and 28th are a weekend.
QUOTES = {
    (date(2026, 6, 26), "USD"): Decimal("1.0875"),
    (date(2026, 6, 29), "USD"): Decimal("1.1437"),
    (date(2026, 7, 1), "USD"): Decimal("1.1212"),
    (date(2026, 6, 26), "JPY"): Decimal("171.31"),
    (date(2026, 7, 1), "JPY"): Decimal("169.02"),
}


@dataclass
class Company:
    """Rows by what they are.

    Attributes:
        seed: the one number that everything of it was drawn from.
        traits: what this company has at all, as telemetry or hardware of its own.
        machines: GPU model (its last letter) and GPUs of each node it has; not a table.
        exchanged: cards that left a server on the second day, and what came for each; not a table.
    """

    seed: int
    traits: frozenset[str]
    machines: dict[str, tuple[str, int]] = field(default_factory=dict)
    exchanged: dict[str, str] = field(default_factory=dict)
    lines: list[Row] = field(default_factory=list)
    gpu_models: list[Row] = field(default_factory=list)
    machine_types: list[Row] = field(default_factory=list)
    workload_rules: list[Row] = field(default_factory=list)
    tag_rules: list[Row] = field(default_factory=list)
    drivers: list[Row] = field(default_factory=list)
    telemetry: Telemetry = field(default_factory=Telemetry)
    jobs: list[Row] = field(default_factory=list)
    served: list[Row] = field(default_factory=list)
    assets: list[Row] = field(default_factory=list)
    cards: list[Row] = field(default_factory=list)
    sites: list[Row] = field(default_factory=list)
    tariffs: list[Row] = field(default_factory=list)
    energy_prices: list[Row] = field(default_factory=list)
    impairments: list[Row] = field(default_factory=list)
    price_points: list[Row] = field(default_factory=list)
    contracts: list[Row] = field(default_factory=list)
    ramps: list[Row] = field(default_factory=list)
    server_kinds: list[Row] = field(default_factory=list)
    meter_readings: list[Row] = field(default_factory=list)

    @property
    def name(self) -> str:
        """What its names begin with; of equal length for all, so that none is the beginning of another."""
        return f"c{self.seed:06}"

    def tables(self) -> dict[str, list[Row]]:
        """Its rows by raw table, but bills and samples, which are delivered otherwise."""
        return {
            "raw.gpu_model": self.gpu_models,
            "raw.instance_type": self.machine_types,
            "raw.workload_rule": self.workload_rules,
            "raw.tag_rule": self.tag_rules,
            "raw.shared_cost_driver": self.drivers,
            "raw.job_record": self.jobs,
            "raw.serving_sample": self.served,
            "raw.asset": self.assets,
            "raw.asset_gpu": self.cards,
            "raw.site": self.sites,
            "raw.tariff": self.tariffs,
            "raw.energy_price": self.energy_prices,
            "raw.asset_impairment": self.impairments,
            "raw.price_point": self.price_points,
            "raw.lease_contract": self.contracts,
            "raw.lease_contract_ramp": self.ramps,
            "raw.node_type": self.server_kinds,
            "raw.node_power_sample": self.meter_readings,
        }
