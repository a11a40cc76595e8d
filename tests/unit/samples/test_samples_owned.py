"""The known answer for owned cost, against sums worked by hand and against the delivered files."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

import pytest
from _samples_reread import SAMPLES, TELEMETRY, answer, table

from pipelines.contracts import LINEAGE, contract_for

REGISTERS = SAMPLES / "registers"


def cost(month, component):
    (row,) = (
        row for row in answer("owned_cost_by_month") if (row["cost_month"], row["component"]) == (month, component)
    )
    return Decimal(row["cost_usd"])


# Terms until February: PUE 1.34, staff 56 000 $ a post, 165 $/kW-month; then 1.27, 58 500, 172.50.
BY_HAND = [
    # Ordered on the 8th (268 400), 15th (38 500 + 61 200) and 29th (9 400): 23, 16 and 2 days at 9 % / 365.
    ("2025-09-01", "implementation", (268400 * 23 + 99700 * 16 + 9400 * 2) * 0.09 / 365),
    # The first server waits all December for nothing: it is live. The second costs 31 days.
    ("2025-12-01", "implementation", (259900 * 31 + 24300 * 24) * 0.09 / 365),
    # The spare as well, from the 8th of December to the 14th of January: 24 and 14 days.
    ("2026-01-01", "implementation", (259900 * 31 + 24300 * 14) * 0.09 / 365),
    ("2026-05-01", "impairment", 9000),
    # 12 May is day 169 of 1826 of the storage: 9000 less over the 1657 left; the rest as it was. 2026-01-15 to
    # 2030-01-15 has 1461 days, 2026-03-02 to 2031-03-02 1826.
    (
        "2026-06-01",
        "depreciation",
        30 * ((236200 + 228700 + 36000) / 1826 + 9000 / 3652 + 24300 / 1461 + (61200 * 1657 / 1826 - 9000) / 1657),
    ),
    # 2025-12-01 to 2030-12-01 has 1826 days; 2025-11-24 to 2030-11-24 too, to 2035-11-24 3652.
    ("2025-12-01", "depreciation", 31 * ((268400 - 32200) / 1826 + (36000 + 61200) / 1826 + 9000 / 3652)),
    # Book value of the server at the start of day d is price − d × daily; the infrastructure is 7 days older.
    (
        "2025-12-01",
        "cost_of_capital",
        0.09 / 365 * (31 * 377500 - 236200 / 1826 * 465 - (97200 / 1826 + 9000 / 3652) * (465 + 7 * 31)),
    ),
    (
        "2025-12-01",
        "insurance",
        0.006 / 365 * (31 * 268400 - 236200 / 1826 * 465)
        + 0.004 / 365 * (31 * 109100 - (97200 / 1826 + 9000 / 3652) * (465 + 7 * 31)),
    ),
    # Seven days of the switch (8 %): the storage is under warranty until April.
    ("2025-11-01", "maintenance", 38500 * 0.08 / 365 * 7),
    # April: the switch, storage (10 %) from the 1st, second server (5 %) from its go-live; the first from June.
    ("2026-04-01", "maintenance", (38500 * 0.08 + 61200 * 0.1 + 259900 * 0.05) / 365 * 30),
    ("2026-06-01", "maintenance", (38500 * 0.08 + 61200 * 0.1 + (259900 + 268400) * 0.05) / 365 * 30),
    # 8 GPUs all March, 16 from the 2nd.
    ("2026-03-01", "software", 480 * (8 * 31 + 8 * 30) / 365),
    # 12.2 kW all March, 10.2 more from the 2nd.
    ("2026-03-01", "colocation", 172.5 / 31 * (12.2 * 31 + 10.2 * 30)),
    ("2026-03-01", "demand_charge", 11.5 / 31 * (12.2 * 31 + 10.2 * 30)),
    # Seven days without a GPU: the minimum of half a post; December: ⌈8 / 10⌉ = 1.
    ("2025-11-01", "staff", 0.5 * 56000 / 365 * 7),
    ("2025-12-01", "staff", 56000 / 365 * 31),
    # One day with one post, then ⌈16 / 10⌉ = 2.
    ("2026-03-01", "staff", 58500 / 365 * (1 + 2 * 30)),
    ("2025-11-01", "compliance", 18500 / 365 * 7),
    ("2025-11-01", "network", 1850 / 30 * 7),
    ("2026-03-01", "physical_security", 435),
    ("2026-02-01", "facility", 360),
    # 7 days of 1.75 kW, 13 hours at 0.0712 and 11 at 0.1048 $.
    ("2025-11-01", "power", 7 * 1.75 * 1.34 * (13 * 0.0712 + 11 * 0.1048)),
]


@pytest.mark.parametrize(("month", "component", "by_hand_usd"), BY_HAND)
def test_owned_cost_is_what_the_arithmetic_gives(month, component, by_hand_usd):
    assert float(cost(month, component)) == pytest.approx(by_hand_usd, abs=1e-6)


def test_power_of_servers_follows_their_delivered_energy():
    """March 2026: 1.75 kW + 1.1 × kW of GPUs, PUE 1.27, 0.0735 $ until 13:00 UTC, 0.1119 after; 1.75 kW constant."""
    kwh, seen, counters = defaultdict(float), defaultdict(int), {}
    for row in table(TELEMETRY / "gpu_samples_csv" / "owned-2026-03.csv.gz"):
        uuid, counter = row["gpu_uuid"], int(row["DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION"])
        used = (counter - counters[uuid]) / 3.6e9 if uuid in counters else float(row["DCGM_FI_DEV_POWER_USAGE"]) / 1000
        counters[uuid] = counter
        kwh[row["node"], row["sampled_at"]] += used
        seen[row["node"], row["sampled_at"]] += 1
    assert set(seen.values()) == {8}

    def tariff(hour):
        return 0.0735 if hour < 13 else 0.1119

    constant = 31 * 1.75 * sum(tariff(hour) for hour in range(24))
    servers = 0.0
    for (_, sampled_at), gpu_kwh in kwh.items():
        hour = (int(sampled_at[11:13]) - 1) % 24  # sampled at the end of the hour
        servers += (1.75 + 1.1 * gpu_kwh) * tariff(hour)
    assert float(cost("2026-03-01", "power")) == pytest.approx(1.27 * (constant + servers), abs=1e-6)


@pytest.mark.parametrize(
    "name",
    [
        "asset",
        "asset_gpu",
        "asset_impairment",
        "site",
        "tariff",
        "lease_contract",
        "lease_contract_ramp",
        "instance_type",
    ],
)
def test_registers_have_the_contracts_columns(name):
    lineage = {column.name for column in LINEAGE}
    expected = [column for column in contract_for(f"raw.{name}").names if column not in lineage]
    assert list(table(REGISTERS / name / f"{name}.csv")[0]) == expected


def test_lease_contracts_accrue_what_is_owed_and_a_part_of_the_prepayment():
    """June: 4 GPUs, 30 days; July: 8, 31 days; 3/4 owed at 3.18 $; 4600 $ over 92 days is 50 a day."""
    trial = {
        row["accrual_month"]: Decimal(row["accrued_cost_usd"])
        for row in answer("lease_contract_by_month")
        if row["contract_id"] == "LC-2026-01"
    }
    july = 31 * (8 * 24 * Decimal("0.75") * Decimal("3.18") + 50)
    june = 30 * (4 * 24 * Decimal("0.75") * Decimal("3.18") + 50)
    assert trial == {"2026-06-01": june, "2026-07-01": july, "2026-08-01": july}


def test_the_rules_are_a_yaml_list_of_the_contracts_columns():
    from ruamel.yaml import YAML

    rules = YAML(typ="safe").load((REGISTERS / "workload_rule" / "workload_rule.yaml").read_text())
    assert {name for rule in rules for name in rule} <= set(contract_for("raw.workload_rule").names)


def test_one_slot_holds_two_cards_one_after_the_other():
    rows = [
        row
        for row in table(REGISTERS / "asset_gpu" / "asset_gpu.csv")
        if (row["asset_id"], row["slot_index"]) == ("NW-0001", "5")
    ]
    assert [(row["valid_from_date"], row["valid_to_date"]) for row in rows] == [
        ("2025-12-01", "2026-04-20"),
        ("2026-04-20", ""),
    ]


def test_there_are_monthly_quotes_of_three_providers_and_terms_for_two_years():
    rows = table(SAMPLES / "prices" / "price_history_csv" / "invented_h100_quotes.csv")
    keys = {(row["observed_at"][:7], row["provider"], row["pricing_model"]) for row in rows}
    assert len(rows) == len(keys) == 24 * 3 * 3
