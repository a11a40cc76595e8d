"""Each kind of lease on a plan of one draw and three months, worked out by hand."""

from pathlib import Path

import polars as pl
import pytest

from pipelines.leasing import all_lease_contracts
from pipelines.owning import MONTHLY_COLUMNS
from pipelines.projection.assumptions import Assumptions

# Ten GPUs held for 100 hours a month, 600 GPU-hours used; the list price falls, the price was signed in month 0.
PLAN = pl.DataFrame(
    {
        "draw_index": [0, 0, 0],
        "month_index": [0, 1, 2],
        "month_hours": [100.0, 100.0, 100.0],
        "leased_gpus": [10.0, 10.0, 10.0],
        "leased_gpu_hours": [600.0, 600.0, 0.0],
        "list_usd_per_gpu_hour": [3.0, 2.0, 1.0],
        "signed_usd_per_gpu_hour": [3.0, 3.0, 3.0],
        "term_hours": [300.0, 0.0, 0.0],
        "stub_hours": [0.0, 0.0, 0.0],
        "term_gpu_hours": [3_000.0, 0.0, 0.0],
        "upfront_frac": [0.0, 0.0, 0.0],
        "upfront_price_ratio": [1.0, 1.0, 1.0],
        "take_or_pay_frac": [0.5, 0.8, 0.5],
    }
).lazy()


def cash(contract, **values):
    columns = {key: pl.lit(float(value)) for key, value in values.items()}
    frame = all_lease_contracts()[contract].cash(PLAN.with_columns(**columns)).collect()
    return {column: frame[column].to_list() for column in ("start_usd", "during_usd", "end_usd")}


def test_on_demand_pays_the_hours_used_at_the_price_of_the_month():
    assert cash("on_demand")["during_usd"] == [1_800.0, 1_200.0, 0.0]


def test_spot_pays_repeated_work_at_its_own_price():
    # 600 · 1.1 · 3 · 0.5
    found = cash("spot", spot_price_ratio=0.5, spot_repeated_work_frac=0.1)["during_usd"]
    assert found == pytest.approx([990.0, 660.0, 0.0])


def test_commitment_without_upfront_pays_capacity_used_or_not_at_the_signed_price():
    # 10 · 100 h · 3 · 0.6 in each month, whatever the list price does
    found = cash("commitment_1y", commitment_1y_price_ratio=0.6)
    assert found["during_usd"] == pytest.approx([1_800.0] * 3)
    assert found["start_usd"] == [0.0, 0.0, 0.0]


@pytest.mark.parametrize("upfront", [0.0, 0.5, 1.0])
def test_upfront_share_moves_payment_to_the_signature_and_keeps_the_sum(upfront):
    found = cash("commitment_1y", commitment_1y_price_ratio=0.6, upfront_frac=upfront)
    assert found["start_usd"] == pytest.approx([5_400.0 * upfront, 0, 0])
    assert sum(found["start_usd"] + found["during_usd"]) == pytest.approx(5_400.0)


def test_existing_contract_owes_its_take_or_pay_share():
    # 600 h used of 1,000; 80 % owed = 800 h; 50 % owed of nothing used = 500 h
    assert cash("existing_contract")["during_usd"] == pytest.approx([1_800.0, 2_400.0, 1_500.0])


NEGOTIATED = {
    "negotiated_price_ratio": 0.5,
    "negotiated_take_or_pay_frac": 0.8,
    "negotiated_prepaid_frac": 0.25,
    "negotiated_termination_fee_frac": 0.5,
}


def test_negotiated_contract_owes_its_take_or_pay_share_less_what_was_prepaid_for_it():
    # 10 GPUs · 100 h · 0.8 = 800 h owed at 3 · 0.5; a quarter of the 2,400 h owed over the term is paid at signature
    found = cash("negotiated_contract", **NEGOTIATED)
    assert found["start_usd"] == pytest.approx([2_400 * 1.5 * 0.25, 0, 0])
    assert found["during_usd"] == pytest.approx([800 * 1.5 * 0.75] * 3)
    assert sum(found["start_usd"] + found["during_usd"]) == pytest.approx(2_400 * 1.5)


def test_negotiated_contract_charges_use_above_its_take_or_pay_share():
    # 600 h used of 500 owed in the first two months, 500 owed of none used in the last
    found = cash(
        "negotiated_contract", **(NEGOTIATED | {"negotiated_take_or_pay_frac": 0.5, "negotiated_prepaid_frac": 0})
    )
    assert found["during_usd"] == pytest.approx([600 * 1.5, 600 * 1.5, 500 * 1.5])


def test_leaving_a_negotiated_contract_costs_the_fee_on_what_is_not_yet_paid():
    # 10 GPUs · 200 h beyond the horizon · 0.8 · 1.5, three quarters not prepaid, half of it as the fee
    found = cash("negotiated_contract", **NEGOTIATED, stub_hours=200)
    assert found["end_usd"][2] == pytest.approx(10 * 200 * 0.8 * 1.5 * 0.75 * 0.5)


@pytest.mark.parametrize("contract", all_lease_contracts())
def test_contract_keeps_the_rows_and_their_order(contract):
    module = all_lease_contracts()[contract]
    frame = module.cash(PLAN.with_columns(**{key: pl.lit(1.0) for key in module.NEEDS})).collect()
    assert tuple(frame.columns) == MONTHLY_COLUMNS
    assert frame["month_index"].to_list() == [0, 1, 2]


@pytest.mark.parametrize("contract", all_lease_contracts())
def test_every_number_a_contract_needs_has_a_sourced_default(contract):
    known = Assumptions.load(Path(__file__).parents[3] / "data" / "assumptions").entries
    assert set(all_lease_contracts()[contract].NEEDS) <= set(known)
