"""What has been saved by each month, over the draws: worked by hand, and tied to the tables it must agree with."""

import datetime as dt
from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest

from pipelines.projection.measures import MONTHLY_QUANTILES, SavingParts

TABLE = "projections.draw_quantiles_monthly"
# 8 GPUs · 730 h · 3.29 less the running cost of owning them, a month
LEASE, RUNNING = 8 * 730 * 3.29, 409.395 + 600.0159
PRICE = {"low": 100_000, "base": 240_000, "high": 900_000}
ALL = {"strategies": ["stay_on_demand", "commit_1y", "own_colocation", "own_base_lease_burst"]}


@pytest.fixture
def fan(run):
    """Quantiles of one strategy by month, one array a quantile."""

    def read(changes=None, strategy="own_colocation", **numbers):
        rows = run(changes, **numbers)[TABLE].filter(pl.col("strategy") == strategy).sort("month_index")
        return {frac: group["quantile_value"].to_numpy() for (frac,), group in rows.group_by("quantile_frac")}

    return read


def test_saving_by_a_month_is_the_lease_not_paid_less_what_owning_has_cost_so_far(fan):
    # −240,000 at once, then 19,213.60 − 1,009.41 = 18,204.19 more by the end of each month
    expected = [-240_000 + (LEASE - RUNNING) * (month + 1) for month in range(24)]
    assert expected[0] == pytest.approx(-221_795.81, abs=0.01)
    for values in fan().values():  # one draw: its quantiles are itself
        assert values == pytest.approx(expected, abs=0.01)


def test_saving_by_month_is_not_discounted(fan):
    assert fan(discount_rate_frac_per_year=0.2)[0.5] == pytest.approx(fan()[0.5])


def test_lead_time_shows_as_months_that_save_nothing(fan):
    # the hardware is paid at order and live in month 3
    values = fan(lead_time_months=3)[0.5]
    assert values[:4] == pytest.approx([-240_000] * 3 + [-240_000 + LEASE - RUNNING], abs=0.01)


def test_quantiles_of_an_outlay_are_those_of_its_triangle(fan):
    # Only the price is drawn. The cheap price is the good luck: P95 of the saving has P5 of the price. The inverse of
    # a triangle from a over c to b: below the mode a + √(u(b−a)(c−a)), above it b − √((1−u)(b−a)(b−c)).
    found = fan({"simulation": {"draws": 20_000, "seed": 1}}, server_price_usd=PRICE)
    a, c, b = PRICE["low"], PRICE["base"], PRICE["high"]
    price = {0.05: a + (0.05 * (b - a) * (c - a)) ** 0.5} | {
        u: b - ((1 - u) * (b - a) * (b - c)) ** 0.5 for u in (0.5, 0.95)
    }
    for frac, values in found.items():
        assert values[-1] == pytest.approx(24 * (LEASE - RUNNING) - price[round(1 - frac, 2)], abs=8_000)


def test_by_the_last_month_it_is_the_saving_of_the_whole_horizon(run):
    # without discounting, the present value reported by draw_quantiles, for every strategy and quantile
    ranges = {"server_price_usd": PRICE, "demand_level_ratio": {"low": 0.6, "base": 1.0, "high": 1.2}}
    tables = run(ALL | {"simulation": {"draws": 200, "seed": 7}}, **ranges)
    key = ["strategy", "quantile_frac"]
    last = tables[TABLE].filter(pl.col("month_index") == 23)
    whole = tables["projections.draw_quantiles"].filter(pl.col("measure") == "npv_saving_usd")
    joined = last.join(whole, on=key)
    assert joined.height == 3 * 3
    assert joined["quantile_value"].to_numpy() == pytest.approx(joined["quantile_value_right"].to_numpy(), abs=0.01)


def test_quantile_of_a_month_is_taken_over_the_draws_of_that_month():
    # Three draws save 1, 2, 3 in the first month and 0, −3, −1 in the second: 1, 2, 3 and then 1, −1, 2 so far. The
    # median is 2 and then 1, though the draw that was in the middle ends lowest. P5 lies a tenth of the way from the
    # lowest to the next (0.05 · 2 steps), P95 nine tenths of the way from the middle to the highest.
    saved = {"start": [[1, 0], [0, 0], [0, 0]], "during": [[0, 0], [2, -3], [0, 0]], "end": [[0, 0], [0, 0], [3, -1]]}
    reference = SimpleNamespace(part=lambda when: np.array(saved[when], dtype=float))
    own = SimpleNamespace(world=None, part=lambda when: np.zeros((3, 2)))
    found = np.quantile(SavingParts.of(reference, own).cumulative_usd, MONTHLY_QUANTILES, axis=0)
    assert found == pytest.approx(np.array([[1.1, -0.8], [2.0, 1.0], [2.9, 1.9]]))


def test_every_alternative_that_can_be_done_has_every_month_and_staying_has_none(run):
    rows = run(ALL | {"constraints": {"max_capex_usd": 1}})[TABLE]
    assert set(rows["strategy"]) == {"commit_1y"}
    assert rows["month_index"].to_list() == [month for month in range(24) for _ in range(3)]
    assert set(rows["quantile_frac"]) == {0.05, 0.5, 0.95}
    assert set(rows["measure"]) == {"cumulative_saving_usd_nominal"}


def test_months_start_on_their_day(run):
    first = run()[TABLE].filter(pl.col("quantile_frac") == 0.5)["month_start_date"].to_list()
    assert first[:2] == [dt.date(2026, 9, 1), dt.date(2026, 10, 1)]
    assert first[-1] == dt.date(2028, 8, 1)


def test_all_prices_times_k_make_the_fan_times_k(fan, plain):
    prices = {key: value["base"] * 3.0 for key, value in plain["assumptions"].items() if "_usd" in key}
    chance = {"simulation": {"draws": 50, "seed": 7}}
    level = {"demand_level_ratio": {"low": 0.6, "base": 1.0, "high": 1.2}}
    one, other = fan(chance, **level), fan(chance, **(prices | level))
    for frac, values in one.items():
        assert other[frac] == pytest.approx(values * 3.0, rel=1e-9)


def test_a_strategy_that_holds_nothing_saves_nothing_in_every_month(fan):
    values = fan(ALL | {"simulation": {"draws": 50, "seed": 7}}, "commit_1y", commitment_1y_price_ratio=1.5)
    assert all((band == 0.0).all() for band in values.values())
