import polars as pl
import pytest

from pipelines.projection.decision import decisions, is_hollow


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


def test_a_saving_has_the_name_that_it_has_in_the_summary(run, row_of):
    tables = run()
    summary = tables["projections.strategy_summary"]
    tables = {**tables, "projections.strategy_summary": summary.with_columns(npv_saving_usd=pl.lit(90_000.0))}
    row, of_strategy = only(tables), row_of(tables, "own_colocation")
    for name in ("npv_saving_usd", "mean_npv_saving_usd"):
        assert row[name] == of_strategy[name]
    assert row["npv_saving_usd"] != row["mean_npv_saving_usd"]


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


HOLLOW = {"strategies": ["stay_on_demand", "commit_1y", "own_base_lease_burst", "own_colocation"]}


def test_a_strategy_that_holds_nothing_is_passed_over_for_the_best_that_does(run, row_of):
    # a commitment at half as much again is worth no GPU, nor is a server at 600,000 for the base; the whole fleet costs
    # 624,225.86 against 461,126.40
    tables = run(HOLLOW, commitment_1y_price_ratio=1.5, server_price_usd=600_000)
    for name in ("commit_1y", "own_base_lease_burst"):
        assert row_of(tables, name)["feasible"]
        assert row_of(tables, name)["mean_npv_saving_usd"] == 0.0
    row = only(tables)
    assert (row["strategy"], row["judged_strategy"]) == ("stay_on_demand", "own_colocation")
    assert (row["owned_gpus"], row["npv_saving_usd"]) == (8, pytest.approx(-163_099.5, abs=1))
    assert "The best alternative is to own 8 H100-SXM-80GB GPUs in colocation." in row["sentence"]


def test_what_would_flip_it_is_of_the_strategy_compared(run):
    # 624,225.86 over 140,160 hours
    row = only(run(HOLLOW, commitment_1y_price_ratio=1.5, server_price_usd=600_000))
    assert row["flips_on"] == "on_demand_usd_per_gpu_hour"
    assert row["threshold_value"] == pytest.approx(4.45367, abs=1e-4)
    assert "4.45 USD per GPU-hour (now 3.29)" in row["sentence"]


def test_the_strategy_to_take_is_the_one_compared(run):
    assert only(run())["judged_strategy"] == "own_colocation"


def test_without_an_alternative_no_strategy_is_compared(run):
    row = only(run({"strategies": ["stay_on_demand", "commit_1y"]}, commitment_1y_price_ratio=1.5))
    assert (row["judged_strategy"], row["npv_saving_usd"], row["flips_on"]) == (None, None, None)


def test_a_lease_elsewhere_holds_nothing_and_is_yet_an_alternative(run):
    spot = {"strategies": ["stay_on_demand", "lease_spot"]}
    assert only(run(spot, spot_price_ratio=1.05, spot_repeated_work_frac=0))["judged_strategy"] == "lease_spot"


def test_rounding_in_the_last_digit_makes_no_alternative(run):
    tables = run({"strategies": ["stay_on_demand", "commit_1y"]}, commitment_1y_price_ratio=1.5)
    noise = pl.when(pl.col("strategy") == "commit_1y").then(-1e-9).otherwise(pl.col("mean_npv_saving_usd"))
    summary = tables["projections.strategy_summary"].with_columns(mean_npv_saving_usd=noise)
    assert only(tables | {"projections.strategy_summary": summary})["judged_strategy"] is None


@pytest.mark.parametrize(
    ("change", "hollow"),
    [
        ({}, True),
        ({"owned_gpus": 8}, False),
        ({"committed_gpus": 0.5}, False),
        ({"p5_npv_saving_usd": -1.0}, False),
        ({"p95_npv_saving_usd": 1.0}, False),
        ({"feasible": False}, False),
        ({"strategy": "stay_on_demand"}, False),
    ],
)
def test_hollow_is_what_holds_nothing_and_saves_nothing_in_good_or_bad_luck(change, hollow):
    row = {"strategy": "commit_1y", "feasible": True, "owned_gpus": 0, "committed_gpus": 0.0, "npv_saving_usd": 0.0,
           "mean_npv_saving_usd": 0.0, "p5_npv_saving_usd": 0.0, "p95_npv_saving_usd": 0.0}  # fmt: skip
    assert is_hollow(row | change) is hollow


def test_a_published_strategy_whose_module_is_gone_is_still_said(run):
    gone = {
        name: frame.with_columns(pl.col("strategy").replace("own_colocation", "own_on_premises"))
        if "strategy" in frame.columns
        else frame
        for name, frame in run().items()
    }
    row = only(gone)
    assert row["judged_strategy"] == "own_on_premises"
    assert row["sentence"].startswith("w: use the strategy own on premises with 8 H100-SXM-80GB GPUs. It saves about")


def test_a_commitment_at_the_price_of_on_demand_holds_gpus_and_costs_the_same(run):
    row = only(run({"strategies": ["stay_on_demand", "commit_1y"]}, commitment_1y_price_ratio=1.0))
    assert (row["strategy"], row["judged_strategy"]) == ("stay_on_demand", "commit_1y")
    assert "It would cost the same in present value over 2 years." in row["sentence"]


def test_no_use_is_said_as_such(run):
    row = only(run(HOLLOW | {"workloads.0.utilisation_frac": 0.0}))
    assert row["sentence"] == "w: stay on demand. No use is expected, so there is nothing to commit or to own."
