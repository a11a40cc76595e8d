"""Jobs, requests and wall power from hand-made records; each figure is worked out in the test's comment."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from _telemetry import DAY, Telemetry, ask, at, build, deliver

from pipelines.settings import Settings


def job(job_id: str, state: str, gpus: float, started: datetime | None, ended: datetime | None, **more: object) -> dict:
    return {
        "delivery_id": "d1", "source_part": "f", "source": "slurm_sacct", "job_kind": "slurm", "job_id": job_id,
        "state": state, "gpus": gpus, "submitted_at": at("8:00"), "started_at": started, "ended_at": ended,
        "known_until_at": ended, "is_right_censored": started is not None and ended is None,
    } | more  # fmt: skip


def served(when: datetime, metric: str, value: float, **more: object) -> dict:
    return {
        "delivery_id": "d1", "source_part": "f", "source": "serving_metrics", "sampled_at": when, "engine": "vllm",
        "model_name": "llama", "instance": "a", "labels_json": "{}", "metric": metric, "value_kind": "counter",
        "value": value,
    } | more  # fmt: skip


def drawn(when: datetime, watts: float | None, node: str = "n1") -> dict:
    return {
        "delivery_id": "d1", "source_part": "f", "source": "bmc_power", "sampled_at": when, "node": node,
        "sensor": "sys", "system_power_w": watts, "null_reason": "blank" if watts is None else None,
    }  # fmt: skip


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    settings = Settings(home=tmp_path_factory.mktemp("records") / "home", min_free_disk_bytes=0)
    jobs = [
        job("1", "COMPLETED", 16, at("9:00"), at("11:30")),
        job("2", "FAILED", 8, at("9:00"), at("9:45")),
        job("3", "CANCELLED", 4, None, at("8:30")),
        job("4", "RUNNING", 2, at("10:00"), None, known_until_at=at("12:00")),
        job("5", "NODE_FAIL", 1, at("9:00"), at("9:30")),
        job("5", "COMPLETED", 1, at("10:00"), at("11:00")),
        # The same run in a later dump.
        job("4", "RUNNING", 2, at("10:00"), None, known_until_at=at("11:00"), delivery_id="d2"),
        # One dump saw it wait, the next had run it; another still waits.
        job("6", "PENDING", 8, None, None),
        job("6", "COMPLETED", 8, at("9:00"), at("10:00"), delivery_id="d2"),
        job("7", "PENDING", 8, None, None),
        job("8", "REQUEUED", 1, at("9:00"), at("9:30")),
    ]
    counts = [(at("9:50"), 1000.0), (at("10:00"), 1600.0), (at("10:10"), 1700.0), (at("10:20"), 50.0)]
    tokens = [served(when, "output_tokens_count", value) for when, value in counts]
    # A second scraper saw the same.
    tokens += [served(at("10:10"), "output_tokens_count", 1700.0, delivery_id="d2")]
    tokens += [served(at("10:10"), "output_tokens_count", 5.0, instance="b")]
    tokens += [served(at("10:30"), "output_tokens_count", 25.0, instance="b")]
    # A second scraper, whose clock is ahead, looks five seconds of its own later and sees 50 less.
    skewed = [("10:00", 0, 100_000.0), ("10:01", 0, 100_600.0), ("10:01", 5, 100_550.0), ("10:02", 0, 101_200.0)]
    skewed += [("10:03", 0, 100.0), ("10:20", 0, 95.0)]
    tokens += [
        served(at(clock) + timedelta(seconds=more), "output_tokens_count", value, engine="sglang")
        for clock, more, value in skewed
    ]
    first = [("time_to_first_token_seconds_sum", 1.0, 4.0), ("time_to_first_token_seconds_count", 10.0, 20.0)]
    tokens += [served(at("10:05"), name, low) for name, low, _ in first]
    tokens += [served(at("10:15"), name, high) for name, _, high in first]
    minute = {"engine": None, "value_kind": "amount", "covers_seconds": 60.0, "source": "request_log_csv"}
    tokens += [served(at("11:00"), "requests_count", 3.0, **minute)]
    # One minute in a log that was turned over within it, and in the first half of that log added once more.
    for delivery, requests, tokens_in in (("d1", 3.0, 100.0), ("d2", 3.0, 250.0), ("d3", 3.0, 100.0)):
        half = minute | {"model_name": "gateway", "delivery_id": delivery}
        tokens += [served(at("12:00"), "requests_count", requests, **half)]
        tokens += [served(at("12:00"), "input_tokens_count", tokens_in, **half)]
    power = [
        drawn(at("9:58"), 2000.0),
        drawn(at("10:02"), 3000.0),
        drawn(at("10:04"), None),
        drawn(at("10:06"), 1000.0),
    ]
    power += [drawn(at("11:00"), 500.0), drawn(at("11:01"), 500.0)]
    tables = {"raw.job_record": jobs, "raw.serving_sample": tokens, "raw.node_power_sample": power}
    deliver(settings, Telemetry(), tables)
    build(settings, select=["+fct_job", "+fct_serving_hourly", "+fct_node_power_hourly"])
    return settings


def test_gpu_hours_of_jobs_are_gpus_times_the_time_they_were_held(home: Settings) -> None:
    """G16: job 4 still ran when it was last seen, at 12:00; a requeued job (5) ran twice under one id.

    Job 6 waited when it was first seen, which is no run of its own once it has started; job 7 waits still.
    """
    found = ask(home, "select job_id, outcome, gpu_hours from marts.fct_job order by job_id, started_at")
    assert found == [
        ("1", "completed", 40.0),  # 16 GPUs, 2.5 h
        ("2", "failed", 6.0),  # 8 GPUs, 0.75 h
        ("3", "cancelled", None),  # never started
        ("4", "running", 4.0),  # 2 GPUs, 2 h so far
        ("5", "failed", 0.5),
        ("5", "completed", 1.0),
        ("6", "completed", 8.0),
        ("7", "other", None),
        ("8", "cancelled", 0.5),  # sent back to the queue by hand
    ]


def test_time_in_the_queue_is_from_submission_to_start(home: Settings) -> None:
    assert ask(home, "select queue_seconds from marts.fct_job where job_id = '1'") == [(3600.0,)]


def test_tokens_are_the_rises_of_counters_with_restarts(home: Settings) -> None:
    """G01, G13: 600 by ten o'clock; then 100, 50 after a restart, 20 of the other server; a replica adds nothing."""
    found = ask(
        home, "select hour_at, output_tokens_count from marts.fct_serving_hourly where engine = 'vllm' order by 1"
    )
    assert found == [(at("9:00"), 600.0), (at("10:00"), 170.0)]


def test_a_second_scraper_whose_clock_differs_is_no_restart(home: Settings) -> None:
    """G13: 600 - 50 + 650 from 100,000 to 101,200; then 100 of a restart, and 95 of one more after 17 minutes.

    Taken for a restart the reading of 100,550 alone would count as 100,550 tokens.
    """
    sql = "select sum(output_tokens_count) from marts.fct_serving_hourly where engine = 'sglang'"
    assert ask(home, sql) == [(1200 + 100 + 95,)]


def test_time_to_first_token_is_the_mean_over_the_requests_between(home: Settings) -> None:
    # 3 s over 10 requests
    where = f"engine = 'vllm' and hour_at = timestamp '{at('10:00')}'"
    assert ask(home, f"select time_to_first_token_seconds from marts.fct_serving_hourly where {where}") == [(0.3,)]


def test_a_minute_of_a_log_that_ends_on_the_hour_is_of_the_hour_before(home: Settings) -> None:
    """Z04."""
    sql = "select hour_at, requests_count from marts.fct_serving_hourly where engine is null and model_name = 'llama'"
    found = ask(home, sql)
    assert found == [(at("10:00"), 3.0)]


def test_logs_that_share_a_minute_add_up_and_one_told_twice_counts_once(home: Settings) -> None:
    """B16, G13: 3 requests of each of two logs, 100 and 250 tokens; the third says what the first does."""
    sql = "select requests_count, input_tokens_count from marts.fct_serving_hourly where model_name = 'gateway'"
    assert ask(home, sql) == [(6, 350)]


def test_energy_at_the_wall_is_power_times_the_time_to_the_next_reading(home: Settings) -> None:
    """G05: a reading speaks for five minutes at most, one that none follows as long as it was waited for."""
    found = ask(
        home,
        "select hour_at, covered_seconds, wall_energy_kwh, wall_power_w from marts.fct_node_power_hourly order by 1",
    )
    # 9 h: 120 s at 2000 W. 10 h: 120 s at 2000 W, 240 s at 3000 W, till the next that is not blank, and 240 s at 1000 W
    # of the 54 minutes after. 11 h: 60 s at 500 W, and 60 s after the last reading.
    assert [row[:2] for row in found] == [(at("9:00"), 120.0), (at("10:00"), 600.0), (at("11:00"), 120.0)]
    kwh = [240_000 / 3.6e6, (240_000 + 720_000 + 240_000) / 3.6e6, 60_000 / 3.6e6]
    assert [row[2] for row in found] == pytest.approx(kwh, rel=1e-9)
    assert found[1][3] == pytest.approx(1_200_000 / 600, rel=1e-9)


def test_days_of_records_are_in_utc(home: Settings) -> None:
    assert ask(home, f"select count(*) from marts.fct_job where started_at < timestamp '{DAY}'") == [(0,)]
