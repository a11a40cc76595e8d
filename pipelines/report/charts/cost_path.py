"""Money over time: what each strategy has cost by each month and, with quantiles by month, how far it may stray."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import altair as alt

from pipelines.report.svg import BLUE, GREEN, INK, MONEY_LABELS, MUTED, ORANGE, PURPLE, SKY, VERMILION

COLOURS: Final = (INK, BLUE, VERMILION, GREEN, ORANGE, PURPLE, SKY)
DASHES: Final = ([1, 0], [1, 0], [6, 3], [2, 2], [8, 3, 2, 3], [4, 4], [1, 3])


def cumulative_cost(rows: Sequence[dict[str, Any]], strategies: Sequence[str]) -> alt.Chart:
    """A line a strategy; where two cross, one has caught up with the other.

    Args:
        rows: strategy, month_index (months that have passed at its end: index + 1), cumulative_usd_nominal.
        strategies: in the order of the legend, the reference first.
    """
    labels = [name.replace("_", " ") for name in strategies]
    values = [
        {"strategy": row["strategy"].replace("_", " "), "months": row["month_index"] + 1,
         "usd": row["cumulative_usd_nominal"]}
        for row in rows
    ]  # fmt: skip
    domain = {"domain": labels}
    return (
        alt.Chart(alt.Data(values=values))
        .mark_line(strokeWidth=2)
        .encode(
            x=_months(max(row["month_index"] for row in rows) + 1),
            y=alt.Y("usd:Q", title="paid so far, USD", axis=alt.Axis(labelExpr=MONEY_LABELS, tickCount=5)),
            color=alt.Color("strategy:N", sort=labels, legend=alt.Legend(columns=2, symbolType="stroke"),
                            scale=alt.Scale(**domain, range=list(COLOURS[: len(labels)]))),
            strokeDash=alt.StrokeDash("strategy:N", sort=labels, legend=None,
                                      scale=alt.Scale(**domain, range=list(DASHES[: len(labels)]))),
        )
        .properties(width=370, height=220)
    )  # fmt: skip


def saving_fan(rows: Sequence[dict[str, Any]]) -> alt.LayerChart:
    """Cumulative saving by month: P5 to P95 as a band, the median as a line.

    Args:
        rows: month_index, p5, p50, p95 in USD.
    """
    base = alt.Chart(alt.Data(values=[{**row, "months": row["month_index"] + 1} for row in rows]))
    months = _months(max(row["month_index"] for row in rows) + 1)
    money = alt.Y("p5:Q", title="saved so far, USD", axis=alt.Axis(labelExpr=MONEY_LABELS, tickCount=5))
    zero = alt.Chart(alt.Data(values=[{"zero": 0}])).mark_rule(color=MUTED, strokeDash=[3, 3]).encode(y="zero:Q")
    return alt.layer(
        base.mark_area(color=BLUE, opacity=0.22).encode(x=months, y=money, y2="p95:Q"),
        base.mark_line(color=BLUE, strokeWidth=2.4).encode(x=months, y="p50:Q"),
        zero,
    ).properties(width=370, height=220)


def _months(last: int) -> alt.X:
    return alt.X(
        "months:Q", title="months from the day of decision", scale=alt.Scale(domain=[0, last], nice=False),
        axis=alt.Axis(values=list(range(0, last + 1, 12 if last > 24 else 6 if last > 12 else 1)), grid=False),
    )  # fmt: skip
