"""What was paid, by month and by workload, split into what it was paid for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import altair as alt

from pipelines.report.svg import BLUE, MONEY_LABELS, MUTED, ORANGE, PURPLE, SKY

# Column of the mart, what it is called, colour; stacked in this order.
CLASSES: Final = (
    ("direct_cost_usd", "direct", BLUE),
    ("idle_cost_usd", "idle", ORANGE),
    ("shared_cost_usd", "shared", SKY),
    ("unallocated_cost_usd", "unallocated", PURPLE),
    ("over_allocated_cost_usd", "over-allocated", MUTED),
)


def by_month(rows: Sequence[dict[str, Any]]) -> alt.FacetChart:
    """Stacked months, leased beside owned on one scale."""
    sourcings = sorted({row["sourcing"] for row in rows})
    month = alt.X("usage_month:O", title=None, axis=alt.Axis(labelAngle=-90, labelOverlap=True))
    bars = alt.Chart(_long(rows, "usage_month")).mark_bar().encode(
        x=month, y=_money("y"), color=_colour(rows), order="place:Q"
    )  # fmt: skip
    return bars.properties(width=860 // len(sourcings) - 40, height=210).facet(
        column=alt.Column("sourcing:N", sort=sourcings), spacing=24
    )


def by_workload(rows: Sequence[dict[str, Any]]) -> alt.FacetChart:
    """Workloads as bars, the dearest first, leased beside owned on one scale."""
    totals: dict[str, float] = {}
    for row in rows:
        totals[row["workload"]] = totals.get(row["workload"], 0.0) + float(row["total_cost_usd"])
    names = sorted(totals, key=lambda name: (-totals[name], name))
    sourcings = sorted({row["sourcing"] for row in rows})
    workload = alt.Y("workload:N", sort=names, title=None, axis=alt.Axis(labelLimit=220))
    bars = alt.Chart(_long(rows, "workload")).mark_bar().encode(
        x=_money("x"), y=workload, color=_colour(rows), order="place:Q"
    )  # fmt: skip
    return bars.properties(width=700 // len(sourcings) - 30, height=alt.Step(24)).facet(
        column=alt.Column("sourcing:N", sort=sourcings), spacing=24
    )


def _money(axis: str) -> alt.X | alt.Y:
    channel = alt.X if axis == "x" else alt.Y
    title = "USD" if axis == "x" else "USD per month"
    return channel("sum(usd):Q", title=title, stack="zero", axis=alt.Axis(labelExpr=MONEY_LABELS, tickCount=5))


def _colour(rows: Sequence[dict[str, Any]]) -> alt.Color:
    seen = [item for item in CLASSES if any(row[item[0]] for row in rows)]
    return alt.Color(
        "kind:N",
        scale=alt.Scale(domain=[name for _, name, _ in seen], range=[colour for _, _, colour in seen]),
    )


def _long(rows: Sequence[dict[str, Any]], axis: str) -> alt.Data:
    values = [
        {
            axis: f"{row[axis]:%Y-%m}" if axis == "usage_month" else row[axis],
            "sourcing": row["sourcing"],
            "kind": name,
            "place": place,
            "usd": float(row[column]),
        }
        for row in rows
        for place, (column, name, _) in enumerate(CLASSES)
        if row[column]
    ]
    return alt.Data(values=values)
