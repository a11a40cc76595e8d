"""One workload's future as arrays: draw × month, everything that does not depend on the strategy.

Belongs here: values by draw, demand and list price by draw and month, resale by age. Not here: fleets and cost.
A sensitivity is a world too: the same draw repeated with one value moved.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from pipelines.economics.rates import FloatArray, Timing, discount_factors
from pipelines.economics.tokens import TokenBasis
from pipelines.economics.utilisation import DurationCurve
from pipelines.leasing import market_price
from pipelines.projection.assumptions import EXTRA_KEYS, OPTIONAL_KEYS, OWN_WORK_KEY, RESALE_KEY
from pipelines.projection.draws import Draws
from pipelines.projection.evidence import ExistingLease, Subject
from pipelines.projection.history import month_starts
from pipelines.projection.prices import price_paths, price_walk
from pipelines.projection.scenario import Scenario
from pipelines.projection.setting import Setting
from pipelines.projection.standing import StandingFleet
from pipelines.projection.terms import Financing
from pipelines.units import DAYS_PER_YEAR, HOURS_PER_DAY, MONTHS_PER_YEAR

PRICE_LUCK: Final = "on_demand_luck_ratio"  # how far the price path of a draw lies above its trend
RESALE_PLACE: Final = "resale_place_frac"  # where in its range the resale curve of a draw lies
IntArray = npt.NDArray[np.int64]
# Months of these are whole: a fleet goes live at the start of a month.
_WHOLE = (
    "lead_time_months",
    "facility_build_months",
    "hardware_life_months",
    "server_gpus",
    "next_generation_arrival_months",
)


@dataclass(frozen=True)
class ResaleCurve:
    """Share of the price by age in months 0 … months: the ends of its range and its middle, each shape (months + 1,).

    A draw sits equally high or low in the range of every age.
    """

    low: FloatArray
    base: FloatArray
    high: FloatArray

    def at(self, place_frac: FloatArray) -> FloatArray:
        """Shares by draw and age, shape (draws, months + 1).

        Args:
            place_frac: where in the range each draw sits: 0 low, ½ base, 1 high; shape (draws,).
        """
        place = place_frac[:, None]
        lower = self.low + (self.base - self.low) * 2.0 * place
        return np.where(place < 0.5, lower, self.base + (self.high - self.base) * (2.0 * place - 1.0))


@dataclass(frozen=True)
class World:
    """What the future holds for a workload.

    Attributes:
        values: number by assumption key and draw, shape (draws,).
        level_gpus: mean demand now by draw, in GPUs of the leased model.
        price_noise: standard normal, shape (draws, months).
        month_hours: hours in each month, shape (months,).
        curve: how demand spreads over the hours of a month.
        resale: what used hardware brings by age; None where it is not sold.
        existing: contracts already signed.
        site_share_frac: the workload's share of a site.
        extras_ratio: what comes on top of the list price for what it does not include.
        order_month_index: when hardware is ordered.
        timing: where in its month a running payment falls.
        fixed_by_use: whether fixed running cost follows the hours used.
        financing: loan on what is bought; None where it is paid in cash.
        price_jumps: log size of the jumps of the list price by draw and month; None where none are expected.
        stub_owed: whether the part of a lease term beyond the horizon is owed.
        fleet: owned servers that stand today; None where capacity is leased.
        market: kind of lease that takes what a strategy does not hold.
        token_basis: which tokens a throughput counts.
        lease_components: what comes beside the price of leased capacity.
    """

    values: Mapping[str, FloatArray]
    level_gpus: FloatArray
    price_noise: FloatArray
    month_hours: FloatArray
    curve: DurationCurve
    resale: ResaleCurve | None
    existing: ExistingLease
    site_share_frac: float
    extras: tuple[str, ...]
    order_month_index: int
    timing: Timing
    fixed_by_use: bool
    financing: Financing | None = None
    price_jumps: FloatArray | None = None
    stub_owed: bool = True
    fleet: StandingFleet | None = None
    market: str = "on_demand"
    token_basis: TokenBasis = "blended"
    lease_components: tuple[str, ...] = ()

    @property
    def draws(self) -> int:
        """How many draws."""
        return int(self.level_gpus.size)

    @property
    def months(self) -> int:
        """How many months."""
        return int(self.month_hours.size)

    def value(self, key: str) -> FloatArray:
        """A number by draw; what leaves everything as it is, where it is one that may be missing."""
        found = self.values.get(key)
        return np.full(self.draws, OPTIONAL_KEYS[key]) if found is None else found

    @property
    def own_work_ratio(self) -> FloatArray:
        """Work of an hour of a GPU that would be bought over one of the leased, by draw; 1 where they are the same."""
        found = self.values.get(OWN_WORK_KEY)
        return np.ones(self.draws) if found is None else found

    @cached_property
    def usable_frac(self) -> FloatArray:
        """Share of the hours of an owned GPU that jobs can have, by draw: `availability · placement · (1 − down)`.

        A GPU that fails takes its server with it: `down = failures a year · GPUs of a server · days to repair / 365`.
        """
        down = self.value("gpu_failure_frac_per_year") * self.values["server_gpus"] * self.value("repair_days")
        up = 1.0 - np.minimum(down / DAYS_PER_YEAR, 1.0)
        usable: FloatArray = self.values["availability_frac"] * self.value("placement_frac") * up
        return usable

    def _after_next_generation(self, drop_key: str, at_end: float) -> FloatArray:
        """What is left of a price by draw and month once the next generation ships: `1 − drop` from its month on.

        Args:
            drop_key: the drop.
            at_end: 0 for prices at the start of a month, 1 for those at its end.
        """
        month = np.arange(self.months)[None, :] + at_end
        shipped = month >= self.value("next_generation_arrival_months")[:, None]
        return np.where(shipped, 1.0 - self.value(drop_key)[:, None], 1.0)

    @property
    def resale_ratio(self) -> FloatArray:
        """Resale value at the end of each month over what it would be without a newer generation, by draw and month."""
        return self._after_next_generation("next_generation_resale_drop_frac", 1.0)

    @cached_property
    def discount_factors(self) -> dict[str, FloatArray]:
        """Factor by draw and month for what falls at the start, during and at the end of a month."""
        rate = self.values["discount_rate_frac_per_year"]
        end = discount_factors(rate, self.months, "arrears")
        return {
            "start": discount_factors(rate, self.months, "advance"),
            "during": end if self.timing == "arrears" else discount_factors(rate, self.months, self.timing),
            "end": end,
        }

    @cached_property
    def demand_gpus(self) -> FloatArray:
        """Mean demand by draw and month: `level · shock · (1 + growth)^(t/12)`, in GPUs of the leased model."""
        years = np.arange(self.months) / MONTHS_PER_YEAR
        growth = (1.0 + self.values["demand_growth_frac_per_year"])[:, None] ** years[None, :]
        return (self.level_gpus * self.values["demand_level_ratio"])[:, None] * growth

    @cached_property
    def price_path_usd_per_gpu_hour(self) -> FloatArray:
        """Price of the market by draw and month, as it is listed, with its drop when the next generation ships."""
        path = price_paths(
            market_price(self.market, self.values, self.token_basis),
            self.values["on_demand_decline_frac_per_year"],
            self.values["on_demand_volatility_ratio"],
            self.price_noise,
            self.price_jumps,
        )
        return path * self._after_next_generation("next_generation_lease_drop_frac", 0.0)

    @cached_property
    def list_usd_per_gpu_hour(self) -> FloatArray:
        """On-demand price by draw and month, with what comes on top for what it does not include."""
        on_top = 1.0 + sum((self.values[key] for key in self.extras), np.zeros(self.draws))
        return self.price_path_usd_per_gpu_hour * on_top[:, None]

    @property
    def inputs(self) -> dict[str, FloatArray]:
        """What chance decides, by draw: every number, and the luck of the price path as its mean over the months."""
        path = self.values["on_demand_volatility_ratio"][:, None] * price_walk(self.price_noise)
        if self.price_jumps is not None:
            path = path + np.cumsum(self.price_jumps, axis=1)
        return {**self.values, PRICE_LUCK: np.exp(path).mean(axis=1)}

    @cached_property
    def resale_frac(self) -> FloatArray | None:
        """Share of the price by draw and age; None where hardware is not sold."""
        middle = np.full(self.draws, 0.5)
        return None if self.resale is None else self.resale.at(self.values.get(RESALE_PLACE, middle))

    @cached_property
    def month_columns(self) -> dict[str, pl.Series]:
        """Draw and month of each row of a plan, and how long that month is; `draws · months` rows."""
        return {
            "draw_index": pl.Series("draw_index", np.repeat(np.arange(self.draws, dtype=np.int32), self.months)),
            "month_index": pl.Series("month_index", np.tile(np.arange(self.months, dtype=np.int32), self.draws)),
            "month_hours": pl.Series("month_hours", np.tile(self.month_hours, self.draws)),
        }

    def spread(self, key: str) -> pl.Series:
        """A number by draw and month, as rows of a plan; every strategy asks for the same ones."""
        if key not in self._spread:
            self._spread[key] = pl.Series(key, np.repeat(self.values[key], self.months))
        return self._spread[key]

    @cached_property
    def _spread(self) -> dict[str, pl.Series]:
        return {}

    def repeated(self, times: int) -> World:
        """The first draw, that many times: the ground for moving one value at a time."""
        return replace(
            self,
            values={key: np.repeat(value[:1], times) for key, value in self.values.items()},
            level_gpus=np.repeat(self.level_gpus[:1], times),
            price_noise=np.repeat(self.price_noise[:1], times, axis=0),
            price_jumps=None if self.price_jumps is None else np.repeat(self.price_jumps[:1], times, axis=0),
        )

    def with_value(self, key: str, value: FloatArray) -> World:
        """This world with one number replaced in every draw; whole months stay whole."""
        return replace(self, values={**self.values, key: np.rint(value) if key in _WHOLE else value})


def build_world(scenario: Scenario, subject: Subject, setting: Setting, draws: Draws, as_of: dt.date) -> World:
    """The world of a workload.

    Args:
        scenario: conventions and horizon.
        subject: demand.
        setting: the numbers.
        draws: `Draws.central()` for the one world without chance.
        as_of: first day of month 0.
    """
    months = scenario.months(as_of)
    conventions = scenario.conventions
    values = {
        key: draws.triangular(key, value.low, value.base, value.high, subject.workload)
        for key, value in setting.values.items()
    }
    if setting.resale:
        values[RESALE_PLACE] = draws.uniform(RESALE_KEY)
    for key in _WHOLE:
        if key in values:
            values[key] = np.rint(values[key])
    extras = tuple(
        EXTRA_KEYS[item]
        for item in conventions.compared
        if item in EXTRA_KEYS and item not in conventions.lease_price_includes
    )
    return World(
        values=values,
        level_gpus=np.full(draws.count, subject.level_gpus),
        price_noise=draws.normal(f"price/{subject.gpu_model}", months),
        month_hours=_month_hours(scenario, as_of, months),
        curve=subject.curve,
        resale=_resale(setting, months + (int(subject.fleet.age_months.max()) if subject.fleet else 0)),
        existing=subject.existing or ExistingLease.none(months),
        site_share_frac=subject.site_share_frac,
        extras=extras,
        order_month_index=scenario.order_month_index,
        timing=conventions.payment_timing,
        fixed_by_use=conventions.fixed_opex_basis == "used_hour",
        financing=scenario.financing,
        price_jumps=_price_jumps(setting, subject, draws, months),
        stub_owed=conventions.stub_basis == "owed",
        fleet=subject.fleet,
        market=conventions.market,
        token_basis=conventions.token_basis,
        lease_components=tuple(sorted(scenario.lease_components)),
    )


def _price_jumps(setting: Setting, subject: Subject, draws: Draws, months: int) -> FloatArray | None:
    """Jumps as often and as large as history had them, where the drift comes from history too."""
    fit = setting.price_fit
    if fit is None or fit.jumps_per_year == 0.0 or not setting.has_fitted_drift:
        return None
    sizes = [jump.size_ratio for jump in fit.jumps]
    return draws.jumps(f"price jump/{subject.gpu_model}", fit.jumps_per_year, sizes, months)


def _month_hours(scenario: Scenario, as_of: dt.date, months: int) -> FloatArray:
    """Hours in each month by the scenario's convention."""
    if scenario.conventions.hours_per_month != "calendar":
        return np.full(months, float(scenario.conventions.hours_per_month))
    starts = month_starts(as_of, months)
    days = [(after - start).days for start, after in itertools.pairwise(starts)]
    return np.array(days, dtype=np.float64) * HOURS_PER_DAY


def _resale(setting: Setting, months: int) -> ResaleCurve | None:
    """Straight lines between the ages known, level beyond the last; new hardware is worth its price."""
    if not setting.resale:
        return None
    known = {0: (1.0, 1.0, 1.0)} | {age: (value.low, value.base, value.high) for age, value in setting.resale}
    ages = np.arange(months + 1)
    return ResaleCurve(*(np.interp(ages, list(known), [known[age][k] for age in known]) for k in range(3)))
