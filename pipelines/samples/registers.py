"""What the company owns, where it stands, what it signed and whose work is whose: the registers kept by hand.

The values are Python here because the known answer is computed from them; their columns are those of the contracts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Final

from pipelines.samples.aws_lines import PLAN, PLAN_USD_PER_HOUR, USAGE_ACCOUNT
from pipelines.samples.lumen_bill import INSTANCE_TYPE, MONTHLY_USD_PER_HOUR, PROVIDER, RESERVATION, UPFRONT_USD
from pipelines.samples.schedule import DOCK, GRASP, PRETRAIN, SERVING, SHADOW, WORKLOAD_KINDS
from pipelines.samples.textfiles import csv_text, write_text
from pipelines.samples.world import (
    GPU_MODEL,
    GPUS_PER_MACHINE,
    HOURS,
    OWNED_1,
    OWNED_2,
    SWAP_DATE,
    cards,
    instant,
    plain,
)

SITE: Final = "lis-colo-1"


@dataclass(frozen=True, slots=True)
class Asset:
    """A row of raw.asset."""

    asset_id: str
    asset_class: str
    purchase_price_usd: Decimal
    salvage_usd: Decimal
    ordered_date: date
    go_live_date: date
    idle_kw: Decimal
    peak_kw: Decimal
    contracted_kw: Decimal
    maintenance_frac_per_year: Decimal
    insurance_frac_per_year: Decimal
    node: str = ""
    gpu_model: str = ""
    gpus: int = 0
    maintenance_from_date: date | None = None
    software_usd_per_gpu_year: Decimal = Decimal(0)
    life_months: int = 60
    cost_of_capital_frac_per_year: Decimal = Decimal("0.09")
    site_id: str = SITE
    depreciation_method: str = "straight_line"
    retired_date: date | None = None
    sale_proceeds_usd: Decimal | None = None
    # As the reference has them for such servers.
    fixed_wall_kw: Decimal | None = None
    wall_to_gpu_ratio: Decimal | None = None
    embodied_kgco2e: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Impairment:
    """A row of raw.asset_impairment."""

    asset_id: str
    impairment_date: date
    impairment_usd: Decimal
    reason: str
    new_salvage_usd: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Site:
    """A row of raw.site."""

    valid_from_date: date
    valid_to_date: date | None
    pue_ratio: Decimal
    colocation_usd_per_kw_month: Decimal
    demand_charge_usd_per_kw_month: Decimal
    network_usd_per_month: Decimal
    physical_security_usd_per_month: Decimal
    compliance_usd_per_year: Decimal
    facility_opex_usd_per_month: Decimal
    staff_usd_per_fte_year: Decimal
    staff_minimum_fte: Decimal
    staff_gpus_per_fte: Decimal
    grid_gco2e_per_kwh: Decimal
    site_id: str = SITE
    site_name: str = "Lisbon colocation hall 1"
    operator: str = "Tejo Halls"
    jurisdiction: str = "PT"


@dataclass(frozen=True, slots=True)
class Tariff:
    """A row of raw.tariff."""

    valid_from_date: date
    valid_to_date: date | None
    hour_from_index: int
    hour_to_index: int
    energy_usd_per_kwh: Decimal
    site_id: str = SITE
    market_id: str = ""


@dataclass(frozen=True, slots=True)
class Lease:
    """A row of raw.lease_contract."""

    contract_id: str
    counterparty: str
    jurisdiction: str
    gpu_model: str
    gpus: int
    start_date: date
    end_date: date
    committed_price_usd_per_gpu_hour: Decimal
    upfront_usd: Decimal
    take_or_pay_frac: Decimal
    termination_fee_usd: Decimal | None = None
    commitment_discount_id: str = ""
    terminated_date: date | None = None
    fulfillment_interval: str = ""
    usage_location: str = ""


D = Decimal
ASSETS: Final = (
    Asset(
        "NW-0001", "gpu_server", D("268400"), D("32200"), date(2025, 9, 8), date(2025, 12, 1), D("2.1"), D("9.8"),
        D("10.2"), D("0.05"), D("0.006"), OWNED_1.node, GPU_MODEL, 8, date(2026, 6, 1), D("480"),
    ),
    Asset(
        "NW-0002", "gpu_server", D("259900"), D("31200"), date(2025, 11, 10), date(2026, 3, 2), D("2.1"), D("9.8"),
        D("10.2"), D("0.05"), D("0.006"), OWNED_2.node, GPU_MODEL, 8, None, D("480"),
    ),
    Asset(
        "NW-0003", "network", D("38500"), D("2500"), date(2025, 9, 15), date(2025, 11, 24), D("0.65"), D("0.65"),
        D("0.8"), D("0.08"), D("0.004"),
    ),
    Asset(
        "NW-0004", "storage", D("61200"), D("0"), date(2025, 9, 15), date(2025, 11, 24), D("1.1"), D("1.1"),
        D("1.2"), D("0.10"), D("0.004"), maintenance_from_date=date(2026, 4, 1),
    ),
    Asset(
        "NW-0005", "rack", D("9400"), D("400"), date(2025, 9, 29), date(2025, 11, 24), D("0"), D("0"),
        D("0"), D("0"), D("0.004"), life_months=120,
    ),
    # Half a baseboard on the shelf: what fails first. It draws nothing, and is worth nothing in four years.
    Asset(
        "NW-0006", "spare", D("24300"), D("0"), date(2025, 12, 8), date(2026, 1, 15), D("0"), D("0"),
        D("0"), D("0"), D("0.004"), life_months=48,
    ),
)  # fmt: skip

# Drives of the storage were called back.
IMPAIRMENTS: Final = (Impairment("NW-0004", date(2026, 5, 12), D("9000"), "drives called back by their maker"),)

SITES: Final = (
    Site(
        date(2025, 9, 1), date(2026, 3, 1), D("1.34"), D("165"), D("11.5"), D("1850"), D("420"), D("18500"), D("360"),
        D("56000"), D("0.5"), D("10"), D("128"),
    ),
    Site(
        date(2026, 3, 1), None, D("1.27"), D("172.5"), D("11.5"), D("1850"), D("435"), D("18500"), D("360"),
        D("58500"), D("0.5"), D("10"), D("121"),
    ),
)  # fmt: skip

TARIFFS: Final = (
    Tariff(date(2025, 9, 1), date(2026, 1, 1), 0, 13, D("0.0712")),
    Tariff(date(2025, 9, 1), date(2026, 1, 1), 13, 24, D("0.1048")),
    Tariff(date(2026, 1, 1), None, 0, 13, D("0.0735")),
    Tariff(date(2026, 1, 1), None, 13, 24, D("0.1119")),
)

ASSET_COLUMNS: Final = (
    "asset_id", "asset_class", "site_id", "node", "gpu_model", "gpus", "purchase_price_usd", "salvage_usd",
    "ordered_date", "go_live_date", "life_months", "depreciation_method", "cost_of_capital_frac_per_year", "idle_kw",
    "peak_kw", "fixed_wall_kw", "wall_to_gpu_ratio", "embodied_kgco2e", "contracted_kw", "maintenance_frac_per_year",
    "maintenance_from_date", "software_usd_per_gpu_year", "insurance_frac_per_year", "retired_date",
    "sale_proceeds_usd",
)  # fmt: skip
SITE_COLUMNS: Final = (
    "site_id", "site_name", "operator", "jurisdiction", "valid_from_date", "valid_to_date", "pue_ratio",
    "colocation_usd_per_kw_month", "demand_charge_usd_per_kw_month", "network_usd_per_month",
    "physical_security_usd_per_month", "compliance_usd_per_year", "facility_opex_usd_per_month",
    "staff_usd_per_fte_year", "staff_minimum_fte", "staff_gpus_per_fte", "grid_gco2e_per_kwh",
)  # fmt: skip
TARIFF_COLUMNS: Final = (
    "site_id", "valid_from_date", "valid_to_date", "hour_from_index", "hour_to_index", "energy_usd_per_kwh",
    "market_id",
)  # fmt: skip
IMPAIRMENT_COLUMNS: Final = ("asset_id", "impairment_date", "impairment_usd", "new_salvage_usd", "reason")
CARD_COLUMNS: Final = ("gpu_uuid", "asset_id", "slot_index", "valid_from_date", "valid_to_date")
LEASE_COLUMNS: Final = (
    "contract_id", "counterparty", "jurisdiction", "commitment_discount_id", "gpu_model", "gpus", "start_date",
    "end_date", "committed_price_usd_per_gpu_hour", "upfront_usd", "take_or_pay_frac", "termination_fee_usd",
    "terminated_date", "fulfillment_interval", "usage_location",
)  # fmt: skip
RAMP_COLUMNS: Final = ("contract_id", "from_date", "gpus")

INSTANCE_COLUMNS: Final = ("service_provider_name", "instance_type", "gpu_model", "gpus", "reference")
INSTANCES: Final = ((PROVIDER, INSTANCE_TYPE, GPU_MODEL, GPUS_PER_MACHINE, "invented, like its provider"),)

# The committed price is what is still owed for an hour; what was paid at signature stands beside it.
LEASES: Final = (
    Lease(
        "LC-2025-01", "Amazon Web Services", "US-VA", GPU_MODEL, 8, date(2025, 9, 1), date(2026, 9, 1),
        PLAN_USD_PER_HOUR / GPUS_PER_MACHINE, D(0), D(1), commitment_discount_id=PLAN,
    ),
    Lease(
        "LC-2025-02", "Lumen Compute", "SE", GPU_MODEL, 8, date(2025, 12, 1), date(2026, 12, 1),
        MONTHLY_USD_PER_HOUR / GPUS_PER_MACHINE, UPFRONT_USD, D(1), D(24000), RESERVATION,
    ),
    # A trial of a newer generation. Its lessor has sent no bill, and nobody knows what it was used for.
    Lease(
        "LC-2026-01", "Halden Grid", "NO", "B200-SXM-180GB", 4, date(2026, 6, 1), date(2026, 9, 1), D("3.18"),
        D(4600), D("0.75"), fulfillment_interval="Quarterly",
    ),
)  # fmt: skip
RAMP: Final = (("LC-2026-01", date(2026, 7, 1), 8),)

# Rule, priority, workload, field, pattern. Pods before namespaces: two workloads share the namespace `finetune`.
RULES: Final = (
    ("pod-grasp", 10, GRASP, "pod", "grasp-[0-9]+"),
    ("pod-dock", 10, DOCK, "pod", "dock-[0-9]+"),
    ("ns-pretrain", 20, PRETRAIN, "namespace", "pretrain"),
    ("ns-serving", 20, SERVING, "namespace", "serving"),
    ("ns-shadow", 20, SHADOW, "namespace", "shadow"),
    ("job-grasp", 10, GRASP, "job_name", "grasp-[0-9]+"),
    ("job-dock", 10, DOCK, "job_name", "dock-[0-9]+"),
    ("job-pretrain", 20, PRETRAIN, "job_name", "nav-pretrain-.*"),
    *((f"aws-{name}", 30, name, "tag:user:workload", name) for name in (PRETRAIN, GRASP, DOCK, SERVING)),
    (f"lumen-{SERVING}", 30, SERVING, "tag:workload", SERVING),
)

# AWS has the team under keys of its own, Lumen's key is the one that is wanted. What has no team is told by its
# workload's name, until March by its account. No rule touches a key that names workloads.
TAG_RULES: Final = (
    {"rule_id": "team-aws", "priority_index": 10, "tag_key": "team", "rule_kind": "rename", "source_key": "user:team"},
    {
        "rule_id": "team-aws-capital", "priority_index": 20, "tag_key": "team", "rule_kind": "fallback",
        "source_key": "user:Team",
    },
    {
        "rule_id": "team-of-finetunes", "priority_index": 30, "tag_key": "team", "rule_kind": "regex",
        "source_key": "user:workload", "match_pattern": "(grasp|dock)-finetune", "replacement": "manipulation",
    },
    {
        "rule_id": "team-of-inference", "priority_index": 30, "tag_key": "team", "rule_kind": "regex",
        "source_key": "user:workload", "match_pattern": "([a-z]+)-inference", "replacement": r"\1",
    },
    {
        "rule_id": "team-of-account", "priority_index": 90, "valid_to_date": date(2026, 3, 1), "tag_key": "team",
        "rule_kind": "account_default", "sub_account_id": USAGE_ACCOUNT, "default_value": "platform",
    },
)  # fmt: skip

# Tax goes with what is taxed; storage as the storage that names a workload, and until then by GPU time.
DRIVER_COLUMNS: Final = (
    "rule_id", "priority_index", "valid_from_date", "valid_to_date", "provider_pattern", "service_category_pattern",
    "service_pattern", "charge_category_pattern", "driver", "workload", "owner", "reference",
)  # fmt: skip
DRIVERS: Final = (
    ("tax", 10, "", "", "", "", "", "Tax", "direct_cost", "", "finance", "cost policy, section 4"),
    (
        "storage",
        20,
        "2026-01-01",
        "",
        "",
        "",
        ".*Storage.*",
        "",
        "tagged_cost",
        "",
        "platform",
        "cost policy, section 5",
    ),
)


def write_registers(out_dir: Path, seed: int) -> None:
    """Write the registers: the rules as YAML lists of mappings, the others as CSV."""
    for name, columns, rows in (
        ("asset", ASSET_COLUMNS, ASSETS),
        ("asset_impairment", IMPAIRMENT_COLUMNS, IMPAIRMENTS),
        ("site", SITE_COLUMNS, SITES),
        ("tariff", TARIFF_COLUMNS, TARIFFS),
        ("lease_contract", LEASE_COLUMNS, LEASES),
    ):
        records = [asdict(row) for row in rows]
        texts = [[_text(record[column]) for column in columns] for record in records]
        write_text(out_dir / name / f"{name}.csv", csv_text(columns, texts))
    write_text(out_dir / "asset_gpu" / "asset_gpu.csv", csv_text(CARD_COLUMNS, _card_rows(seed)))
    write_text(out_dir / "lease_contract_ramp" / "lease_contract_ramp.csv", csv_text(RAMP_COLUMNS, RAMP))
    write_text(out_dir / "instance_type" / "instance_type.csv", csv_text(INSTANCE_COLUMNS, INSTANCES))
    write_text(out_dir / "shared_cost_driver" / "shared_cost_driver.csv", csv_text(DRIVER_COLUMNS, DRIVERS))
    _write_rules(out_dir / "workload_rule" / "workload_rule.yaml", _workload_rules())
    _write_rules(out_dir / "tag_rule" / "tag_rule.yaml", TAG_RULES)


def _text(value: object) -> str:
    if value is None:
        return ""
    return plain(value) if isinstance(value, Decimal) else str(value)


def _card_rows(seed: int) -> list[tuple[object, ...]]:
    asset_of = {asset.node: asset.asset_id for asset in ASSETS if asset.node}
    return [
        (
            card.uuid,
            asset_of[card.node],
            card.slot,
            instant(card.first_hour).date(),
            "" if card.end_hour == HOURS else SWAP_DATE,
        )
        for card in cards(seed)
        if card.node in asset_of
    ]


def _workload_rules() -> list[dict[str, object]]:
    return [
        {
            "rule_id": rule_id,
            "priority_index": priority_index,
            "workload": workload,
            "workload_kind": WORKLOAD_KINDS[workload],
            "match_field": match_field,
            "match_pattern": match_pattern,
        }
        for rule_id, priority_index, workload, match_field, match_pattern in RULES
    ]


def _write_rules(path: Path, rules: Sequence[Mapping[str, object]]) -> None:
    from ruamel.yaml import YAML

    buffer = StringIO()
    YAML().dump([dict(rule) for rule in rules], buffer)
    write_text(path, buffer.getvalue())
