"""Half-hourly rental offers as price points."""

from __future__ import annotations

import gzip
import json
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest
from _run import Outcome, candidates, run

from pipelines.errors import InputError
from pipelines.sources.files import Candidate
from pipelines.sources.prices import rental_offers_jsonl

SNAPSHOT = {
    "timestamp": "2025-10-19T21:01:58.727366+00:00",
    "gpu_type": "H100_80GB",
    "socket_type": "SXM5",
    "price_stats": {"min": 1.0, "median": 1.99, "max": 3.29, "mean": 2.13},
    "by_provider": {
        "runpod": {"count": 4, "min": 2.69, "avg": 2.7},
        "dc_roan": {"count": 21, "min": 1.99, "avg": 2.09},
    },
}


def outcome(folder: Path, *lines: object) -> Outcome:
    """A feed of those lines through the source."""
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    (folder / "offers.jsonl").write_text("\n".join(texts) + "\n")
    (claim,) = rental_offers_jsonl.claim(candidates(folder))
    return run(rental_offers_jsonl, claim)


def test_snapshot_gives_three_statistics_and_each_providers_mean(tmp_path: Path) -> None:
    """25 = 4 + 21 offers; row 1001 would be the second line's minimum."""
    kept = outcome(tmp_path, SNAPSHOT).kept
    names = ("source_row", "provider", "statistic", "offers_count", "price_usd_per_gpu_hour")
    assert [tuple(row[name] for name in names) for row in kept] == [
        (1, None, "minimum", 25, Decimal("1")),
        (2, None, "median", 25, Decimal("1.99")),
        (3, None, "mean", 25, Decimal("2.13")),
        (4, "dc_roan", "mean", 21, Decimal("2.09")),
        (5, "runpod", "mean", 4, Decimal("2.7")),
    ]


def test_price_says_what_it_is_and_when_it_stood(tmp_path: Path) -> None:
    """M10, M11: form factor in the name; spot and on-demand cannot be told apart; a list price."""
    row = outcome(tmp_path, SNAPSHOT).kept[0]
    names = ("observed_at", "gpu_model_name", "gpus", "pricing_model", "price_basis", "list_currency")
    assert tuple(row[name] for name in names) == (
        datetime(2025, 10, 19, 21, 1, 58, 727366),
        "H100_80GB SXM5",
        1,
        "mixed",
        "list",
        "USD",
    )


def test_second_line_is_numbered_from_a_thousand_and_one(tmp_path: Path) -> None:
    assert [row["source_row"] for row in outcome(tmp_path, SNAPSHOT, SNAPSHOT).kept][5:] == [
        1001,
        1002,
        1003,
        1004,
        1005,
    ]


def test_bid_floor_in_a_snapshot_is_rejected_and_the_rest_kept(tmp_path: Path) -> None:
    """M10."""
    floor = SNAPSHOT | {"price_stats": {"min": 0.01, "median": 1.99, "mean": 2.13}}
    result = outcome(tmp_path, SNAPSHOT, floor)
    assert ([(row["source_row"], row["reject_value"]) for row in result.rejected], len(result.kept)) == (
        [(1001, "0.01")],
        9,
    )


def test_snapshot_without_offers_gives_no_row(tmp_path: Path) -> None:
    empty = SNAPSHOT | {"price_stats": {"min": None, "median": None, "mean": None}, "by_provider": {}}
    result = outcome(tmp_path, SNAPSHOT, empty)
    assert (len(result.kept), result.rejected) == (5, [])


def test_line_cut_while_it_was_written_is_named(tmp_path: Path) -> None:
    """B08."""
    with pytest.raises(InputError, match="no snapshot of offers") as raised:
        outcome(tmp_path, SNAPSHOT, json.dumps(SNAPSHOT)[:100])
    assert raised.value.line == 2


def test_real_feed_keeps_every_statistic_of_every_snapshot(shared: Path) -> None:
    """Expected: three statistics a line and one mean a provider, counted with json alone."""
    path = shared / "data/prices/rental/prime_intellect_2025/H100_80GB_SXM5.jsonl.gz"
    with gzip.open(path, "rt") as lines:
        expected = sum(3 + len(json.loads(line)["by_provider"]) for line in lines)
    (claim,) = rental_offers_jsonl.claim([Candidate(path.name, path)])
    result = run(rental_offers_jsonl, claim)
    assert (len(result.kept), len(result.rejected)) == (expected, 0)
