"""Readings of machines' own power meters."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from _run import Outcome, candidates, run

from pipelines.errors import InputError
from pipelines.sources.files import Candidate
from pipelines.sources.telemetry import bmc_power


def outcome(folder: Path, text: str, **options: str) -> Outcome:
    """One file through the source."""
    (folder / "bmc.csv").write_text(text)
    (claim,) = bmc_power.claim(candidates(folder))
    return run(bmc_power, replace(claim, options=options))


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("timestamp,sys_power_w,gpu0_bmc_temp_c\n1785585600,2550,29\n", {"node": "n1"}),
        ("time,host,PowerConsumedWatts\n2026-08-01T12:00:00Z,n1,2550\n", {}),
        ("sampled_at,hostname,node_power_w\n2026-08-01 14:00:00,n1,2550 W\n", {"time_zone": "Europe/Zagreb"}),
    ],
)
def test_a_reading_is_a_sample_of_its_machine(tmp_path: Path, text: str, options: dict[str, str]) -> None:
    kept = outcome(tmp_path, text, **options).kept
    names = ("source_row", "sampled_at", "node", "system_power_w", "null_reason")
    assert [tuple(row[name] for name in names) for row in kept] == [(1, datetime(2026, 8, 1, 12), "n1", 2550.0, None)]


@pytest.mark.parametrize(
    ("word", "reason"), [("na", "blank"), ("", "blank"), ("broken", "not_a_number"), ("65535", "out_of_range")]
)
def test_no_reading_is_null_with_its_reason_and_never_zero(tmp_path: Path, word: str, reason: str) -> None:
    """G02."""
    kept = outcome(tmp_path, f"timestamp,node,sys_power_w\n1785585600,n1,{word}\n").kept
    assert [(row["system_power_w"], row["null_reason"]) for row in kept] == [(None, reason)]


@pytest.mark.parametrize(
    ("line", "reason", "value"),
    [
        ("1785585600,,2550", "node: missing", None),
        (",n1,2550", "sampled_at: missing", None),
        ("1785585600123,n1,2550", "sampled_at: not a TIMESTAMP", "1785585600123"),
    ],
)
def test_a_reading_without_machine_or_time_is_rejected(
    tmp_path: Path, line: str, reason: str, value: str | None
) -> None:
    """G14: milliseconds are no seconds."""
    result = outcome(tmp_path, f"timestamp,node,sys_power_w\n{line}\n")
    assert [(row["reject_reason"], row["reject_value"]) for row in result.rejected] == [(reason, value)]


def test_readings_of_nobody_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"which machine[\s\S]*--option node=NAME"):
        outcome(tmp_path, "timestamp,sys_power_w\n1785585600,2550\n")


@pytest.mark.parametrize("header", ["timestamp,gpu,power_w", "timestamp,uuid,sys_power_w", "node,sys_power_w"])
def test_tables_of_cards_and_other_files_are_left_alone(tmp_path: Path, header: str) -> None:
    (tmp_path / "other.csv").write_text(header + "\n")
    assert bmc_power.claim(candidates(tmp_path)) == []


def test_a_real_meter_reads_in_steps_of_75_watts(shared: Path) -> None:
    """162 lines after the header; the steps are what is known of that meter."""
    path = shared / "data/telemetry/node_8xh100/t10_node0_bmc.csv"
    (claim,) = bmc_power.claim([Candidate(path.name, path)])
    kept = run(bmc_power, replace(claim, options={"node": "n1"})).kept
    assert (len(kept), {row["system_power_w"] % 75 for row in kept}) == (162, {0.0})
