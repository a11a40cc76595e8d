import pytest

from pipelines.projection.decision import decisions


def only(tables):
    table = decisions(tables)
    assert table.height == 1
    return table.row(0, named=True)


def test_strategy_to_take_is_said_with_what_it_saves_and_what_flips_it(run):
    # owning costs 264,225.86 over two years and leasing 8 · 730 · 24 · 3.29 = 461,126.40
    row = only(run())
    assert row["strategy"] == "own_colocation"
    assert row["npv_saving_usd"] == pytest.approx(196_900.5, abs=1)
    assert row["sentence"] == (
        "w: own 8 H100-SXM-80GB GPUs in colocation. It saves about 197,000 USD in present value over 2 years. "
        "Undiscounted, both cost the same when the on-demand price is 1.89 USD per GPU-hour (now 3.29)."
    )


def test_staying_is_said_with_the_best_alternative(run):
    row = only(run(server_price_usd=600_000))
    assert row["strategy"] == "stay_on_demand"
    assert row["npv_saving_usd"] == pytest.approx(-163_099.5, abs=1)
    assert row["sentence"].startswith(
        "w: stay on demand. The best alternative is to own 8 H100-SXM-80GB GPUs in colocation. "
        "It would cost about 163,000 USD more in present value over 2 years."
    )


def test_chance_is_said_where_there_are_draws(run):
    ranged = {"low": 100_000, "base": 240_000, "high": 900_000}
    row = only(run({"simulation": {"draws": 400, "seed": 1}}, server_price_usd=ranged))
    assert f"cheaper in {row['cheaper_draws_frac']:.0%} of 400 simulated draws" in row["sentence"]


def test_nothing_else_possible_is_said_with_the_reason(run):
    row = only(run({"constraints": {"max_capex_usd": 1}}))
    assert row["sentence"] == (
        "w: stay on demand. Own colocation cannot be done: its capex of 240,000 USD is above the 1 USD allowed."
    )


def test_nearest_number_is_the_one_that_has_to_move_least(run):
    # 264,225.86 over 140,160 hours; the price would have to fall by 43 %, use as well: the tie goes by name
    row = only(run())
    assert row["flips_on"] == "on_demand_usd_per_gpu_hour"
    assert row["threshold_value"] == pytest.approx(1.88517, abs=1e-4)


def test_variant_can_be_decided_on_its_own(run):
    tables = run({"sweep": [{"vary": "assumptions.server_price_usd", "values": {"dear": 600_000}}]})
    assert decisions(tables)["strategy"].to_list() == ["own_colocation"]
    assert decisions(tables, variant="dear")["strategy"].to_list() == ["stay_on_demand"]


def test_no_result_has_no_decision(run):
    assert decisions({name: frame.clear() for name, frame in run().items()}).is_empty()


def test_best_alternative_is_the_one_that_costs_least_more(run):
    # a commitment at 105 % of the price costs 5 % more; hardware at this price far more
    strategies = {"strategies": ["stay_on_demand", "lease_spot", "own_colocation"]}
    row = only(run(strategies, server_price_usd=900_000, spot_price_ratio=1.05, spot_repeated_work_frac=0))
    assert row["npv_saving_usd"] == pytest.approx(-0.05 * 8 * 730 * 24 * 3.29, abs=1)
    assert row["sentence"].startswith(
        "w: stay on demand. The best alternative is to lease spot capacity. It would cost about 23,100 USD more"
    )


def test_alternatives_that_hold_nothing_are_no_alternative(run):
    row = only(run({"strategies": ["stay_on_demand", "commit_1y"]}, commitment_1y_price_ratio=1.5))
    assert row["sentence"] == "w: stay on demand. No strategy weighed finds a GPU that is worth committing or owning."
