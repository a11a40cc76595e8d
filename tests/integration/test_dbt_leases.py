"""Lease contracts accrued by the day, beside a bill of August 2026; each figure is worked out in the test's comment."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from _bills import line, machine, write
from _owned import asset, site, tariff
from _telemetry import POWER, UTIL, Telemetry, ask, build, deliver, every

from pipelines.settings import REPOSITORY, Settings
from pipelines.warehouse import ingest, landing

FIRST, AS_OF = date(2026, 7, 1), date(2026, 9, 1)
H100 = "H100-SXM-80GB"
MODELS = ["+fct_lease_contract_daily", "+fct_cost_daily", "+fct_workload_tco_daily", "+fct_allocated_cost_daily"]


def contract(name: str, gpus: int, price: float, start: str, end: str, **more: Any) -> dict[str, Any]:
    """A row of the register; its counterparty is called like it."""
    return {
        "contract_id": name, "counterparty": name, "jurisdiction": "SE", "gpu_model": H100, "gpus": gpus,
        "start_date": start, "end_date": end, "committed_price_usd_per_gpu_hour": price, "upfront_usd": 0,
        "take_or_pay_frac": 1, "termination_fee_usd": "",
    } | more  # fmt: skip


CONTRACTS = [
    contract("settled", 2, 2, "2026-08-01", "2026-12-01", take_or_pay_frac=0.5, usage_location="hall"),
    contract("ramp", 4, 1.5, "2026-08-01", "2026-09-01", upfront_usd=310),
    contract("left", 1, 1, "2026-08-01", "2026-08-11", take_or_pay_frac=0, upfront_usd=100,
             terminated_date="2026-08-05", termination_fee_usd=500),
    contract("billed", 8, 1, "2026-07-30", "2027-07-30", counterparty="Lumen", commitment_discount_id="cud-1"),
    *(
        contract(f"twin-{name}", 1, 1, "2026-08-01", "2026-08-02", take_or_pay_frac=0, usage_location="annex")
        for name in "ab"
    ),
    contract("vast", 32768, 0, "2026-08-01", "2027-08-01", counterparty="Lumen", commitment_discount_id="cud-2",
             take_or_pay_frac=0, upfront_usd=365_000_000),
    contract("loose", 8, 1, "2026-08-01", "2026-09-01", counterparty="Lumen", commitment_discount_id="cud-3",
             take_or_pay_frac=0),
    contract("tight", 8, 1, "2026-08-01", "2026-09-01", counterparty="Lumen", commitment_discount_id="cud-4",
             take_or_pay_frac=0.25, upfront_usd=31 * 192),
    # Two lessors call two commitments the same.
    contract("ours", 8, 1, "2026-08-01", "2026-09-01", counterparty="Lumen", commitment_discount_id="cud-5",
             take_or_pay_frac=0),
    contract("theirs", 8, 1, "2026-08-01", "2026-09-01", counterparty="Orrin", commitment_discount_id="cud-5",
             take_or_pay_frac=0),
    contract("mute", 8, 1, "2026-08-01", "2026-09-01", counterparty="Lumen", commitment_discount_id="cud-6"),
    contract("quarters", 8, 0, "2026-05-15", "2027-05-15", counterparty="Lumen", commitment_discount_id="cud-7",
             take_or_pay_frac=0.5, fulfillment_interval="Quarterly"),
    contract("silent", 1, 1, "2026-07-30", "2027-07-30", counterparty="Lumen"),
]  # fmt: skip
RAMP = [{"contract_id": "ramp", "from_date": "2026-08-03", "gpus": 8}]
BILL = [
    machine("used", "2", "16", CommitmentDiscountId="cud-1", CommitmentDiscountStatus="Used", ProviderName="Lumen"),
    line("gpus", "176", CommitmentDiscountId="cud-1", CommitmentDiscountStatus="Unused"),
    machine("vast", "49152", "0", CommitmentDiscountId="cud-2", CommitmentDiscountStatus="Used", ProviderName="Lumen"),
    machine("mute", "", "0", CommitmentDiscountId="cud-6", CommitmentDiscountStatus="Used", ProviderName="Lumen"),
    *(
        machine(
            name,
            hours,
            "0",
            at=f"2026-08-{day}T10:00",
            CommitmentDiscountId=name,
            CommitmentDiscountStatus="Used",
            ProviderName="Lumen",
            ChargeClass="Correction" if day == "04" else "",
        )
        for name in ("cud-3", "cud-4")
        for day, hours in (("03", "12"), ("04", "-2"))
    ),
    *(
        machine(
            "cud-7",
            hours,
            "0",
            at=f"2026-08-{day}T10:00",
            CommitmentDiscountId="cud-7",
            CommitmentDiscountStatus="Used",
            ProviderName="Lumen",
        )
        for day, hours in ((14, "20"), (15, "20"))
    ),
    *(
        machine("cud-5", hours, "0", CommitmentDiscountId="cud-5", CommitmentDiscountStatus="Used", **whose)
        for hours, whose in (
            ("2", {"ProviderName": "Lumen"}),
            ("4", {"ProviderName": "Orrin", "InvoiceIssuerName": "Reseller"}),
            ("6", {"ProviderName": "Elsewhere", "InvoiceIssuerName": "Orrin"}),
        )
    ),
]
TYPE = {
    "service_provider_name": "Lumen",
    "instance_type": "p5.48xlarge",
    "gpu_model": H100,
    "gpus": 8,
    "reference": "t",
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder: Path = tmp_path_factory.mktemp("leases")
    settings = Settings(home=folder / "home", min_free_disk_bytes=0)
    telemetry = Telemetry()
    # Half a day of one GPU, the next day the whole of two; then nothing is seen.
    hours = every(3600, datetime(2026, 8, 1, 1), datetime(2026, 8, 1, 12))
    second = every(3600, datetime(2026, 8, 2, 1), datetime(2026, 8, 3))
    for gpu, times in (("a", hours + second), ("b", second)):
        # No two readings are alike: an exporter that repeats itself has hung.
        readings = [float(50 + number % 5 + number / 100) for number in range(len(times))]
        telemetry.put(gpu, times, UTIL, readings, node="rack", covers_seconds=3600.0)
        telemetry.put(gpu, times, POWER, [6 * reading for reading in readings], node="rack", covers_seconds=3600.0)
    twelve = [float(60 + number) for number in range(len(hours))]
    telemetry.put("c", hours, UTIL, twelve, node="shed", covers_seconds=3600.0)
    day = date(2026, 7, 1)
    deliver(
        settings,
        telemetry,
        {
            "raw.asset": [
                asset(name, 1826, day, day, node=node, gpus=gpus, gpu_model=H100, idle_kw=1, peak_kw=2, contracted_kw=2)
                for name, node, gpus in (("hall", "rack", 2), ("annex", "shed", 1))
            ],
            "raw.site": [site("hall"), site("annex")],
            "raw.tariff": [tariff("hall"), tariff("annex")],
        },
    )
    types = [TYPE | {"service_provider_name": name} for name in ("Lumen", "Orrin", "Elsewhere")]
    files = {"bill": BILL, "lease_contract": CONTRACTS, "lease_contract_ramp": RAMP, "instance_type": types}
    paths = [write(folder / f"{name}.csv", rows) for name, rows in files.items()]
    landing.add(settings, [*paths, REPOSITORY / "data/reference/gpu_models.csv"], received_at=datetime(2026, 9, 2))
    for kind in ("billing", "registers"):
        ingest.ingest(settings, kind)
    build(settings, FIRST, AS_OF, select=MODELS)
    return settings


def days(home: Settings, name: str, columns: str, where: str = "true") -> list[tuple[Any, ...]]:
    """Days of a contract, in order."""
    return ask(
        home,
        f"select {columns} from marts.fct_lease_contract_daily where contract_id = '{name}' and {where} "
        "order by usage_date",
    )


def accrued_as_cost(home: Settings, name: str) -> list[tuple[Any, ...]]:
    """Rows of the cost table that come from the contract."""
    return ask(
        home,
        "select charge_date, cost_role, effective_cost_usd, gpu_hours, billed_cost from marts.fct_cost_daily "
        f"where source = 'lease_contract' and service_name = 'Contract {name}' and cost_status = 'contract accrual' "
        "order by charge_date, cost_role",
    )


def test_use_is_settled_against_what_is_owed_over_the_month(home: Settings) -> None:
    """48 hours committed a day, 24 owed, 2 $. 12 used: 12 short. 48 used: 60 of 48 owed so far, the 12 are made good.

    Unknown use counts as the 24 owed: more or less would be a guess.
    """
    columns = "used_gpu_hours, shortfall_gpu_hours, shortfall_cost_usd, accrued_cost_usd, usage_basis"
    assert days(home, "settled", columns, "usage_date <= date '2026-08-03'") == [
        (12, 12, 24, 48, "telemetry"),
        (48, -12, -24, 72, "telemetry"),
        (None, None, None, 48, "unknown"),
    ]


def test_use_of_a_quarter_makes_good_no_shortfall_of_the_one_before(home: Settings) -> None:
    """96 owed a day, quarters from 15 May. On 14 August 160 come, 64 of them for days before; the 15th begins anew.

    The 64 that come beyond what is owed then are there on the 16th, which is 32 short.
    """
    found = days(home, "quarters", "used_gpu_hours, shortfall_gpu_hours", "usage_date >= date '2026-08-13'")
    assert found[:5] == [(0, 96), (160, -64), (160, 0), (0, 32), (0, 96)]


def test_use_beyond_the_commitment_is_unknown_where_use_is(home: Settings) -> None:
    """12 and 48 of 48 committed are not beyond it; of the third day nobody knows."""
    found = days(home, "settled", "beyond_gpu_hours", "usage_date <= date '2026-08-03'")
    assert found == [(0,), (0,), (None,)]


def test_a_shortfall_is_idle_cost(home: Settings) -> None:
    """24 of the first day's 48 $; the next day takes them back."""
    first = [row[1:4] for row in accrued_as_cost(home, "settled")[:4]]
    assert first == [("gpu", 24, 12), ("idle", 24, None), ("gpu", 96, 48), ("idle", -24, None)]
    sql = "select cost_usd from marts.fct_allocated_cost_daily where location = 'settled' and cost_class = 'idle' "
    assert ask(home, sql + "order by usage_date") == [(24,), (-24,)]


def test_use_that_may_be_of_either_contract_is_unknown(home: Settings) -> None:
    """M05: twelve hours of one GPU at a place two contracts name; counted for both, they would be twenty-four."""
    for name in ("twin-a", "twin-b"):
        assert days(home, name, "used_gpu_hours, usage_basis, accrued_cost_usd") == [(None, "unknown", 0)]


def test_a_ramp_commits_more_from_its_day_on_and_a_prepayment_is_spread_over_the_term(home: Settings) -> None:
    """4 × 24 × 1.50 + 310 / 31; from the 3rd 8 × 24 × 1.50 + 10."""
    found = [row[2:] for row in accrued_as_cost(home, "ramp")]
    assert found[:3] == [(154, 96, None), (154, 96, None), (298, 192, None)]
    assert sum(row[0] for row in found) == 2 * 154 + 29 * 298


def test_leaving_early_costs_the_fee_and_what_is_left_of_the_prepayment(home: Settings) -> None:
    """Ten a day for four days; on the fifth the other sixty and the fee. Nothing is owed for hours."""
    found = days(
        home, "left", "day(usage_date), prepayment_usd, termination_usd, accrued_cost_usd, committed_gpu_hours"
    )
    assert found == [(day, 10, 0, 10, 24) for day in (1, 2, 3, 4)] + [(5, 60, 500, 560, 0)]


def test_half_of_a_prepayment_is_idle_where_half_of_a_vast_commitment_is_used(home: Settings) -> None:
    """A million a day for 32,768 GPUs, 786,432 hours, of which the bill of the 3rd has 49,152 × 8."""
    columns = "committed_gpu_hours, used_gpu_hours, prepayment_usd, idle_cost_usd"
    found = days(home, "vast", columns, "usage_date = date '2026-08-03'")
    assert found == [(786_432, 393_216, 1_000_000, 500_000)]


def test_a_billed_contract_is_reconciled_to_its_bill(home: Settings) -> None:
    """192 hours a day at 1 $. The bill of August has 16 used and 176 unused on the 3rd, and nothing on the 4th."""
    columns = "used_gpu_hours, shortfall_gpu_hours, accrued_cost_usd, effective_cost_usd, accrual_difference_usd"
    found = days(home, "billed", columns, "usage_date in (date '2026-08-03', date '2026-08-04')")
    assert found == [(16, 176, 192, 192, 0), (0, 192, 192, 0, 192)]


def test_use_that_a_bill_names_without_hours_is_unknown_and_not_short(home: Settings) -> None:
    """A machine ran under the commitment on the 3rd, who knows how long; on the 4th none did, and all 192 are short."""
    columns = "usage_basis, used_gpu_hours, shortfall_gpu_hours, idle_cost_usd"
    assert days(home, "mute", columns, "day(usage_date) in (3, 4)") == [
        ("unknown", None, None, 0),
        ("billing", 0, 192, 192),
    ]


def test_hours_that_a_bill_takes_back_are_off_the_settlement_on_their_day(home: Settings) -> None:
    """96 hours at 1 $ on the 3rd, 16 taken back on the 4th: 80 in the month, of which no day before is restated."""
    columns = "used_gpu_hours, shortfall_gpu_hours, accrued_cost_usd, idle_cost_usd"
    assert days(home, "loose", columns, "day(usage_date) in (3, 4)") == [(96, 0, 96, 0), (-16, 0, -16, 0)]
    assert sum(cost for (cost,) in days(home, "loose", "accrued_cost_usd")) == 80


def test_hours_that_a_bill_takes_back_of_what_is_owed_are_short_instead(home: Settings) -> None:
    """48 owed a day and 192 $ prepaid: 96 short through the 2nd, 48 through the 3rd, 112 through the 4th.

    Of the prepayment 96 of 192 hours are used on the 3rd, -16 on the 4th: 96 and -16 $; the rest is idle. The month
    costs what is owed, since it is more than the use: 31 × 48, and the prepayment.
    """
    columns = "used_gpu_hours, shortfall_gpu_hours, accrued_cost_usd, idle_cost_usd"
    assert days(home, "tight", columns, "day(usage_date) in (2, 3, 4)") == [
        (0, 48, 48 + 192, 48 + 192),
        (96, -48, 96 - 48 + 192, -48 + 192 - 96),
        (-16, 64, -16 + 64 + 192, 64 + 192 + 16),
    ]
    assert sum(cost for (cost,) in days(home, "tight", "accrued_cost_usd")) == 31 * (48 + 192)


def test_a_commitment_that_two_lessors_call_the_same_is_told_by_whose_bill_it_is_on(home: Settings) -> None:
    """Two hours of eight GPUs are provided by the one; four are provided, six billed by the other."""
    found = {
        name: days(home, name, "used_gpu_hours, usage_basis", "day(usage_date) = 3") for name in ("ours", "theirs")
    }
    assert found == {"ours": [(16, "billing")], "theirs": [(80, "billing")]}


def test_a_day_that_a_bill_spans_is_not_counted_again(home: Settings) -> None:
    """M05: Lumen's bill spans August, for the contract that it names and for the one that it does not."""
    dates = {name: [row[0] for row in accrued_as_cost(home, name)] for name in ("billed", "silent")}
    assert dates == {key: [date(2026, 7, 30), date(2026, 7, 31)] for key in dates}
    assert days(home, "silent", "distinct bill_basis", "usage_date >= date '2026-08-01'") == [("counterparty",)]


def test_leased_cost_is_the_bill_and_what_no_bill_covers(home: Settings) -> None:
    """M02: 192 billed; accruals as above, two days of July at 192 and 24; 48 + 72 + 29 × 48 settled."""
    ((found,),) = ask(home, "select sum(effective_cost_usd) from marts.fct_cost_daily where sourcing = 'leased'")
    accrued = 48 + 72 + 29 * 48 + (2 * 154 + 29 * 298) + (100 + 500) + 2 * (192 + 24)
    assert found == 192 + accrued
    sql = "select sum(total_cost_usd) from marts.fct_workload_tco_daily where sourcing = 'leased'"
    assert ask(home, sql) == [(found,)]
