"""Columns of FOCUS 1.1 to 1.4, providers' spellings, and Parquet that has types. Expected values by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from _focus import LINE, one, outcome
from _run import Outcome, candidates, run

from pipelines.errors import InputError
from pipelines.settings import BUNDLED
from pipelines.sources.billing import focus
from pipelines.sources.billing._mapping import PROVIDERS
from pipelines.sources.model import Delivery, LandedFile, Scan

LATER_COLUMNS = {
    "BillingAccountType": "Payer Account",
    "SubAccountType": "Linked Account",
    "HostProviderName": "Amazon Web Services",
    "ContractedUnitPrice": "98.32",
    "ServiceSubcategory": "Virtual Machines",
    "SkuPriceDetails": '{"InstanceType":"p5.48xlarge"}',
    "RegionName": "US East",
    "CommitmentDiscountName": "three years",
    "CommitmentDiscountQuantity": "1.5",
    "CommitmentDiscountUnit": "Hours",
    "x_CostType": "regular",
}
MAPPED = {
    "billing_account_type": "Payer Account",
    "sub_account_type": "Linked Account",
    "host_provider_name": "AWS",
    "contracted_unit_price": Decimal("98.32"),
    "service_subcategory": "Virtual Machines",
    "sku_price_details": '{"InstanceType":"p5.48xlarge"}',
    "instance_type": "p5.48xlarge",
    "region_name": "US East",
    "commitment_discount_name": "three years",
    "commitment_discount_quantity": Decimal("1.5"),
    "commitment_discount_unit": "Hours",
    "provider_charge_type": "regular",
}


def test_columns_of_later_versions_are_filled(tmp_path: Path) -> None:
    row = one(tmp_path, **LATER_COLUMNS)
    assert {name: row[name] for name in MAPPED} == MAPPED


def test_columns_that_a_version_lacks_are_null(tmp_path: Path) -> None:
    row = one(tmp_path)
    assert {name: row[name] for name in MAPPED} == dict.fromkeys(MAPPED)


@pytest.mark.parametrize("mark", ["InvoiceDetailId", "CommitmentProgramEligibilityDetails"])
def test_version_1_4_is_told_by_its_columns(tmp_path: Path, mark: str) -> None:
    """B13: it has dropped ProviderName and PublisherName."""
    line = {name: value for name, value in LINE.items() if name != "ProviderName"}
    result = outcome(tmp_path, line | {mark: "x", "ServiceProviderName": "Lumen"})
    (claim,) = focus.claim(candidates(tmp_path))
    assert claim.description == "FOCUS 1.4, focus.csv"
    assert result.kept[0]["service_provider_name"] == "Lumen"


def test_a_version_to_come_without_a_column_that_is_needed_is_refused(tmp_path: Path) -> None:
    """B13: named with what it lacks; the last good version stays."""
    line = {name: value for name, value in LINE.items() if name != "BillingCurrency"}
    with pytest.raises(InputError, match=r"FOCUS 1\.4 needs columns that are missing: BillingCurrency"):
        outcome(tmp_path, line | {"InvoiceDetailId": "x", "SettlementCurrency": "USD"})


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("Amazon Web Services", "AWS"),
        ("amazon web services, inc.", "AWS"),
        ("Microsoft Azure", "Microsoft"),
        ("Google", "Google Cloud"),
        ("Oracle Cloud Infrastructure", "Oracle"),
        ("Lumen", "Lumen"),
    ],
)
def test_providers_are_spelled_as_in_the_catalogue_of_machines(tmp_path: Path, written: str, name: str) -> None:
    assert one(tmp_path, ProviderName=written)["service_provider_name"] == name


def test_each_spelling_of_a_provider_is_one_of_the_catalogues() -> None:
    lines = (BUNDLED / "reference/instance_types.csv").read_text().splitlines()[1:]
    assert set(PROVIDERS.values()) <= {line.partition(",")[0] for line in lines}


@pytest.mark.parametrize(
    ("unit", "hours"),
    [("GPU-Hours", Decimal(16)), ("GPU Hour", Decimal(16)), ("Hours", None), ("GPU-Months", None), ("", None)],
)
def test_hours_of_gpus_are_taken_where_the_unit_says_so(tmp_path: Path, unit: str, hours: Decimal | None) -> None:
    assert one(tmp_path, ConsumedUnit=unit, ConsumedQuantity="16")["consumed_gpu_hours"] == hours


@pytest.mark.parametrize(
    ("columns", "rate"),
    [
        # 50 EUR are 55 USD; a euro is 1.10
        (
            {
                "BillingCurrency": "EUR",
                "EffectiveCost": "50",
                "PricingCurrency": "USD",
                "PricingCurrencyEffectiveCost": "55",
            },
            Decimal("1.1"),
        ),
        # Azure: one USD is 0.8 EUR
        ({"BillingCurrency": "EUR", "x_PricingCurrency": "USD", "x_BillingExchangeRate": "0.8"}, Decimal("1.25")),
        ({"BillingCurrency": "USD", "PricingCurrency": "USD", "PricingCurrencyEffectiveCost": "33.03"}, None),
        ({"BillingCurrency": "EUR", "PricingCurrency": "GBP", "PricingCurrencyEffectiveCost": "55"}, None),
        (
            {
                "BillingCurrency": "EUR",
                "EffectiveCost": "0",
                "PricingCurrency": "USD",
                "PricingCurrencyEffectiveCost": "0",
            },
            None,
        ),
    ],
)
def test_the_rate_a_provider_converted_at_is_usd_for_a_unit(
    tmp_path: Path, columns: dict[str, str], rate: Decimal | None
) -> None:
    """M06"""
    assert one(tmp_path, **columns)["provider_usd_rate"] == rate


def test_software_by_the_hours_of_a_machine_is_no_machine(tmp_path: Path) -> None:
    assert one(tmp_path, x_UsageType="SoftwareUsage:p5.48xlarge")["instance_type"] is None


def parquet(folder: Path, **typed: Any) -> Outcome:
    """A Parquet file with one line; columns in `typed` are arrays of their own type."""
    names = dict.fromkeys((*LINE, *typed))
    pq.write_table(pa.table({n: typed.get(n, pa.array([LINE.get(n)])) for n in names}), folder / "focus.parquet")
    (claim,) = focus.claim(candidates(folder))
    return run(focus, claim)


@pytest.mark.parametrize(
    ("array", "value"),
    [
        (pa.array([Decimal("55.04")], pa.decimal128(20, 6)), "55.04"),
        (pa.array([Decimal("-0.000000000000000001")], pa.decimal128(38, 18)), "-0.000000000000000001"),
        # 19 places: rounded half away from zero, as from text
        (pa.array([Decimal("0.0000000000000000015")], pa.decimal128(38, 19)), "0.000000000000000002"),
        (pa.array([55], pa.int64()), "55"),
        (pa.array([2**64 - 1], pa.uint64()), "18446744073709551615"),
        (pa.array([39981.70], pa.float64()), "39981.70"),
        (pa.array([1.0029999], pa.float64()), "1.0029999"),
        (pa.array(["1E-05"]), "0.00001"),
    ],
)
def test_costs_of_any_type_are_exact(tmp_path: Path, array: pa.Array, value: str) -> None:
    """T05, T06: binary ones by their shortest text."""
    assert parquet(tmp_path, BilledCost=array).kept[0]["billed_cost"] == Decimal(value)


def test_a_decimal_too_large_for_money_rejects_its_row_with_its_text(tmp_path: Path) -> None:
    """T05"""
    result = parquet(tmp_path, BilledCost=pa.array([Decimal(10) ** 21], pa.decimal128(38, 2)))
    assert (result.rejected[0]["reject_reason"], result.rejected[0]["reject_value"]) == (
        "billed_cost: not a DECIMAL(38,18)",
        "1000000000000000000000.00",
    )


def test_a_missing_decimal_is_not_zero(tmp_path: Path) -> None:
    result = parquet(tmp_path, BilledCost=pa.array([None], pa.decimal128(20, 6)))
    assert result.rejected[0]["reject_reason"] == "billed_cost: missing"


@pytest.mark.parametrize(
    "array",
    [
        pa.array([datetime(2026, 8, 3, 10)], pa.timestamp("ms")),
        pa.array([datetime(2026, 8, 3, 10)], pa.timestamp("ns")),
        pa.array([datetime(2026, 8, 3, 10, tzinfo=UTC)], pa.timestamp("us", "UTC")),
        pa.array([datetime(2026, 8, 3, 10, tzinfo=UTC)], pa.timestamp("us", "America/New_York")),
        pa.array(["2026-08-03T12:00:00+02:00"]),
    ],
)
def test_times_of_any_type_are_utc(tmp_path: Path, array: pa.Array) -> None:
    """Z03"""
    assert parquet(tmp_path, ChargePeriodStart=array).kept[0]["charge_period_start"] == datetime(2026, 8, 3, 10)


def test_a_date_is_its_first_instant(tmp_path: Path) -> None:
    row = parquet(tmp_path, BillingPeriodStart=pa.array([date(2026, 8, 1)])).kept[0]
    assert row["billing_period_start"] == datetime(2026, 8, 1)


@pytest.mark.parametrize("word", ["", "NULL", "null"])
def test_words_for_no_value_are_null_in_parquet_too(tmp_path: Path, word: str) -> None:
    """T08"""
    row = parquet(tmp_path, ResourceId=pa.array([word]), ResourceName=pa.array([word]).dictionary_encode()).kept[0]
    assert (row["resource_id"], row["resource_name"]) == (None, None)


@pytest.mark.parametrize(
    ("tags", "kept"),
    [
        ([("env", "a"), ("Env", "b")], {"env": "a", "Env": "b"}),
        ([("env", "a"), ("empty", ""), ("none", None)], {"env": "a"}),
        ([], {}),
        (None, {}),
    ],
)
def test_a_map_of_tags_loses_its_empty_values_only(
    tmp_path: Path, tags: list[tuple[str, str | None]] | None, kept: dict[str, str]
) -> None:
    """T09"""
    array = pa.array([tags], pa.map_(pa.string(), pa.string()))
    assert parquet(tmp_path, Tags=array).kept[0]["tags"] == kept


def test_the_first_of_two_names_that_holds_a_value_is_taken_whatever_their_types(tmp_path: Path) -> None:
    row = parquet(
        tmp_path,
        ServiceProviderName=pa.array([None], pa.string()),
        ProviderName=pa.array(["Microsoft Azure"]).dictionary_encode(),
    ).kept[0]
    assert row["service_provider_name"] == "Microsoft"


def test_a_column_that_has_the_contracts_type_is_judged_by_nothing_but_null(tmp_path: Path) -> None:
    """What cannot be unreadable needs no text to be rejected with, which costs a large file more than its copy."""
    typed = {
        "BilledCost": pa.array([Decimal("55.04")], pa.decimal128(38, 18)),
        "ChargePeriodStart": pa.array([datetime(2026, 8, 3, 10, tzinfo=UTC)], pa.timestamp("us", "UTC")),
        "Tags": pa.array([[("team", "search")]], pa.map_(pa.string(), pa.string())),
    }
    parquet(tmp_path, **typed)
    path = tmp_path / "focus.parquet"
    files = (LandedFile("focus.parquet", path, "x", path.stat().st_size),)
    (part,) = focus.read(Delivery("d", "billing", "focus", "", datetime(2026, 9, 2), files)).parts
    assert isinstance(part, Scan)
    raws = {name: part.select[name].raw for name in ("billed_cost", "charge_period_start", "tags", "effective_cost")}
    assert {name for name, raw in raws.items() if raw is not None} == {"effective_cost"}


def test_columns_that_nothing_reads_are_listed(tmp_path: Path) -> None:
    """B14"""
    parquet(tmp_path, x_Own=pa.array(["1"]), ResourceId=pa.array(["i-1"]))
    path = tmp_path / "focus.parquet"
    files = (LandedFile("focus.parquet", path, "x", path.stat().st_size),)
    (part,) = focus.read(Delivery("d", "billing", "focus", "", datetime(2026, 9, 2), files)).parts
    assert isinstance(part, Scan)
    assert part.unread == ("x_Own",)
