"""Bills written by hand in a warehouse of their own, built into marts: each case is an account, so cases do not meet.

August 2026 begins on a Saturday: the 7th is a Friday, the 9th a Sunday. The run speaks for 1 September.
"""

from __future__ import annotations

import csv
import time
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from pipelines import transform
from pipelines.settings import REPOSITORY, Settings
from pipelines.warehouse import ingest, landing
from pipelines.warehouse.connect import writing

MODELS = [
    f"+{name}"
    for name in (
        "fct_cost_daily", "fct_cost_known_daily", "reconciliation", "reconciliation_service", "invoice_check",
        "restatement", "unknown_gpu_sku",
    )
]  # fmt: skip
FIRST, LAST, AS_OF = date(2024, 1, 1), date(2026, 11, 1), date(2026, 9, 1)
EARLIER, LATER = datetime(2026, 8, 20), datetime(2026, 9, 2)
JUNE, AUGUST = "2026-06", "2026-08"
IN_DOLLARS = {"PricingCurrency": "USD", "PricingCurrencyEffectiveCost": "1000"}
MONEY = ("BilledCost", "EffectiveCost", "PricingCurrencyEffectiveCost")

RATES = """Date,USD,JPY,GBP,CHF,SEK,NOK,DKK,PLN,CZK,HUF,AUD,
2026-08-10,1.2,175,0.9,N/A,11,11,7.4,4.2,25,391,1.7,
2026-08-07,1.1437,171.31,0.85,N/A,11,11,7.4,4.2,25,391,1.7,
"""


# Monday as it was first told, and as a later file of that day alone corrects it (the later has the larger id).
FIRST_RATES = RATES.replace("2026-08-10,1.2,", "2026-08-10,1.3,")
DAY_RATES = RATES.rpartition("2026-08-07")[0]


def line(account: str, cost: str, at: str = "2026-08-03T10:00", **more: str) -> dict[str, str]:
    """A FOCUS line of an hour. `month` is that of its bill, by default that of its use."""
    year, month = map(int, more.pop("month", at[:7]).split("-"))
    after = f"{year + month // 12}-{month % 12 + 1:02}-01T00:00:00Z"
    given = {
        "BillingAccountId": account, "BillingPeriodStart": f"{year}-{month:02}-01T00:00:00Z",
        "BillingPeriodEnd": after, "ChargePeriodStart": f"{at}:00Z", "ChargePeriodEnd": f"{at[:10]}T23:59:00Z",
        "ChargeCategory": "Usage", "BillingCurrency": "USD", "BilledCost": cost, "EffectiveCost": cost,
        "ProviderName": "Lumen", "InvoiceIssuerName": "Lumen", "ServiceName": "Compute",
    }  # fmt: skip
    return given | more


def abroad(name: str, cost: str, at: str, currency: str = "EUR", **more: str) -> dict[str, str]:
    """A line in another currency."""
    return line("abroad", cost, at, BillingCurrency=currency, SubAccountId=name, ResourceId=name, **more)


def machine(name: str, hours: str, cost: str = "1", **more: str) -> dict[str, str]:
    """A line of AWS for hours of a p5.48xlarge, which has eight H100."""
    given = {
        "ProviderName": "AWS", "ConsumedQuantity": hours, "ConsumedUnit": "Hrs",
        "SubAccountId": name, "ResourceId": name,
        "SkuPriceDetails": '{"InstanceType": "p5.48xlarge"}',
    }  # fmt: skip
    return line("gpus", cost, **given | more)


BEFORE = [
    line("restated", "10", "2026-08-03T10:00"),
    line("restated", "20", "2026-08-04T10:00"),
    line("restated", "4", "2026-08-04T10:00", ServiceName="Storage"),
    line("corrected", "100", "2026-06-15T10:00"),
]
AFTER = [
    abroad("sunday", "100.01", "2026-08-09T10:00"),
    abroad("monday", "100.01", "2026-08-10T10:00"),
    abroad("ten days on", "10", "2026-08-20T23:30"),
    abroad("yen", "1000", "2026-08-09T10:00", "JPY"),
    abroad("yen back", "-1000", "2026-08-09T10:00", "JPY", ChargeCategory="Credit"),
    abroad("own rate", "50", "2026-08-09T10:00", PricingCurrency="USD", PricingCurrencyEffectiveCost="55"),
    line("rupiah", "16120000", SubAccountId="rupiah", BillingCurrency="IDR", **IN_DOLLARS),
    line("dear", "200000000000", "2026-08-09T10:00", BillingCurrency="JPY", SubAccountId="dear"),
    line("open", "1", "2026-09-01T10:00"),
    line("closed", "1", "2026-09-01T10:00", InvoiceIssuerName="Closer"),
    line("all closed", "1", "2026-09-01T10:00", InvoiceIssuerName="Duo"),
    line("own open", "1", "2026-09-01T10:00", InvoiceIssuerName="Duo"),
    line("own closed", "1", "2026-09-01T10:00", InvoiceIssuerName="Solo"),
    line("all open", "1", "2026-09-01T10:00", InvoiceIssuerName="Solo"),
    line("over", "1"),
    line("invoiced", "1", InvoiceId="I-1"),
    line("exact", "1.25", InvoiceId="I-2"),
    line("exact", "0.75", InvoiceId="I-2", ServiceName="Storage"),
    line("rounded", "0.333", InvoiceId="I-3"),
    line("rounded", "0.672", InvoiceId="I-3", ServiceName="Storage"),
    line("rounded wrong", "0.333", InvoiceId="I-4"),
    line("rounded wrong", "0.672", InvoiceId="I-4"),
    line("differs", "10", InvoiceId="I-5"),
    line("by period", "3"),
    line("two invoices", "3"),
    line("two invoices", "4"),
    line("half invoiced", "3", InvoiceId="I-10"),
    line("half invoiced", "4"),
    line("half stated", "3"),
    line("half stated", "105", InvoiceIssuerName="Rival"),
    line("both stated", "3"),
    line("both stated", "105", InvoiceIssuerName="Rival"),
    line("restated", "12", "2026-08-03T10:00"),
    line("restated", "20", "2026-08-04T10:00"),
    line("restated", "4", "2026-08-04T10:00", ServiceName="Storage"),
    line("restated", "7", "2026-08-05T10:00"),
    line("corrected", "30", "2026-08-15T10:00"),
    line("corrected", "-8", "2026-06-15T10:00", month=AUGUST, ChargeClass="Correction", ServiceName="Storage"),
    line("late", "1", "2025-07-31T23:30", month="2025-08"),
    line("late", "2", "2025-08-31T23:30", month="2025-08"),
    line("late", "4", "2025-09-01T00:00", month="2025-08"),
    line("leap", "8", "2024-02-29T23:30", month="2024-03"),
    line("leap", "16", "2024-03-01T00:00", month="2024-03"),
    machine("machine", "3"),
    machine("covered", "2", CommitmentDiscountId="plan", CommitmentDiscountStatus="Used"),
    machine("unused", "5", CommitmentDiscountId="plan", CommitmentDiscountStatus="Unused"),
    line("gpus", "5", SubAccountId="namesake", CommitmentDiscountId="plan", CommitmentDiscountStatus="Unused"),
    machine("given back", "-1", "-1", ChargeClass="Correction"),
    machine("own gpu hours", "12", ConsumedUnit="GPU Hours"),
    machine("cores", "7"),
    machine("unknown", "7", "5", SkuPriceDetails='{"InstanceType": "p9.96xlarge"}'),
    machine("unknown again", "7", "7", SkuPriceDetails='{"InstanceType": "p9.96xlarge"}'),
    machine("own unknown", "2", "3", ConsumedUnit="GPU Hours", SkuPriceDetails='{"InstanceType": "pod.large"}'),
    machine("no gpu", "7", SkuPriceDetails='{"InstanceType": "m7i.large"}'),
    line("moved", "6", ServiceName="Compute", ResourceId="to move"),
    line("moved", "1", ServiceName="Storage"),
]
# A date that cannot be is no charge of any day: the row is rejected, half a dollar of a thousand.
REJECTED = [line("rejected", "999.5", InvoiceId="I-11"), line("rejected", "0.5", "2026-08-99T10:00", InvoiceId="I-11")]
INVOICES = [
    ("I-2", "exact", "Compute", "1.25"),
    ("I-2", "exact", "Storage", "0.75"),
    ("I-3", "rounded", "", "1.01"),
    ("I-4", "rounded wrong", "", "1.00"),
    ("I-5", "differs", "", "12"),
    ("I-6", "by period", "", "3.00"),
    ("I-7", "two invoices", "", "2.5"),
    ("I-8", "two invoices", "", "4.5"),
    ("I-9", "nobody", "", "5"),
    ("I-10", "half invoiced", "", "3"),
    ("I-11", "rejected", "", "1000"),
    ("I-12", "half stated", "", "3"),
    ("I-13", "both stated", "", "3"),
    ("I-13", "both stated", "", "105", "RIVAL"),
]
PERIODS = [("Closer", None, "Closed"), ("Duo", None, "Closed"), ("Duo", "own open", "Open"),
           ("Solo", None, "Open"), ("Solo", "own closed", "Closed")]  # fmt: skip


def write(path: Path, rows: list[dict[str, str]]) -> Path:
    """A CSV file of the rows; what a row does not name is empty."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(dict.fromkeys(name for row in rows for name in row)))
        writer.writeheader()
        writer.writerows(rows)
    return path


def scaled(rows: list[dict[str, str]], factor: int) -> list[dict[str, str]]:
    """The rows with all their money times a factor."""
    return [row | {name: str(Decimal(row[name]) * factor) for name in MONEY if name in row} for row in rows]


def load(folder: Path, kinds: tuple[str, ...], *, factor: int = 1, step: int = 1, threads: int = 2) -> Settings:
    """The bills with money times a factor, rates and registers, kind after kind; a step of -1 turns the rows round."""
    settings = Settings(home=folder / "home", min_free_disk_bytes=0, threads=threads)
    names = ("invoice_id", "billing_account_id", "service_name", "billed_cost", "invoice_issuer_name")
    august = {
        "invoice_issuer_name": "Lumen", "billing_period_start": "2026-08-01", "billing_period_end": "2026-09-01",
        "billing_currency": "USD",
    }  # fmt: skip
    stated = [august | dict(zip(names, invoice, strict=False)) for invoice in INVOICES]
    for name, text in (("eurofxref-hist.csv", FIRST_RATES), ("eurofxref.csv", DAY_RATES)):
        (folder / name).write_text(text)
    landing.add(
        settings,
        [write(folder / "before.csv", scaled(BEFORE[::step], factor)), folder / "eurofxref-hist.csv"],
        received_at=EARLIER,
    )
    landing.add(
        settings,
        [
            write(folder / "after/bill.csv", scaled(AFTER[::step], factor)),
            write(folder / "rejected/bill.csv", scaled(REJECTED[::step], factor)),
            write(folder / "invoice_total.csv", stated),
            folder / "eurofxref.csv",
            REPOSITORY / "data/reference/instance_types.csv",
        ],
        received_at=LATER,
    )
    for kind in kinds:
        ingest.ingest(settings, kind)
    with writing(settings) as connection:
        connection.executemany(
            "insert into raw.billing_period by name select 'd' as delivery_id, 'f' as source_part, ? as source_row, "
            "'test' as source, ? as invoice_issuer_name, ? as billing_account_id, ? as billing_period_status, "
            "timestamp '2026-09-01' as billing_period_start, timestamp '2026-10-01' as billing_period_end",
            [[number, issuer, account, status] for number, (issuer, account, status) in enumerate(PERIODS)],
        )
        # A format that bills cores and memory of a GPU machine apart says so itself; FOCUS has no word for it.
        connection.execute("update raw.cost_line set consumed_gpu_hours = 0 where resource_id = 'cores'")
    return settings


def build(settings: Settings, select: list[str], zone: str = "UTC", first: date = FIRST) -> None:
    """Models and their tests, under a clock of another zone."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in transform.environment(settings).items():
            patch.setenv(name, value)
        patch.setenv("TZ", zone)
        time.tzset()
        try:
            transform.build(settings, from_date=first, to_date=LAST, as_of=AS_OF, select=select)
        finally:
            patch.undo()
            time.tzset()
