"""CSV files of any provider by a mapping file. Expected values are worked out by hand beside them."""

from __future__ import annotations

import gzip
from collections import Counter
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from _mapped import HEADER, LINE, MAPPING, changed, outcome, write
from _run import candidates, run

from pipelines.errors import InputError
from pipelines.sources.billing import mapped_csv
from pipelines.sources.model import Delivery, LandedFile, Reading
from pipelines.warehouse.mapped import provider_total

AUGUST, SEPTEMBER = datetime(2026, 8, 1), datetime(2026, 9, 1)


def reading(folder: Path) -> Reading:
    """What the one claim in a folder is read as."""
    (claim,) = mapped_csv.claim(candidates(folder))
    files = tuple(LandedFile(file.name, file.path, file.name, 0) for file in claim.files)
    return mapped_csv.read(Delivery("d", "billing", "mapped_csv", "", AUGUST, files))


def test_a_line_takes_what_the_mapping_says(tmp_path: Path) -> None:
    (row,) = outcome(tmp_path, MAPPING, LINE).kept
    filled = {name: value for name, value in row.items() if value not in (None, {})}
    assert filled == {
        "delivery_id": "d1",
        "source_part": "bill.csv",
        "source_row": 1,
        "source": "mapped_csv",
        "billing_account_id": "007",
        "billing_period_start": AUGUST,
        "billing_period_end": SEPTEMBER,
        "charge_period_start": AUGUST,
        "charge_period_end": datetime(2026, 8, 2),
        "service_provider_name": "Acme Cloud",
        "charge_category": "Usage",
        "billing_currency": "USD",
        "billed_cost": Decimal("1.5"),
        "effective_cost": Decimal("1.5"),
    }


def test_account_ids_keep_their_zeros_typed_or_delivered(tmp_path: Path) -> None:
    """T07."""
    typed = changed("BillingCurrency: USD", "BillingCurrency: USD\n  BillingAccountId: 00042").replace(
        "  BillingAccountId: account\n", ""
    )
    assert outcome(tmp_path / "a", MAPPING, LINE).kept[0]["billing_account_id"] == "007"
    assert outcome(tmp_path / "b", typed, LINE).kept[0]["billing_account_id"] == "00042"


def test_two_currencies_in_one_file_keep_their_own(tmp_path: Path) -> None:
    """M06."""
    mapping = changed("  BillingCurrency: USD\n", "").replace("columns:\n", "columns:\n  BillingCurrency: cur\n")
    result = outcome(tmp_path, mapping, f"{LINE},USD", f"{LINE},EUR", f"{LINE},EUR", header=f"{HEADER},cur")
    totals = {code: result.total("billed_cost", billing_currency=code) for code in ("USD", "EUR")}
    assert totals == {"USD": Decimal("1.5"), "EUR": Decimal("3")}


def test_what_is_no_currency_code_is_rejected(tmp_path: Path) -> None:
    """M06: `US$` would be a third currency."""
    mapping = changed("  BillingCurrency: USD\n", "").replace("columns:\n", "columns:\n  BillingCurrency: cur\n")
    result = outcome(tmp_path, mapping, f"{LINE},US$", header=f"{HEADER},cur")
    assert [row["reject_reason"] for row in result.rejected] == ["billing_currency: not three capital letters"]


def test_a_word_that_is_not_in_the_table_rejects_its_line_with_the_word(tmp_path: Path) -> None:
    """Nothing is guessed."""
    (row,) = outcome(tmp_path, MAPPING, LINE.replace("usage", "refund")).rejected
    assert row["reject_reason"].startswith("charge_category: none of Usage")
    assert row["reject_value"] == "refund"


def test_otherwise_and_blank_answer_for_what_is_not_in_the_table(tmp_path: Path) -> None:
    mapping = changed("credit: Credit}}", "credit: Credit}, otherwise: Adjustment, blank: Tax}")
    lines = (LINE.replace("usage", word) for word in ("usage", "refund", ""))
    assert [row["charge_category"] for row in outcome(tmp_path, mapping, *lines).kept] == ["Usage", "Adjustment", "Tax"]


@pytest.mark.parametrize("encoding", ["utf-16", "latin-1"])
def test_an_encoding_is_read_where_it_is_declared(tmp_path: Path, encoding: str) -> None:
    """T02."""
    mapping = changed("encoding: utf-8", f"encoding: {encoding}").replace("account", "Gebühr")
    content = f"{HEADER}\n{LINE}\n".replace("account", "Gebühr").replace("007", "Müller")
    (claim,) = mapped_csv.claim(candidates(write(tmp_path, mapping, content.encode(encoding))))
    assert run(mapped_csv, claim).kept[0]["billing_account_id"] == "Müller"


@pytest.mark.parametrize(("encoding", "declared"), [("latin-1", "utf-8"), ("utf-16", "utf-8"), ("utf-16", "latin-1")])
def test_another_encoding_than_the_declared_is_refused(tmp_path: Path, encoding: str, declared: str) -> None:
    """T02."""
    write(tmp_path, changed("encoding: utf-8", f"encoding: {declared}"), f"{HEADER}\n{LINE}é\n".encode(encoding))
    with pytest.raises(InputError) as caught:
        run(mapped_csv, mapped_csv.claim(candidates(tmp_path))[0])
    assert caught.value.next_step


def test_utf_16_with_the_high_byte_first_is_refused_and_not_read_as_nothing(tmp_path: Path) -> None:
    """T02: DuckDB finds no row in it, without an error."""
    content = b"\xfe\xff" + f"{HEADER}\n{LINE}\n".encode("utf-16-be")
    with pytest.raises(InputError, match="high byte first"):
        reading(write(tmp_path, changed("encoding: utf-8", "encoding: utf-16"), content))


def test_a_second_byte_order_mark_is_no_part_of_the_first_cell(tmp_path: Path) -> None:
    """T01."""
    content = f"\ufeff{HEADER}\n\ufeff{LINE}\n".encode()
    (claim,) = mapped_csv.claim(candidates(write(tmp_path, MAPPING, content)))
    assert run(mapped_csv, claim).kept[0]["billing_account_id"] == "007"


@pytest.mark.parametrize(
    ("decimal", "thousands", "cell", "expected"),
    [
        (",", ".", "1.234,56", "1234.56"),
        (".", ",", '"1,234.56"', "1234.56"),
        (",", "space", "1\u202f234,56", "1234.56"),
        (".", "apostrophe", "1\u2019234.56", "1234.56"),
    ],
)
def test_a_number_goes_by_the_declared_separators(
    tmp_path: Path, decimal: str, thousands: str, cell: str, expected: str
) -> None:
    """T04."""
    mapping = changed('{decimal: ".", thousands: none}', f'{{decimal: "{decimal}", thousands: "{thousands}"}}').replace(
        'delimiter: ","', 'delimiter: ";"'
    )
    line = LINE.replace(",", ";").replace("1.50", cell)
    assert outcome(tmp_path, mapping, line, header=HEADER.replace(",", ";")).total("billed_cost") == Decimal(expected)


def test_a_number_of_another_locale_is_rejected(tmp_path: Path) -> None:
    """T04: not text, and not a hundred times too much."""
    (row,) = outcome(tmp_path, MAPPING, LINE.replace("1.50", '"1.234,56"')).rejected
    assert (row["reject_reason"], row["reject_value"]) == ("billed_cost: not a DECIMAL(38,18)", "1.234,56")


def test_parentheses_are_a_minus_only_where_declared(tmp_path: Path) -> None:
    """T05."""
    declared = changed("thousands: none", 'thousands: ",", negative_in_parentheses: true, currency_signs: $')
    line = LINE.replace("1.50", '"($1,234.50)"')
    assert outcome(tmp_path / "a", declared, line).total("billed_cost") == Decimal("-1234.5")
    assert len(outcome(tmp_path / "b", MAPPING, line).rejected) == 1


DATED = changed("format: iso", 'format: "%m/%d/%Y"')


def test_a_file_cut_at_the_twelfth_is_read_in_the_declared_order(tmp_path: Path) -> None:
    """T03: twelve days of August, each of which is a date either way."""
    lines = [f"007,usage,8/{day}/2026,8/{day}/2026,1" for day in range(1, 13)]
    rows = outcome(tmp_path, DATED, *lines).kept
    assert [row["charge_period_start"] for row in rows] == [datetime(2026, 8, day) for day in range(1, 13)]


def test_the_wrong_order_shows_as_use_after_the_billing_period(tmp_path: Path) -> None:
    """T03: with a period of its own, months after August cannot be; they hold the file up."""
    mapping = changed("format: iso", 'format: "%d/%m/%Y"').replace("month_of_charge", "{month: month}")
    lines = [f"007,usage,8/{day}/2026,8/{day}/2026,1,2026-08" for day in range(1, 13)]
    reasons = {row["reject_reason"] for row in outcome(tmp_path, mapping, *lines, header=f"{HEADER},month").rejected}
    assert reasons == {"charge_period_start: use after the end of its billing period"}


@pytest.mark.parametrize(
    ("end", "cell", "expected"),
    [
        ("exclusive", "2026-08-02", datetime(2026, 8, 2)),
        ("last_day", "2026-08-01", datetime(2026, 8, 2)),
        ("last_second", "2026-08-01T23:59:59", datetime(2026, 8, 2)),
        ("last_hour", "2026-08-01T23:00:00", datetime(2026, 8, 2)),
    ],
)
def test_an_end_is_exclusive_or_the_last_inside_as_declared(
    tmp_path: Path, end: str, cell: str, expected: datetime
) -> None:
    """Z04."""
    mapping = changed("end: exclusive", f"end: {end}")
    (row,) = outcome(tmp_path, mapping, LINE.replace("2026-08-02", cell)).kept
    assert row["charge_period_end"] == expected


@pytest.mark.parametrize(
    ("lasts", "expected"),
    [
        ("{lasts: hour}", datetime(2026, 8, 1, 1)),
        ("{lasts: day}", datetime(2026, 8, 2)),
        ("{lasts: month}", datetime(2026, 9, 1)),
        ("{lasts_hours: amount}", datetime(2026, 8, 1, 1, 30)),
        ("{from_period: end}", datetime(2026, 9, 1)),
    ],
)
def test_a_charge_without_an_end_lasts_what_the_mapping_says(tmp_path: Path, lasts: str, expected: datetime) -> None:
    (row,) = outcome(tmp_path, changed("ChargePeriodEnd: end", f"ChargePeriodEnd: {lasts}"), LINE).kept
    assert row["charge_period_end"] == expected


def test_an_invoice_without_dates_is_charged_over_its_period(tmp_path: Path) -> None:
    mapping = (
        changed("month_of_charge", "{value: 2026-08}")
        .replace("ChargePeriodStart: start", "ChargePeriodStart: {from_period: start}")
        .replace("ChargePeriodEnd: end", "ChargePeriodEnd: {from_period: end}")
    )
    (row,) = outcome(tmp_path, mapping, "007,usage,1.50", header="account,kind,amount").kept
    assert (row["charge_period_start"], row["charge_period_end"]) == (AUGUST, SEPTEMBER)
    assert (row["billing_period_start"], row["billing_period_end"]) == (AUGUST, SEPTEMBER)


def test_use_of_another_month_stays_in_the_month_that_bills_it(tmp_path: Path) -> None:
    """M07: the period is the invoice's, the charge keeps its own day."""
    mapping = changed("month_of_charge", '{month: month, format: "%B %Y"}')
    (row,) = outcome(tmp_path, mapping, f"{LINE},September 2026", header=f"{HEADER},month").kept
    assert (row["billing_period_start"], row["charge_period_start"]) == (SEPTEMBER, AUGUST)


def test_a_period_by_its_dates_ends_as_ends_are_declared(tmp_path: Path) -> None:
    """Z04: from the first to the last day of February in a leap year."""
    mapping = changed("month_of_charge", "{start: from, end: to}").replace("end: exclusive", "end: last_day")
    line = "007,usage,2028-02-03,2028-02-03,1,2028-02-01,2028-02-29"
    (row,) = outcome(tmp_path, mapping, line, header=f"{HEADER},from,to").kept
    assert (row["billing_period_start"], row["billing_period_end"]) == (datetime(2028, 2, 1), datetime(2028, 3, 1))


FORMULA = changed(
    "BilledCost: amount", "BilledCost: {sum: [net, tax], minus: rebate, times: [hours, 0.5], divided_by: 4}"
)


def test_a_formula_is_worked_out_in_decimal(tmp_path: Path) -> None:
    """(10.10 + 0.20 − 0.30) · 3 · 0.5 / 4 = 3.75."""
    header = "account,kind,start,end,net,tax,rebate,hours"
    line = "007,usage,2026-08-01,2026-08-02,10.10,0.20,0.30,3"
    assert outcome(tmp_path, FORMULA, line, header=header).total("billed_cost") == Decimal("3.75")


def test_an_empty_cell_of_a_formula_is_no_zero_unless_declared(tmp_path: Path) -> None:
    """T05, T08."""
    header = "account,kind,start,end,net,tax,rebate,hours"
    line = "007,usage,2026-08-01,2026-08-02,10,,1,2"
    (row,) = outcome(tmp_path / "a", FORMULA, line, header=header).rejected
    assert row["reject_reason"] == "billed_cost: missing"
    declared = FORMULA.replace("divided_by: 4", "blank: 0")
    # (10 + 0 − 1) · 2 · 0.5 = 9
    assert outcome(tmp_path / "b", declared, line, header=header).total("billed_cost") == Decimal(9)


def test_gpu_hours_are_hours_times_gpus_where_both_are_there(tmp_path: Path) -> None:
    mapping = MAPPING + "  ConsumedGpuHours: {column: hours, times: gpus}\n"
    lines = (f"{LINE},{cells}" for cells in ("2.5,8", "744,", ",", "x,8"))
    result = outcome(tmp_path, mapping, *lines, header=f"{HEADER},hours,gpus")
    assert [row["consumed_gpu_hours"] for row in result.kept] == [Decimal(20), None, None]
    assert [row["reject_value"] for row in result.rejected] == ["x 8"]


def test_words_for_nothing_are_nothing(tmp_path: Path) -> None:
    """T08: those of the mapping, and NULL in any case."""
    mapping = MAPPING + '  SubAccountId: project\nnull_words: ["-", N/A]\n'
    lines = (f"{LINE},{word}" for word in ("-", "N/A", "NULL", "", "n-a"))
    rows = outcome(tmp_path, mapping, *lines, header=f"{HEADER},project").kept
    assert [row["sub_account_id"] for row in rows] == [None, None, None, None, "n-a"]


def test_columns_that_differ_by_case_only_are_two_tags(tmp_path: Path) -> None:
    """T09."""
    mapping = MAPPING + "tags: {team: Team, TEAM: team}\n"
    (row,) = outcome(tmp_path, mapping, f"{LINE},search,ops", header=f"{HEADER},Team,team").kept
    assert row["tags"] == {"team": "search", "TEAM": "ops"}


def test_tags_of_a_json_column_are_tags(tmp_path: Path) -> None:
    """T10."""
    mapping = MAPPING + "tags_json: labels\n"
    (row,) = outcome(tmp_path, mapping, LINE + ',"{""a"": ""x,\\ny""}"', header=f"{HEADER},labels").kept
    assert row["tags"] == {"a": "x,\ny"}


TOTALLED = (
    MAPPING + "total_rows: {column: kind, is: Total}\nleave_out:\n  - {column: amount, empty: true, reason: headings}\n"
)
TOTALLED_LINES = (LINE, "007,usage,2026-08-02,2026-08-03,2.00", "007,Total,,,3.50", "Compute,,,,")


def test_rows_that_repeat_a_sum_are_left_out_and_counted(tmp_path: Path) -> None:
    """M05: not loaded beside what they sum up."""
    result = outcome(tmp_path, TOTALLED, *TOTALLED_LINES)
    assert result.total("billed_cost") == Decimal("3.5")
    assert Counter(row["left_out_reason"] for row in result.left_out) == {"a total of other rows": 1, "headings": 1}
    assert result.rejected == []


def test_the_total_row_is_the_providers_own_total(tmp_path: Path) -> None:
    found = reading(write(tmp_path, TOTALLED, "\n".join((HEADER, *TOTALLED_LINES)) + "\n")).provider_total
    assert found is not None
    with duckdb.connect() as connection:
        assert provider_total(connection, found) == Decimal("3.5")


def test_lines_above_the_header_are_passed_over(tmp_path: Path) -> None:
    mapping = changed('delimiter: ","', 'delimiter: ",", lines_before_header: 3')
    write(tmp_path, mapping, f"Invoice 7\n\nfor August\n{HEADER}\n{LINE}\n")
    (claim,) = mapped_csv.claim(candidates(tmp_path))
    assert run(mapped_csv, claim).total("billed_cost") == Decimal("1.5")


def test_a_quantity_and_its_unit_are_there_together_or_not_at_all(tmp_path: Path) -> None:
    """FOCUS: ConsumedUnit is null where ConsumedQuantity is."""
    mapping = (
        MAPPING.replace("BillingCurrency: USD", "BillingCurrency: USD\n  ConsumedUnit: Hours")
        + "  ConsumedQuantity: h\n"
    )
    rows = outcome(tmp_path, mapping, f"{LINE},3", f"{LINE},", header=f"{HEADER},h").kept
    assert [(row["consumed_quantity"], row["consumed_unit"]) for row in rows] == [(Decimal(3), "Hours"), (None, None)]


@pytest.mark.parametrize("name", ["a'; drop table incoming; --", 'c"0', "{{ c0 }}", "c0", "/* x */", "sum(c4)"])
def test_names_and_words_of_a_mapping_are_never_sql(tmp_path: Path, name: str) -> None:
    """X03: columns by position, words as literals."""
    quoted = "'" + name.replace("'", "''") + "'"
    mapping = MAPPING.replace("Acme Cloud", quoted) + (
        f"  ServiceName: {quoted}\n  RegionId: {{column: {quoted}, values: {{x: {quoted}}}}}\n"
        f"tags: {{{quoted}: {quoted}}}\nnull_words: [{quoted}]\n"
    )
    cell = '"' + name.replace('"', '""') + '"'
    (row,) = outcome(tmp_path, mapping, f"{LINE},x", header=f"{HEADER},{cell}").kept
    assert (row["service_provider_name"], row["service_name"], row["region_id"]) == (name, "x", name)
    assert row["tags"] == {name: "x"}


def test_a_mapping_takes_the_files_of_its_folder_that_it_names(tmp_path: Path) -> None:
    """B06: all of them, in one delivery; a `*` does not reach into another folder."""
    folder = write(
        tmp_path / "acme", changed('"*.csv"', "['*bill-*.csv', old/bill.csv]"), f"{HEADER}\n{LINE}\n", "bill-1.csv"
    )
    for name in ("bill-2.csv", "old/bill.csv", "older/bill-3.csv", "other.csv"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(f"{HEADER}\n{LINE}\n")
    (claim,) = mapped_csv.claim(candidates(tmp_path))
    names = ["acme/acme.mapping.yaml", "acme/bill-1.csv", "acme/bill-2.csv", "acme/old/bill.csv"]
    assert [file.name for file in claim.files] == names
    assert run(mapped_csv, claim).total("billed_cost") == Decimal("4.5")


def test_a_packed_csv_is_read(tmp_path: Path) -> None:
    write(tmp_path, changed('"*.csv"', '"*.csv.gz"'), gzip.compress(f"{HEADER}\n{LINE}\n".encode()), "bill.csv.gz")
    (claim,) = mapped_csv.claim(candidates(tmp_path))
    assert run(mapped_csv, claim).total("billed_cost") == Decimal("1.5")


def test_columns_that_nobody_reads_are_named(tmp_path: Path) -> None:
    """B14."""
    (part,) = reading(write(tmp_path, MAPPING, f"{HEADER},note,ticket\n{LINE},,\n")).parts
    assert part.unread == ("note", "ticket")


def test_a_delivery_that_reaches_further_is_the_later_one(tmp_path: Path) -> None:
    """B09."""
    early = outcome(tmp_path / "a", MAPPING, LINE)
    late = outcome(tmp_path / "b", MAPPING, LINE, LINE.replace("08-01", "08-15").replace("08-02", "08-16"))
    assert early.version < late.version
    assert early.scopes == late.scopes == ["mapped_csv|acme cloud|007|2026-08-01"]


def test_a_typed_version_outranks_dates_and_counts_as_a_number(tmp_path: Path) -> None:
    """B09: of a corrected invoice only its reader knows that it is the later."""
    versions = [
        outcome(tmp_path / str(place), MAPPING + line, LINE).version
        for place, line in enumerate(("", "version: 9\n", "version: 10\n", "version: arrival\n"))
    ]
    assert versions == sorted(set(versions))
