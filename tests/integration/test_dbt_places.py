"""Whose a device is while names, owners and days change: hosts replaced, sold, leased back or renamed; midnights.

Each case is a site or a provider of its own; its figures are worked out in the test's comment.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from _owned import asset, site, tariff
from _pools import MODELS, bill, machine, machine_types, ran, rule
from _telemetry import DAY, UTIL, Telemetry, ask, at, build, deliver, every

from pipelines.settings import Settings

LAST_DAY = DAY + timedelta(days=1)
H100 = {"gpu_model": "H100-SXM-80GB", "gpus": 8}
A100 = {"gpu_model": "A100-SXM-80GB", "gpus": 8}


def hours_of(telemetry: Telemetry, gpu: str, node: str, first: datetime, last: datetime, **more: object) -> None:
    """One busy hour of a GPU a sample, from the first hour's end to the last's."""
    telemetry.put(gpu, every(3600, first, last), UTIL, 90.0, **({"covers_seconds": 3600.0, "node": node} | more))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    settings = Settings(home=tmp_path_factory.mktemp("places") / "home", min_free_disk_bytes=0)
    spring, sold = date(2026, 3, 2), {"retired_date": date(2026, 6, 10), "sale_proceeds_usd": 5}
    assets = [
        asset("host-1 first", 10, spring, spring, site_id="replaced", node="host-1", **H100, **sold),
        asset("host-1 second", 10, spring, date(2026, 6, 12), site_id="replaced", node="host-1", **A100),
        asset("node-back", 10, spring, spring, site_id="back-hall", node="node-back", **H100, **sold),
        asset("card", 10, spring, spring, site_id="back-hall", node="elsewhere", **H100, **sold),
        asset("by-card", 10, spring, spring, site_id="by-card", node="old-name", **H100) | {"gpus": 2},
        asset("last-day", 10, spring, spring, site_id="left", node="host-left", **H100)
        | {"retired_date": DAY.date(), "sale_proceeds_usd": 5},
    ]
    cards = [{"gpu_uuid": "back-0", "asset_id": "card", "slot_index": 0, "valid_from_date": spring}]
    cards += [card | {"gpu_uuid": f"by-card-{slot}", "asset_id": "by-card"} for slot, card in enumerate(cards * 2)]
    telemetry = Telemetry()
    a100 = {"gpu_model_name": "NVIDIA A100-SXM4-80GB"}
    hours_of(telemetry, "replaced-0", "host-1", at("1:00"), at("24:00"), **a100)
    hours_of(telemetry, "back-0", "node-back", at("1:00"), at("24:00"))
    hours_of(telemetry, "by-card-0", "new-name", at("1:00"), at("24:00"))
    hours_of(telemetry, "left-0", "host-left", at("1:00"), at("6:00"))
    hours_of(telemetry, "namesake-a100", "train-1", at("1:00"), at("6:00"), **a100)
    hours_of(telemetry, "namesake-h100", "train-1", at("1:00"), at("6:00"))
    for gpu in range(8):
        hours_of(telemetry, f"renamed-{gpu}", "node-renamed", at("1:00"), at("12:00"))
        hours_of(telemetry, f"renamed-{gpu}", "z-renamed", at("13:00"), at("24:00"))
    hours_of(telemetry, "handed-0", "node-handed", at("1:00"), at("24:00", LAST_DAY), namespace="lab", pod="p")
    for pod in "ab":
        hours_of(telemetry, "handed-1", "node-handed", at("1:00"), at("24:00", LAST_DAY), namespace="lab", pod=pod)
    lines = [
        machine("back"),
        machine("renamed", resource_name="z-renamed"),
        machine("one", resource_name="train-1"),
        machine("other", kind="box-1", resource_name="train-1"),
        *(machine("handed", day=day, charge_period_start=day) for day in (DAY, LAST_DAY)),
    ]
    tables = {
        "raw.asset": assets,
        "raw.asset_gpu": [{"delivery_id": "reference", "source_part": "f"} | card for card in cards],
        "raw.site": [site(name) for name in ("replaced", "back-hall", "by-card", "left")],
        "raw.tariff": [tariff(name) for name in ("replaced", "back-hall", "by-card", "left")],
        "raw.gpu_model": MODELS,
        "raw.instance_type": machine_types(["back", "renamed", "handed", "one", "other"]),
        "raw.workload_rule": [
            rule("train", "pre-training", "account", "ml"),
            rule("old team", "other", "namespace", "lab") | {"valid_to_date": LAST_DAY.date()},
            rule("new team", "other", "namespace", "lab") | {"rule_id": "2", "valid_from_date": LAST_DAY.date()},
        ],
        "raw.job_record": [
            ran("renamed", "1", 8, at("0:00"), at("12:00")),
            ran("by-card", "3", 2, at("0:00"), at("24:00"), nodes="new-name"),
            ran("renamed", "2", 8, at("12:00"), at("24:00"), nodes="z-renamed"),
        ],
    }
    deliver(settings, telemetry, tables)
    bill(settings, lines)
    build(settings, select=["+fct_workload_tco_daily", "+fct_gpu_usage_hourly", "+fct_job_outcome_daily"])
    return settings


def place(home: Settings, gpu: str) -> list[tuple[object, ...]]:
    """Where a device was on the day, and its hours."""
    return ask(
        home,
        "select sourcing, location, asset_id, gpu_model, sum(covered_seconds) / 3600 from marts.fct_gpu_usage_hourly "
        f"where gpu_uuid = '{gpu}' and cast(hour_at as date) = date '{DAY.date()}' group by all order by all",
    )


def test_a_host_name_is_that_of_the_server_that_bears_it_on_the_day(home: Settings) -> None:
    """G12: the first server of the name was sold on 10 June, the second is live since the 12th; this is the 15th."""
    assert place(home, "replaced-0") == [("owned", "replaced", "host-1 second", "A100-SXM-80GB", 24)]


def test_energy_of_a_replaced_server_is_its_own(home: Settings) -> None:
    """All that was seen of it is in the row of the second server, and none is called unseen."""
    seen = ask(
        home,
        "select sum(gpu_hours_busy), sum(gpu_hours_paid) filter (where workload = '__over_allocated__') "
        f"from marts.fct_workload_tco_daily where location = 'replaced' and usage_date = date '{DAY.date()}' "
        "and gpu_model = 'A100-SXM-80GB'",
    )
    assert seen == [(24, None)]


def test_a_server_sold_and_leased_back_is_leased(home: Settings) -> None:
    """Sold on 10 June, the host is billed by its buyer on the 15th, whatever the registers of hosts and cards say."""
    assert place(home, "back-0") == [("leased", "back", None, "H100-SXM-80GB", 24)]


def test_a_host_name_that_two_providers_billed_tells_nothing(home: Settings) -> None:
    """One's machine has H100s, the other's an A100. Nobody else billed an A100; H100s are several providers'."""
    assert place(home, "namesake-a100") == [("leased", "other", None, "A100-SXM-80GB", 6)]
    assert place(home, "namesake-h100") == [("leased", "unknown", None, "H100-SXM-80GB", 6)]


def test_a_server_is_its_owners_until_the_day_it_leaves(home: Settings) -> None:
    """It runs six hours of the day on which it is sold."""
    assert place(home, "left-0") == [("owned", "left", "last-day", "H100-SXM-80GB", 6)]


def test_jobs_of_a_host_renamed_at_noon_hold_its_gpus_under_both_names(home: Settings) -> None:
    """8 GPUs × 12 h under either name are all that was paid: 192 h, 1,920 USD, and nothing over."""
    sql = "select workload, gpu_hours_paid, gpu_hours_busy, total_cost_usd from marts.fct_workload_tco_daily "
    assert ask(home, sql + "where location = 'renamed'") == [("train", 192, 192, 1920)]


def test_a_host_that_its_cards_tell_has_the_gpus_of_its_asset(home: Settings) -> None:
    """G12: two GPUs, one of them not seen: a job of both holds 48 h, and none of them is more than there is."""
    hours = "sum(gpu_hours_paid) filter (where workload = '{}')"
    sql = f"select {hours.format('train')}, {hours.format('__over_allocated__')} from marts.fct_workload_tco_daily "
    assert ask(home, f"{sql} where location = 'by-card' and usage_date = date '{DAY.date()}'") == [(48, None)]


def test_a_job_that_ends_at_midnight_ended_on_the_day_it_ran(home: Settings) -> None:
    """Both runs of the renamed host completed on the day, one at noon and one as it ended."""
    sql = "select usage_date, running_jobs_count, ended_jobs_count from marts.fct_job_outcome_daily "
    assert ask(home, sql + "where location = 'renamed'") == [(DAY.date(), 2, 2)]
    ended = "select usage_date, completed_jobs_count from marts.fct_workload_tco_daily where workload = 'train' "
    assert ask(home, ended + "and location = 'renamed'") == [(DAY.date(), 2)]


@pytest.mark.parametrize("gpu", ["handed-0", "handed-1"])
def test_the_hour_before_midnight_is_of_the_rule_of_its_day(home: Settings, gpu: str) -> None:
    """Z04: a sample at midnight speaks for the hour before; the old rule ends with the day: 24 h each."""
    sql = "select workload, sum(covered_seconds) / 3600 from marts.fct_gpu_usage_hourly "
    assert ask(home, sql + f"where gpu_uuid = '{gpu}' group by 1 order by 1") == [("new team", 24), ("old team", 24)]


def test_the_loss_on_what_was_sold_is_idle_of_hours_that_are_known(home: Settings) -> None:
    """Bought for 10 USD in March, sold for 5 on the day: no hour of it was to be had."""
    sql = "select workload, allocation_basis, cost_usd > 4 from intermediate.int_allocated_cost_daily "
    found = ask(home, f"{sql} where location = 'left' and usage_date = date '{DAY.date()}' and cost_class = 'idle'")
    assert found == [("__idle__", "none", True)]
