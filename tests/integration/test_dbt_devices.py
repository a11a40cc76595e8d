"""GPU time and energy where meters lie: frozen exporters, clocks of two scrapers, exchanged counters, MIG told twice.

Every case is a device of its own. Beside the cases, random devices with pods that come and go, sentinels, resets and
gaps are added up by a few lines of Python that share nothing with the models.
"""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import date, datetime, timedelta

import pytest
from _telemetry import DAY, ENERGY, ENGINE, POWER, UTIL, Telemetry, ask, at, build, deliver, every
from test_dbt_usage import GPU_MODEL, HOUR, counter, exactly

from pipelines.settings import Settings

A100 = GPU_MODEL | {"gpu_model": "A100-SXM-80GB", "name_patterns": "nvidia a100.*"}
SEEDS = range(12)
# Koku's documentation of GPU cost: an A100 at 72 USD a day, workload, hours, slices of seven.
KOKU = (("ml-train", 2, 4), ("inference", 6, 1), ("serving", 2, 2))


def frozen(put: object) -> None:
    alive, still = every(300, at("0:00"), at("1:00")), every(300, at("1:05"), at("8:00"))
    pod = {"namespace": "train", "pod": "t-0"}
    watts = [400.0 + step for step in range(len(alive))] + [412.0] * len(still)
    for gpu, step_kwh in (("frozen", 0.0), ("steady", 0.05)):
        readings = [
            *(0.125 * step for step in range(13)),
            *(1.5 + step_kwh * step for step in range(1, len(still) + 1)),
        ]
        put(gpu, [*alive, *still], POWER, watts, **pod)
        put(gpu, [*alive, *still], ENERGY, counter(*readings), **pod)
        put(gpu, [*alive, *still], UTIL, 90.0, **pod)
    put("resting", every(300, at("0:00"), at("5:55")), POWER, 69.0)
    put("six-hours", every(300, at("0:00"), at("6:00")), POWER, 69.0)


def sliced(put: object) -> None:
    """A GPU told whole and by its instances: 3g and 2g of seven slices, a pod on the 3g."""
    whole = [at("0:00"), *HOUR]
    put("told-twice", whole, POWER, 700.0, namespace="gpu-user", pod="somebody")
    put("told-twice", whole, ENERGY, counter(*(0.7 * step / 12 for step in range(13))))
    put("told-twice", whole, ENGINE, 0.4, mig_instance="1", mig_profile="3g.40gb", namespace="chat", pod="c-0")
    put("told-twice", whole, ENGINE, 0.0, mig_instance="2", mig_profile="2g.20gb")
    half_a_minute = timedelta(seconds=30)
    put("in-turns", every(60, at("0:00"), at("1:00")), UTIL, 50.0)
    later = every(60, at("0:00") + half_a_minute, at("1:00") - half_a_minute)
    put("in-turns", later, ENGINE, 0.5, mig_instance="1", mig_profile="3g.40gb", namespace="turn", pod="t")
    put("own-meter", whole, POWER, 400.0)
    put("own-meter", whole, POWER, 900.0, mig_instance="1", mig_profile="3g.40gb")
    put("own-meter", whole, ENGINE, 0.5, mig_instance="2", mig_profile="2g.20gb")
    # 3g and 4g for half an hour, then 7g, then 3g and 4g again; 700 W of the GPU all the time.
    for first, last, cut in (("0:00", "0:30", (3, 4)), ("0:35", "1:30", (7,)), ("1:35", "2:00", (3, 4))):
        times = every(300, at(first), at(last))
        readings = counter(*(0.7 * (moment - at("0:00")).total_seconds() / 3600 for moment in times))
        for slices in cut:
            one = {"mig_instance": str(slices), "mig_profile": f"{slices}g.80gb"}
            put("cut-anew", times, ENERGY, readings, **one)
    # Between two readings of an instance another of its GPU has one.
    own = {"mig_instance": "1", "mig_profile": "3g.40gb"}
    put("seldom-read", every(300, at("0:00"), at("2:00")), ENGINE, 0.5, **own)
    put("seldom-read", [at("0:00"), at("2:00")], ENERGY, counter(1, 1.9), **own)
    put("seldom-read", [at("1:00")], ENERGY, counter(1.2), mig_instance="2", mig_profile="4g.40gb")
    put("no-profile", HOUR, ENGINE, 0.5, mig_instance="1")
    put("no-profile", HOUR, ENGINE, 0.5, mig_instance="2")
    a100 = {"gpu_model_name": "NVIDIA A100-SXM4-80GB", "covers_seconds": 3600.0}
    put("koku", every(3600, at("1:00"), at("24:00")), POWER, [300.0 + step for step in range(24)], **a100)
    for number, (workload, hours, slices) in enumerate(KOKU):
        one = {"mig_instance": str(number), "mig_profile": f"{slices}g.10gb", "namespace": workload, "pod": workload}
        put("koku", every(3600, at("1:00"), at(f"{hours}:00")), ENGINE, 0.5, **one, **a100)


def meters(put: object) -> None:
    # Two scrapers a minute apart whose clocks differ: the second's readings are of a little earlier.
    put("two-clocks", every(120, at("0:00"), at("1:00")), ENERGY, counter(*(100 + 0.02 * step for step in range(31))))
    late = every(120, at("0:01"), at("0:59"))
    put("two-clocks", late, ENERGY, counter(*(100 + 0.02 * step - 0.005 for step in range(30))))
    put("exchanged", HOUR, ENERGY, counter(*(5 + 0.05 * step for step in range(6)), *(90 + 0.05 * s for s in range(6))))
    put("exchanged", HOUR, POWER, 600.0)
    # A scraper each minute, blank at half past; beside it a log of power each twenty seconds.
    minutes = every(60, at("0:00"), at("1:00"))
    readings = counter(*(0.5 * step / 60 for step in range(61)))
    put("two-sources", minutes, ENERGY, [*readings[:30], None, *readings[31:]])
    put("two-sources", minutes, POWER, [500.0 + 0.1 * (step % 3) for step in range(61)])
    log = [moment + timedelta(seconds=more) for moment in minutes[:-1] for more in (20, 40)]
    put("two-sources", log, POWER, [500.0 + 0.1 * (step % 7) for step in range(120)])
    # On for a second, off for a second; a scrape each half minute always meets it on.
    put("blinking", every(30, at("0:00"), at("1:00")), POWER, [700.0 + 0.1 * (step % 3) for step in range(121)])
    put("blinking", every(30, at("0:00"), at("1:00")), ENERGY, counter(*(0.4 * step / 120 for step in range(121))))
    for pod in "abcd":
        put("quarters", [at("0:00"), *HOUR], UTIL, 80.0, namespace=pod, pod=pod)
    put("quarters", [at("0:00"), *HOUR], POWER, [500.0 + step for step in range(13)])


def randomly(put: object, seed: int) -> tuple[float, float]:
    """Put down a device; the seconds it was seen and the kWh it used, by the rules of docs/method.md."""
    rng = random.Random(seed)
    gpu, moment, reading = f"random-{seed}", at("6:00"), rng.uniform(1, 500)
    seen = used = 0.0
    last: datetime | None = None
    for _ in range(rng.randint(100, 200)):
        gap = rng.choice([30, 60, 60, 60, 290, 300, 301, 4000])
        moment += timedelta(seconds=gap)
        drawn_kwh = rng.uniform(0.05, 0.7) * gap / 3600
        # One that begins above what it showed before, nobody can tell.
        is_reset = last is not None and drawn_kwh < reading and rng.random() < 0.05
        reading = drawn_kwh if is_reset else reading + drawn_kwh
        seen += gap if last is not None and gap <= 300 else 30
        used += drawn_kwh if last is not None else 0
        last = moment
        pods = rng.choice([[], ["p"], ["p", "q", "r"]])
        is_blank = rng.random() < 0.1
        for labels in [{"namespace": pod, "pod": pod} for pod in pods] or [{}]:
            put(gpu, [moment], ENERGY, counter(reading), **labels)
            put(gpu, [moment], UTIL, [None if is_blank else 50.0], **labels)
    return seen, used


@pytest.fixture(scope="module")
def expected() -> dict[str, tuple[float, float]]:
    return {f"random-{seed}": randomly(lambda *_, **__: None, seed) for seed in SEEDS}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    settings = Settings(home=tmp_path_factory.mktemp("devices") / "home", min_free_disk_bytes=0)
    telemetry = Telemetry()
    for case in (frozen, sliced, meters):
        case(telemetry.put)
    for seed in SEEDS:
        randomly(telemetry.put, seed)
    deliver(settings, telemetry, {"raw.gpu_model": [GPU_MODEL, A100]})
    build(settings, date(2026, 6, 1), date(2026, 7, 1))
    return settings


def one(home: Settings, gpu: str, expression: str, where: str = "true") -> object:
    """One figure over a device."""
    ((found,),) = ask(home, f"select {expression} from marts.fct_gpu_usage_hourly where gpu_uuid = '{gpu}' and {where}")
    return found


def split(home: Settings, gpu: str, expression: str) -> dict[object, object]:
    """A figure by workload."""
    sql = f"select workload, {expression} from marts.fct_gpu_usage_hourly where gpu_uuid = '{gpu}' "
    return dict(ask(home, sql + f"and hour_at >= timestamp '{DAY}' group by workload"))


def test_seven_hours_of_the_same_power_and_counter_are_unknown(home: Settings) -> None:
    """G04: 1:05 to 8:00 repeats 1:00: seven hours that nobody held, busy and idle unknown, energy unknown."""
    where = f"hour_at > timestamp '{at('0:59')}'"
    figures = "(sum(frozen_seconds), sum(covered_seconds), sum(allocated_seconds), sum(busy_seconds))"
    assert one(home, "frozen", figures, where) == (7 * 3600, 0, 0, 0)
    assert one(home, "frozen", "sum(gpu_energy_kwh)", where) is None


def test_the_same_power_with_a_counter_that_rises_is_alive(home: Settings) -> None:
    """G04: 30 s and eight hours."""
    assert one(home, "steady", "(sum(frozen_seconds), sum(allocated_seconds))") == (0, 8 * 3600 + 30)


def test_less_than_six_hours_of_the_same_power_are_believed(home: Settings) -> None:
    """G04: drivers round."""
    assert one(home, "resting", "(sum(frozen_seconds), sum(covered_seconds))") == (0, 5 * 3600 + 55 * 60 + 30)


def test_six_hours_of_the_same_power_are_unknown(home: Settings) -> None:
    """G04: the first sample is believed, for its 30 s; the run begins with it and lasts six hours."""
    assert one(home, "six-hours", "(sum(frozen_seconds), sum(covered_seconds))") == (6 * 3600, 30)


def test_a_gpu_told_whole_and_by_slices_is_one_gpu(home: Settings) -> None:
    """G10: 3/7 of a pod, 2/7 of nobody, and 2/7 that are in no instance, whatever label the whole carries."""
    parts = split(home, "told-twice", "sum(gpu_part_ratio * covered_seconds) / 3600")
    assert parts == {"namespace:chat": exactly(3 / 7), "__unallocated__": exactly(4 / 7)}


def test_what_an_instance_is_counted_from_anothers_reading_is_none_of_the_time_before_it(home: Settings) -> None:
    """3/7 of the 0.7 kWh since one o'clock. Of the hour before, no two readings of the GPU tell which were its own."""
    hours = [f"mig_instance = '1' and hour_at = timestamp '{at(clock)}'" for clock in ("0:00", "1:00")]
    assert [one(home, "seldom-read", "sum(gpu_energy_kwh)", hour) for hour in hours] == [None, exactly(0.3)]


def test_energy_metered_on_the_whole_goes_to_the_slices(home: Settings) -> None:
    """G10: 0.7 kWh in the hour, by slices, and once."""
    parts = split(home, "told-twice", "sum(gpu_energy_kwh)")
    assert parts == {"namespace:chat": exactly(0.3), "__unallocated__": exactly(0.4)}


def test_scrapes_that_tell_the_whole_and_its_slices_in_turns_are_of_one_gpu(home: Settings) -> None:
    """G10: the whole at full minutes (30 + 3600 s of 4/7), the 3g at half ones (30 + 3540 s of 3/7)."""
    parts = split(home, "in-turns", "sum(gpu_part_ratio * covered_seconds)")
    before_midnight = one(home, "in-turns", "sum(gpu_part_ratio * covered_seconds)", f"hour_at < timestamp '{DAY}'")
    assert parts["namespace:turn"] == exactly(3570 * 3 / 7)
    assert float(str(parts["__unallocated__"])) + float(str(before_midnight)) == exactly(3630 * 4 / 7)


def test_a_slice_without_a_meter_has_the_wholes_and_not_another_slices(home: Settings) -> None:
    """G10: the whole draws 400 W, whatever the exporter says of the 3g."""
    assert one(home, "own-meter", "max(power_w)", "mig_instance = '2'") == exactly(400)


def test_what_is_in_no_instance_is_neither_busy_nor_idle(home: Settings) -> None:
    """G10: of the hour of the whole nothing is known; the 2g rested."""
    where = f"hour_at = timestamp '{DAY}'"
    assert one(home, "told-twice", "sum(unknown_seconds)", f"{where} and mig_instance is null") == 3600
    assert one(home, "told-twice", "sum(unknown_seconds)", f"{where} and mig_instance = '2'") == 0


def test_energy_counted_while_a_gpu_was_cut_otherwise_is_not_counted_again(home: Settings) -> None:
    """G10: 700 W for two hours. The 3g and 4g that come back would add the hour that was the 7g's: 2.1 kWh."""
    assert one(home, "cut-anew", "sum(gpu_energy_kwh)") == exactly(1.4)


def test_instances_without_a_profile_are_parts_alike(home: Settings) -> None:
    """G10: two of them, 11 samples of 300 s and a first of 30: not two GPUs."""
    assert one(home, "no-profile", "sum(gpu_part_ratio * covered_seconds)") == exactly(3330)


def test_slice_hours_are_those_of_the_published_case(home: Settings) -> None:
    """G10: 2 x 4, 6 x 1 and 2 x 2 slice-hours of 168; 150 unallocated."""
    found = split(home, "koku", "7 * sum(gpu_part_ratio * covered_seconds) / 3600")
    used = {f"namespace:{name}": exactly(hours * slices) for name, hours, slices in KOKU}
    assert found == {**used, "__unallocated__": exactly(150)}


def test_slice_hours_close_to_the_published_cost(home: Settings) -> None:
    """G10: at 72 USD a day: 3.4286, 2.5714, 1.7143 and 64.2857, which is 72.00."""
    usd = split(home, "koku", "72 * sum(gpu_part_ratio * covered_seconds) / 86400")
    assert {name: round(float(str(amount)), 4) for name, amount in usd.items()} == {
        "namespace:ml-train": 3.4286,
        "namespace:inference": 2.5714,
        "namespace:serving": 1.7143,
        "__unallocated__": 64.2857,
    }
    assert sum(float(str(amount)) for amount in usd.values()) == exactly(72)


def test_four_pods_of_a_quarter_are_one_gpu_hour(home: Settings) -> None:
    """G09, G11."""
    where = f"hour_at = timestamp '{DAY}'"
    assert one(home, "quarters", "sum(allocated_seconds)", where) == exactly(3600)
    assert one(home, "quarters", "max(allocated_seconds)", where) == exactly(900)


def test_a_fall_that_is_two_clocks_is_no_reset(home: Settings) -> None:
    """G01, G13: from 100 to 100.6 kWh, read by two; a reset each time would make it 3,000."""
    assert one(home, "two-clocks", "sum(gpu_energy_kwh)") == exactly(0.6)


def test_a_counter_that_went_on_from_a_higher_value_counts_by_power_there(home: Settings) -> None:
    """G01: 85 kWh in five minutes is another counter. First 30 s and that interval by power, 10 intervals of 0.05."""
    assert one(home, "exchanged", "sum(gpu_energy_kwh)") == exactly(600 * 330 / 3.6e6 + 10 * 0.05)
    where = f"hour_at = timestamp '{DAY}'"
    assert one(home, "exchanged", "max(energy_basis)", where) == "counter and integral"


def test_power_told_between_two_readings_of_a_counter_is_not_added_to_them(home: Settings) -> None:
    """G01, G13: 0.5 kWh in the hour, whoever tells of it; power of the log and the blank scrape would add 0.34."""
    where = f"hour_at = timestamp '{DAY}'"
    assert one(home, "two-sources", "(sum(gpu_energy_kwh), sum(energy_seconds))", where) == (exactly(0.5), 3600)


def test_energy_is_the_counters_where_a_gauge_is_sampled_too_seldom(home: Settings) -> None:
    """G06: 400 W in the mean, 700 W at each scrape; both stand beside each other, the counter is used."""
    figures = "(sum(gpu_energy_kwh), sum(counted_energy_kwh), round(sum(integral_energy_kwh), 3))"
    assert one(home, "blinking", figures, f"hour_at = timestamp '{DAY}'") == (exactly(0.4), exactly(0.4), 0.7)


def test_time_and_energy_are_conserved_whoever_held_a_device(
    home: Settings, expected: dict[str, tuple[float, float]]
) -> None:
    """G01, G02, G05, G09: twelve random devices with three pods at times, sentinels, resets and gaps."""
    sql = "select gpu_uuid, sum(covered_seconds), sum(gpu_energy_kwh) from marts.fct_gpu_usage_hourly "
    found = {gpu: (seen, used) for gpu, seen, used in ask(home, sql + "where gpu_uuid like 'random-%' group by 1")}
    assert found == {gpu: (exactly(seen), pytest.approx(used, abs=1e-6)) for gpu, (seen, used) in expected.items()}


@pytest.mark.parametrize("zone", ["UTC", "America/Los_Angeles", "Asia/Kolkata", "Asia/Tokyo"])
def test_days_of_any_zone_add_up_to_the_hours(home: Settings, zone: str) -> None:
    """Z01."""
    day = f"cast(timezone('{zone}', timezone('UTC', hour_at)) as date)"
    sql = f"select gpu_uuid, sum(covered_seconds) from marts.fct_gpu_usage_hourly group by gpu_uuid, {day}"
    by_day: dict[object, float] = defaultdict(float)
    for gpu, seconds in ask(home, sql):
        by_day[gpu] += float(str(seconds))
    whole = dict(ask(home, "select gpu_uuid, sum(covered_seconds) from marts.fct_gpu_usage_hourly group by 1"))
    assert by_day == {gpu: exactly(float(str(seconds))) for gpu, seconds in whole.items()}
