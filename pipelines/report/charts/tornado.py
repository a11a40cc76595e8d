"""What each number moves, by itself: the tornado."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt

from pipelines.report.svg import MONEY_LABELS, MUTED, ORANGE, SKY


def chart(rows: Sequence[dict[str, Any]], base_usd: float) -> alt.LayerChart:
    """A bar a number, from the saving at its low end to that at its high end, around the saving at the base.

    Args:
        rows: name, low_npv_saving_usd, high_npv_saving_usd; the widest first.
        base_usd: saving with every number at its base.
    """
    values = [
        {"name": row["name"], "end": end, "saving": row[f"{end}_npv_saving_usd"], "base": base_usd}
        for row in rows
        for end in ("low", "high")
    ]
    title = "present value of the saving against staying as today, USD"
    saving = alt.X("saving:Q", title=title, axis=alt.Axis(labelExpr=MONEY_LABELS, tickCount=5))
    end = alt.Color("end:N", scale=alt.Scale(domain=["low", "high"], range=[SKY, ORANGE]),
                    legend=alt.Legend(title="the number at its", orient="top"))  # fmt: skip
    bars = alt.Chart(alt.Data(values=values)).mark_bar(height=13)
    nothing = alt.Chart(alt.Data(values=[{"zero": 0}])).mark_rule(color=MUTED, strokeDash=[3, 3])
    return alt.layer(
        bars.encode(x=saving, x2="base:Q", y=alt.Y("name:N", sort=None, title=None), color=end),
        nothing.encode(x=alt.X("zero:Q", title=title)),
    ).properties(width=330, height=alt.Step(22))
