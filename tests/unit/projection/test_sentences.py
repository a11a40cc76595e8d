"""How a decision is said, from rows made by hand."""

import re

import pytest

from pipelines.projection import sentences
from pipelines.projection.strategies import all_strategies

RUN = {"horizon_months": 60, "draws_count": 1000, "break_even_basis": "npv"}
FLIP = {"parameter": "on_demand_usd_per_gpu_hour", "unit_name": "USD/GPU-hour", "base_value": 2.801,
        "threshold_value": 7.918}  # fmt: skip
STAY = {"strategy": "stay_on_demand", "feasible": True, "owned_gpus": 0, "committed_gpus": 0.0,
        "demand_gpu_hours": 1e5}  # fmt: skip


def row(strategy="own_colocation", saving=-440_134.0, **values):
    own = {"strategy": strategy, "feasible": True, "owned_gpus": 8, "own_gpu_model": "H100", "gpu_model": "H100",
           "committed_gpus": 0.0, "npv_saving_usd": saving, "mean_npv_saving_usd": saving,
           "cheaper_draws_frac": 0.0}  # fmt: skip
    return own | values


def said(judged, flip=FLIP, taken=STAY, **run):
    return sentences.of_a_choice("w", taken, judged, flip, RUN | run)


@pytest.mark.parametrize(
    ("usd", "written"),
    [
        (279_534.1, "about 280,000 USD"),
        (-163_099.5, "about 163,000 USD"),
        (1_234_567.0, "about 1,230,000 USD"),
        (999_600.0, "about 1,000,000 USD"),
        (23_056.3, "about 23,100 USD"),
        (12.34, "about 12 USD"),
    ],
)
def test_money_has_three_digits(usd, written):
    assert sentences.about_usd(usd) == written


def test_staying_names_the_alternative_what_it_loses_and_what_flips_it():
    assert said(row()) == (
        "w: stay on demand. The best alternative is to own 8 H100 GPUs in colocation. "
        "It would cost about 440,000 USD more in present value over 5 years and is cheaper in none of 1,000 simulated "
        "draws. The answer flips if the on-demand price rises above 7.92 USD per GPU-hour (now 2.80)."
    )


def test_a_commitment_is_said_as_a_person_would():
    judged = row("commit_1y", 193_957.0, owned_gpus=0, committed_gpus=12.8, cheaper_draws_frac=0.95)
    use = {"parameter": "utilisation_frac", "unit_name": "1", "base_value": 0.933, "threshold_value": 0.704}
    assert said(judged, use, judged) == (
        "w: commit to about 13 H100 GPUs, a year at a time, and lease the peak on demand. "
        "It saves about 194,000 USD in present value over 5 years and is cheaper in 95% of 1,000 simulated draws. "
        "The answer flips if the use of those GPUs falls below 70.4% of the hours held (now 93.3%)."
    )


@pytest.mark.parametrize("strategy", sorted(all_strategies()))
@pytest.mark.parametrize("taken", [True, False])
def test_no_sentence_is_longer_than_35_words(strategy, taken):
    judged = row(strategy, 1_234_567.0, committed_gpus=12.8, cheaper_draws_frac=0.001)
    text = said(judged, FLIP, judged if taken else STAY, horizon_months=59)
    assert max(len(sentence.split()) for sentence in re.split(r"[.:] ", text)) <= 35


@pytest.mark.parametrize(
    ("frac", "written"),
    [(0.0, "none"), (0.001, "fewer than 1%"), (0.5, "50%"), (0.999, "more than 99%"), (1.0, "all")],
)
def test_few_and_most_draws_never_look_like_none_and_all(frac, written):
    assert f"cheaper in {written} of 1,000 simulated draws" in said(row(cheaper_draws_frac=frac))


def test_one_draw_says_nothing_of_chance():
    assert "draws" not in said(row(), draws_count=1)


def test_difference_below_half_a_dollar_is_none():
    assert "It would cost the same in present value over 1 year and" in said(row(saving=-0.4), horizon_months=12)


def test_threshold_that_moves_little_is_told_apart_from_where_it_stands():
    near = FLIP | {"threshold_value": 2.8034}
    assert "rises above 2.803 USD per GPU-hour (now 2.801)" in said(row(), near)


def test_number_of_another_kind_is_said_in_words():
    lead = {"parameter": "lead_time_months", "unit_name": "month", "base_value": 5.0, "threshold_value": 2.0}
    assert "the lead time falls below 2 months (now 5)" in said(row(), lead)
    rate = {"parameter": "demand_growth_frac_per_year", "unit_name": "1/year", "base_value": 0.05,
            "threshold_value": -0.137}  # fmt: skip
    assert "the growth of demand falls below -13.7% a year (now 5.0%)" in said(row(), rate)


@pytest.mark.parametrize(
    ("parameter", "written"),
    [
        ("commitment_3y_price_ratio", "the price of a 3-year commitment rises above 98.0% of the on-demand price (now"),
        ("negotiated_price_ratio", "the negotiated price rises above 98.0% of the on-demand price (now 58.0%)"),
        ("all_upfront_price_ratio", "upfront rises above 98.0% of the same commitment paid monthly (now 58.0%)"),
    ],
)
def test_a_price_that_is_a_share_says_of_what(parameter, written):
    ratio = {"parameter": parameter, "unit_name": "1", "base_value": 0.58, "threshold_value": 0.98}
    assert written in said(row(), ratio)


@pytest.mark.parametrize(
    ("strategy", "written"),
    [
        ("commit_3y", "lease on demand"),
        ("own_colocation", "lease on demand"),
        ("shift_to_commitment_3y", "sell the fleet and lease on demand"),
        ("keep_owning", "keep the fleet"),
    ],
)
def test_nobody_is_told_to_commit_to_nothing(strategy, written):
    assert sentences.action(row(strategy, owned_gpus=0)) == written


def test_threshold_on_another_basis_is_called_by_it():
    assert said(row(), break_even_basis="total_cost").endswith(
        "Undiscounted, both cost the same when the on-demand price is 7.92 USD per GPU-hour (now 2.80)."
    )


def test_base_and_mean_on_different_sides_are_said_instead_of_a_threshold():
    # 12,345 saved at base, 440,134 lost on average: passing the threshold would agree with the mean, not flip it
    assert said(row(npv_saving_usd=12_345.0)).endswith(
        "With every number at its base it would save about 12,300 USD: the ranges decide."
    )
    judged = row(saving=5_000.0, npv_saving_usd=-12_345.0)
    assert said(judged, FLIP, judged).endswith("it would cost about 12,300 USD more: the ranges decide.")


@pytest.mark.parametrize(
    ("mean", "base", "written"),
    [
        (100_000.0, 103_000.0, ""),
        (100_000.0, 103_100.0, "it would save about 103,000 USD. "),
        (100_000.0, 64_900.0, "it would save about 64,900 USD. "),
        (-100_000.0, -64_900.0, "it would cost about 64,900 USD more. "),
        (-100_000.0, 0.4, "it would cost the same. "),
        (0.4, 0.8, ""),
    ],
)
def test_a_saving_at_base_that_is_another_number_stands_beside_the_mean(mean, base, written):
    text = said(row(saving=mean, npv_saving_usd=base))
    before = "simulated draws. "
    between = text[text.index(before) + len(before) : text.index("The answer flips")]
    assert between == (f"That is the mean over the draws; with every number at its base {written}" if written else "")


def test_a_saving_of_one_draw_is_no_mean():
    assert "mean" not in said(row(npv_saving_usd=-1_000.0), draws_count=1)


def test_nothing_that_flips_is_said():
    assert said(row(), None).endswith("No single number flips this within the range searched.")


def test_strategy_whose_module_is_gone_is_said_by_its_name():
    assert "The best alternative is to use the strategy own on premises with 8 H100 GPUs." in said(
        row("own_on_premises")
    )


@pytest.mark.parametrize(
    ("gpus", "written"), [(8.0, "8 H100"), (0.2, "0.2 H100"), (12.8, "about 13 H100"), (1_250.0, "1,250 H100")]
)
def test_gpus_committed_on_average_are_called_about_where_they_are_not_whole(gpus, written):
    judged = row("commit_1y", owned_gpus=0, committed_gpus=gpus)
    assert sentences.action(judged).startswith(f"commit to {written} GPUs,")


def test_plan_that_owns_and_commits_says_both():
    judged = row("optimal_mix", committed_gpus=2.5)
    assert sentences.action(judged) == (
        "follow the capacity plan, hold 8 H100 GPUs of one's own and about 2 H100 GPUs committed and lease the rest"
    )


BARRED = {"strategy": "own_colocation", "feasible": False, "infeasible_reason": "its lead time is too long"}
HOLLOW = row("commit_1y", 0.0, owned_gpus=0)


@pytest.mark.parametrize(
    ("taken", "rows", "text"),
    [
        (STAY | {"demand_gpu_hours": 0.0}, [STAY, HOLLOW],
         "w: stay on demand. No use is expected, so there is nothing to commit or to own."),
        (STAY, [STAY], "w: stay on demand. No other strategy was weighed."),
        (STAY, [STAY, HOLLOW],
         "w: stay on demand. No strategy weighed finds a GPU that is worth committing or owning."),
        (STAY, [STAY, BARRED], "w: stay on demand. Own colocation cannot be done: its lead time is too long."),
        (STAY, [STAY, BARRED, HOLLOW],
         "w: stay on demand. No strategy weighed finds a GPU that is worth committing or owning. "
         "Own colocation cannot be done: its lead time is too long."),
        (None, [BARRED], "w: no answer. Own colocation cannot be done: its lead time is too long."),
        (None, [], "w: no answer. Nothing is known about it."),
    ],
)  # fmt: skip
def test_nothing_to_compare_with_is_said_with_the_reason(taken, rows, text):
    assert sentences.of_no_choice("w", taken, rows) == text
