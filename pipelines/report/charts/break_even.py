"""Cost of an hour of use of what is owned, against how much it is used, with the prices it competes with.

All four numbers behind the curve are published: at the planned use `u0` owning costs as much as leasing at an
on-demand price of `p0` today, and at the break-even use `u1` as much as at today's price `p1`. Owning costs a fixed
amount whatever the use and an amount that follows it, so an hour of use costs

    price(u) = fixed / u + running
    fixed = (p0 − p1) · u0 · u1 / (u1 − u0)        running = (p1 · u1 − p0 · u0) / (u1 − u0)

Where there is no break-even use, or it lies at the planned use, `running` is taken as zero and `fixed` as `p0 · u0`.
Prices are on-demand prices of today at which both sides cost the same on the run's own basis; the path of prices,
lead time, discounting and tax are in them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import altair as alt

from pipelines.report.svg import BLUE, GREEN, INK, MUTED, ORANGE, PURPLE, SKY, VERMILION

POINTS: Final = 200
NEAR_FRAC: Final = 0.005  # closer to each other than this, two points give no slope
HEADROOM_RATIO: Final = 2.4
LEASE_COLOURS: Final = (VERMILION, ORANGE, PURPLE, GREEN, SKY)
LEASE_DASHES: Final = ([1, 0], [6, 3], [2, 2], [8, 3, 2, 3], [4, 4])


@dataclass(frozen=True, slots=True)
class OwningCurve:
    """What an hour of use costs owned.

    Attributes:
        fixed_usd_per_gpu_hour: cost by the hour held, whatever the use.
        running_usd_per_gpu_hour: cost by the hour used.
        planned_used_frac, planned_usd_per_gpu_hour: use of the fleet as planned, and the price it stands for there.
        on_demand_usd_per_gpu_hour: on-demand price today.
        break_even_used_frac: use at which owning costs that price; None for never.
    """

    fixed_usd_per_gpu_hour: float
    running_usd_per_gpu_hour: float
    planned_used_frac: float
    planned_usd_per_gpu_hour: float
    on_demand_usd_per_gpu_hour: float
    break_even_used_frac: float | None

    def usd_per_gpu_hour(self, used_frac: float) -> float:
        """Cost of an hour of use where that share of the hours is used."""
        return self.fixed_usd_per_gpu_hour / used_frac + self.running_usd_per_gpu_hour

    def points(self) -> list[dict[str, float]]:
        """The curve as far as it stays in the picture.

        Without a break-even in 0 … 1 the engine has found that owning stays above the price; the part of the curve that
        would fall below it, because no running cost is known, is not drawn.
        """
        floor = 0.0 if self.break_even_used_frac is not None else self.on_demand_usd_per_gpu_hour
        if self.planned_usd_per_gpu_hour < floor:
            floor = 0.0
        drawn = ((step / POINTS, self.usd_per_gpu_hour(step / POINTS)) for step in range(1, POINTS + 1))
        return [{"used_frac": used, "usd": usd} for used, usd in drawn if floor <= usd <= self.top_usd_per_gpu_hour]

    @property
    def top_usd_per_gpu_hour(self) -> float:
        """Top of the picture."""
        return max(self.planned_usd_per_gpu_hour * 1.25, self.on_demand_usd_per_gpu_hour * HEADROOM_RATIO)


def owning_curve(
    planned_used_frac: float | None,
    planned_usd_per_gpu_hour: float | None,
    on_demand_usd_per_gpu_hour: float | None,
    break_even_used_frac: float | None,
) -> OwningCurve | None:
    """The curve through the two published points; None where the first is not known.

    Args:
        planned_used_frac: `held_used_frac` of the strategy.
        planned_usd_per_gpu_hour: its `break_even_lease_price_usd_per_gpu_hour`.
        on_demand_usd_per_gpu_hour: on-demand price today, as the break-even was searched from.
        break_even_used_frac: its break-even use, or None for never.
    """
    u0, p0, p1, u1 = planned_used_frac, planned_usd_per_gpu_hour, on_demand_usd_per_gpu_hour, break_even_used_frac
    if not u0 or p0 is None or p1 is None:
        return None
    fixed, running = p0 * u0, 0.0
    if u1 is not None and abs(u1 - u0) > NEAR_FRAC:
        through = (p0 - p1) * u0 * u1 / (u1 - u0), (p1 * u1 - p0 * u0) / (u1 - u0)
        if min(through) >= 0.0:
            fixed, running = through
    return OwningCurve(fixed, running, u0, p0, p1, u1)


def chart(curve: OwningCurve, leases: Sequence[tuple[str, float]], realised_used_frac: float | None) -> alt.LayerChart:
    """The curve, the lease prices, the break-even and the points of use.

    Args:
        curve: cost of owning.
        leases: label and USD per GPU-hour.
        realised_used_frac: share of paid hours used now; None where it is not known.
    """
    share = alt.X("used_frac:Q", title="share of the hours held that is used",
                  scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(format="%", tickCount=6, grid=False))  # fmt: skip
    cost = alt.Y("usd:Q", title="USD per used GPU-hour", scale=alt.Scale(domain=[0, curve.top_usd_per_gpu_hour]),
                 axis=alt.Axis(tickCount=5))  # fmt: skip
    labels = ["owning", *(label for label, _ in leases)]
    colour = alt.Color("label:N", sort=labels, legend=alt.Legend(columns=2, symbolType="stroke"),
                       scale=alt.Scale(domain=labels, range=[BLUE, *LEASE_COLOURS[: len(leases)]]))  # fmt: skip
    dash = alt.StrokeDash("label:N", sort=labels, legend=None,
                          scale=alt.Scale(domain=labels, range=[[1, 0], *LEASE_DASHES[: len(leases)]]))  # fmt: skip
    owning = [{**point, "label": "owning"} for point in curve.points()]
    lines = [{"used_frac": used, "usd": usd, "label": label} for label, usd in leases for used in (0.0, 1.0)]
    layers: list[alt.Chart] = [
        alt.Chart(_data(lines)).mark_line(strokeWidth=1.6).encode(x=share, y=cost, color=colour, strokeDash=dash),
        alt.Chart(_data(owning)).mark_line(strokeWidth=2.6).encode(x=share, y=cost, color=colour, strokeDash=dash),
    ]
    if realised_used_frac is not None:
        layers += _upright(share, realised_used_frac, f"used today {realised_used_frac:.0%}", MUTED, [3, 3], 8)
    if curve.break_even_used_frac is not None:
        where = curve.break_even_used_frac
        layers += _upright(share, where, f"break-even {where:.0%}", INK, [1, 0], 22)
        mark = _data([{"used_frac": where, "usd": curve.on_demand_usd_per_gpu_hour}])
        layers.append(alt.Chart(mark).mark_point(filled=True, size=70, color=INK, opacity=1).encode(x=share, y=cost))
    planned = _data([{"used_frac": curve.planned_used_frac, "usd": curve.planned_usd_per_gpu_hour}])
    text = f"planned {curve.planned_used_frac:.0%}"
    dot = alt.Chart(planned)
    # The curve falls: there is room above it on the right, and beside the point on its left.
    at = curve.break_even_used_frac
    left = curve.planned_used_frac > 0.7 or (at is not None and curve.planned_used_frac < at)
    place = {"align": "right", "dx": -9, "dy": 4} if left else {"align": "left", "dx": 8, "dy": -9}
    layers += [
        dot.mark_point(size=70, color=BLUE, fill="white", strokeWidth=2, opacity=1).encode(x=share, y=cost),
        dot.mark_text(text=text, color=BLUE, **place).encode(x=share, y=cost),
    ]
    return alt.layer(*layers).properties(width=370, height=230)


def _upright(share: alt.X, where: float, text: str, colour: str, dash: list[int], drop: int) -> list[alt.Chart]:
    """A line over the whole height with its label at the top."""
    base = alt.Chart(_data([{"used_frac": where}]))
    side = "right" if where > 0.72 else "left"
    return [
        base.mark_rule(color=colour, strokeDash=dash, strokeWidth=1).encode(x=share),
        base.mark_text(align=side, dx=-5 if side == "right" else 5, text=text, color=colour).encode(
            x=share, y=alt.value(drop)
        ),
    ]


def _data(rows: list[dict[str, object]] | list[dict[str, float]]) -> alt.Data:
    return alt.Data(values=rows)
