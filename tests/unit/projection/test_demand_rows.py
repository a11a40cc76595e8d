"""What the forecast changes in a projection, and what is told of it."""

import datetime as dt
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from pipelines.projection.assumptions import Assumptions
from pipelines.projection.engine import project
from pipelines.projection.evidence import Evidence
from pipelines.projection.scenario import Scenario

AS_OF = dt.date(2026, 9, 1)
DATA = Path(__file__).parents[3] / "data"
DAYS = 140


def usage(gpus, **changes):
    """Leased use, the same in every hour of a day, of the days before the decision."""
    first = dt.datetime(2026, 9, 1) - dt.timedelta(days=len(gpus))
    hours = [first + dt.timedelta(hours=hour) for hour in range(24 * len(gpus))]
    columns = {"workload": "chat", "workload_kind": "inference", "sourcing": "leased", "gpu_model": "H100-SXM-80GB"}
    return pl.DataFrame({"hour_at": hours, "allocated_gpu_hours": np.repeat(gpus, 24)}).with_columns(
        busy_gpu_hours=pl.col("allocated_gpu_hours"),
        **{name: pl.lit(value) for name, value in (columns | changes).items()},
    )


def projected(gpus, trend="forecast"):
    question = Scenario.load(DATA / "scenarios" / "lease_or_own.yaml")
    update = {
        "simulation": question.simulation.model_copy(update={"draws": 20}),
        "demand": question.demand.model_copy(update={"trend": trend}),
        "strategies": ["stay_on_demand"],
    }
    return project(
        question.model_copy(update=update),
        Evidence(usage_hourly=usage(gpus)),
        Assumptions.load(DATA / "assumptions"),
        as_of=AS_OF,
        code_revision="r",
        warehouse_version="v",
    )


def origin(tables, key="demand_growth_frac_per_year"):
    return tables["projections.assumption_value"].filter(pl.col("assumption") == key)["origin"][0]


@pytest.fixture(scope="module")
def rising():
    t = np.arange(DAYS)
    return projected(20.0 * (1 + 0.003 * t) * (1 + 0.2 * np.sin(2 * np.pi * t / 7)))


def test_growth_is_the_forecasts_where_it_beats_the_week_before(rising):
    (fit,) = rising["projections.demand_fit"].to_dicts()
    assert fit["used"] and fit["reason"] is None
    assert fit["mase_ratio"] < fit["naive_mase_ratio"]
    assert origin(rising) == origin(rising, "demand_level_ratio") == "evidence"


def test_growth_stays_assumed_where_it_does_not():
    tables = projected(np.full(DAYS, 20.0))
    (fit,) = tables["projections.demand_fit"].to_dicts()
    assert (fit["used"], fit["reason"]) == (False, "it does not beat the week before")
    assert origin(tables) == "assumption file"


def test_a_short_history_says_so():
    tables = projected(np.full(30, 20.0))
    assert tables["projections.demand_fit"]["reason"].to_list() == ["30 days of history are fewer than 84"]
    assert origin(tables) == "assumption file"


def test_months_of_history_are_means_of_their_days(rising):
    path = rising["projections.demand_path"].filter(pl.col("month_start_date") == dt.date(2026, 8, 1))
    t = np.arange(DAYS - 31, DAYS)
    expected = (20.0 * (1 + 0.003 * t) * (1 + 0.2 * np.sin(2 * np.pi * t / 7))).mean()
    assert path["observed_gpus"].to_list() == pytest.approx([expected])
    assert path["month_index"].to_list() == [-1]


def test_projected_months_carry_the_forecast_as_far_as_it_reaches(rising):
    path = rising["projections.demand_path"].filter(pl.col("month_index") >= 0).sort("month_index")
    told = path["forecast_p50_gpus"].is_not_null()
    assert told.to_list()[:5] == [True, True, True, True, False]  # 140 days reach to 19 January
    first = path.row(0, named=True)
    assert first["forecast_p5_gpus"] <= first["forecast_p50_gpus"] <= first["forecast_p95_gpus"]
    assert first["base_gpus"] == pytest.approx(first["forecast_p50_gpus"], rel=0.05)
