"""What was known when, asked by verbs: two versions of a month, the later with a restated day and a new one."""

from __future__ import annotations

import csv
import fcntl
import json
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

import pytest
from _nights import House

from pipelines.settings import Home

LINE = {
    "BillingAccountId": "acme",
    "BillingPeriodStart": "2026-08-01T00:00:00Z",
    "BillingPeriodEnd": "2026-09-01T00:00:00Z",
    "ChargeCategory": "Usage",
    "BillingCurrency": "USD",
    "ProviderName": "AWS",
    "ServiceName": "Amazon EC2",
    "SubAccountId": "s1",
    "ConsumedQuantity": "1",
    "ConsumedUnit": "Hours",
    "SkuPriceDetails": '{"InstanceType": "p5.48xlarge"}',
    "Tags": "{}",
}


def bill(path: Path, *days: tuple[int, str], **changed: str) -> Path:
    """A FOCUS file with one line a day."""
    with path.open("w", newline="") as file:
        names = [*LINE, "ChargePeriodStart", "ChargePeriodEnd", "BilledCost", "EffectiveCost"]
        writer = csv.DictWriter(file, names)
        writer.writeheader()
        for day, cost in days:
            hour = {
                f"ChargePeriod{end}": f"2026-08-{day:02}T1{place}:00:00Z" for place, end in ((0, "Start"), (1, "End"))
            }
            writer.writerow(LINE | hour | changed | {"BilledCost": cost, "EffectiveCost": cost})
    return path


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("history")
    made = House(Home(folder / "home"))
    made.ask_little()
    first = bill(folder / "v1.csv", (3, "10"), (4, "20"))
    second = bill(folder / "v2.csv", (3, "10"), (4, "18.5"), (5, "7"))
    made.must("add", str(first), "--received-at", "2026-08-05T06:00Z")
    made.must("add", str(second), "--received-at", "2026-08-06T06:00Z")
    # Another account, of which the second version changes a tag and no amount, and has a row that cannot be kept.
    same = {"BillingAccountId": "same", "ServiceName": "Amazon S3"}
    made.must("add", str(bill(folder / "w1.csv", (3, "4000"), **same)), "--received-at", "2026-08-06T05:00Z")
    again = bill(folder / "w2.csv", (3, "4000"), **same, Tags='{"team": "search"}')
    lines = again.read_text().splitlines()
    broken = lines[1].replace("2026-08-03T11", "2026-08-03T09").replace(",4000,4000", ",0.25,0.25")
    again.write_text("\n".join([*lines, broken]) + "\n")
    made.must("add", str(again), "--received-at", "2026-08-06T05:30Z")
    made.must("refresh")
    yield made


def answer(house: House, *arguments: str) -> list[dict]:
    return json.loads(house.must(*arguments, "--json"))


@pytest.mark.parametrize(
    ("at", "billed", "until"),
    [
        ("2026-08-05", "30", "2026-08-04"),
        ("2026-08-06T05:59Z", "30", "2026-08-04"),
        ("2026-08-06T08:00+02:00", "35.5", "2026-08-05"),
    ],
)
def test_a_bill_is_what_its_delivery_of_that_time_said(house: House, at: str, billed: str, until: str) -> None:
    """M08: 10 + 20; then 10 + 18.50 + 7. A day alone means all of it; another zone is another hour."""
    (row,) = (row for row in answer(house, "reconcile", "--known-at", at) if row["billing_account_id"] == "acme")
    assert (float(row["known_billed_cost"]), row["known_until_date"]) == (float(billed), until)
    assert float(row["now_billed_cost"]) == 35.5


def test_a_restatement_is_the_change_of_a_known_day_and_not_the_new_one(house: House) -> None:
    (row,) = answer(house, "restatements")
    assert [float(row[name]) for name in ("before_billed_cost", "after_billed_cost", "change_billed_cost")] == [
        20,
        18.5,
        -1.5,
    ]
    growth = house.ask("select change_billed_cost from meta.restatement where is_new_day")
    assert [float(value) for (value,) in growth] == [7.0]


def test_the_bill_closes_and_is_provisional_or_estimated(house: House) -> None:
    found = json.loads(house.must("reconcile", "--period", "2026-08", "--json"))
    row, _ = found["bills"]
    assert (row["kept_rows"], float(row["unexplained_billed_cost"]), row["status"]) == (3, 0.0, "estimated")
    assert found["services"] == []


def test_a_version_that_changes_no_amount_is_the_one_the_bill_is_of(house: House) -> None:
    """B16: one row kept, one rejected of 0.25, none of them lost though all sums stayed as they were."""
    newest = house.ask("select delivery_id from meta.deliveries where scope like '%same%' and status = 'current'")
    found = house.ask(
        "select delivery_id, delivered_rows, rejected_rows, rejected_billed_cost from meta.reconciliation "
        "where billing_account_id = 'same'"
    )
    assert found == [(newest[0][0], 2, 1, Decimal("0.25"))]


def test_a_home_of_the_past_holds_what_had_arrived(house: House, tmp_path: Path) -> None:
    made = json.loads(house.must("replay", "--known-at", "2026-08-05", "--to", str(tmp_path / "past"), "--json"))
    assert made["later"] == 3
    records = [json.loads(path.read_text()) for path in (tmp_path / "past/landing/deliveries").glob("*.json")]
    assert [record["contents"]["billed_cost"] for record in records if record["kind"] == "billing"] == [
        "30.000000000000000000"
    ]


def test_before_anything_arrived_there_is_no_past(house: House) -> None:
    result = house.run("replay", "--known-at", "2026-08-01")
    assert result.exit_code == 6
    assert "nothing had arrived by 2026-08-01" in result.output


def test_a_folder_of_something_else_is_no_past(house: House, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep")
    result = house.run("replay", "--known-at", "2026-08-05", "--to", str(tmp_path))
    assert result.exit_code == 2
    assert (tmp_path / "mine.txt").read_text() == "keep"


def test_a_decision_can_be_made_with_what_was_known(house: House) -> None:
    """The past home is refreshed once, and has the bill of then."""
    house.must("decide", "--known-at", "2026-08-05")
    (past,) = (house.home.root / "replays").iterdir()
    other = House(Home(past))
    assert other.ask("select sum(billed_cost_usd) from marts.fct_cost_daily") == [(Decimal(30),)]
    assert "nothing new" in other.must("refresh")


def test_what_was_exported_adds_up_to_the_bill(house: House, tmp_path: Path) -> None:
    done = json.loads(house.must("export", "focus", "--from", "2026-08", "--out", str(tmp_path), "--json"))
    assert (done["leased_rows"], float(done["billed_cost"]["USD"])) == (4, 4035.5)


@contextmanager
def being_written(home: Home) -> Iterator[None]:
    """As another process does it between two steps of a night."""
    with (home.warehouse / "writer.lock").open("a+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


READING = (
    ["status"],
    ["reconcile"],
    ["reconcile", "--known-at", "2026-08-05"],
    ["restatements"],
    ["costs"],
    ["decide"],
    ["decide", "lease_or_own"],
    ["sql", "select 1"],
    ["verify"],
    ["scenario", "list"],
    ["backfill", "--from", "2026-08", "--to", "2026-08", "--plan"],
)


@pytest.mark.parametrize("verb", READING, ids=" ".join)
def test_what_reads_the_published_version_answers_while_another_process_writes(house: House, verb: list[str]) -> None:
    """S01."""
    with being_written(house.home):
        house.must(*verb)


def test_a_past_that_another_process_writes_is_written_by_nobody_else(house: House, tmp_path: Path) -> None:
    """What the other is about to put into that landing might be taken for left over."""
    again = ("replay", "--known-at", "2026-08-05", "--to", str(tmp_path / "past"))
    house.must(*again)
    with being_written(Home(tmp_path / "past")):
        assert house.run(*again).exit_code == 5
    house.must(*again)


@pytest.mark.parametrize("what", [["focus", "--from", "2026-08"], ["commitments"]], ids=" ".join)
def test_an_export_does_not_read_half_a_night(house: House, tmp_path: Path, what: list[str]) -> None:
    with being_written(house.home):
        assert house.run("export", *what, "--out", str(tmp_path)).exit_code == 5
    assert list(tmp_path.iterdir()) == []


WRONG = (
    ["reconcile", "--known-at", "yesterday"],
    ["reconcile", "--known-at", "2026-08-05", "--by", "payer"],
    ["export", "csv", "--from", "2026-08"],
)


@pytest.mark.parametrize("verb", WRONG, ids=" ".join)
def test_wrong_use_says_what_to_write(house: House, verb: list[str]) -> None:
    result = house.run(*verb)
    assert result.exit_code == 2
    assert "next:" in result.output
