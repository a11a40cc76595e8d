"""Scenarios on what is known: the nightly projection, and the decision asked for at the command line.

Belongs here: which scenarios run on which marts, and where results go. Not here: any arithmetic (projection).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from pipelines import progress
from pipelines.errors import UsageError
from pipelines.plan import inputs_hash, newest_day
from pipelines.projection.assumptions import Assumptions
from pipelines.projection.backtest import TABLE as BACKTEST
from pipelines.projection.backtest import empty_backtest, score_recent
from pipelines.projection.decision import decisions as decide
from pipelines.projection.engine import project
from pipelines.projection.evidence import Evidence
from pipelines.projection.scenario import Scenario
from pipelines.settings import Home, Settings, code_revision
from pipelines.warehouse import landing, lock
from pipelines.warehouse.connect import reading_published, writing
from pipelines.warehouse.publish import standing
from pipelines.warehouse.tables import drop_undeclared, query, replace_rows

if TYPE_CHECKING:
    import duckdb

# Physical quantities are summed as decimals: a sum of binary floats depends on the order of its rows, and with it
# every byte of a projection.
EVIDENCE = {
    "usage_hourly": """
        select hour_at, workload, min(workload_kind) as workload_kind, sourcing, gpu_model,
               sum(cast(gpu_part_ratio * allocated_seconds as decimal(38, 12))) / 3600 as allocated_gpu_hours,
               case when sum(cast(covered_seconds - unknown_seconds as decimal(38, 12))) > 0
                   then sum(cast(gpu_part_ratio * busy_seconds as decimal(38, 12))) / 3600 end as busy_gpu_hours
        from marts.fct_gpu_usage_hourly
        where not starts_with(workload, '__')
        group by hour_at, workload, sourcing, gpu_model
        order by hour_at, workload, sourcing, gpu_model
    """,
    "tco_daily": """
        select usage_date, workload, workload_kind, sourcing, gpu_model,
               cast(sum(direct_cost_usd) as double) as direct_cost_usd,
               cast(sum(idle_cost_usd) as double) as idle_cost_usd,
               cast(sum(shared_cost_usd) as double) as shared_cost_usd,
               cast(sum(unallocated_cost_usd) as double) as unallocated_cost_usd,
               cast(sum(cast(gpu_hours_paid as decimal(38, 12))) as double) as gpu_hours_paid,
               cast(sum(cast(gpu_hours_allocated as decimal(38, 12))) as double) as gpu_hours_allocated,
               cast(sum(cast(gpu_hours_busy as decimal(38, 12))) as double) as gpu_hours_busy,
               cast(sum(cast(facility_energy_kwh as decimal(38, 12))) as double) as facility_kwh,
               cast(sum(cast(case when gpu_hours_allocated > 0 then input_tokens_count end as decimal(38, 6)))
                   as double) as input_tokens_count,
               cast(sum(cast(case when gpu_hours_allocated > 0 then output_tokens_count end as decimal(38, 6)))
                   as double) as output_tokens_count,
               cast(sum(case when input_tokens_count is not null and output_tokens_count is not null
                             then cast(gpu_hours_allocated as decimal(38, 12)) end) as double) as tokens_gpu_hours
        from marts.fct_workload_tco_daily
        where not starts_with(workload, '__')
        group by usage_date, workload, workload_kind, sourcing, gpu_model
        order by usage_date, workload, workload_kind, sourcing, gpu_model
    """,
    "price_points": """
        select observed_at, gpu_model, pricing_model, statistic, provider, region_id, instance_type, gpus, price_basis,
               cast(price_usd_per_gpu_hour as double) as price_usd_per_gpu_hour
        from marts.fct_gpu_price
        where gpu_model is not null
        order by observed_at, gpu_model, pricing_model, statistic, provider, region_id, instance_type, gpus,
                 price_basis, price_usd_per_gpu_hour
    """,
    "gpu_models": "select gpu_model, tdp_w, reference_ratio from marts.dim_gpu_model order by gpu_model",
    "assets": """
        select asset_id, site_id, gpu_model, gpus,
               cast(purchase_price_usd as double) as purchase_price_usd, cast(salvage_usd as double) as salvage_usd,
               go_live_date, life_months, depreciation_method,
               cast(cost_of_capital_frac_per_year as double) as cost_of_capital_frac_per_year,
               cast(idle_kw as double) as idle_kw, cast(peak_kw as double) as peak_kw,
               cast(contracted_kw as double) as contracted_kw,
               cast(maintenance_frac_per_year as double) as maintenance_frac_per_year,
               cast(software_usd_per_gpu_year as double) as software_usd_per_gpu_year,
               cast(insurance_frac_per_year as double) as insurance_frac_per_year, retired_date
        from marts.dim_asset
        order by asset_id
    """,
    "sites": """
        select site_id, valid_from_date, valid_to_date,
               cast(pue_ratio as double) as pue_ratio,
               cast(energy_usd_per_kwh as double) as energy_usd_per_kwh,
               cast(colocation_usd_per_kw_month as double) as colocation_usd_per_kw_month,
               cast(demand_charge_usd_per_kw_month as double) as demand_charge_usd_per_kw_month,
               cast(network_usd_per_month as double) as network_usd_per_month,
               cast(physical_security_usd_per_month as double) as physical_security_usd_per_month,
               cast(facility_opex_usd_per_month as double) as facility_opex_usd_per_month,
               cast(compliance_usd_per_year as double) as compliance_usd_per_year,
               cast(staff_usd_per_fte_year as double) as staff_usd_per_fte_year,
               cast(staff_minimum_fte as double) as staff_minimum_fte,
               cast(staff_gpus_per_fte as double) as staff_gpus_per_fte
        from marts.dim_site
        order by site_id, valid_from_date
    """,
    "lease_contracts": """
        select gpu_model, gpus, start_date, coalesce(terminated_date, end_date) as end_date,
               cast(committed_price_usd_per_gpu_hour as double) as committed_price_usd_per_gpu_hour,
               cast(take_or_pay_frac as double) as take_or_pay_frac
        from marts.dim_lease_contract
        order by contract_id
    """,
}
DECISION_TABLES = (
    "projections.strategy_summary",
    "projections.projection_run",
    "projections.threshold",
    "projections.capacity_plan",
)


def project_home(settings: Settings, *, as_of: str | None) -> dict[str, int]:
    """Project every scenario of the home that asks about realised history, and store the results.

    Args:
        settings: the home.
        as_of: day of the decision as text; None for the newest day in landing.

    Returns:
        Rows by projection table.
    """
    home = settings.paths
    deliveries = landing.deliveries(home)
    day = date.fromisoformat(as_of) if as_of else newest_day(deliveries)
    assumptions = Assumptions.load(home.assumptions)
    scenarios = [scenario for scenario in scenarios_of(home).values() if scenario.demand is not None]
    with lock.held(home, "projection"), writing(settings) as connection:
        evidence = evidence_of(connection)
        results: list[dict[str, pl.DataFrame]] = []
        for scenario in scenarios:
            progress.say("projection", scenario.scenario)
            results.append(
                project(
                    scenario,
                    evidence,
                    assumptions,
                    as_of=day,
                    code_revision=code_revision(),
                    warehouse_version=inputs_hash(home, deliveries),
                    threads=settings.threads,
                )
            )
        rows: dict[str, int] = {}
        for table in results[0] if results else {}:
            frame = pl.concat([result[table] for result in results])
            replace_rows(connection, table, frame)
            rows[table] = frame.height
        progress.say("projection", "backtest")
        scores = [score_recent(scenario, evidence, assumptions, day, settings.threads) for scenario in scenarios]
        scored = pl.concat([empty_backtest(), *scores])
        replace_rows(connection, BACKTEST, scored)
        rows[BACKTEST] = scored.height
        drop_undeclared(connection, "projections")
    return rows


def decisions(settings: Settings, names: Sequence[str]) -> pl.DataFrame:
    """One row and one sentence for each workload of each scenario.

    Args:
        settings: the home.
        names: scenario names of the home or files; none for what is published.

    Raises:
        NoDataError: nothing is published and the scenario needs it.
        UsageError: no such scenario.
        ScenarioError: a scenario or assumption file is wrong.
    """
    if not names:
        with reading_published(settings) as connection:
            tables = {table: query(connection, f"select * from {table}") for table in DECISION_TABLES}
        return decide(tables)
    return pl.concat([decide(ask(settings, name)) for name in names])


def ask(settings: Settings, name: str) -> Mapping[str, pl.DataFrame]:
    """Project one scenario now, on the published marts where it needs them; nothing is stored.

    Raises:
        NoDataError: nothing is published and the scenario needs it.
        UsageError: no such scenario.
        ScenarioError: a scenario or assumption file is wrong.
    """
    home = settings.paths
    scenario = scenario_of(home, name)
    if scenario.demand is not None:
        evidence, version, as_of = published_evidence(settings)
        day: date | None = scenario.as_of or as_of
    else:
        publication = standing(home)
        evidence, version = Evidence(), ""
        day = scenario.as_of or (date.fromisoformat(publication.as_of) if publication else None)
    if day is None:
        raise UsageError(
            f"scenario {scenario.scenario!r} has no as_of, and nothing is published to take it from",
            next_step="write as_of: 2026-08-31 in the scenario, or run: tenure refresh",
        )
    return project(
        scenario,
        evidence,
        Assumptions.load(home.assumptions),
        as_of=day,
        code_revision=code_revision(),
        warehouse_version=version,
        threads=settings.threads,
    )


def evidence_of(connection: duckdb.DuckDBPyConnection) -> Evidence:
    """What the projection reads of marts."""
    return Evidence(**{name: query(connection, sql) for name, sql in EVIDENCE.items()})


def published_evidence(settings: Settings) -> tuple[Evidence, str, date]:
    """What the projection reads of the version that stands, its name and its day.

    One connection stays with its version, whatever is published meanwhile.

    Raises:
        NoDataError: nothing is published yet.
    """
    with reading_published(settings) as connection:
        version, day = connection.execute(  # type: ignore[misc]
            "select version, as_of_date from meta.publication"
        ).fetchone()
        return evidence_of(connection), version, day


def scenarios_of(home: Home) -> dict[str, Scenario]:
    """Every scenario of the home by name."""
    return {path.stem: Scenario.load(path) for path in sorted(home.scenarios.glob("*.yaml"))}


def scenario_of(home: Home, name: str) -> Scenario:
    """A scenario by its name in the home, or by its file."""
    path = Path(name) if Path(name).suffix else home.scenarios / f"{name}.yaml"
    if not path.exists():
        known = ", ".join(sorted(item.stem for item in home.scenarios.glob("*.yaml")))
        raise UsageError(f"no scenario {name!r}", next_step=f"name a file, or one of: {known}")
    return Scenario.load(path)
