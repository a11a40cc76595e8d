"""AWS CUR csv.gz into the contract, against DuckDB's own `read_csv` of the same columns into a table, all as text."""

from __future__ import annotations

from pathlib import Path

import duckdb
from _load import load_file

ROWS = 5_000_000
GOAL_RATIO = 1.5
MEMORY_LIMIT = "4GiB"

COLUMNS = {
    "identity/LineItemId": "'li' || i",
    "bill/InvoiceId": "'INV1'",
    "bill/InvoicingEntity": "'Amazon Web Services, Inc.'",
    "bill/BillType": "'Anniversary'",
    "bill/PayerAccountId": "'004567890123'",
    "bill/BillingPeriodStartDate": "'2026-08-01T00:00:00Z'",
    "bill/BillingPeriodEndDate": "'2026-09-01T00:00:00Z'",
    "lineItem/UsageAccountId": "printf('%012d', 100000 + i % 300)",
    "lineItem/LineItemType": "case i % 10 when 0 then 'SavingsPlanCoveredUsage' when 1 then 'SavingsPlanNegation' "
    "else 'Usage' end",
    "lineItem/UsageStartDate": "strftime(timestamp '2026-08-01' + interval (i % 744) hour, '%Y-%m-%dT%H:%M:%SZ')",
    "lineItem/UsageEndDate": "strftime(timestamp '2026-08-01' + interval (i % 744 + 1) hour, '%Y-%m-%dT%H:%M:%SZ')",
    "lineItem/ProductCode": "'AmazonEC2'",
    "lineItem/UsageType": "'USE1-BoxUsage:p5.48xlarge'",
    "lineItem/Operation": "'RunInstances'",
    "lineItem/AvailabilityZone": "'us-east-1' || chr(cast(97 + i % 3 as integer))",
    "lineItem/ResourceId": "'i-' || printf('%016x', (i * 2654435761) % 400000)",
    "lineItem/UsageAmount": "'1.0000000000'",
    "lineItem/CurrencyCode": "'USD'",
    "lineItem/UnblendedRate": "'55.0400000000'",
    "lineItem/UnblendedCost": "printf('%.10f', (i % 100003) / 1000.0)",
    "lineItem/LineItemDescription": "'$55.04 per On Demand Linux p5.48xlarge Instance Hour'",
    "product/ProductName": "'Amazon Elastic Compute Cloud'",
    "product/instanceType": "'p5.48xlarge'",
    "product/productFamily": "'Compute Instance'",
    "product/region": "'us-east-1'",
    "product/sku": "'SKU' || (i % 5000)",
    "pricing/publicOnDemandCost": "printf('%.10f', (i % 100003) / 900.0)",
    "pricing/publicOnDemandRate": "'55.0400000000'",
    "pricing/term": "'OnDemand'",
    "pricing/unit": "'Hrs'",
    "savingsPlan/SavingsPlanARN": "case when i % 10 < 2 then 'arn:aws:savingsplans::1:savingsplan/' || (i % 30) end",
    "savingsPlan/SavingsPlanEffectiveCost": "case when i % 10 = 0 then '30.1000000000' end",
    "savingsPlan/SavingsPlanRate": "case when i % 10 = 0 then '30.1000000000' end",
    "savingsPlan/TotalCommitmentToDate": "null",
    "savingsPlan/UsedCommitment": "null",
    "reservation/EffectiveCost": "null",
    "reservation/ReservationARN": "null",
    "resourceTags/user:team": "'team-' || (i % 40)",
    "resourceTags/user:env": "'prod'",
}


def _file(folder: Path, rows: int) -> Path:
    return folder / f"cur-{rows}.csv.gz"


def prepare(folder: Path, rows: int) -> None:
    """Write the file, once."""
    if _file(folder, rows).exists():
        return
    columns = ", ".join(f'{sql} as "{name}"' for name, sql in COLUMNS.items())
    with duckdb.connect() as connection:
        connection.execute(
            f"copy (select {columns} from range({rows}) as numbers(i)) to '{_file(folder, rows)}' "
            "(format csv, header, compression gzip)"
        )


def ours(folder: Path, scratch: Path, rows: int) -> None:
    """The loader."""
    load_file(_file(folder, rows), "aws_cur_legacy", rows, scratch, MEMORY_LIMIT)


def plain(folder: Path, scratch: Path, rows: int) -> None:
    """One statement, nothing sniffed."""
    columns = ", ".join(f"'c{place}': 'VARCHAR'" for place in range(len(COLUMNS)))
    with duckdb.connect(str(scratch / "plain.duckdb")) as connection:
        connection.execute(f"set memory_limit = '{MEMORY_LIMIT}'; set threads = 2")
        connection.execute(
            f"create table lines as select * from read_csv('{_file(folder, rows)}', auto_detect = false, "
            f"header = true, columns = {{{columns}}}, delim = ',', quote = '\"', escape = '\"', compression = 'gzip')"
        )
