"""What holds for every source there is or will be, on its own small delivery."""

from __future__ import annotations

import gzip
import shutil
from collections import Counter
from pathlib import Path

import pytest
from _every_delivery import (
    NAMED_BY_TIME,
    SAMPLES,
    WITHOUT_SAMPLE,
    add,
    bundled,
    candidates,
    data_files,
    delivery_in,
    one_delivery,
    rows_of,
    unpacked,
    write_like,
)

from pipelines.contracts import all_contracts
from pipelines.errors import InputError
from pipelines.sources import KINDS, all_sources
from pipelines.sources.files import Candidate

SOURCES = sorted(all_sources())


@pytest.mark.parametrize("name", SOURCES)
def test_a_source_stands_in_the_folder_of_its_kind(name: str) -> None:
    source = all_sources()[name]
    assert source.__name__ == f"pipelines.sources.{source.KIND}.{name}"
    assert source.KIND in KINDS


@pytest.mark.parametrize("name", SOURCES)
def test_a_source_fills_a_contract(name: str) -> None:
    assert all_sources()[name].TABLE in all_contracts()


@pytest.mark.parametrize("name", SOURCES)
def test_a_source_says_in_one_line_what_it_reads(name: str) -> None:
    summary = all_sources()[name].SUMMARY
    assert 10 < len(summary) < 120
    assert "\n" not in summary


@pytest.mark.parametrize("name", SOURCES)
def test_only_what_replaces_has_a_scope(name: str) -> None:
    source = all_sources()[name]
    assert (source.MODE, bool(source.SCOPE)) in {("replace", True), ("append", False)}


@pytest.mark.parametrize("name", SOURCES)
def test_a_source_has_a_delivery_to_be_tested_with(name: str) -> None:
    assert name in WITHOUT_SAMPLE or any(source == name for source, _ in bundled())


def test_every_bundled_file_is_claimed_by_exactly_one_source() -> None:
    """Each source is shown all files, so none claims another's; nothing lies in the samples unread."""
    claims = Counter(file.path for _, claim in bundled() for file in claim.files)
    assert claims == {path: 1 for path in SAMPLES.rglob("*") if path.is_file()}


def test_every_bundled_file_is_claimed_by_the_source_its_folder_names() -> None:
    wrong = [
        (source, file.name)
        for source, claim in bundled()
        for file in claim.files
        if file.path.relative_to(SAMPLES).parts[1] != source
    ]
    assert wrong == []


@pytest.mark.parametrize("name", sorted(WITHOUT_SAMPLE))
def test_a_delivery_without_bundled_sample_is_claimed_by_its_source_alone(name: str, tmp_path: Path) -> None:
    look = candidates(one_delivery(name, tmp_path / "in"))
    assert [other for other, source in all_sources().items() if source.claim(look)] == [name]


FOREIGN = {
    "notes.txt": b"Dear colleague,\nthe numbers are in the other file, cost 12.\n",
    "page.html": b"<!doctype html><html><body>Sign in</body></html>",
    "empty.json": b"{}",
    "list.json": b"[1, 2, 3]",
    "broken.json": b'{"status": "succ',
    "budget.csv": b"month,owner,amount\n2026-08,me,12\n",
    "one_column.csv": b"a\n1\n",
    "picture.png": b"\x89PNG\r\n\x1a\n" + bytes(range(256)),
    "archive.zip": b"PK\x03\x04" + bytes(60),
    "utf16.csv": "month,owner\n2026-08,me\n".encode("utf-16"),
    "metrics.prom": b'# HELP up Is it up.\n# TYPE up gauge\nup{job="node"} 1\n',
    "settings.yaml": b"rules: none\n",
    "line_ends.csv": b"\r\n\r\n\r\n",
}


@pytest.mark.parametrize("name", SOURCES)
def test_a_source_leaves_foreign_files_alone(name: str, tmp_path: Path) -> None:
    """And does not stumble over them: whoever adds a folder has other things in it."""
    files = []
    for file, content in FOREIGN.items():
        (tmp_path / file).write_bytes(content)
        files.append(Candidate(file, tmp_path / file))
    assert all_sources()[name].claim(files) == []


@pytest.mark.parametrize("name", SOURCES)
def test_reading_twice_gives_the_same_rows(name: str, tmp_path: Path) -> None:
    folder = one_delivery(name, tmp_path / "in")
    first = rows_of(name, folder)
    assert first != []
    assert rows_of(name, folder) == first


@pytest.mark.parametrize("name", SOURCES)
def test_every_row_traces_back_to_file_and_row(name: str, tmp_path: Path) -> None:
    """Promise 3: source_part and source_row are there, 1-based and unique."""
    rows = rows_of(name, one_delivery(name, tmp_path / "in"))
    columns = all_contracts()[all_sources()[name].TABLE].names
    places = [(row[columns.index("source_part")], row[columns.index("source_row")]) for row in rows]
    assert len(set(places)) == len(places)
    assert min(row for _, row in places) >= 1


@pytest.mark.parametrize("name", SOURCES)
def test_a_sample_has_no_rejected_rows(name: str, tmp_path: Path) -> None:
    """What is bundled is right; the last four columns are the verdict, the reason of a rejection first."""
    assert [row[-4:] for row in rows_of(name, one_delivery(name, tmp_path / "in")) if row[-4] is not None] == []


def tabular() -> list[str]:
    """Sources whose delivery is delimited text with a header line."""
    found = []
    for name in SOURCES:
        files = [file for source, claim in bundled() if source == name for file in claim.files[:1]]
        header = files[0].csv_header if files else ()
        if len(header) > 1 or name in ("ec2_instances_csv", "ratecard_monthly_csv", "gpu_model"):
            found.append(name)
    return found


@pytest.mark.parametrize("name", tabular())
def test_a_header_without_rows_is_refused(name: str, tmp_path: Path) -> None:
    """B12: empty is not zero."""
    folder = one_delivery(name, tmp_path / "in")
    for file in data_files(name, folder):
        write_like(file, unpacked(file).split(b"\n", 1)[0] + b"\n")
    with pytest.raises(InputError) as caught:
        add(tmp_path, folder)
    assert caught.value.file
    assert caught.value.next_step


@pytest.mark.parametrize("name", SOURCES)
def test_a_file_of_zero_bytes_is_refused(name: str, tmp_path: Path) -> None:
    """B12."""
    folder = one_delivery(name, tmp_path / "in")
    data_files(name, folder)[0].write_bytes(b"")
    with pytest.raises(InputError, match="0 bytes"):
        add(tmp_path, folder)


@pytest.mark.parametrize("name", SOURCES)
def test_a_damaged_gzip_is_refused(name: str, tmp_path: Path) -> None:
    """B08: whatever the format, its packing is checked."""
    folder = one_delivery(name, tmp_path / "in")
    file = data_files(name, folder)[0]
    packed = gzip.compress(unpacked(file))
    file.write_bytes(packed[: len(packed) // 2])
    with pytest.raises(InputError):
        add(tmp_path, folder)


@pytest.mark.parametrize("name", SOURCES)
def test_a_delivery_again_from_another_folder_is_the_same_delivery(name: str, tmp_path: Path) -> None:
    """B03: copied by somebody else to somewhere else."""
    folder = one_delivery(name, tmp_path / "in")
    add(tmp_path, folder)
    shutil.copytree(folder, tmp_path / "elsewhere/again")
    assert [item.is_new for item in add(tmp_path, tmp_path / "elsewhere/again")] == [False]


def single_files() -> list[str]:
    """Sources whose delivery is one file that may be called anything."""
    several = {source for source, claim in bundled() if len(claim.files) > 1}
    return [name for name in SOURCES if name not in several | set(NAMED_BY_TIME)]


@pytest.mark.parametrize("name", single_files())
def test_a_renamed_file_is_the_same_delivery(name: str, tmp_path: Path) -> None:
    """B03: recognised by content."""
    folder = one_delivery(name, tmp_path / "in")
    add(tmp_path, folder)
    (file,) = (path for path in folder.rglob("*") if path.is_file())
    renamed = tmp_path / f"copy of it{''.join(file.suffixes)}"
    shutil.copy(file, renamed)
    assert [item.is_new for item in add(tmp_path, renamed)] == [False]


@pytest.mark.parametrize("name", [name for name in SOURCES if name not in ("aws_cur_legacy", "workload_rule")])
def test_a_file_packed_anew_is_the_same_delivery(name: str, tmp_path: Path) -> None:
    """B03: by another program, at another level, or for the first time. A report with a manifest keeps its names."""
    folder = one_delivery(name, tmp_path / "in")
    add(tmp_path, folder)
    for file in data_files(name, folder):
        if file.suffix != ".parquet":
            file.write_bytes(gzip.compress(unpacked(file), compresslevel=1, mtime=1))
    assert [item.is_new for item in add(tmp_path, folder)] == [False]


@pytest.mark.parametrize("name", SOURCES)
def test_a_description_tells_people_what_was_recognised(name: str, tmp_path: Path) -> None:
    description = delivery_in(name, one_delivery(name, tmp_path / "in")).description
    assert 8 < len(description) < 200
    assert str(tmp_path) not in description


@pytest.mark.parametrize("name", [name for name in SOURCES if all_sources()[name].KIND in ("billing", "telemetry")])
def test_what_is_used_or_billed_is_dated(name: str, tmp_path: Path) -> None:
    """A backfill finds deliveries by their days, freshness goes by how far they reach."""
    (added,) = add(tmp_path, one_delivery(name, tmp_path / "in"))
    contents = added.delivery.contents
    assert contents is not None
    assert None not in (contents.first_date, contents.last_date, contents.data_until)
    assert contents.first_date < contents.last_date
