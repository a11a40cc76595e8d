"""Which number is used for what: the scenario's own, else what history tells, else the assumption file.

Belongs here: precedence and the record of it. Not here: draws and arrays (`world.py`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from pipelines.leasing import all_lease_contracts
from pipelines.leasing.extras import all_lease_components
from pipelines.owning import Component, all_components, components_at
from pipelines.projection.assumptions import (
    EXTRA_KEYS,
    FACILITY_KEYS,
    FLEET_KEYS,
    LIMIT_KEYS,
    MARKET_KEYS,
    OPTIONAL_KEYS,
    OUTPUT_KEY,
    OWN_WORK_KEY,
    RESALE_KEY,
    TOKENS_KEY,
    Assumptions,
)
from pipelines.projection.correlations import Copula, fault_of, known_on
from pipelines.projection.evidence import Evidence, Resolved, Subject
from pipelines.projection.own_site import site_terms
from pipelines.projection.payment import PAYMENT_KEYS, PAYMENT_NEEDS
from pipelines.projection.price_fit import PriceFit, fit_prices
from pipelines.projection.prices import current_price
from pipelines.projection.scenario import Scenario
from pipelines.projection.strategies import COLOCATION, DATA_CENTER, STANDING
from pipelines.projection.work import RATIO_REGISTER, reference_ratios

ON_DEMAND: Final = "on_demand"
PRICE_KEY: Final = "on_demand_usd_per_gpu_hour"
DRIFT_KEY: Final = "on_demand_decline_frac_per_year"
LEASED_KEYS: Final = ("next_generation_arrival_months", "next_generation_lease_drop_frac")  # of the GPU leased
REALISED_KEY: Final = "realised_usd_per_gpu_hour"


@dataclass(frozen=True)
class Setting:
    """Every number a workload's projection may use.

    Attributes:
        values: by assumption key.
        resale: share of the price by age in months, ascending; empty without a curve.
        missing: what has no value, and why.
        components: the owning components in use at a colocation site, by name.
        data_center: those in use in a data center of one's own.
        own_gpu_model: the GPU that would be bought.
        price_fit: what the history of prices says; None without one.
        market_keys: what every strategy needs: the market's price and demand, and what comes beside leased capacity.
    """

    values: dict[str, Resolved]
    resale: list[tuple[int, Resolved]]
    missing: dict[str, str]
    components: dict[str, Component]
    own_gpu_model: str | None
    price_fit: PriceFit | None = None
    market_keys: tuple[str, ...] = MARKET_KEYS
    data_center: dict[str, Component] = field(default_factory=dict)

    def lacks(self, keys: Iterable[str]) -> str | None:
        """Why the first missing one of these keys has no value, or None when all have one."""
        return next((self.missing[key] for key in keys if key in self.missing), None)

    @property
    def has_fitted_drift(self) -> bool:
        """Whether the list price follows its own history, and not a number typed or assumed."""
        drift = self.values.get(DRIFT_KEY)
        return self.price_fit is not None and drift is not None and drift.origin == "evidence"

    def components_at(self, site: str) -> dict[str, Component]:
        """The owning components in use at a kind of site."""
        return self.data_center if site == DATA_CENTER else self.components

    def owning_keys_at(self, site: str) -> tuple[str, ...]:
        """What owning at a kind of site needs."""
        if site != DATA_CENTER:
            return self.owning_keys
        needs = (key for component in self.data_center.values() for key in component.NEEDS)
        return (OWN_WORK_KEY, *FLEET_KEYS, *needs, *FACILITY_KEYS, RESALE_KEY)

    @property
    def owning_keys(self) -> tuple[str, ...]:
        """What owning needs: the fleet's own numbers and those of its components."""
        needs = (key for component in self.components.values() for key in component.NEEDS)
        return (OWN_WORK_KEY, *FLEET_KEYS, *needs, RESALE_KEY)


def settle(
    scenario: Scenario, assumptions: Assumptions, evidence: Evidence, subject: Subject, as_of: dt.date
) -> Setting:
    """Find the number to use for every key.

    Args:
        scenario: with its own numbers and its price basis.
        assumptions: the files; not looked at when the scenario stands alone.
        evidence: price history.
        subject: the workload with what its history tells.
        as_of: the day; nothing later is known.

    Raises:
        ScenarioError: a scenario that stands alone lacks a number it needs, or its site has no terms on the day.
    """
    own_gpu_model = subject.gpu_model if subject.fleet else scenario.own_gpu_model or subject.gpu_model
    chosen = all_components()
    if scenario.components != "all":
        chosen = {name: chosen[name] for name in chosen if name in scenario.components}
    fit = _price_fit(evidence, subject, scenario, as_of)
    colocation, building = (components_at(site, chosen) for site in (COLOCATION, DATA_CENTER))
    if subject.fleet:
        colocation |= components_at(STANDING, chosen)
    setting = Setting({}, [], {}, colocation, own_gpu_model, fit, market_keys_of(scenario), building)
    told = {
        **subject.values,
        **_market(evidence, subject, scenario, as_of, fit),
        **site_terms(scenario, evidence, as_of),
        **_own_work(evidence, subject.gpu_model, own_gpu_model),
    }

    contract_keys = (key for contract in all_lease_contracts().values() for key in contract.NEEDS)
    extras = (EXTRA_KEYS[item] for item in scenario.conventions.compared if item in EXTRA_KEYS)
    limited = (key for limit, key in LIMIT_KEYS.items() if getattr(scenario.constraints, limit) is not None)
    given = {**scenario.assumptions, **subject.assumptions}
    wanted = dict.fromkeys(
        [
            *MARKET_KEYS,
            *OPTIONAL_KEYS,
            *setting.market_keys,
            *setting.owning_keys,
            *setting.owning_keys_at(DATA_CENTER),
            *contract_keys,
            *PAYMENT_KEYS,
            *extras,
            *limited,
            TOKENS_KEY,
            *({OUTPUT_KEY} & {*told, *given}),
        ]
    )
    # One and the same GPU does the same work.
    same = own_gpu_model == subject.gpu_model and OWN_WORK_KEY not in given
    elsewhere = {RESALE_KEY, OWN_WORK_KEY} if same else {RESALE_KEY}
    unknown = {
        OWN_WORK_KEY: _unknown_work(evidence, subject.gpu_model, own_gpu_model),
        TOKENS_KEY: subject.tokens_gap,
    }
    for key in [key for key in wanted if key not in elsewhere]:
        gpu_model = subject.gpu_model if key in (*MARKET_KEYS, *LEASED_KEYS) else own_gpu_model
        if key in given:
            typed = given[key]
            setting.values[key] = Resolved(
                typed.base, typed.low, typed.high, typed.source, typed.confidence, "scenario"
            )
        elif key in told:
            setting.values[key] = told[key]
        elif not scenario.stand_alone and (found := _from_file(assumptions, key, as_of, gpu_model)):
            setting.values[key] = found[-1][1]
        elif key not in OPTIONAL_KEYS:
            setting.missing[key] = unknown.get(key) or _reason(key, as_of, gpu_model, scenario)
    if scenario.conventions.residual_basis == "resale_curve":
        if RESALE_KEY in given:
            typed = given[RESALE_KEY]
            flat = Resolved(typed.base, typed.low, typed.high, typed.source, typed.confidence, "scenario")
            setting.resale.append((0, flat))
        elif not scenario.stand_alone:
            setting.resale.extend(_from_file(assumptions, RESALE_KEY, as_of, own_gpu_model))
        if not setting.resale:
            setting.missing[RESALE_KEY] = _reason(RESALE_KEY, as_of, own_gpu_model, scenario)
    setting.missing.update(subject.gaps)
    if scenario.stand_alone:
        _refuse_gaps(scenario, setting)
    return setting


def market_keys_of(scenario: Scenario) -> tuple[str, ...]:
    """What every strategy of a scenario needs to know of the market it can lease from."""
    market = scenario.conventions.market
    keys = [key for key in MARKET_KEYS if key != PRICE_KEY or market == ON_DEMAND]
    keys += [*all_lease_contracts()[market].NEEDS, *getattr(all_lease_contracts()[market], "MEASURED", ())]
    keys += [key for name in scenario.lease_components for key in all_lease_components()[name].NEEDS]
    return tuple(dict.fromkeys(keys))


def joint(scenario: Scenario, assumptions: Assumptions, as_of: dt.date) -> Copula:
    """Which numbers are drawn together: the scenario's pairs, then those of the files unless it stands alone.

    Raises:
        ScenarioError: the scenario's coefficients cannot hold together with those of the files.
    """
    filed = {} if scenario.stand_alone else known_on(assumptions.correlations, as_of)
    coefficients = {**filed, **{item.pair: item.coefficient for item in scenario.correlations}}
    if fault := fault_of(coefficients):
        raise scenario.error(fault, ("correlations",))
    return Copula.of(coefficients)


def _price_fit(evidence: Evidence, subject: Subject, scenario: Scenario, as_of: dt.date) -> PriceFit | None:
    """What the history of prices says, unless the scenario asks for assumed prices."""
    if evidence.price_points is None or subject.gpu_model is None or scenario.conventions.price_basis == "assumed":
        return None
    return fit_prices(evidence.price_points, subject.gpu_model, as_of)


def _market(
    evidence: Evidence, subject: Subject, scenario: Scenario, as_of: dt.date, fit: PriceFit | None
) -> dict[str, Resolved]:
    """What history says about lease prices, the basis the scenario asks for first.

    The realised price is all cost of the capacity by the hour held, commitments and idle time included: what staying as
    today costs, not what an hour on demand costs.
    """
    told: dict[str, Resolved] = {}
    basis = scenario.conventions.price_basis
    if basis == "assumed":
        return told
    listed = None
    points = evidence.price_points
    if points is not None and subject.gpu_model and (found := current_price(points, subject.gpu_model, as_of)):
        listed = Resolved.certain(*found)
    if fit is not None:
        base, error = fit.decline_frac_per_year, fit.standard_error
        told[DRIFT_KEY] = Resolved(base, base - 2 * error, base + 2 * error, fit.source, "medium", "evidence")
        told["on_demand_volatility_ratio"] = Resolved.certain(fit.volatility_ratio, fit.source, confidence="medium")
    realised = subject.values.get(REALISED_KEY)
    if price := (realised or listed) if basis == "realised" else (listed or realised):
        told[PRICE_KEY] = price
    return told


def _own_work(evidence: Evidence, leased: str | None, bought: str | None) -> dict[str, Resolved]:
    """Work of an hour of the GPU that would be bought over one of the leased, where both have a performance ratio."""
    ratios = reference_ratios(evidence.gpu_models)
    if leased not in ratios or bought not in ratios:
        return {}
    source = f"{RATIO_REGISTER}: {ratios[bought]:g} of {bought} over {ratios[leased]:g} of {leased}"
    return {OWN_WORK_KEY: Resolved.certain(ratios[bought] / ratios[leased], source)}


def _unknown_work(evidence: Evidence, leased: str | None, bought: str | None) -> str:
    """Which GPU model lacks its performance ratio, and where to give it."""
    ratios = reference_ratios(evidence.gpu_models)
    unknown = " and ".join(model or "an unknown GPU model" for model in (bought, leased) if model not in ratios)
    return (
        f"no performance ratio of {unknown} is known, so work moved from {leased} to {bought} cannot be counted: "
        f"fill {RATIO_REGISTER}, or type {OWN_WORK_KEY} in the scenario"
    )


def _from_file(assumptions: Assumptions, key: str, as_of: dt.date, gpu_model: str | None) -> list[tuple[int, Resolved]]:
    """Values of the assumption file known on the day, by age."""
    return [
        (
            value.age_months or 0,
            Resolved(
                value.base,
                value.low,
                value.high,
                value.source,
                value.confidence,
                "assumption file",
                value.from_date,
                value.gpu_model,
            ),
        )
        for value in assumptions.known_on(key, as_of, gpu_model)
    ]


def _reason(key: str, as_of: dt.date, gpu_model: str | None, scenario: Scenario) -> str:
    if scenario.stand_alone:
        return f"the scenario stands alone and does not type in {key}"
    return f"no value of {key} for {gpu_model or 'an unknown GPU model'} was known on {as_of}"


def _refuse_gaps(scenario: Scenario, setting: Setting) -> None:
    """A person who types a scenario in whole wants to hear of a forgotten number, not find a strategy missing.

    Raises:
        ScenarioError: a number that the scenario's strategies need is not there.
    """
    from pipelines.projection.strategies import all_strategies, pays_by_form, site_of

    modules = [all_strategies()[name] for name in scenario.strategies]
    contracts = {name for module in modules for name in module.CONTRACTS}
    needed = [*setting.market_keys, *(key for name in sorted(contracts) for key in all_lease_contracts()[name].NEEDS)]
    if any(pays_by_form(module) for module in modules):
        needed += [key for form in scenario.payment_forms for key in PAYMENT_NEEDS[form]]
    needed += [EXTRA_KEYS[item] for item in scenario.conventions.compared if item in EXTRA_KEYS]
    if any(module.OWNS for module in modules):
        needed += [key for module in modules if module.OWNS for key in setting.owning_keys_at(site_of(module))]
    gaps = [key for key in dict.fromkeys(needed) if key in setting.missing]
    if TOKENS_KEY in gaps:
        raise scenario.error("what is bought by the token needs tokens_per_second of each workload", ("workloads",))
    if gaps:
        raise scenario.error(f"a scenario that stands alone must type in {', '.join(gaps)}", ("assumptions",))
