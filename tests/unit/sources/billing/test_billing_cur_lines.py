"""What AWS CUR lines say beyond their cost: machines, capacity that is held, commitments. Expected values by hand."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from _cur import LINE, one, outcome


def test_net_columns_change_nothing(tmp_path: Path) -> None:
    """M03, M05: the discount is billed by its own line; read net as well it would count twice."""
    discount = LINE | {"lineItem/LineItemType": "EdpDiscount", "lineItem/UnblendedCost": "-5.504"}
    net = {"lineItem/NetUnblendedCost": "49.536", "savingsPlan/NetSavingsPlanEffectiveCost": "29.727"}
    result = outcome(tmp_path, LINE | net, discount | {"lineItem/NetUnblendedCost": "0"})
    totals = (result.total("billed_cost"), result.total("effective_cost"))
    assert totals == (Decimal("49.536"), Decimal("49.536"))  # 55.04 - 5.504


def test_software_by_the_hours_of_a_machine_is_no_machine(tmp_path: Path) -> None:
    """M05: a Marketplace image on a p5 has a line of its own, and its hours are the machine's hours again."""
    software = {"lineItem/UsageType": "SoftwareUsage:p5.48xlarge", "bill/BillingEntity": "AWS Marketplace"}
    named = {"product/instanceType": "p5.48xlarge", "bill/BillingEntity": "AWS Marketplace"}
    result = outcome(tmp_path, LINE, LINE | software, LINE | named)
    assert [row["instance_type"] for row in result.kept] == ["p5.48xlarge", None, None]
    assert result.total("billed_cost") == Decimal("165.12")  # 3 times 55.04


@pytest.mark.parametrize(
    ("usage_type", "stated", "status"),
    [
        ("UnusedBox:p5.48xlarge", "", "Unused"),
        ("UnusedDed:p5.48xlarge", "", "Unused"),
        ("Reservation:p5.48xlarge", "", None),
        ("Reservation:p5.48xlarge", "Reserved", None),
        ("Reservation:p5.48xlarge", "Canceled", "Unused"),
        ("BoxUsage:p5.48xlarge", "Used", "Used"),
        ("BoxUsage:p5.48xlarge", "", None),
    ],
)
def test_capacity_that_is_held_tells_whether_it_was_used(
    tmp_path: Path, usage_type: str, stated: str, status: str | None
) -> None:
    """A line about all that is reserved has no status: what ran in it stands on other lines."""
    arn = "arn:aws:ec2:us-east-1:000000000042:capacity-reservation/cr-1"
    columns = {"lineItem/UsageType": usage_type, "capacityReservation/CapacityReservationStatus": stated}
    (row,) = outcome(tmp_path, LINE | columns | {"capacityReservation/CapacityReservationArn": arn}).kept
    assert (row["capacity_reservation_id"], row["capacity_reservation_status"]) == (arn, status)


@pytest.mark.parametrize(
    ("kind", "columns", "quantity", "unit"),
    [
        ("SavingsPlanCoveredUsage", {"savingsPlan/SavingsPlanEffectiveCost": "33.03"}, "33.03", "USD"),
        ("DiscountedUsage", {"reservation/EffectiveCost": "14", "lineItem/UsageAmount": "2"}, "2", "Hrs"),
        ("RIFee", {"reservation/UnusedQuantity": "44"}, "44", "Hrs"),
        ("Usage", {}, None, None),
    ],
)
def test_a_line_says_what_it_takes_of_its_commitment(
    tmp_path: Path, kind: str, columns: dict[str, str], quantity: str | None, unit: str | None
) -> None:
    (row,) = outcome(tmp_path, LINE | {"lineItem/LineItemType": kind} | columns).kept
    found = (row["commitment_discount_quantity"], row["commitment_discount_unit"])
    assert found == (None if quantity is None else Decimal(quantity), unit)


def test_the_providers_own_kind_of_line_is_kept(tmp_path: Path) -> None:
    assert one(tmp_path, lineItem__LineItemType="SppDiscount")["provider_charge_type"] == "SppDiscount"
