"""Screening curves against hand-worked cases and against a search."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.owning import monthly
from pipelines.projection.capacity import Sizer
from pipelines.projection.scenario import Sizing


class _Rent:
    """Owning at a flat price by the server and month: 100 USD fixed and 0.2 USD for each GPU-hour used."""

    NEEDS = ()
    TAX = "expense"
    __name__ = "rent"

    @staticmethod
    def cash(plan: pl.LazyFrame) -> pl.LazyFrame:
        used = pl.col("owned_gpus") * pl.col("owned_used_frac") * pl.col("month_hours")
        return monthly(plan, "rent", during=pl.col("owned_servers_count") * 100.0 + used * 0.2)


@pytest.fixture
def sizer(stationary_world):
    """A month of 100 hours at 1.2 USD: a server of one GPU costs 100 fixed and saves 1.0 for each hour used."""

    def make(demand, method="screening_curve", coverage=0.99, **changes):
        world = stationary_world(np.asarray(demand, dtype=float), **{"on_demand_usd_per_gpu_hour": 1.2, **changes})
        return Sizer(world, {"rent": _Rent}, None, Sizing(method=method, peak_coverage_frac=coverage))

    return make


def test_layers_are_owned_while_they_are_used_more_than_their_cost_over_their_worth(sizer):
    # fixed 100 over worth 100 h · (2.2 - 0.2) = 50 % of the time; used 100, 75, 50, 25 %
    assert sizer([1, 2, 3, 4], on_demand_usd_per_gpu_hour=2.2).screened_servers() == 3


def test_nothing_is_owned_where_even_full_use_does_not_pay(sizer):
    # 100 over 100 h · (1.1 - 0.2) = 111 %
    assert sizer([4, 4], on_demand_usd_per_gpu_hour=1.1).screened_servers() == 0


def test_everything_is_owned_where_leasing_is_dear(sizer):
    # 100 over 100 h · (50.2 - 0.2) = 2 % of the time
    assert sizer([1, 2, 3, 40], on_demand_usd_per_gpu_hour=50.2).screened_servers() == 40


def test_lease_below_the_running_cost_owns_nothing(sizer):
    assert sizer([4, 4], on_demand_usd_per_gpu_hour=0.1).screened_servers() == 0


def test_no_demand_owns_nothing(sizer):
    assert not sizer([0, 0]).fleet_for_base().owns
    assert not sizer([0, 0]).fleet_for_peak().owns


def test_availability_makes_each_layer_worth_less(sizer):
    # half the hours: a server replaces 0.5 GPU. worth 100 h · 0.5 · 2.0 = 100 = fixed: only layers in use all the time
    found = sizer([2, 2, 3, 3], on_demand_usd_per_gpu_hour=2.2, availability_frac=0.5)
    assert found.screened_servers() == 4


@settings(max_examples=40)
@given(
    demand=st.lists(st.integers(0, 12), min_size=2, max_size=8),
    price=st.sampled_from([0.7, 1.37, 1.73, 2.63, 4.13, 9.37]),  # no ties with shares of eight hours
    rate=st.sampled_from([0.0, 0.13]),
)
def test_search_over_fleets_agrees_with_the_screening_curve_when_nothing_changes(stationary_world, demand, price, rate):
    world = stationary_world(
        np.asarray(demand, dtype=float), on_demand_usd_per_gpu_hour=price, discount_rate_frac_per_year=rate
    )
    sizer = Sizer(world, {"rent": _Rent}, None, Sizing())
    assert sizer.screened_servers() == sizer.search_servers()


def test_scenario_chooses_between_rule_and_search(sizer):
    for method in ("screening_curve", "search"):
        found = sizer([1, 2, 3, 4], method=method, on_demand_usd_per_gpu_hour=2.3)
        assert found.fleet_for_base().fleet_gpus == 3.0


def test_fleet_for_the_peak_is_enough_in_that_share_of_the_time(sizer):
    demand = [*[3] * 90, *[8] * 9, 20]
    assert sizer(demand, coverage=0.99).fleet_for_peak().fleet_gpus == 8.0
    assert sizer(demand, coverage=0.90).fleet_for_peak().fleet_gpus == 3.0
    assert sizer(demand, coverage=1.0).fleet_for_peak().fleet_gpus == 20.0


def commitment(sizer, demand, **options):
    given = {"price_ratio": 0.6, "upfront_frac": 0.0} | options
    return sizer(demand).commitment_for_base("commitment_1y", 12, **given).committed_gpus.tolist()


def test_gpus_are_committed_while_they_are_used_more_than_the_price_ratio(sizer):
    # used 100, 75, 50, 25 % against 60 %
    assert commitment(sizer, [1, 2, 3, 4]) == [2.0] * 12


def test_commitment_dearer_than_on_demand_is_not_taken(sizer):
    assert commitment(sizer, [4, 4], price_ratio=1.01) == [0.0] * 12


def test_commitment_grows_at_renewal_with_demand(sizer):
    # 10 GPUs all the time, ten times as many a year later; the first term averages its own months
    grown = sizer([10, 10], months=24, demand_growth_frac_per_year=9.0)
    committed = grown.commitment_for_base("commitment_1y", 12, 0.6, 0.0).committed_gpus
    assert len(set(committed[:12])) == len(set(committed[12:])) == 1
    assert committed[12] == pytest.approx(10 * committed[0], rel=0.05)


def test_money_paid_upfront_must_be_worth_its_discount(sizer):
    # used 61 % of the time against 60 % of the price: worth it by the month, not when a year is paid in advance at 10 %
    demand = [*[1] * 61, *[0] * 39]
    dear = sizer(demand, discount_rate_frac_per_year=0.1)
    assert dear.commitment_for_base("commitment_1y", 12, 0.6, 0.0).committed_gpus[0] == 1.0
    assert dear.commitment_for_base("commitment_1y", 12, 0.6, 1.0).committed_gpus[0] == 0.0


class _RentWithLump(_Rent):
    """The same, and 500 USD a month for a site, whatever stands in it."""

    @staticmethod
    def cash(plan: pl.LazyFrame) -> pl.LazyFrame:
        used = pl.col("owned_gpus") * pl.col("owned_used_frac") * pl.col("month_hours")
        site = pl.col("in_service_count") * 500.0
        return monthly(plan, "rent", during=pl.col("owned_servers_count") * 100.0 + used * 0.2 + site)


@pytest.mark.parametrize(("demand", "servers"), [([3, 3], 0), ([30, 30], 30)])
def test_search_sees_that_a_site_must_be_paid_once(stationary_world, demand, servers):
    # each server saves 200 - 100 of 100 h · 2.0: three do not carry the 500 of the site, thirty do
    world = stationary_world(np.asarray(demand, dtype=float), on_demand_usd_per_gpu_hour=2.2)
    sizer = Sizer(world, {"rent": _RentWithLump}, None, Sizing())
    assert sizer.search_servers() == servers
