"""How the saving of each strategy spreads over the draws."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt

from pipelines.report.svg import BLUE, INK, MONEY_LABELS, MUTED


def chart(rows: Sequence[dict[str, Any]]) -> alt.LayerChart:
    """A bar from P5 to P95 with the median as a tick, one a strategy, against a saving of nothing.

    Args:
        rows: strategy, p5_npv_saving_usd, p50_npv_saving_usd, p95_npv_saving_usd, recommended.
    """
    values = [
        {
            "strategy": row["strategy"].replace("_", " "),
            "p5": row["p5_npv_saving_usd"],
            "p50": row["p50_npv_saving_usd"],
            "p95": row["p95_npv_saving_usd"],
            "recommended": row["recommended"],
        }
        for row in rows
    ]
    base = alt.Chart(alt.Data(values=values))
    strategy = alt.Y("strategy:N", sort=None, title=None)
    title = "present value of the saving against staying as today, USD"
    low = alt.X("p5:Q", title=title, axis=alt.Axis(labelExpr=MONEY_LABELS, tickCount=5))
    bar_colour = alt.condition(alt.datum.recommended, alt.value(BLUE), alt.value("#9fb4c4"))
    return alt.layer(
        base.mark_bar(height=11).encode(x=low, x2="p95:Q", y=strategy, color=bar_colour),
        base.mark_tick(color=INK, thickness=2.5, size=19).encode(x=alt.X("p50:Q", title=title), y=strategy),
        alt.Chart(alt.Data(values=[{"zero": 0}])).mark_rule(color=MUTED, strokeDash=[3, 3]).encode(
            x=alt.X("zero:Q", title=title)
        ),
    ).properties(width=330, height=alt.Step(30))  # fmt: skip
