"""Units: the suffix of a name is its unit, and conversions are exact."""

from __future__ import annotations

from fractions import Fraction

import pytest

from pipelines import units
from pipelines.units import SUFFIXES, unit_of


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("list_price_usd_per_gpu_hour", "USD/GPU-hour"),
        ("levelised_cost_usd_per_busy_gpu_hour", "USD/busy GPU-hour"),
        ("npv_saving_usd", "USD"),
        ("cost_usd_nominal", "USD (nominal)"),
        ("facility_power_kw", "kW"),
        ("power_w", "W"),
        ("energy_kwh", "kWh"),
        ("energy_usd_per_kwh", "USD/kWh"),
        ("cost_of_capital_frac_per_year", "1/year"),
        ("gpu_hours", "GPU-hour"),
        ("leased_gpu_hours", "GPU-hour"),
        ("month_hours", "h"),
        ("staff_gpus_per_fte", "GPU/FTE"),
        ("grid_gco2e_per_kwh", "gCO2e/kWh"),
        ("line_rows", "row"),
    ],
)
def test_the_longest_suffix_tells_the_unit(name: str, unit: str) -> None:
    assert unit_of(name) == unit


@pytest.mark.parametrize("name", ["cost", "power", "billed_cost", "sub_account_id", "view", "askew", "usdollar"])
def test_a_name_without_a_suffix_has_no_unit(name: str) -> None:
    """Also one that ends in the letters of a unit without an underscore before them."""
    assert unit_of(name) is None


def test_a_bare_suffix_is_its_own_unit() -> None:
    assert unit_of("gpus") == "GPU"


def test_no_suffix_is_hidden_by_a_shorter_one() -> None:
    assert {suffix: unit_of(f"x_{suffix}") for suffix in SUFFIXES} == SUFFIXES


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("J_PER_KWH", Fraction(1_000) * 3_600),  # 1 kWh = 1000 W × 3600 s
        ("MJ_PER_KWH", Fraction(1_000) * 3_600 * 1_000),  # millijoule
        ("SECONDS_PER_HOUR", Fraction(60) * 60),
        ("HOURS_PER_YEAR", Fraction(365) * 24),
        ("DAYS_PER_YEAR", Fraction(365)),
        ("HOURS_PER_DAY", Fraction(24)),
        ("MONTHS_PER_YEAR", Fraction(12)),
        ("W_PER_KW", Fraction(1_000)),
        ("MIB_PER_GIB", Fraction(2) ** 10),
    ],
)
def test_conversions_are_whole_numbers(name: str, value: Fraction) -> None:
    found = getattr(units, name)
    assert isinstance(found, int)
    assert found == value
