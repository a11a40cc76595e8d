"""Every disputable number: its values by date, unit, range, source and confidence.

Belongs here: reading `data/assumptions/*.yaml` and finding the value known on a day. Not here: what a scenario
overrides or history tells (`setting.py`).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import Field, model_validator

from pipelines.errors import ScenarioError
from pipelines.leasing import all_lease_contracts
from pipelines.leasing.extras import all_lease_components
from pipelines.owning import all_components
from pipelines.projection import correlations
from pipelines.projection.correlations import DatedCorrelation
from pipelines.projection.payment import PAYMENT_KEYS
from pipelines.projection.yaml_file import Strict, YamlFile, contradiction, nearest, read_yaml, validated
from pipelines.units import unit_of

Confidence = Literal["high", "medium", "low", "given"]

MARKET_KEYS: Final = (
    "discount_rate_frac_per_year",
    "on_demand_usd_per_gpu_hour",
    "on_demand_decline_frac_per_year",
    "on_demand_volatility_ratio",
    "demand_level_ratio",
    "demand_growth_frac_per_year",
)
FLEET_KEYS: Final = (
    "server_gpus",
    "server_price_usd",
    "accelerator_price_usd",
    "hardware_life_months",
    "hardware_price_decline_frac_per_year",
    "lead_time_months",
    "ramp_months",
    "dual_run_months",
    "availability_frac",
    "opex_escalation_frac_per_year",
    "energy_escalation_frac_per_year",
)
# Numbers that may be missing, with the value that leaves everything as it would be without them.
OPTIONAL_KEYS: Final[Mapping[str, float]] = {
    "next_generation_arrival_months": 0.0,
    "next_generation_lease_drop_frac": 0.0,
    "next_generation_resale_drop_frac": 0.0,
    "gpu_failure_frac_per_year": 0.0,
    "repair_days": 0.0,
    "placement_frac": 1.0,
}
TOKENS_KEY: Final = "tokens_per_gpu_hour"
OUTPUT_KEY: Final = "output_token_frac"
OWN_WORK_KEY: Final = "own_work_ratio"  # work of an hour of the GPU that would be bought over one of the leased
FACILITY_KEYS: Final = ("facility_build_months", "facility_pue_ratio", "facility_demand_charge_usd_per_kw_month")
EXTRA_KEYS: Final = {"support": "lease_support_frac", "network": "lease_network_frac"}
RESALE_KEY: Final = "resale_frac"
# What a server takes of a limit; asked for only where a scenario sets the limit.
LIMIT_KEYS: Final = {"max_power_kw": "server_contracted_kw", "max_rack_units": "server_rack_units"}
CORRELATIONS: Final = "correlations"  # the one key of the files that is no assumption
# Rates that may be negative: prices rise and demand shrinks as well.
SIGNED_KEYS: Final = frozenset(
    {
        "on_demand_decline_frac_per_year",
        "demand_growth_frac_per_year",
        "hardware_price_decline_frac_per_year",
        "opex_escalation_frac_per_year",
        "energy_escalation_frac_per_year",
    }
)
POSITIVE_KEYS: Final = frozenset(
    {"server_gpus", "hardware_life_months", "facility_life_months", "staff_gpus_per_fte", OWN_WORK_KEY}
)


def known_keys() -> frozenset[str]:
    """Every assumption that something in the projection asks for, discovered from its components and contracts."""
    asked = {key for component in all_components().values() for key in component.NEEDS}
    asked |= {key for contract in all_lease_contracts().values() for key in contract.NEEDS}
    asked |= {key for item in all_lease_components().values() for key in item.NEEDS}
    lists = {*MARKET_KEYS, *FLEET_KEYS, *OPTIONAL_KEYS, *EXTRA_KEYS.values(), *PAYMENT_KEYS, *FACILITY_KEYS, RESALE_KEY}
    lists |= {*LIMIT_KEYS.values(), OWN_WORK_KEY}
    return frozenset(asked | lists)


def fault_of(key: str, value: float) -> str | None:
    """What is wrong with a value, or None."""
    signed, share = key in SIGNED_KEYS, key.endswith(("_frac", "_frac_per_year"))
    faults = {
        "not a number that can be used": not math.isfinite(value),
        "a yearly change must be above -1": signed and value <= -1.0,
        "a price cannot be negative": "_usd" in key and value < 0.0,
        "it cannot be negative": not signed and value < 0.0,
        "it must be above zero": key in POSITIVE_KEYS and value == 0.0,
        "a facility cannot use less energy than its servers": key.endswith("pue_ratio") and value < 1.0,
        "a share lies between 0 and 1": share and not signed and value > 1.0,
    }
    return next((f"{key} is {value:g}: {fault}" for fault, holds in faults.items() if holds), None)


class Range(Strict):
    """A number with its range. Without `low` and `high` it is taken as certain."""

    base: float
    low: float
    high: float
    source: str = Field(min_length=3)
    confidence: Confidence = "given"

    @model_validator(mode="before")
    @classmethod
    def _certain_unless_ranged(cls, data: Any) -> Any:
        if isinstance(data, dict) and "base" in data:
            return {"low": data["base"], "high": data["base"], **data}
        return data

    @model_validator(mode="after")
    def _ordered(self) -> Range:
        if not self.low <= self.base <= self.high:
            raise contradiction(f"low {self.low} ≤ base {self.base} ≤ high {self.high} does not hold", "base")
        return self

    def fault(self, key: str) -> str | None:
        """What is wrong with the range for that key, or None."""
        return next((fault for value in (self.base, self.low, self.high) if (fault := fault_of(key, value))), None)


class DatedValue(Range):
    """A value of an assumption, from a day on, for all GPU models or one, and for an age where the key has ages."""

    from_date: dt.date
    gpu_model: str | None = None
    age_months: int | None = Field(default=None, ge=0)
    note: str | None = None


class Assumption(Strict):
    """One disputable number with all its values."""

    unit: str
    about: str = Field(min_length=10)
    values: list[DatedValue] = Field(min_length=1)


@dataclass(frozen=True)
class Assumptions:
    """All assumption files together.

    Attributes:
        entries: assumption by key.
        correlations: which of them move together.
    """

    entries: Mapping[str, Assumption]
    correlations: tuple[DatedCorrelation, ...] = ()

    @classmethod
    def empty(cls) -> Assumptions:
        """No assumption at all, for scenarios that stand alone."""
        return cls({})

    @classmethod
    def load(cls, directory: str | Path) -> Assumptions:
        """Read every `*.yaml` of a folder.

        Raises:
            ScenarioError: a file is wrong: unknown or repeated key, wrong unit, a value out of bounds, no source.
        """
        entries: dict[str, Assumption] = {}
        linked: list[DatedCorrelation] = []
        for path in sorted(Path(directory).glob("*.yaml")):
            file = read_yaml(path)
            for key, data in file.data.items():
                if key == CORRELATIONS:
                    linked += _linked(data, file, linked)
                else:
                    entries[key] = _checked(key, data, file, taken=key in entries)
        return cls(dict(sorted(entries.items())), tuple(linked))

    def known_on(self, key: str, as_of: dt.date, gpu_model: str | None) -> list[DatedValue]:
        """The values of a key known on a day: its newest, for the GPU model where it has values by model, by age.

        Args:
            key: the assumption.
            as_of: values that start later are not known yet.
            gpu_model: canonical GPU model.

        Returns:
            One value, or one for each age; empty where none was known.
        """
        entry = self.entries.get(key)
        if entry is None:
            return []
        known = [value for value in entry.values if value.from_date <= as_of]
        own = [value for value in known if value.gpu_model == gpu_model and gpu_model is not None]
        candidates = own or [value for value in known if value.gpu_model is None]
        newest: dict[int, DatedValue] = {}
        for value in sorted(candidates, key=lambda item: item.from_date):
            newest[-1 if value.age_months is None else value.age_months] = value
        return [newest[age] for age in sorted(newest)]

    def sha256(self) -> str:
        """Hash of the canonical JSON of all entries: two runs with the same hash assumed the same."""
        content: dict[str, Any] = {key: entry.model_dump(mode="json") for key, entry in self.entries.items()}
        return canonical_sha256(content | {CORRELATIONS: [item.model_dump(mode="json") for item in self.correlations]})


def _checked(key: str, data: object, file: YamlFile, *, taken: bool) -> Assumption:
    """One entry of a file, as a model.

    Raises:
        ScenarioError: it is wrong in itself, stands in two files, or nothing asks for such a key.
    """
    if taken:
        raise ScenarioError(
            f"{key} is already given in another file", file=file.path, line=file.line_of((key,)), next_step="keep one"
        )
    if key not in known_keys():
        raise ScenarioError(
            f"unknown assumption {key!r}; the nearest valid key is {nearest(key, known_keys())!r}",
            file=file.path,
            line=file.line_of((key,)),
            next_step="correct the key, or add a component that needs it",
        )
    entry = validated(Assumption, data, file, (key,))
    if entry.unit != unit_of(key):
        raise ScenarioError(
            f"{key} is in {unit_of(key)} by its name, but its unit says {entry.unit!r}",
            file=file.path,
            line=file.line_of((key, "unit")),
            next_step="give the value in that unit",
        )
    for position, value in enumerate(entry.values):
        if fault := value.fault(key):
            line = file.line_of((key, "values", position))
            raise ScenarioError(fault, file=file.path, line=line, next_step="correct the value")
    return entry


def _linked(data: object, file: YamlFile, before: list[DatedCorrelation]) -> list[DatedCorrelation]:
    """The correlations of a file.

    Raises:
        ScenarioError: one is wrong in itself, names an assumption that is none, is given twice, or cannot hold together
            with the others known on its day.
    """
    found = list(before)
    for position, item in enumerate(data if isinstance(data, list) else [data]):
        where = (CORRELATIONS, position)
        entry = validated(DatedCorrelation, item, file, where)
        found.append(entry)
        same_day = [other for other in found if (other.pair, other.from_date) == (entry.pair, entry.from_date)]
        unknown = [name for name in entry.between if name not in known_keys()]
        fault = None
        if unknown:
            fault = f"unknown assumption {unknown[0]!r}; the nearest valid key is {nearest(unknown[0], known_keys())!r}"
        elif len(same_day) > 1:
            fault = f"{entry.pair[0]} and {entry.pair[1]} are already correlated from {entry.from_date} on"
        elif wrong := correlations.fault_of(correlations.known_on(found, entry.from_date)):
            fault = wrong
        if fault:
            raise ScenarioError(fault, file=file.path, line=file.line_of(where), next_step="correct the line")
    return found[len(before) :]


def canonical_sha256(data: object) -> str:
    """Hash of data as canonical JSON (sorted keys, no blanks)."""
    text = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()
