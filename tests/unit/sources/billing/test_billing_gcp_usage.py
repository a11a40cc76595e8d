"""What usage, GPUs, commitments and labels of Google Cloud's export become. Expected values: worked by hand."""

from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path

import pytest
from _gcp import as_csv, credit, line, one, outcome

from pipelines.settings import BUNDLED
from pipelines.sources.billing._gcp import ACCELERATORS


@pytest.mark.parametrize(
    ("amount", "unit", "expected", "expected_unit"),
    [
        ("1058.321", "seconds", Decimal("0.293978055555555555"), "Hours"),
        ("1", "seconds", Decimal("0.000277777777777777"), "Hours"),
        ("1e5", "byte-seconds", Decimal(100000), "byte-seconds"),
    ],
)
def test_seconds_are_told_in_hours(
    tmp_path: Path, amount: str, unit: str, expected: Decimal, expected_unit: str
) -> None:
    row = one(tmp_path, usage__amount=amount, usage__unit=unit)
    assert (row["consumed_quantity"], row["consumed_unit"]) == (expected, expected_unit)
    assert (row["pricing_quantity"], row["pricing_unit"]) == (8, "hour")


@pytest.mark.parametrize(
    ("sku", "spec", "hours", "instance_type"),
    [
        ("Nvidia H100 80GB GPU running in Americas", "a3-highgpu-8g", 8, "a3-highgpu-8g"),
        ("A3 Instance Core running in Americas", "a3-highgpu-8g", 0, "a3-highgpu-8g"),
        ("SSD backed Local Storage", "a3-highgpu-8g", 0, "a3-highgpu-8g"),
        ("G2 Instance Ram running in Iowa", None, 0, None),
        ("Nvidia Tesla T4 GPU attached to Spot Preemptible VMs running in Iowa", "n1-standard-8", 8, "nvidia-tesla-t4"),
        ("Nvidia Tesla A100 80GB GPU running in Americas", None, 8, "nvidia-a100-80gb"),
        ("Reserved Nvidia H100 80GB Mega GPU in Tokyo", None, 8, "nvidia-h100-mega-80gb"),
        ("H200 141GB GPU running in Netherlands", None, 8, "nvidia-h200-141gb"),
        ("A4 Nvidia B200 (1 gpu slice) running in Iowa", "a4-highgpu-8g", 8, "a4-highgpu-8g"),
        ("RTX 6000 96GB running in Belgium", None, 8, "nvidia-rtx-pro-6000"),
        ("Nvidia Tesla P4 GPU running in Iowa", "n1-standard-4", 8, "nvidia-tesla-p4"),
        ("Licensing Fee for NVIDIA T4 GPU Virtual Workstation", "n1-standard-4", None, "n1-standard-4"),
        ("Custom Training Management Fee on Nvidia H100 80GB GPU", "a3-highgpu-8g", 0, "a3-highgpu-8g"),
        ("N1 Predefined Instance Core running in Americas", "n1-standard-4", None, "n1-standard-4"),
    ],
)
def test_gpu_hours_stand_on_the_gpus_own_lines(
    tmp_path: Path, sku: str, spec: str | None, hours: int | None, instance_type: str | None
) -> None:
    """28,800 seconds are 8 hours; other parts of such a machine would count them again."""
    labels = [{"key": "compute.googleapis.com/machine_spec", "value": spec}] if spec else []
    row = one(tmp_path, sku__description=sku, system_labels=labels)
    assert (row["consumed_gpu_hours"], row["instance_type"]) == (hours, instance_type)


def test_every_accelerator_with_a_known_model_is_in_the_reference() -> None:
    with (BUNDLED / "reference/instance_types.csv").open() as text:
        known = {row["instance_type"]: row["gpus"] for row in csv.DictReader(text)}
    without_model = {"nvidia-tesla-k80", "nvidia-tesla-p100", "nvidia-tesla-p4"}
    assert {name: known.get(name) for name in ACCELERATORS.values()} == {
        name: None if name in without_model else "1" for name in ACCELERATORS.values()
    }


@pytest.mark.parametrize(
    ("sku", "expected"),
    [
        ("Nvidia L4 GPU attached to Spot Preemptible VMs running in Iowa", "Dynamic"),
        ("Preemptible A2 Instance Core running in Americas", "Dynamic"),
        ("A2 Instance Core running in Americas", "Standard"),
    ],
)
def test_spot_skus_are_priced_dynamically(tmp_path: Path, sku: str, expected: str) -> None:
    assert one(tmp_path, sku__description=sku)["pricing_category"] == expected


def test_a_commitments_fee_and_the_usage_it_covers_cost_what_was_paid_once(tmp_path: Path) -> None:
    """M05: 8 hours at 11.06, covered, and the fee of 8 hours at 6.98."""
    fee = line(
        sku__description="Commitment v1: Nvidia H100 80GB GPU running in Americas for 3 Years",
        cost=55.84,
        system_labels=[],
        subscription={"instance_id": "sub-1"},
    )
    used = line(
        credits=[credit("COMMITTED_USAGE_DISCOUNT", -88.48, name="c1-22")], subscription={"instance_id": "sub-1"}
    )
    result = outcome(tmp_path, as_csv(fee, used))
    bought, covered = result.kept
    assert result.total("effective_cost") == result.total("billed_cost") == Decimal("55.84")
    assert (bought["charge_category"], bought["charge_frequency"]) == ("Purchase", "Recurring")
    assert (bought["commitment_discount_quantity"], bought["commitment_discount_unit"]) == (8, "hour")
    assert (bought["consumed_quantity"], bought["consumed_gpu_hours"], bought["commitment_discount_status"]) == (
        None,
    ) * 3
    assert (covered["effective_cost"], covered["consumed_gpu_hours"]) == (0, 8)
    assert (covered["pricing_category"], covered["commitment_discount_status"]) == ("Committed", "Used")
    assert {row["commitment_discount_id"] for row in result.kept} == {"sub-1"}
    assert {row["commitment_discount_category"] for row in result.kept} == {"Usage"}


def test_the_newer_spend_based_model_leaves_the_unused_part_on_the_fee(tmp_path: Path) -> None:
    """A fee of 10 of which 8 was used, and usage at the commitment's price of 8 (12 without it)."""
    fee = line(
        sku__description="Commitment - dollar based v1: GCE for 1 year",
        cost=10,
        credits=[credit("FEE_UTILIZATION_OFFSET", -8)],
    )
    used = line(cost=8, cost_at_effective_price_default=12, consumption_model={"description": "Flexible CUD 1 Year"})
    result = outcome(tmp_path, as_csv(fee, used))
    assert [row["billed_cost"] for row in result.kept] == [2, 8]
    assert [row["contracted_cost"] for row in result.kept] == [10, 12]
    assert {row["commitment_discount_category"] for row in result.kept} == {"Spend"}


def test_a_credits_description_is_no_commitments_id(tmp_path: Path) -> None:
    row = one(tmp_path, credits=[credit("COMMITTED_USAGE_DISCOUNT", -1, name="Committed Usage Discount: GPU")])
    assert (row["commitment_discount_id"], row["commitment_discount_status"]) == (None, "Used")
    assert row["commitment_discount_name"] == "Committed Usage Discount: GPU"


def test_an_unused_reservation_consumes_nothing(tmp_path: Path) -> None:
    prefix = "compute.googleapis.com/"
    values = {"machine_spec": "a3-highgpu-8g", "is_unused_reservation": "true"}
    values |= {"reservation_name": "r", "reservation_project_id": "p"}
    row = one(tmp_path, system_labels=[{"key": prefix + key, "value": value} for key, value in values.items()])
    assert (row["capacity_reservation_id"], row["capacity_reservation_status"]) == ("p/r", "Unused")
    assert (row["consumed_quantity"], row["consumed_gpu_hours"], row["billed_cost"]) == (None, None, Decimal("88.48"))


def test_labels_of_resource_project_and_system_do_not_collide(tmp_path: Path) -> None:
    """T09: both are called team; of a key that comes twice the first is kept, empty values are not."""
    labels = [{"key": "team", "value": "search"}, {"key": "team", "value": "x"}, {"key": "none", "value": ""}]
    assert one(tmp_path, labels=labels)["tags"] == {
        "team": "search",
        "project:team": "platform",
        "compute.googleapis.com/machine_spec": "a3-highgpu-8g",
        "tag:env": "prod",
    }
