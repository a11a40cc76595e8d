"""The mappings that ship with tenure, and real files by mappings of their own, worked out otherwise."""

from __future__ import annotations

import csv
import gzip
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest
from _mapped import write
from _run import Outcome, candidates, run

from pipelines.sources import all_sources
from pipelines.sources.billing import mapped_csv
from pipelines.sources.files import Candidate, candidate
from pipelines.sources.model import LandedFile

SHIPPED = mapped_csv.SHIPPED
EXAMPLES = sorted((SHIPPED / "examples").glob("*.csv"))


def example(name: str) -> Outcome:
    """A shipped example by its shipped mapping, recognised by its header alone."""
    file = next(path for path in EXAMPLES if path.name.startswith(name))
    (claim,) = mapped_csv.claim([Candidate(file.name, file)])
    return run(mapped_csv, claim)


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda path: path.stem)
def test_a_shipped_example_is_recognised_by_mapped_csv_alone(file: Path) -> None:
    look = [Candidate(file.name, file)]
    assert [name for name, source in all_sources().items() if source.claim(look)] == ["mapped_csv"]


def test_every_shipped_mapping_reads_an_example_of_its_own() -> None:
    """By its `files:`, and by nothing but the header of the example."""
    by_files = mapped_csv.claim(candidates(SHIPPED))
    assert len(by_files) == len(EXAMPLES) == len(list(SHIPPED.glob("*.mapping.yaml"))) == 4
    for claim in by_files:
        (by_header,) = mapped_csv.claim(claim.files[1:])
        assert [file.path for file in by_header.files] == [file.path for file in claim.files]
        assert run(mapped_csv, by_header).rejected == []


@pytest.mark.parametrize(
    ("name", "billed", "currency", "rows"),
    [
        ("lambda", "579.90", "USD", 5),  # 480 + 130 + 7.50 + 12.40 − 50
        ("coreweave", "1599.75", "USD", 4),  # 1440 + 140 + 60 − 40.25; the file's own TOTAL says so too
        ("runpod", "7.507", "USD", 5),  # 6 + 1.50 + 0.175 + 0.007 − 0.175
        ("nebius", "1163.21", "EUR", 4),  # 1234.56 + 8.75 + 19.90 − 100
    ],
)
def test_a_shipped_example_adds_up(name: str, billed: str, currency: str, rows: int) -> None:
    result = example(name)
    assert (result.total("billed_cost", billing_currency=currency), len(result.kept)) == (Decimal(billed), rows)


def test_gpu_machines_of_the_examples_are_in_the_catalogue() -> None:
    with (SHIPPED.parent / "reference/instance_types.csv").open(newline="") as file:
        known = {(row["service_provider_name"], row["instance_type"]) for row in csv.DictReader(file)}
    rows = [row for path in EXAMPLES for row in example(path.name).kept if row["instance_type"]]
    assert len(rows) == 10
    assert {(row["service_provider_name"], row["instance_type"]) for row in rows} - known == set()


def test_gpu_hours_of_the_examples_are_those_of_their_lines() -> None:
    """Runpod: 2·3600 s, 2·900 s, 1·1800 s; Nebius: 24 h · 8, 2.5 h · 1."""
    hours = {name: [row["consumed_gpu_hours"] for row in example(name).kept] for name in ("runpod", "nebius")}
    assert hours["runpod"] == [Decimal(2), Decimal("0.5"), Decimal("0.5"), None, None]
    assert hours["nebius"] == [Decimal(192), Decimal("2.5"), None, None]


def test_a_csv_with_one_more_column_is_not_taken_for_a_shipped_shape(tmp_path: Path) -> None:
    """B14: a header is that of a shipped mapping, or somebody has to look at it."""
    file = tmp_path / "runpod.csv"
    header, line, *_ = (SHIPPED / "examples/runpod_2026-08.csv").read_text().splitlines()
    file.write_text(f"{header},discount\n{line},0\n")
    assert mapped_csv.claim(candidates(tmp_path)) == []


AZURE = """\
mapping: azure-in-eur
files: "*.csv"
csv: {encoding: utf-8, delimiter: ","}
numbers: {decimal: ".", thousands: none}
times: {format: iso, zone: UTC, end: last_day}
period: {start: BillingPeriodStartDate, end: BillingPeriodEndDate}
constants: {ServiceProviderName: Microsoft, ChargeCategory: Usage}
columns:
  BillingAccountId: BillingAccountId
  BillingCurrency: BillingCurrency
  ChargePeriodStart: Date
  ChargePeriodEnd: {lasts: day}
  BilledCost: CostInBillingCurrency
  InstanceType: MeterName
  ConsumedQuantity: Quantity
tags_json: Tags
"""


def test_a_real_shape_in_euros_adds_up_by_a_mapping(tmp_path: Path, shared: Path) -> None:
    """Against csv and Decimal; another source knows this format, so it is read here without it."""
    packed = shared / "data/billing/azure/nise_nd96isr_h100_v5_eur.csv.gz"
    with gzip.open(packed, "rt", newline="") as file:
        expected = sum((Decimal(row["CostInBillingCurrency"]) for row in csv.DictReader(file)), Decimal(0))
    write(tmp_path, AZURE.replace("*.csv", "*.gz"), packed.read_bytes(), "eur.csv.gz")
    (claim,) = mapped_csv.claim(candidates(tmp_path))
    result = run(mapped_csv, claim)
    assert (len(result.kept), result.rejected) == (62, [])
    assert result.total("billed_cost", billing_currency="EUR") == expected
    assert {row["billing_period_end"] for row in result.kept} == {datetime(2026, 9, 1)}


ORACLE = """\
mapping: oracle-report
files: "*.gz"
csv: {encoding: utf-8, delimiter: ","}
numbers: {decimal: ".", thousands: none}
times: {format: iso, zone: UTC, end: exclusive}
period: month_of_charge
constants: {ServiceProviderName: Oracle, ChargeCategory: Usage}
columns:
  BillingAccountId: lineItem/tenantId
  BillingCurrency: {column: cost/currencyCode, blank: USD}
  ChargePeriodStart: lineItem/intervalUsageStart
  ChargePeriodEnd: lineItem/intervalUsageEnd
  BilledCost: {column: cost/myCost, blank: 0}
tags: {owner: tags/OracleInternalReserved.OwnerEmail}
"""


def test_a_real_report_with_exponents_adds_up_by_a_mapping(tmp_path: Path, shared: Path) -> None:
    """T05: `2.323760000E-9`; every one of its lines, against csv and Decimal to the 18th place."""
    packed = shared / "data/billing/oci/reports_cost-csv_0000000030000269.csv.gz"
    with gzip.open(packed, "rt", newline="") as file:
        costs = [Decimal(row["cost/myCost"] or 0) for row in csv.DictReader(file)]
    write(tmp_path, ORACLE, packed.read_bytes(), "report.csv.gz")
    (claim,) = mapped_csv.claim(candidates(tmp_path))
    result = run(mapped_csv, claim)
    assert (len(result.kept), result.rejected) == (len(costs), [])
    assert result.total("billed_cost") == sum(costs, Decimal(0))


def test_the_landed_mapping_is_what_a_delivery_is_read_by(tmp_path: Path) -> None:
    """Promise 4: the shipped mapping lands with the bytes."""
    (claim,) = mapped_csv.claim([Candidate("lambda.csv", EXAMPLES[1])])
    assert claim.files[0].name == "tenure/data/mappings/lambda.mapping.yaml"
    assert candidate(LandedFile("x", claim.files[0].path, "", 0)).head.startswith(b"# The shape of examples/lambda")
