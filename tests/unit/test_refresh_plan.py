"""What a refresh decides to do, from what landing holds and what stands: days, from scratch or not, and why."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest

from pipelines import plan as module
from pipelines.assets.partitions import DAYS_TAG, begin
from pipelines.assets.triggers import nightly_tags
from pipelines.errors import NoDataError
from pipelines.plan import Plan, inputs_hash, newest_day, plan
from pipelines.settings import Settings
from pipelines.sources.model import Contents, Delivery
from pipelines.warehouse.publish import Publication
from pipelines.warehouse.unpublished import Run

AUGUST = (date(2026, 8, 1), date(2026, 9, 1))
STANDING = Publication("v", "2026-09-01", "code-1", "", "c", "d", {})


def delivery(
    name: str,
    days: tuple[date, date] | None = AUGUST,
    *,
    kind: str = "billing",
    source: str = "focus",
    until: datetime | None = datetime(2026, 8, 31, 23),
) -> Delivery:
    """A delivery of some days, [first, last), whose newest use ends at `until`."""
    first, last = days or (None, None)
    contents = Contents(1, 0, None, first, last, until)
    return Delivery(name, kind, source, name, datetime(2026, 9, 2), (), contents=contents)


class World:
    """What planning looks at, and may be changed by a test."""

    def __init__(self, folder: Path) -> None:
        self.settings = Settings(home=folder / "home")
        self.landed: list[Delivery] = [delivery("august")]
        self.pending: list[Delivery] = []
        self.standing: Publication | None = STANDING
        self.failed: list[Delivery] = []
        self.begun: list[Run] = []
        self.is_readable = True
        self.is_built = True
        self.code = "code-1"
        self.settings.paths.warehouse.mkdir(parents=True)
        for name in ("landing", "scenarios", "assumptions"):
            (self.settings.home / name).mkdir()

    def settle(self) -> None:
        """Let what stands have been made from what is there now."""
        found = inputs_hash(self.settings.paths, self.landed)
        self.standing = replace(STANDING, inputs_hash=found)

    def arrive(self, *items: Delivery) -> None:
        """Deliveries that the warehouse does not know."""
        self.landed += items
        self.pending += items

    def fail(self, *items: Delivery) -> None:
        """Deliveries that a night loaded which was not published."""
        self.landed += items
        self.failed += items

    def published(self) -> set[str] | None:
        """Ids in the ledger that readers see; None where it cannot be read."""
        if not self.is_readable:
            return None
        unseen = {item.delivery_id for item in [*self.pending, *self.failed]}
        return {item.delivery_id for item in self.landed} - unseen

    def plan(self, **asked: object) -> Plan:
        """The plan."""
        return plan(self.settings, **asked)


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    made = World(tmp_path)
    made.settle()
    monkeypatch.setattr(module, "code_revision", lambda: made.code)
    monkeypatch.setattr(module, "standing", lambda home: made.standing)
    monkeypatch.setattr(module.unpublished, "runs", lambda settings: made.begun)
    monkeypatch.setattr(module, "published_deliveries", lambda settings: made.published())
    monkeypatch.setattr(module.landing, "deliveries", lambda home: made.landed)
    monkeypatch.setattr(module.ingest, "pending", lambda settings: made.pending)
    monkeypatch.setattr(module.ingest, "is_built", lambda settings: made.is_built)
    for name in ("add_reference", "discard_outdated", "discard_astray"):
        monkeypatch.setattr(module.ingest, name, lambda settings: None)
    return made


def test_a_quiet_night_has_nothing_to_do(world: World) -> None:
    assert world.plan().reasons == ()


def test_the_first_night_builds_everything(world: World) -> None:
    world.standing = None
    todo = world.plan()
    assert (todo.reasons, todo.full_refresh) == (("no version stood that can be read",), True)


def test_a_new_delivery_is_a_reason(world: World) -> None:
    world.arrive(delivery("september", (date(2026, 9, 1), date(2026, 10, 1))))
    assert world.plan(as_of=date(2026, 9, 1)).reasons == ("1 new deliveries",)


def test_a_new_bill_rebuilds_its_days_only(world: World) -> None:
    """July is restated; as of 1 September owned cost is known to that day."""
    world.landed.append(delivery("june", (date(2026, 6, 1), date(2026, 7, 1))))
    world.arrive(delivery("july", (date(2026, 7, 1), date(2026, 8, 1))))
    todo = world.plan()
    assert (todo.from_date, todo.to_date, todo.full_refresh) == (date(2026, 7, 1), date(2026, 9, 1), False)


def test_days_of_a_night_that_failed_are_rebuilt_by_the_next(world: World) -> None:
    """It loaded July and stopped at a test: the warehouse knows the bill, and no version was made from it."""
    world.fail(delivery("july", (date(2026, 7, 1), date(2026, 8, 1))))
    todo = world.plan()
    assert (todo.from_date, todo.to_date, todo.reasons) == (
        date(2026, 7, 1),
        date(2026, 9, 1),
        ("1 deliveries of a night that failed",),
    )


def test_a_register_of_a_night_that_failed_rebuilds_everything(world: World) -> None:
    world.fail(delivery("assets", None, kind="registers", source="asset", until=None))
    assert world.plan().full_refresh


def test_days_that_a_run_began_and_did_not_publish_are_rebuilt_by_the_next(world: World) -> None:
    """A backfill of March stopped midway, and so did a night that spoke for all of September."""
    world.begun += [
        Run(date(2026, 3, 1), date(2026, 4, 1)),
        Run(date(2026, 9, 1), date(2026, 10, 1)),
    ]
    todo = world.plan()
    assert (todo.from_date, todo.to_date, todo.full_refresh, todo.reasons) == (
        date(2026, 3, 1),
        date(2026, 10, 1),
        False,
        tuple(
            f"days {days} of a run that was not published"
            for days in ("2026-03-01 to 2026-04-01", "2026-09-01 to 2026-10-01")
        ),
    )


def test_what_a_version_was_to_hold_and_a_failed_night_loaded_is_rebuilt(world: World) -> None:
    """July came while a night ran: its version counts July among its inputs, and holds nothing of it."""
    world.fail(delivery("july", (date(2026, 7, 1), date(2026, 8, 1))))
    world.settle()
    todo = world.plan()
    assert (todo.from_date, todo.reasons) == (date(2026, 7, 1), ("1 deliveries of a night that failed",))


@pytest.mark.parametrize(
    ("late", "run"),
    [
        (delivery("july", (date(2026, 7, 1), date(2026, 8, 1))), Run(date(2026, 7, 1), date(2026, 10, 1))),
        (delivery("assets", None, kind="registers", until=None), Run(date(2026, 8, 1), date(2026, 10, 1), True)),
    ],
    ids=["bill", "register"],
)
def test_a_run_rebuilds_for_what_came_between_its_plan_and_its_load(world: World, late: Delivery, run: Run) -> None:
    """Under Dagster's daemon a run waits for its turn, and then loads whatever waits."""
    september = delivery("september", (date(2026, 9, 1), date(2026, 10, 1)))
    world.arrive(september)
    tags = nightly_tags(world.plan(as_of=date(2026, 9, 1)))
    assert tags[DAYS_TAG] == "2026-09-01/2026-10-01"
    world.pending.clear()
    world.failed.append(september)
    world.fail(late)
    assert begin(world.settings, tags, date(2026, 9, 1)) == run


def test_a_backfill_rebuilds_its_days_alone_and_with_them_those_that_another_run_left(world: World) -> None:
    """What it reads again it writes down before it does: that is no run that failed."""
    world.settle()
    march, as_of = Run(date(2026, 3, 1), date(2026, 4, 1)), date(2026, 9, 1)
    world.begun.append(march)
    tags = {DAYS_TAG: "2026-03-01/2026-04-01"}
    assert begin(world.settings, tags, as_of) == march
    world.begun.append(Run(date(2026, 3, 15), date(2026, 5, 1)))
    assert begin(world.settings, tags, as_of) == Run(date(2026, 3, 1), date(2026, 9, 1))


def test_a_rebuild_of_everything_that_was_not_published_is_begun_anew(world: World) -> None:
    """Some tables are of the code that was tried; the code that stands is back, and has to make them again."""
    world.begun.append(Run(date(2026, 8, 1), date(2026, 9, 1), is_full_refresh=True))
    assert world.plan().full_refresh


def test_days_that_only_the_replaced_bill_reached_are_rebuilt(world: World) -> None:
    """B02, M08: the first November bill corrected a charge of August, the second does not: August loses that row."""
    november = (date(2026, 11, 1), date(2026, 12, 1))
    world.landed.append(delivery("november-1", (date(2026, 8, 14), november[1])))
    world.arrive(delivery("november-2", november))
    assert world.plan(as_of=date(2026, 9, 1)).from_date == date(2026, 8, 14)


def test_a_bill_of_another_source_is_not_replaced(world: World) -> None:
    november = (date(2026, 11, 1), date(2026, 12, 1))
    world.landed.append(delivery("other", (date(2026, 1, 1), november[1]), source="aws_cur_legacy"))
    world.arrive(delivery("november", november))
    assert world.plan(as_of=date(2026, 9, 1)).from_date == date(2026, 9, 1)


def test_prices_rebuild_no_realised_cost(world: World) -> None:
    """A price of 2023 that arrives today touches no day of the models."""
    world.arrive(delivery("prices", (date(2023, 1, 1), date(2023, 1, 2)), kind="prices", source="price_history_csv"))
    assert world.plan().from_date == date(2026, 9, 1)


def test_a_register_rebuilds_everything(world: World) -> None:
    """A price of an asset reaches into every month since it was bought."""
    world.arrive(delivery("assets", None, kind="registers", source="asset", until=None))
    assert world.plan().full_refresh


@pytest.mark.parametrize(
    ("rated", "rebuilt"),
    [
        (date(2026, 8, 20), date(2026, 8, 20)),
        (date(1999, 1, 4), date(2026, 8, 1)),
        (date(2026, 10, 1), date(2026, 9, 1)),
    ],
)
def test_exchange_rates_rebuild_the_days_of_bills_from_them_on(world: World, rated: date, rebuilt: date) -> None:
    """B17: the rates of a day may come after its bill, which was converted at an older one."""
    days = (rated, date(2026, 10, 2))
    world.arrive(delivery("rates", days, kind="prices", source="ecb_reference_rates", until=None))
    todo = world.plan()
    assert (todo.from_date, todo.full_refresh) == (rebuilt, False)


def test_changed_code_rebuilds_everything_and_says_so(world: World) -> None:
    world.code = "code-2"
    todo = world.plan()
    assert (todo.reasons, todo.full_refresh) == (("the code changed",), True)


def test_what_was_published_before_is_not_new_when_the_warehouse_is_made_anew(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Code that keeps its tables in another way drops the warehouse, and every delivery waits."""
    world.code = "code-2"
    monkeypatch.setattr(module, "published_deliveries", lambda settings: {"august"})
    world.pending = [*world.landed]
    assert world.plan().reasons == ("1 deliveries loaded again", "the code changed")
    world.arrive(delivery("september", (date(2026, 9, 1), date(2026, 10, 1))))
    assert world.plan(as_of=date(2026, 9, 1)).reasons[:2] == ("1 new deliveries", "1 deliveries loaded again")


def test_a_version_that_cannot_be_read_is_made_anew(world: World) -> None:
    """Whatever night it was: what it does not hold, nobody knows."""
    world.is_readable = False
    todo = world.plan()
    assert (todo.reasons, todo.full_refresh) == (("no version stood that can be read",), True)


def test_a_warehouse_that_is_gone_is_rebuilt(world: World) -> None:
    """Everything can be rebuilt from landing; also where the night that began to was killed while it loaded."""
    world.is_built = False
    assert world.plan().full_refresh


def test_a_changed_scenario_is_a_reason(world: World) -> None:
    (world.settings.home / "scenarios/mine.yaml").write_text("question: other\n")
    assert world.plan().reasons == ("scenarios or assumptions changed",)


def test_a_changed_scenario_rebuilds_no_realised_cost(world: World) -> None:
    (world.settings.home / "scenarios/mine.yaml").write_text("question: other\n")
    todo = world.plan()
    assert (todo.from_date, todo.full_refresh) == (date(2026, 9, 1), False)


def test_a_later_day_is_a_reason_and_accrues_the_days_between(world: World) -> None:
    """Owned cost runs on without any delivery."""
    todo = world.plan(as_of=date(2026, 9, 5))
    assert todo.reasons == ("as of 2026-09-05 instead of 2026-09-01",)
    assert (todo.from_date, todo.to_date) == (date(2026, 9, 1), date(2026, 9, 5))


def test_an_earlier_day_takes_the_days_after_it_back(world: World) -> None:
    """Backtest: what accrued from 15 August on, to the day that was spoken for, is rebuilt as of that day."""
    world.standing = replace(STANDING, as_of="2026-09-20")
    todo = world.plan(as_of=date(2026, 8, 15))
    assert (todo.from_date, todo.to_date) == (date(2026, 8, 15), date(2026, 9, 20))


def test_what_a_late_delivery_changes_is_carried_on_to_the_last_day_there_is(world: World) -> None:
    """Rates hold for days, shortfalls and counters go on: later days that a night as of August has are rebuilt too."""
    world.landed.append(delivery("september", (date(2026, 9, 1), date(2026, 10, 1))))
    world.standing = replace(STANDING, as_of="2026-08-20")
    world.arrive(delivery("late", (date(2026, 8, 3), date(2026, 8, 5)), kind="telemetry", source="bmc_power"))
    todo = world.plan(as_of=date(2026, 8, 20))
    assert (todo.from_date, todo.to_date, todo.full_refresh) == (date(2026, 8, 3), date(2026, 10, 1), False)


def test_asked_to_rebuild_it_does(world: World) -> None:
    todo = world.plan(force=True)
    assert (todo.reasons, todo.full_refresh) == (("asked to rebuild everything",), True)


def test_rebuilding_everything_reaches_from_the_first_day_to_the_last(world: World) -> None:
    world.landed.append(delivery("2024", (date(2024, 2, 1), date(2024, 3, 1))))
    world.landed.append(delivery("october", (date(2026, 10, 1), date(2026, 11, 1)), until=None))
    todo = world.plan(force=True, as_of=date(2026, 9, 1))
    assert (todo.from_date, todo.to_date) == (date(2024, 2, 1), date(2026, 11, 1))


@pytest.mark.parametrize(
    ("until", "day"),
    [
        (datetime(2026, 8, 31, 23), date(2026, 9, 1)),
        (datetime(2026, 9, 1), date(2026, 9, 1)),
        (datetime(2026, 9, 1, 0, 0, 0, 1), date(2026, 9, 2)),
    ],
)
def test_the_numbers_speak_to_the_end_of_the_newest_day_used(until: datetime, day: date) -> None:
    """Use until midnight belongs to the day before, a microsecond later to a new one."""
    assert newest_day([delivery("a", until=until), delivery("b", until=datetime(2026, 1, 1))]) == day


def test_the_newest_price_is_no_newest_day() -> None:
    """A price list of today must not make last month's numbers speak for today."""
    prices = delivery("p", kind="prices", until=datetime(2026, 12, 24))
    assert newest_day([prices, delivery("a")]) == date(2026, 9, 1)


def test_a_folder_that_is_no_home_is_not_made_one(tmp_path: Path) -> None:
    """A typing error in --home used to leave a home behind, with the shipped reference in it."""
    with pytest.raises(NoDataError, match="nothing was ever added to") as caught:
        plan(Settings(home=tmp_path / "mistyped"), as_of=date(2026, 9, 1))
    assert "tenure add" in caught.value.next_step
    assert list(tmp_path.iterdir()) == []


def test_a_landing_without_bill_and_telemetry_says_what_to_do() -> None:
    with pytest.raises(NoDataError, match="tenure add"):
        newest_day([delivery("assets", None, kind="registers", until=None)])


def test_the_hash_of_inputs_does_not_depend_on_the_order_of_arrival(world: World) -> None:
    """Promise 2."""
    one, two = delivery("one"), delivery("two")
    home = world.settings.paths
    assert inputs_hash(home, [one, two]) == inputs_hash(home, [two, one])


def test_the_hash_of_inputs_changes_with_an_assumption(world: World) -> None:
    home = world.settings.paths
    before = inputs_hash(home, [])
    (home.assumptions / "a.yaml").write_text("x: 1\n")
    assert inputs_hash(home, []) != before
