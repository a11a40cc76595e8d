"""What is wrong with a mapping, or with a CSV under one, said with file, line, value and what to write instead."""

from __future__ import annotations

from pathlib import Path

import pytest
from _mapped import HEADER, LINE, MAPPING, changed, outcome, write
from _run import candidates

from pipelines.errors import InputError
from pipelines.sources.billing import mapped_csv


def fault(folder: Path, mapping: str, header: str = HEADER) -> InputError:
    """The error of a mapping over a CSV with one line."""
    with pytest.raises(InputError) as caught:
        outcome(folder, mapping, LINE, header=header)
    error = caught.value
    assert error.file == "acme.mapping.yaml"
    assert error.next_step
    return error


def line_of(mapping: str, text: str) -> int:
    """The line of a mapping that holds a text."""
    return 1 + next(place for place, line in enumerate(mapping.splitlines()) if text in line)


@pytest.mark.parametrize(
    ("old", "new", "parts"),
    [
        ("files:", "file:", ("unknown key 'file'", "did you mean 'files'?")),
        ("encoding: utf-8", "encoding: cp1252", ("csv.encoding", "'cp1252' is not allowed", "'latin-1'")),
        ('delimiter: ","', 'delimeter: ","', ("unknown key 'delimeter'", "did you mean 'delimiter'?")),
        ('decimal: "."', 'decimal: ";"', ("numbers.decimal", "';' is not allowed")),
        ("thousands: none", 'thousands: "."', ("numbers", "decimal and thousands are both '.'")),
        ("thousands: none", "thousands: none, currency_signs: 1", ("currency sign '1'",)),
        ("format: iso", 'format: "%d/%Q/%Y"', ("times.format", "%Q is not known")),
        ("format: iso", "format: DD/MM/YYYY", ("times.format", "write 'iso', or a format")),
        ("zone: UTC", "zone: Europe/Berlim", ("times.zone", "did you mean 'Europe/Berlin'?")),
        ("end: exclusive", "end: inclusive", ("times.end", "'inclusive' is not allowed", "'last_day'")),
        ("month_of_charge", "month", ("period",)),
        ("month_of_charge", "{month: m, value: 2026-08}", ("period", "write one of: month_of_charge")),
        ("month_of_charge", "{value: 2026-13}", ("period", "'2026-13' is no month")),
        ("month_of_charge", "{start: s}", ("period", "start and end (columns)")),
        ("  BilledCost:", "  BiledCost:", ("'BiledCost' is no column of a cost line", "did you mean 'BilledCost'?")),
        ("  BilledCost:", "  Tags:", ("Tags is not filled here", "`tags:`")),
        ("BilledCost: amount", "BilledCost: {colum: amount}", ("unknown key 'colum'", "did you mean 'column'?")),
        ("BilledCost: amount", "BilledCost: {factors: [2]}", ("factors", "did you mean 'times'?")),
        ("BilledCost: amount", "BilledCost: {column: amount, times: [1e400]}", ("'1e400' is no number",)),
        ("BilledCost: amount", "BilledCost: {column: amount, divided_by: 0}", ("divided_by", "greater than or")),
        ("BilledCost: amount", "BilledCost: {column: a, sum: [b]}", ("says it twice", "column or sum")),
        ("BilledCost: amount", "BilledCost:", ("columns.BilledCost",)),
        ("BilledCost: amount", "BilledCost: {values: {a: b}}", ("unknown key 'values'",)),
        ("ChargePeriodStart: start", "ChargePeriodStart: {lasts: day}", ("a start does not last", "lasts_hours under")),
        ("ChargePeriodStart: start", "ChargePeriodStart: {from_period: start}", ("from the charge, and",)),
        ("usage: Usage", "usage: Use", ("'Use' is no ChargeCategory", "use one of: Usage")),
        ("{usage: Usage, credit: Credit}", "[Usage]", ("columns.ChargeCategory.values",)),
        ("BillingCurrency: USD", "BillingCurrency: US$", ("'US$' is no currency", "as USD")),
        ("BillingCurrency: USD", "BillingCurrency: USD\n  ListCost: much", ("'much' is no number",)),
        ("BillingCurrency: USD", "BillingCurrency: USD\n  BilledCost: 1", ("stands under `columns:` too",)),
        ("BillingCurrency: USD", "BillingCurrency: USD\n  ChargePeriodEnd: 2026", ("ChargePeriodEnd", "columns:` too")),
        ("BillingCurrency: USD", "BillingCurrency: USD\n  PricingCategory: Spot", ("'Spot' is no Pricing",)),
        ("BillingCurrency: USD", "BillingCurrency: USD\n  BillingCurrency: EUR", ("stands twice",)),
        ('files: "*.csv"', 'files: "../*.csv"', ("files", "leads out of the mapping's folder")),
        ('files: "*.csv"', 'files: "/etc/*"', ("files", "leads out of the mapping's folder")),
        ("mapping: acme", "mapping: Acme Cloud!", ("mapping",)),
        ("mapping: acme", "mapping: acme\nversion: newest", ("version",)),
        ("mapping: acme", "mapping: acme\ntotal_rows: {column: kind}", ("total_rows.is", "is missing")),
        ("mapping: acme", "mapping: acme\ntotal_rows: {column: kind, words: x}", ("'words'", "Keys here: column, is")),
        ("mapping: acme", "mapping: acme\nleave_out: [{column: kind, reason: why}]", ("leave_out.0", "either `is:`")),
        ("mapping: acme", "mapping: acme\nleave_out: [{column: kind, empty: true}]", ("leave_out.0.reason",)),
        ("mapping: acme", "mapping: acme\ntags: [a]\ntags_json: b", ("stands beside `tags:`",)),
        ("csv: {", "csv: &a {", ("anchors are not read",)),
    ],
)  # fmt: skip
def test_a_wrong_key_or_value_is_told_with_its_line_and_remedy(
    tmp_path: Path, old: str, new: str, parts: tuple[str, ...]
) -> None:
    mapping = changed(old, new)
    error = fault(tmp_path, mapping)
    assert [part for part in parts if part not in error.message] == []
    assert error.line is not None


@pytest.mark.parametrize(
    ("old", "new", "at"),
    [
        ("  BilledCost:", "  BiledCost:", "BiledCost"),
        ("zone: UTC", "zone: Mars", "zone: Mars"),
        ("usage: Usage", "usage: Use", "usage: Use"),
        ("mapping: acme", "mapping: acme\n\n# A comment.\nperid: x", "perid"),
    ],
)
def test_the_line_is_the_one_to_correct(tmp_path: Path, old: str, new: str, at: str) -> None:
    mapping = changed(old, new)
    error = fault(tmp_path, mapping)
    told = error.line if "problems" not in error.message else None
    assert told == line_of(mapping, at) or f"line {line_of(mapping, at)}," in error.message


@pytest.mark.parametrize("name", ["BilledCost", "ChargePeriodStart", "ChargePeriodEnd", "BillingAccountId"])
def test_a_required_column_that_is_not_mapped_is_named(tmp_path: Path, name: str) -> None:
    mapping = "\n".join(line for line in MAPPING.splitlines() if not line.startswith(f"  {name}:")) + "\n"
    assert f"{name} is missing" in fault(tmp_path, mapping).message


@pytest.mark.parametrize("key", ["mapping", "files", "csv", "numbers", "times", "period"])
def test_a_required_key_that_is_not_there_is_named(tmp_path: Path, key: str) -> None:
    mapping = "\n".join(line for line in MAPPING.splitlines() if not line.startswith(f"{key}:")) + "\n"
    assert f"{key}: is missing" in fault(tmp_path, mapping).message


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    mapping = changed("  BilledCost:", "  BiledCost:").replace("usage: Usage", "usage: Use")
    error = fault(tmp_path, mapping)
    assert error.message.startswith("3 problems:")  # the third: BilledCost is missing


def test_a_csv_without_a_mapped_column_is_told_at_the_mappings_line(tmp_path: Path) -> None:
    """B14: a column renamed; the nearest is named."""
    error = fault(tmp_path, MAPPING, header=HEADER.replace("amount", "Amount USD"))
    assert error.line == line_of(MAPPING, "BilledCost")
    assert "bill.csv has no column 'amount'" in error.message


def test_a_mapped_column_that_stands_twice_is_not_guessed_between(tmp_path: Path) -> None:
    write(tmp_path, MAPPING, f"{HEADER},amount\n{LINE},9\n")
    (claim,) = mapped_csv.claim(candidates(tmp_path))
    with pytest.raises(InputError, match="has the column 'amount' twice"):
        outcome(tmp_path, MAPPING, f"{LINE},9", header=f"{HEADER},amount")
    assert claim.files[1].name == "bill.csv"


def test_a_declared_header_tells_columns_added_and_gone(tmp_path: Path) -> None:
    """B14."""
    mapping = MAPPING + "header: [account, kind, start, end, amount, note]\n"
    message = fault(tmp_path, mapping, header=f"{HEADER},remark").message
    assert "has no column 'note'" in message
    assert "has a further column 'remark'" in message


def test_an_empty_csv_line_for_a_header_is_told(tmp_path: Path) -> None:
    write(tmp_path, MAPPING, f"\n{HEADER}\n{LINE}\n")
    with pytest.raises(InputError, match="its header line is empty"):
        outcome(tmp_path, MAPPING, f"{HEADER}\n{LINE}", header="")


@pytest.mark.parametrize("text", ["", "- a\n- b\n", "just words\n"])
def test_a_mapping_without_keys_is_told(tmp_path: Path, text: str) -> None:
    assert "holds no keys" in fault(tmp_path, text).message


def test_a_mapping_that_is_no_yaml_is_told_with_its_line(tmp_path: Path) -> None:
    error = fault(tmp_path, MAPPING + "tags: [a, b\nabout: x: y\n")
    assert "not readable as YAML" in error.message
    assert error.line and error.line > 14


def test_a_mapping_whose_files_are_not_there_is_told(tmp_path: Path) -> None:
    """B07."""
    write(tmp_path, changed('"*.csv"', "june-*.csv"), f"{HEADER}\n{LINE}\n")
    with pytest.raises(InputError, match=r"no file here is named june-\*\.csv") as caught:
        mapped_csv.claim(candidates(tmp_path))
    assert (caught.value.line, "--source mapped_csv" in (caught.value.next_step or "")) == (2, True)


def test_a_csv_that_two_mappings_name_is_told(tmp_path: Path) -> None:
    """B03: it would be loaded twice."""
    write(tmp_path, MAPPING, f"{HEADER}\n{LINE}\n")
    (tmp_path / "other.mapping.yaml").write_text(MAPPING)
    with pytest.raises(InputError, match=r"bill\.csv is named by acme\.mapping\.yaml too"):
        mapped_csv.claim(candidates(tmp_path))
