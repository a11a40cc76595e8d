"""A question, as a file: which workloads, which strategies, under which conventions, with which numbers of its own.

Belongs here: the shape of a scenario and what contradicts itself in it. Not here: any number a person could dispute;
those are assumptions, from the files or typed into the scenario.
"""

from __future__ import annotations

import copy
import datetime as dt
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, PrivateAttr, model_validator

from pipelines.economics.tokens import TokenBasis
from pipelines.errors import ScenarioError
from pipelines.leasing import all_lease_contracts, all_markets
from pipelines.leasing.extras import all_lease_components
from pipelines.owning import all_components
from pipelines.projection.assumptions import Range, canonical_sha256, known_keys
from pipelines.projection.correlations import Correlation, fault_of
from pipelines.projection.payment import NO_UPFRONT, PaymentForm
from pipelines.projection.rules import OWN, Constraints, OptionFacts
from pipelines.projection.strategies import all_strategies
from pipelines.projection.terms import Accounting, Financing, Tax
from pipelines.projection.yaml_file import Strict, YamlFile, contradiction, read_yaml, unknown_key, validated
from pipelines.units import HOURS_PER_YEAR, MONTHS_PER_YEAR, SECONDS_PER_HOUR

BASE_VARIANT = "base"
REFERENCE = "stay_on_demand"
Fraction = Annotated[float, Field(ge=0.0, le=1.0)]
Scope = Literal["compute", "support", "network"]
WorkloadKind = Literal["pre-training", "fine-tuning", "inference", "other"]


class CurvePoint(Strict):
    """A step of a typed duration curve: demand over mean demand, and the share of the time it lasts."""

    demand_ratio: float = Field(ge=0.0)
    time_frac: float = Field(gt=0.0, le=1.0)


def check_assumption(key: str, value: Range, at: str) -> None:
    """Refuse a number of the scenario's own that nothing asks for, or that cannot be.

    Raises:
        PydanticCustomError: it points at `at`.
    """
    if key not in known_keys():
        raise contradiction(unknown_key(key, known_keys()).message(), at)
    if fault := value.fault(key):
        raise contradiction(fault, at)


class TypedWorkload(Strict):
    """Demand typed in: that many GPUs at that utilisation, or along a duration curve."""

    workload: str = Field(min_length=1)
    workload_kind: WorkloadKind = "other"
    gpu_model: str = Field(min_length=1)
    gpus: int = Field(ge=1)
    utilisation_frac: Fraction | None = None
    tokens_per_second: float | None = Field(default=None, gt=0.0)
    tokens_per_month_count: float | None = Field(default=None, ge=0.0)
    owned_gpus: int | None = Field(default=None, ge=1)
    duration_curve: list[CurvePoint] | None = None
    assumptions: dict[str, Range] = Field(default_factory=dict)

    @property
    def used_frac(self) -> float:
        """Share of the GPUs in use on average: as typed, or what the tokens of a month take at the throughput."""
        if self.utilisation_frac is not None:
            return self.utilisation_frac
        able = (self.tokens_per_second or 0.0) * SECONDS_PER_HOUR * HOURS_PER_YEAR / MONTHS_PER_YEAR
        return (self.tokens_per_month_count or 0.0) / able

    @model_validator(mode="after")
    def _one_demand(self) -> TypedWorkload:
        if (self.utilisation_frac is None) == (self.tokens_per_month_count is None):
            raise contradiction("give one of `utilisation_frac` and `tokens_per_month_count`", "workload")
        if self.tokens_per_month_count is not None and self.tokens_per_second is None:
            raise contradiction("demand in tokens needs the throughput, `tokens_per_second`", "tokens_per_month_count")
        if self.used_frac > 1.0:
            raise contradiction(
                f"{self.tokens_per_month_count:g} tokens a month are {self.used_frac:.2f} times what "
                f"{self.tokens_per_second:g} a second can do",
                "tokens_per_month_count",
            )
        for key, value in self.assumptions.items():
            check_assumption(key, value, f"assumptions.{key}")
        return self

    @model_validator(mode="after")
    def _whole_curve(self) -> TypedWorkload:
        if self.duration_curve and abs(sum(point.time_frac for point in self.duration_curve) - 1.0) > 1e-6:
            raise contradiction("the time shares of the duration curve do not sum to 1", "duration_curve")
        return self


class HistoryDemand(Strict):
    """Demand taken from realised hours before `as_of`."""

    workloads: Literal["all"] | list[str] = "all"
    window_days: int = Field(default=90, ge=1)
    level_days: int = Field(default=28, ge=1)
    basis: Literal["allocated", "busy"] = "allocated"
    trend: Literal["assumed", "fitted", "forecast"] = "assumed"
    pool: bool = True
    sourcing: Literal["leased", "all"] = "leased"


class Conventions(Strict):
    """The choices that flip answers, each recorded with the run."""

    hours_per_month: Annotated[float, Field(ge=1.0, le=744.0)] | Literal["calendar"]
    fixed_opex_basis: Literal["calendar_hour", "used_hour"]
    break_even_basis: Literal["capex", "npv", "total_cost"]
    compared: list[Scope]
    lease_price_includes: list[Scope]
    price_basis: Literal["realised", "list", "assumed"]
    payment_timing: Literal["advance", "mid", "arrears", "year_end"]
    residual_basis: Literal["resale_curve", "none"]
    stub_basis: Literal["owed", "inside_horizon"] = "owed"
    market: str = "on_demand"
    token_basis: TokenBasis = "blended"


class Simulation(Strict):
    """How many draws, from which seed, and how much of each range they use (0: none, every draw is the base)."""

    draws: int = Field(default=1_000, ge=1, le=100_000)
    seed: int = Field(default=1, ge=0)
    spread_ratio: Fraction = 1.0


class Sizing(Strict):
    """How fleets are sized."""

    method: Literal["screening_curve", "search"] = "screening_curve"
    peak_coverage_frac: Annotated[float, Field(gt=0.0, le=1.0)] = 0.99
    decide_every_months: int = Field(
        default=3, ge=1, description="Months between two rounds of orders and signatures of the capacity plan."
    )


class Sweep(Strict):
    """Variants of the scenario: one for each value of one key (or of several keys set alike)."""

    vary: str | list[str]
    values: list[float] | dict[str, float]
    source: str | None = None

    @property
    def keys(self) -> list[str]:
        """The dotted keys that take the value."""
        return [self.vary] if isinstance(self.vary, str) else self.vary

    def labelled(self) -> Iterator[tuple[str, float]]:
        """Variant name and value, in the order of the file."""
        if isinstance(self.values, dict):
            yield from self.values.items()
        else:
            for value in self.values:
                yield f"{self.keys[0].removeprefix('assumptions.')}={value:g}", value


class Setup(Strict):
    """A variant that differs from the base in several keys at once."""

    set: dict[str, float | str] = Field(min_length=1)
    source: str | None = None


class Scenario(Strict):
    """A scenario file."""

    scenario: str = Field(pattern=r"^[a-z0-9_]+$")
    question: str = Field(min_length=10)
    source: str | None = None
    as_of: dt.date | None = None
    horizon_months: int | None = Field(default=None, ge=1, le=240)
    horizon_date: dt.date | None = None
    stand_alone: bool = False
    demand: HistoryDemand | None = None
    workloads: list[TypedWorkload] | None = Field(default=None, min_length=1)
    strategies: list[str] = Field(min_length=1)
    payment_forms: tuple[PaymentForm, ...] = Field(default=(NO_UPFRONT,), min_length=1)
    wait_months: tuple[Annotated[int, Field(ge=0)], ...] = Field(default=(0,), min_length=1)
    own_gpu_model: str | None = None
    own_site: str | None = None
    order_month_index: int = Field(default=0, ge=0)
    components: Literal["all"] | list[str] = "all"
    lease_components: list[str] = Field(default_factory=list)
    conventions: Conventions
    simulation: Simulation = Simulation()
    sizing: Sizing = Sizing()
    constraints: Constraints = Constraints()
    options: dict[str, OptionFacts] = Field(
        default_factory=dict, description="What is known of owning (`own`) and of each kind of lease, for the rules."
    )
    tax: Tax | None = None
    financing: Financing | None = None
    accounting: Accounting = Accounting()
    thresholds: tuple[str, ...] = (
        "on_demand_usd_per_gpu_hour",
        "utilisation_frac",
        "energy_usd_per_kwh",
        "discount_rate_frac_per_year",
    )
    assumptions: dict[str, Range] = Field(default_factory=dict)
    correlations: tuple[Correlation, ...] = ()
    sweep: tuple[Sweep, ...] = ()
    cases: dict[str, Setup] = Field(default_factory=dict)

    _file: YamlFile = PrivateAttr(default=YamlFile(Path("<scenario>"), {}, {}))

    @classmethod
    def load(cls, path: str | Path) -> Scenario:
        """Read a scenario file.

        Raises:
            ScenarioError: it is wrong or contradicts itself, with file, line, value and the nearest valid key.
        """
        file = read_yaml(Path(path))
        scenario = cls._of(file.data, file)
        if scenario.scenario != Path(path).stem:
            raise ScenarioError(
                f"the scenario calls itself {scenario.scenario!r} but its file is {Path(path).name!r}",
                file=path,
                line=file.line_of(("scenario",)),
                next_step="give both the same name",
            )
        seen: set[str] = set()
        for name, _ in scenario.variants():  # a sweep that contradicts the rest is found now, not in the night
            if name in seen:
                at = ("cases", name) if name in scenario.cases else ("sweep",)
                raise scenario.error(f"two variants are called {name!r}, and rows are told apart by that name", at)
            seen.add(name)
        return scenario

    @classmethod
    def _of(cls, data: Mapping[str, Any], file: YamlFile) -> Scenario:
        scenario = validated(cls, data, file)
        scenario._file = YamlFile(file.path, dict(data), file.lines)
        return scenario

    @model_validator(mode="after")
    def _consistent(self) -> Scenario:
        self._check_time()
        self._check_names()
        for key, value in self.assumptions.items():
            check_assumption(key, value, f"assumptions.{key}")
        self._check_correlations()
        if (self.workloads is None) == (self.demand is None):
            raise contradiction("give either `demand` (from history) or `workloads` (typed in)", "demand")
        typed = [workload.workload for workload in self.workloads or ()]
        for position, name in enumerate(typed):
            if name in typed[:position]:
                raise contradiction(f"workload {name!r} is typed twice", f"workloads.{position}.workload")
        if self.stand_alone and self.workloads is None:
            raise contradiction("a scenario that stands alone must type in its `workloads`", "stand_alone")
        if self.stand_alone and self.own_site is not None:
            raise contradiction("a scenario that stands alone reads no site register; type the terms in", "own_site")
        if missing := set(self.conventions.lease_price_includes) - set(self.conventions.compared):
            raise contradiction(
                f"the lease price includes {', '.join(sorted(missing))}, which is not compared",
                "conventions.lease_price_includes",
            )
        return self

    def _check_time(self) -> None:
        if (self.horizon_months is None) == (self.horizon_date is None):
            raise contradiction("give one of `horizon_months` and `horizon_date`", "horizon_months")
        if self.as_of and self.horizon_date and self.horizon_date <= self.as_of:
            raise contradiction(
                f"the horizon {self.horizon_date} does not lie after as_of {self.as_of}", "horizon_date"
            )
        if self.horizon_months is not None and max(self.wait_months) >= self.horizon_months:
            raise contradiction(f"a start after {max(self.wait_months)} months comes after the horizon", "wait_months")
        if self.horizon_months is not None and self.order_month_index >= self.horizon_months:
            raise contradiction(
                f"hardware ordered in month {self.order_month_index} comes after the horizon", "order_month_index"
            )

    def _check_names(self) -> None:
        if self.conventions.market not in all_markets():
            message = unknown_key(self.conventions.market, all_markets()).message()
            raise contradiction(message.replace("key", "market"), "conventions.market")
        listed = [] if self.components == "all" else self.components
        for at, names, valid in (
            ("strategies", self.strategies, set(all_strategies())),
            ("components", listed, set(all_components())),
            ("lease_components", self.lease_components, set(all_lease_components())),
            ("options", sorted(self.options), {OWN, *all_lease_contracts()}),
            ("thresholds", self.thresholds, {*known_keys(), "utilisation_frac"}),
        ):
            for position, name in enumerate(names):
                if name not in valid:
                    where = name if at == "options" else position
                    raise contradiction(unknown_key(name, valid).message(), f"{at}.{where}")

    def _check_correlations(self) -> None:
        for position, item in enumerate(self.correlations):
            for name in item.between:
                if name not in known_keys():
                    raise contradiction(unknown_key(name, known_keys()).message(), f"correlations.{position}")
        if fault := fault_of({item.pair: item.coefficient for item in self.correlations}):
            raise contradiction(fault, "correlations.0")

    def months(self, as_of: dt.date) -> int:
        """Months from `as_of` to the horizon.

        Raises:
            ScenarioError: the horizon is not a month away.
        """
        if self.horizon_months is not None:
            return self.horizon_months
        end = self.horizon_date or as_of
        months = (end.year - as_of.year) * 12 + end.month - as_of.month - (end.day < as_of.day)
        if months < 1:
            raise self.error(f"the horizon {end} is less than a month after as_of {as_of}", ("horizon_date",))
        return months

    def variants(self) -> Iterator[tuple[str, Scenario]]:
        """The scenario itself as `base`, then one for each value of each sweep, then the cases.

        Raises:
            ScenarioError: a sweep names a key that is not there, or a value that contradicts the rest.
        """
        yield BASE_VARIANT, self
        for position, sweep in enumerate(self.sweep):
            for name, value in sweep.labelled():
                data = copy.deepcopy(self._file.data)
                for key in sweep.keys:
                    if not _set(data, key.split("."), value):
                        raise self.error(f"the sweep varies {key!r}, which is not there", ("sweep", position, "vary"))
                yield name, self._of(data, self._file)
        for name, setup in self.cases.items():
            data = copy.deepcopy(self._file.data)
            for key, given in setup.set.items():
                if not _set(data, key.split("."), given):
                    raise self.error(f"case {name!r} sets {key!r}, which is not there", ("cases", name, "set", key))
            yield name, self._of(data, self._file)

    def error(self, message: str, location: tuple[str | int, ...]) -> ScenarioError:
        """An error that points at a key of the file."""
        return ScenarioError(
            message,
            file=self._file.path,
            line=self._file.line_of(location),
            next_step="correct the scenario and run again",
        )

    def sha256(self) -> str:
        """Hash of the canonical JSON of the scenario as read."""
        return canonical_sha256(self.model_dump(mode="json"))


def _set(data: Any, path: list[str], value: float | str) -> bool:
    """Set a dotted key in place, in every item of a list on the way; False where it leads nowhere.

    An assumption takes the value as certain: its range goes.
    """
    head, rest = path[0], path[1:]
    if isinstance(data, list):
        return bool(data) and all([_set(item, path, value) for item in data])
    if not isinstance(data, dict) or (head not in data and rest):
        return False
    if rest:
        return _set(data[head], rest, value)
    if isinstance(value, str):
        found = head in data
        data |= {head: value} if found else {}
        return found
    whole = float(value).is_integer() and head in ("horizon_months", "order_month_index", "gpus", "owned_gpus")
    number = int(value) if whole else value
    if isinstance(data.get(head), dict):
        kept = {key: item for key, item in data[head].items() if key not in ("low", "high")}
        data[head] = {**kept, "base": number}
    elif head in data:
        data[head] = number
    else:
        return False
    return True
