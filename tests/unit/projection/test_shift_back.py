"""Back from owned to leased, by hand: one server of eight GPUs that stands, months of 100 hours."""

import dataclasses
import datetime as dt

import numpy as np
import polars as pl
import pytest

from pipelines.owning import all_components, components_at
from pipelines.projection.evidence import Evidence
from pipelines.projection.flows import evaluate
from pipelines.projection.owned import owned_subjects
from pipelines.projection.plan import Capacity
from pipelines.projection.scenario import Conventions, HistoryDemand
from pipelines.projection.standing import StandingFleet, standing_fleet
from pipelines.projection.terms import Tax
from pipelines.projection.world import ResaleCurve

AS_OF = dt.date(2026, 9, 1)
ALL = all_components()
COMPONENTS = components_at("colocation", ALL) | components_at("standing", ALL)
# 24 months old, 6 to go, 1,000 USD paid of which 300 are not written off.
FLEET = StandingFleet(
    np.array([8.0]), np.array([1.0]), np.array([1_000.0]), np.array([300.0]), np.array([24.0]), np.array([6.0])
)


@pytest.fixture
def world(stationary_world):
    """Eight GPUs always in use at 1 USD on demand; a server of 10 kW at 2 USD/kW-month; resale a tenth at any age."""

    def make(**changes):
        zero = {key: 0.0 for component in COMPONENTS.values() for key in component.NEEDS}
        given = zero | {
            "hardware_life_months": 30.0,
            "server_contracted_kw": 10.0,
            "colocation_usd_per_kw_month": 2.0,
            "colocation_notice_months": 3.0,
            "selling_cost_frac": 0.2,
            "resale_place_frac": 0.5,
            "staff_gpus_per_fte": 1.0,
        }
        flat = np.full(40, 0.1)
        curve = ResaleCurve(flat, flat, flat)
        return stationary_world(np.full(2, 8.0), **({"fleet": FLEET, "resale": curve} | given | changes))

    return make


def cash(flows, name):
    return next((line.total[0].tolist() for line in flows.lines if line.name == name), None)


def test_kept_fleet_serves_to_the_end_of_its_life_is_sold_and_the_rest_is_leased(world):
    flows = evaluate(world(), Capacity(), COMPONENTS)
    assert cash(flows, "on_demand") == [0.0] * 6 + [800.0] * 6
    assert cash(flows, "colocation") == [20.0] * 6 + [0.0] * 6
    assert cash(flows, "hardware") == [0.0] * 12
    # a tenth of 1,000, less a fifth for selling
    assert cash(flows, "resale") == pytest.approx([0.0] * 5 + [-80.0] + [0.0] * 6)


def test_what_the_standing_fleet_runs_on_grows_dearer_each_at_its_own_rate(world):
    dearer = {"opex_escalation_frac_per_year": 0.21, "energy_escalation_frac_per_year": 0.44}
    # 1 kW · 100 h · 1 USD/kWh of power and 20 USD of colocation in the first month; half a year is a root
    power = {"server_idle_kw": 1.0, "server_peak_kw": 1.0, "pue_ratio": 1.0, "energy_usd_per_kwh": 1.0}
    young = dataclasses.replace(FLEET, left_months=np.array([12.0]))
    flows = evaluate(world(**dearer, **power, fleet=young), Capacity(), COMPONENTS)
    assert [cash(flows, "colocation")[month] for month in (0, 6)] == pytest.approx([20.0, 20.0 * 1.1])
    assert [cash(flows, "power")[month] for month in (0, 6)] == pytest.approx([100.0, 100.0 * 1.2])


def test_sold_fleet_brings_its_value_today_and_owes_the_notice_of_the_site(world):
    flows = evaluate(world(), Capacity(sells_fleet=True), COMPONENTS)
    assert cash(flows, "fleet_sale") == pytest.approx([-80.0] + [0.0] * 11)
    assert cash(flows, "site_exit") == [60.0] + [0.0] * 11  # 10 kW · 2 USD · 3 months
    assert cash(flows, "colocation") == [0.0] * 12
    assert cash(flows, "on_demand") == [800.0] * 12


def test_waiting_to_sell_keeps_the_fleet_until_then(world):
    flows = evaluate(world(), Capacity(sells_fleet=True, wait_months=4), COMPONENTS)
    assert cash(flows, "on_demand") == [0.0] * 4 + [800.0] * 8
    assert np.flatnonzero(cash(flows, "fleet_sale")).tolist() == [4]
    assert FLEET.book_at(4) == pytest.approx(100.0)  # 300 over 6 months


def test_waiting_past_its_life_is_keeping_it(world):
    kept, sold = (evaluate(world(), capacity, COMPONENTS) for capacity in
                  (Capacity(), Capacity(sells_fleet=True, wait_months=6)))  # fmt: skip
    assert sold.npv_usd == pytest.approx(kept.npv_usd)


def test_what_was_paid_for_the_fleet_changes_nothing_but_its_resale(world):
    dear = dataclasses.replace(FLEET, book_usd=np.array([900.0]))
    for capacity in (Capacity(), Capacity(sells_fleet=True)):
        one, other = (
            evaluate(dataclasses.replace(world(), fleet=fleet), capacity, COMPONENTS) for fleet in (FLEET, dear)
        )
        assert one.npv_usd == pytest.approx(other.npv_usd)


def test_the_tax_office_lets_the_rest_of_the_book_value_be_written_off_either_way(world):
    tax = Tax(rate_frac=0.5, source="test")
    nothing = {name: COMPONENTS[name] for name in ("hardware",)}
    for capacity in (Capacity(), Capacity(sells_fleet=True)):
        flows = evaluate(world(resale=None), capacity, nothing, tax)
        assert sum(cash(flows, "owned_tax")) == pytest.approx(-0.5 * 300.0)


ASSET = {
    "asset_id": "A-1", "site_id": "s", "node": "n", "gpu_model": "H100-SXM-80GB", "gpus": 8,
    "purchase_price_usd": 240_000.0, "salvage_usd": 0.0, "go_live_date": dt.date(2024, 9, 1), "life_months": 60,
    "depreciation_method": "straight_line", "cost_of_capital_frac_per_year": 0.12,
    "idle_kw": 2.0, "peak_kw": 9.0, "contracted_kw": 10.0,
    "maintenance_frac_per_year": 0.1, "software_usd_per_gpu_year": 100.0, "insurance_frac_per_year": 0.01,
    "retired_date": None,
}  # fmt: skip
RETIRED = ASSET | {"asset_id": "A-2", "retired_date": AS_OF}
AWAITED = ASSET | {"asset_id": "A-3", "go_live_date": dt.date(2026, 12, 1)}
SWITCH = ASSET | {"asset_id": "A-4", "gpus": 0, "gpu_model": None}
REGISTER = pl.DataFrame([ASSET, RETIRED, AWAITED, SWITCH], schema_overrides={"retired_date": pl.Date})


def test_fleet_is_what_is_in_service_on_the_day_with_age_and_book_value():
    fleet = standing_fleet(REGISTER, {}, "H100-SXM-80GB", AS_OF)
    assert fleet.gpus.tolist() == [8.0]
    assert (fleet.age_months.tolist(), fleet.left_months.tolist()) == ([24.0], [36.0])
    assert fleet.book_usd.tolist() == pytest.approx([240_000 * 36 / 60])
    assert fleet.numbers["server_peak_kw"] == 9.0


def test_fleet_written_off_as_an_annuity_is_worth_the_payments_to_come():
    """Payments at 1 % a month on 240,000 over 60 months; 36 are to come: (1 − 1.01^−36) / (1 − 1.01^−60) of it."""
    fleet = standing_fleet(pl.DataFrame([ASSET | {"depreciation_method": "annuity"}]), {}, "H100-SXM-80GB", AS_OF)
    assert fleet.book_usd.tolist() == pytest.approx([240_000 * (1 - 1.01**-36) / (1 - 1.01**-60)])


def test_history_gives_owned_workloads_their_share_of_the_fleet():
    """Two workloads use 6 and 2 of the eight GPUs; what is leased of the same name stays apart."""
    hours = [dt.datetime(2026, 8, 25) + dt.timedelta(hours=hour) for hour in range(168)]
    usage = pl.concat(
        pl.DataFrame({"hour_at": hours}).with_columns(
            workload=pl.lit(name), workload_kind=pl.lit("inference"), sourcing=pl.lit(sourcing),
            gpu_model=pl.lit("H100-SXM-80GB"), allocated_gpu_hours=pl.lit(gpus), busy_gpu_hours=pl.lit(gpus),
        )
        for name, sourcing, gpus in (("chat", "owned", 6.0), ("search", "owned", 2.0), ("chat", "leased", 5.0))
    )  # fmt: skip
    conventions = Conventions(
        hours_per_month=730, fixed_opex_basis="calendar_hour", break_even_basis="npv", compared=["compute"],
        lease_price_includes=["compute"], price_basis="assumed", payment_timing="arrears", residual_basis="none",
    )  # fmt: skip
    found = owned_subjects(
        Evidence(usage_hourly=usage, assets=REGISTER), HistoryDemand(), conventions, AS_OF, 24, {"chat"}
    )
    told = {item.workload: (item.level_gpus, float(item.fleet.gpus.sum()), float(item.fleet.book_usd.sum()))
            for item in found}  # fmt: skip
    assert told == {
        "chat (owned)": pytest.approx((6.0, 6.0, 108_000.0)),
        "search": pytest.approx((2.0, 2.0, 36_000.0)),
        "all workloads (owned)": pytest.approx((8.0, 8.0, 144_000.0)),
    }
