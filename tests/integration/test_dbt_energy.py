"""Energy and carbon of a server, hour by hour and by workload; each figure is worked out in the test's comment.

The server has two GPUs, A and B. Apart from its GPUs it draws 1 kW, and 1.2 kW for each kW of theirs; by its register
0.8 kW idle and 3 kW at most. The site's PUE is 1.25, its grid emits 200 g/kWh. Every sample speaks for an hour.

    hour  A                  B             meter             at the wall, kWh
    0     -                  -             -                 0.8
    1     pod a, 600 W       nobody 100 W  -                 1 + 1.2 x 0.7 = 1.84
    2     pod a, 600 W       nobody 100 W  2000 W            2
    3     pod a, 600 W       nobody 100 W  2400 W, half      1.2 + 1.84 / 2 = 2.12
    4     pod a, 50 % used   50 % used     -                 0.8 + 2.2 x 0.5 = 1.9
    5     pod a, 600 W       -             -                 0.5 x 1 + 1.2 x 0.6 + 0.5 x 0.8 = 1.62
    6-23  -                  -             -                 0.8
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from _telemetry import DAY, ENERGY, MJ_PER_KWH, POWER, UTIL, Telemetry, ask, at, build, deliver, every

from pipelines.settings import Settings

LINEAGE = {"delivery_id": "reference", "source_part": "f"}
MODEL = LINEAGE | {"gpu_model": "X-1", "name_patterns": "x1", "max_slices": 7, "reference": "test"}
SERVER = LINEAGE | {
    "asset_id": "server", "asset_class": "gpu_server", "site_id": "site", "node": "n1", "gpu_model": "X-1", "gpus": 2,
    "purchase_price_usd": 1, "salvage_usd": 0, "ordered_date": date(2026, 1, 1), "go_live_date": date(2026, 1, 1),
    "life_months": 12, "depreciation_method": "straight_line", "cost_of_capital_frac_per_year": 0,
    "idle_kw": Decimal("0.8"), "peak_kw": 3, "fixed_wall_kw": 1, "wall_to_gpu_ratio": Decimal("1.2"),
    "embodied_kgco2e": 3650, "contracted_kw": 3, "maintenance_frac_per_year": 0, "software_usd_per_gpu_year": 0,
    "insurance_frac_per_year": 0,
}  # fmt: skip
SWITCH = SERVER | {
    "asset_id": "switch", "asset_class": "network", "node": None, "gpu_model": None, "gpus": 0, "contracted_kw": 1,
    "idle_kw": Decimal("0.1"), "peak_kw": Decimal("0.1"), "fixed_wall_kw": None, "wall_to_gpu_ratio": None,
    "embodied_kgco2e": None,
}  # fmt: skip
QUIET = SERVER | {
    "asset_id": "quiet", "site_id": "quiet", "node": "n2", "idle_kw": 0, "peak_kw": 0, "fixed_wall_kw": 0,
    "wall_to_gpu_ratio": 0, "embodied_kgco2e": None,
}  # fmt: skip
THIRDS = SERVER | {
    "asset_id": "thirds", "site_id": "thirds", "node": "n3", "gpus": 1, "idle_kw": 1, "peak_kw": 1,
    "wall_to_gpu_ratio": 0, "embodied_kgco2e": None,
}  # fmt: skip
UNMETERED = SERVER | {
    "asset_id": "unmetered", "site_id": "unmetered", "node": "n4", "gpus": 1, "idle_kw": 1, "fixed_wall_kw": None,
    "wall_to_gpu_ratio": None, "embodied_kgco2e": None,
}  # fmt: skip
SKEWED = SERVER | {"asset_id": "skewed", "site_id": "skewed", "node": "n5", "gpus": 1, "embodied_kgco2e": None}
SITES = ("site", "quiet", "thirds", "unmetered", "skewed")
SITE = LINEAGE | {
    "site_id": "site", "site_name": "s", "operator": "o", "jurisdiction": "PT", "valid_from_date": date(2026, 1, 1),
    "pue_ratio": Decimal("1.25"), "grid_gco2e_per_kwh": 200, "staff_gpus_per_fte": 1,
    **dict.fromkeys(
        ("colocation_usd_per_kw_month", "demand_charge_usd_per_kw_month", "network_usd_per_month",
         "physical_security_usd_per_month", "compliance_usd_per_year", "facility_opex_usd_per_month",
         "staff_usd_per_fte_year", "staff_minimum_fte"), 0),
}  # fmt: skip
TARIFF = LINEAGE | {
    "site_id": "site", "valid_from_date": date(2026, 1, 1), "hour_from_index": 0, "hour_to_index": 24,
    "energy_usd_per_kwh": Decimal("0.1"),
}  # fmt: skip
WALL = {0: "0.8", 1: "1.84", 2: "2", 3: "2.12", 4: "1.9", 5: "1.62"}


def telemetry() -> Telemetry:
    seen = Telemetry()

    def hour(gpu: str, number: int, metric: str, value: float, **labels: str) -> None:
        when = [at(f"{number + 1}:00")]
        place = {"node": "n1", "gpu_model_name": "x1", "covers_seconds": 3600.0}
        seen.put(gpu, when, metric, value, **place | labels)

    pod = {"namespace": "a", "pod": "a-0"}
    for number in (1, 2, 3, 5):
        hour("A", number, UTIL, 90.0, **pod)
        hour("A", number, POWER, 600.0, **pod)
    for number in (1, 2, 3):
        hour("B", number, UTIL, 0.0)
        hour("B", number, POWER, 100.0)
    hour("A", 4, UTIL, 50.0, **pod)
    hour("B", 4, UTIL, 50.0)
    for name in ("d", "e", "f"):
        hour("C", 1, UTIL, 50.0, node="n3", namespace=name, pod=name)
    for clock, used, pods in (
        ("1:30", 100.0, "de"), ("2:00", 0.0, "d"), ("2:30", 100.0, "d"), ("3:00", None, "d"), ("3:30", 0.0, ""),
        ("4:00", 100.0, ""), ("4:30", 3.0, "d"),
    ):  # fmt: skip
        for labels in [{"namespace": name, "pod": name} for name in pods] or [{}]:
            place = {"node": "n4", "gpu_model_name": "x1", "covers_seconds": 1800.0}
            seen.put("D", [at(clock)], UTIL, [used], **place | labels)
    # The last reading is that of a second scraper, whose clock is ahead: a fall by 0.012 kWh, and then silence.
    moments = every(30, at("0:59"), at("1:00") + timedelta(seconds=30))
    readings = [reading * MJ_PER_KWH for reading in (100, 100.006, 100.012, 100)]
    seen.put("E", moments, ENERGY, readings, node="n5", gpu_model_name="x1")
    return seen


def drawn(when: datetime) -> dict[str, object]:
    watts = 2000.0 if when < at("3:00") else 2400.0
    return {
        "delivery_id": "d1", "source_part": "f", "source": "bmc_power", "sampled_at": when, "node": "n1",
        "sensor": "sys", "system_power_w": watts,
    }  # fmt: skip


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    settings = Settings(home=tmp_path_factory.mktemp("energy") / "home", min_free_disk_bytes=0)
    tables = {
        "raw.gpu_model": [MODEL],
        "raw.asset": [SERVER, SWITCH, QUIET, THIRDS, UNMETERED, SKEWED],
        "raw.site": [SITE | {"site_id": name} for name in SITES],
        "raw.tariff": [TARIFF | {"site_id": name} for name in SITES],
        "raw.node_power_sample": [drawn(when) for when in every(300, at("2:00"), at("3:25"))],
    }
    deliver(settings, telemetry(), tables)
    build(
        settings,
        DAY.date(),
        DAY.date() + timedelta(days=1),
        select=["+int_workload_energy_daily", "+fct_owned_energy_hourly"],
    )
    return settings


def hours(home: Settings, columns: str) -> dict[int, tuple[object, ...]]:
    sql = f"select extract('hour' from hour_at), {columns} from intermediate.int_owned_energy_hourly "
    return {row[0]: row[1:] for row in ask(home, sql + "where asset_id = 'server' order by 1")}


def by_workload(home: Settings, column: str) -> dict[object, object]:
    sql = f"select workload, {column} from intermediate.int_workload_energy_daily where location = 'site'"
    return dict(ask(home, sql))


def test_wall_energy_is_measured_where_it_is_and_else_the_next_best(home: Settings) -> None:
    found = {number: row[0] for number, row in hours(home, "wall_energy_kwh").items()}
    assert found == {number: Decimal(WALL.get(number, "0.8")) for number in range(24)}


def test_an_hour_says_how_its_energy_is_known(home: Settings) -> None:
    found = {number: row[0] for number, row in hours(home, "energy_basis").items() if number < 6}
    assert found == {
        0: "assumed idle",
        1: "gpu energy",
        2: "measured",
        3: "measured + gpu energy",
        4: "utilisation",
        5: "gpu energy + assumed idle",
    }


def test_the_seconds_of_an_hour_are_told_by_how_they_are_known(home: Settings) -> None:
    found = hours(home, "measured_seconds, gpu_energy_seconds, util_seconds, assumed_seconds")
    assert [found[number] for number in (3, 4, 5)] == [(1800, 1800, 0, 0), (0, 0, 3600, 0), (0, 1800, 0, 1800)]


def test_the_fixed_part_goes_by_time_and_the_moving_part_by_gpu_energy(home: Settings) -> None:
    """G15: by hour, for pod a:

    1  0.5 + 0.84 x 6/7 = 1.22       2  0.5 + 1 x 6/7       3  0.5 + 1.12 x 6/7 = 1.46
    4  0.5 + 0.9 / 2 (both busy all hour) = 0.95            5  0.5 x 0.9 + 0.72 = 1.17
    In hour 5 the fixed part is 0.5 x 1 and, of the GPU nobody saw, 0.5 x 0.8: 0.9 by time, half each.
    """
    expected = 1.22 + 0.5 + 6 / 7 + 1.46 + 0.95 + 1.17
    assert float(str(by_workload(home, "wall_energy_kwh")["namespace:a"])) == pytest.approx(expected, abs=1e-8)


def test_idle_and_unallocated_energy_have_rows_of_their_own(home: Settings) -> None:
    """Idle: 0.5 + 0.84/7, 0.5 + 1/7, 0.5 + 1.12/7. Unallocated: 19 x 0.8, 0.95 of hour 4, 0.45 of hour 5."""
    found = {name: float(str(kwh)) for name, kwh in by_workload(home, "wall_energy_kwh").items()}
    assert found["__idle__"] == pytest.approx(1.5 + 2.96 / 7, abs=1e-8)
    assert found["__unallocated__"] == pytest.approx(15.2 + 0.95 + 0.45, abs=1e-8)


def test_workloads_add_up_to_the_nodes_exactly(home: Settings) -> None:
    """15.2 + 1.84 + 2 + 2.12 + 1.9 + 1.62 = 24.68 kWh, and 2.4 of the switch; x 1.25 at the meter; x 0.2 kg/kWh."""
    columns = "sum(wall_energy_kwh), sum(facility_energy_kwh), sum(operational_kgco2e)"
    ((wall, facility, carbon),) = ask(
        home, f"select {columns} from intermediate.int_workload_energy_daily where location = 'site'"
    )
    assert (wall, facility) == (Decimal("27.08"), Decimal("33.85"))
    assert abs(carbon - Decimal("6.77")) < Decimal("1e-8")


def test_thirds_of_a_servers_energy_add_up(home: Settings) -> None:
    """Three pods on its one GPU for an hour of 1 kWh: to the last of eighteen places; 23 kWh nobody saw."""
    sql = "select workload, wall_energy_kwh from intermediate.int_workload_energy_daily where location = 'thirds'"
    third = Decimal("0.333333333333333333")
    assert dict(ask(home, sql)) == {
        "namespace:d": third + Decimal("1e-18"), "namespace:e": third, "namespace:f": third, "__unallocated__": 23,
    }  # fmt: skip


def test_use_that_pods_share_or_nobody_read_is_not_counted_for_more_than_it_is(home: Settings) -> None:
    """1 kW idle, 3 kW at most: each hour the GPU is used for half an hour, so 2 kWh.

    In hour 1 two pods share that half, in hour 2 nothing tells of the other.
    """
    sql = "select wall_energy_kwh, util_seconds, assumed_seconds from intermediate.int_owned_energy_hourly "
    found = ask(home, sql + "where asset_id = 'unmetered' and hour(hour_at) between 1 and 3 order by hour_at")
    assert found == [(2, 3600, 0), (2, 1800, 1800), (2, 3600, 0)]


def test_energy_of_gpus_that_nothing_tells_is_unknown_and_not_nought(home: Settings) -> None:
    """Half of hour 3 is idle: half of the 1 kWh that does not move, and nothing of what does."""
    sql = "select gpu_energy_kwh, wall_energy_kwh from intermediate.int_workload_energy_daily "
    assert ask(home, sql + "where location = 'unmetered' and workload = '__idle__'") == [(None, Decimal("0.5"))]


def test_what_moved_while_a_gpu_was_seen_goes_by_the_time_that_was_seen(home: Settings) -> None:
    """Pod d: 0.75 + 0.5 of hour 1, all 2 of hour 2; of hour 4, half of it unseen, 0.5 and what 3 % moved: 0.03."""
    sql = "select wall_energy_kwh from intermediate.int_workload_energy_daily "
    assert ask(home, sql + "where location = 'unmetered' and workload = 'namespace:d'") == [(Decimal("3.78"),)]


def test_a_machine_that_draws_nothing_has_a_row_of_nought(home: Settings) -> None:
    """Known to be nothing, which is not the same as unknown: 0 = 0 at the wall, at the meter and as carbon."""
    columns = "workload, wall_energy_kwh, facility_energy_kwh, operational_kgco2e, gpu_energy_kwh, embodied_kgco2e"
    found = ask(home, f"select {columns} from intermediate.int_workload_energy_daily where location = 'quiet'")
    assert found == [("__unallocated__", 0, 0, 0, None, None)]


def test_an_hour_in_which_a_counter_only_fell_has_what_does_not_move(home: Settings) -> None:
    """G01, G13: 30 s of 1 kW and the rest of the hour at 0.8 kW idle: no server gives energy back."""
    sql = "select wall_energy_kwh, seen_energy_kwh from intermediate.int_owned_energy_hourly where asset_id = 'skewed' "
    ((wall, moved),) = ask(home, sql + f"and hour_at = timestamp '{at('1:00')}'")
    assert (float(str(wall)), moved) == (pytest.approx(1 / 120 + 0.8 * 119 / 120, abs=1e-8), 0)


def test_machines_without_gpus_serve_everybody(home: Settings) -> None:
    assert by_workload(home, "wall_energy_kwh")["__shared__"] == Decimal("2.4")


def test_energy_at_wall_gpu_and_facility_are_three_figures(home: Settings) -> None:
    """Pod a's GPU used 4 x 0.6 kWh, and in the hour without power something unknown."""
    columns = "gpu_energy_kwh, wall_energy_kwh, facility_energy_kwh"
    sql = f"select {columns} from intermediate.int_workload_energy_daily where workload = 'namespace:a'"
    ((gpu, wall, facility),) = ask(home, sql)
    assert gpu == Decimal("2.4")
    assert abs(facility - wall * Decimal("1.25")) < Decimal("1e-8")


def test_embodied_carbon_goes_by_the_time_held(home: Settings) -> None:
    """3650 kg over 365 days: 10 kg for 48 GPU-hours. Pod a held 5, 3 were idle, 1 ran for nobody, 39 were not seen."""
    found = {name: kg and round(float(str(kg)), 9) for name, kg in by_workload(home, "embodied_kgco2e").items()}
    assert found == {
        "namespace:a": round(50 / 48, 9),
        "__idle__": round(30 / 48, 9),
        "__unallocated__": round(400 / 48, 9),
        "__shared__": None,
    }


def test_embodied_carbon_adds_up_to_the_days_part(home: Settings) -> None:
    assert ask(home, "select sum(embodied_kgco2e) from intermediate.int_workload_energy_daily") == [(Decimal(10),)]


def test_what_is_published_of_an_hour_says_how_much_of_it_was_measured(home: Settings) -> None:
    """Hour 3: 1.2 of 2.12 kWh by the meter."""
    columns = "wall_energy_kwh, measured_wall_energy_kwh, measured_seconds, energy_basis"
    where = f"asset_id = 'server' and hour_at = timestamp '{at('3:00')}'"
    found = ask(home, f"select {columns} from marts.fct_owned_energy_hourly where {where}")
    assert found == [(2.12, 1.2, 1800.0, "measured + gpu energy")]
