"""FOCUS files as cost lines. Expected values are hand-made, or summed from the file by csv and Decimal."""

from __future__ import annotations

import csv
import gzip
import json
from collections import defaultdict
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from _run import Outcome, candidates, csv_text, run

from pipelines.contracts import LINEAGE, contract_for
from pipelines.errors import IncompleteDeliveryError, InputError
from pipelines.sources.billing import focus

LINE = {
    "BillingAccountId": "001234567890",
    "BillingPeriodStart": "2026-08-01T00:00:00Z",
    "BillingPeriodEnd": "2026-09-01T00:00:00Z",
    "ChargePeriodStart": "2026-08-03T10:00:00Z",
    "ChargePeriodEnd": "2026-08-03T11:00:00Z",
    "ChargeCategory": "Usage",
    "ChargeFrequency": "Usage-Based",
    "BillingCurrency": "USD",
    "BilledCost": "55.04",
    "EffectiveCost": "33.03",
    "ListCost": "98.32",
    "ContractedCost": "98.32",
    "ProviderName": "Lumen",
    "InvoiceIssuerName": "Lumen Ltd",
    "SkuPriceDetails": '{"InstanceType":"h100.8x","CoreCount":192}',
    "Tags": '{"team":"search"}',
}
HEADER = list(LINE)


def outcome(folder: Path, text: str | bytes, name: str = "focus.csv") -> Outcome:
    """One file through the source."""
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    (claim,) = focus.claim(candidates(folder))
    return run(focus, claim)


def one(folder: Path, **changed: str) -> dict[str, object]:
    """The kept row of a file with one line."""
    header = HEADER + [name for name in changed if name not in HEADER]
    result = outcome(folder, csv_text(header, LINE | changed))
    assert result.rejected == []
    return result.kept[0]


def test_real_sample_keeps_every_row_and_both_totals(shared: Path) -> None:
    """Figures published with the sample's description; seven ContractedCost are null against the specification."""
    (claim,) = focus.claim(candidates(shared / "data/billing/focus_real"))
    result = run(focus, claim)
    nulls = [row for row in result.kept if row["contracted_cost"] is None]
    assert (len(result.kept), len(result.rejected), len(nulls)) == (1000, 0, 7)
    assert result.total("billed_cost") == Decimal("20.52022672899")
    assert result.total("effective_cost") == Decimal("14.97651418586")


def test_real_sample_has_one_spelling_of_each_frequency(shared: Path) -> None:
    (claim,) = focus.claim(candidates(shared / "data/billing/focus_real"))
    assert {row["charge_frequency"] for row in run(focus, claim).kept} == {"Usage-Based", "One-Time"}


@pytest.mark.parametrize(
    ("name", "version"),
    [
        ("focus_1_2_cost_and_usage_aws.csv.gz", "1.2"),
        ("focus_1_2_cost_and_usage_azure.csv.gz", "1.2"),
        ("focus_1_3_cost_and_usage_gcp.csv.gz", "1.3"),
    ],
)
def test_generated_exports_conserve_each_commitment(shared: Path, name: str, version: str) -> None:
    """M05: what a commitment costs is billed on its purchases and effective on what it covered or left unused."""
    found = focus.claim(candidates(shared / "data/billing/focus_generated"))
    (claim,) = (item for item in found if item.files[0].name == name)
    assert claim.description == f"FOCUS {version}, {name}"
    result = run(focus, claim)
    billed: dict[object, Decimal] = defaultdict(Decimal)
    effective: dict[object, Decimal] = defaultdict(Decimal)
    for row in result.kept:
        if row["commitment_discount_id"]:
            billed[row["commitment_discount_id"]] += row["billed_cost"]
            effective[row["commitment_discount_id"]] += row["effective_cost"]
    with gzip.open(claim.files[0].path, "rt", newline="") as text:
        expected: dict[str, Decimal] = defaultdict(Decimal)
        for line in csv.DictReader(text):
            if line["CommitmentDiscountId"]:
                expected[line["CommitmentDiscountId"]] += Decimal(line["BilledCost"])
    assert len(result.kept) == 5000
    assert billed == expected
    assert effective == expected


def test_specification_scenarios_are_refused_naming_all_missing_columns(shared: Path) -> None:
    """B14: they have the core of FOCUS and no account, currency or provider."""
    found = focus.claim(candidates(shared / "data/billing/focus_spec_examples"))
    assert [len(claim.files) for claim in found] == [3, 4]
    with pytest.raises(InputError) as error:
        run(focus, found[0])
    assert error.value.line == 1
    assert error.value.file == "commitment_discount_scenarios/commitment_discount_purchase_scenario_1.csv"
    assert "BillingAccountId, ServiceProviderName or ProviderName" in error.value.message
    assert "BillingCurrency" in error.value.message


def test_every_contract_column_has_a_rule_but_the_partition_of_appended_exports() -> None:
    filled_by_loader = {column.name for column in LINEAGE} | {"source"}
    without_rule = set(contract_for(focus.TABLE).names) - filled_by_loader - set(focus.MAPPING)
    assert without_rule == {"delivery_partition"}


def test_first_bytes_that_are_a_byte_order_mark_are_no_part_of_the_header(tmp_path: Path) -> None:
    """T01"""
    result = outcome(tmp_path, b"\xef\xbb\xbf" + csv_text(HEADER, LINE).encode())
    assert result.kept[0]["billing_account_id"] == "001234567890"


def test_a_second_byte_order_mark_is_no_part_of_the_first_value(tmp_path: Path) -> None:
    """T01: Azure wrote one at the start and one before the first data row."""
    header, line = csv_text(HEADER, LINE).splitlines()
    result = outcome(tmp_path, f"\ufeff{header}\n\ufeff{line}\n")
    assert result.kept[0]["billing_account_id"] == "001234567890"


def test_account_ids_keep_their_leading_zeros(tmp_path: Path) -> None:
    """T07"""
    assert one(tmp_path, SubAccountId="000000000042")["sub_account_id"] == "000000000042"


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("1E-05", "0.00001"),
        ("1.5e+2", "150"),
        ("-0", "0"),
        ("-12.5", "-12.5"),
        ("39981.70", "39981.70"),
        ("12345678901234567890.123456789012345678", "12345678901234567890.123456789012345678"),
        ("0.123456789012345678", "0.123456789012345678"),
        ("123456789.5", "123456789.5"),
    ],
)
def test_costs_are_read_exactly_in_any_notation(tmp_path: Path, written: str, value: str) -> None:
    """T05, T06"""
    assert one(tmp_path, EffectiveCost=written)["effective_cost"] == Decimal(value)


@pytest.mark.parametrize("written", ["n/a", "NaN", "Infinity", "1,234.5", "1.234,56"])
def test_a_cost_that_is_no_number_rejects_its_row_with_the_text(tmp_path: Path, written: str) -> None:
    """T04, T05: it is named, neither guessed at nor taken for zero."""
    result = outcome(tmp_path, csv_text(HEADER, LINE | {"BilledCost": written}, LINE))
    assert len(result.kept) == 1
    assert result.rejected[0]["source_row"] == 1
    assert result.rejected[0]["reject_reason"].startswith("billed_cost")
    assert result.rejected[0]["reject_value"] == written


@pytest.mark.parametrize("word", ["NULL", "null", "", " "])
def test_words_for_no_value_are_null(tmp_path: Path, word: str) -> None:
    """T08"""
    row = one(tmp_path, ContractedCost=word, Tags=word, ChargeClass=word)
    assert (row["contracted_cost"], row["tags"], row["charge_class"]) == (None, {}, None)


def test_a_missing_billed_cost_is_not_zero(tmp_path: Path) -> None:
    result = outcome(tmp_path, csv_text(HEADER, LINE | {"BilledCost": "NULL"}))
    assert result.rejected[0]["reject_reason"] == "billed_cost: missing"


def test_a_missing_required_column_is_named_with_file_and_line(tmp_path: Path) -> None:
    """B14"""
    header = [name for name in HEADER if name != "EffectiveCost"]
    text = csv_text(header, {name: LINE[name] for name in header})
    with pytest.raises(InputError) as error:
        outcome(tmp_path, text)
    assert (error.value.file, error.value.line) == ("focus.csv", 1)
    assert error.value.message.endswith("missing: EffectiveCost")


def test_columns_outside_the_specification_change_nothing(tmp_path: Path) -> None:
    """B14: the real sample has an `Id` between two columns of the specification."""
    header = [*HEADER[:4], "Id", *HEADER[4:]]
    result = outcome(tmp_path, csv_text(header, LINE | {"Id": "7"}))
    assert result.kept[0]["billed_cost"] == Decimal("55.04")


def test_tag_keys_that_differ_by_case_both_stay(tmp_path: Path) -> None:
    """T09"""
    tags = one(tmp_path, Tags='{"env":"a","Env":"b","empty":"","none":null,"n":500}')["tags"]
    assert tags == {"env": "a", "Env": "b", "n": "500"}


def test_a_repeated_tag_key_keeps_its_first_value(tmp_path: Path) -> None:
    """T09: the text is legal JSON, and one such row must not stop a load."""
    assert one(tmp_path, Tags='{"env":"a","env":"b","a/b~c":"d"}')["tags"] == {"env": "a", "a/b~c": "d"}


def test_tags_that_are_no_json_object_reject_their_row(tmp_path: Path) -> None:
    """T10"""
    result = outcome(tmp_path, csv_text(HEADER, LINE | {"Tags": '"env": "a"'}))
    assert (result.rejected[0]["reject_value"], result.rejected[0]["billed_cost"]) == ('"env": "a"', Decimal("55.04"))


@pytest.mark.parametrize("text", ["'; drop table incoming; --", 'quo"te', "{{ x }}", "a\nb", "=HYPERLINK(1)"])
def test_text_of_any_kind_stays_text(tmp_path: Path, text: str) -> None:
    """X03, X06, T10"""
    row = one(tmp_path, Tags=json.dumps({text: text}), ResourceName=text)
    assert (row["tags"], row["resource_name"]) == ({text: text}, text)


def test_closed_lists_take_the_spelling_of_the_specification(tmp_path: Path) -> None:
    row = one(tmp_path, ChargeCategory="usage", ChargeFrequency="Usage-based", CommitmentDiscountStatus="UNUSED")
    assert row["charge_category"] == "Usage"
    assert row["charge_frequency"] == "Usage-Based"
    assert row["commitment_discount_status"] == "Unused"


def test_an_open_list_keeps_words_of_its_own(tmp_path: Path) -> None:
    """B13: a later version may add one; the contract closes only the lists that models decide by."""
    assert one(tmp_path, PricingCategory="Auctioned")["pricing_category"] == "Auctioned"


def test_a_category_outside_the_specification_rejects_its_row(tmp_path: Path) -> None:
    result = outcome(tmp_path, csv_text(HEADER, LINE | {"ChargeCategory": "Refund"}))
    assert result.rejected[0]["reject_value"] == "Refund"


def test_a_charge_that_ends_before_it_starts_is_rejected(tmp_path: Path) -> None:
    result = outcome(tmp_path, csv_text(HEADER, LINE | {"ChargePeriodEnd": "2026-08-03T09:00:00Z"}))
    assert result.rejected[0]["reject_reason"] == "charge_period_end: before charge_period_start"


def test_times_are_utc_whatever_zone_they_are_written_in(tmp_path: Path) -> None:
    """Z03"""
    row = one(tmp_path, ChargePeriodStart="2026-08-03T12:00:00+02:00", ChargePeriodEnd="2026-08-03 11:00:00")
    assert str(row["charge_period_start"]) == "2026-08-03 10:00:00"
    assert str(row["charge_period_end"]) == "2026-08-03 11:00:00"


def test_service_provider_of_1_3_wins_over_the_older_provider(tmp_path: Path) -> None:
    assert one(tmp_path, ServiceProviderName="Lumen Compute")["service_provider_name"] == "Lumen Compute"


def test_a_charge_without_provider_belongs_to_who_invoices_it(tmp_path: Path) -> None:
    """AWS leaves ProviderName empty on some charges."""
    assert one(tmp_path, ProviderName="")["service_provider_name"] == "Lumen Ltd"


@pytest.mark.parametrize(
    ("columns", "machine"),
    [
        ({}, "h100.8x"),
        ({"SkuPriceDetails": '{"x_ServiceType":"Standard_ND96isr_H100_v5"}'}, "Standard_ND96isr_H100_v5"),
        (
            {"SkuPriceDetails": "", "x_SkuDetails": '{"ServiceType":"Standard_ND96isr_H100_v5"}'},
            "Standard_ND96isr_H100_v5",
        ),
        ({"SkuPriceDetails": "", "x_UsageType": "USE1-BoxUsage:p5.48xlarge"}, "p5.48xlarge"),
        ({"SkuPriceDetails": "not json"}, None),
    ],
)
def test_instance_type_comes_from_the_sku_or_the_providers_own_column(
    tmp_path: Path, columns: dict[str, str], machine: str | None
) -> None:
    assert one(tmp_path, **columns)["instance_type"] == machine


@pytest.mark.parametrize(
    ("more", "version"),
    [
        ((), "1.0"),
        (("ServiceSubcategory",), "1.1"),
        (("SkuMeter", "InvoiceId"), "1.2"),
        (("InvoiceId", "ServiceProviderName"), "1.3"),
        # Microsoft had these two in its 1.0 export.
        (("BillingAccountType", "SubAccountType"), "1.0"),
    ],
)
def test_the_version_is_told_by_columns(tmp_path: Path, more: tuple[str, ...], version: str) -> None:
    """B13: never by the file's name, which lies here."""
    header = [name for name in HEADER if name != "SkuPriceDetails"] + list(more)
    (tmp_path / "focus_9_9.csv").write_text(csv_text(header))
    (claim,) = focus.claim(candidates(tmp_path))
    assert claim.description == f"FOCUS {version}, focus_9_9.csv"


def test_the_preview_of_1_0_is_refused(tmp_path: Path) -> None:
    """B13"""
    with pytest.raises(InputError, match=r"1\.0-preview is not read"):
        outcome(tmp_path, csv_text([*(HEADER[:-2]), "ChargeSubcategory"]))


def test_oracles_slices_of_a_month_are_left_to_their_own_source(tmp_path: Path) -> None:
    """B02: each would replace the month that the others make up."""
    (tmp_path / "slice.csv").write_text(csv_text([*HEADER, "oci_ReferenceNumber"], LINE))
    assert focus.claim(candidates(tmp_path)) == []


def test_parquet_with_a_map_of_tags_gives_the_rows_of_csv(tmp_path: Path) -> None:
    """B14: nested columns, decimals and timestamps instead of text."""
    expected = one(tmp_path)
    (tmp_path / "focus.csv").unlink()
    typed = {
        "Tags": pa.array([[("team", "search")]], pa.map_(pa.string(), pa.string())),
        "SkuPriceDetails": pa.array([{"InstanceType": "h100.8x", "CoreCount": 192}]),
        "BilledCost": pa.array([Decimal("55.04")], pa.decimal128(20, 6)),
        "EffectiveCost": pa.array([33.03]),
        "ChargePeriodStart": pa.array([1785751200], pa.timestamp("s", "UTC")),
    }
    table = pa.table({name: typed.get(name, pa.array([value])) for name, value in LINE.items()})
    pq.write_table(table, tmp_path / "export.bin")
    (claim,) = focus.claim(candidates(tmp_path))
    assert run(focus, claim).kept == [expected | {"source_part": "export.bin"}]


def test_numbered_parts_of_one_folder_are_one_delivery(tmp_path: Path) -> None:
    """B05, B06"""
    for folder, cost in (("a", "1"), ("b", "10")):
        (tmp_path / folder).mkdir()
        for part in (2, 1):
            text = csv_text(HEADER, LINE | {"BilledCost": cost})
            (tmp_path / folder / f"focus-{part:05}.csv.gz").write_bytes(gzip.compress(text.encode()))
    found = focus.claim(candidates(tmp_path))
    assert [[file.name for file in claim.files] for claim in found] == [
        ["a/focus-00001.csv.gz", "a/focus-00002.csv.gz"],
        ["b/focus-00001.csv.gz", "b/focus-00002.csv.gz"],
    ]
    assert [run(focus, claim).total("billed_cost") for claim in found] == [Decimal(2), Decimal(20)]


@pytest.mark.parametrize(
    ("names", "sizes"),
    [
        (("part_0_0001.csv", "part_1_0001.csv", "part_1_0002.csv"), [3]),
        (("focus_1.csv", "focus_2.csv", "focus_3.csv"), [3]),
        (("part-00000-0a1b2c3d-4e.c000.csv", "part-00001-0a1b2c3d-4e.c000.csv"), [2]),
        (("focus-2026-07.csv", "focus-2026-08.csv"), [1, 1]),
        (("focus_20260801.csv", "focus_20260802.csv"), [1, 1]),
        (("focus-2026-08-00001.csv", "focus-2026-08-00002.csv"), [2]),
        (("focus.csv", "focus_1.csv"), [1, 1]),
    ],
)
def test_only_a_trailing_part_number_makes_files_one_delivery(
    tmp_path: Path, names: tuple[str, ...], sizes: list[int]
) -> None:
    """B03, B05: months and daily snapshots are deliveries of their own; added up they would count twice."""
    for name in names:
        (tmp_path / name).write_text(csv_text(HEADER, LINE))
    assert [len(claim.files) for claim in focus.claim(candidates(tmp_path))] == sizes


def test_parts_with_another_header_are_not_joined(tmp_path: Path) -> None:
    (tmp_path / "focus_1.csv").write_text(csv_text(HEADER, LINE))
    (tmp_path / "focus_2.csv").write_text(csv_text([*HEADER, "InvoiceId"], LINE))
    assert [len(claim.files) for claim in focus.claim(candidates(tmp_path))] == [1, 1]


def test_a_gap_between_parts_is_refused(tmp_path: Path) -> None:
    """B06: loading what is there would replace the month by a piece of it."""
    for part in (1, 2, 4):
        (tmp_path / f"focus-{part}.csv").write_text(csv_text(HEADER, LINE))
    with pytest.raises(IncompleteDeliveryError, match="part 3 is missing"):
        focus.claim(candidates(tmp_path))


def test_manifests_and_other_formats_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text(json.dumps({"blobs": [{"blobName": "x.csv"}], "columns": HEADER}))
    (tmp_path / "azure.csv").write_text("BillingPeriodStartDate,ChargeType,CostInBillingCurrency\n")
    (tmp_path / "contracts.csv").write_text("ContractId,ContractCommitmentId,BillingCurrency,ContractPeriodStart\n")
    assert focus.claim(candidates(tmp_path)) == []


def test_a_delivery_replaces_an_accounts_billing_period(tmp_path: Path) -> None:
    """B01, B02"""
    other = LINE | {"BillingAccountId": "2", "BillingPeriodStart": "2026-07-01T00:00:00Z"}
    assert outcome(tmp_path, csv_text(HEADER, LINE, other)).scopes == [
        "focus|001234567890|2026-08-01",
        "focus|2|2026-07-01",
    ]


def test_the_snapshot_whose_usage_reaches_further_is_the_later_version(tmp_path: Path) -> None:
    """B09: a tax line for the whole month does not count."""
    early = LINE | {"ChargePeriodStart": "2026-08-03T09:00:00Z"}
    tax = LINE | {"ChargeCategory": "Tax", "ChargePeriodStart": "2026-08-31T00:00:00Z"}
    tax |= {"ChargePeriodEnd": "2026-09-01T00:00:00Z"}
    first = outcome(tmp_path, csv_text(HEADER, early, tax)).version
    assert outcome(tmp_path, csv_text(HEADER, early, LINE)).version > first
