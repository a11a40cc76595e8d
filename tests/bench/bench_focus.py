"""FOCUS Parquet of 50 columns into the contract, against DuckDB's own `create table as` of the same columns."""

from __future__ import annotations

from pathlib import Path

import duckdb
from _load import load_file

ROWS = 20_000_000
GOAL_RATIO = 1.3
MEMORY_LIMIT = "4GiB"

# Column → SQL over i, a row's number: as many different values as a large company's bill has.
COLUMNS = {
    "AvailabilityZone": "'use1-az' || (i % 6)",
    "BilledCost": "cast((i % 100003) / 1000.0 as decimal(30,10))",
    "BillingAccountId": "'004567890123'",
    "BillingAccountName": "'Northwind'",
    "BillingAccountType": "'Organization'",
    "BillingCurrency": "'USD'",
    "BillingPeriodEnd": "timestamp '2026-09-01'",
    "BillingPeriodStart": "timestamp '2026-08-01'",
    "CapacityReservationId": "case when i % 97 = 0 then 'cr-' || (i % 50) end",
    "CapacityReservationStatus": "case when i % 97 = 0 then 'Used' end",
    "ChargeCategory": "'Usage'",
    "ChargeClass": "cast(null as varchar)",
    "ChargeDescription": "'$' || (i % 2000) || ' per On Demand Linux instance hour'",
    "ChargeFrequency": "'Usage-Based'",
    "ChargePeriodEnd": "timestamp '2026-08-01' + interval (i % 744 + 1) hour",
    "ChargePeriodStart": "timestamp '2026-08-01' + interval (i % 744) hour",
    "CommitmentDiscountCategory": "case when i % 11 = 0 then 'Spend' end",
    "CommitmentDiscountId": "case when i % 11 = 0 then 'arn:aws:savingsplans::123:savingsplan/' || (i % 30) end",
    "CommitmentDiscountName": "case when i % 11 = 0 then 'plan ' || (i % 30) end",
    "CommitmentDiscountStatus": "case when i % 11 = 0 then 'Used' end",
    "CommitmentDiscountType": "case when i % 11 = 0 then 'Compute Savings Plan' end",
    "ConsumedQuantity": "cast((i % 3600) / 3600.0 as decimal(30,10))",
    "ConsumedUnit": "'Hours'",
    "ContractedCost": "cast((i % 100003) / 1000.0 as decimal(30,10))",
    "ContractedUnitPrice": "cast((i % 997) / 100.0 as decimal(30,10))",
    "EffectiveCost": "cast((i % 100003) / 1000.0 as decimal(30,10))",
    "HostProviderName": "'AWS'",
    "InvoiceId": "'INV-' || (i % 4)",
    "InvoiceIssuerName": "'AWS'",
    "ListCost": "cast((i % 100003) / 900.0 as decimal(30,10))",
    "ListUnitPrice": "cast((i % 997) / 90.0 as decimal(30,10))",
    "PricingCategory": "'Standard'",
    "PricingQuantity": "cast((i % 3600) / 3600.0 as decimal(30,10))",
    "PricingUnit": "'Hours'",
    "ProviderName": "'AWS'",
    "PublisherName": "'AWS'",
    "RegionId": "'us-east-' || (i % 3)",
    "RegionName": "'US East ' || (i % 3)",
    "ResourceId": "'arn:aws:ec2:us-east-1:123456789012:instance/i-' || printf('%08x', (i * 2654435761) % 400000)",
    "ResourceName": "'node-' || (i % 400000)",
    "ResourceType": "'Instance'",
    "ServiceCategory": "'Compute'",
    "ServiceName": "'Service ' || (i % 60)",
    "ServiceProviderName": "'AWS'",
    "SkuId": "'SKU' || (i % 5000)",
    "SkuMeter": "'BoxUsage:p5.48xlarge-' || (i % 400)",
    "SkuPriceId": "'SKU' || (i % 5000) || '.JRTCKXETXF'",
    "SubAccountId": "printf('%012d', 100000 + i % 300)",
    "SubAccountName": "'account ' || (i % 300)",
    "Tags": "map(['team', 'env'], ['team-' || (i % 40), 'prod'])",
}


def _file(folder: Path, rows: int) -> Path:
    return folder / f"focus-{rows}.parquet"


def prepare(folder: Path, rows: int) -> None:
    """Write the file, once."""
    if _file(folder, rows).exists():
        return
    columns = ", ".join(f"{sql} as {name}" for name, sql in COLUMNS.items())
    with duckdb.connect() as connection:
        connection.execute("set preserve_insertion_order = false; set memory_limit = '4GiB'; set threads = 2")
        connection.execute(
            f"copy (select {columns} from range({rows}) as numbers(i)) to '{_file(folder, rows)}' (format parquet)"
        )


def ours(folder: Path, scratch: Path, rows: int) -> None:
    """The loader."""
    load_file(_file(folder, rows), "focus", rows, scratch, MEMORY_LIMIT)


def plain(folder: Path, scratch: Path, rows: int) -> None:
    """One statement."""
    with duckdb.connect(str(scratch / "plain.duckdb")) as connection:
        connection.execute(
            f"set preserve_insertion_order = false; set memory_limit = '{MEMORY_LIMIT}'; set threads = 2"
        )
        connection.execute(f"create table lines as select * from read_parquet('{_file(folder, rows)}')")
