"""Oracle's older cost report as cost lines. Expected values: worked by hand, or csv and Decimal over the real file."""

from __future__ import annotations

import csv
import gzip
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from _run import Outcome, candidates, csv_text, run

from pipelines.contracts import LINEAGE, contract_for
from pipelines.errors import InputError
from pipelines.settings import BUNDLED
from pipelines.sources.billing import oci_cost_report as oci
from pipelines.sources.billing._oci import GPU_SKUS

LINE = {
    "lineItem/referenceNo": "ref-1",
    "lineItem/tenantId": "ocid1.tenancy.oc1..a",
    "lineItem/intervalUsageStart": "2026-08-31T23:00Z",
    "lineItem/intervalUsageEnd": "2026-09-01T00:00:00Z",
    "product/service": "COMPUTE",
    "product/compartmentId": "ocid1.compartment.oc1..b",
    "product/compartmentName": "ml",
    "usage/billedQuantity": "8.000000000000000000",
    "cost/productSku": "B98415",
    "product/Description": "Oracle Cloud Infrastructure - Compute - GPU - H100",
    "cost/unitPrice": "10",
    "cost/myCost": "8E+1",
    "cost/myCostOverage": "30",
    "cost/currencyCode": "USD",
    "cost/skuUnitDescription": "GPU Hours",
    "lineItem/isCorrection": "false",
    "lineItem/backreferenceNo": "17053",
    "tags/Oracle-Tags.CreatedBy": "me",
    "tags/DevRel\\lab.release": "1.0",
    "tags/Team.Name": "",
}


def outcome(folder: Path, *rows: dict[str, str]) -> Outcome:
    """One report through the source."""
    (folder / "report.csv").write_text(csv_text(list(rows[0]), *rows))
    (claim,) = oci.claim(candidates(folder))
    return run(oci, claim)


def one(folder: Path, **changed: str) -> dict[str, Any]:
    """The kept row of a report with one line; fields are named without what stands before the slash."""
    names = {name.partition("/")[2]: name for name in LINE}
    result = outcome(folder, LINE | {names[name]: value for name, value in changed.items()})
    assert result.rejected == []
    return result.kept[0]


def test_a_real_report_costs_the_sum_of_its_lines(shared: Path) -> None:
    """B16; two spellings of time in one row, and exponents (T05)."""
    (claim,) = oci.claim(candidates(shared / "data/billing/oci"))
    result = run(oci, claim)
    with gzip.open(claim.files[0].path, "rt", newline="") as text:
        rows = list(csv.DictReader(text))
    assert (len(result.kept), len(result.rejected)) == (len(rows), 0) == (506, 0)
    assert result.total("billed_cost") == sum(Decimal(row["cost/myCost"]) for row in rows)
    assert result.total("effective_cost") == result.total("billed_cost")


def test_a_real_reports_tags_keep_every_value(shared: Path) -> None:
    """T09: one of the columns has a backslash in its name."""
    (claim,) = oci.claim(candidates(shared / "data/billing/oci"))
    with gzip.open(claim.files[0].path, "rt", newline="") as text:
        rows = list(csv.DictReader(text))
    expected = [
        {name.removeprefix("tags/"): value for name, value in row.items() if name.startswith("tags/") and value}
        for row in rows
    ]
    assert any("DevRel\\redbull-analytics-hol-4cb4.release" in tags for tags in expected)
    assert [row["tags"] for row in run(oci, claim).kept] == expected


def test_the_cost_of_overage_is_a_part_and_not_added(tmp_path: Path) -> None:
    """M03"""
    row = one(tmp_path)
    assert row["billed_cost"] == row["effective_cost"] == row["contracted_cost"] == 80
    assert row["list_cost"] is None


def test_the_billing_period_is_the_month_of_the_use(tmp_path: Path) -> None:
    """Z04: minutes without seconds, and the first instant of the next month as an end."""
    row = one(tmp_path)
    names = ("billing_period_start", "billing_period_end", "charge_period_start", "charge_period_end")
    assert [f"{row[name]:%Y-%m-%dT%H}" for name in names] == [
        "2026-08-01T00",
        "2026-09-01T00",
        "2026-08-31T23",
        "2026-09-01T00",
    ]


@pytest.mark.parametrize(
    ("text", "expected"), [("true", "Correction"), ("TRUE", "Correction"), ("false", None), ("", None)]
)
def test_a_correction_is_told_by_its_own_column(tmp_path: Path, text: str, expected: str | None) -> None:
    """M08: real reports refer back on ordinary lines too."""
    assert one(tmp_path, isCorrection=text)["charge_class"] == expected


def test_tags_keep_their_names_and_drop_empty_values(tmp_path: Path) -> None:
    assert one(tmp_path)["tags"] == {"Oracle-Tags.CreatedBy": "me", "DevRel\\lab.release": "1.0"}


@pytest.mark.parametrize(
    ("sku", "description", "hours", "machine"),
    [
        ("B98415", "Oracle Cloud Infrastructure - Compute - GPU - H100", 8, "GPU.H100"),
        ("B95909", "Compute  - GPU - A10", 8, "GPU.A10"),
        ("B99999", "Compute - GPU - H200", 8, "Compute - GPU - H200"),
        ("B88517", "Compute - Bare Metal GPU Standard - X7", 8, "Compute - Bare Metal GPU Standard - X7"),
        ("B98415", "Compute BM.GPU.H100.8 in Frankfurt", None, "BM.GPU.H100.8"),
        ("B92306", "Compute - Standard - E3 - Memory", None, None),
        ("", "", None, None),
    ],
)
def test_a_gpus_sku_bills_gpu_hours_and_a_shape_machine_hours(
    tmp_path: Path, sku: str, description: str, hours: int | None, machine: str | None
) -> None:
    row = one(tmp_path, productSku=sku, Description=description)
    assert (row["consumed_gpu_hours"], row["instance_type"]) == (hours, machine)


def test_every_gpu_sku_is_one_gpu_in_the_reference() -> None:
    with (BUNDLED / "reference/instance_types.csv").open() as text:
        known = {row["instance_type"]: row["gpus"] for row in csv.DictReader(text)}
    assert {name: known.get(name) for name in GPU_SKUS.values()} == dict.fromkeys(GPU_SKUS.values(), "1")


def test_every_gpu_sku_is_billed_by_the_gpu_hour_in_oracles_price_list(shared: Path) -> None:
    items = json.loads((shared / "data/prices/pricelists/oci_prices_usd.json").read_text())["items"]
    metric = {item["partNumber"]: item["metricName"] for item in items}
    assert {part: metric[part] for part in GPU_SKUS} == dict.fromkeys(GPU_SKUS, "GPU Per Hour")


def test_reports_are_added_up_and_replace_nothing(tmp_path: Path) -> None:
    """B02: several reports hold one month; a numbered one is a delivery of its own."""
    for number in ("00001", "00003"):
        (tmp_path / f"0001000000030269-{number}.csv").write_text(csv_text(list(LINE), LINE))
    assert [len(claim.files) for claim in oci.claim(candidates(tmp_path))] == [1, 1]
    assert (oci.MODE, oci.SCOPE) == ("append", "")


def test_a_usage_report_without_cost_is_left_alone(tmp_path: Path) -> None:
    header = ["lineItem/tenantId", "lineItem/intervalUsageStart", "lineItem/intervalUsageEnd", "usage/billedQuantity"]
    (tmp_path / "usage.csv").write_text(csv_text(header, {}))
    assert oci.claim(candidates(tmp_path)) == []


def test_missing_columns_are_named(tmp_path: Path) -> None:
    """B13"""
    row = {name: value for name, value in LINE.items() if name not in ("cost/myCost", "lineItem/tenantId")}
    with pytest.raises(InputError, match="lineItem/tenantId, cost/myCost"):
        outcome(tmp_path, row)


def test_a_cost_that_is_no_number_rejects_the_row(tmp_path: Path) -> None:
    (rejected,) = outcome(tmp_path, LINE | {"cost/myCost": "free"}).rejected
    assert (rejected["reject_reason"], rejected["reject_value"]) == ("billed_cost: not a DECIMAL(38,18)", "free")


def test_the_mapping_names_columns_of_the_contract_only() -> None:
    filled_by_loader = {column.name for column in LINEAGE} | {"source"}
    assert set(oci.MAPPING) < set(contract_for(oci.TABLE).names) - filled_by_loader
