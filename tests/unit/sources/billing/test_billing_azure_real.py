"""Real Azure exports: totals worked out by a few lines of csv and Decimal, units by Microsoft's own table."""

from __future__ import annotations

import csv
import gzip
import io
import shutil
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from _run import Outcome, candidates, run

from pipelines.errors import IncompleteDeliveryError, InputError
from pipelines.sources.billing import azure_cost_export as azure
from pipelines.sources.billing._azure_units import block_size, distinct_unit

ACTUAL = "EA_ActualCost_Small.csv"
AMORTISED = "EA_AmortizedCost_Small.csv"
PAY_AS_YOU_GO = "costreport_a243c6f2-199f-4074-9a2c-40e671cf1584.csv"
H100 = "nise_nd96isr_h100_v5_eur.csv.gz"
ONE_VIEW = [
    ("azure_version_2.csv", "CostInBillingCurrency", 5, "19.998413754"),
    (PAY_AS_YOU_GO, "PreTaxCost", 3, "0.00011016"),
    (H100, "CostInBillingCurrency", 62, "73154.730679349636987029"),
]
# Where the table leaves a name that its own other rows write differently.
SPELLED_OTHERWISE = {"MB/month": "MB/Month"}


@pytest.fixture
def exports(shared: Path) -> Path:
    """The folder of real exports."""
    return shared / "data/billing/azure"


def rows_in(path: Path) -> list[dict[str, str]]:
    """An export's rows, read without the project's code."""
    content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


def cents18(values: Iterable[str]) -> Decimal:
    """A sum of amounts, each to 18 places half away from zero, as DECIMAL(38,18) holds them."""
    return sum((Decimal(value).quantize(Decimal("1e-18"), "ROUND_HALF_UP") for value in values), Decimal(0))


def alone(exports: Path, folder: Path, *names: str) -> Outcome:
    """The one delivery that some of the exports make."""
    for name in names:
        shutil.copy(exports / name, folder)
    (claim,) = azure.claim(candidates(folder))
    return run(azure, claim)


@pytest.mark.parametrize(("name", "cost", "count", "total"), ONE_VIEW)
def test_a_month_without_commitments_is_kept_whole(
    exports: Path, tmp_path: Path, name: str, cost: str, count: int, total: str
) -> None:
    found = alone(exports, tmp_path, name)
    independent = cents18(row[cost] for row in rows_in(exports / name))
    assert (len(found.kept), len(found.rejected), len(found.left_out)) == (count, 0, 0)
    assert found.total("billed_cost") == found.total("effective_cost") == independent == Decimal(total)


def test_the_amortised_views_worth_is_what_it_says(exports: Path, tmp_path: Path) -> None:
    found = alone(exports, tmp_path, ACTUAL, AMORTISED)
    independent = cents18(row["Cost"] for row in rows_in(exports / AMORTISED))
    assert found.total("effective_cost") == independent == Decimal("16.296932136636644627")


def test_what_is_billed_is_use_without_commitments_and_purchases_of_them(exports: Path, tmp_path: Path) -> None:
    """These two samples are cut from different days, so that the actual view's own total is another one."""
    found = alone(exports, tmp_path, ACTUAL, AMORTISED)
    use = (row["Cost"] for row in rows_in(exports / AMORTISED) if row["PricingModel"] == "OnDemand")
    bought = (row["Cost"] for row in rows_in(exports / ACTUAL) if row["ChargeType"] == "Purchase")
    assert found.total("billed_cost") == cents18(use) + cents18(bought) == Decimal("19.047780136168644627")


def test_every_row_of_both_views_is_kept_or_left_out(exports: Path, tmp_path: Path) -> None:
    """B16: 11 and 28."""
    found = alone(exports, tmp_path, ACTUAL, AMORTISED)
    assert (len(found.kept), len(found.left_out), len(found.rejected)) == (29, 10, 0)


@pytest.mark.parametrize("name", [ACTUAL, AMORTISED])
def test_one_view_of_a_month_with_commitments_is_refused(exports: Path, tmp_path: Path, name: str) -> None:
    shutil.copy(exports / name, tmp_path)
    with pytest.raises(InputError, match="of the same month is not there"):
        azure.claim(candidates(tmp_path))


def test_hours_of_eight_gpu_machines_are_hours(exports: Path, tmp_path: Path) -> None:
    """31 days of 24 hours, in a unit of 100 Hours."""
    found = alone(exports, tmp_path, H100)
    machines = [row for row in found.kept if row["instance_type"] == "Standard_ND96isr_H100_v5"]
    assert {row["consumed_unit"] for row in machines} == {"Hours"}
    assert sum(row["consumed_quantity"] for row in machines) == 31 * 24


def test_a_manifest_whose_file_is_not_there_is_an_incomplete_delivery(exports: Path, tmp_path: Path) -> None:
    shutil.copy(exports / "manifest.json", tmp_path)
    with pytest.raises(IncompleteDeliveryError, match=r"000001\.csv"):
        azure.claim(candidates(tmp_path))


def test_reference_files_beside_exports_are_left_alone(exports: Path, tmp_path: Path) -> None:
    shutil.copy(exports / "PricingUnits.csv", tmp_path)
    shutil.copytree(exports / "schemas", tmp_path / "schemas")
    assert azure.claim(candidates(tmp_path)) == []


def test_units_of_measure_are_read_as_microsofts_table_does(exports: Path) -> None:
    """All of its 383 rows."""
    table = rows_in(exports / "PricingUnits.csv")
    expected = [
        (
            row["UnitOfMeasure"],
            int(row["PricingBlockSize"]),
            SPELLED_OTHERWISE.get(row["DistinctUnits"], row["DistinctUnits"]),
        )
        for row in table
    ]
    connection = duckdb.connect()
    connection.execute("create table units (place integer, measure varchar)")
    connection.executemany("insert into units values (?, ?)", [(n, row[0].strip()) for n, row in enumerate(expected)])
    found = connection.execute(
        f"select {block_size('measure')}, {distinct_unit('measure')} from units order by place"
    ).fetchall()
    assert [(row[0], int(size), unit) for row, (size, unit) in zip(expected, found, strict=True)] == expected
    assert len(expected) == 383
