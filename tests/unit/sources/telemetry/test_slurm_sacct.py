"""Slurm's accounting as records of jobs."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from _run import Outcome, candidates, run

from pipelines.errors import InputError
from pipelines.sources.telemetry import slurm_sacct
from pipelines.warehouse.reader import reading_errors

HEADER = "JobID|JobIDRaw|User|Account|Partition|State|Submit|Start|End|ElapsedRaw|NodeList|AllocTRES"
JOB = {
    "JobID": "100",
    "JobIDRaw": "100",
    "User": "ana",
    "Account": "ml",
    "Partition": "gpu",
    "State": "COMPLETED",
    "Submit": "2026-08-01T11:00:00",
    "Start": "2026-08-01T12:00:00",
    "End": "2026-08-01T14:00:00",
    "ElapsedRaw": "7200",
    "NodeList": "gpu01",
    "AllocTRES": "billing=96,cpu=96,gres/gpu:h100=8,gres/gpu=8,mem=2T",
}


def outcome(folder: Path, *jobs: dict[str, str], **options: str) -> Outcome:
    """Jobs through the source, each as the one above save what it says; a clock in UTC unless told otherwise."""
    lines = ["|".join((JOB | job)[name] for name in HEADER.split("|")) for job in jobs]
    (folder / "sacct.txt").write_text("\n".join([HEADER, *lines]) + "\n")
    (claim,) = slurm_sacct.claim(candidates(folder))
    return run(slurm_sacct, replace(claim, options={"time_zone": "UTC", **options}))


def one(folder: Path, job: dict[str, str], **options: str) -> dict[str, object]:
    """The record of one job."""
    (row,) = outcome(folder, job, **options).kept
    return row


def test_a_job_is_kept_with_its_times_and_gpus(tmp_path: Path) -> None:
    """Clocks in Zagreb are two hours ahead of UTC in August; of typed and untyped GPUs one is taken."""
    row = one(tmp_path, {}, time_zone="Europe/Zagreb")
    expected = {
        "job_kind": "slurm",
        "job_id": "100",
        "user_name": "ana",
        "account": "ml",
        "partition": "gpu",
        "state": "COMPLETED",
        "submitted_at": datetime(2026, 8, 1, 9),
        "started_at": datetime(2026, 8, 1, 10),
        "ended_at": datetime(2026, 8, 1, 12),
        "known_until_at": datetime(2026, 8, 1, 12),
        "is_right_censored": False,
        "gpus": 8.0,
        "gpu_model_name": "h100",
    }
    assert {name: row[name] for name in expected} == expected


def test_steps_are_left_out_and_counted(tmp_path: Path) -> None:
    steps = [{"JobID": f"100.{name}"} for name in ("batch", "extern", "0")]
    result = outcome(tmp_path, {}, *steps)
    assert (len(result.kept), len(result.left_out), len(result.rejected)) == (1, 3, 0)


def test_a_job_that_runs_is_right_censored_and_known_until_it_was_asked_for(tmp_path: Path) -> None:
    """G16: 12:00 and 7,200 s."""
    row = one(tmp_path, {"State": "RUNNING", "End": "Unknown"})
    assert (row["ended_at"], row["is_right_censored"], row["known_until_at"]) == (None, True, datetime(2026, 8, 1, 14))


def test_the_end_of_a_truncated_window_is_no_end_of_a_job_that_runs(tmp_path: Path) -> None:
    """G16: `sacct --truncate`."""
    row = one(tmp_path, {"State": "RUNNING", "End": "2026-08-01T13:00:00"})
    assert (row["ended_at"], row["is_right_censored"], row["known_until_at"]) == (None, True, datetime(2026, 8, 1, 13))


def test_a_job_that_waits_has_no_times_and_no_gpus(tmp_path: Path) -> None:
    waiting = {"State": "PENDING", "Start": "Unknown", "End": "Unknown", "NodeList": "None assigned", "AllocTRES": ""}
    row = one(tmp_path, waiting)
    assert (row["started_at"], row["is_right_censored"], row["gpus"], row["nodes"]) == (None, False, 0.0, None)


def test_a_final_job_without_an_end_is_rejected(tmp_path: Path) -> None:
    result = outcome(tmp_path, {"End": "Unknown"})
    assert [row["reject_reason"] for row in result.rejected] == ["ended_at: missing, though the state is final"]


def test_who_cancelled_a_job_is_no_part_of_its_state(tmp_path: Path) -> None:
    assert one(tmp_path, {"State": "CANCELLED by 1234"})["state"] == "CANCELLED"


def test_a_task_of_an_array_has_the_raw_id_that_samples_carry(tmp_path: Path) -> None:
    row = one(tmp_path, {"JobID": "18114115_7", "JobIDRaw": "18114122"})
    assert (row["job_id"], row["array_job_id"]) == ("18114122", "18114115")


def test_runs_of_a_requeued_job_are_rows_of_one_id(tmp_path: Path) -> None:
    first = {"State": "NODE_FAIL", "End": "2026-08-01T12:30:00"}
    kept = outcome(tmp_path, first, {"Start": "2026-08-01T13:00:00"}).kept
    assert [(row["job_id"], row["state"]) for row in kept] == [("100", "NODE_FAIL"), ("100", "COMPLETED")]


@pytest.mark.parametrize(
    ("tres", "gpus", "model", "parts"),
    [
        ("cpu=1,gres/gpu=4", 4.0, None, None),
        ("cpu=1,gres/gpu:a100=2,gres/gpu:h100=3", 5.0, "a100,h100", None),
        ("gres/gpu:1g.10gb=2,gres/gpu:h100=1,gres/gpu=3", 1.0, "h100", "mig-1g.10gb=2"),
        ("gres/gpu:a100_3g.20gb=1,gres/gpu=1", 0.0, None, "mig-a100_3g.20gb=1"),
        ("cpu=1,gres/shard=4", 0.0, None, "shard=4"),
        ("cpu=1,mem=2T", 0.0, None, None),
    ],
)
def test_whole_gpus_are_counted_once_and_parts_apart(
    tmp_path: Path, tres: str, gpus: float, model: str | None, parts: str | None
) -> None:
    """G10, G11: a MIG instance or a shard is no whole GPU."""
    row = one(tmp_path, {"AllocTRES": tres})
    assert (row["gpus"], row["gpu_model_name"], row["gpu_parts"]) == (gpus, model, parts)


@pytest.mark.parametrize(
    ("delivered", "nodes"),
    [
        ("gpu01", "gpu01"),
        ("gpu[01-03,07],login1", "gpu01,gpu02,gpu03,gpu07,login1"),
        ("a[9-11]b", "a9b,a10b,a11b"),
        ("n[098-101]", "n098,n099,n100,n101"),
        ("r[1-2]n[1-4]", None),
        ("n[1-999999999]", None),
        ("n[1-", None),
    ],
)
def test_nodes_are_written_out_where_they_can_be(tmp_path: Path, delivered: str, nodes: str | None) -> None:
    row = one(tmp_path, {"NodeList": delivered})
    assert (row["node_list"], row["nodes"]) == (delivered, nodes)


def test_times_that_carry_a_zone_need_no_option(tmp_path: Path) -> None:
    zoned = {name: f"{JOB[name]}+0200" for name in ("Submit", "Start", "End")}
    assert one(tmp_path, zoned, time_zone="America/New_York")["started_at"] == datetime(2026, 8, 1, 10)


def test_times_without_a_zone_are_refused_until_somebody_says_which(tmp_path: Path) -> None:
    (tmp_path / "sacct.txt").write_text("\n".join([HEADER, "|".join(JOB.values())]) + "\n")
    (claim,) = slurm_sacct.claim(candidates(tmp_path))
    with pytest.raises(InputError, match="'2026-08-01T11:00:00' has no time zone") as raised:
        run(slurm_sacct, claim)
    assert raised.value.line == 2


def test_a_start_in_the_hour_that_comes_twice_is_refused_at_its_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="'2026-10-25T02:30:00' came twice in Europe/Zagreb") as raised:
        outcome(tmp_path, {}, {"Start": "2026-10-25T02:30:00", "End": "2026-10-25T09:00:00"}, time_zone="Europe/Zagreb")
    assert raised.value.line == 3


@pytest.mark.parametrize(("choice", "hour"), [("first", 0), ("second", 1)])
def test_the_hour_that_comes_twice_is_read_as_chosen(tmp_path: Path, choice: str, hour: int) -> None:
    """02:30 in Zagreb on 2026-10-25 is 00:30 UTC in summer time and 01:30 UTC in winter time."""
    job = {"Start": "2026-10-25T02:30:00", "End": "2026-10-25T09:00:00"}
    row = one(tmp_path, job, time_zone="Europe/Zagreb", ambiguous_time=choice)
    assert row["started_at"] == datetime(2026, 10, 25, hour, 30)


def test_a_bar_in_a_value_is_refused_at_its_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="13 of 12 columns") as raised, reading_errors("sacct.txt"):
        outcome(tmp_path, {"User": "a|b"})
    assert raised.value.line == 2


@pytest.mark.parametrize("header", ["JobID,State,Start,End,AllocTRES", "JobID|State|Start|End", "a|b"])
def test_other_files_are_left_alone(tmp_path: Path, header: str) -> None:
    (tmp_path / "other.txt").write_text(header + "\n1\n")
    assert slurm_sacct.claim(candidates(tmp_path)) == []
