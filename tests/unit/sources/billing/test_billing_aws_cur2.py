"""AWS CUR 2.0 as cost lines, against the legacy report of the same month and by hand."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from _cur import LINE, outcome
from _exports import aws_export, data_name
from _run import Outcome, candidates, csv_text, run

from pipelines.errors import IncompleteDeliveryError, InputError
from pipelines.sources.billing import aws_cur2, aws_cur_legacy
from pipelines.sources.billing._aws_export_columns import snake

GPU = "data/billing/aws_cur_gpu"
MAPS = pa.map_(pa.string(), pa.string())
ROW = {
    "identity_line_item_id": "a1",
    "bill_payer_account_id": "000000000009",
    "bill_payer_account_name": "acme",
    "bill_billing_period_start_date": "2026-08-01T00:00:00.000Z",
    "bill_billing_period_end_date": "2026-09-01T00:00:00.000Z",
    "line_item_line_item_type": "Usage",
    "line_item_usage_start_date": "2026-08-03T10:00:00.000Z",
    "line_item_usage_end_date": "2026-08-03T11:00:00.000Z",
    "line_item_usage_type": "BoxUsage:p5.48xlarge",
    "line_item_usage_amount": "1.0",
    "line_item_currency_code": "USD",
    "line_item_unblended_cost": "55.04",
    "product": '{"product_name":"Amazon Elastic Compute Cloud"}',
    "resource_tags": '{"user_team":"search","aws_created_by":"x","user_name":"train-1","user_empty":""}',
    "cost_category": '{"business_unit":"research"}',
}


def write(path: Path, cost: str) -> None:
    """A CSV file of CUR 2.0 with one line."""
    path.write_text(csv_text(list(ROW), ROW | {"line_item_unblended_cost": cost}))


def billed(root: Path) -> list[Decimal]:
    """Billed cost of each delivery found."""
    return [run(aws_cur2, claim).total("billed_cost") for claim in aws_cur2.claim(candidates(root))]


def one(folder: Path, **changed: str) -> Outcome:
    """A CSV file with one line through the source."""
    (folder / "cur.csv").write_text(csv_text(list(ROW), ROW | changed))
    (claim,) = aws_cur2.claim(candidates(folder))
    return run(aws_cur2, claim)


def comparable(result: Outcome, *, without: set[str]) -> Counter[str]:
    """Rows but for where they came from and `without`, and how often each is there."""
    hidden = {"delivery_id", "source_part", "source_row", "source"} | without
    return Counter(repr(sorted((k, v) for k, v in row.items() if k not in hidden)) for row in result.kept)


@pytest.fixture(scope="module")
def export(shared: Path) -> Outcome:
    """The GPU month's export."""
    (claim,) = aws_cur2.claim(candidates(shared / GPU / "cur2"))
    return run(aws_cur2, claim)


def test_the_gpu_month_costs_what_its_generator_says(export: Outcome) -> None:
    """T06: amounts are DOUBLE in the files, and no cent is lost to that."""
    assert (len(export.kept), len(export.rejected)) == (4304, 0)
    assert export.total("billed_cost") == Decimal("53308.8170967680")
    assert export.total("effective_cost") == Decimal("59068.8170967680")


def test_each_line_is_the_legacy_reports_line(export: Outcome, shared: Path) -> None:
    """B13: in all columns but the names of accounts, which only 2.0 has, and the case of tags, which it loses."""
    found = aws_cur_legacy.claim(candidates(shared / GPU / "legacy"))
    (current,) = (claim for claim in found if claim.options["declared_current"] == "yes")
    without = {"billing_account_name", "sub_account_name", "tags"}
    assert comparable(export, without=without) == comparable(run(aws_cur_legacy, current), without=without)


def test_tags_are_the_legacy_reports_tags_in_lower_case(export: Outcome, shared: Path) -> None:
    """T09: on 33 lines two legacy keys differ by case only and fall together in 2.0, which keeps one value."""
    found = aws_cur_legacy.claim(candidates(shared / GPU / "legacy"))
    (current,) = (claim for claim in found if claim.options["declared_current"] == "yes")
    legacy: Counter[object] = Counter()
    for row in run(aws_cur_legacy, current).kept:
        tags = [(key.lower(), value) for key, value in row["tags"].items() if key.startswith("user:")]
        if len(dict(tags)) == len(tags):
            legacy[tuple(sorted(tags))] += 1
    exported = Counter(
        tuple(sorted((key, value) for key, value in row["tags"].items() if key.startswith("user:")))
        for row in export.kept
    )
    assert legacy - exported == Counter()
    assert (exported - legacy).total() == 33


def test_csv_with_maps_as_json_gives_the_rows_of_parquet(export: Outcome, shared: Path, tmp_path: Path) -> None:
    """B14"""
    (source,) = (shared / GPU / "cur2").glob("**/gpu-cur2-00001.snappy.parquet")
    with duckdb.connect() as connection:
        maps = ", ".join(
            f"to_json({name}) as {name}" for name in ("product", "resource_tags", "cost_category", "discount")
        )
        connection.execute(f"copy (select * replace ({maps}) from '{source}') to '{tmp_path / 'cur.csv'}' (header)")
    (claim,) = aws_cur2.claim(candidates(tmp_path))
    expected = [row for row in export.kept if row["source_part"].endswith(source.name)]
    assert comparable(run(aws_cur2, claim), without=set()) == comparable(
        Outcome(expected, [], [], "", []), without=set()
    )


@pytest.mark.parametrize(
    ("legacy", "name"),
    [
        ("UnblendedCost", "unblended_cost"),
        ("SavingsPlanARN", "savings_plan_a_r_n"),
        ("publicOnDemandCost", "public_on_demand_cost"),
        ("servicename", "servicename"),
        ("user:Cost Center", "user_cost_center"),
    ],
)
def test_names_are_translated_as_aws_does(legacy: str, name: str) -> None:
    """B13"""
    assert snake(legacy) == name


@pytest.mark.parametrize(
    ("kind", "columns"),
    [
        (
            "SavingsPlanCoveredUsage",
            {"savingsPlan/SavingsPlanARN": "p1", "savingsPlan/SavingsPlanEffectiveCost": "33.03"},
        ),
        ("DiscountedUsage", {"reservation/ReservationARN": "r1", "reservation/EffectiveCost": "14"}),
        ("SavingsPlanNegation", {"savingsPlan/SavingsPlanARN": "p1", "lineItem/UnblendedCost": "-55.04"}),
        (
            "SavingsPlanRecurringFee",
            {"savingsPlan/TotalCommitmentToDate": "40", "savingsPlan/UsedCommitment": "33.03"},
        ),
        ("RIFee", {"reservation/UnusedRecurringFee": "120"}),
    ],
)
def test_commitments_amortise_as_in_the_legacy_report(tmp_path: Path, kind: str, columns: dict[str, str]) -> None:
    """M03: one mapping reads both, whatever the columns are called."""
    line = LINE | {"lineItem/LineItemType": kind} | columns
    expected = outcome(tmp_path, line)
    (tmp_path / "cur.csv").unlink()
    translated = {"_".join(map(snake, name.split("/"))): value for name, value in line.items()}
    translated |= {"bill_payer_account_name": "", "resource_tags": ""}
    (tmp_path / "cur.csv").write_text(csv_text(list(translated), translated))
    (claim,) = aws_cur2.claim(candidates(tmp_path))
    assert comparable(run(aws_cur2, claim), without=set()) == comparable(expected, without=set())


def test_maps_hold_service_tags_and_cost_categories(tmp_path: Path) -> None:
    """T09: the prefix that tells whose tag it is comes back, empty values go."""
    (row,) = one(tmp_path).kept
    assert row["tags"] == {
        "user:team": "search",
        "aws:created_by": "x",
        "user:name": "train-1",
        "costCategory/business_unit": "research",
    }
    assert (row["service_name"], row["resource_name"]) == ("Amazon Elastic Compute Cloud", "train-1")


@pytest.mark.parametrize("word", ["", "NULL", "{}"])
def test_maps_without_entries_are_no_fault(tmp_path: Path, word: str) -> None:
    (row,) = one(tmp_path, product=word, resource_tags=word, cost_category=word).kept
    assert (row["tags"], row["service_name"]) == ({}, None)


def test_tags_that_are_no_json_object_reject_their_row(tmp_path: Path) -> None:
    """T10"""
    result = one(tmp_path, resource_tags='"user_team": "search"', cost_category="")
    assert (result.rejected[0]["reject_value"], result.rejected[0]["reject_cost"]) == (
        '"user_team": "search"',
        Decimal("55.04"),
    )


@pytest.mark.parametrize("written", [39981.70, 1.0029999, 1.34e-8, 1.34e-12, 0.1 + 0.2, -0.1, 1e15 + 0.3])
def test_binary_amounts_are_taken_by_their_shortest_text(tmp_path: Path, written: float) -> None:
    """T06: the third is 0.0000000134 and not 0.000000013400000000000001."""
    times = {name: datetime.fromisoformat(value[:-5]) for name, value in ROW.items() if name.endswith("_date")}
    typed = times | {"line_item_unblended_cost": written, "line_item_usage_amount": 1.0}
    columns = {name: pa.array([typed.get(name, value)]) for name, value in ROW.items()}
    columns |= {name: pa.array([[("k", "v")]], MAPS) for name in ("product", "resource_tags", "cost_category")}
    pq.write_table(pa.table(columns), tmp_path / "cur.parquet")
    assert billed(tmp_path) == [Decimal(repr(written))]


def test_a_query_that_leaves_columns_out_is_read(tmp_path: Path) -> None:
    """B14: Data Exports deliver what their SQL selects."""
    needed = [name for name in ROW if name not in ("product", "cost_category", "line_item_usage_type")]
    (tmp_path / "cur.csv").write_text(csv_text(needed, {name: ROW[name] for name in needed}))
    assert billed(tmp_path) == [Decimal("55.04")]


def test_a_missing_required_column_is_named_with_file_and_line(tmp_path: Path) -> None:
    """B14: by its legacy name, in which the mapping is written."""
    names = [name for name in ROW if name != "line_item_usage_end_date"]
    (tmp_path / "cur.csv").write_text(csv_text(names, {name: ROW[name] for name in names}))
    with pytest.raises(InputError, match="missing: lineItem/UsageEndDate") as error:
        billed(tmp_path)
    assert (error.value.file, error.value.line) == ("cur.csv", 1)


def test_account_ids_keep_their_leading_zeros(tmp_path: Path) -> None:
    """T07"""
    assert one(tmp_path).kept[0]["billing_account_id"] == "000000000009"


def test_a_delivery_replaces_a_payers_billing_period(tmp_path: Path) -> None:
    """B01, B02"""
    assert one(tmp_path).scopes == ["aws_cur2|000000000009|2026-08-01"]


@pytest.mark.parametrize("added", ["", "exports", "exports/gpu"])
def test_all_files_of_a_manifest_are_read_whatever_folder_is_added(tmp_path: Path, added: str) -> None:
    """B04, B06: the manifest stands in a folder beside the data's."""
    aws_export(tmp_path, write, ["1", "2", "4"])
    assert billed(tmp_path / added) == [Decimal(7)]


def test_a_later_run_is_a_later_version(tmp_path: Path) -> None:
    """B09: by the time in its folder, whatever its lines say."""
    for run_name, costs in (("20260830T060000Z-0f", ["1", "2"]), ("20260831T060000Z-0a", ["1"])):
        aws_export(tmp_path, write, costs, run=run_name)
    found = [run(aws_cur2, claim) for claim in aws_cur2.claim(candidates(tmp_path))]
    assert [item.total("billed_cost") for item in found] == [Decimal(3), Decimal(1)]
    assert [item.version for item in found] == [
        "2026-08-30T06:00:00Z 2026-08-03T10:00:00Z invoiced=0",
        "2026-08-31T06:00:00Z 2026-08-03T10:00:00Z invoiced=0",
    ]


def test_a_file_that_a_smaller_refresh_left_behind_is_kept_and_not_read(tmp_path: Path) -> None:
    """B06"""
    aws_export(tmp_path, write, ["1", "2"])
    write(tmp_path / data_name(3), "400")
    (claim,) = aws_cur2.claim(candidates(tmp_path))
    assert claim.files[-1].name == data_name(3)
    assert claim.description == "AWS CUR 2.0 gpu, 2026-08, 1 file(s) beside it that no manifest names are not read"
    assert billed(tmp_path) == [Decimal(3)]


def test_a_missing_file_is_named_with_its_manifest(tmp_path: Path) -> None:
    """B07: another month's file of the same name stands in for none."""
    aws_export(tmp_path, write, ["1"], month="2026-07")
    names = aws_export(tmp_path, write, ["1", "2"])
    (tmp_path / names[0]).unlink()
    with pytest.raises(IncompleteDeliveryError, match=r"2026-08/gpu-00001\.csv") as error:
        billed(tmp_path)
    assert error.value.file == "exports/gpu/metadata/BILLING_PERIOD=2026-08/gpu-Manifest.json"


def test_a_manifest_alone_is_known_by_its_columns(tmp_path: Path) -> None:
    """B08: the data files did not come along."""
    (name,) = aws_export(tmp_path, write, ["1"], columns=list(ROW))
    (tmp_path / name).unlink()
    with pytest.raises(IncompleteDeliveryError, match="not among the files added"):
        billed(tmp_path)


def test_a_manifest_without_files_means_no_data_yet(tmp_path: Path) -> None:
    """B07"""
    aws_export(tmp_path, write, [], columns=list(ROW))
    with pytest.raises(IncompleteDeliveryError, match="nothing has been delivered"):
        billed(tmp_path)


def test_manifests_of_other_exports_are_left_alone(tmp_path: Path) -> None:
    """Cost optimisation, carbon and FOCUS exports have the same manifest."""
    aws_export(tmp_path, lambda path, _: path.write_text("a,b\n1,2\n"), ["1"], columns=["a", "b"])
    assert aws_cur2.claim(candidates(tmp_path)) == []


@pytest.mark.parametrize(
    "key", ["s3://bucket/../x.csv", "s3://bucket//x.csv", "/etc/passwd", "s3://bucket/a/%2e%2e/x.csv", "C:\\x.csv"]
)
def test_a_key_that_is_no_path_below_the_export_is_refused(tmp_path: Path, key: str) -> None:
    """X04"""
    (tmp_path / "gpu-Manifest.json").write_text(json.dumps({"dataFiles": [key]}))
    with pytest.raises(InputError, match="not a path below"):
        aws_cur2.claim(candidates(tmp_path))


def test_parts_whose_manifest_is_missing_are_refused(tmp_path: Path) -> None:
    """B08: it arrives last, so the delivery is still under way."""
    for number in (1, 2):
        write(tmp_path / f"gpu-0000{number}.csv", "1")
    with pytest.raises(IncompleteDeliveryError, match="their manifest is missing"):
        billed(tmp_path)


def test_the_legacy_report_for_athena_is_left_to_its_source(tmp_path: Path) -> None:
    """It has the same names and no maps; a month read by both would be there twice."""
    names = [
        name for name in ROW if name not in ("product", "resource_tags", "cost_category", "bill_payer_account_name")
    ]
    (tmp_path / "a.csv").write_text(csv_text(names, {name: ROW[name] for name in names}))
    look = candidates(tmp_path)
    assert (len(aws_cur2.claim(look)), len(aws_cur_legacy.claim(look))) == (0, 1)


def test_an_export_is_left_alone_by_the_legacy_source(tmp_path: Path) -> None:
    aws_export(tmp_path, write, ["1"])
    assert aws_cur_legacy.claim(candidates(tmp_path)) == []
