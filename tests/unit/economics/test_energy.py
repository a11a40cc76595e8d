import polars as pl
import pytest

from pipelines.economics.energy import facility_kwh, server_kw


def test_half_loaded_server_draws_half_way_between_idle_and_peak():
    assert server_kw(2.0, 10.0, 0.5) == 6.0


def test_facility_energy_is_load_by_time_by_pue():
    # 2.1 kW · 8,760 h · 1.52 = 27,961.92 kWh
    assert facility_kwh(2.1, 8_760.0, 1.52) == pytest.approx(27_961.92)


def test_expressions_give_the_same_as_numbers():
    load = server_kw(pl.lit(2.0), pl.lit(10.0), pl.lit(0.25))
    assert pl.select(facility_kwh(load, pl.lit(730.0), pl.lit(1.5))).item() == pytest.approx(4.0 * 730 * 1.5)
