"""What to do: one row a workload, from the result frames alone. How it is said stands in `sentences.py`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import polars as pl

from pipelines.projection import plan_words, sentences
from pipelines.projection.rows import CENT_USD
from pipelines.projection.scenario import BASE_VARIANT
from pipelines.projection.strategies import REFERENCES, all_strategies, is_planned

PLANNED: Final = frozenset(name for name, strategy in all_strategies().items() if is_planned(strategy))
STAYING: Final = frozenset(REFERENCES.values())
_KEY: Final = ("scenario", "as_of_date", "workload")
_AS_ADVISED: Final = "Capacity plan"
_FOR_COMPARISON: Final = (
    "For comparison, the mix at least cost of what a plan can hold, which leaves negotiated contracts out"
)
_OF_THE_JUDGED: Final = ("owned_gpus", "committed_gpus", "mean_npv_saving_usd", "npv_saving_usd", "cheaper_draws_frac",
                         "payback_months")  # fmt: skip
_SAVINGS: Final = ("npv_saving_usd", "mean_npv_saving_usd", "p5_npv_saving_usd", "p95_npv_saving_usd")


def decisions(tables: Mapping[str, pl.DataFrame], *, variant: str = BASE_VARIANT) -> pl.DataFrame:
    """What to do for each workload.

    Args:
        tables: result of `engine.project`.
        variant: which variant of the scenario.

    Returns:
        scenario, as_of_date, workload, strategy (to take), judged_strategy, owned_gpus, committed_gpus,
        mean_npv_saving_usd (over the draws), npv_saving_usd (with every number at its base), cheaper_draws_frac,
        payback_months, flips_on, base_value, threshold_value, capacity_plan (in words; null where none was asked for)
        and sentence; sorted by workload.
        Everything from judged_strategy to threshold_value is of that strategy: the one to take or, where that is to
        stay, the best alternative that is not hollow; null where there is none. The threshold is searched with every
        number at its base.
    """
    summary = tables["projections.strategy_summary"].filter(pl.col("variant") == variant)
    if summary.is_empty():
        return pl.DataFrame(schema=_SCHEMA)
    runs = tables["projections.projection_run"].filter(pl.col("variant") == variant)
    plans = _plans(tables, variant)
    nearest = _nearest_flip(tables["projections.threshold"].filter(pl.col("variant") == variant))
    rows = []
    for (scenario, as_of, workload), group in summary.group_by(_KEY, maintain_order=True):
        run = runs.filter((pl.col("scenario") == scenario) & (pl.col("as_of_date") == as_of)).row(0, named=True)
        weighed = group.sort("mean_npv_saving_usd", "strategy", descending=[True, False], nulls_last=True).to_dicts()
        taken = next((row for row in weighed if row["recommended"]), None)
        judged = _judged(weighed, taken)
        row: dict[str, Any] = {"scenario": scenario, "as_of_date": as_of, "workload": workload}
        row["strategy"] = taken["strategy"] if taken else None
        if plan := plans.get((scenario, as_of, workload)):
            row["capacity_plan"] = f"{_AS_ADVISED if row['strategy'] in PLANNED else _FOR_COMPARISON}: {plan}"
        if taken is None or judged is None:
            row["sentence"] = sentences.of_no_choice(str(workload), taken, group.to_dicts())
            rows.append(row)
            continue
        flip = nearest.get((scenario, as_of, workload, judged["strategy"]))
        row |= {"judged_strategy": judged["strategy"]} | {name: judged[name] for name in _OF_THE_JUDGED}
        if flip:
            row |= {"flips_on": flip["parameter"]} | {name: flip[name] for name in ("base_value", "threshold_value")}
        row["sentence"] = sentences.of_a_choice(str(workload), taken, judged, flip, run)
        rows.append(row)
    return pl.DataFrame(rows, schema=_SCHEMA).sort(_KEY)


def is_hollow(row: Mapping[str, Any]) -> bool:
    """Whether a strategy that can be done is staying on demand under another name.

    It owns nothing, commits nothing and saves nothing, at base and in good and bad luck alike. A strategy that holds
    nothing but leases elsewhere, as spot, differs in cost and is none.

    Args:
        row: summary of the strategy.
    """
    if row["strategy"] in STAYING or not row["feasible"] or row["owned_gpus"] or row["committed_gpus"]:
        return False
    return all(abs(row[name] or 0.0) < CENT_USD for name in _SAVINGS)


def _judged(weighed: list[dict[str, Any]], taken: dict[str, Any] | None) -> dict[str, Any] | None:
    """The strategy compared with staying; None where none is anything else."""
    if taken is not None and taken["strategy"] not in STAYING:
        return taken
    others = (row for row in weighed if row["feasible"] and row["strategy"] not in STAYING and not is_hollow(row))
    return next(others, None)


_SCHEMA: Final[dict[str, type[pl.DataType]]] = {
    "scenario": pl.String,
    "as_of_date": pl.Date,
    "workload": pl.String,
    "strategy": pl.String,
    "judged_strategy": pl.String,
    "owned_gpus": pl.Int32,
    "committed_gpus": pl.Float64,
    "mean_npv_saving_usd": pl.Float64,
    "npv_saving_usd": pl.Float64,
    "cheaper_draws_frac": pl.Float64,
    "payback_months": pl.Float64,
    "flips_on": pl.String,
    "base_value": pl.Float64,
    "threshold_value": pl.Float64,
    "capacity_plan": pl.String,
    "sentence": pl.String,
}


def _plans(tables: Mapping[str, pl.DataFrame], variant: str) -> dict[tuple[Any, ...], str]:
    """The capacity plan of each workload in words, where one was asked for."""
    plan = tables.get("projections.capacity_plan")
    if plan is None:
        return {}
    found: dict[tuple[Any, ...], str] = {}
    of_variant = plan.filter(pl.col("variant") == variant)
    for key, group in of_variant.group_by(_KEY, maintain_order=True):
        rows = group.to_dicts()
        found[key] = f"{plan_words.of_a_plan(rows)}; {plan_words.how_sure(rows)}."
    return found


def _nearest_flip(thresholds: pl.DataFrame) -> dict[tuple[Any, ...], dict[str, Any]]:
    """For each strategy, the number that has to move least, as a share of where it stands, to flip the answer."""
    flips = (
        thresholds.filter((pl.col("status") == "flips") & (pl.col("base_value") > 0.0))
        .with_columns(move=(pl.col("threshold_value") / pl.col("base_value") - 1.0).abs())
        .sort("move", "parameter")
        .unique((*_KEY, "strategy"), keep="first", maintain_order=True)
    )
    return {tuple(row[name] for name in (*_KEY, "strategy")): row for row in flips.to_dicts()}
