"""The committed samples are what the generator writes, and small enough to stay in the repository."""

from __future__ import annotations

import pytest
from _samples_reread import ANSWERS, SAMPLES, content

from pipelines.errors import UsageError
from pipelines.samples import SEED, generate
from pipelines.samples.__main__ import main
from pipelines.samples.prices import write_prices

KIB = 1024


def files(folder):
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def again(tmp_path_factory):
    folder = tmp_path_factory.mktemp("again")
    generate(folder / "samples", folder / "known_answer", SEED)
    return folder


def test_the_seed_gives_the_committed_files_and_no_others(again):
    assert files(again / "samples") == files(SAMPLES)
    assert files(again / "known_answer") == files(ANSWERS)


def test_the_seed_gives_the_committed_bytes(again):
    """Of text: decompressed, because two builds of zlib may pack the same text differently."""
    changed = [
        name
        for folder, mine in ((SAMPLES, again / "samples"), (ANSWERS, again / "known_answer"))
        for name in sorted(files(folder))
        if not name.endswith(".parquet") and content(folder / name) != content(mine / name)
    ]
    assert changed == []


def test_the_seed_gives_the_committed_parquet_rows(again):
    """Rows and types, because the file names the version of the library that wrote it."""
    import pyarrow.parquet as pq

    (name,) = (name for name in files(SAMPLES) if name.endswith(".parquet"))
    assert pq.read_table(again / "samples" / name).equals(pq.read_table(SAMPLES / name))


def test_another_seed_gives_other_prices(tmp_path):
    write_prices(tmp_path / "a", SEED)
    write_prices(tmp_path / "b", SEED + 1)
    name = "invented_h100_quotes.csv"
    assert content(tmp_path / "a" / name) != content(tmp_path / "b" / name)


def test_compressed_files_hold_no_time_and_no_name():
    """RFC 1952: byte 3 flags (name, comment, extra), bytes 4-7 time, byte 9 operating system (255: unknown)."""
    heads = {path.read_bytes()[3:8] + path.read_bytes()[9:10] for path in SAMPLES.rglob("*.gz")}
    assert heads == {b"\0\0\0\0\0\xff"}


def test_no_committed_file_is_larger_than_1500_kib():
    assert max(path.stat().st_size for path in SAMPLES.rglob("*") if path.is_file()) <= 1500 * KIB


def test_all_committed_samples_are_smaller_than_6_mib():
    assert sum(path.stat().st_size for path in SAMPLES.rglob("*") if path.is_file()) <= 6 * KIB * KIB


def test_the_command_without_a_folder_says_what_to_type():
    with pytest.raises(UsageError, match=r"python -m pipelines\.samples data/samples"):
        main([])
