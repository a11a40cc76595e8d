"""A fleet that stands already: who it serves, when it leaves, what it brings. What was paid for it is sunk.

Belongs here: the fleet from the asset register, and its plan columns. Not here: hardware that would be bought
(`plan.py`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from pipelines.economics.depreciation import (
    annuity_usd,
    declining_balance_usd,
    macrs_5_usd,
    straight_line_usd,
    sum_of_years_usd,
)
from pipelines.economics.rates import FloatArray
from pipelines.projection.work import work_column
from pipelines.units import MONTHS_PER_YEAR

if TYPE_CHECKING:
    from pipelines.projection.world import World

OVERDUE_MONTHS: Final = 12  # what is past its life in the register is taken to serve for another year
DAYS_PER_MONTH: Final = 365.25 / 12
PER_SERVER: Final = {"server_gpus": "gpus", "server_idle_kw": "idle_kw", "server_peak_kw": "peak_kw",
                     "server_contracted_kw": "contracted_kw"}  # fmt: skip
PER_FLEET: Final = ("maintenance_frac_per_year", "software_usd_per_gpu_year", "insurance_frac_per_year")


@dataclass(frozen=True)
class StandingFleet:
    """Servers in service today, one entry a server (or a share of one), arrays of shape (servers,).

    Attributes:
        gpus: GPUs, counted in work of the model that demand is counted in; not a number where it is not known.
        servers: how much of a server it is: 1, or a workload's share of it.
        price_usd: what was paid.
        book_usd: what is not yet written off.
        age_months: months since go-live.
        left_months: months it will still serve.
        models: GPU models in it.
        numbers: what the register says of its servers, by assumption key.
    """

    gpus: FloatArray
    servers: FloatArray
    price_usd: FloatArray
    book_usd: FloatArray
    age_months: FloatArray
    left_months: FloatArray
    models: tuple[str, ...] = ()
    numbers: Mapping[str, float] = field(default_factory=dict)

    def share(self, frac: float) -> StandingFleet:
        """That share of every server."""
        return replace(
            self,
            gpus=self.gpus * frac,
            servers=self.servers * frac,
            price_usd=self.price_usd * frac,
            book_usd=self.book_usd * frac,
        )

    def book_at(self, month_index: int) -> float:
        """Book value at the start of a month, written down evenly over the months left."""
        left = np.clip(1.0 - month_index / self.left_months, 0.0, 1.0)
        return float((self.book_usd * left).sum())


def standing_fleet(assets: pl.DataFrame | None, ratios: Mapping[str, float], counted_in: str | None,
                   as_of: dt.date, gpu_model: str | None = None) -> StandingFleet | None:  # fmt: skip
    """The GPU servers in service on a day.

    Args:
        assets: the register; None where there is none.
        ratios: work per hour by GPU model.
        counted_in: GPU model that demand is counted in.
        as_of: the day.
        gpu_model: only servers of that model; None for all.
    """
    if assets is None:
        return None
    live = assets.filter(
        (pl.col("gpus") > 0)
        & (pl.col("go_live_date") <= as_of)
        & (pl.col("retired_date").is_null() | (pl.col("retired_date") > as_of))
    ).sort("asset_id")
    if gpu_model is not None:
        live = live.filter(pl.col("gpu_model") == gpu_model)
    if live.is_empty():
        return None
    work = live.select(work=work_column(counted_in, ratios))["work"].fill_null(float("nan")).to_numpy()
    age = np.array([round((as_of - day).days / DAYS_PER_MONTH) for day in live["go_live_date"]], dtype=np.float64)
    life = live["life_months"].cast(pl.Float64).to_numpy()
    price, salvage, gpus = (
        live[name].cast(pl.Float64).to_numpy() for name in ("purchase_price_usd", "salvage_usd", "gpus")
    )
    methods, rates = (live[name].to_list() for name in ("depreciation_method", "cost_of_capital_frac_per_year"))
    book = [_book(*row) for row in zip(price, salvage, life, age, methods, rates, strict=True)]
    numbers = {key: float(live[name].cast(pl.Float64).mean()) for key, name in PER_SERVER.items()}  # type: ignore[arg-type]
    numbers |= {name: float(np.average(live[name].cast(pl.Float64).to_numpy(), weights=price)) for name in PER_FLEET}
    left = np.where(age < life, life - age, OVERDUE_MONTHS)
    models = tuple(live["gpu_model"].unique().sort())
    return StandingFleet(gpus * work, np.ones(gpus.size), price, np.array(book), age, left, models, numbers)


def _book(
    price_usd: float, salvage_usd: float, life_months: float, age_months: float, method: str, rate_frac_per_year: float
) -> float:
    """What the books still hold at an age: yearly schedules evenly within each year, the others by the month."""
    months, years = int(life_months), max(round(life_months / MONTHS_PER_YEAR), 1)
    match method:
        case "annuity":
            written = annuity_usd(price_usd, salvage_usd, months, rate_frac_per_year / MONTHS_PER_YEAR)
        case "declining_balance":
            written = _by_month(declining_balance_usd(price_usd, salvage_usd, years))
        case "sum_of_years":
            written = _by_month(sum_of_years_usd(price_usd, salvage_usd, years))
        case "macrs_5":
            written = _by_month(macrs_5_usd(price_usd))
        case _:
            written = straight_line_usd(price_usd, salvage_usd, months)
    return price_usd - float(written[: int(age_months)].sum())


def _by_month(yearly_usd: FloatArray) -> FloatArray:
    return np.repeat(yearly_usd / MONTHS_PER_YEAR, MONTHS_PER_YEAR)


def standing_columns(
    world: World, fleet: StandingFleet, sold_index: int | None
) -> tuple[dict[str, FloatArray], FloatArray]:
    """Plan columns of the fleet, and its GPUs able to work, shape (draws, months).

    Args:
        world: draws and months.
        fleet: what stands.
        sold_index: month at whose start all of it is sold; None to keep it to the end of its life.
    """
    shape, last = (world.draws, world.months), world.months - 1
    month = np.arange(world.months, dtype=np.float64)[None, :]
    sold = world.months if sold_index is None else sold_index
    stands = (month < fleet.left_months[:, None]).astype(np.float64)
    live = stands * (month < sold)
    book = fleet.book_usd[:, None] * np.clip(1.0 - month / fleet.left_months[:, None], 0.0, 1.0)
    worn = fleet.book_usd[:, None] / fleet.left_months[:, None] * live
    retires = live * ((month == fleet.left_months[:, None] - 1.0) | (month == last))
    leaves = stands * (month == sold)
    price = (fleet.price_usd[:, None] * live).sum(axis=0)
    rest = (book - worn) * (live * (month == last))
    written_off = (worn + rest + book * leaves).sum(axis=0)

    def brings(events: FloatArray, at_end: float) -> FloatArray:
        """What hardware brings in the months in which it goes, by draw."""
        value = np.zeros(shape)
        if world.resale is None:
            return value
        curve = world.resale.at(world.values["resale_place_frac"])
        for server, months in enumerate(events):
            for index in np.flatnonzero(months):
                age = int(min(fleet.age_months[server] + index + at_end, curve.shape[1] - 1))
                value[:, index] += fleet.price_usd[server] * curve[:, age] * world.resale_ratio[:, index]
        return value

    share = np.divide((book * live).sum(axis=0), price, out=np.zeros(world.months), where=price > 0.0)
    years = month / MONTHS_PER_YEAR
    value = {key: array[:, None] for key, array in world.values.items()}
    proceeds = brings(retires, 1.0)
    gpus = (fleet.gpus[:, None] * live).sum(axis=0)
    servers = (fleet.servers[:, None] * live).sum(axis=0)
    columns = {
        "owned_gpus": gpus,
        "owned_servers_count": servers,
        "in_service_count": (gpus > 0.0).astype(np.float64),
        # The age at which a single fleet would be worth as much in the books.
        "age_months": value["hardware_life_months"] * (1.0 - share),
        "order_due_count": np.zeros(shape),
        "delivery_due_count": np.zeros(shape),
        "retire_due_count": (proceeds > 0.0).astype(np.float64),
        "order_price_usd": price,
        "service_price_usd": price,
        "resale_frac": np.divide(proceeds, price, out=np.zeros(shape), where=price > 0.0),
        "opex_escalation_ratio": (1.0 + value["opex_escalation_frac_per_year"]) ** years,
        "energy_escalation_ratio": (1.0 + value["energy_escalation_frac_per_year"]) ** years,
        "site_share_frac": np.full(shape, world.site_share_frac),
        "left_servers_count": (fleet.servers[:, None] * leaves).sum(axis=0),
        "fleet_sale_usd": brings(leaves, 0.0),
        "written_off_usd": written_off,
    }
    able = gpus * value["availability_frac"]
    return {name: np.broadcast_to(array, shape) for name, array in columns.items()}, np.broadcast_to(able, shape)
