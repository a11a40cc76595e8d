"""A quantity over time: what was observed, what was fitted, and the band it is projected in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt

from pipelines.report.svg import BLUE, INK, MUTED, ORANGE


def chart(rows: Sequence[dict[str, Any]], *, title: str, as_of: str) -> alt.LayerChart:
    """Points of history with their fit, then the median with a band from P5 to P95, and the day of decision between.

    Args:
        rows: date (ISO), observed, fitted, p5, p50, p95; null where a month has none.
        title: what is shown, with its unit.
        as_of: the day of decision, ISO.
    """
    base = alt.Chart(alt.Data(values=list(rows)))
    time = alt.X("date:T", title=None, axis=alt.Axis(format="%Y", tickCount="year", grid=False))
    value = {"title": title, "scale": alt.Scale(zero=False), "axis": alt.Axis(tickCount=5)}
    day = alt.Chart(alt.Data(values=[{"date": as_of}])).mark_rule(color=MUTED, strokeDash=[3, 3]).encode(x="date:T")
    return alt.layer(
        base.transform_filter("isValid(datum.p5)")
        .mark_area(color=BLUE, opacity=0.22)
        .encode(x=time, y=alt.Y("p5:Q", **value), y2="p95:Q"),
        base.transform_filter("isValid(datum.p50)")
        .mark_line(color=BLUE, strokeWidth=2.4)
        .encode(x=time, y=alt.Y("p50:Q", **value)),
        base.transform_filter("isValid(datum.fitted)")
        .mark_line(color=ORANGE, strokeWidth=1.8)
        .encode(x=time, y=alt.Y("fitted:Q", **value)),
        base.transform_filter("isValid(datum.observed)")
        .mark_point(color=INK, size=16, filled=True, opacity=0.8)
        .encode(x=time, y=alt.Y("observed:Q", **value)),
        day,
    ).properties(width=370, height=200)
