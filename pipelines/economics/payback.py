"""When an outlay has come back."""

from __future__ import annotations

import numpy as np

from pipelines.economics.rates import FloatArray


def payback_months(start_usd: FloatArray, during_usd: FloatArray, end_usd: FloatArray) -> FloatArray:
    """Months until the cumulative flow is back at zero; NaN for never.

    What falls during a month accrues evenly over it, so a payback lies between months; what falls at its start or end
    is a step. Flows that never go below zero have nothing to pay back: 0. Discounted payback is the same on
    discounted flows.

    Args:
        start_usd: received (positive) or paid (negative) at the start of each month, shape (draws, months).
        during_usd: over each month.
        end_usd: at the end of each month.

    Returns:
        Months from today, shape (draws,). The first time counts, even if a later outlay sinks the sum again.
    """
    draws, months = during_usd.shape
    total = start_usd + during_usd + end_usd
    before = np.concatenate([np.zeros((draws, 1)), np.cumsum(total, axis=1)[:, :-1]], axis=1)
    opening = before + start_usd
    closing = opening + during_usd
    scale = np.maximum(np.abs(total).sum(axis=1, keepdims=True), 1.0)
    opening, closing, final = (
        np.where(np.abs(level) < 1e-12 * scale, 0.0, level) for level in (opening, closing, closing + end_usd)
    )
    sunk = np.logical_or.accumulate(np.stack([opening, closing, final], axis=2).reshape(draws, -1) < 0.0, axis=1)
    was_sunk = np.concatenate([np.zeros((draws, 1), dtype=bool), sunk[:, :-1]], axis=1).reshape(draws, months, 3)

    steps = during_usd
    with np.errstate(divide="ignore", invalid="ignore"):
        within = np.where(steps > 0.0, -opening / steps, 0.0)
    month = np.arange(months, dtype=np.float64)[None, :]
    candidates = np.stack(
        [
            np.where(was_sunk[:, :, 0] & (opening >= 0.0), month, np.inf),
            np.where(was_sunk[:, :, 1] & (closing >= 0.0), month + np.clip(within, 0.0, 1.0), np.inf),
            np.where(was_sunk[:, :, 2] & (final >= 0.0), month + 1.0, np.inf),
        ],
        axis=2,
    ).reshape(draws, -1)
    first = candidates.min(axis=1)
    never_sunk = ~sunk[:, -1]
    return np.where(never_sunk, 0.0, np.where(np.isfinite(first), first, np.nan))
