"""The closed list of unit suffixes and the exact conversions between them.

A column or variable whose value is a number ends in one of `SUFFIXES`, unless its name comes from FOCUS
(`billed_cost`, `pricing_quantity`, …), whose unit stands in a column beside it. A test compares every contract with
this list, so a new unit is added here first.
"""

from __future__ import annotations

from typing import Final

SUFFIXES: Final[dict[str, str]] = {
    "usd_per_gpu_hour": "USD/GPU-hour",
    "usd_per_busy_gpu_hour": "USD/busy GPU-hour",
    "usd_per_paid_gpu_hour": "USD/paid GPU-hour",
    "usd_per_allocated_gpu_hour": "USD/allocated GPU-hour",
    "usd_per_gpu_year": "USD/GPU-year",
    "usd_per_fte_year": "USD/FTE-year",
    "usd_per_kw_month": "USD/kW-month",
    "usd_per_kwh": "USD/kWh",
    "usd_per_kw": "USD/kW",
    "currency_per_mwh": "currency/MWh",
    "usd_per_hour": "USD/h",
    "usd_per_month": "USD/month",
    "usd_per_year": "USD/year",
    "usd_per_1m_tokens": "USD/1M tokens",
    "usd_per_1m_input_tokens": "USD/1M input tokens",
    "usd_per_1m_output_tokens": "USD/1M output tokens",
    "usd_per_request": "USD/request",
    "usd_per_training_run": "USD/run",
    "usd_per_fine_tuning_job": "USD/job",
    "j_per_token": "J/token",
    "tokens_per_gpu_hour": "token/GPU-hour",
    "usd_nominal": "USD (nominal)",
    "usd_rate": "USD / billing currency",
    "usd": "USD",
    "frac_per_year": "1/year",
    "frac": "1",
    "ratio": "1",
    "gpu_hours": "GPU-hour",
    "gpus": "GPU",
    "gpus_per_fte": "GPU/FTE",
    "slices": "slice",
    "seconds": "s",
    "hours": "h",
    "days": "day",
    "months": "month",
    "years": "year",
    "kw": "kW",
    "w": "W",
    "kwh": "kWh",
    "gco2e_per_kwh": "gCO2e/kWh",
    "kgco2e": "kgCO2e",
    "rack_units": "U",
    "ms": "ms",
    "tokens_per_second": "token/s",
    "gib": "GiB",
    "tflops": "TFLOP/s",
    "bytes": "B",
    "fte": "FTE",
    "rows": "row",
    "count": "1",
    "index": "1",
}

J_PER_KWH: Final = 3_600_000
MJ_PER_KWH: Final = 3_600_000_000  # millijoule, the unit of DCGM's energy counter
SECONDS_PER_HOUR: Final = 3_600
HOURS_PER_DAY: Final = 24
HOURS_PER_YEAR: Final = 8_760
MONTHS_PER_YEAR: Final = 12
DAYS_PER_YEAR: Final = 365
W_PER_KW: Final = 1_000
MIB_PER_GIB: Final = 1_024
TOKENS_PER_1M: Final = 1_000_000


def unit_of(name: str) -> str | None:
    """Return the unit a column name declares by its suffix, or None where it declares none.

    The longest matching suffix wins, so `lease_price_usd_per_gpu_hour` is USD/GPU-hour and not USD.
    """
    for suffix in sorted(SUFFIXES, key=len, reverse=True):
        if name == suffix or name.endswith("_" + suffix):
            return SUFFIXES[suffix]
    return None
