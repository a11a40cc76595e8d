import pytest

from pipelines.projection.thresholds import UTILISATION


def flips(tables, strategy="own_colocation"):
    rows = tables["projections.threshold"].to_dicts()
    return {row["parameter"]: row for row in rows if row["strategy"] == strategy}


def test_threshold_of_the_lease_price_is_cost_over_hours(run, row_of):
    tables = run()
    own = row_of(tables, "own_colocation")
    expected = own["total_cost_usd_nominal"] / (8 * 730 * 24)
    assert flips(tables)["on_demand_usd_per_gpu_hour"]["threshold_value"] == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("basis", ["npv", "total_cost"])
@pytest.mark.parametrize("key", ["energy_usd_per_kwh", "server_price_usd", "discount_rate_frac_per_year", "pue_ratio"])
def test_at_the_threshold_both_cost_the_same(run, row_of, basis, key):
    # a moving price and growing demand make the curves bend
    ground = {"conventions.break_even_basis": basis, "thresholds": [key], "workloads.0.owned_gpus": 8}
    numbers = {
        "on_demand_decline_frac_per_year": 0.3,
        "demand_growth_frac_per_year": 0.2,
        "discount_rate_frac_per_year": 0.08,
    }
    found = flips(run(ground, **numbers))[key]
    if basis == "total_cost" and key == "discount_rate_frac_per_year":
        assert found["status"] == "never"
        return
    assert found["status"] == "flips"
    moved = row_of(run(ground, **(numbers | {key: found["threshold_value"]})), "own_colocation")
    stay = row_of(run(ground, **(numbers | {key: found["threshold_value"]})), "stay_on_demand")
    column = "npv_cost_usd" if basis == "npv" else "total_cost_usd_nominal"
    assert moved[column] == pytest.approx(stay[column], rel=1e-4)


def test_utilisation_threshold_does_not_depend_on_the_utilisation_it_starts_from(run):
    found = [
        flips(run({"workloads.0.utilisation_frac": used, "workloads.0.owned_gpus": 8}))[UTILISATION]["threshold_value"]
        for used in (0.3, 0.6, 0.9)
    ]
    assert found == pytest.approx([found[0]] * 3, rel=1e-6)


def test_number_that_cannot_flip_it_is_never(run):
    # free power would not make up for a server of this price
    found = flips(run({"thresholds": ["energy_usd_per_kwh"]}, server_price_usd=9e6))["energy_usd_per_kwh"]
    assert (found["status"], found["threshold_value"]) == ("never", None)


def test_number_of_owning_plays_no_part_in_a_lease(run):
    tables = run({"strategies": ["stay_on_demand", "commit_1y"], "thresholds": ["energy_usd_per_kwh"]})
    assert flips(tables, "commit_1y")["energy_usd_per_kwh"]["status"] == "not_used"


def test_use_at_which_a_commitment_breaks_even_is_its_price_ratio(run, row_of):
    tables = run({"strategies": ["stay_on_demand", "commit_1y"]}, commitment_1y_price_ratio=0.6)
    assert flips(tables, "commit_1y")[UTILISATION]["threshold_value"] == pytest.approx(0.6, abs=1e-6)
    assert row_of(tables, "commit_1y")["break_even_daily_hours"] == pytest.approx(14.4, abs=1e-4)


def test_basis_of_capex_leaves_out_what_hardware_brings_in_the_end(run):
    sold = {"conventions.residual_basis": "resale_curve", "components": ["hardware", "resale"]}
    numbers = {"resale_frac": 0.5, "selling_cost_frac": 0.0}
    prices = {
        basis: flips(run(sold | {"conventions.break_even_basis": basis}, **numbers))["on_demand_usd_per_gpu_hour"]
        for basis in ("capex", "total_cost")
    }
    hours = 8 * 730 * 24
    assert prices["capex"]["threshold_value"] == pytest.approx(240_000 / hours)
    assert prices["total_cost"]["threshold_value"] == pytest.approx(120_000 / hours)


def test_a_number_that_must_be_above_zero_is_searched_from_above_zero(run):
    found = run({"thresholds": ["hardware_life_months"]})["projections.threshold"].to_dicts()
    (life,) = (
        row for row in found if row["parameter"] == "hardware_life_months" and row["strategy"] != "stay_on_demand"
    )
    assert (life["searched_from_value"], life["searched_to_value"]) == (1.0, 1_200.0)
