"""Google Cloud's export as cost lines. Expected values: worked by hand, or csv and Decimal over the real file."""

from __future__ import annotations

import ast
import csv
import gzip
import json
from collections import defaultdict
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from _gcp import LINE, as_csv, as_lines, credit, line, one, outcome
from _run import candidates, run

from pipelines.contracts import LINEAGE, contract_for
from pipelines.errors import IncompleteDeliveryError, InputError
from pipelines.sources.billing import gcp_export as gcp
from pipelines.sources.model import Delivery, LandedFile

REAL = "data/billing/gcp"


@pytest.mark.parametrize("name", ["202011_export.csv", "nise_a3_highgpu_8g.csv.gz"])
def test_a_real_export_costs_its_lines_and_their_credits(shared: Path, name: str) -> None:
    """B16, M03: every row is kept; the sum of credits is taken apart by Python itself."""
    found = gcp.claim(candidates(shared / REAL))
    (claim,) = (item for item in found if item.files[0].name == name)
    result = run(gcp, claim)
    path = claim.files[0].path
    with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as text:
        rows = list(csv.DictReader(text))
    cost = sum((Decimal(row["cost"]) for row in rows), Decimal(0))
    by_type: dict[str, Decimal] = defaultdict(Decimal)
    for row in rows:
        for item in ast.literal_eval(row["credits"] or "[]"):
            by_type[f"x_Credit_{item['type']}"] += Decimal(repr(item["amount"]))
    kept: dict[str, Decimal] = defaultdict(Decimal)
    for row in result.kept:
        for kind, amount in json.loads(row["sku_price_details"] or "{}").items():
            kept[kind] += Decimal(amount)
    assert (len(result.kept), len(result.rejected)) == (len(rows), 0)
    assert result.total("list_cost") == cost
    assert result.total("billed_cost") == cost + sum(by_type.values())
    assert kept == by_type


CREDITS = [
    credit("SUSTAINED_USAGE_DISCOUNT", -1.5),
    credit("COMMITTED_USAGE_DISCOUNT", -20.25),
    credit("COMMITTED_USAGE_DISCOUNT", -0.75),
    credit("PROMOTION", -5e-06, name='it\'s [free], "really"'),
]


def test_several_credits_lower_one_cost_once(tmp_path: Path) -> None:
    """88.48 - 1.5 - 20.25 - 0.75 - 0.000005"""
    row = one(tmp_path, credits=CREDITS)
    assert row["billed_cost"] == row["effective_cost"] == Decimal("65.979995")


def test_list_contracted_and_billed_cost_differ_by_the_kinds_of_credit(tmp_path: Path) -> None:
    """List 100; contract price 90 less 1.5 that lowers the price itself; billed 88.48 less all credits."""
    row = one(tmp_path, credits=CREDITS, cost_at_list=100, cost_at_effective_price_default="90")
    assert (row["list_cost"], row["contracted_cost"], row["billed_cost"]) == (
        100,
        Decimal("88.5"),
        Decimal("65.979995"),
    )


def test_credits_are_kept_by_type(tmp_path: Path) -> None:
    row = one(tmp_path, credits=CREDITS)
    assert {kind: Decimal(amount) for kind, amount in json.loads(row["sku_price_details"]).items()} == {
        "x_Credit_COMMITTED_USAGE_DISCOUNT": Decimal(-21),
        "x_Credit_PROMOTION": Decimal("-0.000005"),
        "x_Credit_SUSTAINED_USAGE_DISCOUNT": Decimal("-1.5"),
    }


def test_a_credit_without_a_type_counts(tmp_path: Path) -> None:
    assert one(tmp_path, credits=[credit(None, -8.48)])["billed_cost"] == 80


ROW = line(credits=CREDITS, labels=[{"key": "owner", "value": "O'Hara"}, {"key": "team", "value": 'a"b'}])


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("python.csv", as_csv(ROW, array=repr).encode()),
        ("under.csv", as_csv(ROW).replace(".", "_", as_csv(ROW).split("\n")[0].count(".")).encode()),
        ("lines.json", as_lines(ROW).encode()),
        ("lines.json.gz", gzip.compress(as_lines(ROW).encode())),
    ],
)
def test_every_layout_gives_the_same_row(tmp_path: Path, name: str, content: bytes) -> None:
    """B14: arrays as Python prints them, names with underscores, JSON lines."""
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    expected = outcome(tmp_path / "a", as_csv(ROW)).kept
    assert outcome(tmp_path / "b", content, name).kept == [expected[0] | {"source_part": name}]


def test_parquet_with_nested_columns_gives_the_same_row(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    expected = outcome(tmp_path / "a", as_csv(ROW)).kept
    pq.write_table(pa.Table.from_pylist([ROW]), tmp_path / "b/export.parquet")
    (claim,) = gcp.claim(candidates(tmp_path / "b"))
    assert run(gcp, claim).kept == [expected[0] | {"source_part": "export.parquet"}]


def test_money_in_json_lines_keeps_digits_that_a_double_has_not(tmp_path: Path) -> None:
    """T06"""
    text = as_lines(line(credits=[credit("PROMOTION", -0.5)]))
    text = text.replace("88.48", "12345678901234567.123456789").replace("-0.5,", "-0.000000000000000001,")
    row = outcome(tmp_path, text, "export.json").kept[0]
    assert row["list_cost"] == Decimal("12345678901234567.123456789")
    assert row["billed_cost"] == Decimal("12345678901234567.123456788999999999")


def test_numbers_are_not_looked_for_in_text(tmp_path: Path) -> None:
    trap = '"cost": 7, "credits": [{"amount": 9}], "usage": {"amount": 1}'
    row = outcome(tmp_path, as_lines(line(labels=[{"key": "cost", "value": trap}])), "export.json").kept[0]
    assert (row["billed_cost"], row["consumed_quantity"], row["tags"]["cost"]) == (Decimal("88.48"), 8, trap)


@pytest.mark.parametrize(
    ("start", "end"),
    [("2026-07-31 22:00:00 UTC", "2026-07-31 23:00:00 UTC"), ("2026-09-01 06:00:00+00:00", "2026-09-01T07:00:00")],
)
def test_the_invoice_month_and_the_time_of_usage_are_both_kept(tmp_path: Path, start: str, end: str) -> None:
    """M07: late usage, and the end of a month in Pacific time."""
    row = one(tmp_path, usage_start_time=start, usage_end_time=end)
    periods = [row["billing_period_start"], row["billing_period_end"], row["charge_period_start"]]
    assert [str(period) for period in periods] == ["2026-08-01 00:00:00", "2026-09-01 00:00:00", start[:19]]
    assert row["charge_class"] is None


@pytest.mark.parametrize(
    ("kind", "category", "frequency"),
    [
        ("regular", "Usage", "Usage-Based"),
        ("tax", "Tax", "One-Time"),
        ("adjustment", "Adjustment", "One-Time"),
        ("rounding_error", "Adjustment", "One-Time"),
        ("invented", "Adjustment", "One-Time"),
        ("", "Usage", "Usage-Based"),
    ],
)
def test_the_kind_of_cost_is_the_category(tmp_path: Path, kind: str, category: str, frequency: str) -> None:
    row = one(tmp_path, cost_type=kind)
    assert (row["charge_category"], row["charge_frequency"]) == (category, frequency)
    assert (row["provider_charge_type"] or "") == kind


def test_only_usage_is_consumed(tmp_path: Path) -> None:
    """M03: an adjustment repeats the usage that it pays back."""
    row = one(tmp_path, cost_type="adjustment", cost=-88.48)
    assert row["billed_cost"] == Decimal("-88.48")
    assert (row["consumed_quantity"], row["consumed_unit"], row["consumed_gpu_hours"]) == (None, None, None)


@pytest.mark.parametrize(("month", "expected"), [("202609", "Correction"), ("202608", None)])
def test_an_adjustment_of_an_earlier_month_is_a_correction(tmp_path: Path, month: str, expected: str | None) -> None:
    """M08"""
    assert one(tmp_path, cost_type="adjustment", invoice__month=month)["charge_class"] == expected


def test_the_tax_of_such_an_adjustment_is_one_too(tmp_path: Path) -> None:
    row = one(tmp_path, cost_type="tax", invoice__month="202609", adjustment_info__id="A-1")
    assert (row["charge_category"], row["charge_class"]) == ("Tax", "Correction")


@pytest.mark.parametrize(
    ("currency", "rate", "expected"),
    [
        ("EUR", 0.92, Decimal("1.086956521739130435")),  # 1 / 0.92 = 1.0869565217391304347…
        ("JPY", 144.31, Decimal("0.006929526713325480")),  # 1 / 144.31 = 0.00692952671332548…
        ("USD", 1.0, None),
        ("EUR", "", None),
    ],
)
def test_the_rate_is_usd_for_one_unit_of_the_currency(
    tmp_path: Path, currency: str, rate: object, expected: Decimal | None
) -> None:
    """M06: the export says how many units one USD is."""
    assert one(tmp_path, currency=currency, currency_conversion_rate=rate)["provider_usd_rate"] == expected


@pytest.mark.parametrize(
    ("field", "text", "reason"),
    [
        ("credits", "[{'amount': 'lots'}]", "billed_cost: not a DECIMAL(38,18)"),
        ("credits", "nonsense", "billed_cost: not a DECIMAL(38,18)"),
        ("cost", "lots", "billed_cost: not a DECIMAL(38,18)"),
        ("labels", "[{", "tags: not a MAP(VARCHAR, VARCHAR)"),
        ("invoice.month", "2026-08", "billing_period_start: not a TIMESTAMP"),
        ("usage.amount", "many", "consumed_quantity: not a DECIMAL(38,18)"),
    ],
)
def test_what_cannot_be_read_rejects_the_row_with_its_text(tmp_path: Path, field: str, text: str, reason: str) -> None:
    """Nothing guessed: a credit that is not understood must not leave the cost too high."""
    content = as_csv(line(**{field.replace(".", "__"): text}))
    result = outcome(tmp_path, content)
    assert result.kept == []
    assert [row["reject_reason"] for row in result.rejected] == [reason]
    assert text in result.rejected[0]["reject_value"]


def test_a_damaged_json_line_is_rejected_and_the_others_stay(tmp_path: Path) -> None:
    result = outcome(
        tmp_path, as_lines(LINE) + '{"billing_account_id": "x", "cost": 1\n' + as_lines(LINE), "export.json"
    )
    assert [row["source_row"] for row in result.kept] == [1, 3]
    assert [row["source_row"] for row in result.rejected] == [2]


def test_lines_that_are_alike_are_as_many_charges(tmp_path: Path) -> None:
    """B03: the export has no id, and says the same thing twice where it happened twice."""
    assert outcome(tmp_path, as_lines(LINE, LINE, LINE), "export.json").total("billed_cost") == Decimal("265.44")


def test_partitions_of_ingestion_are_replaced_where_the_export_has_them(tmp_path: Path) -> None:
    """B01"""
    rows = (line(partition_date=day) for day in ("2026-08-04", "2026-08-05 00:00:00+00:00"))
    assert outcome(tmp_path, as_csv(*rows)).scopes == [
        "gcp_export|0123AB-4567CD-89EF01|2026-08-01|partition 2026-08-04",
        "gcp_export|0123AB-4567CD-89EF01|2026-08-01|partition 2026-08-05",
    ]


def test_days_of_usage_within_an_invoice_are_replaced_where_it_has_none(tmp_path: Path) -> None:
    """B01, M07: the same day on two invoices is two scopes."""
    assert outcome(tmp_path, as_csv(line(), line(invoice__month="202609"))).scopes == [
        "gcp_export|0123AB-4567CD-89EF01|2026-08-01|usage of 2026-08-03",
        "gcp_export|0123AB-4567CD-89EF01|2026-09-01|usage of 2026-08-03",
    ]


def test_the_copy_with_the_later_export_is_the_later_version(tmp_path: Path) -> None:
    """B09"""
    early = outcome(tmp_path, as_csv(line())).version
    late = outcome(tmp_path, as_csv(line(), line(export_time="2026-08-04 02:00:01+00:00"))).version
    assert (early, late) == ("2026-08-04T02:00:00.500000Z", "2026-08-04T02:00:01.000000Z")


def test_shards_of_one_export_are_one_delivery(tmp_path: Path) -> None:
    """B05: each alone would replace the days of the others."""
    for number in ("000000000000", "000000000001"):
        (tmp_path / f"billing-{number}.json").write_text(as_lines(LINE))
    (claim,) = gcp.claim(candidates(tmp_path))
    assert len(claim.files) == 2
    assert run(gcp, claim).total("billed_cost") == Decimal("176.96")


def test_a_gap_between_shards_is_told(tmp_path: Path) -> None:
    """B06"""
    for number in ("000000000000", "000000000002"):
        (tmp_path / f"billing-{number}.json").write_text(as_lines(LINE))
    with pytest.raises(IncompleteDeliveryError, match="part 1"):
        gcp.claim(candidates(tmp_path))


def test_missing_columns_are_named(tmp_path: Path) -> None:
    """B13"""
    row = line()
    del row["cost"], row["currency"]
    with pytest.raises(InputError, match=r"currency, cost"):
        outcome(tmp_path, as_csv(row))


def test_columns_that_nobody_reads_are_told_as_delivered(tmp_path: Path) -> None:
    """B14: a new column does not vanish unseen."""
    (tmp_path / "export.json").write_text(as_lines(line(price__new="1", carbon=2)))
    (claim,) = gcp.claim(candidates(tmp_path))
    file = LandedFile("export.json", tmp_path / "export.json", "", 1)
    (part,) = gcp.read(Delivery("d", "billing", "gcp_export", claim.description, datetime(2026, 9, 2), (file,))).parts
    assert {"carbon", "price.new", "location.country"} <= set(part.unread)
    assert "cost" not in part.unread


def test_the_mapping_names_columns_of_the_contract_only() -> None:
    filled_by_loader = {column.name for column in LINEAGE} | {"source"}
    assert set(gcp.MAPPING) < set(contract_for(gcp.TABLE).names) - filled_by_loader
