"""Electricity of the servers and of what cools them."""

import polars as pl

from pipelines.economics.energy import facility_kwh, server_kw
from pipelines.owning import monthly

NEEDS = ("server_idle_kw", "server_peak_kw", "pue_ratio", "energy_usd_per_kwh")
TAX = "expense"


def cash(plan: pl.LazyFrame) -> pl.LazyFrame:
    """USD a month: `servers · (idle + (peak − idle) · u) kW · hours · PUE · USD/kWh`, escalated.

    Servers draw their idle power in hours without work, so the whole calendar month counts unless the scenario says
    that running cost is by used hour.
    """
    load_kw = server_kw(pl.col("server_idle_kw"), pl.col("server_peak_kw"), pl.col("owned_used_frac"))
    energy_kwh = facility_kwh(pl.col("owned_servers_count") * load_kw, pl.col("month_hours"), pl.col("pue_ratio"))
    price_usd_per_kwh = pl.col("energy_usd_per_kwh") * pl.col("energy_escalation_ratio")
    return monthly(plan, __name__, during=energy_kwh * price_usd_per_kwh * pl.col("charged_frac"))
