"""Restated, removed, replayed and late deliveries: what is loaded is the latest version, once."""

from __future__ import annotations

import gzip
import itertools
import random
import shutil
from datetime import date, datetime
from pathlib import Path

import pytest
from _homes import (
    add,
    ask,
    costs,
    cur_assembly,
    deliver,
    expected,
    focus_file,
    focus_line,
    load,
    settings_of,
    write_lines,
)

from pipelines.errors import IncompleteDeliveryError, UsageError
from pipelines.plan import plan
from pipelines.warehouse import ingest, landing
from pipelines.warehouse.connect import writing
from pipelines.warehouse.load import mark_passed

FIRST = {"a": "10", "b": "20", "c": "30"}
# a changed, b gone, d new.
SECOND = {"a": "11", "c": "30", "d": "5"}
THIRD = {"c": "31", "d": "5"}
TARIFFS = (Path(__file__).parents[3] / "data/samples/registers/tariff/tariff.csv").read_text().splitlines(keepends=True)


def test_a_restated_month_is_exactly_its_latest_version(tmp_path: Path) -> None:
    """B01, B02: b and a, gone from the third file, leave no ghosts."""
    settings = settings_of(tmp_path)
    for day, version in enumerate((FIRST, SECOND, THIRD)):
        deliver(settings, focus_file(tmp_path / f"v{day}.csv", version), day=day)
    assert costs(settings) == expected(THIRD)


def test_a_replaced_version_stays_readable_byte_for_byte(tmp_path: Path) -> None:
    """B01: raw deliveries are never altered."""
    settings = settings_of(tmp_path)
    first = focus_file(tmp_path / "v1.csv", FIRST)
    deliver(settings, first)
    deliver(settings, focus_file(tmp_path / "v2.csv", SECOND), day=1)
    (kept,) = landing.deliveries(settings.paths)[0].files
    assert kept.path.read_bytes() == first.read_bytes()


def test_the_ledger_says_who_replaced_whom(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    (first,) = deliver(settings, focus_file(tmp_path / "v1.csv", FIRST))
    (second,) = deliver(settings, focus_file(tmp_path / "v2.csv", SECOND), day=1)
    ledger = ask(
        settings, "select delivery_id, status, replaced_by, billed_cost from meta.delivery order by received_at"
    )
    assert ledger == [
        (first.delivery.delivery_id, "replaced", second.delivery.delivery_id, 60),
        (second.delivery.delivery_id, "current", None, 46),
    ]


def test_the_ledger_says_how_far_use_reaches_scope_by_scope(tmp_path: Path) -> None:
    """Lines of use end at eleven o'clock; a purchase on a later day is no use."""
    settings = settings_of(tmp_path)
    lines = [focus_line("a", "1", day=3), focus_line("b", "1", day=9), focus_line("c", "1", day=20)]
    lines[2]["ChargeCategory"] = "Purchase"
    lines += [focus_line("d", "1", day=5, month="2026-07")]
    deliver(settings, write_lines(tmp_path / "two-months.csv", lines))
    found = ask(settings, "select period_start, newest_at from meta.delivery order by period_start")
    assert [(start.month, until) for start, until in found] == [
        (7, datetime(2026, 7, 5, 11)),
        (8, datetime(2026, 8, 9, 11)),
    ]


def test_a_delivery_that_is_read_again_has_to_pass_the_gate_again(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    (august,) = deliver(settings, focus_file(tmp_path / "a.csv", FIRST))
    deliver(settings, focus_file(tmp_path / "b.csv", SECOND, month="2026-09", day=4), day=1)
    with writing(settings) as connection:
        mark_passed(connection, "this code")
    ingest.ingest(settings, "billing", again_from=date(2026, 8, 1), again_to=date(2026, 9, 1))
    ledger = ask(
        settings, "select delivery_id, passed_code_revision from meta.delivery where passed_code_revision is null"
    )
    assert ledger == [(august.delivery.delivery_id, None)]


@pytest.mark.parametrize("order", list(itertools.permutations((0, 1, 2))))
def test_the_latest_version_wins_in_any_order_of_arrival(tmp_path: Path, order: tuple[int, ...]) -> None:
    """B09, B17: the version whose usage reaches further is the later one."""
    settings = settings_of(tmp_path)
    versions = [(FIRST, 3), (SECOND, 4), (THIRD, 5)]
    for arrival, position in enumerate(order):
        version, reach = versions[position]
        deliver(settings, focus_file(tmp_path / f"v{position}.csv", version, day=reach), day=arrival)
    assert costs(settings) == expected(THIRD)


def test_a_late_old_version_is_told_to_be_superseded(tmp_path: Path) -> None:
    """B09."""
    settings = settings_of(tmp_path)
    deliver(settings, focus_file(tmp_path / "v2.csv", SECOND, day=9))
    (late,) = deliver(settings, focus_file(tmp_path / "v1.csv", FIRST, day=3), day=1)
    assert late.status == "superseded_on_arrival"


@pytest.mark.parametrize("nights", [(0, 1), (1, 0)])
def test_of_two_that_arrived_at_once_one_wins_whichever_night_loads_it(tmp_path: Path, nights: tuple[int, int]) -> None:
    """Two `tenure add --received-at` of one time: landing puts them in order by their ids, and so does a rebuild."""
    settings = settings_of(tmp_path)
    files = [focus_file(tmp_path / f"v{number}.csv", {"a": str(number)}) for number in (1, 2)]
    for number in nights:
        deliver(settings, files[number])
    later = max(landing.deliveries(settings.paths), key=lambda delivery: delivery.delivery_id)
    assert later.contents is not None
    assert costs(settings) == [("a", later.contents.billed_cost)]


def test_a_bill_that_arrived_before_one_that_is_loaded_was_known_before_it(tmp_path: Path) -> None:
    """B09: history that is added afterwards with its own time. All is loaded again, in order of arrival."""
    settings = settings_of(tmp_path)
    deliver(settings, focus_file(tmp_path / "v2.csv", {"a": "2"}), day=9)
    add(settings, focus_file(tmp_path / "v1.csv", {"a": "1"}), day=3)
    settings.home.joinpath("scenarios").mkdir()
    plan(settings)
    load(settings)
    known = "select billed_cost, day(known_from_at), day(known_to_at) from meta.cost_known_daily order by 1"
    assert ask(settings, known) == [(1, 5, 11), (2, 11, None)]


def test_a_bill_that_arrived_before_those_of_other_months_is_only_added(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    deliver(settings, focus_file(tmp_path / "august.csv", FIRST), day=9)
    add(settings, focus_file(tmp_path / "july.csv", FIRST, month="2026-07"), day=3)
    assert not ingest.discard_astray(settings)


def test_a_register_that_arrived_before_one_that_is_loaded_was_replaced_by_it(tmp_path: Path) -> None:
    """Last year's is added with its day of then: the ledger says what it would have said, had both come in order."""
    settings = settings_of(tmp_path)
    for name, day in (("today", 9), ("last year", 3)):
        register = tmp_path / name / "tariff.csv"
        register.parent.mkdir()
        register.write_text("".join(TARIFFS[: 2 if day == 3 else 3]))
        add(settings, register, day=day)
        ingest.discard_astray(settings)
        load(settings, "registers")
    ledger = "select day(received_at), status, day(known_to_at) from meta.delivery where source = 'tariff' order by 1"
    assert ask(settings, ledger) == [(5, "replaced", 11), (11, "current", None)]


def test_what_landing_does_not_hold_any_more_is_not_in_the_warehouse_either(tmp_path: Path) -> None:
    """A record was moved away by hand, or a removal killed before it dropped the warehouse."""
    settings = settings_of(tmp_path)
    deliver(settings, focus_file(tmp_path / "v1.csv", FIRST))
    (wrong,) = deliver(settings, focus_file(tmp_path / "v2.csv", SECOND), day=1)
    landing.remove(settings.paths, wrong.delivery.delivery_id)
    assert ingest.discard_astray(settings)
    load(settings)
    assert costs(settings) == expected(FIRST)
    assert not ingest.discard_astray(settings)


def test_other_months_and_accounts_are_left_alone(tmp_path: Path) -> None:
    """B01: a delivery takes over its own account and period, nothing else."""
    settings = settings_of(tmp_path)
    deliver(
        settings,
        focus_file(tmp_path / "july.csv", {"july": "1"}, month="2026-07"),
        focus_file(tmp_path / "other.csv", {"other": "2"}, BillingAccountId="000000000002"),
        focus_file(tmp_path / "august.csv", FIRST),
    )
    deliver(settings, focus_file(tmp_path / "again.csv", SECOND), day=1)
    assert costs(settings) == expected(SECOND | {"july": "1", "other": "2"})


def test_the_same_file_again_changes_nothing(tmp_path: Path) -> None:
    """B03: under another name, in another folder, packed, and packed otherwise."""
    settings = settings_of(tmp_path)
    original = focus_file(tmp_path / "august.csv", FIRST)
    deliver(settings, original)
    copies = [tmp_path / "x/renamed.csv", tmp_path / "y/august.csv", tmp_path / "august.csv.gz", tmp_path / "best.gz"]
    for copy in copies:
        copy.parent.mkdir(exist_ok=True)
    shutil.copy(original, copies[0])
    shutil.copy(original, copies[1])
    copies[2].write_bytes(gzip.compress(original.read_bytes(), compresslevel=1, mtime=1))
    copies[3].write_bytes(gzip.compress(original.read_bytes(), compresslevel=9, mtime=2))
    before = ask(settings, "select * from raw.cost_line order by all")
    added = add(settings, *copies, day=1)
    assert [item.is_new for item in added] == [False] * 4
    assert load(settings) == []
    assert ask(settings, "select * from raw.cost_line order by all") == before


def test_one_content_twice_in_one_go_is_one_delivery(tmp_path: Path) -> None:
    """B03."""
    settings = settings_of(tmp_path)
    folder = tmp_path / "in"
    focus_file(folder / "a/focus.csv", FIRST)
    focus_file(folder / "b/focus.csv", FIRST)
    added = add(settings, folder)
    assert [item.is_new for item in added] == [True, False]
    load(settings)
    assert costs(settings) == expected(FIRST)


def test_files_of_one_name_in_two_folders_are_both_loaded(tmp_path: Path) -> None:
    """B04."""
    settings = settings_of(tmp_path)
    focus_file(tmp_path / "in/one/part_0_0001.csv", {"a": "1"}, month="2026-07")
    focus_file(tmp_path / "in/two/part_0_0001.csv", {"b": "2"}, month="2026-08")
    deliver(settings, tmp_path / "in")
    assert costs(settings) == expected({"a": "1", "b": "2"})


@pytest.mark.parametrize("seed", range(4))
def test_parts_given_in_any_order_are_one_delivery(tmp_path: Path, seed: int) -> None:
    """B05, B06: five parts and two manifests; neither the first nor the last part alone."""
    settings = settings_of(tmp_path)
    files = cur_assembly(tmp_path, "a1", ["1", "2", "4", "8", "16"])
    random.Random(seed).shuffle(files)
    loaded = deliver(settings, *files)
    assert len(loaded) == 1
    assert costs(settings) == expected({f"part-{n + 1}": str(2**n) for n in range(5)})


def test_a_part_that_is_missing_leaves_the_month_as_it_was(tmp_path: Path) -> None:
    """B07."""
    settings = settings_of(tmp_path)
    cur_assembly(tmp_path / "first", "a1", ["1", "2"])
    deliver(settings, tmp_path / "first")
    cur_assembly(tmp_path / "second", "a2", ["10", "20", "40"], leave_out=2)
    with pytest.raises(IncompleteDeliveryError, match="gpu-00002"):
        add(settings, tmp_path / "second", day=1)
    assert load(settings) == []
    assert costs(settings) == expected({"part-1": "1", "part-2": "2"})


def test_a_backfill_reads_the_same_bytes_to_the_same_rows(tmp_path: Path) -> None:
    """Replaying replaced and current versions brings neither back nor doubles any."""
    settings = settings_of(tmp_path)
    deliver(settings, focus_file(tmp_path / "v1.csv", FIRST))
    deliver(settings, focus_file(tmp_path / "v2.csv", SECOND), day=1)
    before = ask(settings, "select * from raw.cost_line order by all")
    ledger = ask(settings, "select * from meta.delivery order by all")
    (touched,) = {item.contents.first_date for item in landing.deliveries(settings.paths)}
    again = ingest.ingest(settings, "billing", again_from=touched, again_to=touched.replace(day=31))
    assert len(again) == 2
    assert ask(settings, "select * from raw.cost_line order by all") == before
    assert ask(settings, "select * from meta.delivery order by all") == ledger


def test_a_backfill_of_days_that_only_a_replaced_version_reached_does_not_bring_it_back(tmp_path: Path) -> None:
    """B09, M08: the first version corrected July in August's bill; backfilling July reads that version alone."""
    settings = settings_of(tmp_path)
    correction = focus_line("july", "-3") | {"ChargePeriodStart": "2026-07-15T00:00:00Z", "ChargeCategory": "Credit"}
    deliver(settings, write_lines(tmp_path / "v1.csv", [focus_line("a", "10"), correction]))
    deliver(settings, focus_file(tmp_path / "v2.csv", SECOND), day=1)
    again = ingest.ingest(settings, "billing", again_from=date(2026, 7, 1), again_to=date(2026, 8, 1))
    assert len(again) == 1
    assert costs(settings) == expected(SECOND)


def test_a_backfill_counts_rejected_rows_once(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    lines = [focus_line("a", "1000"), focus_line("b", "0.5", ChargePeriodStart="yesterday")]
    deliver(settings, write_lines(tmp_path / "v1.csv", lines))
    ingest.ingest(settings, "billing", again_from=date(2026, 8, 1), again_to=date(2026, 9, 1))
    assert ask(settings, "select source_row from meta.rejected_row") == [(2,)]


def test_a_register_added_again_without_some_rows_loses_them(tmp_path: Path) -> None:
    """B02: a register is a snapshot too. The last two are the bands of one day."""
    settings = settings_of(tmp_path)
    samples = Path(__file__).parents[3] / "data/samples/registers/tariff/tariff.csv"
    lines = samples.read_text().splitlines()
    whole, cut = tmp_path / "1/tariff.csv", tmp_path / "2/tariff.csv"
    whole.parent.mkdir()
    cut.parent.mkdir()
    whole.write_text("\n".join(lines) + "\n")
    cut.write_text("\n".join(lines[:-2]) + "\n")
    add(settings, whole)
    load(settings, "registers")
    add(settings, cut, day=1)
    load(settings, "registers")
    assert ask(settings, "select count(*) from raw.tariff") == [(len(lines) - 3,)]


def test_what_is_loaded_later_and_arrived_before_does_not_win_where_nothing_else_tells(tmp_path: Path) -> None:
    """A register of last year is added with its day of then. Loaded one by one or all from nothing, it is the same."""
    settings = settings_of(tmp_path)
    for name, rows, day in (("today", 2, 1), ("last year", 1, 0)):
        register = tmp_path / name / "tariff.csv"
        register.parent.mkdir()
        register.write_text("".join(TARIFFS[: rows + 1]))
        add(settings, register, day=day)
        load(settings, "registers")
    rows_of = "select count(*) from raw.tariff"
    assert ask(settings, rows_of) == [(2,)]
    settings.paths.database.unlink()
    load(settings, "registers")
    assert ask(settings, rows_of) == [(2,)]


def test_a_clock_that_was_set_back_puts_no_correction_behind_what_it_corrects(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first delivery arrived on 2 September 2026 at six, the clock says 2020 since."""
    settings = settings_of(tmp_path)
    add(settings, focus_file(tmp_path / "v1.csv", FIRST))
    monkeypatch.setattr(landing, "now", lambda: datetime(2020, 1, 1))
    assert landing.arrival(settings.paths) == datetime(2026, 9, 2, 6, 0, 1)
    monkeypatch.setattr(landing, "now", lambda: datetime(2026, 9, 2, 7))
    assert landing.arrival(settings.paths) == datetime(2026, 9, 2, 7)


def test_a_price_that_changes_leaves_the_one_before_as_it_stood(tmp_path: Path) -> None:
    """M09: the list of the 15th comes beside that of the 1st, also where the 15th's arrives first."""
    quotes = {
        day: "observed_at,provider,region_id,gpu_model_name,instance_type,gpus,pricing_model,price_basis,currency,"
        f"price_usd_per_hour\n2026-08-{day:02},Lumen,eu,H100,x,8,on_demand,list,USD,{price}\n"
        for day, price in ((1, 24), (15, 16))
    }
    by_order = []
    for order in ((1, 15), (15, 1)):
        settings = settings_of(tmp_path / str(order[0]))
        for arrival, day in enumerate(order):
            path = tmp_path / str(order[0]) / f"quotes-{day}.csv"
            path.parent.mkdir(exist_ok=True)
            path.write_text(quotes[day])
            add(settings, path, day=arrival)
            load(settings, "prices")
        by_order.append(
            ask(settings, "select day(observed_at), price_usd_per_gpu_hour from raw.price_point order by 1")
        )
    assert by_order == [[(1, 3), (15, 2)]] * 2


def test_removing_a_delivery_brings_back_what_it_replaced(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    deliver(settings, focus_file(tmp_path / "v1.csv", FIRST))
    (wrong,) = deliver(settings, focus_file(tmp_path / "v2.csv", SECOND), day=1)
    ingest.remove(settings, wrong.delivery.delivery_id[:8])
    load(settings)
    assert costs(settings) == expected(FIRST)


def test_removing_keeps_the_bytes(tmp_path: Path) -> None:
    """Raw deliveries are never altered: what was taken out can be looked at."""
    settings = settings_of(tmp_path)
    file = focus_file(tmp_path / "v1.csv", FIRST)
    (loaded,) = deliver(settings, file)
    ingest.remove(settings, loaded.delivery.delivery_id)
    (kept,) = (settings.paths.landing / "files").iterdir()
    assert kept.read_bytes() == file.read_bytes()


@pytest.mark.parametrize("beginning", ["", "zzz"])
def test_removing_needs_the_id_of_exactly_one_delivery(tmp_path: Path, beginning: str) -> None:
    settings = settings_of(tmp_path)
    deliver(
        settings,
        focus_file(tmp_path / "a.csv", FIRST),
        focus_file(tmp_path / "b.csv", {"x": "1"}, month="2026-07"),
    )
    with pytest.raises(UsageError, match="deliveries have an id that begins with"):
        ingest.remove(settings, beginning)
    assert len(landing.deliveries(settings.paths)) == 2
