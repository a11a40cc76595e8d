"""Registers kept by hand: what is read, and what each fault says. Expected values are in the files above them."""

from __future__ import annotations

import importlib
from datetime import date
from decimal import Decimal
from pathlib import Path
from types import ModuleType

import pytest
from _run import Outcome, candidates, csv_text, run

from pipelines.contracts import MONEY, contract_for
from pipelines.errors import InputError, RegisterError
from pipelines.sources.handkept import _PARSERS
from pipelines.sources.registers._register import Register

NAMES = (
    "asset",
    "asset_gpu",
    "asset_impairment",
    "gpu_model",
    "instance_type",
    "node_type",
    "lease_contract",
    "lease_contract_ramp",
    "site",
    "tag_rule",
    "tariff",
    "workload_rule",
)
REGISTERS = {name: importlib.import_module(f"pipelines.sources.registers.{name}") for name in NAMES}

TARIFF = {
    "site_id": "pdx",
    "valid_from_date": "2026-01-01",
    "valid_to_date": "",
    "hour_from_index": "0",
    "hour_to_index": "13",
    "energy_usd_per_kwh": "0.0735",
}
CARD = {
    "gpu_uuid": "GPU-1",
    "asset_id": "NW-1",
    "slot_index": "0",
    "valid_from_date": "2026-01-01",
    "valid_to_date": "2026-03-01",
}
RULE = {
    "rule_id": "r1",
    "priority_index": "10",
    "workload": "search",
    "workload_kind": "inference",
    "match_field": "namespace",
    "match_pattern": "serving-.*",
}
LEASE = {
    "contract_id": "LC-1",
    "counterparty": "Lumen",
    "jurisdiction": "SE",
    "gpu_model": "H100-SXM-80GB",
    "gpus": "8",
    "start_date": "2026-01-01",
    "end_date": "2027-01-01",
    "committed_price_usd_per_gpu_hour": "2.123456789012345678",
    "upfront_usd": "1E+3",
    "take_or_pay_frac": "0.8",
    "termination_fee_usd": "",
}
MODEL = {"gpu_model": "X-1", "name_patterns": "x1;nvidia x1", "reference": "maker's page"}


def outcome(source: ModuleType, folder: Path, text: str, name: str = "register.csv") -> Outcome:
    """One file through a register."""
    (folder / name).write_text(text)
    (claim,) = source.claim(candidates(folder))
    return run(source, claim)


def fault(source: ModuleType, folder: Path, *rows: dict[str, str]) -> RegisterError:
    """The error that a CSV of those rows raises."""
    header = list(dict.fromkeys(name for row in rows for name in row))
    with pytest.raises(RegisterError) as raised:
        outcome(source, folder, csv_text(header, *rows))
    return raised.value


@pytest.mark.parametrize("name", NAMES)
def test_module_declares_a_register_that_is_replaced_whole(name: str) -> None:
    declared = [getattr(REGISTERS[name], constant) for constant in ("KIND", "TABLE", "MODE", "SCOPE")]
    assert declared == ["registers", f"raw.{name}", "replace", f"'raw.{name}'"]


@pytest.mark.parametrize("only_required", [False, True])
@pytest.mark.parametrize("name", NAMES)
def test_file_is_recognised_by_its_columns_and_by_one_register_only(
    tmp_path: Path, name: str, only_required: bool
) -> None:
    columns = Register(f"raw.{name}").columns
    header = [column.name for column in columns if not (only_required and column.nullable)]
    (tmp_path / "some.csv").write_text(",".join(header) + "\n")
    claimed = [other for other, source in REGISTERS.items() if source.claim(candidates(tmp_path))]
    assert claimed == [name]


@pytest.mark.parametrize("name", NAMES)
def test_every_type_of_a_register_can_be_read(name: str) -> None:
    assert {column.type for column in contract_for(f"raw.{name}").columns} - {"BIGINT"} <= _PARSERS.keys()


def test_money_is_exact_to_eighteen_places_and_an_exponent_is_a_number(tmp_path: Path) -> None:
    """T05, T06."""
    (row,) = outcome(REGISTERS["lease_contract"], tmp_path, csv_text(list(LEASE), LEASE)).kept
    assert (row["committed_price_usd_per_gpu_hour"], row["upfront_usd"], row["termination_fee_usd"]) == (
        Decimal("2.123456789012345678"),
        Decimal(1000),
        None,
    )


def test_csv_row_keeps_types_and_its_number(tmp_path: Path) -> None:
    night = TARIFF | {"hour_from_index": "13", "hour_to_index": "24", "energy_usd_per_kwh": "-0.01"}
    kept = outcome(REGISTERS["tariff"], tmp_path, csv_text(list(TARIFF), TARIFF, night)).kept
    names = ("source_row", "valid_from_date", "valid_to_date", "hour_from_index", "energy_usd_per_kwh")
    assert [tuple(row[name] for name in names) for row in kept] == [
        (1, date(2026, 1, 1), None, 0, Decimal("0.0735")),
        (2, date(2026, 1, 1), None, 13, Decimal("-0.01")),
    ]


YAML = """# whose work is whose
- rule_id: r1
  priority_index: 10
  workload: search
  workload_kind: inference
  match_field: tag:user:workload
  match_pattern: "search"
  valid_from_date: 2026-01-01
- rule_id: r2
  priority_index: 020
  workload: search
  workload_kind: inference
  match_field: pod
  match_pattern: 'a|b'
  valid_from_date: null
"""


def test_yaml_list_reads_as_the_same_rows(tmp_path: Path) -> None:
    kept = outcome(REGISTERS["workload_rule"], tmp_path, YAML, "rules.yaml").kept
    names = ("source_row", "rule_id", "priority_index", "match_field", "match_pattern", "valid_from_date")
    assert [tuple(row[name] for name in names) for row in kept] == [
        (1, "r1", 10, "tag:user:workload", "search", date(2026, 1, 1)),
        (2, "r2", 20, "pod", "a|b", None),
    ]


def test_yaml_fault_names_the_line_of_its_value(tmp_path: Path) -> None:
    with pytest.raises(RegisterError) as raised:
        outcome(REGISTERS["workload_rule"], tmp_path, YAML.replace("020", "soon"), "rules.yaml")
    assert (raised.value.line, raised.value.message.split(";")[0]) == (
        10,
        "column priority_index: 'soon' is not a whole number",
    )


def test_yaml_that_does_not_parse_names_its_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not readable as YAML") as raised:
        outcome(REGISTERS["workload_rule"], tmp_path, YAML + "- rule_id: [r3\n", "rules.yaml")
    assert raised.value.line is not None


def test_unknown_column_is_named_with_its_nearest(tmp_path: Path) -> None:
    error = fault(REGISTERS["tariff"], tmp_path, TARIFF | {"valid_until_date": ""})
    assert (error.line, error.message) == (
        1,
        "column valid_until_date: is not a column of this table; did you mean 'valid_to_date'?",
    )


def test_missing_required_column_is_named(tmp_path: Path) -> None:
    short = {name: value for name, value in TARIFF.items() if name != "energy_usd_per_kwh"}
    error = fault(REGISTERS["tariff"], tmp_path, short)
    assert error.message.startswith("column energy_usd_per_kwh: is missing")


@pytest.mark.parametrize(
    ("name", "row", "words"),
    [
        ("tariff", TARIFF | {"energy_usd_per_kwh": ""}, "column energy_usd_per_kwh: the value is missing"),
        ("tariff", TARIFF | {"energy_usd_per_kwh": "0,0735"}, "'0,0735' is not a number with up to 18 decimals"),
        ("tariff", TARIFF | {"energy_usd_per_kwh": "NaN"}, "'NaN' is not a number"),
        ("tariff", TARIFF | {"energy_usd_per_kwh": "1_000"}, "'1_000' is not a number"),
        ("tariff", TARIFF | {"energy_usd_per_kwh": "1e20"}, "'1e20' is not a number"),
        ("tariff", TARIFF | {"energy_usd_per_kwh": "0." + "1" * 19}, "with up to 18 decimals"),
        ("tariff", TARIFF | {"hour_to_index": "13.5"}, "column hour_to_index: '13.5' is not a whole number"),
        ("tariff", TARIFF | {"hour_to_index": "25"}, "column hour_to_index: 25 is above 24"),
        ("tariff", TARIFF | {"hour_from_index": "-1"}, "column hour_from_index: -1 is below 0"),
        ("tariff", TARIFF | {"valid_from_date": "01/02/2026"}, "'01/02/2026' is not a date; write it as 2026-08-31"),
        ("tariff", TARIFF | {"valid_from_date": "2026-02-30"}, "'2026-02-30' is not a date"),
        ("tariff", TARIFF | {"valid_to_date": "2026-01-01"}, "2026-01-01 is not after valid_from_date 2026-01-01"),
        ("tariff", TARIFF | {"hour_from_index": "13"}, "column hour_to_index: 13 is not after hour_from_index 13"),
        ("lease_contract", LEASE | {"end_date": "2025-12-31"}, "column end_date: 2025-12-31 is not after start_date"),
        (
            "lease_contract",
            LEASE | {"terminated_date": "2027-01-01"},
            "2027-01-01 is not between start_date 2026-01-01",
        ),
        ("lease_contract", LEASE | {"terminated_date": "2026-06-01"}, "column termination_fee_usd: nothing is said of"),
        ("lease_contract", LEASE | {"fulfillment_interval": "Monthy"}, "did you mean 'Monthly'?"),
        ("lease_contract", LEASE | {"take_or_pay_frac": "80"}, "column take_or_pay_frac: 80 is above 1"),
        ("workload_rule", RULE | {"workload_kind": "inferense"}, "did you mean 'inference'?"),
        ("workload_rule", RULE | {"match_pattern": "serving-("}, "column match_pattern: 'serving-(' does not compile"),
        ("workload_rule", RULE | {"match_pattern": "(?=a)b"}, "column match_pattern: '(?=a)b' does not compile"),
        ("workload_rule", RULE | {"match_field": "label"}, "column match_field: 'label' is no field to match"),
        ("workload_rule", RULE | {"match_field": "tag:"}, "column match_field: 'tag:' is no field to match"),
        ("gpu_model", MODEL | {"name_patterns": "x1;(x2"}, "column name_patterns: '(x2' does not compile"),
        ("gpu_model", MODEL | {"name_patterns": "x1;"}, "column name_patterns: 'x1;' holds an empty pattern"),
    ],
)
def test_faulty_value_is_named_with_line_column_and_remedy(
    tmp_path: Path, name: str, row: dict[str, str], words: str
) -> None:
    error = fault(REGISTERS[name], tmp_path, row)
    assert words in error.message and error.line == 2


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"go_live_date": "2025-12-31"}, "column go_live_date: 2025-12-31 is not after ordered_date 2026-01-01"),
        ({"retired_date": "2025-12-31"}, "column retired_date: 2025-12-31 is not after go_live_date 2026-01-01"),
        ({"retired_date": "2026-01-01", "sale_proceeds_usd": ""}, "write 0 where it was scrapped"),
        ({"retired_date": "", "sale_proceeds_usd": "-5"}, "column sale_proceeds_usd: -5 without a retired_date"),
        ({"gpus": "8", "gpu_model": ""}, "column gpu_model: nothing is said of 8 gpus"),
        ({"salvage_usd": "0.51"}, "column salvage_usd: 0.51 is above purchase_price_usd 0.5"),
    ],
)
def test_an_asset_that_contradicts_itself_is_refused(tmp_path: Path, values: dict[str, str], words: str) -> None:
    columns = Register("raw.asset").columns
    by_type = {"VARCHAR": "x", "INTEGER": "1", MONEY: "0.5", "DATE": "2026-01-01"}
    asset = {column.name: column.allowed[0] if column.allowed else by_type[column.type] for column in columns}
    error = fault(REGISTERS["asset"], tmp_path, asset | values)
    assert words in error.message and error.line == 2


def test_key_that_stands_twice_is_refused_with_both_lines(tmp_path: Path) -> None:
    error = fault(REGISTERS["workload_rule"], tmp_path, RULE, RULE | {"workload": "ads"})
    assert (error.line, "r1 stands already in register.csv line 2" in error.message) == (3, True)


def test_card_in_two_servers_at_once_is_refused(tmp_path: Path) -> None:
    """G12: a swap is entered by ending the old stay."""
    moved = CARD | {"asset_id": "NW-2", "valid_from_date": "2026-02-28", "valid_to_date": ""}
    error = fault(REGISTERS["asset_gpu"], tmp_path, CARD, moved)
    assert (error.line, "GPU-1 from 2026-02-28 overlaps register.csv line 2" in error.message) == (3, True)


def test_two_cards_in_one_slot_at_once_are_refused(tmp_path: Path) -> None:
    """G12."""
    error = fault(REGISTERS["asset_gpu"], tmp_path, CARD, CARD | {"gpu_uuid": "GPU-2", "valid_from_date": "2026-02-28"})
    assert "NW-1, 0 from 2026-02-28 overlaps register.csv line 2" in error.message


def test_card_swapped_on_the_day_the_old_one_left_is_accepted(tmp_path: Path) -> None:
    """G12: stays are half-open, so the day of the swap belongs to the new card."""
    new = CARD | {"gpu_uuid": "GPU-2", "valid_from_date": "2026-03-01", "valid_to_date": ""}
    assert len(outcome(REGISTERS["asset_gpu"], tmp_path, csv_text(list(CARD), CARD, new)).kept) == 2


def test_bands_of_hours_that_overlap_on_one_day_are_refused(tmp_path: Path) -> None:
    later = TARIFF | {"valid_from_date": "2026-06-01", "hour_from_index": "12", "hour_to_index": "24"}
    error = fault(REGISTERS["tariff"], tmp_path, TARIFF, later)
    assert "pdx from 2026-06-01 overlaps register.csv line 2, which holds without end" in error.message


def test_all_faults_are_listed_and_at_most_ten_shown(tmp_path: Path) -> None:
    """Twelve rows, each with one fault of its own."""
    rows = [RULE | {"rule_id": f"r{number}", "priority_index": "x"} for number in range(12)]
    error = fault(REGISTERS["workload_rule"], tmp_path, *rows)
    lines = error.message.splitlines()
    assert (lines[0], len(lines) - 1) == ("12 problems (the first 10):", 10)


def test_line_of_a_fault_counts_line_breaks_inside_quotes(tmp_path: Path) -> None:
    """T10: row 1 spans lines 2 and 3, so the faulty row 2 is line 4."""
    rows = [RULE | {"workload": "two\nlines"}, RULE | {"rule_id": "r2", "priority_index": "x"}]
    assert fault(REGISTERS["workload_rule"], tmp_path, *rows).line == 4


def test_row_with_a_value_too_few_is_refused(tmp_path: Path) -> None:
    text = csv_text(list(TARIFF), TARIFF).rstrip("\n").rpartition(",")[0] + "\n"
    with pytest.raises(RegisterError, match="the row has 5 values for 6 columns"):
        outcome(REGISTERS["tariff"], tmp_path, text)


def test_quote_that_does_not_end_is_refused_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not readable as CSV") as raised:
        outcome(REGISTERS["tariff"], tmp_path, csv_text(list(TARIFF), TARIFF) + '"pdx,2026\n')
    assert raised.value.line == 3


def test_files_of_one_register_are_one_delivery_and_checked_together(tmp_path: Path) -> None:
    """A later delivery replaces the register whole, so files that are added together stay together."""
    (tmp_path / "a.csv").write_text(csv_text(list(RULE), RULE))
    (tmp_path / "b.csv").write_text(csv_text(list(RULE), RULE))
    (claim,) = REGISTERS["workload_rule"].claim(candidates(tmp_path))
    with pytest.raises(RegisterError, match=r"b\.csv:2: column rule_id: r1 stands already in a\.csv line 2"):
        run(REGISTERS["workload_rule"], claim)


def test_formula_and_injection_text_stays_text(tmp_path: Path) -> None:
    """X03, X06: what looks like SQL or a spreadsheet formula is a name like any other."""
    name = "'; drop table raw.asset; -- =HYPERLINK(1) {{ x }}"
    (row,) = outcome(REGISTERS["workload_rule"], tmp_path, csv_text(list(RULE), RULE | {"workload": name})).kept
    assert row["workload"] == name
