"""Scoring the projection by what came: which scenarios, which days, and what was known on each.

Belongs here: where the evidence of a past day comes from. Not here: any arithmetic (projection), making the past
(replay).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import polars as pl

from pipelines import progress
from pipelines.decide import evidence_of, published_evidence, scenario_of, scenarios_of
from pipelines.errors import NoDataError, UsageError
from pipelines.projection.assumptions import Assumptions
from pipelines.projection.backtest import MOST_MONTHS, Knowledge, Origin, backtest_base, origins_between
from pipelines.projection.evidence import Evidence
from pipelines.projection.scenario import Scenario
from pipelines.settings import Settings
from pipelines.warehouse.connect import reading_published

Past = Callable[[date], Settings]


def planned(
    settings: Settings, first: date, last: date, names: Sequence[str], most_months: int = MOST_MONTHS
) -> tuple[list[Scenario], list[Origin], Evidence, date]:
    """What a backtest would do: its scenarios and origins, what is known today and until which day.

    Args:
        settings: the home.
        first: earliest day to project from.
        last: latest day.
        names: scenarios of the home or files; none for all that ask about realised history.
        most_months: score no more months than that after each day.

    Raises:
        NoDataError: nothing is published, or no day can be scored.
        UsageError: the days are the wrong way round, no such scenario, or one that types its workloads.
    """
    if most_months < 1:
        raise UsageError(f"--months {most_months} scores nothing", next_step="give 1 or more")
    home = settings.paths
    if names:
        scenarios = [scenario_of(home, name) for name in names]
        for scenario in scenarios:
            if scenario.demand is None:
                raise UsageError(
                    f"scenario {scenario.scenario!r} types its workloads, so nothing that came can score it",
                    next_step="name a scenario with demand:",
                )
    else:
        scenarios = [scenario for scenario in scenarios_of(home).values() if scenario.demand is not None]
    later, _, as_of = published_evidence(settings)
    return scenarios, origins_between(first, last, later, as_of, most_months), later, as_of


def backtest_home(
    settings: Settings,
    scenarios: Sequence[Scenario],
    origins: Sequence[Origin],
    later: Evidence,
    as_of: date,
    past: Past | None,
) -> pl.DataFrame:
    """Score scenarios from each origin; nothing is stored.

    Args:
        settings: the home.
        scenarios: the questions.
        origins: days to project from.
        later: what is known today.
        as_of: the day up to which it is.
        past: makes the home as it was known when a day began; None to take what is dated before the day, as it stands
            today.

    Raises:
        NoDataError: nothing had arrived by an origin.
        ScenarioError: a scenario or assumption file is wrong.
    """
    assumptions = Assumptions.load(settings.paths.assumptions)
    knowledge: Knowledge = "dated" if past is None else "arrived"
    found = []
    for position, origin in enumerate(origins, start=1):
        progress.say("backtest", f"{origin.date}, {position} of {len(origins)}")
        known = later if past is None else _evidence_then(past, origin.date)
        found += [
            backtest_base(
                scenario, origin, known, later, assumptions, as_of=as_of, knowledge=knowledge, threads=settings.threads
            )
            for scenario in scenarios
        ]
    return pl.concat(found)


def _evidence_then(past: Past, day: date) -> Evidence:
    try:
        settings = past(day)
    except NoDataError as error:
        raise NoDataError(
            f"nothing had arrived when {day} began",
            next_step=f"{error.next_step}; or give --known dated, which takes what is dated before the day",
        ) from error
    with reading_published(settings) as connection:
        return evidence_of(connection)


def summary(scores: pl.DataFrame) -> dict[str, Any]:
    """How good it was over all origins and workloads, pools apart from their parts being counted like any other.

    Args:
        scores: rows of `projections.backtest`.
    """
    done = scores.filter(pl.col("infeasible_reason").is_null())
    decided = done.filter("decided_then")
    return {
        "rows": done.height,
        "decisions": decided.height,
        "decisions_right": decided.filter(pl.col("best_in_hindsight")).height,
        "regret_usd": decided["regret_usd"].sum(),
        "inside_interval_frac": done["inside_interval"].mean(),
        "mape_frac": done["mape_frac"].median(),
        "bias_frac": done["bias_frac"].median(),
        "demand_mape_frac": decided["demand_mape_frac"].median(),
        "naive_demand_mape_frac": decided["naive_demand_mape_frac"].median(),
        "price_mape_frac": decided["price_mape_frac"].median(),
    }
