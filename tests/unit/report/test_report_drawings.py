"""The curve of owning against use, worked by hand; and how numbers are written."""

from __future__ import annotations

from decimal import Decimal

import altair as alt
import pytest

from pipelines.report import cells, svg
from pipelines.report.charts import projected_cost
from pipelines.report.charts.break_even import owning_curve
from pipelines.report.queries import Rows
from pipelines.report.sections import cost


def test_curve_goes_through_the_planned_and_the_break_even_point() -> None:
    # 2.00 at 80 %, 4.00 at 35 %: fixed = (2 − 4)·0.8·0.35 / (0.35 − 0.8) = 56/45,
    # running = (4·0.35 − 2·0.8) / (0.35 − 0.8) = 4/9.
    curve = owning_curve(0.8, 2.0, 4.0, 0.35)
    assert curve is not None
    assert curve.fixed_usd_per_gpu_hour == pytest.approx(56 / 45)
    assert curve.running_usd_per_gpu_hour == pytest.approx(4 / 9)
    assert (curve.usd_per_gpu_hour(0.8), curve.usd_per_gpu_hour(0.35)) == (pytest.approx(2.0), pytest.approx(4.0))


def test_curve_reproduces_a_published_table_of_cost_by_use() -> None:
    # A server of four GPUs at 1.032983 USD an hour fully used, break-even with 3.29 at 31.4 %: all of it is fixed, so
    # half the use costs twice as much.
    curve = owning_curve(1.0, 1.032983, 3.29, 1.032983 / 3.29)
    assert curve is not None
    assert curve.usd_per_gpu_hour(0.5) == pytest.approx(2.065966)


def test_without_break_even_no_cost_follows_use_and_the_curve_stays_above_the_price() -> None:
    curve = owning_curve(0.5, 6.0, 4.0, None)  # 3.00 / use, which would pass 4.00 at 75 %
    assert curve is not None
    assert curve.running_usd_per_gpu_hour == 0.0
    assert max(point["used_frac"] for point in curve.points()) == pytest.approx(0.75)


def test_without_a_price_that_owning_matches_there_is_no_curve() -> None:
    assert owning_curve(0.5, None, 4.0, None) is None


def test_two_points_that_would_make_a_cost_negative_are_not_fitted() -> None:
    # 2.00 at 80 % and 4.00 at 45 % would need running cost below nothing: (4·0.45 − 2·0.8)/(0.45 − 0.8) < 0.
    curve = owning_curve(0.8, 2.0, 4.0, 0.45)
    assert curve is not None
    assert (curve.fixed_usd_per_gpu_hour, curve.running_usd_per_gpu_hour) == (pytest.approx(1.6), 0.0)


@pytest.mark.parametrize(
    ("value", "written"),
    [(None, "–"), (0.0, "0%"), (0.001, "<1%"), (0.999, ">99%"), (1.0, "100%"), (-0.16, "−16%"), (119.8, ">1000%")],
)
def test_shares_never_look_like_none_or_all_when_they_are_not(value: float | None, written: str) -> None:
    assert cells.share(value).text == written


@pytest.mark.parametrize(
    ("value", "written"),
    [(None, "–"), (Decimal(0), "0.00"), (Decimal("-1234.5"), "−1,234.50"), (Decimal("0.000400"), "0.0004")],
)
def test_residual_below_a_cent_is_written_in_full(value: Decimal | None, written: str) -> None:
    assert cells.cents(value).text == written


@pytest.mark.parametrize(
    ("value", "written"), [(250141.8, "250,142"), (4.4372, "4.437"), (0.12, "0.12"), (0.0, "0"), (float("nan"), "–")]
)
def test_numbers_of_any_size_have_four_digits_and_no_exponent(value: float, written: str) -> None:
    assert cells.number(value).text == written


def test_a_missing_number_has_no_value_for_machines() -> None:
    assert cells.usd(None).value is None


def test_names_lose_their_unit_and_rates_say_so() -> None:
    names = ["discount_rate_frac_per_year", "energy_usd_per_kwh", "lead_time_months", "server_price_usd"]
    assert [cells.quantity(name).text for name in names] == [
        "discount rate", "energy rate", "lead time months", "server price"
    ]  # fmt: skip


def test_clips_of_two_drawings_are_kept_apart() -> None:
    bars = alt.Chart(alt.Data(values=[{"a": 1, "b": "<b>"}])).mark_bar(clip=True).encode(x="a:Q", y="b:N")
    drawn = svg.inline(bars, key="second", title="<t>", description="d")
    assert 'clip-path="url(#second-clip' in drawn
    assert '<clipPath id="second-clip' in drawn
    assert "&lt;b&gt;" in drawn
    assert '<title id="second-title">&lt;t&gt;</title>' in drawn


def test_of_many_strategies_those_are_drawn_that_answer_the_question() -> None:
    """The first and the cheapest, staying, and the first that owns; in the order of the table."""
    rows: Rows = [
        {"strategy": name, "npv_cost_usd": cost, "owned_gpus": owned}
        for name, cost, owned in (
            ("commit_1y", 5.0, 0), ("commit_3y", 6.0, 0), ("optimal_mix", 4.0, 0), ("stay_on_demand", 7.0, 0),
            ("commit_5y", 8.0, 0), ("own_colocation", 9.0, 8), ("own_data_center", 40.0, 8),
        )
    ]  # fmt: skip
    drawn = [row["strategy"] for row in cost.to_draw(rows)]
    assert drawn == ["commit_1y", "optimal_mix", "stay_on_demand", "own_colocation"]
    assert [row["strategy"] for row in cost.to_draw(rows[:3])] == ["commit_1y", "commit_3y", "optimal_mix"]


def test_a_component_of_no_strategy_drawn_takes_no_room() -> None:
    rows = [
        {"strategy": name, "component": component, "sourcing": "leased", "present_value_usd": 100.0}
        for name, component in (("stay", "on_demand"), ("own", "facility"))
    ]
    values = projected_cost.chart(rows, {"stay": "stay"}).to_dict()["data"]["values"]
    assert [row["component"] for row in values] == ["on demand"]


def test_figures_of_the_head_stand_in_one_row_where_there_is_room(html: str) -> None:
    (rule,) = [line for line in html.splitlines() if line.startswith(".strip { display")]
    assert "grid-auto-flow: column" in rule
