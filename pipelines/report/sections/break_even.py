"""At which use owning begins to pay, and where use stands."""

from __future__ import annotations

from typing import Any

from pipelines.projection.scenario import REFERENCE
from pipelines.projection.setting import PRICE_KEY
from pipelines.report import cells, svg, views
from pipelines.report.blocks import Block, Column, Figure, Figures, Note, Section, table
from pipelines.report.charts import break_even as drawing
from pipelines.report.charts.break_even import OwningCurve, owning_curve
from pipelines.report.queries import USED_DAYS, Facts, Rows

TITLE = "Where owning begins to pay"
NEAR_RATIO = 1e-6  # two lease prices closer than this are one line
COLUMNS = (
    Column("workload", "workload"),
    Column("strategy", "strategy", cells.words),
    Column("on-demand price today", "on_demand_usd_per_gpu_hour", cells.price, "USD/GPU-hour"),
    Column("price that owning as planned matches", "planned_usd_per_gpu_hour", cells.price, "USD/GPU-hour"),
    Column("planned use", "planned_used_frac", cells.share, "of hours held"),
    Column("break-even use", "break_even_used_frac", cells.share, "of hours held"),
    Column("used today", "realised_used_frac", cells.share, "of hours paid"),
    Column("fixed part", "fixed_usd_per_gpu_hour", cells.price, "USD/hour held"),
    Column("running part", "running_usd_per_gpu_hour", cells.price, "USD/hour used"),
)
HOW = (
    "How the curve is drawn: prices are on-demand prices of today at which both sides cost the same, so the fall of "
    "prices, lead time, discounting and tax are in them. Owning costs fixed ÷ use + running, laid through two "
    "published points: the planned use with the break-even lease price, and the break-even use with today's price. "
    "Where there is no break-even, no part of the cost is taken to follow use, and what that would put below today's "
    "price is not drawn. A committed or spot lease stands at its levelised cost over that of staying, times today's "
    "price."
)


def section(facts: Facts) -> Section:
    """A curve a workload, and the numbers behind them."""
    by_workload = views.summaries(facts)
    if not by_workload:
        return Section("break-even", TITLE, (Note("Nothing is projected, so there is no break-even."),))
    prices = _prices(facts)
    rows: Rows = []
    figures: list[Figure] = []
    unowned: list[str] = []
    shown = views.drawn(by_workload)
    for position, (workload, strategies) in enumerate(by_workload.items()):
        owning = views.best_owning(strategies)
        price = prices.get((workload, owning["strategy"])) if owning else None
        curve = _curve(owning, price) if owning else None
        if owning is None or curve is None:
            unowned.append(workload)
            continue
        used = _used_today(facts, owning["gpu_model"])
        rows.append(_row(owning, curve, used))
        if workload in shown:
            figures.append(_figure(f"break-even-{position}", owning, curve, _leases(strategies, curve), used))
    blocks: list[Block] = [Figures(tuple(figures))] if figures else []
    if unowned:
        blocks.append(Note(f"No strategy that can be done buys hardware for {', '.join(unowned)}."))
    if rows:
        notes = [_where_used(facts), views.left_out(by_workload), HOW]
        blocks += [Note(note) for note in notes if note]
        blocks.append(table("break-even", "The numbers behind the curves", COLUMNS, rows, folded=True))
    return Section("break-even", TITLE, tuple(blocks))


def _prices(facts: Facts) -> dict[tuple[str, str], float | None]:
    """On-demand price today, as the break-even was searched from."""
    rows = views.base(facts, views.THRESHOLD).to_dicts()
    return {(row["workload"], row["strategy"]): row["base_value"] for row in rows if row["parameter"] == PRICE_KEY}


def _curve(owning: dict[str, Any], price: float | None) -> OwningCurve | None:
    return owning_curve(
        owning["held_used_frac"],
        owning["break_even_lease_price_usd_per_gpu_hour"],
        price,
        owning["break_even_used_frac"],
    )


def _leases(strategies: Rows, curve: OwningCurve) -> list[tuple[str, float]]:
    """Label and price of each way to lease: its levelised cost over that of staying, times today's price."""
    levelised = {
        row["strategy"]: row["levelised_cost_usd_per_gpu_hour"]
        for row in views.feasible(strategies)
        if not row["owned_gpus"] and row["levelised_cost_usd_per_gpu_hour"] is not None
    }
    stay = levelised.get(REFERENCE)
    today = curve.on_demand_usd_per_gpu_hour
    found = [(REFERENCE, today)]
    for name, cost in sorted(levelised.items()):
        price = today * cost / stay if stay else today
        if all(abs(price - other) > NEAR_RATIO * today for _, other in found):
            found.append((name, price))
    return [(f"{cells.plain(name)}, {price:,.2f}", price) for name, price in found[: len(drawing.LEASE_COLOURS)]]


def _used_today(facts: Facts, gpu_model: str | None) -> float | None:
    """Share of paid hours used lately on that GPU model, on the hours the scenario counts as demand."""
    column = "busy_frac" if views.run(facts)["demand_basis"] == "busy" else "allocated_frac"
    found = next((row for row in facts.used if row["gpu_model"] == gpu_model), None)
    return None if found is None or found[column] is None else float(found[column])


def _where_used(facts: Facts) -> str:
    basis = views.run(facts)["demand_basis"]
    if not facts.used:
        return "No paid GPU-hours are recorded, so use today is not marked."
    last = max(row["last_date"] for row in facts.used)
    kind = "busy" if basis == "busy" else "allocated"
    return (
        f"Used today: {kind} over paid GPU-hours of that GPU model, leased and owned together, in the {USED_DAYS} days "
        f"to {last}; not marked where the model has no paid hours."
    )


def _row(owning: dict[str, Any], curve: OwningCurve, used: float | None) -> dict[str, Any]:
    names = ("on_demand_usd_per_gpu_hour", "planned_usd_per_gpu_hour", "planned_used_frac", "break_even_used_frac",
             "fixed_usd_per_gpu_hour", "running_usd_per_gpu_hour")  # fmt: skip
    return {
        "workload": owning["workload"],
        "strategy": owning["strategy"],
        "realised_used_frac": used,
        **{name: getattr(curve, name) for name in names},
    }


def _figure(
    key: str, owning: dict[str, Any], curve: OwningCurve, leases: list[tuple[str, float]], used: float | None
) -> Figure:
    workload, planned = owning["workload"], curve.planned_used_frac
    at = curve.break_even_used_frac
    if at is None:
        finding = (
            f"{workload}: at no use does owning beat leasing at {curve.on_demand_usd_per_gpu_hour:,.2f} USD an hour; "
            f"as planned, {planned:.0%} used, it would take {curve.planned_usd_per_gpu_hour:,.2f} USD"
        )
    else:
        side = "above" if planned > at else "below"
        finding = f"{workload}: owning pays above {at:.0%} use; the plan lies {side} that, at {planned:.0%}"
    gpus = f"{owning['owned_gpus']:,} × {owning['own_gpu_model'] or 'GPU'}"
    reading = f"{cells.plain(owning['strategy'])}, {gpus}."
    drawn = svg.inline(
        drawing.chart(curve, leases, used),
        key=key,
        title=finding,
        description="Cost of an hour of use when owned, by share of hours used, against lease prices: "
        + "; ".join(label for label, _ in leases)
        + " USD per GPU-hour. The numbers are in the table below.",
    )
    return Figure(finding, drawn, reading)
