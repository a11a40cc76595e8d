"""The terms of a site of the register instead of assumed ones."""

import datetime as dt

import polars as pl
import pytest

from pipelines.errors import ScenarioError
from pipelines.projection.assumptions import Assumptions
from pipelines.projection.engine import project
from pipelines.projection.evidence import Evidence
from pipelines.projection.own_site import TERMS

AS_OF = dt.date(2026, 9, 1)
SITES = pl.DataFrame(
    [
        dict.fromkeys(TERMS, 1.0) | {"site_id": site, "valid_from_date": since, "valid_to_date": until} | terms
        for site, since, until, terms in (
            ("lis-1", dt.date(2025, 9, 1), dt.date(2026, 3, 1), {"colocation_usd_per_kw_month": 165.0}),
            ("lis-1", dt.date(2026, 3, 1), dt.date(2026, 10, 1), {"colocation_usd_per_kw_month": 172.5}),
            ("lis-1", dt.date(2026, 10, 1), None, {"colocation_usd_per_kw_month": 999.0}),
            ("closed", dt.date(2020, 1, 1), dt.date(2026, 9, 1), {}),
            ("opens", dt.date(2026, 9, 2), None, {}),
            ("new", dt.date(2026, 9, 1), None, {}),
            ("market", dt.date(2020, 1, 1), None, {"energy_usd_per_kwh": None}),
        )
    ],
    infer_schema_length=None,
)
OWN = {"workloads.0.owned_gpus": 8, "components": ["colocation"], "stand_alone": False}
CONTRACTED_KW = 2.1  # of the one server


@pytest.fixture
def ask(scenario):
    """Projects the plain scenario without the colocation fee it types; the site's terms tell it."""

    def make(changes, **typed):
        left_out = {"assumptions.colocation_usd_per_kw_month": None} | {"assumptions.energy_usd_per_kwh": None}
        question = scenario(OWN | left_out | changes, **typed)
        evidence = Evidence(sites=SITES)
        return project(question, evidence, Assumptions.empty(), as_of=AS_OF, code_revision="", warehouse_version="")

    return make


def owned_usd(tables):
    """Cost of a month of owning."""
    of_own = tables["projections.cash_flow_monthly"].filter(pl.col("strategy") == "own_colocation")
    return of_own.group_by("month_index").agg(pl.col("cash_usd_nominal").sum()).sort("month_index")["cash_usd_nominal"]


def test_owned_month_changes_by_exactly_the_difference_of_the_colocation_fee(ask):
    # 2.1 kW at 172.50 instead of 194.95 USD/kW-month
    own, typed = ask({"own_site": "lis-1"}), ask({}, colocation_usd_per_kw_month=194.95)
    saved = owned_usd(typed) - owned_usd(own)
    assert saved.to_list() == pytest.approx([CONTRACTED_KW * (194.95 - 172.50)] * 24)
    used = own["projections.assumption_value"].filter(pl.col("assumption") == "colocation_usd_per_kw_month")
    row = used.row(0, named=True)
    assert (row["low_value"], row["base_value"], row["high_value"]) == (172.5, 172.5, 172.5)
    assert (row["origin"], row["from_date"]) == ("evidence", dt.date(2026, 3, 1))
    assert row["source"] == "site register (marts.dim_site): lis-1, terms from 2026-03-01"


def test_typed_number_goes_before_the_terms_of_the_site(ask):
    with_site, without = (ask(site, colocation_usd_per_kw_month=150) for site in ({"own_site": "lis-1"}, {}))
    assert owned_usd(with_site).to_list() == owned_usd(without).to_list()


@pytest.mark.parametrize("site", ["closed", "opens", "nowhere"])
def test_site_without_terms_on_the_day_is_refused_with_those_that_have(ask, site):
    with pytest.raises(
        ScenarioError, match=f"'{site}' has no terms .* on 2026-09-01; sites that have: lis-1, market, new"
    ):
        ask({"own_site": site})


def test_electricity_that_a_market_prices_is_not_guessed(ask, row_of):
    own = row_of(ask({"own_site": "market", "components": ["power"]}), "own_colocation")
    assert "no value of energy_usd_per_kwh" in own["infeasible_reason"]


def test_scenario_that_stands_alone_has_no_site(scenario):
    with pytest.raises(ScenarioError, match="reads no site register"):
        scenario({"own_site": "lis-1"})
