"""Hours of different GPU models, counted in the work they do; what is not known is named, never taken to be the same.

Belongs here: how many hours of one model an hour of another is worth. Not here: whose hours they are (`history.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

import polars as pl

RATIO_REGISTER: Final = "reference_ratio in data/reference/gpu_models.csv"


def reference_ratios(gpu_models: pl.DataFrame | None) -> dict[str, float]:
    """Work per hour relative to the reference GPU, by model; models without a figure are left out."""
    if gpu_models is None:
        return {}
    known = gpu_models.drop_nulls("reference_ratio").sort("gpu_model")
    return dict(zip(known["gpu_model"], known["reference_ratio"].cast(pl.Float64), strict=True))


def work_of(gpu_model: str | None, counted_in: str | None, ratios: Mapping[str, float]) -> float | None:
    """Hours of one GPU model that an hour of another is worth; None where it is not known.

    Args:
        gpu_model: whose hour it is.
        counted_in: whose hours are counted; an hour of the same model is worth one, ratio or not.
        ratios: work per hour by GPU model.
    """
    if gpu_model == counted_in:
        return 1.0
    own, counted = ratios.get(gpu_model or ""), ratios.get(counted_in or "")
    return None if own is None or counted is None else own / counted


def work_column(counted_in: str | None, ratios: Mapping[str, float]) -> pl.Expr:
    """The same by row, from the column gpu_model; null where it is not known, so that a sum leaves it out."""
    worth = {model: work_of(model, counted_in, ratios) for model in [*ratios, counted_in] if model is not None}
    by_model = pl.col("gpu_model").replace_strict(worth, default=None, return_dtype=pl.Float64)
    return by_model if counted_in is not None else pl.when(pl.col("gpu_model").is_null()).then(1.0).otherwise(by_model)


def unknown_work(gpu_models: Iterable[str | None], counted_in: str | None, ratios: Mapping[str, float]) -> str | None:
    """Why hours of these GPU models cannot be added up; None where they can.

    Args:
        gpu_models: whose hours are to be added up.
        counted_in: whose hours are counted.
        ratios: work per hour by GPU model.
    """
    models = {*gpu_models, counted_in}
    lacking = sorted(model or "an unknown GPU model" for model in models if model not in ratios)
    if len(models) == 1 or not lacking:
        return None
    others = ", ".join(sorted(model or "an unknown GPU model" for model in models))
    return (
        f"no performance ratio of {' and '.join(lacking)} is known, so hours of {others} cannot be added up: "
        f"fill {RATIO_REGISTER}"
    )
