"""Tokens that realised hours served: what a GPU at work makes in an hour, as history has it.

Belongs here: throughput and share of output of a workload over the days of its level, or why they are not known. Not
here: which days those are (`history.py`), what tokens then cost (`unit_costs.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import polars as pl

from pipelines.economics.tokens import TokenBasis
from pipelines.projection.assumptions import OUTPUT_KEY, TOKENS_KEY
from pipelines.projection.evidence import Resolved

COLUMNS: Final = (
    "input_tokens_count",
    "output_tokens_count",
    "tokens_gpu_hours",
    "gpu_hours_allocated",
    "gpu_hours_busy",
)
WHOLE: Final = 1.0 - 1e-9  # hours are sums of binary floats


def served_of(recent: pl.DataFrame) -> pl.DataFrame:
    """Hours and tokens of each row of daily cost; nothing where the frame does not count tokens.

    Args:
        recent: rows of `Evidence.tco_daily` with workload and gpu_model.
    """
    if not {*COLUMNS} <= {*recent.columns}:
        return pl.DataFrame(schema={"workload": pl.String, "gpu_model": pl.String} | dict.fromkeys(COLUMNS, pl.Float64))
    return recent.select("workload", "gpu_model", *(pl.col(name).cast(pl.Float64) for name in COLUMNS)).sort(pl.all())


def throughput(
    served: pl.DataFrame, members: Sequence[str], work: pl.Expr, hours_column: str, basis: TokenBasis, days: int
) -> dict[str, Resolved] | str:
    """Tokens by the hour of demand, and the share of them that is output.

    `tokens_per_gpu_hour = tokens of the basis / GPU-hours of demand`, those of other GPU models by their work, over the
    same rows. Tokens that no GPU is known to have served do not count.

    Args:
        served: of all workloads, as `served_of` gives it.
        members: the workloads asked about.
        work: hours of the subject's GPU model that an hour of a row is worth.
        hours_column: gpu_hours_allocated or gpu_hours_busy, whichever is demand.
        basis: which tokens are counted.
        days: days that the rows span, for the record.

    Returns:
        Numbers by assumption key; or why there are none: nothing counts tokens, or not for all the hours.
    """
    own = served.filter(pl.col("workload").is_in(members))
    read, made, counted, held = (float(own[name].sum()) for name in COLUMNS[:4])
    if counted <= 0.0 or read + made <= 0.0:
        return f"nothing counts its tokens in the last {days} days of cost"
    if counted < WHOLE * held:
        return (
            f"tokens are known for {counted / held:.1%} of its GPU-hours in the last {days} days of cost, not for all"
        )
    hours = float(own.select((pl.col(hours_column) * work).sum()).item())
    tokens = {"blended": read + made, "output": made, "input": read}[basis]
    if hours <= 0.0 or tokens <= 0.0:
        return f"no {hours_column} or no {basis} tokens in the last {days} days of cost"
    source = (
        f"marts.fct_workload_tco_daily: {read:,.0f} tokens in and {made:,.0f} out over {hours:,.0f} GPU-hours "
        f"({hours_column}), {days} days"
    )
    return {
        TOKENS_KEY: Resolved.certain(tokens / hours, source),
        OUTPUT_KEY: Resolved.certain(made / (read + made), source),
    }
