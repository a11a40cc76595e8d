"""Rows about how sure an answer is: sensitivity, thresholds and the value of information."""

from __future__ import annotations

import numpy as np

from pipelines.economics.rates import FloatArray
from pipelines.projection.assumptions import RESALE_KEY
from pipelines.projection.rows import Case, Outcome, Row
from pipelines.projection.sensitivity import Swing
from pipelines.projection.simulation import Simulated
from pipelines.projection.thresholds import UTILISATION, Threshold
from pipelines.projection.value_of_information import Information
from pipelines.projection.world import RESALE_PLACE
from pipelines.units import unit_of


def _named(key: str) -> str:
    """A drawn number by the name people know."""
    return RESALE_KEY if key == RESALE_PLACE else key


def swing_rows(key: Row, found: list[Swing]) -> list[Row]:
    """One-way sensitivity of a strategy."""
    return [
        key
        | {
            "assumption": item.assumption,
            "method": "one_way",
            "rank_index": rank,
            "unit_name": unit_of(item.assumption),
            "low_value": item.low_value,
            "base_value": item.base_value,
            "high_value": item.high_value,
            "low_npv_saving_usd": item.at_low_usd,
            "high_npv_saving_usd": item.at_high_usd,
            "swing_usd": item.swing_usd,
            "flips": item.flips,
        }
        for rank, item in enumerate(found, start=1)
    ]


def variance_rows(key: Row, shares: dict[str, float]) -> list[Row]:
    """Global sensitivity of a strategy."""
    return [
        key
        | {
            "assumption": _named(name),
            "method": "first_order",
            "rank_index": rank,
            "unit_name": unit_of(name),
            "variance_share_frac": share,
        }
        for rank, (name, share) in enumerate(shares.items(), start=1)
    ]


def information_rows(key: Row, found: list[Information]) -> list[Row]:
    """What knowing is worth: rank 0 is everything."""
    return [
        key
        | {
            "assumption": _named(item.assumption),
            "rank_index": rank,
            "unit_name": unit_of(item.assumption),
            "information_value_usd": item.value_usd,
            "standard_error_usd": item.standard_error_usd,
        }
        for rank, item in enumerate(found)
    ]


def threshold_row(key: Row, case: Case, item: Threshold, past_frac: float | None) -> Row:
    """Where the answer flips for one number, and how often it lies beyond."""
    return key | {
        "parameter": item.parameter,
        "unit_name": unit_of(item.parameter),
        "basis": case.scenario.conventions.break_even_basis,
        "status": item.status,
        "base_value": item.base_value,
        "threshold_value": item.threshold_value,
        "searched_from_value": item.low,
        "searched_to_value": item.high,
        "past_draws_frac": past_frac,
    }


def past_frac(item: Threshold, outcome: Outcome, simulated: Simulated) -> float | None:
    """Share of the draws in which a number lies beyond its threshold, seen from its base.

    None where it plays no part.
    """
    if item.status == "not_used" or item.base_value is None:
        return None
    if item.threshold_value is None:
        return 0.0
    certain = np.array([item.base_value])
    drawn: FloatArray = (
        outcome.drawn.used_frac if item.parameter == UTILISATION else simulated.inputs.get(item.parameter, certain)
    )
    beyond = drawn > item.threshold_value if item.threshold_value > item.base_value else drawn < item.threshold_value
    return float(beyond.mean())
