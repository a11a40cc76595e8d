"""Every number the projection used, its range, where it comes from and how sure it is."""

from __future__ import annotations

from typing import Any

from pipelines.report import cells, views
from pipelines.report.blocks import Column, Note, Section, table
from pipelines.report.queries import Facts

TITLE = "Assumptions used"
EVERY = "all"
COLUMNS = (
    Column("assumption", "label"),
    Column("unit", "assumption", cells.unit),
    Column("low", "low", cells.measured),
    Column("base", "base", cells.measured),
    Column("high", "high", cells.measured),
    Column("confidence", "confidence"),
    Column("who says so", "origin"),
    Column("source", "source"),
    Column("from", "from_date", cells.day),
    Column("workloads", "workloads"),
)


def section(facts: Facts) -> Section:
    """One row a number; workloads that share it share the row."""
    rows = views.base(facts, views.ASSUMPTION).to_dicts()
    if not rows:
        return Section("assumptions", TITLE, (Note("Nothing is projected, so nothing was assumed."),))
    workloads = {row["workload"] for row in rows}
    shared: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in rows:
        values = {name: value for name, value in row.items() if name != "workload"}
        shared.setdefault(tuple(values.values()), {**values, "workload": []})["workload"].append(row["workload"])
    made = [_row(row, workloads) for row in sorted(shared.values(), key=_order)]
    text = (
        "Low and high bound the range the draws use. What 'evidence' says is measured or fitted on this version's own "
        "data; 'assumption file' and 'scenario' are typed in by people and open to dispute."
    )
    return Section("assumptions", TITLE, (Note(text), table("assumptions", "Numbers and their sources", COLUMNS, made)))


def _order(row: dict[str, Any]) -> tuple[str, int, list[str]]:
    return row["assumption"], row["age_months"], row["workload"]


def _row(row: dict[str, Any], workloads: set[str]) -> dict[str, Any]:
    name = row["assumption"]
    details = [f"at {row['age_months']} months"] if row["age_months"] else []
    details += [row["gpu_model"]] if row["gpu_model"] else []
    return {
        **row,
        "label": cells.quantity(name).text + (f" ({', '.join(details)})" if details else ""),
        "low": (row["low_value"], name),
        "base": (row["base_value"], name),
        "high": (row["high_value"], name),
        "workloads": EVERY if set(row["workload"]) == workloads else ", ".join(row["workload"]),
    }
