"""What each strategy would cost, by component."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import altair as alt

from pipelines.report.svg import BLUE, MONEY_LABELS, ORANGE

PANELS_WIDTH: Final = 740
NO_MONEY_USD: Final = 0.5  # a component below this in every strategy has no bar to draw
LINE: Final = "\n"


def chart(rows: Sequence[dict[str, Any]], strategies: Mapping[str, str]) -> alt.FacetChart:
    """A panel a strategy, a bar a component, on one scale; money that comes back goes to the left.

    Args:
        rows: strategy, component, sourcing, present_value_usd.
        strategies: heading by strategy, its lines apart by a line feed, in the order of the panels.
    """
    size: dict[str, float] = {}
    drawn = [row for row in rows if row["strategy"] in strategies]
    for row in drawn:
        size[row["component"]] = max(size.get(row["component"], 0.0), abs(row["present_value_usd"]))
    components = sorted(
        (name for name, usd in size.items() if usd >= NO_MONEY_USD), key=lambda name: (-size[name], name)
    )
    values = [
        {
            "strategy": strategies[row["strategy"]],
            "component": row["component"].replace("_", " "),
            "sourcing": row["sourcing"],
            "usd": row["present_value_usd"],
        }
        for row in drawn
        if row["component"] in components
    ]
    bars = alt.Chart(alt.Data(values=values)).mark_bar().encode(
        x=alt.X("usd:Q", title="present value, USD", axis=alt.Axis(labelExpr=MONEY_LABELS, tickCount=3)),
        y=alt.Y("component:N", sort=[name.replace("_", " ") for name in components], title=None),
        color=alt.Color("sourcing:N", scale=alt.Scale(domain=["owned", "leased"], range=[BLUE, ORANGE])),
    )  # fmt: skip
    return bars.properties(width=PANELS_WIDTH // len(strategies) - 16, height=alt.Step(17)).facet(
        column=alt.Column(
            "strategy:N",
            sort=list(strategies.values()),
            header=alt.Header(labelExpr=f"split(datum.label, {LINE!r})", title=None),
        ),
        spacing=16,
    )
