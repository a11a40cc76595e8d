"""What to do: one sentence a workload, and every strategy that was weighed."""

from __future__ import annotations

from typing import Any

from pipelines.projection.decision import STAYING, is_hollow
from pipelines.projection.history import POOL
from pipelines.projection.scenario import REFERENCE
from pipelines.projection.sentences import differs_at_base
from pipelines.report import cells, views
from pipelines.report.blocks import Block, Card, Cards, Column, Note, Section, Table, table
from pipelines.report.queries import Facts, Rows

TITLE = "What to do"
COLUMNS = (
    Column("strategy", "strategy", cells.words),
    Column("GPUs owned", "owned_gpus", cells.count),
    Column("GPUs committed", "committed_gpus", cells.count),
    Column("put into hardware", "capex_usd_nominal", cells.usd, "USD"),
    Column("present value of cost, at base", "npv_cost_usd", cells.usd, "USD"),
    Column("saving, mean", "mean_npv_saving_usd", cells.usd, "USD"),
    Column("saving, P5", "p5_npv_saving_usd", cells.usd, "USD"),
    Column("saving, P95", "p95_npv_saving_usd", cells.usd, "USD"),
    Column("cheaper in", "cheaper_draws_frac", cells.share, "of draws"),
    Column("pays back in", "payback_months", cells.count, "months"),
    Column("break-even use", "break_even_used_frac", cells.share, "of hours held"),
    Column("return", "irr_frac_per_year", cells.share, "a year"),
)


def section(facts: Facts) -> Section:
    """Verdict cards, then the table over strategies."""
    if facts.scenario is None:
        text = (
            "No scenario has been projected on this version, so there is no verdict yet. What was paid, by whom it was "
            "used and whether the bills close stands below. A scenario file in the folder of scenarios and a refresh "
            "add the verdict."
        )
        return Section("verdict", TITLE, (Note(text),))
    by_workload = views.summaries(facts)
    if not by_workload:
        text = (
            f"The scenario {cells.plain(facts.scenario)} found no workload with leased use before its day of decision."
        )
        return Section("verdict", TITLE, (Note(text),))
    decided, judged = views.decided(facts), views.judged(facts)
    cards = tuple(
        _card(workload, rows, decided[workload]["sentence"].removeprefix(f"{workload}: "), judged.get(workload))
        for workload, rows in by_workload.items()
    )
    blocks: list[Block] = [
        *_pooled(by_workload),
        Cards(cards),
        _strategies(by_workload),
        *_hollow(by_workload),
        Note(_reading(facts)),
    ]
    return Section("verdict", TITLE, tuple(blocks))


def _pooled(by_workload: dict[str, Rows]) -> list[Note]:
    """That the pool and its parts are two answers about the same GPUs."""
    if POOL not in by_workload or len(by_workload) == 1:
        return []
    return [Note(f"The answer for {POOL} and those for each are about the same GPUs: their savings do not add up.")]


def _card(workload: str, rows: Rows, sentence: str, judged: dict[str, Any] | None) -> Card:
    figures: list[tuple[str, cells.Cell]] = []
    if judged is not None:
        whose = "" if judged["recommended"] else f" of {cells.plain(judged['strategy'])}"
        figures = [
            (f"saving{whose}, mean, USD", cells.usd(judged["mean_npv_saving_usd"])),
            *_at_base(judged),
            ("bad luck (P5), USD", cells.usd(judged["p5_npv_saving_usd"])),
            ("good luck (P95), USD", cells.usd(judged["p95_npv_saving_usd"])),
            ("cheaper in, of draws", cells.share(judged["cheaper_draws_frac"])),
        ]
    return Card(workload, _badge(rows), sentence[:1].upper() + sentence[1:], tuple(figures))


def _at_base(judged: dict[str, Any]) -> list[tuple[str, cells.Cell]]:
    if not differs_at_base(judged):
        return []
    return [("with every number at its base, USD", cells.usd(judged["npv_saving_usd"]))]


def _badge(rows: Rows) -> str:
    taken = next((row for row in rows if row["recommended"]), None)
    if taken is None:
        return "no answer"
    if taken["strategy"] in STAYING:
        return "stay on demand" if taken["strategy"] == REFERENCE else "keep the fleet"
    if taken["stranded_book_value_usd"] is not None:
        return "shift back"
    if taken["owned_gpus"]:
        return "own"
    return "commit" if taken["committed_gpus"] else "lease otherwise"


def _strategies(by_workload: dict[str, Rows]) -> Table:
    return table(
        "strategies",
        "Every strategy weighed, against staying as today",
        COLUMNS,
        [_shown(row) for rows in by_workload.values() for row in rows if not is_hollow(row)],
        group="workload",
        mark=_mark,
        note=("strategy", _note),
    )


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    """A row as it is printed: what asks for no outlay beyond staying returns nothing on one."""
    return {**row, "irr_frac_per_year": None} if row["payback_months"] == 0.0 else row


def _hollow(by_workload: dict[str, Rows]) -> list[Note]:
    """Strategies that hold nothing and so equal staying, in a sentence instead of rows of noughts."""
    said = []
    for workload, rows in by_workload.items():
        if names := [cells.plain(row["strategy"]) for row in rows if is_hollow(row)]:
            said.append(f"{workload}: {', '.join(names)}")
    return [Note(f"Weighed too, and holding nothing, so the same as staying: {'; '.join(said)}.")] if said else []


def _mark(row: Any) -> str:
    if not row["feasible"]:
        return "barred"
    return "chosen" if row["recommended"] else ""


def _note(row: Any) -> str | None:
    if not row["feasible"]:
        return f"cannot be done: {row['infeasible_reason'] or 'no reason recorded'}"
    if row["recommended"]:
        return "recommended"
    return "as today" if row["strategy"] in STAYING else None


def _reading(facts: Facts) -> str:
    run = views.run(facts)
    return (
        f"Over {run['horizon_months']} months from {run['as_of_date']}, {run['draws_count']:,} draws. A saving is the "
        "present value of staying as today minus that of the strategy, draw by draw: its mean is not the difference of "
        "the costs beside it, which stand with every number at its base. P5 and P95 bound nine draws in ten. "
        "Recommended is the lowest mean cost. A dash is a value that does not exist: a strategy that cannot be done, "
        "money that does not come back within the horizon, a cost that use cannot balance, no outlay to "
        "earn a return on, no single rate of return."
    )
