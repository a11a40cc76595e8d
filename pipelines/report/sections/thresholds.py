"""What would have to be true: where the answer flips, one number at a time, and what the sweeps answered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pipelines.projection.decision import decisions
from pipelines.projection.scenario import BASE_VARIANT
from pipelines.report import cells, views
from pipelines.report.blocks import Block, Column, Note, Section, table
from pipelines.report.queries import Facts, Rows

TITLE = "What would have to be true"
BASES = {"npv": "present value", "total_cost": "total cost", "capex": "cost without what hardware brings in the end"}
COLUMNS = (
    Column("strategy", "strategy", cells.words),
    Column("the number", "parameter", cells.quantity),
    Column("unit", "parameter", cells.unit),
    Column("stands at", "base", cells.measured),
    Column("would have to", "direction"),
    Column("for the answer to flip", "threshold", cells.measured),
    Column("lies beyond in", "past", cells.share, "of draws"),
)
NEVER_COLUMNS = (
    *COLUMNS[:4],
    Column("searched from", "low", cells.measured),
    Column("to", "high", cells.measured),
)
SWEEP_COLUMNS = (
    Column("variant", "variant"),
    Column("take", "strategy", cells.words),
    Column("compared with staying", "judged_strategy", cells.words),
    Column("saving, mean", "npv_saving_usd", cells.usd, "USD"),
    Column("cheaper in", "cheaper_draws_frac", cells.share, "of draws"),
)


def section(facts: Facts) -> Section:
    """Thresholds by workload and strategy."""
    by_workload = views.summaries(facts)
    if not by_workload:
        return Section("thresholds", TITLE, (Note("Nothing is projected, so no number can flip an answer."),))
    found = views.base(facts, views.THRESHOLD).to_dicts()
    rows = {
        status: [
            _row(row)
            for workload, strategies in by_workload.items()
            for strategy in [item["strategy"] for item in views.distinct(strategies)]
            for row in found
            if (row["workload"], row["strategy"], row["status"]) == (workload, strategy, status)
        ]
        for status in ("flips", "never")
    }
    basis = BASES[views.run(facts)["break_even_basis"]]
    blocks: list[Block] = [
        Note(
            "Each number is moved alone, all others at their base, until the strategy costs the same as staying as "
            f"today (set equal: {basis}). Numbers that play no part in a strategy are left out."
        ),
        *flipping(rows["flips"], {name: row["strategy"] for name, row in views.judged(facts).items()}),
        *_never(rows["never"]),
        *_sweeps(facts),
    ]
    return Section("thresholds", TITLE, tuple(blocks))


def _row(row: dict[str, Any]) -> dict[str, Any]:
    name, base, threshold = row["parameter"], row["base_value"], row["threshold_value"]
    return {
        "workload": row["workload"],
        "strategy": row["strategy"],
        "parameter": name,
        "direction": None if threshold is None else f"{'rise' if threshold > base else 'fall'} to",
        "base": (base, name),
        "threshold": (threshold, name),
        "past": row["past_draws_frac"],
        "low": (row["searched_from_value"], name),
        "high": (row["searched_to_value"], name),
    }


def flipping(rows: Rows, judged: Mapping[str, str]) -> list[Block]:
    """What would flip the advice, for all to see; what would flip a strategy that nobody advises, folded."""
    if not rows:
        return [Note("No single number flips an answer within the range searched.")]
    advised = [row for row in rows if judged.get(row["workload"]) == row["strategy"]]
    others = [row for row in rows if row not in advised]
    blocks: list[Block] = []
    if advised:
        blocks.append(table("thresholds", "Where the answer flips", COLUMNS, advised, group="workload"))
    if others:
        caption = "Where another strategy would cost the same as staying"
        blocks.append(table("other-thresholds", caption, COLUMNS, others, group="workload", folded=True))
    return blocks


def _never(rows: Rows) -> list[Block]:
    if not rows:
        return []
    caption = "Numbers that do not flip an answer within the range searched"
    return [table("never", caption, NEVER_COLUMNS, rows, group="workload", folded=True)]


def _sweeps(facts: Facts) -> list[Block]:
    """What each variant of the scenario would do."""
    runs = facts.projections[views.RUN]["variant"].unique().sort().to_list()
    rows: Rows = []
    for variant in runs:
        if variant != BASE_VARIANT:
            rows += [{**row, "variant": variant} for row in decisions(facts.projections, variant=variant).to_dicts()]
    if not rows:
        return []
    rows.sort(key=lambda row: (row["workload"], row["variant"]))
    text = (
        "The saving is of the strategy compared with staying: the one to take or, where that is "
        "to stay as today, the best alternative."
    )
    return [
        table("sweeps", "What the sweeps of the scenario answer", SWEEP_COLUMNS, rows, group="workload"),
        Note(text),
    ]
