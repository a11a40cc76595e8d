"""Actual and amortised cost of one month, and runs of exports with their manifests. All trees are made here.

The month: a machine on demand for 10, a reservation bought for 300, of whose 5 a day one machine uses 3 and nobody 2.
"""

from __future__ import annotations

import gzip
import json
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest
from _run import Outcome, candidates, csv_text, run

from pipelines.errors import IncompleteDeliveryError, InputError
from pipelines.sources.billing import azure_cost_export as azure
from pipelines.sources.model import Delivery, LandedFile, Reading

LINE = {
    "BillingAccountId": "8611537",
    "BillingPeriodStartDate": "09/01/2026",
    "BillingPeriodEndDate": "09/30/2026",
    "SubscriptionId": "sub-1",
    "Date": "09/02/2026",
    "MeterCategory": "Virtual Machines",
    "MeterId": "m1",
    "MeterName": "ND96isr H100 v5",
    "Quantity": "1",
    "UnitOfMeasure": "1 Hour",
    "Cost": "10",
    "BillingCurrency": "USD",
    "ChargeType": "Usage",
    "PricingModel": "OnDemand",
    "BenefitId": "",
}
RESERVED = LINE | {"PricingModel": "Reservation", "BenefitId": "/providers/Microsoft.Capacity/reservationOrders/R1"}
ON_DEMAND = LINE
BOUGHT = RESERVED | {"ChargeType": "Purchase", "Cost": "300"}
COVERED_BILLED = RESERVED | {"Cost": "0"}
COVERED_WORTH = RESERVED | {"Cost": "3"}
UNUSED = RESERVED | {"ChargeType": "UnusedReservation", "Cost": "2"}
ACTUAL = (ON_DEMAND, BOUGHT, COVERED_BILLED)
AMORTISED = (ON_DEMAND, COVERED_WORTH, UNUSED)


def export(root: Path, name: str, *rows: dict[str, str]) -> Path:
    """An export file of those rows."""
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    text = csv_text(list(LINE), *rows).encode()
    path.write_bytes(gzip.compress(text) if name.endswith(".gz") else text)
    return path


def manifest(root: Path, folder: str, blobs: dict[str, int | None], **more: object) -> None:
    """A manifest in a folder; blobs are named from the container on."""
    listed = [{"blobName": name, "byteCount": 1, "dataRowCount": rows} for name, rows in blobs.items()]
    content = {"manifestVersion": "2024-04-01", "blobCount": len(listed), "blobs": listed, **more}
    (root / folder).mkdir(parents=True, exist_ok=True)
    (root / folder / "manifest.json").write_text(json.dumps(content))


def a_run(root: Path, view: str, stamp: str, *rows: dict[str, str], typed: bool = True) -> str:
    """A run with its manifest, in Azure's folders; its folder."""
    folder = f"exports/{view}/20260901-20260930/{stamp}/{view}-{stamp}"
    export(root, f"{folder}/part_0_0001.csv", *rows)
    more = {"exportConfig": {"type": view}} if typed else {}
    manifest(root, folder, {f"{folder}/part_0_0001.csv": len(rows)}, **more)
    return folder


def only(root: Path) -> Outcome:
    """The one delivery in a folder."""
    (claim,) = azure.claim(candidates(root))
    return run(azure, claim)


def reading(claim: object) -> Reading:
    """What a claim's files are read as."""
    files = tuple(LandedFile(file.name, file.path, file.name, 1) for file in claim.files)
    options = claim.options
    return azure.read(Delivery("d", "billing", "azure_cost_export", "", datetime(2026, 10, 1), files, options))


def both(root: Path) -> Outcome:
    """Both views of the month, as files without manifests."""
    export(root, "a.csv", *ACTUAL)
    export(root, "b.csv", *AMORTISED)
    return only(root)


def test_both_views_are_one_delivery_in_which_each_charge_is_told_once(tmp_path: Path) -> None:
    """Never added up: billed 10 + 300, worth in use 10 + 3 + 2."""
    found = both(tmp_path)
    assert (found.total("billed_cost"), found.total("effective_cost")) == (Decimal(310), Decimal(15))


def test_what_is_billed_adds_up_to_the_actual_views_own_total(tmp_path: Path) -> None:
    """10 + 300 + 0."""
    found = both(tmp_path)
    (claim,) = azure.claim(candidates(tmp_path))
    assert reading(claim).provider_billed_cost == found.total("billed_cost") == Decimal(310)


def test_the_actual_views_use_is_left_out_and_counted(tmp_path: Path) -> None:
    found = both(tmp_path)
    assert [(row["source_part"], row["source_row"], row["left_out_reason"]) for row in found.left_out] == [
        ("a.csv", 1, "use, told by the amortised view of the same month"),
        ("a.csv", 3, "use, told by the amortised view of the same month"),
    ]


def test_a_commitment_is_paid_by_its_purchase_and_worth_what_uses_it(tmp_path: Path) -> None:
    """M05."""
    rows = [
        (row["charge_category"], row["commitment_discount_status"], row["billed_cost"], row["effective_cost"])
        for row in both(tmp_path).kept
        if row["commitment_discount_id"]
    ]
    assert rows == [
        ("Purchase", None, Decimal(300), Decimal(0)),
        ("Usage", "Used", Decimal(0), Decimal(3)),
        ("Usage", "Unused", Decimal(0), Decimal(2)),
    ]


def test_time_that_nobody_used_a_commitment_consumes_nothing(tmp_path: Path) -> None:
    unused = [row["consumed_quantity"] for row in both(tmp_path).kept if row["commitment_discount_status"] == "Unused"]
    assert unused == [None]


@pytest.mark.parametrize(
    ("benefit", "model", "kind"),
    [
        ("/providers/Microsoft.Capacity/reservationOrders/r", "Reservation", ("Usage", "Reservation")),
        ("/providers/Microsoft.BillingBenefits/savingsPlanOrders/s", "SavingsPlan", ("Spend", "Savings Plan")),
        ("/providers/Microsoft.BillingBenefits/savingsPlanOrders/s", "", ("Spend", "Savings Plan")),
    ],
)
def test_a_commitments_kind_is_told(tmp_path: Path, benefit: str, model: str, kind: tuple[str, str]) -> None:
    export(tmp_path, "a.csv", BOUGHT | {"BenefitId": benefit, "PricingModel": model})
    export(tmp_path, "b.csv", COVERED_WORTH | {"BenefitId": benefit, "PricingModel": model})
    found = {(row["commitment_discount_category"], row["commitment_discount_type"]) for row in only(tmp_path).kept}
    assert found == {kind}


def test_a_refund_of_a_commitment_is_billed_and_worth_nothing(tmp_path: Path) -> None:
    """M03."""
    export(tmp_path, "a.csv", *ACTUAL, BOUGHT | {"ChargeType": "Refund", "Cost": "-100"})
    export(tmp_path, "b.csv", *AMORTISED)
    found = only(tmp_path)
    assert (found.total("billed_cost"), found.total("effective_cost")) == (Decimal(210), Decimal(15))


def test_a_marketplace_purchase_is_told_by_the_amortised_view_alone(tmp_path: Path) -> None:
    """It stands in both views at the same cost."""
    market = LINE | {"ChargeType": "Purchase", "Cost": "7", "PricingModel": ""}
    export(tmp_path, "a.csv", *ACTUAL, market)
    export(tmp_path, "b.csv", *AMORTISED, market)
    found = only(tmp_path)
    assert (found.total("billed_cost"), found.total("effective_cost")) == (Decimal(317), Decimal(22))


@pytest.mark.parametrize(
    ("rows", "view", "other"), [(ACTUAL, "actual", "amortised"), (AMORTISED, "amortised", "actual")]
)
def test_one_view_with_commitments_alone_is_refused(
    tmp_path: Path, rows: tuple[dict[str, str], ...], view: str, other: str
) -> None:
    export(tmp_path, "a.csv", *rows)
    with pytest.raises(InputError, match=f"holds the {view} cost") as caught:
        azure.claim(candidates(tmp_path))
    assert caught.value.next_step == f"export the {other} cost of the same month too, and add both together"


def test_covered_use_at_no_cost_alone_is_the_actual_view_and_refused(tmp_path: Path) -> None:
    export(tmp_path, "a.csv", ON_DEMAND, COVERED_BILLED)
    with pytest.raises(InputError, match="holds the actual cost"):
        azure.claim(candidates(tmp_path))


def test_a_month_without_commitments_needs_one_view_only(tmp_path: Path) -> None:
    export(tmp_path, "a.csv", ON_DEMAND)
    found = only(tmp_path)
    assert (found.total("billed_cost"), found.total("effective_cost")) == (Decimal(10), Decimal(10))


def test_both_views_mixed_in_one_file_are_refused(tmp_path: Path) -> None:
    export(tmp_path, "a.csv", *ACTUAL, *AMORTISED)
    with pytest.raises(InputError, match="both views of a month in one export"):
        azure.claim(candidates(tmp_path))


def test_views_of_other_months_do_not_go_together(tmp_path: Path) -> None:
    october = {"BillingPeriodStartDate": "10/01/2026", "BillingPeriodEndDate": "10/31/2026", "Date": "10/02/2026"}
    export(tmp_path, "a.csv", *ACTUAL)
    export(tmp_path, "b.csv", *(row | october for row in AMORTISED))
    with pytest.raises(InputError, match="of the same month is not there"):
        azure.claim(candidates(tmp_path))


def test_an_actual_view_of_more_months_than_the_amortised_one_is_refused(tmp_path: Path) -> None:
    """Its October would be left out, and nothing would tell it."""
    october = {"BillingPeriodStartDate": "10/01/2026", "BillingPeriodEndDate": "10/31/2026", "Date": "10/02/2026"}
    export(tmp_path, "a.csv", *ACTUAL, ON_DEMAND | october)
    export(tmp_path, "b.csv", *AMORTISED)
    with pytest.raises(InputError, match="of the same month is not there"):
        azure.claim(candidates(tmp_path))


def test_idle_time_alone_goes_with_an_actual_view_that_tells_nothing_of_it(tmp_path: Path) -> None:
    """Paid upfront years ago: nothing is bought this month, and nobody used it."""
    export(tmp_path, "a.csv", ON_DEMAND)
    export(tmp_path, "b.csv", ON_DEMAND, UNUSED)
    found = only(tmp_path)
    assert (found.total("billed_cost"), found.total("effective_cost")) == (Decimal(10), Decimal(12))


def test_views_written_differently_go_together(tmp_path: Path) -> None:
    """One in ISO dates and lower case, the other as EA writes."""
    export(tmp_path, "a.csv", *ACTUAL)
    iso = {"BillingPeriodStartDate": "2026-09-01", "BillingPeriodEndDate": "2026-09-30", "Date": "2026-09-02"}
    rows = [{name.lower(): value for name, value in (row | iso).items()} for row in AMORTISED]
    (tmp_path / "b.csv").write_text(csv_text(list(rows[0]), *rows))
    assert only(tmp_path).total("billed_cost") == Decimal(310)


def test_each_run_of_a_month_is_a_delivery_and_the_later_one_is_later(tmp_path: Path) -> None:
    """B01, B09: month to date, daily; the later run has dropped a row."""
    for day in ("202609030400", "202609040400"):
        a_run(tmp_path, "ActualCost", day, *ACTUAL[: 2 if day > "202609031" else 3])
        a_run(tmp_path, "AmortizedCost", day, *AMORTISED)
    first, second = azure.claim(candidates(tmp_path))
    assert [item.description for item in (first, second)] == [
        "Azure usage details (EA), 2026-09, actual and amortised cost, run 2026-09-03 04:00",
        "Azure usage details (EA), 2026-09, actual and amortised cost, run 2026-09-04 04:00",
    ]
    assert run(azure, first).version < run(azure, second).version
    assert {file.name.split("/")[3] for file in first.files} == {"202609030400"}


def test_the_time_of_a_run_comes_from_its_manifest(tmp_path: Path) -> None:
    export(tmp_path, "x/part_0_0001.csv", ON_DEMAND)
    manifest(tmp_path, "x", {"x/part_0_0001.csv": 1}, runInfo={"submittedTime": "2026-09-05T14:11:10.123Z"})
    assert only(tmp_path).version.startswith("run 20260905141110 ")


def test_the_time_of_a_run_added_alone_comes_from_the_names_of_its_blobs(tmp_path: Path) -> None:
    folder = a_run(tmp_path, "ActualCost", "202609030400", ON_DEMAND)
    assert only(tmp_path / folder).version.startswith("run 20260903040000 ")


def test_without_a_time_the_run_whose_use_reaches_further_is_the_later(tmp_path: Path) -> None:
    """B09."""
    export(tmp_path, "x/a.csv", ON_DEMAND)
    export(tmp_path, "y/a.csv", ON_DEMAND | {"Date": "09/03/2026"})
    versions = {claim.files[0].name: run(azure, claim).version for claim in azure.claim(candidates(tmp_path))}
    assert versions["x/a.csv"] < versions["y/a.csv"]


def test_the_newest_run_without_its_other_view_is_refused(tmp_path: Path) -> None:
    """B07: the actual view's run of the day is not there yet."""
    a_run(tmp_path, "ActualCost", "202609030400", *ACTUAL)
    a_run(tmp_path, "AmortizedCost", "202609030400", *AMORTISED)
    a_run(tmp_path, "AmortizedCost", "202609040400", *AMORTISED)
    with pytest.raises(InputError, match="holds the amortised cost"):
        azure.claim(candidates(tmp_path))


def test_an_earlier_run_without_its_other_view_is_kept_and_not_read(tmp_path: Path) -> None:
    a_run(tmp_path, "AmortizedCost", "202609030400", *AMORTISED)
    a_run(tmp_path, "AmortizedCost", "202609040400", *AMORTISED)
    a_run(tmp_path, "ActualCost", "202609040400", *ACTUAL)
    (claim,) = azure.claim(candidates(tmp_path))
    assert claim.description.endswith("run 2026-09-04 04:00, 2 file(s) beside it are not read")
    assert run(azure, claim).total("billed_cost") == Decimal(310)


def test_all_parts_that_a_manifest_names_are_read(tmp_path: Path) -> None:
    """B06."""
    for number, cost in enumerate(("1", "2", "4")):
        export(tmp_path, f"x/part_{number}_0001.csv", ON_DEMAND | {"Cost": cost})
    manifest(tmp_path, "x", {f"store/x/part_{number}_0001.csv": 1 for number in range(3)})
    assert only(tmp_path).total("billed_cost") == Decimal(7)


def test_parts_of_one_name_in_two_folders_are_two_deliveries(tmp_path: Path) -> None:
    """B04: finops-toolkit#620."""
    for folder, cost in (("x", "1"), ("y", "2")):
        export(tmp_path, f"{folder}/part_0_0001.csv", ON_DEMAND | {"Cost": cost})
        manifest(tmp_path, folder, {f"store/{folder}/part_0_0001.csv": 1})
    found = {claim.files[0].name: run(azure, claim).total("billed_cost") for claim in azure.claim(candidates(tmp_path))}
    assert found == {"x/part_0_0001.csv": Decimal(1), "y/part_0_0001.csv": Decimal(2)}


def test_a_file_beside_a_manifest_that_it_does_not_name_is_not_read(tmp_path: Path) -> None:
    export(tmp_path, "x/part_0_0001.csv", ON_DEMAND)
    export(tmp_path, "x/part_1_0001.csv", ON_DEMAND)
    manifest(tmp_path, "x", {"store/x/part_0_0001.csv": 1})
    (claim,) = azure.claim(candidates(tmp_path))
    assert claim.description.endswith("1 file(s) beside it are not read")
    assert [part.file.name for part in reading(claim).parts] == ["x/part_0_0001.csv"]


def test_a_manifest_without_its_files_is_an_incomplete_delivery(tmp_path: Path) -> None:
    """B07."""
    manifest(tmp_path, "x", {"store/x/part_0_0001.csv": 1})
    with pytest.raises(IncompleteDeliveryError, match="which is not among the files added"):
        azure.claim(candidates(tmp_path))


def test_a_manifests_count_of_rows_is_asked_for(tmp_path: Path) -> None:
    """B08: a cut CSV raises nothing by itself."""
    export(tmp_path, "x/part_0_0001.csv", ON_DEMAND)
    manifest(tmp_path, "x", {"store/x/part_0_0001.csv": 490})
    (claim,) = azure.claim(candidates(tmp_path))
    assert [part.expected_rows for part in reading(claim).parts] == [490]


def test_a_run_of_no_rows_is_one_that_its_manifest_says_is_empty(tmp_path: Path) -> None:
    """B12."""
    export(tmp_path, "x/part_0_0001.csv")
    manifest(tmp_path, "x", {"store/x/part_0_0001.csv": 0})
    (claim,) = azure.claim(candidates(tmp_path))
    assert [part.expected_rows for part in reading(claim).parts] == [0]


@pytest.mark.parametrize("names", [("part_0_0001.csv", "part_1_0001.csv"), ("000001.csv", "000002.csv")])
def test_parts_without_their_manifest_are_an_incomplete_delivery(tmp_path: Path, names: tuple[str, str]) -> None:
    """B05: as deliveries of their own each would take the month from the other."""
    for name in names:
        export(tmp_path, f"x/{name}", ON_DEMAND)
    with pytest.raises(IncompleteDeliveryError, match="their manifest is missing"):
        azure.claim(candidates(tmp_path))


@pytest.mark.parametrize("name", ["../x.csv", "/etc/x.csv", "a/%2e%2e/x.csv", "C:/x.csv", "a\\..\\x.csv", ""])
def test_a_manifest_that_points_elsewhere_is_refused(tmp_path: Path, name: str) -> None:
    """X04."""
    manifest(tmp_path, "x", {name: 1})
    with pytest.raises(InputError, match="not a path below"):
        azure.claim(candidates(tmp_path))


def test_manifests_of_other_exports_are_left_alone(tmp_path: Path) -> None:
    manifest(tmp_path, "x", {"store/x/part_0_0001.csv": 1}, exportConfig={"type": "FocusCost"})
    assert azure.claim(candidates(tmp_path)) == []


@pytest.mark.parametrize("added", ["", "exports", "exports/ActualCost"])
def test_any_folder_of_the_tree_may_be_added(tmp_path: Path, added: str) -> None:
    """B04: blobs are named from the container on, files from what was added."""
    a_run(tmp_path, "ActualCost", "202609030400", ON_DEMAND)
    assert only(tmp_path / added).total("billed_cost") == Decimal(10)


def test_an_export_that_begins_within_a_month_is_refused(tmp_path: Path) -> None:
    """It would replace the whole month."""
    export(tmp_path, "e/20260915-20260930/202610010400/run/part_0_0001.csv", ON_DEMAND | {"Date": "09/15/2026"})
    with pytest.raises(InputError, match="begins on 2026-09-15"):
        azure.claim(candidates(tmp_path))


def test_pay_as_you_go_over_parts_of_two_months_is_refused(tmp_path: Path) -> None:
    """Its billing periods begin within a month."""
    bare = {name: value for name, value in LINE.items() if not name.startswith("Billing") or name == "BillingCurrency"}
    days = ({"Date": "2026-08-14"}, {"Date": "2026-09-13"})
    (tmp_path / "a.csv").write_text(csv_text(list(bare), *(bare | day for day in days)))
    with pytest.raises(InputError, match="begins on 2026-08-14"):
        azure.claim(candidates(tmp_path))
