"""What to do: one row a workload and one sentence, from the result frames alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import polars as pl

from pipelines.projection.scenario import BASE_VARIANT, REFERENCE
from pipelines.projection.strategies import all_strategies

_KEY: Final = ("scenario", "as_of_date", "workload")
_WORDS: Final = {
    "on_demand_usd_per_gpu_hour": "the on-demand price",
    "utilisation_frac": "the use of what is held",
    "energy_usd_per_kwh": "the price of power",
    "discount_rate_frac_per_year": "the discount rate",
}


def decisions(tables: Mapping[str, pl.DataFrame], *, variant: str = BASE_VARIANT) -> pl.DataFrame:
    """What to do for each workload.

    Args:
        tables: result of `engine.project`.
        variant: which variant of the scenario.

    Returns:
        scenario, as_of_date, workload, strategy, owned_gpus, committed_gpus, npv_saving_usd (mean over the draws),
        cheaper_draws_frac, payback_months, flips_on, base_value, threshold_value and sentence; sorted by workload. The
        saving and what flips it are of the strategy to take or, where that is to stay, of the best alternative.
    """
    summary = tables["projections.strategy_summary"].filter(pl.col("variant") == variant)
    if summary.is_empty():
        return pl.DataFrame(schema=_SCHEMA)
    runs = tables["projections.projection_run"].filter(pl.col("variant") == variant)
    nearest = _nearest_flip(tables["projections.break_even"].filter(pl.col("variant") == variant))
    rows = []
    for (scenario, as_of, workload), group in summary.group_by(_KEY, maintain_order=True):
        run = runs.filter((pl.col("scenario") == scenario) & (pl.col("as_of_date") == as_of)).row(0, named=True)
        able = group.filter("feasible").sort("mean_npv_saving_usd", "strategy", descending=[True, False])
        taken = able.filter("recommended").to_dicts()
        others = able.filter((pl.col("strategy") != REFERENCE) & (pl.col("mean_npv_saving_usd") != 0.0)).to_dicts()
        judged = taken[0] if taken and taken[0]["strategy"] != REFERENCE else (others[0] if others else None)
        flip = nearest.get((scenario, as_of, workload, judged["strategy"])) if judged else None
        row: dict[str, Any] = {"scenario": scenario, "as_of_date": as_of, "workload": workload}
        row["strategy"] = taken[0]["strategy"] if taken else None
        if judged:
            row |= {
                name: judged[name] for name in ("owned_gpus", "committed_gpus", "cheaper_draws_frac", "payback_months")
            }
            row["npv_saving_usd"] = judged["mean_npv_saving_usd"]
        if flip:
            row |= {"flips_on": flip["parameter"]} | {name: flip[name] for name in ("base_value", "threshold_value")}
        reason = group["infeasible_reason"].drop_nulls().to_list()
        if not reason and able.height > 1:
            reason = ["no capacity is worth holding"]
        row["sentence"] = _sentence(workload, taken[0] if taken else None, judged, flip, run, reason)
        rows.append(row)
    return pl.DataFrame(rows, schema=_SCHEMA).sort(_KEY)


_SCHEMA: Final[dict[str, type[pl.DataType]]] = {
    "scenario": pl.String,
    "as_of_date": pl.Date,
    "workload": pl.String,
    "strategy": pl.String,
    "owned_gpus": pl.Int32,
    "committed_gpus": pl.Float64,
    "npv_saving_usd": pl.Float64,
    "cheaper_draws_frac": pl.Float64,
    "payback_months": pl.Float64,
    "flips_on": pl.String,
    "base_value": pl.Float64,
    "threshold_value": pl.Float64,
    "sentence": pl.String,
}


def _nearest_flip(break_even: pl.DataFrame) -> dict[tuple[Any, ...], dict[str, Any]]:
    """For each strategy, the number that has to move least, as a share of where it stands, to flip the answer."""
    flips = (
        break_even.filter((pl.col("status") == "flips") & (pl.col("base_value") > 0.0))
        .with_columns(move=(pl.col("threshold_value") / pl.col("base_value") - 1.0).abs())
        .sort("move", "parameter")
        .unique((*_KEY, "strategy"), keep="first", maintain_order=True)
    )
    return {tuple(row[name] for name in (*_KEY, "strategy")): row for row in flips.to_dicts()}


def _sentence(
    workload: str,
    taken: dict[str, Any] | None,
    judged: dict[str, Any] | None,
    flip: dict[str, Any] | None,
    run: dict[str, Any],
    reasons: list[str],
) -> str:
    """What to do, how much it saves, how sure, and what flips it."""
    reason = reasons[0] if reasons else "nothing is known about it"
    if taken is None:
        return f"{workload}: no answer: {reason}."
    if judged is None:
        return f"{workload}: stay on demand; nothing else differs from that ({reason})."
    draws = run["draws_count"]
    sure = f", cheaper in {judged['cheaper_draws_frac']:.0%} of {draws:,} draws" if draws > 1 else ""
    saving = judged["mean_npv_saving_usd"]
    amount, horizon = f"{abs(saving):,.0f} USD", f"over {run['horizon_months']} months{sure}"
    what = all_strategies()[judged["strategy"]].SUMMARY.format(held=_held(judged))
    if judged is taken:
        text = f"{workload}: {what}; it saves {amount} {horizon}"
    else:
        text = f"{workload}: stay on demand; the best alternative, to {what}, costs {amount} more {horizon}"
    if flip is None:
        return f"{text}; no single number flips that within its range."
    words = _WORDS.get(flip["parameter"], flip["parameter"])
    now, then = (_amount(flip[name], flip["unit_name"]) for name in ("base_value", "threshold_value"))
    return f"{text}; it flips when {words} passes {then} (now {now})."


def _held(row: dict[str, Any]) -> str:
    """What it buys or commits, in words."""
    if row["owned_gpus"]:
        return f"{row['owned_gpus']} {row['own_gpu_model']}"
    return f"{row['committed_gpus']:.0f} {row['gpu_model']}" if row["committed_gpus"] else "nothing"


def _amount(value: float, unit: str) -> str:
    """A number with its unit; shares as percentages, because this is for reading."""
    if unit in ("1", "1/year"):
        return f"{value:.1%}" + (" a year" if unit == "1/year" else "")
    return f"{value:,.4g} {unit}" if abs(value) < 1_000 else f"{value:,.0f} {unit}"
