"""What FOCUS says of commitments holds on rows read by the source. Rows are built from the specification's numbers."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from _focus import LINE, outcome
from _run import Outcome
from ruamel.yaml import YAML

HOUR = timedelta(hours=1)
COMMITMENT = "cd-1"
SHAPES = ("all_upfront", "no_upfront", "partial_upfront")


@pytest.fixture(scope="module")
def golden(shared: Path) -> dict[str, Any]:
    """The specification's scenarios; numbers are read as text, so that none is binary."""
    text = (shared / "golden/focus_commitments.yaml").read_text()
    return YAML(typ="base", pure=True).load(text)


def hours(golden: dict[str, Any]) -> Iterator[datetime]:
    """Starts of the hours of the term."""
    start, end = (datetime.fromisoformat(day) for day in golden["term"]["period"])
    while start < end:
        yield start
        start += HOUR


def line(start: datetime, end: datetime, numbers: dict[str, str], **more: str) -> dict[str, str]:
    """A line of FOCUS with the scenario's numbers."""
    period = start.replace(day=1, hour=0)
    following = (period + timedelta(days=32)).replace(day=1)
    times = zip(
        ("BillingPeriodStart", "BillingPeriodEnd", "ChargePeriodStart", "ChargePeriodEnd"),
        (period, following, start, end),
        strict=True,
    )
    return (
        LINE
        | {name: f"{moment.isoformat()}Z" for name, moment in times}
        | {
            "BilledCost": numbers.get("billed", "0"),
            "EffectiveCost": numbers["effective"],
            "CommitmentDiscountId": COMMITMENT,
            "CommitmentDiscountStatus": numbers.get("status", ""),
            "ConsumedQuantity": numbers.get("consumed_quantity", "1"),
            "PricingCategory": numbers.get("pricing_category", "Committed"),
        }
        | more
    )


def purchase(start: datetime, end: datetime, numbers: dict[str, str]) -> dict[str, str]:
    """A purchase of the commitment."""
    return line(start, end, numbers, ChargeCategory="Purchase", ConsumedQuantity="", CommitmentDiscountStatus="")


def term_of(golden: dict[str, Any], shape: str, used: list[dict[str, str]], folder: Path) -> Outcome:
    """A whole term: how it is paid, and what becomes of each of its hours."""
    paid = golden[shape]
    starts = list(hours(golden))
    rows = [purchase(starts[0], starts[-1] + HOUR, paid["purchase"])] if "purchase" in paid else []
    for start in starts:
        if "hourly_purchase" in paid:
            rows.append(purchase(start, start + HOUR, paid["hourly_purchase"]))
        rows += [line(start, start + HOUR, numbers) for numbers in used]
    return outcome(folder, *rows)


@pytest.mark.parametrize("usage", ["fully_used", "unused", "three_quarters_used"])
@pytest.mark.parametrize("shape", SHAPES)
def test_over_its_term_a_commitment_is_billed_what_it_is_effective(
    golden: dict[str, Any], shape: str, usage: str, tmp_path: Path
) -> None:
    """M05: purchase and use are never both in one of the two sums."""
    result = term_of(golden, shape, golden["usage_rows"][usage], tmp_path)
    whole = Decimal(golden["term"]["usd_per_hour"]) * int(golden["term"]["hours"])
    assert result.rejected == []
    assert (result.total("billed_cost"), result.total("effective_cost")) == (whole, whole)
    assert result.total("billed_cost", charge_category="Usage") == 0
    assert result.total("effective_cost", charge_category="Purchase") == 0


def test_used_and_unused_parts_add_up_to_the_commitment(golden: dict[str, Any], tmp_path: Path) -> None:
    """Three quarters of 8,760 are 6,570; the rest is idle, and no use."""
    result = term_of(golden, "all_upfront", golden["usage_rows"]["three_quarters_used"], tmp_path)
    shares = [result.total("effective_cost", commitment_discount_status=status) for status in ("Used", "Unused")]
    assert shares == [Decimal(6570), Decimal(2190)]


def test_an_unused_hour_consumes_nothing(golden: dict[str, Any], tmp_path: Path) -> None:
    """The word null in the file is no quantity, and not 0."""
    (numbers,) = golden["usage_rows"]["unused"]
    start = next(hours(golden))
    (row,) = outcome(tmp_path, line(start, start + HOUR, numbers)).kept
    assert (row["consumed_quantity"], row["commitment_discount_status"]) == (None, "Unused")


def test_use_beyond_the_commitment_costs_on_top(golden: dict[str, Any], tmp_path: Path) -> None:
    """Overage belongs to no commitment: 8,760 for the term, and 8,760 times 0.50."""
    covered, over = golden["usage_rows"]["overage"]
    rows = [line(start, start + HOUR, covered) for start in hours(golden)]
    rows += [line(start, start + HOUR, over, CommitmentDiscountId="") for start in hours(golden)]
    result = outcome(tmp_path, purchase(*[next(hours(golden))] * 2, golden["all_upfront"]["purchase"]), *rows)
    of_commitment = [
        result.total(cost, commitment_discount_id=COMMITMENT) for cost in ("billed_cost", "effective_cost")
    ]
    beyond = [result.total(cost, pricing_category="Standard") for cost in ("billed_cost", "effective_cost")]
    assert of_commitment == [Decimal(8760), Decimal(8760)]
    assert beyond == [Decimal(4380), Decimal(4380)]


def test_a_spend_commitment_is_owed_what_use_falls_short_of(golden: dict[str, Any], tmp_path: Path) -> None:
    """1,200 committed; 48, 120 and 60 used leave 972."""
    scenario = golden["spend_commitment_of_1200"]
    start = next(hours(golden))
    used = [line(start, start + HOUR, {"effective": cost, "status": "Used"}) for cost in scenario["usage_rows"]]
    rest = line(start, start + HOUR, {"effective": scenario["shortfall"], "status": "Unused", "consumed_quantity": ""})
    bought = purchase(start, start + HOUR, {"billed": "1200", "effective": "0"})
    result = outcome(tmp_path, bought, *used, rest)
    assert (result.total("billed_cost"), result.total("effective_cost")) == (Decimal(1200), Decimal(1200))


# Of the specification's files: rows that say something impossible, as an hour 30.
IMPOSSIBLE = {"purchase_scenario_2": 1, "purchase_scenario_3": 1}


@pytest.mark.parametrize(
    "name",
    [
        *(f"purchase_scenario_{number}" for number in (1, 2, 3)),
        *(f"usage_scenario_{number}" for number in (1, 2, 3, 4)),
    ],
)
def test_the_specifications_files_load_once_they_name_account_currency_and_provider(
    shared: Path, tmp_path: Path, name: str
) -> None:
    """B14: as they are they lack all three and are refused. Rows that cannot be are rejected with what they say."""
    folder = shared / "data/billing/focus_spec_examples/commitment_discount_scenarios"
    with (folder / f"commitment_discount_{name}.csv").open(newline="") as text:
        lines = list(csv.DictReader(text))
    added = {"BillingAccountId": "1", "BillingCurrency": "USD", "ProviderName": "Lumen"}
    result = outcome(tmp_path, *(row | added for row in lines))
    assert [row["reject_value"] for row in result.rejected] == ["2023-02-01T30:00:00Z"] * IMPOSSIBLE.get(name, 0)
    for column, delivered in (("billed_cost", "BilledCost"), ("effective_cost", "EffectiveCost")):
        kept = sum(Decimal(row[delivered]) for row in lines if row["ChargePeriodEnd"] != "2023-02-01T30:00:00Z")
        assert result.total(column) == kept
