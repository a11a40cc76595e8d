"""Which files of an AWS CUR legacy tree make a delivery. All trees are made here."""

from __future__ import annotations

import gzip
import json
import zipfile
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from _run import candidates, csv_text, run

from pipelines.errors import IncompleteDeliveryError, InputError
from pipelines.sources.billing import aws_cur_legacy as cur

PERIOD = "cur/gpu/20260801-20260901"
LINE = {
    "identity/LineItemId": "a1",
    "bill/PayerAccountId": "000000000009",
    "bill/BillingPeriodStartDate": "2026-08-01T00:00:00Z",
    "bill/BillingPeriodEndDate": "2026-09-01T00:00:00Z",
    "lineItem/LineItemType": "Usage",
    "lineItem/UsageStartDate": "2026-08-03T10:00:00Z",
    "lineItem/UsageEndDate": "2026-08-03T11:00:00Z",
    "lineItem/CurrencyCode": "USD",
}


def report(root: Path, name: str, cost: str) -> None:
    """A report file with one line."""
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    text = csv_text([*LINE, "lineItem/UnblendedCost"], LINE | {"lineItem/UnblendedCost": cost}).encode()
    path.write_bytes(gzip.compress(text) if name.endswith(".gz") else text)


def manifest(root: Path, name: str, assembly: str, keys: object) -> None:
    """A manifest of the month."""
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    period = {"start": "20260801T000000.000Z", "end": "20260901T000000.000Z"}
    content = {"assemblyId": assembly, "reportName": "gpu", "billingPeriod": period, "reportKeys": keys}
    path.write_text(json.dumps(content))


def assembly(root: Path, name: str, costs: list[str], *, current: bool = False) -> list[str]:
    """An assembly with a file per cost and its manifest, and the period's manifest where it is current."""
    keys = [f"{PERIOD}/{name}/gpu-{number:05}.csv.gz" for number in range(1, len(costs) + 1)]
    for key, cost in zip(keys, costs, strict=True):
        report(root, key, cost)
    manifest(root, f"{PERIOD}/{name}/gpu-Manifest.json", name, keys)
    if current:
        manifest(root, f"{PERIOD}/gpu-Manifest.json", name, keys)
    return keys


def billed(root: Path) -> list[Decimal]:
    """Billed cost of each delivery found."""
    return [run(cur, claim).total("billed_cost") for claim in cur.claim(candidates(root))]


def test_all_files_of_a_manifest_are_read(tmp_path: Path) -> None:
    """B06: the last key alone would be 4 of 7."""
    assembly(tmp_path, "a1", ["1", "2", "4"], current=True)
    assert billed(tmp_path) == [Decimal(7)]


def test_assemblies_beside_each_other_are_deliveries_of_their_own(tmp_path: Path) -> None:
    """B01: read together they would double the month."""
    assembly(tmp_path, "a1", ["1", "2"])
    assembly(tmp_path, "a2", ["1", "3"], current=True)
    found = cur.claim(candidates(tmp_path))
    assert [(claim.description, claim.options["declared_current"]) for claim in found] == [
        ("AWS CUR legacy gpu, 2026-08, assembly a1, not the current one", "no"),
        ("AWS CUR legacy gpu, 2026-08, assembly a2", "yes"),
    ]
    assert billed(tmp_path) == [Decimal(3), Decimal(4)]


def test_manifests_belong_to_their_delivery(tmp_path: Path) -> None:
    keys = assembly(tmp_path, "a1", ["1", "2"], current=True)
    (claim,) = cur.claim(candidates(tmp_path))
    assert [file.name for file in claim.files] == [
        *keys,
        f"{PERIOD}/a1/gpu-Manifest.json",
        f"{PERIOD}/gpu-Manifest.json",
    ]


def test_an_assembly_that_the_month_has_passed_over_sorts_below_the_current_one(tmp_path: Path) -> None:
    """B02, B09: also where the current one has dropped the last hours that the earlier one billed."""
    assembly(tmp_path, "a1", ["1"], current=True)
    assembly(tmp_path, "a2", ["1"])
    found = cur.claim(candidates(tmp_path))
    versions = {claim.files[0].name.split("/")[-2]: run(cur, claim).version for claim in found}
    assert versions["a1"] > versions["a2"]


@pytest.mark.parametrize("added", ["", "cur", PERIOD, f"{PERIOD}/a1"])
def test_any_folder_of_the_tree_may_be_added(tmp_path: Path, added: str) -> None:
    """B04: keys are the bucket's, names begin at what was added."""
    assembly(tmp_path, "a1", ["1", "2"], current=True)
    assert billed(tmp_path / added) == [Decimal(3)]


def test_a_file_of_the_same_name_in_the_periods_folder_is_not_the_assemblys(tmp_path: Path) -> None:
    """B04: left there by the overwrite layout, before the report kept its assemblies."""
    assembly(tmp_path, "a1", ["1"], current=True)
    report(tmp_path, f"{PERIOD}/gpu-00001.csv.gz", "400")
    assert billed(tmp_path) == [Decimal(1)]


def test_an_assembly_alone_is_not_known_to_be_current(tmp_path: Path) -> None:
    assembly(tmp_path, "a1", ["1"], current=True)
    (claim,) = cur.claim(candidates(tmp_path / PERIOD / "a1"))
    assert claim.options == {"declared_current": "unknown"}


def test_overwritten_reports_are_read_by_the_periods_manifest_only(tmp_path: Path) -> None:
    """B06: a smaller refresh leaves a file of the last one behind; it is kept and not read."""
    for number, cost in ((1, "1"), (2, "2"), (3, "400")):
        report(tmp_path, f"{PERIOD}/gpu-{number:05}.csv.gz", cost)
    manifest(tmp_path, f"{PERIOD}/gpu-Manifest.json", "a9", [f"{PERIOD}/gpu-0000{number}.csv.gz" for number in (1, 2)])
    (claim,) = cur.claim(candidates(tmp_path))
    assert claim.description == "AWS CUR legacy gpu, 2026-08, 1 file(s) beside it that no manifest names are not read"
    assert claim.files[-1].name == f"{PERIOD}/gpu-00003.csv.gz"
    assert run(cur, claim).total("billed_cost") == Decimal(3)


def test_a_left_over_assembly_without_manifest_is_not_read(tmp_path: Path) -> None:
    """B02: an old assembly beside the current one doubled months elsewhere."""
    assembly(tmp_path, "a2", ["1"], current=True)
    report(tmp_path, f"{PERIOD}/a1/gpu-00001.csv.gz", "400")
    assert billed(tmp_path) == [Decimal(1)]


def test_a_file_that_a_manifest_names_twice_is_read_once(tmp_path: Path) -> None:
    """B03"""
    report(tmp_path, f"{PERIOD}/gpu-1.csv.gz", "5")
    manifest(tmp_path, f"{PERIOD}/gpu-Manifest.json", "a1", [f"{PERIOD}/gpu-1.csv.gz"] * 2)
    assert billed(tmp_path) == [Decimal(5)]


def test_reports_that_were_unpacked_still_answer_to_their_key(tmp_path: Path) -> None:
    report(tmp_path, f"{PERIOD}/gpu-1.csv", "5")
    manifest(tmp_path, f"{PERIOD}/gpu-Manifest.json", "a1", [f"{PERIOD}/gpu-1.csv.zip"])
    assert billed(tmp_path) == [Decimal(5)]


def test_reports_packed_as_zip_are_read_as_they_are(tmp_path: Path) -> None:
    keys = [f"{PERIOD}/gpu-{number}.csv.zip" for number in (1, 2)]
    for number, key in enumerate(keys, start=1):
        report(tmp_path, "plain.csv", f"{number}.5")
        (tmp_path / key).parent.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(tmp_path / key, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.write(tmp_path / "plain.csv", f"gpu-{number}.csv")
    (tmp_path / "plain.csv").unlink()
    manifest(tmp_path, f"{PERIOD}/gpu-Manifest.json", "a1", keys)
    assert billed(tmp_path) == [Decimal(4)]  # 1.5 + 2.5


ATHENA = "cur/gpu/gpu/year=2026/month=8"


def athena(root: Path, name: str, cost: float, **more: object) -> None:
    """A Parquet file of the layout for Athena, with one line."""
    columns = {
        "identity_line_item_id": "a1",
        "bill_payer_account_id": "000000000009",
        "bill_billing_period_start_date": datetime(2026, 8, 1),
        "bill_billing_period_end_date": datetime(2026, 9, 1),
        "line_item_line_item_type": "Usage",
        "line_item_usage_start_date": datetime(2026, 8, 3, 10),
        "line_item_usage_end_date": datetime(2026, 8, 3, 11),
        "line_item_usage_type": "BoxUsage:p5.48xlarge",
        "line_item_usage_amount": 1.0,
        "line_item_currency_code": "USD",
        "line_item_unblended_cost": cost,
    }
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table({key: [value] for key, value in (columns | more).items()}), path)


def test_parquet_for_athena_is_read_by_the_manifest_in_the_periods_folder(tmp_path: Path) -> None:
    """B06: AWS writes the files beside that folder, and a smaller refresh leaves one behind."""
    keys = [f"{ATHENA}/gpu-0000{number}.snappy.parquet" for number in (1, 2)]
    for key in keys:
        athena(tmp_path, key, 55.04)
    manifest(tmp_path, f"{PERIOD}/gpu-Manifest.json", "a1", keys)
    (claim,) = cur.claim(candidates(tmp_path))
    assert [file.name for file in claim.files] == [*keys, f"{PERIOD}/gpu-Manifest.json"]
    assert billed(tmp_path) == [Decimal("110.08")]
    assert billed(tmp_path / "cur/gpu") == [Decimal("110.08")]


def test_tag_columns_for_athena_are_tags_with_the_prefix_of_the_legacy_layout(tmp_path: Path) -> None:
    more = {"resource_tags_user_team": "search", "resource_tags_aws_created_by": "", "cost_category_unit": "gpu"}
    athena(tmp_path, "a.parquet", 55.04, **more, resource_tags_user_name="train-1", net=1.0)
    (claim,) = cur.claim(candidates(tmp_path))
    (row,) = run(cur, claim).kept
    assert row["tags"] == {"user:team": "search", "user:name": "train-1", "costCategory/unit": "gpu"}
    assert (row["resource_name"], row["instance_type"]) == ("train-1", "p5.48xlarge")


def test_a_file_left_in_the_periods_folder_stands_in_for_no_assemblys(tmp_path: Path) -> None:
    """B07: the assembly is incomplete, whatever else has the name."""
    keys = assembly(tmp_path, "a1", ["1"], current=True)
    (tmp_path / keys[0]).unlink()
    report(tmp_path, f"{PERIOD}/gpu-00001.csv.gz", "400")
    with pytest.raises(IncompleteDeliveryError, match="a1/gpu-00001"):
        cur.claim(candidates(tmp_path))


def test_a_missing_file_is_named_with_its_manifest(tmp_path: Path) -> None:
    """B07"""
    keys = assembly(tmp_path, "a1", ["1", "2"], current=True)
    (tmp_path / keys[1]).unlink()
    with pytest.raises(IncompleteDeliveryError) as error:
        cur.claim(candidates(tmp_path))
    assert error.value.file == f"{PERIOD}/a1/gpu-Manifest.json"
    assert keys[1] in error.value.message


def test_the_same_file_name_of_another_assembly_stands_in_for_none(tmp_path: Path) -> None:
    """B04, B07"""
    keys = assembly(tmp_path, "a1", ["1"], current=True)
    assembly(tmp_path, "a2", ["9"])
    (tmp_path / keys[0]).unlink()
    with pytest.raises(IncompleteDeliveryError, match="a1/gpu-00001"):
        cur.claim(candidates(tmp_path))


def test_a_manifest_without_files_means_no_data_yet(tmp_path: Path) -> None:
    """B07: an empty month is not a month that cost nothing."""
    manifest(tmp_path, f"{PERIOD}/gpu-Manifest.json", "a1", [])
    with pytest.raises(IncompleteDeliveryError, match="nothing has been delivered"):
        cur.claim(candidates(tmp_path))


def test_a_report_without_prefix_has_keys_from_the_root_of_the_bucket(tmp_path: Path) -> None:
    report(tmp_path, "gpu/20260801-20260901/a1/x.csv.gz", "1")
    manifest(tmp_path, "gpu/20260801-20260901/gpu-Manifest.json", "a1", ["/gpu/20260801-20260901/a1/x.csv.gz"])
    (claim,) = cur.claim(candidates(tmp_path))
    assert claim.files[0].name == "gpu/20260801-20260901/a1/x.csv.gz"


@pytest.mark.parametrize(
    "key",
    [
        "../../etc/passwd",
        "cur/../../x.csv.gz",
        "/etc/passwd",
        "cur/%2e%2e/%2e%2e/x.csv.gz",
        "cur/%252e%252e/x.csv.gz",
        "cur\\..\\x.csv.gz",
        "C:\\x.csv.gz",
        "cur//x.csv.gz",
        "",
    ],
)
def test_a_key_that_is_no_path_below_the_report_is_refused(tmp_path: Path, key: str) -> None:
    """X04"""
    report(tmp_path, "cur/x.csv.gz", "1")
    manifest(tmp_path, "cur/gpu-Manifest.json", "a1", [key])
    with pytest.raises(InputError, match="not a path below"):
        cur.claim(candidates(tmp_path))


@pytest.mark.parametrize("keys", ["cur/x.csv.gz", [1], {"a": "b"}])
def test_keys_that_are_no_list_of_names_are_refused(tmp_path: Path, keys: object) -> None:
    manifest(tmp_path, "gpu-Manifest.json", "a1", keys)
    with pytest.raises(InputError, match="not a list of file names"):
        cur.claim(candidates(tmp_path))


def test_a_report_without_manifest_is_taken_alone(tmp_path: Path) -> None:
    """B08: names do not matter, columns do."""
    report(tmp_path, "download.txt", "5")
    (claim,) = cur.claim(candidates(tmp_path))
    assert claim.description == "AWS CUR legacy without manifest, download.txt"
    assert run(cur, claim).total("billed_cost") == Decimal(5)


def test_parts_whose_manifest_is_missing_are_refused(tmp_path: Path) -> None:
    """B08: the manifest arrives last, so the delivery is still under way."""
    for number in (1, 2):
        report(tmp_path, f"{PERIOD}/gpu-0000{number}.csv.gz", "1")
    with pytest.raises(IncompleteDeliveryError, match="their manifest is missing"):
        cur.claim(candidates(tmp_path))


def test_other_json_and_other_reports_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "cur2-Manifest.json").write_text(json.dumps({"exportArn": "x", "dataFiles": [], "billingPeriod": {}}))
    (tmp_path / "list.json").write_text("[1]")
    (tmp_path / "oci.csv").write_text("lineItem/referenceNo,lineItem/intervalUsageStart,cost/myCost\n")
    assert cur.claim(candidates(tmp_path)) == []
