"""Files that are cut, empty, damaged or strange: refused by file, line and value, and nothing is changed."""

from __future__ import annotations

import gzip
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest
from _homes import (
    ARRIVAL,
    add,
    ask,
    costs,
    deliver,
    everything,
    expected,
    focus_file,
    focus_line,
    focus_text,
    settings_of,
    write_lines,
)

from pipelines.errors import IncompleteDeliveryError, InputError, UnknownFileError
from pipelines.sources import source_named
from pipelines.sources.billing import focus
from pipelines.sources.model import Reading, Scan
from pipelines.warehouse import landing

MANY = {f"r{number:05}": "1.5" for number in range(3000)}


def landed_files(settings) -> list[str]:
    """Names of everything under landing."""
    root = settings.paths.landing
    return sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())


@pytest.mark.parametrize("kept", [0.3, 0.9, 0.999])
def test_a_gzip_file_cut_anywhere_is_refused(tmp_path: Path, kept: float) -> None:
    """B08."""
    whole = focus_file(tmp_path / "focus.csv.gz", MANY)
    content = whole.read_bytes()
    whole.write_bytes(content[: int(len(content) * kept)])
    with pytest.raises(InputError, match=r"focus\.csv\.gz: .*cut or damaged"):
        add(settings_of(tmp_path), whole)


def test_a_gzip_file_cut_beyond_its_first_mebibyte_is_refused(tmp_path: Path) -> None:
    """B08: recognising reads the first MiB only."""
    text = focus_text([focus_line(f"r{number:06}", "1.5") for number in range(9000)])
    content = gzip.compress(text.encode(), compresslevel=1, mtime=0)
    (tmp_path / "focus.csv.gz").write_bytes(content[:-2000])
    assert len(text) > 1 << 20
    with pytest.raises(InputError, match=r"focus\.csv\.gz: .*cut or damaged"):
        add(settings_of(tmp_path), tmp_path / "focus.csv.gz")


@pytest.mark.parametrize("kept", [0.5, 0.999])
def test_a_cut_parquet_file_is_refused(tmp_path: Path, kept: float) -> None:
    """B08."""
    whole = focus_file(tmp_path / "focus.parquet", MANY)
    content = whole.read_bytes()
    whole.write_bytes(content[: int(len(content) * kept)])
    with pytest.raises(InputError, match=r"focus\.parquet: .*cut or damaged"):
        add(settings_of(tmp_path), whole)


def test_a_csv_cut_within_a_line_names_the_line(tmp_path: Path) -> None:
    """B08: DuckDB alone may take the torn line. Header is line 1, so row 2 is line 3."""
    text = focus_text([focus_line("a", "1"), focus_line("b", "2")])
    (tmp_path / "focus.csv").write_text(text[: text.rindex("Lumen")])
    with pytest.raises(InputError) as caught:
        add(settings_of(tmp_path), tmp_path / "focus.csv")
    assert (Path(caught.value.file).name, caught.value.line) == ("focus.csv", 3)


def test_a_csv_cut_within_a_quoted_value_is_refused(tmp_path: Path) -> None:
    """B08."""
    text = focus_text([focus_line("a", "1"), focus_line("b", "2", Tags='{"team":"search"}')])
    (tmp_path / "focus.csv").write_text(text[:-5])
    with pytest.raises(InputError, match=r"focus\.csv.*(cut|damaged)"):
        add(settings_of(tmp_path), tmp_path / "focus.csv")


def test_a_file_of_zero_bytes_is_refused(tmp_path: Path) -> None:
    """B12."""
    (tmp_path / "focus.csv").touch()
    with pytest.raises(InputError, match=r"focus\.csv: the file is empty \(0 bytes\)"):
        add(settings_of(tmp_path), tmp_path / "focus.csv")


@pytest.mark.parametrize("name", ["focus.csv", "focus.csv.gz", "focus.parquet"])
def test_a_file_without_rows_is_refused_before_it_lands(tmp_path: Path, name: str) -> None:
    """B12: nothing says that the month should be empty, and empty is not zero."""
    settings = settings_of(tmp_path)
    with pytest.raises(InputError, match="no data rows"):
        add(settings, write_lines(tmp_path / name, []))
    assert landed_files(settings) == []


def test_an_empty_part_beside_full_ones_is_no_error(tmp_path: Path) -> None:
    """B12: exporters write empty shards."""
    settings = settings_of(tmp_path)
    focus_file(tmp_path / "in/part_0_0001.csv", {"a": "1"})
    write_lines(tmp_path / "in/part_0_0002.csv", [])
    deliver(settings, tmp_path / "in")
    assert costs(settings) == expected({"a": "1"})


def test_fewer_rows_than_the_manifest_promises_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """B08: a CSV cut between two lines shows by its manifest only."""
    settings = settings_of(tmp_path)
    read = focus.read

    def promising(delivery):
        reading = read(delivery)
        (part,) = reading.parts
        return Reading((Scan(part.file, part.layout, part.select, part.reject, expected_rows=3),))

    monkeypatch.setattr(source_named("focus"), "read", promising)
    with pytest.raises(IncompleteDeliveryError, match="promises 3 rows, the file holds 2"):
        add(settings, focus_file(tmp_path / "focus.csv", {"a": "1", "b": "2"}))


def test_an_american_date_is_refused_by_line_and_value(tmp_path: Path) -> None:
    """T03: 08/03/2026 is never guessed at, though every day of the file is below 13."""
    lines = [focus_line("a", "1"), focus_line("b", "2", ChargePeriodStart="08/03/2026 10:00:00")]
    with pytest.raises(InputError, match="'08/03/2026 10:00:00'") as caught:
        add(settings_of(tmp_path), write_lines(tmp_path / "focus.csv", lines))
    assert caught.value.line == 3


def test_values_of_another_kind_after_many_rows_lose_no_row(tmp_path: Path) -> None:
    """T11: 25,000 rows of whole numbers, more than any sample; then text, an exponent and an offset from UTC."""
    settings = settings_of(tmp_path)
    last = focus_line("i-0abc", "2.5E-1", ChargePeriodStart="2026-08-03T10:00:00+02:00")
    deliver(settings, write_lines(tmp_path / "focus.csv", [focus_line("7", "1")] * 25_000 + [last]))
    sql = "select resource_id, charge_period_start, count(*), sum(billed_cost) from raw.cost_line group by all "
    assert ask(settings, f"{sql} order by 3") == [
        ("i-0abc", datetime(2026, 8, 3, 8), 1, Decimal("0.25")),
        ("7", datetime(2026, 8, 3, 10), 25_000, 25_000),
    ]


def test_nothing_lands_when_one_file_of_several_is_bad(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    good = focus_file(tmp_path / "in/good.csv", {"a": "1"})
    write_lines(tmp_path / "in/bad.csv", [focus_line("b", "two dollars", month="2026-07")])
    with pytest.raises(InputError, match="two dollars"):
        add(settings, good.parent)
    assert landed_files(settings) == []


def test_nothing_lands_when_one_file_is_of_no_known_format(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    focus_file(tmp_path / "in/good.csv", {"a": "1"})
    (tmp_path / "in/notes.csv").write_text("who,what\nme,this\n")
    with pytest.raises(UnknownFileError, match=r"in/notes\.csv:1: .*who, what"):
        add(settings, tmp_path / "in")
    assert landed_files(settings) == []


def test_a_landed_file_is_named_by_its_hash_and_keeps_its_bytes(tmp_path: Path) -> None:
    """Its hash worked out by sha256sum of the bytes, here by hashlib."""
    import hashlib

    settings = settings_of(tmp_path)
    file = focus_file(tmp_path / "focus.csv", {"a": "1"})
    add(settings, file)
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    assert (settings.paths.landing / "files" / digest).read_bytes() == file.read_bytes()


def test_a_file_that_changes_while_it_is_copied_does_not_land(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """B08: half copied, growing."""
    settings = settings_of(tmp_path)
    monkeypatch.setattr(landing.shutil, "copyfileobj", lambda origin, target, size: target.write(b"half"))
    with pytest.raises(InputError, match="changed while it was copied"):
        add(settings, focus_file(tmp_path / "focus.csv", {"a": "1"}))
    assert landed_files(settings) == []


@pytest.mark.parametrize("to_folder", [False, True])
def test_a_symbolic_link_in_a_folder_is_refused(tmp_path: Path, to_folder: bool) -> None:
    """X04: what it points at is not part of the delivery, and is not left out without a word."""
    focus_file(tmp_path / "in/good.csv", {"a": "1"})
    outside = focus_file(tmp_path / "outside/secret.csv", {"b": "1"})
    (tmp_path / "in/link").symlink_to(outside.parent if to_folder else outside)
    with pytest.raises(InputError, match="symbolic link"):
        add(settings_of(tmp_path), tmp_path / "in")


@pytest.mark.parametrize(
    ("name", "neighbour"),
    [("focus[1].csv", "focus1.csv"), ("f*s.csv", "focus.csv"), ("focus?.csv", "focus2.csv"), ("f{a,b}.csv", "fa.csv")],
)
def test_a_name_with_pattern_characters_reads_that_file_only(tmp_path: Path, name: str, neighbour: str) -> None:
    """X05: DuckDB reads `focus[1].csv` as a pattern, which names its neighbour."""
    settings = settings_of(tmp_path)
    focus_file(tmp_path / neighbour, {"neighbour": "1", "second": "2"})
    (added,) = add(settings, focus_file(tmp_path / name, {"a": "7"}))
    assert (added.delivery.contents.rows, added.delivery.contents.billed_cost) == (1, Decimal(7))


def test_a_home_whose_path_has_pattern_characters_works(tmp_path: Path) -> None:
    """X05."""
    settings = settings_of(tmp_path / "it's [my] home")
    deliver(settings, focus_file(tmp_path / "focus.csv", {"a": "7"}))
    assert costs(settings) == expected({"a": "7"})


def test_a_folder_named_like_a_partition_adds_no_column(tmp_path: Path) -> None:
    """X05: AWS names folders `BILLING_PERIOD=2026-08`; what the file says counts, not its folder."""
    settings = settings_of(tmp_path)
    deliver(settings, focus_file(tmp_path / "BilledCost=99/focus.parquet", {"a": "7"}))
    assert costs(settings) == expected({"a": "7"})


STRANGE = [
    "'; drop table raw.cost_line; --",
    'a "quoted" key',
    "{{ ref('x') }}",
    "back\\slash",
    "=HYPERLINK(1)",
    "ключ",
]


@pytest.mark.parametrize("text", STRANGE)
def test_strange_tags_and_resources_are_kept_as_they_are(tmp_path: Path, text: str) -> None:
    """X03."""
    import json

    settings = settings_of(tmp_path)
    deliver(settings, write_lines(tmp_path / "focus.csv", [focus_line(text, "1", Tags=json.dumps({text: text}))]))
    assert ask(settings, "select resource_id, tags from raw.cost_line") == [(text, {text: text})]


def test_strange_file_names_are_kept_as_text(tmp_path: Path) -> None:
    """X03, X04: a name is lineage and never part of a statement or a path."""
    settings = settings_of(tmp_path)
    name = 'it\'s "a" %2e%2e {{ file }}; drop table x.csv'
    focus_file(tmp_path / "in" / name, {"a": "1"})
    deliver(settings, tmp_path / "in")
    assert ask(settings, "select source_part from raw.cost_line") == [(f"in/{name}",)]


def test_leading_zeros_of_an_account_stay(tmp_path: Path) -> None:
    """T07."""
    settings = settings_of(tmp_path)
    deliver(settings, focus_file(tmp_path / "focus.csv", {"0007": "1"}, BillingAccountId="000000000042"))
    assert ask(settings, "select billing_account_id, resource_id from raw.cost_line") == [("000000000042", "0007")]


BAD_DATE = {"ChargePeriodStart": "yesterday"}


def test_rejected_rows_below_the_threshold_are_recorded_with_reason_and_cost(tmp_path: Path) -> None:
    """0.5 of 1000.5 is 0.04998 %, below the allowed 0.1 %."""
    settings = settings_of(tmp_path)
    deliver(settings, write_lines(tmp_path / "f.csv", [focus_line("a", "1000"), focus_line("b", "0.5", **BAD_DATE)]))
    rejected = ask(settings, "select source_row, reason, offending_value, billed_cost from meta.rejected_row")
    assert rejected == [(2, "charge_period_start: not a TIMESTAMP", "yesterday", Decimal("0.5"))]


def test_rejected_rows_are_counted_in_the_ledger_beside_the_kept(tmp_path: Path) -> None:
    """B16: delivered = kept + rejected."""
    settings = settings_of(tmp_path)
    deliver(settings, write_lines(tmp_path / "f.csv", [focus_line("a", "1000"), focus_line("b", "0.5", **BAD_DATE)]))
    ledger = ask(settings, "select delivered_rows, kept_rows, rejected_rows, billed_cost from meta.delivery")
    assert ledger == [(2, 1, 1, Decimal(1000))]


@pytest.mark.parametrize("cost", ["5", "-5"])
def test_rejected_rows_above_the_threshold_in_cost_refuse_the_delivery(tmp_path: Path, cost: str) -> None:
    """M03: 5 of 1005 is 0.4975 %; a credit of 5 is as much."""
    lines = [focus_line("a", "1000"), focus_line("b", cost, **BAD_DATE)]
    with pytest.raises(InputError, match=r"f\.csv:3: charge_period_start.*'yesterday'.*1 of 2 rows"):
        add(settings_of(tmp_path), write_lines(tmp_path / "f.csv", lines))


def test_credits_do_not_hide_rejected_cost(tmp_path: Path) -> None:
    """M03: 5 and -5 rejected are 10 of 1010 in absolute cost, not nothing."""
    lines = [focus_line("a", "1000"), focus_line("b", "5", **BAD_DATE), focus_line("c", "-5", **BAD_DATE)]
    with pytest.raises(InputError, match="2 of 3 rows"):
        add(settings_of(tmp_path), write_lines(tmp_path / "f.csv", lines))


def test_one_cost_that_cannot_be_read_refuses_the_delivery(tmp_path: Path) -> None:
    """Its share of the cost cannot be known, so no threshold allows it."""
    lines = [focus_line("a", "1000"), focus_line("b", "n/a")]
    with pytest.raises(InputError, match=r"billed_cost.*'n/a'"):
        add(settings_of(tmp_path, max_rejected_cost_frac=1.0), write_lines(tmp_path / "f.csv", lines))


def test_a_refused_load_leaves_all_tables_as_they_were(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A delivery that landed under a looser threshold fails while loading."""
    loose = settings_of(tmp_path, max_rejected_cost_frac=1.0)
    deliver(loose, focus_file(tmp_path / "v1.csv", {"a": "1"}))
    before = everything(loose)
    add(loose, write_lines(tmp_path / "v2.csv", [focus_line("a", "1"), focus_line("b", "5", **BAD_DATE)]), day=1)
    with pytest.raises(InputError, match="1 of 2 rows"):
        deliver(settings_of(tmp_path))
    assert everything(loose) == before


def test_other_things_in_a_folder_can_be_left_alone_and_are_named(tmp_path: Path) -> None:
    """A report's folder in a bucket holds a query and a status file beside the report."""
    settings = settings_of(tmp_path)
    focus_file(tmp_path / "in/focus.csv", {"a": "1"})
    (tmp_path / "in/create_table.sql").write_text("create table x (a int);\n")
    named: list[str] = []
    (added,) = landing.add(settings, [tmp_path / "in"], received_at=ARRIVAL, left_alone=named.append)
    assert (added.is_new, named) == (True, ["in/create_table.sql"])


def test_a_folder_of_nothing_but_other_things_is_refused_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in/create_table.sql").write_text("create table x (a int);\n")
    with pytest.raises(UnknownFileError):
        landing.add(settings_of(tmp_path), [tmp_path / "in"], received_at=ARRIVAL, left_alone=[].append)
