"""A scenario file written anew: commented, valid, and with every number where it stands alone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any, Final

from pipelines.errors import UsageError
from pipelines.owning import all_components
from pipelines.projection.assumptions import FLEET_KEYS, MARKET_KEYS, RESALE_KEY, Assumptions
from pipelines.projection.evidence import Subject
from pipelines.projection.scenario import Conventions, HistoryDemand, Scenario, TypedWorkload
from pipelines.projection.scenario_meaning import meaning_of

STRATEGIES: Final = ("stay_on_demand", "own_colocation", "own_base_lease_burst")
CURVE_STEPS: Final = 10
CONVENTIONS: Final[dict[str, str]] = {
    "hours_per_month": "calendar",
    "fixed_opex_basis": "calendar_hour",
    "break_even_basis": "npv",
    "compared": "[compute]",
    "lease_price_includes": "[compute]",
    "price_basis": "list",
    "payment_timing": "arrears",
    "residual_basis": "resale_curve",
}


def template(
    name: str,
    assumptions: Assumptions,
    *,
    as_of: dt.date,
    gpu_model: str,
    stand_alone: bool,
    workload: str | None = None,
    subject: Subject | None = None,
) -> str:
    """The text of a new scenario file.

    Args:
        name: of the scenario.
        assumptions: the files, whose numbers a scenario that stands alone types in.
        as_of: day of the decision.
        gpu_model: GPU of typed demand.
        stand_alone: whether every number is typed in.
        workload: one workload of history, where it asks about one.
        subject: what history tells of it, to be typed in where the scenario stands alone.

    Raises:
        UsageError: a number has no value for that GPU model on that day.
    """
    what = f"workload {workload}" if workload else "GPUs that are leased today"
    lines = [
        f"scenario: {name}",
        *_said(Scenario, "question", quoted(f"Would owning pay off for {what} over the next five years?")),
        *_said(Scenario, "horizon_months", "60"),
    ]
    if stand_alone:
        lines += _said(Scenario, "as_of", f"{as_of}")
        lines += _said(Scenario, "stand_alone", "true")
        lines += ["workloads:   # " + meaning_of(Scenario, "workloads"), *_workload(gpu_model, subject)]
    else:
        lines += ["demand:   # " + meaning_of(Scenario, "demand")]
        chosen = f"[{quoted(workload)}]" if workload else "all"
        for key, value in {"workloads": chosen, "window_days": "90", "level_days": "28", "basis": "allocated"}.items():
            lines += _said(HistoryDemand, key, value, indent=2)
    lines += _said(Scenario, "strategies", f"[{', '.join(STRATEGIES)}]")
    lines += _said(Scenario, "components", "all")
    lines += ["conventions:   # " + meaning_of(Scenario, "conventions")]
    for key, value in CONVENTIONS.items():
        lines += _said(Conventions, key, "assumed" if key == "price_basis" and stand_alone else value, indent=2)
    lines += ["simulation: {draws: 1000, seed: 1}   # " + meaning_of(Scenario, "simulation")]
    lines += ["thresholds: [on_demand_usd_per_gpu_hour, utilisation_frac, energy_usd_per_kwh]"]
    if stand_alone:
        lines += ["assumptions:   # " + meaning_of(Scenario, "assumptions"), *_numbers(assumptions, as_of, gpu_model)]
    else:
        lines += ["# own_site: our-hall-1   # " + meaning_of(Scenario, "own_site")]
        lines += ["# assumptions:   # " + meaning_of(Scenario, "assumptions"),
                  '#   energy_usd_per_kwh: {low: 0.08, base: 0.10, high: 0.14, source: "our contract"}']  # fmt: skip
    lines += [
        '# tax: {rate_frac: 0.25, depreciation: straight_line, life_years: 5, source: "our rate"}',
        '# financing: {financed_frac: 0.8, rate_frac_per_year: 0.08, term_months: 36, source: "offer of a bank"}',
    ]
    return "\n".join(lines) + "\n"


def quoted(text: str | None) -> str:
    """Text as YAML, whatever it holds."""
    return '"' + (text or "").replace("\\", "\\\\").replace('"', '\\"') + '"'


def _said(model: Any, key: str, value: str, indent: int = 0) -> Iterator[str]:
    """A key with its value and what it means."""
    yield f"{' ' * indent}{key}: {value}   # {meaning_of(model, key)}"


def _workload(gpu_model: str, subject: Subject | None) -> Iterator[str]:
    """Eight GPUs at 80 %, or the level and curve of history."""
    if subject is None:
        yield f"  - workload: ours   # {meaning_of(TypedWorkload, 'workload')}"
        values = {"workload_kind": "inference", "gpu_model": gpu_model, "gpus": "8", "utilisation_frac": "0.8"}
    else:
        yield f"  - workload: {quoted(subject.workload)}   # {meaning_of(TypedWorkload, 'workload')}"
        peak = subject.level_gpus * float(subject.curve.demand_ratio[-1])
        gpus = max(int(-(-peak // 1)), 1)
        values = {
            "workload_kind": quoted(subject.workload_kind or "other"),
            "gpu_model": gpu_model,
            "gpus": f"{gpus}",
            "utilisation_frac": f"{min(subject.level_gpus / gpus, 1.0):.6g}",
        }
    for key, value in values.items():
        yield from _said(TypedWorkload, key, value, indent=4)
    if subject is not None and subject.curve.demand_ratio.size > 1:
        yield f"    duration_curve:   # {meaning_of(TypedWorkload, 'duration_curve')}"
        yield from _curve(subject)


def _curve(subject: Subject) -> Iterator[str]:
    """The duration curve in a few steps: equal parts of the hours, each at its mean."""
    curve = subject.curve
    ends = curve.time_frac.cumsum()
    step, first = max(len(ends) / CURVE_STEPS, 1.0), 0
    while first < len(ends):
        last = min(round(first + step), len(ends))
        time = curve.time_frac[first:last]
        mean = float((curve.demand_ratio[first:last] * time).sum() / time.sum())
        yield f"      - {{demand_ratio: {mean:.9g}, time_frac: {float(time.sum()):.12g}}}"
        first = last


def _numbers(assumptions: Assumptions, as_of: dt.date, gpu_model: str) -> Iterator[str]:
    """Every number that owning and leasing need, from the assumption files, with range and source."""
    needs = [key for component in all_components().values() for key in component.NEEDS]
    for key in dict.fromkeys((*MARKET_KEYS, *FLEET_KEYS, *needs, RESALE_KEY)):
        known = assumptions.known_on(key, as_of, gpu_model)
        if not known:
            raise UsageError(
                f"no value of {key} for {gpu_model} was known on {as_of}",
                next_step="name another --gpu-model or --as-of, or add a value to the assumption files",
            )
        value = known[-1]
        if key == RESALE_KEY:  # one share whatever the age: that at the end of the life
            value = next((item for item in known if item.age_months == 60), known[-1])
        spread = "" if value.low == value.high else f"low: {value.low:g}, high: {value.high:g}, "
        yield f"  {key}: {{base: {value.base:.9g}, {spread}source: {quoted(value.source)}}}"
