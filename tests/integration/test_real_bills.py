"""Every real billing file is loaded to the last digit, or refused with its reason. No models: landing and loader only.

What a bill should add up to is worked out here from its files, by `csv` and `Decimal`, and stands as a figure in the
table as well: the table is what a reader looks at, and the sum what it is held against.
"""

from __future__ import annotations

import ast
import csv
import gzip
import io
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from pipelines.errors import IncompleteDeliveryError, InputError, UnknownFileError
from pipelines.settings import Settings
from pipelines.warehouse import ingest, landing
from pipelines.warehouse.connect import reading_warehouse

ARRIVAL = datetime(2026, 9, 2)
Row = Mapping[str, Any]
Sums = tuple[Decimal, Decimal]


def rows_of(path: Path) -> list[dict[str, str]]:
    """A CSV file's rows, packed or not."""
    content = path.read_bytes()
    text = (gzip.decompress(content) if path.suffix == ".gz" else content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def exact(value: object) -> Decimal:
    """An amount to 18 places, half away from zero; a binary number by its shortest text; nothing is nothing."""
    text = repr(value) if isinstance(value, float) else str(value or 0)
    return Decimal(text).quantize(Decimal("1e-18"), ROUND_HALF_UP)


def total(values: Iterable[object]) -> Decimal:
    """Sum of amounts."""
    return sum((exact(value) for value in values), Decimal(0))


def focus(paths: list[Path]) -> Sums:
    """Its two columns."""
    rows = [row for path in paths for row in rows_of(path)]
    return total(row["BilledCost"] for row in rows), total(row["EffectiveCost"] for row in rows)


def amortised(row: Row, name: Callable[[str], str]) -> Decimal:
    """Effective cost of a line of AWS, by the table of method.md; `name` spells a column as the report does."""

    def amount(column: str) -> Decimal:
        return exact(row.get(name(column)))

    kind = row[name("lineItem/LineItemType")]
    nothing = ["SavingsPlanNegation", "SavingsPlanUpfrontFee"]
    if row.get(name("reservation/ReservationARN")):
        nothing.append("Fee")
    unused = "reservation/UnusedAmortizedUpfrontFeeForBillingPeriod"
    rules = {
        "SavingsPlanCoveredUsage": amount("savingsPlan/SavingsPlanEffectiveCost"),
        "SavingsPlanRecurringFee": amount("savingsPlan/TotalCommitmentToDate") - amount("savingsPlan/UsedCommitment"),
        "DiscountedUsage": amount("reservation/EffectiveCost"),
        "RIFee": amount(unused) + amount("reservation/UnusedRecurringFee"),
    }
    return rules.get(kind, amount("lineItem/UnblendedCost")) if kind not in nothing else Decimal(0)


def cur_legacy(paths: list[Path]) -> Sums:
    """Of several assemblies the last by name, which is the later here."""
    files = sorted(file for path in paths for file in (path.rglob("*.csv.gz") if path.is_dir() else [path]))
    rows = [row for file in files if file.parent == files[-1].parent for row in rows_of(file)]
    return total(row["lineItem/UnblendedCost"] for row in rows), sum((amortised(row, str) for row in rows), Decimal(0))


CUR2_NAMES = {
    "lineItem/LineItemType": "line_item_line_item_type",
    "lineItem/UnblendedCost": "line_item_unblended_cost",
    "savingsPlan/SavingsPlanEffectiveCost": "savings_plan_savings_plan_effective_cost",
    "savingsPlan/TotalCommitmentToDate": "savings_plan_total_commitment_to_date",
    "savingsPlan/UsedCommitment": "savings_plan_used_commitment",
    "reservation/ReservationARN": "reservation_reservation_a_r_n",
    "reservation/EffectiveCost": "reservation_effective_cost",
    "reservation/UnusedAmortizedUpfrontFeeForBillingPeriod": (
        "reservation_unused_amortized_upfront_fee_for_billing_period"
    ),
    "reservation/UnusedRecurringFee": "reservation_unused_recurring_fee",
}


def cur2(paths: list[Path]) -> Sums:
    """The same rules under the newer names."""
    rows: list[Row] = []
    for file in (file for path in paths for file in path.rglob("*.parquet")):
        names = [name for name in CUR2_NAMES.values() if name in pq.read_schema(file).names]
        rows += pq.ParquetFile(file).read(columns=names).to_pylist()
    effective = (amortised(row, CUR2_NAMES.__getitem__) for row in rows)
    return total(row["line_item_unblended_cost"] for row in rows), sum(effective, Decimal(0))


def azure_one_view(paths: list[Path]) -> Sums:
    """A month without commitments is worth what it costs."""
    rows = [row for path in paths for row in rows_of(path)]
    costs = [row.get("CostInBillingCurrency") or row.get("costInBillingCurrency") or row["PreTaxCost"] for row in rows]
    return total(costs), total(costs)


def azure_pair(paths: list[Path]) -> Sums:
    """Billed: purchases of the actual view, use without commitments of the amortised; worth: the amortised view."""
    actual, amortised_view = map(rows_of, paths)
    bought = [row["Cost"] for row in actual if row["ChargeType"] == "Purchase"]
    used = [row["Cost"] for row in amortised_view if row["PricingModel"] == "OnDemand"]
    return total([*bought, *used]), total(row["Cost"] for row in amortised_view)


def gcp(paths: list[Path]) -> Sums:
    """Each line with its credits, a list as Python prints it."""
    rows = [row for path in paths for row in rows_of(path)]
    credits = [item["amount"] for row in rows for item in ast.literal_eval(row["credits"] or "[]")]
    cost = total(row["cost"] for row in rows) + total(credits)
    return cost, cost


def oci(paths: list[Path]) -> Sums:
    """Of an older report `cost/myCost`; the overage is a part of it."""
    cost = total(row["cost/myCost"] for path in paths for row in rows_of(path))
    return cost, cost


@dataclass(frozen=True)
class Bill:
    """Files that are one bill.

    Attributes:
        paths: what is added together, under `billing/`.
        source: who reads them.
        rows: kept, left out, rejected: in the tables once all is loaded.
        billed, effective: what the lines cost, in billing currency.
        worked_out: the same two sums, from the files.
    """

    paths: tuple[str, ...]
    source: str
    rows: tuple[int, int, int]
    billed: str
    effective: str
    worked_out: Callable[[list[Path]], Sums]


CUR = "aws_cur_gpu/legacy/gpu-cur/20260801-20260901"
BILLS = [
    Bill(("aws_cur_gpu/legacy",), "aws_cur_legacy", (4304, 0, 0), "53308.817096768", "59068.817096768", cur_legacy),
    Bill((f"{CUR}/11111111-aaaa-4aaa-8aaa-111111111111",), "aws_cur_legacy", (2880, 0, 0),
         "33619.458064512", "40339.458064512", cur_legacy),
    Bill((f"{CUR}/22222222-bbbb-4bbb-8bbb-222222222222",), "aws_cur_legacy", (4304, 0, 0),
         "53308.817096768", "59068.817096768", cur_legacy),
    Bill(("aws_cur_gpu/cur2",), "aws_cur2", (4304, 0, 0), "53308.817096768", "59068.817096768", cur2),
    Bill(("aws_cur_real/sample-anonymous-aws-export-dataset.csv.gz",), "aws_cur_legacy", (1281, 0, 0),
         "1.6823086974", "1.6823086974", cur_legacy),
    Bill(("azure/EA_ActualCost_Small.csv", "azure/EA_AmortizedCost_Small.csv"), "azure_cost_export", (29, 10, 0),
         "19.047780136168644627", "16.296932136636644627", azure_pair),
    Bill(("azure/azure_version_2.csv",), "azure_cost_export", (5, 0, 0),
         "19.998413754", "19.998413754", azure_one_view),
    Bill(("azure/costreport_a243c6f2-199f-4074-9a2c-40e671cf1584.csv",), "azure_cost_export", (3, 0, 0),
         "0.00011016", "0.00011016", azure_one_view),
    Bill(("azure/nise_nd96isr_h100_v5_eur.csv.gz",), "azure_cost_export", (62, 0, 0),
         "73154.730679349636987029", "73154.730679349636987029", azure_one_view),
    Bill(("focus_generated/focus_1_2_cost_and_usage_aws.csv.gz",), "focus", (5000, 0, 0),
         "106874.05513238605", "106874.05513238605", focus),
    Bill(("focus_generated/focus_1_2_cost_and_usage_azure.csv.gz",), "focus", (5000, 0, 0),
         "199361.925847268512", "199361.925847268512", focus),
    Bill(("focus_generated/focus_1_3_cost_and_usage_gcp.csv.gz",), "focus", (5000, 0, 0),
         "128587.3453438720225", "128587.3453438720225", focus),
    Bill(("focus_real/focus_sample.csv",), "focus", (1000, 0, 0), "20.52022672899", "14.97651418586", focus),
    Bill(("gcp/202011_export.csv",), "gcp_export", (25, 0, 0), "0", "0", gcp),
    Bill(("gcp/nise_a3_highgpu_8g.csv.gz",), "gcp_export", (720, 0, 0), "54540", "54540", gcp),
    Bill(("oci/reports_cost-csv_0000000030000269.csv.gz",), "oci_cost_report", (506, 0, 0),
         "2.523589325400648027", "2.523589325400648027", oci),
]  # fmt: skip

UNKNOWN = "no source recognises this file"
# What is added, each file that the pattern finds by itself; the error; its reason.
REFUSED = [
    ("aws_cur_gpu/truth.json", UnknownFileError, UNKNOWN),
    ("azure/EA_ActualCost_Small.csv", InputError, "the amortised cost of the same month is not there"),
    ("azure/EA_AmortizedCost_Small.csv", InputError, "the actual cost of the same month is not there"),
    ("azure/PricingUnits.csv", UnknownFileError, f"{UNKNOWN}; it begins with: UnitOfMeasure"),
    ("azure/manifest.json", IncompleteDeliveryError, r"names cost/partitioned/\S+/000001\.csv, which is not among"),
    ("azure/schemas/*.json", UnknownFileError, UNKNOWN),
    ("focus_real/*.md", UnknownFileError, UNKNOWN),
    ("focus_spec_examples/**/*.csv", InputError,
     "FOCUS 1.1 needs columns that are missing: BillingAccountId, ServiceProviderName or .*, BillingCurrency"),
]  # fmt: skip


@pytest.fixture
def billing(shared: Path) -> Path:
    """The folder of real bills."""
    return shared / "data/billing"


@pytest.mark.parametrize("bill", BILLS, ids=lambda bill: bill.paths[0])
def test_a_real_bill_is_loaded_to_the_last_digit(billing: Path, tmp_path: Path, bill: Bill) -> None:
    """B16: every row is kept, left out or rejected, and counted; M01."""
    settings = Settings(home=tmp_path / "home", min_free_disk_bytes=0)
    paths = [billing / path for path in bill.paths]
    landing.add(settings, paths, received_at=ARRIVAL)
    ingest.ingest(settings, "billing")
    with reading_warehouse(settings) as connection:
        lines = connection.execute(
            "select source, count(*), sum(billed_cost), sum(effective_cost) from raw.cost_line group by 1"
        ).fetchall()
        ledger = connection.execute("select sum(left_out_rows), sum(rejected_rows) from meta.delivery").fetchone()
    kept, left_out, rejected = bill.rows
    assert bill.worked_out(paths) == (Decimal(bill.billed), Decimal(bill.effective))
    assert lines == [(bill.source, kept, Decimal(bill.billed), Decimal(bill.effective))]
    assert ledger == (left_out, rejected)


@pytest.mark.parametrize(("pattern", "error", "reason"), REFUSED, ids=[pattern for pattern, _, _ in REFUSED])
def test_what_is_no_whole_bill_is_refused_with_its_reason(
    billing: Path, tmp_path: Path, pattern: str, error: type[InputError], reason: str
) -> None:
    settings = Settings(home=tmp_path / "home", min_free_disk_bytes=0)
    for path in sorted(billing.glob(pattern)):
        with pytest.raises(error, match=reason):
            landing.add(settings, [path], received_at=ARRIVAL)
    assert landing.deliveries(settings.paths) == []


def test_every_real_file_is_in_one_of_the_tables(billing: Path) -> None:
    """B13: a file that is put there has to be tried."""
    known = {file for pattern, _, _ in REFUSED for file in billing.glob(pattern)}
    for path in (billing / name for bill in BILLS for name in bill.paths):
        known |= {path} if path.is_file() else {file for file in path.rglob("*") if file.is_file()}
    assert {file for file in billing.rglob("*") if file.is_file()} - known == set()
