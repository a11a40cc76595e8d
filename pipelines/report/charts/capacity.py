"""The capacity plan: GPUs owned, committed and leased month by month, stacked, against demand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import altair as alt

from pipelines.report.svg import BLUE, GREEN, INK, ORANGE, PURPLE, SKY, VERMILION

# What is held longest stands at the bottom.
COLOURS: Final = (BLUE, GREEN, PURPLE, ORANGE, VERMILION, SKY)


def chart(rows: Sequence[dict[str, Any]], order: Sequence[str]) -> alt.LayerChart:
    """A step for each month and kind of capacity, and demand as a line: its mean whole, its highest hour dashed.

    Args:
        rows: month_index, capacity, held_gpus, demand_gpus, peak_gpus.
        order: kinds of capacity, from the bottom up; in words.
    """
    months = max(row["month_index"] for row in rows) + 1
    held = {(row["month_index"], row["capacity"]): row["held_gpus"] for row in rows}
    bars = []
    for month in range(months):
        below = 0.0
        for name in order:
            gpus = held.get((month, name), 0.0)
            bars.append({"from": month, "to": month + 1, "capacity": name, "below": below, "above": below + gpus})
            below += gpus
    demand = {row["month_index"]: (row["demand_gpus"], row["peak_gpus"]) for row in rows}
    lines = [{"month": month + 0.5, "mean": mean, "peak": peak} for month, (mean, peak) in sorted(demand.items())]
    x = alt.X(
        "from:Q", title="months from the day of decision", scale=alt.Scale(domain=[0, months], nice=False),
        axis=alt.Axis(values=list(range(0, months + 1, 12 if months > 24 else 6 if months > 12 else 1)), grid=False),
    )  # fmt: skip
    y = alt.Y("below:Q", title="GPUs", axis=alt.Axis(tickCount=5))
    colour = alt.Color(
        "capacity:N", sort=list(order), legend=alt.Legend(columns=3),
        scale=alt.Scale(domain=list(order), range=[COLOURS[at % len(COLOURS)] for at in range(len(order))]),
    )  # fmt: skip
    stacked = alt.Chart(alt.Data(values=bars)).mark_rect().encode(x=x, x2="to:Q", y=y, y2="above:Q", color=colour)
    asked = alt.Chart(alt.Data(values=lines))
    return alt.layer(
        stacked,
        asked.mark_line(color=INK, strokeWidth=1.8).encode(x=alt.X("month:Q"), y=alt.Y("mean:Q")),
        asked.mark_line(color=INK, strokeWidth=1.2, strokeDash=[3, 3]).encode(x=alt.X("month:Q"), y=alt.Y("peak:Q")),
    ).properties(width=370, height=220)
