"""What a GPU-hour, a token, a request and a run cost, from hand-made records; each figure is worked out in a comment.

A machine is a provider's (see `_pools`): eight GPUs at 10 USD a GPU-hour.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from _pools import MODELS, bill, machine, machine_types, ran, rule, seen
from _telemetry import DAY, POWER, Telemetry, ask, at, build, deliver

from pipelines.decide import EVIDENCE
from pipelines.settings import Settings
from pipelines.warehouse.connect import reading_warehouse
from pipelines.warehouse.tables import query

NEXT = DAY + timedelta(days=1)
RULES = [
    rule("train", "pre-training", "account", "ml"),
    rule("tune", "fine-tuning", "job_name", "tune-.*"),
    rule("split", "pre-training", "job_name", "split"),
    rule("search", "inference", "namespace", "search"),
    rule("search", "inference", "service", "search-api"),
    rule("chat", "inference", "namespace", "chat"),
    rule("chat", "inference", "model_name", "chat-[0-9]+b"),
]


def answered(metric: str, amount: float, **more: Any) -> dict[str, Any]:
    """An amount of a minute before ten o'clock."""
    return {
        "delivery_id": "d1", "source_part": "f", "source": "request_log_csv", "sampled_at": at("10:00"),
        "value_kind": "amount", "covers_seconds": 60.0, "labels_json": "{}", "metric": metric, "value": amount,
    } | more  # fmt: skip


def served() -> list[dict[str, Any]]:
    search, chat = {"service": "search-api"}, {"model_name": "chat-70b"}
    return [
        answered("requests_count", 1200.0, **search),
        answered("input_tokens_count", 1_000_000.0, **search),
        answered("output_tokens_count", 200_000.0, **search),
        answered("requests_count", 8.0, **chat),
        answered("output_tokens_count", 81.0, **chat),
        answered("requests_count", 5.0, model_name="nobody-knows"),
    ]


def jobs() -> list[dict[str, Any]]:
    failed, gone = {"state": "FAILED"}, {"state": "CANCELLED"}
    return [
        ran("runs", "1", 8, at("0:00"), at("12:00")),
        ran("runs", "2", 8, at("12:00"), at("15:00"), **failed),
        ran("runs", "3", 1, at("15:00"), at("16:00"), **gone),
        ran("runs", "4", 8, at("20:00"), at("4:00", NEXT)),
        ran("runs", "5", 2, at("16:00"), at("18:00"), job_name="tune-a", account="other"),
        ran("runs", "6", 4, at("16:00"), at("18:00"), job_name="tune-b", account="other"),
        ran("nowhere", "7", 1, at("9:00"), at("10:00"), nodes="node-nobody-knows", **failed),
        ran("runs", "8", 1, at("18:00"), at("19:00"), job_name="split", account="other"),
        ran("runs", "9", 2, at("18:00"), at("19:00"), nodes="node-runs,node-nobody-knows", job_name="split",
            account="other"),
    ]  # fmt: skip


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    settings = Settings(home=tmp_path_factory.mktemp("units") / "home", min_free_disk_bytes=0)
    telemetry = Telemetry()
    seen(telemetry, "one", "one-a", range(12), 80.0, namespace="search")
    seen(telemetry, "one", "one-a", range(12, 24), 1.0, namespace="search")
    hours = [DAY + timedelta(hours=hour) for hour in range(1, 25)]
    # Power that stood still all day would be an exporter that hangs.
    watts = [359.0, 361.0] * 12
    telemetry.put("one-a", hours, POWER, watts, covers_seconds=3600.0, node="node-one", namespace="search")
    telemetry.put("dim", hours, POWER, watts, covers_seconds=3600.0, namespace="probe")
    seen(telemetry, "two-a", "two-a", range(6), 80.0, namespace="chat")
    seen(telemetry, "two-b", "two-b", range(2), 80.0, namespace="chat")
    bills = [machine(name) for name in ("one", "two-a", "two-b", "runs", "dim")] + [machine("runs", day=NEXT)]
    tables = {
        "raw.job_record": jobs(), "raw.serving_sample": served(), "raw.workload_rule": RULES, "raw.gpu_model": MODELS,
        "raw.instance_type": machine_types(["one", "two-a", "two-b", "runs", "dim"]),
    }  # fmt: skip
    deliver(settings, telemetry, tables)
    bill(settings, bills)
    marts = "unit_cost_daily workload_tco_daily job_outcome_daily job serving_hourly fleet_month gpu_usage_hourly"
    build(settings, select=[f"+fct_{name}" for name in marts.split()])
    return settings


def unit(home: Settings, columns: str, workload: str, day: datetime = DAY, known: bool = True) -> list[tuple[Any, ...]]:
    where = f"workload = '{workload}' and usage_date = date '{day:%Y-%m-%d}' and (location <> 'unknown') = {known}"
    return ask(home, f"select {columns} from marts.fct_unit_cost_daily where {where} order by location")


def test_a_gpu_hour_costs_more_the_less_of_it_is_busy(home: Settings) -> None:
    """G15: one GPU held for 24 h, at work for 12: 240 USD. The rest of the machine nobody saw."""
    columns = ", ".join(f"cost_usd_per_{basis}_gpu_hour" for basis in ("paid", "allocated", "busy"))
    assert unit(home, f"total_cost_usd, {columns}", "search") == [(240, 10, 10, 20)]


def test_how_much_of_a_fleets_use_was_measured_stands_beside_it(home: Settings) -> None:
    """G05: one GPU of eight told its use, all day; 12 h busy of 192 h are no idle fleet, but one nobody looked at."""
    columns = "gpu_hours_paid, gpu_hours_busy, gpu_hours_measured, busy_frac, measured_frac"
    assert ask(home, f"select {columns} from marts.fct_fleet_month where location = 'one'") == [
        (192, 12, 24, 0.0625, 0.125)
    ]
    assert ask(home, "select gpu_hours_measured, measured_frac from marts.fct_fleet_month where location = 'runs'") == [
        (None, 0)
    ]


def test_use_of_which_telemetry_says_nothing_is_unknown_and_not_idle(home: Settings) -> None:
    """G05: power of one GPU all day, and no utilisation: 24 h held by its label, of none is it known whether it ran."""
    columns = "gpu_hours_allocated, gpu_hours_busy, gpu_hours_measured"
    fleet = f"select {columns}, busy_frac, measured_frac from marts.fct_fleet_month where location = 'dim'"
    assert ask(home, fleet) == [(24, None, 0, None, 0)]
    where = "where location = 'dim' and workload = 'namespace:probe'"
    assert ask(home, f"select {columns} from marts.fct_workload_tco_daily {where}") == [(24, None, 0)]
    assert ask(home, f"select gpu_hours_busy, cost_usd_per_busy_gpu_hour from marts.fct_unit_cost_daily {where}") == [
        (None, None)
    ]
    with reading_warehouse(home) as connection:
        hours = query(connection, EVIDENCE["usage_hourly"]).filter(pl.col("workload") == "namespace:probe")
    assert (hours.height, hours["busy_gpu_hours"].null_count()) == (24, 24)


def test_tokens_and_requests_bear_the_whole_cost_each_way(home: Settings) -> None:
    """240 USD over 1,000,000 tokens in, 200,000 out, 1,200,000 together and 1,200 requests."""
    columns = ", ".join(f"cost_usd_per_1m_{basis}" for basis in ("input_tokens", "output_tokens", "tokens"))
    assert unit(home, f"{columns}, cost_usd_per_request", "search") == [(240, 1200, 200, Decimal("0.2"))]


def test_energy_per_token_is_joules_over_both_kinds(home: Settings) -> None:
    """360 W for 24 h are 8.64 kWh, 31,104,000 J, over 1,200,000 tokens; a provider's site has no meter of ours."""
    assert unit(home, "gpu_energy_j_per_token, facility_energy_j_per_token", "search") == [(25.92, None)]


def test_what_is_not_counted_has_no_unit_cost(home: Settings) -> None:
    """Tokens read are not counted for chat: a blend with an unknown part is unknown."""
    columns = "cost_usd_per_1m_input_tokens, cost_usd_per_1m_tokens, cost_usd_per_request is null"
    assert unit(home, columns, "chat") == [(None, None, False)] * 2


def test_output_of_a_workload_in_two_pools_is_split_by_time_and_adds_up(home: Settings) -> None:
    """6 h and 2 h: 6 and 2 of 8 requests, 60.75 and 20.25 of 81 tokens."""
    columns = "location, serving_basis, requests_count, output_tokens_count"
    assert unit(home, columns, "chat") == [("two-a", "gpu hours", 6, 60.75), ("two-b", "gpu hours", 2, 20.25)]


def test_parts_of_tokens_bear_their_part_of_the_cost(home: Settings) -> None:
    """60 USD over 60.75 tokens in one pool, 20 over 20.25 in the other: a million cost the same, cut at 1e-18."""
    price = Decimal("987654.320987654320987654")
    assert unit(home, "cost_usd_per_1m_output_tokens", "chat") == [(price,), (price,)]


def test_requests_that_no_rule_knows_are_listed_as_unallocated(home: Settings) -> None:
    columns = "location, serving_basis, requests_count, total_cost_usd"
    assert unit(home, columns, "__unallocated__", known=False) == [("unknown", "no pool", 5, 0)]
    assert ask(home, "select distinct workload from marts.fct_serving_hourly where model_name = 'nobody-knows'") == [
        ("__unallocated__",)
    ]


def test_a_request_answered_nobody_knows_where_is_not_free(home: Settings) -> None:
    """Nothing costs 0 because its bill is missing."""
    columns = "cost_usd_per_request, cost_usd_per_1m_output_tokens, cost_usd_per_paid_gpu_hour"
    assert unit(home, columns, "__unallocated__", known=False) == [(None, None, None)]


def test_a_job_costs_its_part_of_the_time_over_all_its_days(home: Settings) -> None:
    """GPUs × hours × 10 USD; job 4 runs over midnight; where job 7 ran is not known, so its cost is not.

    Nor is that of job 9, half of which ran there: the 10 USD of the other half are not what it cost.
    """
    found = dict(ask(home, "select job_id, direct_cost_usd from marts.fct_job"))
    assert found == {"1": 960, "2": 240, "3": 10, "4": 640, "5": 40, "6": 80, "7": None, "8": 10, "9": None}


def test_a_training_run_costs_what_the_completed_ones_did(home: Settings) -> None:
    """Job 1 on the first day, job 4 on the second, with its four hours of the first."""
    columns = "direct_cost_usd_per_training_run, direct_cost_usd_per_fine_tuning_job, completed_jobs_count"
    assert unit(home, columns, "train") == [(960, None, 1)]
    assert unit(home, columns, "train", NEXT) == [(640, None, 1)]


def test_a_mean_over_a_run_of_unknown_cost_is_unknown(home: Settings) -> None:
    """10 USD of job 8 over both runs would be half of what is known."""
    assert unit(home, "direct_cost_usd_per_training_run, completed_jobs_count", "split") == [(None, 2)]


def test_a_fine_tuning_job_costs_the_mean_of_those_completed(home: Settings) -> None:
    """40 and 80 USD."""
    columns = "direct_cost_usd_per_training_run, direct_cost_usd_per_fine_tuning_job, completed_jobs_count"
    assert unit(home, columns, "tune") == [(None, 60, 2)]


def test_failed_and_cancelled_jobs_show_what_they_cost(home: Settings) -> None:
    """24 h and 1 h."""
    columns = "unfinished_job_cost_usd, failed_jobs_count, cancelled_jobs_count"
    assert unit(home, columns, "train") == [(250, 1, 1)]


def test_outcomes_add_up_to_the_direct_cost_of_the_time(home: Settings) -> None:
    """Completed: 96 h of job 1 and 32 h of job 4, which is known by now to have ended well."""
    columns = "outcome, running_jobs_count, ended_jobs_count, gpu_hours, direct_cost_usd"
    where = f"workload = 'train' and location = 'runs' and usage_date = date '{DAY:%Y-%m-%d}'"
    rows = ask(home, f"select {columns} from marts.fct_job_outcome_daily where {where} order by outcome")
    assert rows == [("cancelled", 1, 1, 1, 10), ("completed", 2, 1, 128, 1280), ("failed", 1, 1, 24, 240)]
    missing = ask(
        home,
        "select sum(direct_cost_usd) - (select sum(direct_cost_usd) from marts.fct_workload_tco_daily) "
        "from marts.fct_job_outcome_daily",
    )
    assert missing == [(0,)]


def test_time_without_a_record_and_jobs_without_a_place_are_listed(home: Settings) -> None:
    columns = "workload, location, outcome, gpu_hours, direct_cost_usd"
    where = "workload = 'search' or location = 'unknown'"
    rows = ask(home, f"select {columns} from marts.fct_job_outcome_daily where {where} order by 1")
    assert rows == [
        ("search", "one", "no record", 24, 240),
        ("split", "unknown", "completed", 1, None),
        ("train", "unknown", "failed", 1, None),
    ]
