"""The company's own site as base values of owning: its terms as the register has them on the day.

Belongs here: from a row of `marts.dim_site` to numbers by assumption key. Not here: what goes before them
(`setting.py`), what a site costs (`owning/`).
"""

from __future__ import annotations

import datetime as dt
from typing import Final

import polars as pl

from pipelines.projection.evidence import Evidence, Resolved
from pipelines.projection.scenario import Scenario

# Columns of the register that are assumption keys by the same name.
TERMS: Final = (
    "pue_ratio",
    "energy_usd_per_kwh",
    "colocation_usd_per_kw_month",
    "demand_charge_usd_per_kw_month",
    "network_usd_per_month",
    "physical_security_usd_per_month",
    "facility_opex_usd_per_month",
    "compliance_usd_per_year",
    "staff_usd_per_fte_year",
    "staff_minimum_fte",
    "staff_gpus_per_fte",
)


def site_terms(scenario: Scenario, evidence: Evidence, as_of: dt.date) -> dict[str, Resolved]:
    """Numbers of the scenario's `own_site`, without a range; a term that the register leaves open is not among them.

    Args:
        scenario: names the site, or none.
        evidence: the site register.
        as_of: the terms that hold on this day.

    Raises:
        ScenarioError: no such site has terms on the day.
    """
    if scenario.own_site is None:
        return {}
    known = pl.DataFrame(schema={"site_id": pl.String}) if evidence.sites is None else evidence.sites
    if evidence.sites is not None:
        until = pl.col("valid_to_date").is_null() | (pl.col("valid_to_date") > as_of)
        known = known.filter((pl.col("valid_from_date") <= as_of) & until)
    found = known.filter(pl.col("site_id") == scenario.own_site)
    if found.is_empty():
        sites = ", ".join(sorted(known["site_id"].unique())) or "none"
        message = f"site {scenario.own_site!r} has no terms in the site register on {as_of}; sites that have: {sites}"
        raise scenario.error(message, ("own_site",))
    row = found.row(0, named=True)
    since: dt.date = row["valid_from_date"]
    source = f"site register (marts.dim_site): {scenario.own_site}, terms from {since}"
    return {
        key: Resolved(value, value, value, source, "high", "evidence", since)
        for key in TERMS
        if (value := row[key]) is not None
    }
