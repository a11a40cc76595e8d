"""GPU-hours and energy from hand-made telemetry: resets, sentinels, gaps, sharing, MIG, swapped cards, replicas, DST.

Every case is a device of its own; its figures are worked out in the test's comment. A sample speaks for the time since
the sample before it; a first one, and one after a gap of more than five minutes, for 30 seconds.
"""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta

import pytest
from _telemetry import DAY, ENERGY, ENGINE, MJ_PER_KWH, POWER, UTIL, Telemetry, ask, at, build, deliver, every

from pipelines.settings import Settings

HOUR = every(300, at("0:05"), at("1:00"))  # twelve samples of 300 s that fill the first hour
GPU_MODEL = {
    "delivery_id": "reference", "source_part": "f", "gpu_model": "H100-SXM-80GB", "name_patterns": "nvidia h100.*",
    "max_slices": 7, "reference": "test",
}  # fmt: skip
ASSET = {
    "delivery_id": "reference", "source_part": "f", "asset_id": "server-1", "asset_class": "gpu_server",
    "site_id": "site-1", "node": "rack-1", "gpu_model": "H100-SXM-80GB", "gpus": 1, "purchase_price_usd": 1,
    "salvage_usd": 0, "ordered_date": date(2026, 1, 1), "go_live_date": date(2026, 1, 1), "life_months": 60,
    "depreciation_method": "straight_line", "cost_of_capital_frac_per_year": 0, "idle_kw": 0, "peak_kw": 0,
    "contracted_kw": 0, "maintenance_frac_per_year": 0, "software_usd_per_gpu_year": 0, "insurance_frac_per_year": 0,
}  # fmt: skip
RULE = {
    "delivery_id": "reference", "source_part": "f", "rule_id": "r1", "priority_index": 1, "workload": "search",
    "workload_kind": "inference", "match_field": "namespace", "match_pattern": "search-.*",
}  # fmt: skip


def counter(*readings_kwh: float) -> list[float]:
    """Readings of the energy counter, as the device gives them."""
    return [reading * MJ_PER_KWH for reading in readings_kwh]


def cases() -> Telemetry:
    """All devices."""
    telemetry = Telemetry()
    put = telemetry.put
    seven = every(300, at("0:00"), at("0:30"))
    put("reset", seven, ENERGY, counter(100.0, 100.1, 100.2, 0.05, 0.15, 0.02, 0.12))

    put("sentinel", HOUR, UTIL, [80.0, None] * 6)
    put("sentinel", HOUR, POWER, [400.0, None] * 6)
    put("unmeasured", HOUR, POWER, 300.0)

    put("gap", every(60, at("0:00"), at("0:30")) + every(60, at("2:30"), at("3:00")), UTIL, 90.0)

    put("labels", HOUR[:9], UTIL, 50.0, namespace="search-api", pod="p-1")
    put("labels", HOUR[9:], UTIL, 50.0)

    for pod in ("a", "b", "c"):
        put("shared", [at("0:00"), *HOUR], ENERGY, counter(*(0.1 * step for step in range(13))), namespace=pod, pod=pod)
        put("shared", [at("0:00"), *HOUR], UTIL, 60.0, namespace=pod, pod=pod)
    put("half-labelled", HOUR, UTIL, 50.0, namespace="search-api", pod="p-9")
    put("half-labelled", HOUR, POWER, 300.0)
    for namespace in "gh":
        put("same-pod", HOUR, UTIL, 50.0, namespace=namespace, pod="trainer-0")
    put("by-metric", HOUR, UTIL, 50.0, namespace="d", pod="d")
    put("by-metric", HOUR, POWER, 300.0, namespace="e", pod="e")

    for instance in range(7):
        one = {"mig_instance": str(instance + 7), "mig_profile": "1g.10gb"}
        put("mig", [at("0:00"), *HOUR], ENERGY, counter(*(0.1 * step for step in range(13))), **one)
        put("mig", [at("0:00"), *HOUR], ENGINE, 0.5 if instance < 2 else 0.0, **one)
    for instance in range(1, 8):
        one = {"mig_instance": str(instance), "mig_profile": "1g.10gb"}
        put("repartitioned", every(300, at("12:00"), at("12:30")), ENGINE, 0.5, **one)
    for instance, profile in ((1, "3g.40gb"), (2, "4g.40gb")):
        one = {"mig_instance": str(instance), "mig_profile": profile}
        put("repartitioned", every(300, at("12:35"), at("13:00")), ENGINE, 0.5, **one)

    hourly = {"node": "rack-1", "covers_seconds": 3600.0}
    put("card-old", every(3600, at("0:00"), at("12:00")), ENERGY, counter(*range(900, 913)), **hourly)
    put("card-new", every(3600, at("13:00"), at("24:00")), ENERGY, counter(*range(5, 17)), **hourly)
    put("card-new", every(3600, at("13:00"), at("24:00")), POWER, 1000.0, **hourly)

    clean = [(moment, float(10 * (number % 7))) for number, moment in enumerate(every(300, at("6:00"), at("8:00")))]
    put("in-order", [moment for moment, _ in clean], UTIL, [value for _, value in clean])
    mixed = [*clean, *clean[::3]]
    random.Random(13).shuffle(mixed)
    put("mixed", [moment for moment, _ in mixed], UTIL, [value for _, value in mixed])
    put("mixed", [moment for moment, _ in clean], UTIL, 99.0, delivery_id="d2")

    put("lightly", HOUR, UTIL, [2.0] * 10 + [70.0, 3.0], namespace="notebooks", pod="jupyter")

    put("midnight", [at("0:30", DAY + timedelta(days=1))], POWER, 500.0, covers_seconds=3600.0)

    put("overnight", every(240, at("23:50"), at("0:10", DAY + timedelta(days=1))), UTIL, 50.0)
    silent = [datetime(2026, 6, 10, 0, 5), *every(300, datetime(2026, 6, 13, 0, 5), datetime(2026, 6, 13, 1, 0))]
    put("silent", silent, ENERGY, counter(10.0, *(13.0 + 0.05 * step for step in range(12))))
    put("silent", silent, POWER, 600.0)

    # Silent for longer than a run of the 15th looks back, or so long that it sees too little of the standstill.
    put("unmoved", [datetime(2026, 6, 13, 12), datetime(2026, 6, 15, 3)], POWER, 300.0)
    put("unmoved-again", [datetime(2026, 6, 13, 23), datetime(2026, 6, 14, 20), at("1:00")], POWER, 300.0)

    for first, last in ((datetime(2026, 3, 7), datetime(2026, 3, 10)), (datetime(2026, 10, 31), datetime(2026, 11, 3))):
        hours = every(3600, first + timedelta(hours=1), last + timedelta(hours=12))
        put("dst", hours, POWER, [700.0 + step % 5 for step in range(len(hours))], covers_seconds=3600.0)
    return telemetry


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    settings = Settings(home=tmp_path_factory.mktemp("usage") / "home", min_free_disk_bytes=0)
    cards = [
        {"gpu_uuid": "card-old", "valid_from_date": date(2026, 1, 1), "valid_to_date": date(2026, 6, 16)},
        {"gpu_uuid": "card-new", "valid_from_date": date(2026, 6, 15)},
    ]
    lineage = {"delivery_id": "reference", "source_part": "f", "asset_id": "server-1", "slot_index": 0}
    registers = {
        "raw.gpu_model": [GPU_MODEL],
        "raw.asset": [ASSET],
        "raw.asset_gpu": [lineage | card for card in cards],
        "raw.workload_rule": [RULE],
    }
    deliver(settings, cases(), registers)
    build(settings)
    return settings


def rows(home: Settings, gpu: str, columns: str) -> list[tuple[object, ...]]:
    """Rows of a device in order of hour, instance and workload."""
    return ask(
        home,
        f"select {columns} from marts.fct_gpu_usage_hourly where gpu_uuid = '{gpu}' "
        "order by hour_at, try_cast(mig_instance as integer), workload",
    )


def one(home: Settings, gpu: str, expression: str, where: str = "true") -> object:
    """One figure over a device."""
    sql = f"select {expression} from marts.fct_gpu_usage_hourly where gpu_uuid = '{gpu}' and {where}"
    ((found,),) = ask(home, sql)
    return found


def exactly(value: float) -> object:
    """Equal to a billionth: physical quantities are summed to twelve places."""
    return pytest.approx(value, rel=0, abs=1e-9)


IN_FIRST_HOUR = "hour_at = timestamp '2026-06-15 00:00:00'"


def test_a_counter_that_is_reset_twice_counts_what_was_used_since(home: Settings) -> None:
    """G01: .1 + .1 + (reset) .05 + .1 + (reset) .02 + .1 = .47 kWh; the largest less the smallest would be 100.18."""
    assert one(home, "reset", "sum(gpu_energy_kwh)") == exactly(0.47)


def test_energy_by_counter_is_told_from_energy_by_power(home: Settings) -> None:
    bases = [one(home, gpu, "max(energy_basis)", IN_FIRST_HOUR) for gpu in ("reset", "unmeasured")]
    assert bases == ["counter", "integral"]


def test_a_sentinel_is_left_out_of_means(home: Settings) -> None:
    """G02: 80 every other sample is 0.8, not 0.4; 400 W is 400 W, not 200."""
    assert one(home, "sentinel", "(gpu_util_frac, power_w)", IN_FIRST_HOUR) == (exactly(0.8), exactly(400))


def test_time_without_a_measure_of_use_is_neither_busy_nor_idle(home: Settings) -> None:
    """G02, G05: twelve samples, the first of 30 s in a run of 300 s each: 3330 s seen, use unknown in all of them."""
    sql = "select sum(covered_seconds), sum(busy_seconds), sum(idle_seconds) from intermediate.int_gpu_usage_hourly "
    assert ask(home, sql + "where gpu_uuid = 'unmeasured'") == [(3330, 0, 0)]


def test_a_gap_is_not_seen_and_not_idle(home: Settings) -> None:
    """G05: 30 s before midnight, 30 min, nothing from 0:30 to 2:29:30, 30 s and 30 min."""
    seen = rows(home, "gap", "hour_at, covered_seconds, busy_seconds")
    assert seen == [
        (at("0:00") - timedelta(hours=1), 30, 30),
        (at("0:00"), 1800, 1800),
        (at("2:00"), 1830, 1830),
    ]


def test_time_without_a_label_is_kept_apart_and_not_lost(home: Settings) -> None:
    """G07: nine labelled samples are 30 + 8 × 300 = 2430 s, three unlabelled 900 s."""
    seen = rows(home, "labels", "workload, covered_seconds, allocated_seconds")
    assert seen == [("__unallocated__", 900, 0), ("search", 2430, 2430)]


def test_a_label_no_rule_knows_names_its_own_workload(home: Settings) -> None:
    """G07: 'notebooks' matches no rule and is seen all the same."""
    assert one(home, "lightly", "min(workload)") == "namespace:notebooks"


def test_three_pods_on_one_gpu_share_its_time(home: Settings) -> None:
    """G09, G11: an hour of a GPU, 1200 s each; every pod's series tells the whole device's."""
    seen = rows(home, "shared", f"workload, covered_seconds, {IN_FIRST_HOUR}")
    assert [row[:2] for row in seen if row[2]] == [(f"namespace:{pod}", exactly(1200)) for pod in "abc"]


def test_three_pods_on_one_gpu_share_its_energy(home: Settings) -> None:
    """G09: the counter goes from 0 to 1.2 kWh: .4 each, 1.2 together and not 3.6."""
    seen = rows(home, "shared", f"gpu_energy_kwh, {IN_FIRST_HOUR}")
    assert [row[0] for row in seen if row[1]] == [exactly(0.4)] * 3


def test_a_label_on_one_metric_is_of_the_whole_moment(home: Settings) -> None:
    """G07: power came without the pod that utilisation names: 30 + 11 x 300 = 3330 s are its, and nothing nobody's."""
    assert rows(home, "half-labelled", "workload, covered_seconds") == [("search", 3330)]


def test_metrics_with_labels_of_their_own_share_the_moment(home: Settings) -> None:
    """G09: one pod by utilisation, another by power: half of 3330 s each."""
    seen = rows(home, "by-metric", "workload, covered_seconds")
    assert seen == [("namespace:d", exactly(1665)), ("namespace:e", exactly(1665))]


def test_pods_of_one_name_in_two_namespaces_are_two(home: Settings) -> None:
    """G09: both are called trainer-0: half of 3330 s each."""
    seen = rows(home, "same-pod", "workload, covered_seconds")
    assert seen == [("namespace:g", exactly(1665)), ("namespace:h", exactly(1665))]


def test_seven_slices_are_one_gpu(home: Settings) -> None:
    """G10: 7 × 1/7 of an hour."""
    assert one(home, "mig", "sum(gpu_part_ratio * covered_seconds) / 3600", IN_FIRST_HOUR) == exactly(1)


def test_busy_slices_count_as_their_part(home: Settings) -> None:
    """G10: two of seven worked all hour."""
    assert one(home, "mig", "sum(gpu_part_ratio * busy_seconds) / 3600", IN_FIRST_HOUR) == exactly(2 / 7)


def test_energy_repeated_on_each_slice_counts_once(home: Settings) -> None:
    """G10: 1.2 kWh on the device's counter, read on seven instances."""
    assert one(home, "mig", "sum(gpu_energy_kwh)", IN_FIRST_HOUR) == exactly(1.2)


def test_a_gpu_cut_anew_within_an_hour_stays_one_gpu(home: Settings) -> None:
    """G10: 7 × 1g until 12:30, then 3g and 4g under the ids 1 and 2 again."""
    at_noon = "hour_at = timestamp '2026-06-15 12:00:00'"
    assert one(home, "repartitioned", "sum(gpu_part_ratio * covered_seconds) / 3600", at_noon) == exactly(1)


def test_a_slice_counts_by_its_profile_of_the_moment(home: Settings) -> None:
    """G10: id 1 was 1g for half the hour and 3g for the other: 2/7 in the mean."""
    at_noon = "hour_at = timestamp '2026-06-15 12:00:00' and mig_instance = '1'"
    assert one(home, "repartitioned", "gpu_part_ratio", at_noon) == exactly(2 / 7)


def test_a_swapped_card_and_its_successor_are_two_devices_of_one_server(home: Settings) -> None:
    """G12: swapped at noon: twelve hours each, both of server-1."""
    sql = "select gpu_uuid, asset_id, sum(covered_seconds) / 3600 from marts.fct_gpu_usage_hourly "
    sql += "where gpu_uuid like 'card-%' and hour_at >= timestamp '2026-06-15 00:00:00' group by all order by 1"
    assert ask(home, sql) == [("card-new", "server-1", 12), ("card-old", "server-1", 12)]


def test_the_successors_counter_is_not_measured_against_the_old_cards(home: Settings) -> None:
    """G12: old 900 → 912 is 12 kWh. New 5 → 16 is 11 kWh and its first hour, before any reading, 1 kW × 1 h."""
    sql = "select sum(gpu_energy_kwh) from marts.fct_gpu_usage_hourly where gpu_uuid like 'card-%' "
    assert ask(home, sql + "and hour_at >= timestamp '2026-06-15 00:00:00'") == [(exactly(24),)]


def test_duplicates_replicas_and_disorder_change_nothing(home: Settings) -> None:
    """G13: the replica's 99 came second and is not used."""
    columns = "hour_at, covered_seconds, busy_seconds, gpu_util_frac"
    assert rows(home, "mixed", columns) == rows(home, "in-order", columns)


def test_allocated_time_is_not_busy_time(home: Settings) -> None:
    """G15: held for 3330 s, above 5 % of use in one sample of 300 s."""
    figures = "(sum(allocated_seconds), sum(busy_seconds))"
    assert one(home, "lightly", figures) == (3330, 300)


def test_a_sample_over_midnight_counts_half_on_each_day(home: Settings) -> None:
    """Z01: 23:30 to 0:30 at 500 W: 1800 s and .25 kWh a side."""
    seen = rows(home, "midnight", "hour_at, covered_seconds, gpu_energy_kwh")
    assert seen == [(at("23:00"), 1800, exactly(0.25)), (at("24:00"), 1800, exactly(0.25))]


def test_days_add_up_to_the_hours_that_were_sampled(home: Settings) -> None:
    """Z01: 84 hours in March, 84 in November, whatever days they are grouped by."""
    assert one(home, "dst", "sum(covered_seconds) / 3600") == 2 * (3 * 24 + 12)


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("America/Los_Angeles", "2026-03-08", 23),
        ("America/Los_Angeles", "2026-11-01", 25),
        ("UTC", "2026-03-08", 24),
        ("Asia/Tokyo", "2026-11-01", 24),
        ("Asia/Kolkata", "2026-03-09", 24),
    ],
)
def test_a_local_day_has_its_real_hours(home: Settings, zone: str, day: str, hours: int) -> None:
    """Z02: stored in UTC, grouped by a local day that the clocks change on."""
    local = f"cast(timezone('{zone}', timezone('UTC', hour_at)) as date) = date '{day}'"
    assert one(home, "dst", "sum(covered_seconds) / 3600", local) == hours


def test_a_counter_last_read_days_ago_is_not_used(home: Settings) -> None:
    """G05: three silent days. 30 s at 600 W are .005 kWh, then 11 readings of .05; not the 3 kWh of the silence."""
    day = "hour_at >= timestamp '2026-06-13 00:00:00'"
    assert one(home, "silent", "sum(gpu_energy_kwh)", day) == exactly(0.005 + 11 * 0.05)


@pytest.mark.parametrize(("gpu", "samples"), [("unmoved", 2), ("unmoved-again", 3)])
def test_the_same_power_after_a_long_silence_is_believed(home: Settings, gpu: str, samples: int) -> None:
    """G04: nobody hangs for so long and comes back; each sample speaks for its 30 s."""
    assert one(home, gpu, "(sum(frozen_seconds), sum(covered_seconds))") == (0, 30 * samples)


def test_a_day_built_alone_is_as_the_whole_history_gave_it(home: Settings) -> None:
    """S06: and all other days stay as they are, byte for byte."""
    before = ask(home, "select * from marts.fct_gpu_usage_hourly order by all")
    for day in (13, 15, 16):
        build(home, date(2026, 6, day), date(2026, 6, day + 1), full=False)
        assert ask(home, "select * from marts.fct_gpu_usage_hourly order by all") == before
