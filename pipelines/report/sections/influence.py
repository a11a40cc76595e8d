"""What moves the answer, one number at a time, and what it would be worth to know a number before choosing."""

from __future__ import annotations

from typing import Any

import polars as pl

from pipelines.report import cells, svg, views
from pipelines.report.blocks import Block, Column, Figure, Figures, Note, Section, table
from pipelines.report.charts import tornado
from pipelines.report.queries import Facts, Rows

TITLE = "What moves the answer"
EVERYTHING_RANK = 0
NUMBERS_DRAWN = 8
COLUMNS = (
    Column("the number", "assumption", cells.quantity),
    Column("unit", "assumption", cells.unit),
    Column("low", "low", cells.measured),
    Column("base", "base", cells.measured),
    Column("high", "high", cells.measured),
    Column("saving at low", "low_npv_saving_usd", cells.usd, "USD"),
    Column("at high", "high_npv_saving_usd", cells.usd, "USD"),
    Column("share of the spread", "variance_share_frac", cells.share, "of variance"),
    Column("worth to know", "information_value_usd", cells.usd, "USD"),
)


def section(facts: Facts) -> Section:
    """A tornado for each workload, what knowing is worth in a sentence, and every number in a table."""
    judged = views.judged(facts)
    names = [name for name in views.drawn(views.summaries(facts)) if name in judged]
    rows = {name: _rows(facts, name, judged[name]["strategy"]) for name in names}
    rows = {name: found for name, found in rows.items() if found}
    if not rows:
        return Section("influence", TITLE, (Note("No number that an answer depends on has a range."),))
    figures = [
        figure
        for place, (name, found) in enumerate(rows.items())
        if (figure := _figure(f"tornado-{place}", judged[name], found, _worth(facts, name))) is not None
    ]
    blocks: list[Block] = [
        Figures(tuple(figures)),
        Note(
            "Each number goes to the low and to the high end of its range, all others at their base: a bar that passes "
            "the dashed line flips the answer. What knowing is worth is the present value that whoever knew the number "
            "before choosing would save on average; a study of it that costs more is not worth its money."
        ),
        table(
            "influence",
            "What each number moves, and what knowing it would be worth",
            COLUMNS,
            [row | {"workload": name} for name, found in rows.items() for row in found],
            group="workload",
            folded=True,
        ),
    ]
    return Section("influence", TITLE, tuple(blocks))


def _rows(facts: Facts, workload: str, strategy: str) -> Rows:
    """Every number that moves a strategy: both measures and what knowing it is worth; the widest swing first."""
    moved = views.base(facts, views.SENSITIVITY).filter(
        (pl.col("workload") == workload) & (pl.col("strategy") == strategy)
    )
    one_way = moved.filter(pl.col("method") == "one_way").drop("variance_share_frac")
    shares = moved.filter(pl.col("method") == "first_order").select("assumption", "variance_share_frac")
    worth = views.base(facts, views.INFORMATION).filter(pl.col("workload") == workload)
    joined = (
        one_way.join(shares, on="assumption", how="full", coalesce=True)
        .join(worth.select("assumption", "information_value_usd"), on="assumption", how="left")
        .sort("swing_usd", "assumption", descending=[True, False], nulls_last=True)
    )
    return [
        row | {end: (row[f"{end}_value"], row["assumption"]) for end in ("low", "base", "high")}
        for row in joined.to_dicts()
        if row["swing_usd"] or row["variance_share_frac"]
    ]


def _worth(facts: Facts, workload: str) -> Rows:
    """What knowing is worth: everything, then the number that is worth most."""
    of_one = views.base(facts, views.INFORMATION).filter(pl.col("workload") == workload)
    return of_one.sort("rank_index").head(2).to_dicts()


def _figure(key: str, judged: dict[str, Any], rows: Rows, worth: Rows) -> Figure | None:
    drawn = [row for row in rows if row["swing_usd"]][:NUMBERS_DRAWN]
    if not drawn:
        return None
    named = [row | {"name": _name(row["assumption"])} for row in drawn]
    flipping = [row["name"] for row in named if row["flips"]]
    finding = f"{judged['workload']}: {named[0]['name']} moves the saving of {cells.plain(judged['strategy'])} most; "
    finding += f"{_listed(flipping)} can flip it alone" if flipping else "none flips the answer alone"
    chart = tornado.chart(named, judged["npv_saving_usd"])
    description = "Bars of the saving between the low and the high end of each number, the widest on top."
    return Figure(finding, svg.inline(chart, key=key, title=finding, description=description), _said(worth))


def _said(worth: Rows) -> str:
    """What knowing would be worth, in a sentence."""
    everything = next((row for row in worth if row["rank_index"] == EVERYTHING_RANK), None)
    if everything is None:
        return ""
    if everything["information_value_usd"] < 1.0:
        return "The choice is the same in every draw: knowing any of this beforehand would be worth nothing."
    most = cells.rounded(everything["information_value_usd"])
    one = next((row for row in worth if row["rank_index"] > EVERYTHING_RANK), None)
    if one is None or one["information_value_usd"] < 1.0:
        return f"Knowing everything beforehand would be worth up to {most} USD, no single number anything by itself."
    usd = cells.rounded(one["information_value_usd"])
    known = _name(one["assumption"])
    return f"Knowing {known} for certain would be worth up to {usd} USD; knowing everything, up to {most} USD."


def _name(assumption: str) -> str:
    return cells.quantity(assumption).text


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"
