"""Azure usage details: what each column becomes, and how the families of headers write dates and numbers."""

from __future__ import annotations

import gzip
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from zipfile import ZipFile

import polars as pl
import pytest
from _run import Outcome, candidates, csv_text, run

from pipelines.errors import InputError
from pipelines.sources.billing import azure_cost_export as azure

LINE = {
    "BillingAccountId": "0098765",
    "BillingPeriodStartDate": "08/01/2026",
    "BillingPeriodEndDate": "08/31/2026",
    "SubscriptionId": "1CAAA5A3-0000-0000-0000-000000000001",
    "Date": "08/03/2026",
    "MeterCategory": "Virtual Machines",
    "MeterId": "m1",
    "MeterName": "ND96isr H100 v5",
    "Quantity": "24",
    "UnitOfMeasure": "1 Hour",
    "UnitPrice": "98.32",
    "Cost": "2359.68",
    "BillingCurrency": "USD",
    "ChargeType": "Usage",
    "PricingModel": "OnDemand",
}
MCA = {
    "billingProfileId": "profile-1",
    "pricingCurrency": "USD",
    "costInPricingCurrency": "",
    "costInUsd": "",
    "exchangeRatePricingToBilling": "",
}


def text_of(*changes: dict[str, str]) -> str:
    """An export with a line per change of LINE; None in a change takes the column away."""
    rows = [{**LINE, **change} for change in changes]
    return csv_text(list(dict.fromkeys(name for row in rows for name in row)), *rows)


def outcome(folder: Path, content: str | bytes, name: str = "export.csv") -> Outcome:
    """The rows of an export that is the only one in a folder."""
    (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    (claim,) = azure.claim(candidates(folder))
    return run(azure, claim)


def row_of(folder: Path, **change: str) -> dict[str, object]:
    """The one row kept of LINE with a change."""
    (row,) = outcome(folder, text_of(change)).kept
    return row


def test_usage_without_commitments_costs_in_use_what_is_billed(tmp_path: Path) -> None:
    row = row_of(tmp_path)
    assert (row["billed_cost"], row["effective_cost"]) == (Decimal("2359.68"), Decimal("2359.68"))


def test_the_billing_periods_end_is_made_exclusive(tmp_path: Path) -> None:
    """Z04: Azure writes the last day, inclusive."""
    row = row_of(tmp_path)
    assert (row["billing_period_start"], row["billing_period_end"]) == (datetime(2026, 8, 1), datetime(2026, 9, 1))


def test_a_charge_lasts_its_day(tmp_path: Path) -> None:
    row = row_of(tmp_path)
    assert (row["charge_period_start"], row["charge_period_end"]) == (datetime(2026, 8, 3), datetime(2026, 8, 4))


def test_account_ids_keep_their_leading_zeros(tmp_path: Path) -> None:
    """T07."""
    assert row_of(tmp_path)["billing_account_id"] == "0098765"


@pytest.mark.parametrize(
    "written", ["08/03/2026", "8/3/2026", "2026-08-03", "2026-08-03 00:00:00", "2026-08-03T00:00:00Z"]
)
def test_every_declared_form_of_a_date_is_the_same_day(tmp_path: Path, written: str) -> None:
    """T03."""
    assert row_of(tmp_path, Date=written)["charge_period_start"] == datetime(2026, 8, 3)


def test_a_file_of_the_first_twelve_days_is_read_month_first(tmp_path: Path) -> None:
    """T03: read day first, 08/11 would be 8 November."""
    days = [{"Date": f"08/{day:02}/2026"} for day in range(1, 13)]
    rows = outcome(tmp_path, text_of(*days)).kept
    assert [row["charge_period_start"] for row in rows] == [datetime(2026, 8, day) for day in range(1, 13)]


def test_a_date_outside_the_billing_period_rejects_the_row(tmp_path: Path) -> None:
    """T03: 11 August written day first."""
    found = outcome(tmp_path, text_of({"Date": "11/08/2026"}))
    assert [row["reject_reason"] for row in found.rejected] == [
        "charge_period_start: outside the billing period, as of a date whose day and month are exchanged"
    ]


def test_a_day_above_twelve_in_the_months_place_rejects_the_row(tmp_path: Path) -> None:
    """T03."""
    found = outcome(tmp_path, text_of({"Date": "13/08/2026"}))
    assert [row["reject_value"] for row in found.rejected] == ["not a date: 13/08/2026"]


def test_a_second_byte_order_mark_before_the_first_row_is_dropped(tmp_path: Path) -> None:
    """T01: azure-sdk-for-net#34129."""
    header, rows = text_of({}).split("\n", 1)
    found = outcome(tmp_path, f"\ufeff{header}\n\ufeff{rows}")
    assert [row["billing_account_id"] for row in found.kept] == ["0098765"]


def test_names_of_columns_are_read_in_any_case(tmp_path: Path) -> None:
    lower = {name[0].lower() + name[1:]: value for name, value in LINE.items()}
    found = outcome(tmp_path, csv_text(list(lower), lower))
    assert [row["billed_cost"] for row in found.kept] == [Decimal("2359.68")]


@pytest.mark.parametrize("name", ["CostInBillingCurrency", "costInBillingCurrency", "Cost", "PreTaxCost"])
def test_the_cost_is_found_by_each_of_its_names(tmp_path: Path, name: str) -> None:
    line = {name if key == "Cost" else key: value for key, value in LINE.items()}
    assert outcome(tmp_path, csv_text(list(line), line)).total("billed_cost") == Decimal("2359.68")


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    """B14."""
    line = {key: value for key, value in LINE.items() if key != "Cost"}
    (tmp_path / "export.csv").write_text(csv_text(list(line), line))
    (claim,) = azure.claim(candidates(tmp_path))
    with pytest.raises(InputError, match="columns that are missing: Cost"):
        run(azure, claim)


LOCAL = {
    "Abonnement-GUID (SubscriptionGuid)": "1caaa5a3-0000-0000-0000-000000000001",
    "Kategorie der Verbrauchseinheit (MeterCategory)": "Storage",
    "ID der Verbrauchseinheit (MeterId)": "m1",
    "Name der Verbrauchseinheit (MeterName)": "LRS Data Stored",
    "UsageDateTime (UsageDateTime)": "2026-08-03",
    "UsageQuantity (UsageQuantity)": "0,5",
    "PreTaxCost (PreTaxCost)": "1.234,56",
    "Währung (Currency)": "EUR",
}


def local(folder: Path, **change: str) -> Outcome:
    """Rows of an export with a German header; a change is given by the English name."""
    line = {name: change.get(name.rpartition("(")[2].rstrip(")"), value) for name, value in LOCAL.items()}
    return outcome(folder, csv_text(list(line), line))


@pytest.mark.parametrize(
    ("written", "cost"),
    [
        ("1.234,56", "1234.56"),
        ("1 234,56", "1234.56"),
        ("0,000012", "0.000012"),
        ("-7,5", "-7.5"),
        ("1,2E-05", "0.000012"),
    ],
)
def test_a_localised_header_declares_decimal_commas(tmp_path: Path, written: str, cost: str) -> None:
    """T04."""
    assert local(tmp_path, PreTaxCost=written).total("billed_cost") == Decimal(cost)


@pytest.mark.parametrize("written", ["0.045", "0.000012", "1,234.56", "1.23"])
def test_a_decimal_point_under_a_localised_header_rejects_the_row(tmp_path: Path, written: str) -> None:
    """T04: declared, never guessed by the value."""
    found = local(tmp_path, PreTaxCost=written)
    assert [row["reject_value"] for row in found.rejected] == [f"not with a decimal comma: {written}"]


@pytest.mark.parametrize("written", ["1.234,56", "1,234.56", "NaN", "-"])
def test_other_numbers_under_an_english_header_reject_the_row(tmp_path: Path, written: str) -> None:
    """T04, T05."""
    found = outcome(tmp_path, text_of({"Cost": written}))
    assert [row["reject_reason"] for row in found.rejected] == ["billed_cost: not a DECIMAL(38,18)"]


def test_chinese_headers_write_a_decimal_point(tmp_path: Path) -> None:
    """T04."""
    line = {name.replace("Kategorie der Verbrauchseinheit", "计量类别"): value for name, value in LOCAL.items()}
    line = {f"{'字段' if '(' in name else ''}{name}": value for name, value in line.items()}
    line |= {name: "1.5" for name in line if "Quantity" in name or "PreTaxCost" in name}
    assert outcome(tmp_path, csv_text(list(line), line)).total("billed_cost") == Decimal("1.5")


def test_dates_with_slashes_under_a_localised_header_are_not_read(tmp_path: Path) -> None:
    """T03: nothing says which part is the month."""
    assert len(local(tmp_path, UsageDateTime="03/08/2026").rejected) == 1


def test_dotted_dates_under_a_localised_header_are_day_first(tmp_path: Path) -> None:
    """T03."""
    (row,) = local(tmp_path, UsageDateTime="03.08.2026").kept
    assert row["charge_period_start"] == datetime(2026, 8, 3)


def test_pay_as_you_go_without_a_billing_period_belongs_to_the_month_of_its_use(tmp_path: Path) -> None:
    (row,) = local(tmp_path).kept
    assert (row["billing_account_id"], row["billing_period_start"], row["billing_period_end"]) == (
        "1caaa5a3-0000-0000-0000-000000000001",
        datetime(2026, 8, 1),
        datetime(2026, 9, 1),
    )


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ('"CostCenter": "1234","env": "prod"', {"CostCenter": "1234", "env": "prod"}),
        ('{"env": "prod"}', {"env": "prod"}),
        ('"env": "prod","Env": "test"', {"env": "prod", "Env": "test"}),
        ('"env": "prod","env": "test"', {"env": "prod"}),
        ('"env": ""', {}),
        ("", {}),
    ],
)
def test_tags_are_read_with_and_without_braces(tmp_path: Path, tags: str, expected: dict[str, str]) -> None:
    """T09: keys that differ by case stay apart."""
    assert row_of(tmp_path, Tags=tags)["tags"] == expected


def test_tags_that_are_no_json_reject_the_row(tmp_path: Path) -> None:
    assert len(outcome(tmp_path, text_of({"Tags": "env=prod"})).rejected) == 1


def test_a_machines_type_stands_in_the_additional_info(tmp_path: Path) -> None:
    info = '{"ServiceType": "Standard_ND96isr_H100_v5", "VCPUs": 96}'
    assert row_of(tmp_path, AdditionalInfo=info)["instance_type"] == "Standard_ND96isr_H100_v5"


@pytest.mark.parametrize("suffix", ["", " Spot", " Low Priority"])
def test_a_machines_type_is_else_its_meters_name(tmp_path: Path, suffix: str) -> None:
    assert row_of(tmp_path, MeterName=f"ND96isr H100 v5{suffix}")["instance_type"] == "ND96isr H100 v5"


def test_a_machines_licence_is_no_machine(tmp_path: Path) -> None:
    """Its hours would count the machine's GPUs a second time."""
    info = '{"ServiceType": "Standard_ND96isr_H100_v5"}'
    assert row_of(tmp_path, MeterCategory="Virtual Machines Licenses", AdditionalInfo=info)["instance_type"] is None


@pytest.mark.parametrize(
    ("meter", "model", "category"),
    [
        ("ND96isr H100 v5 Spot", "OnDemand", "Dynamic"),
        ("ND96isr H100 v5 Low Priority", "OnDemand", "Dynamic"),
        ("ND96isr H100 v5", "Spot", "Dynamic"),
        ("ND96isr H100 v5", "OnDemand", "Standard"),
        ("ND96isr H100 v5", "", "Standard"),
    ],
)
def test_spot_is_told_by_meter_and_model(tmp_path: Path, meter: str, model: str, category: str) -> None:
    assert row_of(tmp_path, MeterName=meter, PricingModel=model)["pricing_category"] == category


@pytest.mark.parametrize(
    ("category", "measure", "quantity", "consumed", "unit"),
    [
        ("Virtual Machines", "1 Hour", "24", "24", "Hours"),
        ("Virtual Machines", "100 Hours", "24", "24", "Hours"),
        ("Storage", "10K", "0.0004", "4", "Units"),
        ("Storage", "100 GB/Month", "0.5", "50", "GB/Month"),
        ("Functions", "50000 GB Seconds", "2", "100000", "GB Seconds"),
        ("Storage", "1 /Month", "0.5", "0.5", "Units/Month"),
        ("Storage", "", "0.5", None, None),
    ],
)
def test_quantities_are_in_single_units(
    tmp_path: Path, category: str, measure: str, quantity: str, consumed: str | None, unit: str | None
) -> None:
    """Hours of machines are hours whatever their block; other quantities count blocks."""
    row = row_of(tmp_path, MeterCategory=category, UnitOfMeasure=measure, Quantity=quantity)
    assert (row["consumed_quantity"], row["consumed_unit"]) == (Decimal(consumed) if consumed else None, unit)


def test_azures_own_quantity_and_unit_are_kept_as_priced(tmp_path: Path) -> None:
    row = row_of(tmp_path, UnitOfMeasure="100 Hours")
    assert (row["pricing_quantity"], row["pricing_unit"]) == (Decimal(24), "100 Hours")


def test_capacity_that_is_reserved_and_runs_nothing_is_not_consumed(tmp_path: Path) -> None:
    group = "/subscriptions/s/providers/Microsoft.Compute/capacityReservationGroups/c/capacityReservations/r"
    row = row_of(tmp_path, ResourceId=group, AdditionalInfo='{"VMCapacityReservationId": "f8b4"}')
    assert (row["capacity_reservation_status"], row["consumed_quantity"]) == ("Unused", None)


@pytest.mark.parametrize(
    ("charge", "category", "correction"),
    [
        ("Usage", "Usage", None),
        ("Purchase", "Purchase", None),
        ("Refund", "Purchase", "Correction"),
        ("Tax", "Tax", None),
        ("Credit", "Credit", None),
        ("RoundingAdjustment", "Adjustment", None),
        ("SomethingNew", "Adjustment", None),
    ],
)
def test_charge_types_are_focus_categories(tmp_path: Path, charge: str, category: str, correction: str | None) -> None:
    """M03: credits and refunds keep a kind of their own, and their sign."""
    row = row_of(tmp_path, ChargeType=charge, Cost="-5")
    assert (row["charge_category"], row["charge_class"], row["provider_charge_type"]) == (category, correction, charge)
    assert row["billed_cost"] == Decimal(-5)


def test_a_resource_is_one_in_whatever_case_it_is_written(tmp_path: Path) -> None:
    rows = outcome(
        tmp_path, text_of({"ResourceId": "/subscriptions/S/VM-1"}, {"ResourceId": "/SUBSCRIPTIONS/s/vm-1"})
    ).kept
    assert {row["resource_id"] for row in rows} == {"/subscriptions/s/vm-1"}


def test_an_mca_is_billed_by_its_profile(tmp_path: Path) -> None:
    assert row_of(tmp_path, **MCA)["billing_account_id"] == "profile-1"


def test_the_rate_to_usd_is_the_months_where_prices_are_in_usd(tmp_path: Path) -> None:
    """M06: 1 USD is 0.8 EUR, so 1 EUR is 1.25 USD."""
    row = row_of(tmp_path, **{**MCA, "exchangeRatePricingToBilling": "0.8", "BillingCurrency": "EUR"})
    assert row["provider_usd_rate"] == Decimal("1.25")


def test_the_rate_to_usd_is_else_what_the_two_costs_say(tmp_path: Path) -> None:
    """M06: 2,949.60 USD for 2,359.68 GBP."""
    row = row_of(tmp_path, **{**MCA, "pricingCurrency": "GBP", "costInUsd": "2949.60", "BillingCurrency": "GBP"})
    assert row["provider_usd_rate"] == Decimal("1.25")


def test_no_rate_to_usd_is_made_up(tmp_path: Path) -> None:
    assert row_of(tmp_path)["provider_usd_rate"] is None


def test_prices_in_another_currency_are_converted(tmp_path: Path) -> None:
    """98.32 USD × 0.8 = 78.656 EUR an hour, 24 hours = 1,887.744 EUR."""
    row = row_of(tmp_path, **{**MCA, "exchangeRatePricingToBilling": "0.8", "BillingCurrency": "EUR"})
    assert (row["contracted_unit_price"], row["contracted_cost"]) == (Decimal("78.656"), Decimal("1887.744"))


def test_a_list_price_of_zero_beside_a_paid_one_is_none(tmp_path: Path) -> None:
    row = row_of(tmp_path, PayGPrice="0")
    assert (row["list_unit_price"], row["list_cost"]) == (None, None)


def test_an_export_packed_or_not_is_the_same(tmp_path: Path) -> None:
    content = text_of({}).encode()
    for kind in ("gz", "zip", "parquet"):
        (tmp_path / kind).mkdir()
    with ZipFile(tmp_path / "zip/export.zip", "w") as archive:
        archive.writestr("export.csv", content)
    pl.DataFrame([LINE]).write_parquet(tmp_path / "parquet/export.parquet")
    (tmp_path / "gz/export.csv.gz").write_bytes(gzip.compress(content))
    totals = {
        kind: run(azure, claim).total("billed_cost")
        for kind in ("gz", "zip", "parquet")
        for claim in azure.claim(candidates(tmp_path / kind))
    }
    assert totals == dict.fromkeys(("gz", "zip", "parquet"), Decimal("2359.68"))


def test_parquet_with_dates_and_decimals_is_read_as_csv_is(tmp_path: Path) -> None:
    line = LINE | {
        "Date": datetime(2026, 8, 3),
        "BillingPeriodStartDate": datetime(2026, 8, 1),
        "Cost": Decimal("0.10"),
    }
    pl.DataFrame([line | {"BillingPeriodEndDate": datetime(2026, 8, 31)}]).write_parquet(tmp_path / "a.parquet")
    (claim,) = azure.claim(candidates(tmp_path))
    (row,) = run(azure, claim).kept
    assert (row["charge_period_start"], row["billing_period_end"], row["billed_cost"]) == (
        datetime(2026, 8, 3),
        datetime(2026, 9, 1),
        Decimal("0.1"),
    )


def test_columns_that_nothing_reads_are_named(tmp_path: Path) -> None:
    """B14."""
    (tmp_path / "export.csv").write_text(text_of({"CostCenter": "7"}))
    (claim,) = azure.claim(candidates(tmp_path))
    from pipelines.sources.model import Delivery, LandedFile

    file = LandedFile("export.csv", tmp_path / "export.csv", "", 1)
    delivery = Delivery("d", "billing", "azure_cost_export", "", datetime(2026, 9, 2), (file,), claim.options)
    assert azure.read(delivery).parts[0].unread == ("CostCenter",)
