"""The decision in plain sentences, for who signs it. Nothing is chosen here (`decision.py`), only said.

Money is rounded to three digits and called "about": the draws do not know it better. Every exact number stands in the
tables.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

from pipelines.projection.plan_words import gpus_of, kind_of
from pipelines.projection.strategies import all_strategies
from pipelines.units import MONTHS_PER_YEAR, SUFFIXES

Values = Mapping[str, Any]

DIGITS: Final = 3
MOST_DIGITS: Final = 6  # where fewer would not tell two numbers apart
CLOSE_FRAC: Final = 0.03  # a mean and a value at base that are closer are one number to who signs
SAME_USD: Final = 0.5  # a difference below this is none in whole dollars
_NUMBERS: Final = {
    "on_demand_usd_per_gpu_hour": "the on-demand price",
    "utilisation_frac": "the use of those GPUs",
    "energy_usd_per_kwh": "the price of power",
    "discount_rate_frac_per_year": "the discount rate",
    "demand_growth_frac_per_year": "the growth of demand",
    "server_price_usd": "the price of a server",
    "negotiated_price_ratio": "the negotiated price",
    "spot_price_ratio": "the spot price",
    "partial_upfront_price_ratio": "the price of a commitment paid in part upfront",
    "all_upfront_price_ratio": "the price of a commitment paid upfront",
}
_PRICE_RATIO: Final = "_price_ratio"
_OF_THE_SAME: Final = ("partial_upfront_price_ratio", "all_upfront_price_ratio")
_NOTHING_HELD: Final = {"leased": "lease on demand", "owned": "sell the fleet and lease on demand"}
_COUNTED: Final = {"GPU": "GPUs", "month": "months", "year": "years", "day": "days", "h": "hours"}
_OTHER_BASES: Final = {"total_cost": "Undiscounted", "capex": "Undiscounted and before resale"}


def of_a_choice(workload: str, taken: Values, judged: Values, flip: Values | None, run: Values) -> str:
    """What to do, what that saves, how sure it is and what flips it.

    Args:
        workload: its name.
        taken: summary of the strategy to take.
        judged: summary of the strategy compared with staying as today: the one to take or, where that is to stay, the
            best alternative.
        flip: the threshold that has to move least; None where nothing flips it.
        run: the run.
    """
    amount = about_usd(judged["mean_npv_saving_usd"])
    horizon = f"in present value over {_duration(run['horizon_months'])}"
    if judged["strategy"] == taken["strategy"]:
        said = f"{action(judged)}. It saves {amount} {horizon}"
    else:
        costs = "cost the same" if abs(judged["mean_npv_saving_usd"]) < SAME_USD else f"cost {amount} more"
        said = f"{action(taken)}. The best alternative is to {action(judged)}. It would {costs} {horizon}"
    draws = run["draws_count"]
    share = share_of_draws(judged["cheaper_draws_frac"])
    sure = f" and is cheaper in {share} of {draws:,} simulated draws" if draws > 1 else ""
    at_base = _at_base(judged) if draws > 1 and differs_at_base(judged) and not _ranges_decide(judged, run) else ""
    return f"{workload}: {said}{sure}. {at_base}{_what_flips(judged, flip, run)}"


def differs_at_base(judged: Values) -> bool:
    """Whether the saving with every number at its base is another number than its mean over the draws.

    Args:
        judged: summary of a strategy.
    """
    central, mean = judged["npv_saving_usd"], judged["mean_npv_saving_usd"]
    return bool(abs(central - mean) > max(SAME_USD, CLOSE_FRAC * abs(mean)))


def of_no_choice(workload: str, taken: Values | None, rows: Sequence[Values]) -> str:
    """Why there is nothing to compare with staying.

    Args:
        workload: its name.
        taken: summary of staying; None where not even that has a cost.
        rows: summaries of all strategies.
    """
    barred = [row for row in rows if not row["feasible"]]
    why = f"{_plain(barred[0]['strategy'])} cannot be done: {barred[0]['infeasible_reason']}" if barred else ""
    if taken is None:
        return f"{workload}: no answer. {_begun(why or 'nothing is known about it')}."
    said = f"{workload}: {action(taken)}."
    if not taken["demand_gpu_hours"]:
        return f"{said} No use is expected, so there is nothing to commit or to own."
    if len(rows) > len(barred) + 1:
        said += " No strategy weighed finds a GPU that is worth committing or owning."
    elif not barred:
        said += " No other strategy was weighed."
    return f"{said} {_begun(why)}." if why else said


def action(row: Values) -> str:
    """What a strategy does, as an order; by its name alone where its module is gone."""
    strategy = all_strategies().get(row["strategy"])
    held = _held(row)
    if strategy is None:
        return f"use the strategy {_plain(row['strategy'])}" + (f" with {held}" if held else "")
    if not held and "{held}" in strategy.SUMMARY:
        return _NOTHING_HELD[str(getattr(strategy, "FOR", "leased"))]
    return strategy.SUMMARY.format(held=held)


def number_of(parameter: str) -> str:
    """What a number of a projection is called, for people."""
    if parameter in _NUMBERS:
        return _NUMBERS[parameter]
    if parameter.endswith(_PRICE_RATIO):
        return f"the price of a {kind_of(parameter.removesuffix(_PRICE_RATIO))}"
    return f"the {_plain(_without_unit(parameter))}"


def about_usd(usd: float) -> str:
    """Money to three digits, in whole dollars, without its sign."""
    return f"about {float(f'{abs(usd):.{DIGITS}g}'):,.0f} USD"


def _held(row: Values) -> str:
    """What it buys and commits; '' for nothing."""
    owned = gpus_of(f"{row['owned_gpus']:,}", row["own_gpu_model"]) if row["owned_gpus"] else ""
    gpus = row["committed_gpus"] or 0.0
    if not gpus:
        return owned
    count = f"{gpus:,.0f}" if gpus >= 1.0 else f"{gpus:.1g}"
    about = "" if gpus == float(count.replace(",", "")) else "about "
    committed = f"{about}{gpus_of(count, row['gpu_model'])}"
    return f"{owned} of one's own and {committed} committed" if owned else committed


def _at_base(judged: Values) -> str:
    """What stands beside the mean where the two are not one number."""
    return (
        f"That is the mean over the draws; with every number at its base it would {_saving(judged['npv_saving_usd'])}. "
    )


def _saving(usd: float) -> str:
    if abs(usd) < SAME_USD:
        return "cost the same"
    return f"save {about_usd(usd)}" if usd > 0.0 else f"cost {about_usd(usd)} more"


def _ranges_decide(judged: Values, run: Values) -> bool:
    """Whether the mean over the draws and the value at base, on the basis of both, point to different sides."""
    central, mean = judged["npv_saving_usd"], judged["mean_npv_saving_usd"]
    is_told = min(abs(central), abs(mean)) >= SAME_USD
    return bool(run["break_even_basis"] not in _OTHER_BASES and is_told and central * mean < 0.0)


def _what_flips(judged: Values, flip: Values | None, run: Values) -> str:
    """The threshold, on the basis on which it was searched.

    It is searched with every number at its base, while the answer is the mean over the draws. Where the two point to
    different sides, passing the threshold would not flip the answer, and that is said instead.
    """
    if _ranges_decide(judged, run):
        return f"With every number at its base it would {_saving(judged['npv_saving_usd'])}: the ranges decide."
    if flip is None:
        return "No single number flips this within the range searched."
    words = number_of(flip["parameter"])
    now, then = _apart(flip["base_value"], flip["threshold_value"], flip["unit_name"])
    unit = _unit(flip["unit_name"]) + _whole(flip["parameter"])
    if (basis := run["break_even_basis"]) in _OTHER_BASES:
        return f"{_OTHER_BASES[basis]}, both cost the same when {words} is {then}{unit} (now {now})."
    moves = "rises above" if flip["threshold_value"] > flip["base_value"] else "falls below"
    return f"The answer flips if {words} {moves} {then}{unit} (now {now})."


def _apart(one: float, other: float, unit: str | None) -> tuple[str, str]:
    """Two numbers to as many digits as tell them apart, three at least."""
    for digits in range(DIGITS, MOST_DIGITS + 1):
        pair = _number(one, unit, digits), _number(other, unit, digits)
        if pair[0] != pair[1]:
            break
    return pair


def _number(value: float, unit: str | None, digits: int) -> str:
    """A number of a unit; shares as percentages, because this is for reading."""
    if unit in ("1", "1/year"):
        return f"{value:.{digits - 2}%}"
    if unit in _COUNTED or value == 0.0:
        return f"{value:,.{digits}g}"
    rounded = float(f"{value:.{digits}g}")
    return f"{rounded:,.{max(digits - 1 - math.floor(math.log10(abs(rounded))), 0)}f}"


def _unit(unit: str | None) -> str:
    if unit == "1/year":
        return " a year"
    return "" if unit is None or unit == "1" else f" {_COUNTED.get(unit, unit.replace('/', ' per '))}"


def _whole(parameter: str) -> str:
    """What a share is a share of, where its name does not say it."""
    if parameter == "utilisation_frac":
        return " of the hours held"
    if parameter in _OF_THE_SAME:
        return " of the same commitment paid monthly"
    return " of the on-demand price" if parameter.endswith(_PRICE_RATIO) else ""


def share_of_draws(frac: float) -> str:
    """A share of the draws; what is neither none nor all never looks so."""
    if frac in (0.0, 1.0):
        return "all" if frac else "none"
    return {"0%": "fewer than 1%", "100%": "more than 99%"}.get(f"{frac:.0%}", f"{frac:.0%}")


def _duration(months: int) -> str:
    years, rest = divmod(months, MONTHS_PER_YEAR)
    count, unit = (months, "month") if rest else (years, "year")
    return f"{count} {unit}" + ("" if count == 1 else "s")


def _without_unit(name: str) -> str:
    suffixes = [suffix for suffix in SUFFIXES if name.endswith(f"_{suffix}")]
    return name.removesuffix(f"_{max(suffixes, key=len)}") if suffixes else name


def _plain(name: str) -> str:
    return name.replace("_", " ")


def _begun(text: str) -> str:
    return text[:1].upper() + text[1:]
