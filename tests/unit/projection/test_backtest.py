"""An earlier day's projection against what came: scores by hand, the decision, and nothing from later."""

import dataclasses
import datetime as dt

import numpy as np
import polars as pl
import pytest

from pipelines.errors import NoDataError, UsageError
from pipelines.projection.assumptions import Assumptions
from pipelines.projection.backtest import Origin, backtest_base, origins_between, score_recent
from pipelines.projection.evidence import Evidence

ORIGIN = dt.date(2026, 6, 1)
AS_OF = dt.date(2026, 9, 1)  # three months on: 30 + 31 + 31 days
KEYS = {"workload": "w", "workload_kind": "other", "gpu_model": "H100-SXM-80GB", "sourcing": "leased"}
HISTORY = {
    "stand_alone": False,
    "workloads": None,
    "demand": {"workloads": "all", "basis": "allocated", "pool": False},
    "horizon_months": 12,
    "strategies": ["commit_1y"],
    "conventions.hours_per_month": "calendar",
    "conventions.price_basis": "realised",
    "assumptions.on_demand_usd_per_gpu_hour": None,
}


def evidence(gpus, usd=2.0, workload="w", until=AS_OF):
    """Use of `gpus(day)` all day long, paid by the hour at `usd(day)` or a price that stands."""
    first = dt.date(2026, 3, 1)
    days = [first + dt.timedelta(days=k) for k in range((until - first).days)]
    keys = {name: pl.lit(value) for name, value in (KEYS | {"workload": workload}).items()}
    held = [float(gpus(day)) for day in days]
    price = [float(usd(day)) if callable(usd) else usd for day in days]
    hours = pl.DataFrame({"usage_date": days, "allocated_gpu_hours": held}).with_columns(**keys)
    usage = hours.join(pl.DataFrame({"hour": range(24)}), how="cross").select(
        (pl.col("usage_date").cast(pl.Datetime("us")) + pl.duration(hours=pl.col("hour"))).alias("hour_at"),
        "allocated_gpu_hours", *KEYS, busy_gpu_hours=pl.col("allocated_gpu_hours"),
    )  # fmt: skip
    cost = hours.filter(pl.col("allocated_gpu_hours") > 0.0).select(
        "usage_date", *KEYS, gpu_hours_paid=pl.col("allocated_gpu_hours") * 24.0,
        idle_cost_usd=pl.lit(0.0), shared_cost_usd=pl.lit(0.0),
    ).join(pl.DataFrame({"usage_date": days, "price": price}), on="usage_date").with_columns(
        direct_cost_usd=pl.col("gpu_hours_paid") * pl.col("price")
    ).drop("price")  # fmt: skip
    return Evidence(usage_hourly=usage, tco_daily=cost)


@pytest.fixture
def scored(scenario):
    """Scores the plain scenario, asked of history, from June on."""

    def run(known, later=None, **assumptions):
        question = scenario(HISTORY, **assumptions)
        later = later or known
        frame = backtest_base(question, Origin(ORIGIN, 3), known, later, Assumptions.empty(), as_of=AS_OF,
                              knowledge="dated")  # fmt: skip
        return {row["strategy"]: row for row in frame.to_dicts()}

    return run


def test_what_goes_on_as_it_was_is_foretold_to_the_cent(scored):
    # 10 GPUs · 2 USD · 24 h · 92 days
    row = scored(evidence(lambda day: 10.0))["stay_on_demand"]
    assert row["projected_p50_cost_usd_nominal"] == pytest.approx(10 * 2 * 24 * 92)
    assert row["realised_cost_usd_nominal"] == pytest.approx(44_160.0)
    assert row["hindsight_cost_usd_nominal"] == pytest.approx(44_160.0)
    assert (row["mape_frac"], row["bias_frac"]) == (pytest.approx(0.0, abs=1e-12), pytest.approx(0.0, abs=1e-12))
    assert row["inside_interval"] and row["scored_months"] == 3


def test_errors_by_month_are_those_worked_out_by_hand(scored):
    """June as before, July twice, August half: off by 0, 1/2 and 1 of what came."""
    factor = {6: 1.0, 7: 2.0, 8: 0.5}
    row = scored(evidence(lambda day: 10.0 * factor.get(day.month, 1.0)))["stay_on_demand"]
    assert row["demand_mape_frac"] == pytest.approx((0.0 + 0.5 + 1.0) / 3)
    assert row["mape_frac"] == pytest.approx(0.5)
    # came 480 · (30 + 62 + 15.5) = 51,600; foretold 480 · 92 = 44,160
    assert row["realised_cost_usd_nominal"] == pytest.approx(51_600.0)
    assert row["bias_frac"] == pytest.approx(44_160 / 51_600 - 1.0)
    assert row["inside_interval"] is False


def test_a_commitment_to_what_then_stopped_was_the_wrong_decision_and_its_regret_is_owed(scored):
    """Committed at 60 % of the price of 10 GPUs for a year, used for none of it: all of it is regretted."""
    rows = scored(evidence(lambda day: 10.0 if day < ORIGIN else 0.0), discount_rate_frac_per_year=0)
    assert [name for name, row in rows.items() if row["decided_then"]] == ["commit_1y"]
    assert [name for name, row in rows.items() if row["best_in_hindsight"]] == ["stay_on_demand"]
    assert rows["commit_1y"]["regret_usd"] == pytest.approx(10 * 2 * 0.6 * 24 * 365)
    assert rows["stay_on_demand"]["regret_usd"] == 0.0


def test_a_commitment_to_what_went_on_was_right(scored):
    rows = scored(evidence(lambda day: 10.0))
    assert rows["commit_1y"]["decided_then"] and rows["commit_1y"]["best_in_hindsight"]
    assert rows["commit_1y"]["regret_usd"] == 0.0


def test_a_bill_restated_after_the_origin_is_not_known_then(scored):
    """B01: March to May are restated to twice the price in August; the projection of June still says 2 USD."""
    known = evidence(lambda day: 10.0, until=ORIGIN)
    restated = evidence(lambda day: 10.0, usd=4.0)
    row = scored(known, restated)["stay_on_demand"]
    assert row["projected_p50_cost_usd_nominal"] == pytest.approx(44_160.0)
    assert row["realised_cost_usd_nominal"] == pytest.approx(88_320.0)
    assert row["bias_frac"] == pytest.approx(-0.5)


def test_what_is_dated_after_the_origin_is_not_used_whatever_is_handed_over(scored):
    later = evidence(lambda day: 10.0 if day < ORIGIN else 99.0, usd=lambda day: 2.0 if day < ORIGIN else 9.0)
    with_later, without = scored(later), scored(evidence(lambda day: 10.0, until=ORIGIN), later)
    for name in ("projected_p5_cost_usd_nominal", "projected_p50_cost_usd_nominal", "decided_then"):
        assert with_later["commit_1y"][name] == without["commit_1y"][name]


def test_the_week_before_is_what_demand_is_measured_against(scored):
    # 10 GPUs in May but 20 in its last week; 10 came: the last week going on is off by 1, the four weeks by 1/4
    row = scored(evidence(lambda day: 20.0 if dt.date(2026, 5, 25) <= day < ORIGIN else 10.0))["stay_on_demand"]
    assert row["naive_demand_mape_frac"] == pytest.approx(1.0)
    assert row["demand_mape_frac"] == pytest.approx(0.25)


def test_hours_not_known_to_be_busy_are_no_idle_ones_in_what_came(scenario):
    """10 GPUs busy all along; in half of June's days nobody measured it, which is no fall of demand."""
    known = evidence(lambda day: 10.0)
    silent = pl.col("hour_at").is_between(dt.datetime(2026, 6, 1), dt.datetime(2026, 6, 16), closed="left")
    usage = known.usage_hourly.with_columns(busy_gpu_hours=pl.when(~silent).then("busy_gpu_hours"))
    question = scenario(HISTORY | {"demand": {"workloads": "all", "basis": "busy", "pool": False}})
    later = dataclasses.replace(known, usage_hourly=usage)
    frame = backtest_base(question, Origin(ORIGIN, 3), known, later, Assumptions.empty(), as_of=AS_OF,
                          knowledge="dated")  # fmt: skip
    assert frame["demand_mape_frac"].to_list() == pytest.approx([0.0, 0.0], abs=1e-12)


def test_origins_are_months_with_a_past_and_a_whole_month_after_them():
    known = evidence(lambda day: 10.0)
    found = origins_between(dt.date(2026, 1, 1), dt.date(2026, 12, 31), known, AS_OF, 4)
    assert [(origin.date.month, origin.months) for origin in found] == [(4, 4), (5, 4), (6, 3), (7, 2), (8, 1)]


def test_days_the_wrong_way_round_are_refused():
    with pytest.raises(UsageError, match="--from 2026-08-01 lies after --to 2026-07-01"):
        origins_between(dt.date(2026, 8, 1), dt.date(2026, 7, 1), evidence(lambda day: 1.0), AS_OF, 4)


@pytest.mark.parametrize("known", [Evidence(), evidence(lambda day: 1.0)])
def test_days_that_nothing_came_of_are_refused_and_say_what_is_known(known):
    with pytest.raises(NoDataError) as error:
        origins_between(dt.date(2027, 1, 1), dt.date(2027, 2, 1), known, AS_OF, 4)
    assert error.value.next_step in ("use is known from 2026-03-01 until 2026-09-01", "run: tenure add PATH…")


def test_every_night_scores_one_three_and_six_months_back_where_there_is_a_past(scenario):
    frame = score_recent(scenario(HISTORY), evidence(lambda day: 10.0), Assumptions.empty(), AS_OF)
    assert frame["origin_date"].unique().sort().to_list() == [dt.date(2026, 6, 1), dt.date(2026, 8, 1)]
    assert np.isfinite(frame["projected_p50_cost_usd_nominal"].to_numpy()).all()


def test_a_scenario_that_types_its_workloads_cannot_be_scored(scenario):
    with pytest.raises(UsageError, match="types its workloads"):
        backtest_base(scenario(), Origin(ORIGIN, 3), Evidence(), Evidence(), Assumptions.empty(), as_of=AS_OF,
                      knowledge="dated")  # fmt: skip
