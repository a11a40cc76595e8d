"""The simulation against closed forms."""

from statistics import NormalDist

import numpy as np
import pytest

DRAWS = 20_000


def test_a_log_normal_price_alone_gives_its_own_mean_and_quantiles(run):
    """Two months: 8 GPUs · 730 h at 3.29, then at 3.29·e^(σW) with W ~ N(0, 1/12)."""
    sigma, hours = 0.6, 8 * 730
    changes = {"horizon_months": 2, "simulation": {"draws": DRAWS, "seed": 11}}
    tables = run(changes, on_demand_volatility_ratio=sigma)
    spread = tables["projections.draw_quantiles"].filter(strategy="stay_on_demand", measure="npv_cost_usd")
    found = dict(zip(spread["quantile_frac"], spread["quantile_value"], strict=True))
    s = sigma / 12**0.5
    for frac in (0.05, 0.5, 0.95):
        z = NormalDist().inv_cdf(frac)
        second = hours * 3.29 * np.exp(s * z)
        # density of the cost at its quantile, for the standard error of an empirical one
        density = NormalDist().pdf(z) / (s * second)
        error = (frac * (1 - frac) / DRAWS) ** 0.5 / density
        assert found[frac] == pytest.approx(hours * 3.29 + second, abs=3 * error)
    cash = tables["projections.cash_flow_monthly"].filter(strategy="stay_on_demand").sort("month_index")
    mean = hours * 3.29 * np.exp(s * s / 2)
    error = mean * (np.exp(s * s) - 1) ** 0.5 / DRAWS**0.5
    assert cash["mean_cash_usd_nominal"].to_list() == [
        pytest.approx(hours * 3.29), pytest.approx(mean, abs=3 * error)
    ]  # fmt: skip
