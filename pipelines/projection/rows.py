"""What a run becomes in the tables: one function a table, each giving rows or a frame with the contract's columns."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import polars as pl

from pipelines.projection import measures
from pipelines.projection.assumptions import RESALE_KEY, Assumptions
from pipelines.projection.evidence import Resolved, Subject
from pipelines.projection.flows import Flows, discounting
from pipelines.projection.plan import Capacity
from pipelines.projection.scenario import Scenario
from pipelines.projection.setting import PRICE_KEY, Setting
from pipelines.projection.simulation import Drawn
from pipelines.projection.thresholds import UTILISATION, Threshold
from pipelines.projection.unit_costs import unit_costs
from pipelines.projection.world import World
from pipelines.units import HOURS_PER_DAY, unit_of

Row = dict[str, Any]
CUMULATIVE_SAVING: Final = "cumulative_saving_usd_nominal"
CENT_USD: Final = 0.005  # a saving below half a cent is none


@dataclass(frozen=True)
class Case:
    """One workload of one variant, with its world without chance."""

    key: Row
    scenario: Scenario
    subject: Subject
    setting: Setting
    central: World
    starts: list[dt.date]


@dataclass(frozen=True)
class Outcome:
    """A strategy that can be done, in its best way.

    Attributes:
        strategy: its name.
        capacity: what it holds and from when on.
        central: its cash in the world without chance.
        drawn: its results over the draws.
        form: how it is paid; 'no_choice' where the strategy leaves none.
        waiting_value_usd: what its start saves more than the first start that can be done; None where it is that.
    """

    strategy: str
    capacity: Capacity
    central: Flows
    drawn: Drawn
    form: str = "no_choice"
    waiting_value_usd: float | None = None


def held_gpus(capacity: Capacity, flows: Flows) -> Row:
    """GPUs bought, and the mean of those committed over the horizon, all kinds together.

    Args:
        capacity: what is held.
        flows: its cash in the world without chance.
    """
    fleet = flows.plan.columns.get("owned_gpus") if capacity.owns else None  # what stands already is not bought
    kinds = capacity.mix.signed_gpus if capacity.mix else [capacity.commitment] if capacity.commitment else []
    return {
        "owned_gpus": 0 if fleet is None else int(fleet.max()),
        "committed_gpus": float(sum(flows.plan.leases[kind][0].mean() for kind in kinds)),
    }


def summary_row(case: Case, outcome: Outcome, reference: Outcome, thresholds: list[Threshold]) -> Row:
    """Results of one strategy: the central world, then the draws."""
    central, drawn = outcome.central, outcome.drawn
    saving = reference.drawn.npv_usd - drawn.npv_usd
    itself = outcome is reference
    parts = measures.SavingParts.of(reference.central, central)
    payback = float(parts.simple_payback_months[0])
    rate = measures.incremental_irr(reference.central, central)
    flips = {item.parameter: item.threshold_value for item in thresholds}
    used = flips.get(UTILISATION)
    return {
        "workload_kind": case.subject.workload_kind,
        "feasible": True,
        "gpu_model": case.subject.gpu_model,
        "own_gpu_model": case.setting.own_gpu_model,
        "payment_form": outcome.form,
        "start_month_index": outcome.capacity.wait_months,
        "start_date": case.starts[outcome.capacity.wait_months],
        "waiting_value_usd": outcome.waiting_value_usd,
        **held_gpus(outcome.capacity, central),
        "demand_gpu_hours": float((central.world.demand_gpus * central.world.month_hours).sum()),
        "stranded_book_value_usd": _stranded_usd(outcome),
        "held_used_frac": measures.present(float(measures.used_frac(central)[0])),
        "capex_usd_nominal": float(central.capex_usd[0]),
        "total_cost_usd_nominal": float(central.total_usd[0]),
        "npv_cost_usd": float(central.npv_usd[0]),
        "npv_saving_usd": float(reference.central.npv_usd[0] - central.npv_usd[0]),
        **unit_costs(case.subject, case.setting, central),
        "irr_frac_per_year": rate.rate_frac,
        "irr_status": rate.status,
        "payback_months": None if itself else measures.present(payback),
        "discounted_payback_months": None if itself else measures.present(float(parts.discounted_payback_months[0])),
        "break_even_hours": _break_even_hours(case, outcome, payback, used),
        "break_even_used_frac": used,
        "break_even_daily_hours": None if used is None else used * HOURS_PER_DAY,
        "break_even_lease_price_usd_per_gpu_hour": flips.get(PRICE_KEY),
        "cheaper_draws_frac": float((saving > CENT_USD).mean()),
        "pays_back_draws_frac": None if itself else float(np.isfinite(drawn.simple_payback_months).mean()),
        "mean_npv_saving_usd": float(saving.mean()),
        "p5_npv_saving_usd": measures.quantile_of(saving, 0.05),
        "p50_npv_saving_usd": measures.quantile_of(saving, 0.5),
        "p95_npv_saving_usd": measures.quantile_of(saving, 0.95),
        "cvar_npv_saving_usd": measures.tail_mean(saving),
    }


def _stranded_usd(outcome: Outcome) -> float | None:
    """Book value of the fleet on the day it is sold to shift back, less what the sale brings; None without a sale."""
    fleet = outcome.central.world.fleet
    if fleet is None or not outcome.capacity.sells_fleet:
        return None
    brought = sum(-float(line.start[0].sum()) for line in outcome.central.lines if line.name == "fleet_sale")
    return fleet.book_at(outcome.capacity.wait_months) - brought


def _break_even_hours(case: Case, outcome: Outcome, payback: float, used: float | None) -> float | None:
    """Hours of use of each GPU held at break-even.

    On the capex basis, the hours used until the outlay has come back; on the others, the share of the hours of service
    that must be used over the horizon.
    """
    columns = outcome.central.plan.columns
    if not columns:
        return None
    world = outcome.central.world
    service = columns["in_service_count"][0] * world.month_hours
    if case.scenario.conventions.break_even_basis != "capex":
        return None if used is None else used * float(service.sum())
    if np.isnan(payback):
        return None
    hours = np.concatenate([[0.0], np.cumsum(service * columns["owned_used_frac"][0])])
    return float(np.interp(payback, np.arange(hours.size), hours))


def infeasible_row(key: Row, subject: Subject, reason: str) -> Row:
    """The row of a strategy that cannot be done."""
    return key | {
        "workload_kind": subject.workload_kind,
        "feasible": False,
        "infeasible_reason": reason,
        "recommended": False,
        "gpu_model": subject.gpu_model,
    }


def quantile_rows(key: Row, outcome: Outcome, reference: Outcome) -> list[Row]:
    """Quantiles over the draws of what is reported once in the summary."""
    spread = {
        "npv_cost_usd": outcome.drawn.npv_usd,
        "npv_saving_usd": reference.drawn.npv_usd - outcome.drawn.npv_usd,
        "total_cost_usd_nominal": outcome.drawn.total_usd,
        "payback_months": outcome.drawn.simple_payback_months,
        "discounted_payback_months": outcome.drawn.discounted_payback_months,
    }
    return [
        key | {"measure": name, "quantile_frac": frac, "quantile_value": measures.quantile_of(values, frac)}
        for name, values in spread.items()
        for frac in measures.QUANTILES
    ]


def monthly_quantile_frame(key: Row, case: Case, outcome: Outcome) -> pl.DataFrame:
    """Quantiles over the draws of what the strategy has saved by the end of each month."""
    found = outcome.drawn.fan_usd
    quantiles, months = found.shape
    return pl.DataFrame(
        {
            "month_index": np.tile(np.arange(months), quantiles),
            "month_start_date": case.starts[:-1] * quantiles,
            "quantile_frac": np.repeat(measures.MONTHLY_QUANTILES, months),
            "quantile_value": found.reshape(-1),
        }
    ).with_columns(pl.lit(value).alias(name) for name, value in (key | {"measure": CUMULATIVE_SAVING}).items())


def cash_frame(key: Row, case: Case, outcome: Outcome) -> pl.DataFrame:
    """Cash by component and month of the central world, with the mean over the draws."""
    months = case.central.months
    factors = discounting(case.central)
    frames = []
    for line in outcome.central.lines:
        value = sum((getattr(line, when)[0] * factor[0] for when, factor in factors.items()), np.zeros(months))
        frames.append(
            pl.DataFrame(
                {
                    "month_index": np.arange(months),
                    "month_start_date": case.starts[:-1],
                    "cash_usd_nominal": line.total[0],
                    "mean_cash_usd_nominal": outcome.drawn.mean_cash_usd[line.name],
                    "present_value_usd": value,
                }
            ).with_columns(component=pl.lit(line.name), sourcing=pl.lit(line.sourcing))
        )
    return pl.concat(frames).with_columns(pl.lit(value).alias(name) for name, value in key.items())


def run_row(scenario: Scenario, assumptions: Assumptions, months: int) -> Row:
    """Hashes, seed and conventions of one variant."""
    conventions, tax = scenario.conventions, scenario.tax
    return {
        "question": scenario.question,
        "source": scenario.source,
        "horizon_months": months,
        "draws_count": scenario.simulation.draws,
        "seed": scenario.simulation.seed,
        "spread_ratio": scenario.simulation.spread_ratio,
        "assumptions_sha256": assumptions.sha256(),
        "scenario_sha256": scenario.sha256(),
        "month_hours_convention": str(conventions.hours_per_month),
        "fixed_opex_basis": conventions.fixed_opex_basis,
        "break_even_basis": conventions.break_even_basis,
        "compared": ", ".join(conventions.compared),
        "lease_price_includes": ", ".join(conventions.lease_price_includes),
        "price_basis": conventions.price_basis,
        "demand_basis": scenario.demand.basis if scenario.demand else "typed",
        "payment_timing": conventions.payment_timing,
        "residual_basis": conventions.residual_basis,
        "stub_basis": conventions.stub_basis,
        "market": conventions.market,
        "token_basis": conventions.token_basis,
        "lease_components": ", ".join(sorted(scenario.lease_components)),
        "tax_convention": f"{tax.rate_frac:g}, {tax.depreciation}, {tax.life_years} years" if tax else "none",
        "financing_convention": scenario.financing.in_words() if scenario.financing else "cash",
    }


def assumption_rows(key: Row, subject: Subject, setting: Setting) -> list[Row]:
    """Every number that could be used, with its source."""
    level = Resolved.certain(subject.level_gpus, subject.level_source)
    used = [("demand_level_gpus", 0, level), *((name, 0, value) for name, value in setting.values.items())]
    used += [(RESALE_KEY, age, value) for age, value in setting.resale]
    return [
        key
        | {
            "assumption": name,
            "age_months": age,
            "gpu_model": value.gpu_model,
            "unit_name": unit_of(name),
            "low_value": value.low,
            "base_value": value.base,
            "high_value": value.high,
            "origin": value.origin,
            "source": value.source,
            "confidence": value.confidence,
            "from_date": value.from_date,
        }
        for name, age, value in used
    ]
