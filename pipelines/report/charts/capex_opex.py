"""What each strategy pays by fiscal year: CapEx, OpEx, and what comes back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import altair as alt

from pipelines.report.svg import BLUE, MONEY_LABELS, ORANGE, PURPLE, SKY

PANELS_WIDTH: Final = 760
# Column of the table, what it is called, colour, sign; stacked in this order.
PARTS: Final = (
    ("capex_usd_nominal", "CapEx", BLUE, 1.0),
    ("opex_cash_usd_nominal", "OpEx", ORANGE, 1.0),
    ("proceeds_usd_nominal", "resale", SKY, -1.0),
    ("tax_shield_usd_nominal", "tax saved", PURPLE, -1.0),
)


def chart(rows: Sequence[dict[str, Any]], strategies: Mapping[str, str]) -> alt.FacetChart:
    """A panel a strategy, a bar a year, on one scale; money that comes back goes down.

    Args:
        rows: of the yearly table, for one workload.
        strategies: heading by strategy, in the order of the panels.
    """
    seen = [part for part in PARTS if any(abs(row[part[0]]) >= 1.0 for row in rows)]
    values = [
        {
            "strategy": strategies[row["strategy"]],
            "year": f"{row['fiscal_year_start_date']:%Y}",
            "part": name,
            "place": place,
            "usd": row[column] * sign,
        }
        for row in rows
        if row["strategy"] in strategies
        for place, (column, name, _, sign) in enumerate(seen)
    ]
    bars = alt.Chart(alt.Data(values=values)).mark_bar().encode(
        x=alt.X("year:O", title=None, axis=alt.Axis(labelAngle=0, labelOverlap=True)),
        y=alt.Y("usd:Q", title="USD a fiscal year", axis=alt.Axis(labelExpr=MONEY_LABELS, tickCount=5)),
        color=alt.Color("part:N", scale=alt.Scale(
            domain=[name for _, name, _, _ in seen], range=[colour for _, _, colour, _ in seen]
        )),
        order="place:Q",
    )  # fmt: skip
    width = max(PANELS_WIDTH // max(len(strategies), 1) - 24, 100)
    return bars.properties(width=width, height=190).facet(
        column=alt.Column("strategy:N", sort=list(strategies.values()), header=alt.Header(title=None)), spacing=20
    )
