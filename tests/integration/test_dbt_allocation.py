"""Who held what, by evidence: labels, then schedulers, then bills. Each case is a provider; figures are in comments."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from _pools import MODELS, bill, billed, driver, machine, machine_types, ran, rule, seen
from _telemetry import DAY, POWER, Telemetry, ask, at, build, deliver

from pipelines.settings import Settings

RULES = [
    rule("train", "pre-training", "account", "ml"),
    rule("tune", "fine-tuning", "account", "tune"),
    rule("old", "pre-training", "account", "dated") | {"valid_to_date": DAY.date()},
    rule("new", "pre-training", "account", "dated") | {"valid_from_date": DAY.date(), "rule_id": "dated anew"},
    rule("search", "inference", "namespace", "search"),
    rule("search", "inference", "namespace", "slurm") | {"priority_index": 0},
    rule("tune", "fine-tuning", "job_name", "nightly"),
    rule("tagged", "other", "sub_account_id", "sub"),
    rule("search", "inference", "tag:team", "search"),
    rule("tune", "fine-tuning", "tag:team", "tune"),
    *(rule(name, "inference", "namespace", f"mig-{name}") for name in ("ml-train", "inference", "serving")),
]
# Support was split equally until the day, and goes by GPU time since.
DRIVERS = [
    driver("equal", service_pattern="Support", valid_to_date=DAY.date(), priority_index=0),
    driver("equal", service_category_pattern="Storage", service_pattern="Disk"),
    driver("direct_cost", service_pattern="Network"),
    driver("workload", charge_category_pattern="Tax", workload="train", priority_index=0),
    driver("tagged_cost", service_pattern="Bucket|Archive", provider_pattern="sha.*"),
    driver("energy", service_pattern="Cooling"),
    driver("equal", provider_pattern="another"),
]
POD = {"source": "kubernetes_pods", "job_kind": "kubernetes", "namespace": "lab", "pod": "nightly-0", "account": None}
SEARCH_POD = POD | {"namespace": "search"}
MIG = {"gpu_model_name": "NVIDIA A100 80GB"}


def lines() -> list[dict[str, Any]]:
    plain = ("dark", "partly", "twice", "labelled", "dated", "requeued", "running", "contested", "covered")
    return [
        *(machine(name) for name in (*plain, "owner", "worker", "twins", "east", "west")),
        machine("tagged", sub_account_id="sub"),
        # Eight GPUs billed one by one: the machine type is that of a GPU.
        machine("by-gpu", hours=192, kind="box-1", consumed_gpu_hours=Decimal(192)),
        machine("refunded", tags={"team": "search"}),
        machine("refunded", "-160", hours=-2, charge_class="Correction", tags={"team": "search"}),
        # Cores and memory of a machine, and no hours of its GPUs.
        machine("silent", consumed_gpu_hours=Decimal(0)),
        machine("silent", "80", consumed_quantity=None),
        machine("not run", "5", hours=0),
        machine("undone", "1980"),
        machine("undone", "-1920", hours=-24, charge_class="Correction"),
        machine("returned", "-80", hours=-1, charge_class="Correction", tags={"team": "search"}),
        machine("mig", "72", kind="box-1"),
        billed("mig", "1000"),
        machine("shares"),
        billed("shares", "100"),
        billed("shares", "90", service_category="Storage", service_name="Disk"),
        billed("shares", "110", service_name="Network"),
        billed("shares", 8, charge_category="Tax", service_name="Bucket"),
        billed("shares", "10", service_name="Bucket", tags={"team": "search"}),
        billed("shares", "20", service_name="Bucket", tags={"team": "tune"}),
        billed("shares", "30", service_name="Bucket"),
        billed("shares", "60", service_name="Cooling"),
        billed("shares", "7", service_name="Archive"),
        billed("nobody", "5"),
    ]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    settings = Settings(home=tmp_path_factory.mktemp("allocation") / "home", min_free_disk_bytes=0)
    telemetry = Telemetry()
    # Two unlabelled GPUs for an hour, the second of them at work.
    seen(telemetry, "partly", "partly-a", range(9, 10), 0.0)
    seen(telemetry, "partly", "partly-b", range(9, 10), 80.0)
    seen(telemetry, "labelled", "labelled-a", range(9, 10), 80.0, job_id="77")
    seen(telemetry, "dated", "dated-a", range(9, 10), 80.0, job_id="78")
    seen(telemetry, "owner", "owner-a", range(9, 10), 80.0, namespace="lab", pod="nightly-0")
    seen(telemetry, "worker", "worker-a", range(9, 10), 80.0, namespace="slurm", pod="slurmd-0", job_id="79")
    seen(telemetry, "twins", "twins-a", range(9, 10), 80.0, namespace="search", pod="nightly-0")
    seen(telemetry, "east", "east-a", range(9, 10), 80.0, job_id="80")
    seen(telemetry, "west", "west-a", range(9, 10), 80.0, job_id="80")
    seen(telemetry, "west", "west-a", range(9, 10), 80.0, namespace="search")
    seen(telemetry, "contested", "contested-a", range(9, 10), 80.0, namespace="search")
    for number in range(8):
        seen(telemetry, "covered", f"covered-{number}", range(9, 10), 80.0, namespace="search")
    seen(telemetry, "shares", "shares-a", range(9, 11), 80.0, namespace="search")
    drawn = {"covers_seconds": 3600.0, "node": "node-shares", "namespace": "search"}
    telemetry.put("shares-a", [at("10:00"), at("11:00")], POWER, 400.0, **drawn)
    for name, slices, hours in (("ml-train", 4, 2), ("inference", 1, 6), ("serving", 2, 2)):
        profile = {"mig_instance": str(slices), "mig_profile": f"{slices}g.{10 * slices}gb"}
        seen(telemetry, "mig", "mig", range(hours), 0.0, namespace=f"mig-{name}", **(profile | MIG))
    jobs = [
        ran("dark", "1", 4, at("6:00"), at("12:00")),
        ran("partly", "2", 1, at("9:00"), at("10:00")),
        ran("twice", "3", 8, at("9:00"), at("10:00")),
        ran("twice", "4", 8, at("9:00"), at("10:00"), account="tune"),
        ran("labelled", "77", 1, at("9:00"), at("10:00")),
        ran("dated", "78", 1, at("23:00") - timedelta(days=1), at("10:00"), account="dated"),
        ran("owner", "uid-1", 1, at("9:00"), at("10:00"), job_name="nightly", **POD),
        ran("worker", "79", 1, at("9:00"), at("10:00"), account="tune"),
        ran("worker", "uid-2", 0, at("9:00"), at("10:00"), **POD | {"namespace": "slurm", "pod": "slurmd-0"}),
        *(
            ran("twins", "uid-3", 0, at("9:00"), at("10:00"), cluster=name, job_name="nightly", **SEARCH_POD)
            for name in "ab"
        ),
        ran("east", "80", 1, at("9:00"), at("10:00"), cluster="east"),
        ran("west", "80", 0.5, at("9:00"), at("10:00"), cluster="west", account="tune"),
        ran("requeued", "5", 2, at("9:00"), at("9:30"), state="NODE_FAIL", submitted_at=at("8:00")),
        ran("requeued", "5", 2, at("10:00"), at("11:15"), submitted_at=at("8:00")),
        ran("running", "6", 1, at("10:00"), None, state="RUNNING", known_until_at=at("12:00")),
        ran("contested", "7", 1, at("9:00"), at("10:00")),
        ran("covered", "8", 1, at("9:00"), at("10:00")),
        ran("shares", "10", 2, at("9:00"), at("12:00")),
        ran("by-gpu", "11", 8, at("9:00"), at("10:00")),
        ran("nowhere", "9", 1, at("9:00"), at("10:00"), nodes="node-nobody-knows"),
    ]
    providers = sorted({line["service_provider_name"] for line in lines()})
    tables = {
        "raw.job_record": jobs, "raw.workload_rule": RULES, "raw.gpu_model": MODELS,
        "raw.shared_cost_driver": DRIVERS,
        "raw.instance_type": machine_types(providers),
    }  # fmt: skip
    deliver(settings, telemetry, tables)
    bill(settings, lines())
    build(settings, select=["+fct_workload_tco_daily", "+fct_gpu_usage_hourly"])
    return settings


def held(home: Settings, provider: str) -> dict[tuple[str, str, str], tuple[float, Decimal]]:
    """GPU-hours and cost of a provider's pool, by workload, class and basis."""
    rows = ask(
        home,
        "select workload, cost_class, allocation_basis, held_ms / 3600000, "
        "(select sum(cost_usd) from intermediate.int_allocated_cost_daily as cost where cost.location = time.location "
        "and cost.workload = time.workload and cost.cost_class = time.cost_class "
        "and cost.allocation_basis = time.allocation_basis) "
        f"from intermediate.int_pool_time_daily as time where location = '{provider}'",
    )
    return {(workload, kind, basis): (hours, cost) for workload, kind, basis, hours, cost in rows}


def test_a_job_holds_its_gpus_where_nothing_else_tells(home: Settings) -> None:
    """4 GPUs × 6 h of the 192 h of the day, at 10 USD; the rest is nobody's known."""
    assert held(home, "dark") == {
        ("train", "direct", "scheduler"): (24, 240),
        ("__unallocated__", "unallocated", "scheduler"): (168, 1680),
    }


def test_a_job_gets_the_unlabelled_gpu_that_worked(home: Settings) -> None:
    """G07: 2 GPU-hours seen without a label, 1 claimed: the busy one is the job's, the other stays idle."""
    assert held(home, "partly") == {
        ("train", "direct", "scheduler"): (1, 10),
        ("__idle__", "idle", "telemetry"): (1, 10),
        ("__unallocated__", "unallocated", "telemetry"): (190, 1900),
    }
    rows = ask(
        home,
        "select gpu_uuid, workload, workload_basis, allocated_seconds, busy_seconds from marts.fct_gpu_usage_hourly "
        "where node = 'node-partly' order by gpu_uuid",
    )
    assert rows == [("partly-a", "__unallocated__", "none", 0, 0), ("partly-b", "train", "scheduler", 3600, 3600)]


def test_claims_beyond_a_node_show_as_over_allocated_and_are_not_cut(home: Settings) -> None:
    """M04: two jobs claim all 8 GPUs of one hour: 80 USD each, -80 over, and the other 184 h cost 1,840."""
    assert held(home, "twice") == {
        ("train", "direct", "scheduler"): (8, 80),
        ("tune", "direct", "scheduler"): (8, 80),
        ("__over_allocated__", "over_allocated", "scheduler"): (-8, -80),
        ("__unallocated__", "unallocated", "scheduler"): (184, 1840),
    }


def test_a_node_billed_by_the_gpu_is_not_one_gpu(home: Settings) -> None:
    """M04: 8 GPU-hours of 192 billed, 80 of 1,920 USD: a SKU of one GPU does not say how many the node has."""
    assert held(home, "by-gpu") == {
        ("train", "direct", "scheduler"): (8, 80),
        ("__unallocated__", "unallocated", "scheduler"): (184, 1840),
    }


def test_a_job_that_telemetry_labels_is_not_held_twice(home: Settings) -> None:
    """The label names job 77; its record's account is what the rule knows."""
    assert held(home, "labelled") == {
        ("train", "direct", "telemetry"): (1, 10),
        ("__unallocated__", "unallocated", "telemetry"): (191, 1910),
    }


def test_a_run_over_a_change_of_rules_is_held_once_by_who_began_it(home: Settings) -> None:
    """One GPU from 0:00 to 10:00: the label tells of the last hour, the record of the other nine."""
    assert held(home, "dated") == {
        ("old", "direct", "telemetry"): (1, 10),
        ("old", "direct", "scheduler"): (9, 90),
        ("__unallocated__", "unallocated", "telemetry"): (182, 1820),
    }


def test_a_pod_that_telemetry_labels_is_not_held_twice(home: Settings) -> None:
    """The label names the pod; its record's owner is what the rule knows."""
    assert held(home, "owner") == {
        ("tune", "direct", "telemetry"): (1, 10),
        ("__unallocated__", "unallocated", "telemetry"): (191, 1910),
    }


def test_a_job_in_a_labelled_pod_is_held_once_by_who_its_record_names(home: Settings) -> None:
    """The label also names the pod of a node's daemon, which has a record too, in a namespace that is another's."""
    assert held(home, "worker") == {
        ("tune", "direct", "telemetry"): (1, 10),
        ("__unallocated__", "unallocated", "telemetry"): (191, 1910),
    }


def test_a_job_whose_id_two_clusters_used_goes_by_the_record_of_its_node(home: Settings) -> None:
    """A GPU-hour each, in the west in two pods' hands: taken for another's, it would be claimed once more."""
    assert held(home, "east") == {
        ("train", "direct", "telemetry"): (1, 10),
        ("__unallocated__", "unallocated", "telemetry"): (191, 1910),
    }
    assert held(home, "west") == {
        ("tune", "direct", "telemetry"): (0.5, 5),
        ("search", "direct", "telemetry"): (0.5, 5),
        ("__unallocated__", "unallocated", "telemetry"): (191, 1910),
    }


def test_a_pod_whose_name_two_clusters_used_goes_by_its_label(home: Settings) -> None:
    """Their owner is tune's by its rule, but both are on this node, and neither is known to be of this pod."""
    assert held(home, "twins")["search", "direct", "telemetry"] == (1, 10)


def test_runs_of_a_requeued_job_count_each_and_once(home: Settings) -> None:
    """2 GPUs × (0.5 h + 1.25 h)."""
    assert held(home, "requeued")["train", "direct", "scheduler"] == (3.5, 35)


def test_a_job_that_still_runs_holds_what_is_known(home: Settings) -> None:
    """G16: seen until 12:00."""
    assert held(home, "running")["train", "direct", "scheduler"] == (2, 20)


def test_a_label_stands_beside_a_job_while_the_node_has_room(home: Settings) -> None:
    assert held(home, "contested") == {
        ("search", "direct", "telemetry"): (1, 10),
        ("train", "direct", "scheduler"): (1, 10),
        ("__unallocated__", "unallocated", "telemetry"): (190, 1900),
    }


def test_a_job_on_a_node_that_labels_fill_is_over_allocated(home: Settings) -> None:
    """M04: labels hold all 8 GPU-hours; the job's hour is one too many."""
    found = held(home, "covered")
    assert found["search", "direct", "telemetry"] == (8, 80)
    assert found["train", "direct", "scheduler"] == (1, 10)
    assert found["__over_allocated__", "over_allocated", "scheduler"] == (-1, -10)


def test_bills_speak_where_neither_telemetry_nor_scheduler_does(home: Settings) -> None:
    assert held(home, "tagged") == {("tagged", "direct", "billing"): (192, 1920)}


def test_hours_taken_back_are_off_those_of_the_workload_they_name(home: Settings) -> None:
    """24 h of eight GPUs less 2: 176 GPU-hours for 1,920 - 160 USD, and nothing is over-allocated."""
    assert held(home, "refunded") == {("search", "direct", "billing"): (176, 1760)}


WITHOUT_TIME = {
    "returned": ("none", -80),  # 8 GPU-hours of an earlier day and 80 USD given back
    "not run": ("none", 5),  # 0 hours of a machine are told
    "undone": ("none", 60),  # 24 h given and taken back, at another price
    "silent": ("hours unknown", 2000),  # no hours told: 1,920 and 80 USD
}


@pytest.mark.parametrize("provider", WITHOUT_TIME)
def test_a_pool_without_paid_time_has_its_cost_as_idle_and_says_whether_its_hours_are_known(
    home: Settings, provider: str
) -> None:
    """M02: nobody held a pool that gave no time."""
    sql = "select workload, cost_class, allocation_basis, cost_usd from intermediate.int_allocated_cost_daily "
    basis, usd = WITHOUT_TIME[provider]
    assert ask(home, sql + f"where location = '{provider}'") == [("__idle__", "idle", basis, usd)]
    carried = (
        "select workload, idle_cost_usd from marts.fct_workload_tco_daily where idle_cost_usd <> 0 and location = "
    )
    assert ask(home, f"{carried}'{provider}'") == [("__idle__", usd)]


def test_every_pool_adds_up_to_what_was_paid(home: Settings) -> None:
    """M02: to the last place, over all cases."""
    sql = "select location, sum(cost_usd) from intermediate.int_allocated_cost_daily group by 1 order by 1"
    expected: dict[str, Decimal] = {}
    for line in lines():
        name = line["service_provider_name"]
        expected[name] = expected.get(name, Decimal(0)) + line["effective_cost"]
    assert dict(ask(home, sql)) == expected


def test_shared_cost_goes_by_the_driver_that_the_register_declares(home: Settings) -> None:
    """Search held 2 GPU-hours and drew all the energy seen, train 6; they cost 20 + 10 (tagged) and 60, tune 20.

    GPU hours: Support 100 and Archive 7, which has no tagged line. Equal: Disk 90 over those that held GPUs. Direct
    cost: Network 110. Tagged cost: Bucket 30 as 10 and 20 are.
    """
    rows = ask(
        home,
        "select shared_driver, workload, sum(cost_usd) from intermediate.int_allocated_cost_daily "
        "where location = 'shares' and cost_class = 'shared' group by 1, 2",
    )
    assert {(by, workload): cost for by, workload, cost in rows} == {
        ("gpu_hours", "search"): Decimal("26.75"), ("gpu_hours", "train"): Decimal("80.25"),
        ("equal", "search"): 45, ("equal", "train"): 45,
        ("direct_cost", "search"): 30, ("direct_cost", "train"): 60, ("direct_cost", "tune"): 20,
        ("workload", "train"): 8,
        ("tagged_cost", "search"): 10, ("tagged_cost", "tune"): 20,
        ("energy", "search"): 60,
    }  # fmt: skip


def test_shared_cost_that_nobody_can_bear_is_kept(home: Settings) -> None:
    sql = (
        "select workload, shared_driver, cost_usd from intermediate.int_allocated_cost_daily where location = 'nobody'"
    )
    assert ask(home, sql) == [("__shared__", "none", 5)]


# Koku's documentation of GPU cost, its MIG example: an A100 at 2,016 USD a month of 28 days, 72 USD a day.
KOKU_USD = {"ml-train": 3.4286, "inference": 2.5714, "serving": 1.7143, "__unallocated__": 64.2857}
KOKU_SHARE_OF_1000_USD = {"ml-train": 444.44, "inference": 333.33, "serving": 222.22}


def test_mig_slices_cost_what_koku_publishes(home: Settings) -> None:
    """G10: 4 slices × 2 h, 1 × 6 h and 2 × 2 h of 168 slice-hours; 150 nobody held. It closes to 72.00."""
    where = "location = 'mig' and cost_class <> 'shared'"
    costs = dict(ask(home, f"select workload, cost_usd from intermediate.int_allocated_cost_daily where {where}"))
    assert {name: round(float(cost), 4) for name, cost in costs.items()} == KOKU_USD
    assert sum(costs.values()) == 72


def test_a_cost_that_mig_tenants_share_goes_by_slice_hours(home: Settings) -> None:
    """G10: 1,000 USD over 8, 6 and 4 slice-hours; the shares add up to all of it."""
    where = "location = 'mig' and shared_cost_usd <> 0"
    costs = dict(ask(home, f"select workload, shared_cost_usd from marts.fct_workload_tco_daily where {where}"))
    assert {name: round(float(cost), 2) for name, cost in costs.items()} == KOKU_SHARE_OF_1000_USD
    assert sum(costs.values()) == 1000
