"""How much to sign with take-or-pay, against hand-worked cases: months of 100 hours at 1 USD on demand."""

import dataclasses

import numpy as np
import pytest

from pipelines.projection.contract_sizing import Offer, signed_gpus
from pipelines.projection.evidence import ExistingLease

PLAIN = Offer(
    price_ratio=0.6, term_months=12, ramp_months=0.0, take_or_pay_frac=1.0, prepaid_frac=0.0, termination_fee_frac=1.0
)


def level(world, wait_months=0, **changes):
    return signed_gpus(world, dataclasses.replace(PLAIN, **changes), wait_months).tolist()


@pytest.fixture
def steps(stationary_world):
    """One GPU always, a second in 75 %, a third in 50 %, a fourth in 25 % of the time; a year."""
    return stationary_world(np.array([1.0, 2.0, 3.0, 4.0]))


def test_with_all_hours_owed_it_is_sized_as_a_commitment(steps):
    # used 100, 75, 50, 25 % against 60 %
    assert level(steps) == [2.0] * 12


def test_hours_that_need_not_be_paid_make_it_worth_signing_more(steps):
    # of 4 GPUs held 2.5 are used; half of 4 is owed, so only use is paid, at 0.6
    assert level(steps, take_or_pay_frac=0.5) == [4.0] * 12


def test_an_offer_at_the_on_demand_price_is_not_signed(steps):
    assert level(steps, price_ratio=1.0) == [0.0] * 12


def test_capacity_climbs_in_the_ramp_of_the_first_term_only(stationary_world):
    world = stationary_world(np.array([4.0]), months=12)
    assert level(world, term_months=6, ramp_months=2.0, take_or_pay_frac=0.9) == [2.0, *[4.0] * 11]


def test_nothing_is_signed_before_the_waiting_is_over(steps):
    assert level(steps, wait_months=3, term_months=9) == [0.0] * 3 + [2.0] * 9


def test_a_term_that_the_horizon_cuts_must_carry_what_leaving_costs(stationary_world):
    # 12 of 24 months used: 24 · 0.6 owed against 12 on demand; with half of the rest as fee 12 · 0.6 + 12 · 0.6 / 2
    world = stationary_world(np.array([4.0]), months=12)
    assert level(world, term_months=24) == [0.0] * 12
    assert level(world, term_months=24, termination_fee_frac=0.5) == [4.0] * 12


def test_contracts_that_run_serve_first(stationary_world):
    # the GPU that is always used is held already: what is signed begins with the second, used 75 % of the time
    held = ExistingLease(np.ones(12), np.ones(12), np.ones(12))
    world = stationary_world(np.array([1.0, 2.0, 3.0, 4.0]), existing=held)
    assert level(world) == [1.0] * 12


def test_what_is_prepaid_is_not_paid_again(steps):
    assert level(steps, prepaid_frac=0.5) == [2.0] * 12


@pytest.mark.parametrize(("price_ratio", "gpus"), [(0.90, 1.0), (0.92, 0.0)])
def test_a_term_that_is_prepaid_is_paid_at_its_start(stationary_world, price_ratio, gpus):
    # at 21 % a year twelve months in arrears are worth (1 - 1/1.21) / (12 · (1.21^(1/12) - 1)) = 0.903 of their start
    world = stationary_world(np.array([1.0]), months=15, discount_rate_frac_per_year=0.21)
    assert level(world, wait_months=3, prepaid_frac=1.0, price_ratio=price_ratio) == [0.0] * 3 + [gpus] * 12


def test_what_leaving_costs_is_paid_at_the_end(stationary_world):
    # 6 of 12 months used. The fee for the others is 6 · price, worth 1/1.21^0.5 = 0.909 of it at the end; the months
    # are worth (1 - 1/1.1) / (1.21^(1/12) - 1) = 5.680: 5.680 · p + 6 · 0.909 · p against 5.680, so p = 0.510
    world = stationary_world(np.array([1.0]), months=6, discount_rate_frac_per_year=0.21)
    assert level(world, price_ratio=0.508) == [1.0] * 6
    assert level(world, price_ratio=0.512) == [0.0] * 6


def test_the_whole_run_pays_what_was_sized(run, row_of):
    # 8 GPUs always in use, 24 months: 0.6 of on demand, whatever is prepaid without discounting
    numbers = {"price_ratio": 0.6, "term_months": 24, "ramp_months": 0, "take_or_pay_frac": 0.9, "prepaid_frac": 0.2,
               "termination_fee_frac": 1}  # fmt: skip
    given = {f"negotiated_{key}": value for key, value in numbers.items()}
    found = row_of(run({"strategies": ["stay_on_demand", "sign_contract"]}, **given), "sign_contract")
    assert found["committed_gpus"] == 8.0
    assert found["total_cost_usd_nominal"] == pytest.approx(8 * 730 * 24 * 3.29 * 0.6)
